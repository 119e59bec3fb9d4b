"""What is proposed as proof of success where nothing announced it, and what a person is told to choose from."""

from __future__ import annotations

from typing import Any

import pytest
from shown import BASE, build, click, fill, login

from rpa_agent.build import Built
from rpa_agent.build.telling.correct import corrected

LAST = 10.0


def said(text: str, at: float, *, before: str = "", path: str = "p>span", **traits: Any) -> dict[str, Any]:
    """A text as the page showed it; with ``before``, exchanged where it stands, and told with what changed a little earlier."""
    element = {"tag": "span", "capability": "none", "path": path, **traits}
    changed = {"before": before, "changed": at} if before else {}
    return {"text": text, "at": at - (0.3 if before else 0.0), "url": BASE + "/form", "element": element, **changed}


def shown(*texts: dict[str, Any]) -> Built:
    return build(fill("Note", "x", at=LAST - 5), click("Pay", at=LAST), shown=texts)


def checks(built: Built) -> list[str]:
    return [c.words() for c in built.workflow.checks() if c.url is None]


def test_a_status_that_was_exchanged_where_it_stands_proves_success() -> None:
    """The line that says most, and not what merely came with it."""
    status = (said("Paid", LAST + 0.1, before="Open"), said("Status: Paid", LAST + 0.1, before="Status: Open", path="p"))
    assert checks(shown(*status, said("Something else came", LAST + 0.2, path="div"))) == ["visible Status: Paid"]


def test_a_status_that_earlier_acts_changed_too_is_no_clock() -> None:
    """Draft, then Open with the field, then Paid."""
    earlier = said("Status: Open", LAST - 4, before="Status: Draft")
    assert checks(shown(earlier, said("Status: Paid", LAST + 0.1, before="Status: Open"))) == ["visible Status: Paid"]


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param((said("News one", 3.0, before="News"), said("News two", LAST + 1, before="News one")), id="restless"),
        pytest.param((said("All are Paid", 2.0, path="h2"), said("Paid", LAST + 1, before="Open")), id="there before"),
        pytest.param((said("Paid", LAST + 20, before="Open"),), id="much later"),
        pytest.param((said("Muster Ltd", LAST + 1, before="Beispiel", in_data=True),), id="a record"),
    ],
)
def test_what_changes_by_itself_or_stood_there_before_proves_nothing(texts: tuple[dict[str, Any], ...]) -> None:
    """Then success cannot be seen, and that is said."""
    built = shown(*texts)
    assert checks(built) == []
    assert [a.kind for a in built.advice] == ["success"]


def test_a_figure_that_came_where_nothing_stood_is_proved_by_what_is_gone() -> None:
    """The figure may be another one next time; the person is told what else the page said, and may take it."""
    built = shown(said("Reward: 1.00", LAST + 0.1, before="Reward: -"))
    assert checks(built) == ["hidden Reward: -"]
    (advice,) = built.advice
    assert "all that speaks of success is that “Reward: -” is gone" in advice.what
    assert "“success visible Reward: 1.00”" in advice.do
    told = corrected(built, ["success visible Reward: 1.00"])
    assert (checks(told), told.advice) == (["visible Reward: 1.00"], ())


def test_a_count_that_went_on_is_no_check_but_a_choice() -> None:
    """From 3 to 4 today is from 7 to 8 tomorrow."""
    built = shown(said("Filed today: 4", LAST + 0.1, before="Filed today: 3"))
    assert checks(built) == []
    assert "“success visible Filed today: 4”" in built.advice[0].do


def test_a_secret_is_no_choice() -> None:
    """What greets by a password is not said again on the page of sentences."""
    greets = said("Code hunter2-secret 17", LAST + 0.1, before="Code none")
    built = build(*login(), fill("Note", "x", at=LAST - 5), click("Pay", at=LAST), shown=(greets,))
    assert "hunter2-secret" in built.secrets.values()
    assert not [line for line in built.sentences if "hunter2" in line]


@pytest.mark.parametrize(
    ("announced", "proposed"),
    [
        ("Issue 6 created", ["visible Issue * created"]),
        ("Order 2025-17 was placed, total 1.234,00", ["visible Order * was placed, total *"]),
        ("Issue 3 status, notes, owner edited", ["visible Issue * edited"]),      # what it counts up was what differed
        ("The order was checked, approved, booked", ["visible The order was checked, approved, booked"]),
        ("Updating...", []),
        ("Page 2", []),                     # a word and a figure: it says nothing of what was done
        ("2 of 300", []),
    ],
)
def test_what_the_page_announces_proves_success_also_without_its_figures(announced: str, proposed: list[str]) -> None:
    built = build(fill("Note", "x", at=LAST - 5), click("Pay", at=LAST, texts=(announced,)))
    assert checks(built) == proposed


def test_a_count_that_came_unannounced_is_no_proof_without_its_figures() -> None:
    assert checks(shown(said("Last 10 average: 3", LAST + 0.1, before="Last 10 average: 2"))) == []
