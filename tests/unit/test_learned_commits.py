"""A look that was learned without its words never decides what is sent."""

from __future__ import annotations

import pytest

from rpa_agent.domain.ports import Hit
from rpa_agent.domain.proposal import Candidate
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.run.resolve import Found, resolve


def button(name: str) -> Fingerprint:
    row = RowContext(key="RE-1")
    return Fingerprint(tag="button", role="button", name=name, text=name, capability="click", in_data=True, row=row)


@pytest.mark.parametrize(("came_from", "pressed"), [("recording", True), ("fingerprint", False), ("memory", False)])
def test_a_learned_button_of_a_row_without_its_name_is_not_pressed(came_from: str, pressed: bool) -> None:
    """In a list only shape and hash of a learned name are kept: where Approve is gone, Reject has all that is left of it."""
    learned = Variant(fingerprint=button("Aa#h:f8a1").model_copy(update={"text": ""}), seen=3, came_from=came_from)
    target = Target(variants=(Variant(fingerprint=button("Approve"), seen=1), learned))
    there = Candidate(ref="1", fingerprint=button("Reject"))
    sight = resolve(target, [Hit(candidate=there, variant=1, votes=2, voters=2)], "commit")
    assert isinstance(sight, Found) == pressed
