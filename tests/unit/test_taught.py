"""A broken step is shown anew: it knows one look more, steps are added and left out, and all around it stays as it was."""

from __future__ import annotations

import pytest
from shown import SALT, build, choose, click, fill, post, recording

from rpa_agent.build.taught import Taught, splice, steps_shown
from rpa_agent.domain.errors import ParamsInvalid, UsageInvalid
from rpa_agent.domain.recording import Act

DAY = "2026-11-27"
SHOWN = (
    fill("Name", "Acme Ltd", at=1), choose("Country", "Kenya", at=2), fill("Amount", "12.50", at=3),
    click("Save", post("/orders", name="Acme Ltd", country="Kenya", amount="12.50"), to="/orders/1", at=4),
)  # fmt: skip
KNOWN = build(*SHOWN)
VALUES = {"name": "Acme Ltd", "country": "Kenya", "amount": "12.50"}


def taught(*acts: Act, at: int, before: float = 1.5, walked: bool = False) -> Taught:
    """Splice in what is shown after ``before``; ``at`` is the broken step's place among those that are known."""
    seen = steps_shown(recording(*acts, before=before), values=VALUES, known={}, salt=SALT)
    steps = KNOWN.procedure.steps
    return splice(KNOWN.procedure, KNOWN.workflow, seen, at=steps[at].id, day=DAY, walked=walked)


def lines(done: Taught) -> list[str]:
    return [f"{s.kind} {s.target.words() if s.target else ''}" for s in done.document.steps]


AT = {s.target.words(): n for n, s in enumerate(KNOWN.procedure.steps) if s.target}
COUNTRY, SAVE = AT["combobox 'Country'"], AT["button 'Save'"]


def test_the_same_done_on_another_element_is_one_more_look_of_the_same_step() -> None:
    done = taught(SHOWN[0], choose("Land of origin", "Kenya", at=2), at=COUNTRY)
    old, new = KNOWN.procedure.steps[COUNTRY], done.document.steps[COUNTRY]
    assert (new.id, new.value, len(done.document.steps)) == (old.id, old.value, len(KNOWN.procedure.steps))
    assert new.target is not None and old.target is not None
    assert new.target.variants[:-1] == old.target.variants
    look = new.target.variants[-1]
    assert (look.fingerprint.name, look.came_from, look.first) == ("Land of origin", "person", DAY)
    assert done.document.steps[COUNTRY + 1 :] == KNOWN.procedure.steps[COUNTRY + 1 :]
    assert done.workflow == KNOWN.workflow and len(done.edits) == 1


def test_what_comes_before_it_is_added_and_what_was_shown_on_is_kept() -> None:
    """The person opens a part of the page first, and goes on to a step that is known."""
    more = click("More fields", at=2)
    done = taught(SHOWN[0], more, choose("Land of origin", "Kenya", at=3), fill("Amount", "12.50", at=4), at=COUNTRY)
    assert lines(done)[COUNTRY : COUNTRY + 2] == ["click button 'More fields'", "select combobox 'Country'"]
    assert done.document.steps[COUNTRY + 2 :] == KNOWN.procedure.steps[COUNTRY + 1 :]
    assert len({s.id for s in done.document.steps}) == len(done.document.steps)


@pytest.mark.parametrize("first", ["country", "amount"])
def test_what_enters_the_runs_own_value_is_the_step_that_is_known_whatever_the_field_is_called_now(first: str) -> None:
    """A whole form that looks otherwise is shown, also in another order: nothing is entered twice, nothing is lost."""
    country, amount = choose("Land of origin", "Kenya", at=2), fill("Net sum", "12.50", at=3)
    if first == "amount":
        country, amount = country.but(at=3.0), amount.but(at=2.0)
    done = taught(SHOWN[0], *sorted((country, amount), key=lambda a: a.at), at=COUNTRY)
    was = [s.id for s in KNOWN.procedure.steps]
    assert sorted(s.id for s in done.document.steps) == sorted(was)
    assert len(done.edits) == 2 and not any(e.startswith(("added", "left out")) for e in done.edits)
    shown = done.document.steps[COUNTRY]
    assert shown.target and shown.target.variants[-1].fingerprint.name == ("Land of origin" if first == "country" else "Net sum")
    assert lines(done)[-1] == "click button 'Save'"


