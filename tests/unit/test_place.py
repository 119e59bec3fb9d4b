"""Elements that nothing tells apart: which of them is taken, and when none is."""

from __future__ import annotations

import pytest

from rpa_agent.browser.recorder.uploads import unplaced
from rpa_agent.build.parameters import find_parameters
from rpa_agent.domain.ports import Hit
from rpa_agent.domain.procedure import Effect
from rpa_agent.domain.proposal import Candidate
from rpa_agent.domain.recording import Act, Recording
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.run.resolve import Found, resolve
from rpa_agent.store.privacy import clean

CROSS = Fingerprint(tag="span", name="×", text="×", path="div>span", order=1, alike=3)


def crosses(*, standing: int | None) -> list[Hit]:
    """Three crosses that look all alike; one of them stands where the one shown stood."""
    live = CROSS.model_copy(update={"order": -1, "alike": 0})
    return [
        Hit(
            candidate=Candidate(ref=str(i), fingerprint=live),
            variant=0,
            votes=1,
            voters=1,
            rivals=2,
            place=i == standing,
        )
        for i in range(3)
    ]


@pytest.mark.parametrize("effect", ["none", "draft"])
def test_of_as_many_alike_the_one_at_the_same_place_is_taken(effect: Effect) -> None:
    """Nothing else tells a tile from its neighbours."""
    sight = resolve(Target(variants=(Variant(fingerprint=CROSS),)), crosses(standing=1), effect)
    assert isinstance(sight, Found)
    assert sight.hit.candidate.ref == "1"


def test_what_sends_is_never_chosen_by_its_place() -> None:
    """Three buttons called the same: a commit stops and asks."""
    sight = resolve(Target(variants=(Variant(fingerprint=CROSS),)), crosses(standing=1), "commit")
    assert not isinstance(sight, Found)
    assert sight.why == "ambiguous"


def test_where_their_number_changed_none_is_taken() -> None:
    """The third of five says nothing about four."""
    sight = resolve(Target(variants=(Variant(fingerprint=CROSS),)), crosses(standing=None), "none")
    assert not isinstance(sight, Found)


def test_a_record_is_never_known_by_its_place() -> None:
    """The third row is another record tomorrow."""
    shown = CROSS.model_copy(update={"row": RowContext(key="INV-1"), "in_data": True, "unique": {"name": 3}})
    assert (clean(shown, {}, "salt").order, clean(shown, {}, "salt").alike) == (-1, 0)


def test_a_site_shows_a_file_by_its_name_and_a_run_needs_its_path() -> None:
    """What the page says of the file is a template of its name; the example is the path."""
    field = Fingerprint(tag="input", type="file", capability="upload", label="Receipt", name="Receipt")
    acts = (Act(kind="upload", element=field, value="/papers/ada/receipt 7.pdf", url="http://a.test/"),)
    found = find_parameters(acts, Recording(base_url="http://a.test", start="http://a.test/", acts=acts))
    assert found.examples == {"receipt": "/papers/ada/receipt 7.pdf"}
    assert found.shown["receipt"] == "receipt 7.pdf"
    assert unplaced(acts) == []


def test_a_file_that_a_script_made_is_asked_for() -> None:
    """Only its name is known, and no run can find it by that."""
    assert len(unplaced((Act(kind="upload", value="made.txt"),))) == 1
