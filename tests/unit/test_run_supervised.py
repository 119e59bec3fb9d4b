"""A person watches a run: what they are shown before a commit, and what becomes of each answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage
from pages import AMOUNT, DISCARD, NUMBER, SAVE
from test_run_procedure import PARAMS, SEND, TYPE, sends

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