def test_a_step_that_is_done_otherwise_takes_the_place_of_the_broken_one() -> None:
    done = taught(SHOWN[0], click("Kenya", at=2), at=COUNTRY)
    assert lines(done)[COUNTRY] == "click button 'Kenya'" or lines(done)[COUNTRY].startswith("click")
    assert [e.split(":")[0] for e in done.edits] == ["left out", "added"]
    assert done.document.steps[COUNTRY + 1 :] == KNOWN.procedure.steps[COUNTRY + 1 :]


def test_steps_that_were_passed_over_are_left_out() -> None:
    """The amount is not asked for any more: the person goes on to what sends."""
    done = taught(SHOWN[0], choose("Land", "Kenya", at=2), SHOWN[3].but(at=4.0), at=COUNTRY)
    assert [s.id for s in done.document.steps[COUNTRY:]] == [KNOWN.procedure.steps[n].id for n in (COUNTRY, SAVE)]
    assert done.done == (KNOWN.procedure.steps[SAVE].commit,)


def test_a_value_that_nothing_of_the_run_explains_is_a_new_one_with_what_was_typed_as_its_default() -> None:
    done = taught(SHOWN[0], fill("Tax office", "Kiel-Nord", at=2), choose("Land", "Kenya", at=3), at=COUNTRY)
    assert done.workflow.params["tax_office"].default == "Kiel-Nord" and "tax_office" in done.document.params
    step = done.document.steps[COUNTRY]
    assert step.value == "{{ tax_office }}" and "Kiel-Nord" not in done.document.model_dump_json()


def test_what_sends_keeps_its_name_and_its_rights_on_another_button() -> None:
    press = click("File it", post("/orders", name="Acme Ltd", country="Kenya", amount="12.50"), to="/orders/2", at=4)
    done = taught(*SHOWN[:3], press, at=SAVE, before=3.5)
    old, new = KNOWN.procedure.steps[SAVE], done.document.steps[SAVE]
    assert (new.id, new.commit, new.effect, new.expect) == (old.id, old.commit, "commit", old.expect)
    assert done.done == (old.commit,) and done.workflow.commits == KNOWN.workflow.commits


def test_what_was_sent_and_came_back_does_not_count_as_done() -> None:
    back = click("File it", post("/orders", name="Acme Ltd").but(status=400), at=4)
    assert taught(*SHOWN[:3], back, at=SAVE, before=3.5).done == ()


def test_what_sends_is_never_left_out_by_going_past_it() -> None:
    known = build(*SHOWN, click("Print", at=5))
    seen = steps_shown(
        recording(*SHOWN[:2], click("Print", at=5), before=1.5), values=VALUES, known={}, salt=SALT
    )
    at = next(s.id for s in known.procedure.steps if s.target and "Country" in s.target.words())
    with pytest.raises(UsageInvalid, match="which sends; nothing was learned"):
        splice(known.procedure, known.workflow, seen, at=at, day=DAY)


def test_the_way_to_where_it_broke_is_not_learned_as_steps() -> None:
    """After something was sent nobody does the steps before: whoever shows the step goes there themselves."""
    press = click("File it", post("/orders", name="Acme Ltd", country="Kenya", amount="12.50"), to="/orders/2", at=4)
    done = taught(*SHOWN[:3], press, at=SAVE, before=0, walked=True)
    assert [s.id for s in done.document.steps] == [s.id for s in KNOWN.procedure.steps] and len(done.edits) == 1
    assert taught(press, at=SAVE, before=0, walked=True).edits == done.edits
    with pytest.raises(UsageInvalid, match="only steps before"):
        taught(*SHOWN[:2], at=SAVE, before=0, walked=True)


def test_nothing_shown_is_nothing_learned() -> None:
    with pytest.raises(ParamsInvalid, match="nothing was shown"):
        taught(SHOWN[0], at=COUNTRY)


def test_a_step_that_is_gone_is_named() -> None:
    seen = steps_shown(recording(*SHOWN, before=1.5), values=VALUES, known={}, salt=SALT)
    with pytest.raises(UsageInvalid, match="no such step"):
        splice(KNOWN.procedure, KNOWN.workflow, seen, at="s00000", day=DAY)


