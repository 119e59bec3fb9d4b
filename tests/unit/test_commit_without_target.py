"""A commit that needs no element, as an address that approves or a key that sends: never twice either."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage

from rpa_agent.domain.errors import BrowserGone, PageGone, RpaAgentError, SiteUnreachable
from rpa_agent.domain.ports import Action
from rpa_agent.domain.procedure import Expectation, Procedure, Request, Step
from rpa_agent.domain.trajectory import Signals, Trajectory
from rpa_agent.domain.workflow import Param
from rpa_agent.run import Plan, run_procedure

POST = Request(method="POST", path="/invoices", fields={"number": "number"}, status=2)
SENT = Signals(url="{base}/invoices", requests=(POST,))
OPEN = Step(id="s0", kind="goto", value="{base}/form")
APPROVE = Step(
    id="s1", kind="goto", value="{base}/approve/{{ number }}", effect="commit", commit="approve",
    expect=Expectation(url="{base}/approvals"),
)  # fmt: skip
ENTER = Step(
    id="s2", kind="press", value="Enter", effect="commit", commit="approve",
    expect=Expectation(url="{base}/invoices", requests=(POST,)),
)  # fmt: skip


def leads(page: FakePage, action: Action, at: str | None) -> Signals | None:
    """The address leads to the list, the key sends the form."""
    if action.kind == "press":
        return SENT
    return Signals(url="{base}/approvals") if "approve" in (action.value or "") else None


class Scene:
    """One page and one journal, and a run of the start page and one commit."""

    def __init__(self, **page: Any) -> None:
        self.page = FakePage(**{"elements": {}, "on_act": leads, **page})
        self.journal = FakeJournal()

    async def run(self, commit: Step, **more: Any) -> Trajectory:
        procedure = Procedure(procedure="p", site="s", task="t", steps=(OPEN, commit))
        plan = Plan(
            run="r1", values={"number": "RE-7"}, params={"number": Param()}, today=date(2026, 11, 22), keys={"approve": "K"},
            step_seconds=0.3, **more,
        )  # fmt: skip
        return await run_procedure(procedure, self.page, plan, ladder=FakeLadder([]), journal=self.journal)

    def done(self) -> list[str]:
        return [kind for kind, _, value in self.page.acts if value != "{base}/form"]


@pytest.mark.parametrize("commit", [APPROVE, ENTER], ids=["an address", "a key"])
async def test_it_is_journaled_before_it_leaves_and_confirmed_by_its_signals(commit: Step) -> None:
    """As any other: armed, sent, confirmed."""
    scene = Scene()
    done = await scene.run(commit)
    assert (done.outcome, done.sent, scene.journal.told) == ("succeeded", "sent", ["armed", "sent", "confirmed"])
    assert [c.state for c in done.commits] == ["confirmed"]


@pytest.mark.parametrize("commit", [APPROVE, ENTER], ids=["an address", "a key"])
async def test_what_is_confirmed_is_not_done_again(commit: Step) -> None:
    """A second run finds it done; one that must do it again says why."""
    scene = Scene()
    scene.journal.states["K"] = "confirmed"
    done = await scene.run(commit)
    assert ([s.status for s in done.steps], scene.done()) == (["ok", "skipped"], [])
    assert [c.state for c in done.commits] == ["already"]
    again = await scene.run(commit, again="the first one was taken back")
    assert ([c.state for c in again.commits], scene.done()) == (["confirmed"], [commit.kind])


@pytest.mark.parametrize("commit", [APPROVE, ENTER], ids=["an address", "a key"])
async def test_what_is_in_doubt_is_not_done_again(commit: Step) -> None:
    """Nobody knows whether the first arrived: a person looks."""
    scene = Scene()
    scene.journal.states["K"] = "sent"
    done = await scene.run(commit)
    assert (done.outcome, scene.done()) == ("needs_person", [])


@pytest.mark.parametrize("lost", [SiteUnreachable("no answer"), PageGone("aborted"), BrowserGone("gone")], ids=type)
async def test_an_address_that_gave_no_answer_is_in_doubt_and_never_opened_again(lost: RpaAgentError) -> None:
    """Also where the site is busy: what may have been sent is not asked for a second time."""
    scene = Scene(on_act=lambda page, action, at: breaks(page, action, lost))
    done = await scene.run(APPROVE)
    assert (done.outcome, done.sent, scene.done()) == ("needs_person", "unknown", ["goto"])
    assert [c.state for c in done.commits] == ["ambiguous"]


def breaks(page: FakePage, action: Action, error: RpaAgentError) -> Signals | None:
    if "approve" in (action.value or ""):
        page.breaks = error
    return None


async def test_an_address_that_answers_with_an_error_is_not_taken_for_done() -> None:
    """Whether it was carried out before it failed, nobody knows."""
    scene = Scene(on_act=fails)
    done = await scene.run(APPROVE)
    assert (done.outcome, done.sent, scene.journal.states["K"]) == ("needs_person", "unknown", "ambiguous")
    assert "answers with an error (503)" in done.stopped
    assert scene.done() == ["goto"]


def fails(page: FakePage, action: Action, at: str | None) -> Signals | None:
    page.status = 503 if "approve" in (action.value or "") else 200
    return leads(page, action, at)


async def test_a_key_that_sends_nothing_is_not_done() -> None:
    """Then it can be tried again."""
    scene = Scene(on_act=lambda page, action, at: None)
    done = await scene.run(ENTER)
    assert (done.outcome, done.sent, [c.state for c in done.commits]) == ("failed", "nothing", ["not_done"])


async def test_a_key_that_brings_the_form_back_with_other_words_is_not_taken_for_done() -> None:
    """The address is the one that success has; what the page said then is missing."""
    shown = ENTER.model_copy(update={"expect": ENTER.expect.but(texts=("Invoice filed",))})
    back = SENT.but(texts=("The number is known already",))
    scene = Scene(on_act=lambda page, action, at: back if action.kind == "press" else None)
    done = await scene.run(shown)
    assert (done.outcome, done.sent, scene.journal.states["K"]) == ("needs_person", "unknown", "ambiguous")
