"""Steps in several tabs: turned to when the tab changes, opened, closed behind, and missed with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage
from pages import button

from rpa_agent.browser.questions import Questions
from rpa_agent.domain.identity import identity, same_frames
from rpa_agent.domain.ports import Action
from rpa_agent.domain.procedure import Answer, Asked, Procedure, Step
from rpa_agent.domain.target import Target, Variant
from rpa_agent.domain.trajectory import Signals, Trajectory
from rpa_agent.run import Plan, run_procedure
from rpa_agent.store.privacy import clean

GO, PICK = button("Go"), button("Pick")


def press(step_id: str, shown: Any, **more: Any) -> Step:
    return Step(id=step_id, kind="click", target=Target(variants=(Variant(fingerprint=shown),)), **more)


async def run(page: FakePage, *steps: Step) -> Trajectory:
    plan = Plan(run="r1", values={}, params={}, today=date(2026, 11, 22), step_seconds=0.2)
    procedure = Procedure(procedure="p", site="s", task="t", steps=steps)
    return await run_procedure(procedure, page, plan, ladder=FakeLadder(), journal=FakeJournal())


def two_buttons(**more: Any) -> FakePage:
    return FakePage(elements={"g": GO, "p": PICK}, **more)


async def test_a_tab_is_turned_to_only_when_it_changes() -> None:
    """Two steps in one tab need no turning, and the first tab is at hand from the start."""
    page = two_buttons(tabs=2)
    done = await run(page, press("a", GO), press("b", GO, tab=1), press("c", PICK, tab=1, closes=True), press("d", GO))
    assert done.outcome == "succeeded"
    assert page.turns == [(1, False, False), (0, False, True)]


async def test_an_address_in_a_new_tab_opens_it() -> None:
    """A tab that nobody else opens is the run's to open."""
    page = two_buttons()
    done = await run(page, press("a", GO), Step(id="b", kind="goto", value="{base}/x", tab=1))
    assert (done.outcome, page.turns) == ("succeeded", [(1, True, False)])


async def test_a_tab_that_does_not_come_needs_a_person_unless_the_step_is_optional() -> None:
    """Nothing is pressed in another tab instead."""
    page = two_buttons()
    done = await run(page, press("a", GO), press("b", GO, tab=1))
    assert (done.outcome, done.stopped) == ("needs_person", "tab 2 did not open, and the work goes on there")
    assert len(page.acts) == 1
    done = await run(two_buttons(), press("a", GO), press("b", GO, tab=1, optional=True), press("c", PICK))
    assert [s.status for s in done.steps] == ["ok", "skipped", "ok"]


async def test_a_question_nobody_showed_is_part_of_the_reason() -> None:
    """What was told no explains why the next tab never came."""
    asked = Signals(strange=("confirm: Leave?",))
    done = await run(two_buttons(on_act=lambda page, action, at: asked), press("a", GO), press("b", GO, tab=1))
    assert "the page asked “confirm: Leave?”, which was not shown, and was told no" in done.stopped


# ---- questions ----


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        ("prompt", "Name?", (True, "Ada")),
        ("confirm", "Rename to Ada?", (False, None)),
        ("beforeunload", "", (True, None)),
        ("confirm", "Delete all?", (False, None)),
    ],
)
def test_each_question_has_its_own_answer(kind: str, text: str, answer: tuple[bool, str | None]) -> None:
    """Shown questions as shown, leaving a page by leaving it, everything else with no."""
    further = (Asked(question="confirm: Rename to *?", answer=Answer(accept=False)),)
    strange: list[str] = []
    action = Action(kind="click", dialog="prompt: Name?", answer=Answer(text="Ada"), further=further)
    assert Questions(action, strange).answer(kind, text) == answer
    assert strange == (["confirm: Delete all?"] if text == "Delete all?" else [])


def test_a_question_asked_twice_has_both_answers_in_turn() -> None:
    """First no, then yes, as it was shown."""
    further = (Asked(question="confirm: Sure?", answer=Answer(accept=True)),)
    questions = Questions(Action(kind="click", dialog="confirm: Sure?", answer=Answer(accept=False), further=further), [])
    assert [questions.answer("confirm", "Sure?")[0] for _ in range(3)] == [False, True, True]


# ---- frames ----


def test_an_element_outside_its_frame_is_another_element() -> None:
    """A twin scores below every floor; a frame named after a record is the same frame for the next one."""
    shown = button("Pay", frames=("card", "/order/*"))
    assert identity(shown, button("Pay", frames=("card", "/order/17"))) == 1.0
    assert identity(shown, button("Pay")) < 0.7
    assert identity(button("Pay"), button("Pay", frames=("new",))) == 1.0
    assert not same_frames(("a",), ("a", "b"))


def test_what_a_frame_is_called_holds_no_record() -> None:
    """Numbers and this run's values become open places."""
    kept = clean(button("Pay", frames=("/customers/Ada Lovelace/orders/4711", "card")), {"who": "Ada Lovelace"}, "salt")
    assert kept.frames == ("/customers/*/orders/*", "card")
