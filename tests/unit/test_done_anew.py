"""When a run is done anew as it was shown, and what is held against memory afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from memory_making import WORKFLOW, document, step

from rpa_agent.as_shown import Astray, LedAstray, Way, blamed, told_of_both
from rpa_agent.domain.change import Recall
from rpa_agent.domain.plan import Plan
from rpa_agent.domain.procedure import Expectation, Procedure, Request, Version
from rpa_agent.domain.trajectory import CommitOutcome, Signals, StepOutcome, Trajectory
from rpa_agent.domain.verdict import Verdict

POST = Request(method="POST", path="/things", status=2)


def steps(*looks: str, **more: Any) -> Procedure:
    return document(steps=(step("s1", "New"), step("s2", *looks, **more)))


def version(number: int, *looks: str, author: str = "fingerprint", **more: Any) -> Version:
    return Version(
        procedure="p_1", number=number, status="active", document=steps(*looks, **more), author=author,
        parent=number - 1 or None,
    )  # fmt: skip


SHOWN, LEARNED = version(1, "Save", author="recording"), version(2, "Save", "Discard")


class Shelf:
    async def version(self, procedure: str, number: int) -> Version:
        return {1: SHOWN, 2: LEARNED}[number]


def ended(*, at: int = 1, status: str = "failed", **more: Any) -> Trajectory:
    """A run whose second step was done by its look ``at`` and did not work."""
    first = StepOutcome(index=0, id="s1", kind="click", status="ok", variant=0, signals=more.pop("first", Signals()))
    told = StepOutcome(index=1, id="s2", kind="click", status=status, variant=at)
    given: dict[str, Any] = {"outcome": "failed", "fault": "unknown", "stopped": "it did not work", **more}
    return Trajectory(
        run="r", workflow=WORKFLOW, site="backoffice", procedure="p_1", version=2, started="", steps=(first, told), **given
    )


def verdict(*, met: bool = False, version: int = 2, **more: Any) -> Verdict:
    outcome: Any = "succeeded" if met else "failed"
    return Verdict(run="r", workflow=WORKFLOW, procedure="p_1", version=version, outcome=outcome, met=met, **more)


async def is_done_anew(trajectory: Trajectory, **more: Any) -> bool:
    way = Way(more.pop("recall", Recall(version=LEARNED)), Shelf(), open=more.pop("open", True))
    told = more.pop("verdict", verdict())
    plan = Plan(run="r", values={}, params={}, today=date(2026, 11, 28), **more)
    try:
        await way.require_not_astray(plan, trajectory, told)
    except LedAstray:
        assert way.recall.version == SHOWN
        await way.require_not_astray(plan, trajectory, told)  # once is enough
        return True
    return False


async def test_a_run_that_a_learned_look_may_have_ended_is_done_anew() -> None:
    assert await is_done_anew(ended())


@pytest.mark.parametrize("more", [
    {"sent": "sent"}, {"sent": "unknown"}, {"unknown_requests": ("POST {base}/telemetry",)},
    {"commits": (CommitOutcome(name="save", key="K", state="ambiguous"),)}, {"first": Signals(requests=(POST,))},
    {"fault": "data"}, {"fault": "login"}, {"fault": "infrastructure"}, {"outcome": "cancelled"},
])  # fmt: skip
async def test_a_run_of_which_something_may_be_left_is_not(more: dict[str, Any]) -> None:
    """Nor one that the site, the data, the login or a person ended."""
    assert not await is_done_anew(ended(**more))


async def test_a_login_may_be_done_twice() -> None:
    """What follows a secret and sends it leaves nothing that a second try could double."""
    logs_in = step("s1", "Log in", effect="draft", expect=Expectation(requests=(POST,)))
    types = step("s0", "Password").but(kind="fill", value="{{ secrets.password }}")
    later = LEARNED.document.steps[1]
    recall = Recall(version=LEARNED.but(document=document(steps=(types, logs_in, later))))
    assert await is_done_anew(ended(first=Signals(requests=(POST,))), recall=recall)
    plain = Recall(version=LEARNED.but(document=document(steps=(logs_in, later))))
    assert not await is_done_anew(ended(first=Signals(requests=(POST,))), recall=plain)


async def test_where_nothing_learned_had_a_part_in_it_nothing_would_change() -> None:
    assert not await is_done_anew(ended(at=0), recall=Recall(version=SHOWN))
    assert not await is_done_anew(ended(at=0, status="ok", outcome="succeeded"))


@pytest.mark.parametrize("more", [
    {"open": False}, {"repair": "propose"}, {"verdict": verdict(met=True)}, {"verdict": verdict(exception="no_such_order")},
])  # fmt: skip
async def test_who_wants_to_be_asked_is_and_what_came_through_is_done(more: dict[str, Any]) -> None:
    """Memp's strategies go by what memory says."""
    assert not await is_done_anew(ended(), **more)


def test_both_reasons_are_told_and_the_end_of_the_try_that_came_further() -> None:
    first = ended(fault="defect", duration_ms=5)
    short = ended(fault="drift", stopped="not on the page", duration_ms=7)
    both = told_of_both(Astray(Recall(version=LEARNED), first, (LEARNED, SHOWN)), short.but(steps=short.steps[:1]))
    assert both.stopped == "it did not work; done anew as it was shown: not on the page"
    assert (both.fault, both.duration_ms) == ("defect", 12)
    sent = told_of_both(Astray(Recall(version=LEARNED), first, (LEARNED, SHOWN)), short.but(steps=(), sent="unknown"))
    assert sent.fault == "drift", "what may have been sent is never told otherwise"


def test_the_look_that_named_something_else_is_taken_back() -> None:
    astray = Astray(Recall(version=LEARNED), ended(), (LEARNED, SHOWN))
    told = blamed(astray, verdict(met=True, version=1), ended(at=0, status="ok", outcome="succeeded"))
    assert [(e.step, e.variant.fingerprint.name) for e in told.went_back] == [("s2", "Discard")]
    assert (told.base, told.version, told.earlier) == (2, 1, 1)


def test_a_look_on_trial_is_refuted() -> None:
    recall = Recall(version=SHOWN, candidate=LEARNED.but(status="candidate"))
    told = blamed(Astray(recall, ended(), (SHOWN,)), verdict(met=True, version=1), ended(at=0, status="ok"))
    assert [e.variant.fingerprint.name for e in told.misled] == ["Discard"]
    assert (told.went_back, told.beside) == ((), 2)


def test_of_a_run_that_did_not_come_through_either_way_nothing_is_held_against_memory() -> None:
    astray = Astray(Recall(version=LEARNED), ended(), (LEARNED, SHOWN))
    told = blamed(astray, verdict(version=1), ended(at=-1))
    assert (told.went_back, told.misled) == ((), ())
