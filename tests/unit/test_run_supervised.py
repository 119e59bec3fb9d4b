"""A person watches a run: what they are shown before a commit, and what becomes of each answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage
from pages import AMOUNT, DISCARD, NUMBER, SAVE
from test_run_procedure import PARAMS, SEND, TYPE, sends

from rpa_agent.domain.errors import Declined, NeedsPerson, RpaAgentError
from rpa_agent.domain.procedure import Procedure
from rpa_agent.domain.supervision import AboutToSend, Entered, Said
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.run import Plan, run_procedure


class Person:
    """Answers, and remembers what was shown. ``meanwhile`` is what the page does while they think."""

    def __init__(self, said: Said, page: FakePage, **meanwhile: str) -> None:
        self._said, self._page, self._meanwhile = said, page, meanwhile
        self.shown: list[AboutToSend] = []

    async def __call__(self, about: AboutToSend) -> Said:
        self.shown.append(about)
        self._page.fields.update(self._meanwhile)
        return self._said


async def watched(said: Said, **meanwhile: str) -> tuple[Trajectory, Person, FakePage, FakeJournal]:
    page = FakePage(elements={"n": NUMBER, "a": AMOUNT, "s": SAVE, "d": DISCARD}, on_act=sends)
    person, journal = Person(said, page, **meanwhile), FakeJournal()
    plan: dict[str, Any] = {"run": "r1", "values": {"number": "RE-7", "amount": "1"}, "params": PARAMS}
    done = await run_procedure(
        Procedure(procedure="p", site="s", task="t", steps=(TYPE, SEND)),
        page,
        Plan(**plan, today=date(2026, 11, 22), keys={"file": "K"}, step_seconds=0.3, ask=person, row_key="RE-7"),
        ladder=FakeLadder([]),
        journal=journal,
    )
    return done, person, page, journal


async def test_a_yes_sends_what_was_shown() -> None:
    """What is on the page stands beside what was to be entered; the commit is armed only after the answer."""
    done, person, page, journal = await watched("yes")
    (about,) = person.shown
    assert about.entered == (Entered(field=NUMBER.words(), given="RE-7", shows="RE-7"),)
    assert (about.number, about.row_key) == (2, "RE-7")
    assert SAVE.words() in about.does
    assert (done.outcome, done.sent) == ("succeeded", "sent")
    assert (page.acts[-1][1], journal.told) == ("s", ["armed", "sent", "confirmed"])


@pytest.mark.parametrize(("said", "left_out"), [("skip", True), ("stop", False)])
async def test_whatever_is_no_yes_arms_nothing(said: Said, left_out: bool) -> None:
    """The run ends there, cancelled; a skip is told apart, so that the next row goes on."""
    done, _, page, journal = await watched(said)
    assert (done.outcome, done.sent, done.fault, done.left_out) == ("cancelled", "nothing", None, left_out)
    assert "by the person who watched" in done.stopped and "not sent" in done.stopped
    assert (done.steps[-1].status, done.commits) == ("skipped", ())
    assert [at for kind, at, _ in page.acts if kind == "click"] == []
    assert journal.told == []


async def test_a_page_that_changed_while_the_person_thought_is_not_sent() -> None:
    """They said yes to what they saw, not to what stands there now."""
    done, _, page, journal = await watched("yes", n="RE-8")
    assert (done.outcome, done.sent) == ("needs_person", "nothing")
    assert "RE-8" in done.stopped
    assert [at for kind, at, _ in page.acts if kind == "click"] == []
    assert journal.told == []


class Unwanted:
    """Somebody who does not want the run any more from the nth time on that they are asked."""

    def __init__(self, nth: int, error: RpaAgentError) -> None:
        self._left, self._error = nth, error

    async def __call__(self) -> None:
        self._left -= 1
        if self._left <= 0:
            raise self._error


CANCELLED = Declined("cancelled by Ada: wrong file", left_out=True)
TOO_LATE = NeedsPerson("it had to be over by 09:00, and nothing of it is done later", fault="timing")


@pytest.mark.parametrize(("error", "outcome", "fault"), [(CANCELLED, "cancelled", None), (TOO_LATE, "needs_person", "timing")])
@pytest.mark.parametrize(("nth", "acts", "told"), [
    (1, [], []),                                                   # before the first step
    (2, ["fill"], []),                                             # before the second, which would send
    (3, ["fill", "click"], ["armed", "not_done"]),                 # in the gate, right before the request leaves
])
async def test_what_is_not_wanted_any_more_ends_there(
    nth: int, acts: list[str], told: list[str], error: RpaAgentError, outcome: str, fault: str | None
) -> None:
    """Before each step, and once more when the request of a commit is about to leave: it does not."""
    page = FakePage(elements={"n": NUMBER, "a": AMOUNT, "s": SAVE, "d": DISCARD}, on_act=sends)
    journal = FakeJournal()
    done = await run_procedure(
        Procedure(procedure="p", site="s", task="t", steps=(TYPE, SEND)),
        page,
        Plan(
            run="r1", values={"number": "RE-7", "amount": "1"}, params=PARAMS, today=date(2026, 11, 22), keys={"file": "K"},
            step_seconds=0.3, wanted=Unwanted(nth, error),
        ),
        ladder=FakeLadder([]),
        journal=journal,
    )
    assert (done.outcome, done.fault, done.sent) == (outcome, fault, "nothing")
    assert error.message in done.stopped
    assert ([kind for kind, _, _ in page.acts], journal.told) == (acts, told)
