"""Fields that show a code for what was chosen: believed where it was shown, or where the option says it, and never else."""

from __future__ import annotations

import pytest

from rpa_agent.domain.shown_as import ShownAs

NORWAY = ShownAs.seen("Norway", "NO", by="data-code", salt="s")


@pytest.mark.parametrize(
    ("chosen", "shown", "said", "fits"),
    [
        ("Norway", "NO", {}, True),  # as it was shown
        ("norway ", "no", {}, True),
        ("Sweden", "SE", {"data-code": ["SE"], "text": ["Sweden"]}, True),  # the option says so in the same way
        ("Sweden", "SE", {"data-index": ["SE"]}, False),  # in another way
        ("Sweden", "NO", {"data-code": ["SE"]}, False),  # another option's code
        ("Sweden", "SE", {}, False),
        ("Norway", "", {"data-code": [""]}, False),  # nothing is no code
    ],
)
def test_a_code_is_believed_only_on_evidence(chosen: str, shown: str, said: dict[str, list[str]], fits: bool) -> None:
    """Case and spaces do not count."""
    assert NORWAY.fits(chosen, shown, said) is fits


def test_no_choice_and_no_code_is_kept_in_clear() -> None:
    """They may be records of the business."""
    assert "Norway" not in NORWAY.model_dump_json()
    assert '"NO"' not in NORWAY.model_dump_json()


def test_two_demonstrations_know_both_choices_and_agree_on_where_it_is_said() -> None:
    """Where they do not agree, only what was shown counts."""
    both = NORWAY.also(ShownAs.seen("Sweden", "SE", by="text", salt="s"))
    assert both.fits("Norway", "NO", {}) and both.fits("Sweden", "SE", {})
    assert not both.fits("Spain", "ES", {"data-code": ["ES"], "text": ["ES"]})
