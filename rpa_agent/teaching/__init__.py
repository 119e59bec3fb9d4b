"""TEACH: a person shows the step at which a run was parked; what they did becomes a version, and the run is done anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..domain.change import Recall
from ..domain.errors import ImportInvalid, UsageInvalid
from ..domain.plan import Plan
from ..domain.procedure import READS, Procedure, Version
from ..domain.trajectory import Outcome, Trajectory
from ..domain.values import check_params
from .by_hand import ByHand
from .parked import Parked, as_carried, from_carried, parked_run
from .session import Session, hands_of, local_day, shown

if TYPE_CHECKING:
    from ..agent import Agent, Order, Result
    from ..build.taught import Shown, Taught
    from ..ops.inbox import How

__all__ = [
    "Lesson", "Parked", "Session", "as_carried", "from_carried", "learn", "parked_run", "show_elsewhere", "teach",
]  # fmt: skip
_LONGEST_NOTE = 500


@dataclass(frozen=True)
class Lesson:
    """What was taught, and what became of the run: ``sent`` names commits that the person did, ``doubtful`` those whose
    answer does not prove it; ``done`` is the run that was made anew. ``refused`` says why something did not leave. Without
    a ``version`` the person did not agree, and nothing was learned."""

    taught: Taught
    version: Version | None = None
    sent: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    done: Result | None = None
    refused: Mapping[str, str] = field(default_factory=dict)

    def waits(self, parked: Parked) -> bool:
        """Tell whether the run that was taught still waits for a person's decision."""
        return not parked.replays or bool(self.doubtful) or (self.version is None and not self.sent)


def spliced(parked: Parked, what: Shown) -> Taught:
    """Return the procedure with what was shown in it; raises UsageInvalid."""
    from ..build.taught import splice

    today = datetime.now(UTC).date().isoformat()
    return splice(parked.version.document, parked.workflow, what, at=parked.at, day=today, walked=not parked.replays)


def _spliced(parked: Parked, what: Shown, by_hand: ByHand) -> Taught:
    """As ``spliced``; where something was held back, that is why it cannot be learned, and a decision is wanted, no lesson."""
    try:
        return spliced(parked, what)
    except UsageInvalid as e:
        if not by_hand.refused:
            raise
        held = "; ".join(f"{name} did not leave: {why}" for name, why in by_hand.refused.items())
        raise UsageInvalid(
            f"{held}; nothing was learned, and {parked.run} waits as before",
            do=f"Look at the site, then decide with `rpa resolve {parked.run} … --reason TEXT`.", where=parked.run,
        ) from e


async def teach(agent: Agent, parked: Parked, session: Session, *, who: str) -> Lesson:
    """Teach a parked run: show, learn, and do it anew, or what of that is left where something was sent.

    What the person sent themselves is journaled before it leaves. Interrupted anywhere, the run waits as before; nothing
    that was sent is sent again.
    """
    from ..planning import Planner

    order = parked.again(session.order)
    today = order.today or local_day()
    params = check_params(parked.workflow.params, order.params, today=today)
    order = replace(order, params=params, today=today)
    run = await agent.office.runs.begin_run(parked.workflow.name)
    plan = await Planner(agent.settings, agent.memory, agent.office).plan(
        order, Recall(version=parked.version), run, params=params, today=today
    )
    by_hand = hands_of(agent, parked, plan, tell=session.turn)
    async with _noted(agent, parked, run):
        what = await shown(agent, parked, replace(session, order=order), by_hand=by_hand)
        await by_hand.also_left(what.steps)
        taught = _spliced(parked, what, by_hand)
        sure, doubtful = await _settled(agent, taught, by_hand, who=who)
        anew = parked.replays and parked.own and not (sure or doubtful)
        agreed = session.agree is None or await session.agree(taught.edits, anew)
        version = await keep_lesson(agent, parked, taught, who=who) if agreed else None
    lesson = Lesson(taught, version, sure, doubtful, refused=by_hand.refused)
    return await finish(agent, parked, lesson, order, who=who)


async def show_elsewhere(agent: Agent, parked: Parked, session: Session) -> Shown:
    """Show the step of a run that was carried here: nothing that sends leaves, and nothing is remembered here."""
    order, today = session.order, local_day()
    params = check_params(parked.workflow.params, order.params, today=today)
    session = replace(session, order=replace(order, params=params, today=today))
    workflow = parked.workflow
    plan = Plan(run=f"lesson-{parked.run}", values=params, params=workflow.params, today=today, locale=workflow.locale)
    return await shown(agent, parked, session, by_hand=hands_of(agent, parked, plan, tell=session.turn, sends=False))


async def learn(agent: Agent, parked: Parked, what: Shown, order: Order, *, who: str) -> Lesson:
    """Learn what was shown elsewhere, and do the run anew. What comes as a file adds nothing that sends, and no secret;
    raises ImportInvalid where it would."""
    taught = spliced(parked, what)
    if foreign := sorted(_sends(taught.document) - _sends(parked.version.document)):
        why = f"the lesson would send what the procedure does not: {', '.join(foreign)}; nothing was learned"
        raise ImportInvalid(why, do="Teach it here, or show the work again.")
    if what.secrets and set(what.secrets) - set(parked.version.document.secrets):
        raise ImportInvalid("the lesson types a secret that the procedure does not know; nothing was learned")
    version = await keep_lesson(agent, parked, taught, who=who)
    return await finish(agent, parked, Lesson(taught, version), order, who=who)


@asynccontextmanager
async def _noted(agent: Agent, parked: Parked, run: str) -> AsyncIterator[None]:
    """Close the lesson's own record in any case; what it left in doubt waits for a person under it."""
    outcome: Outcome = "cancelled"  # a lesson that was given up is no failure of the workflow
    words = f"{parked.run} was to be taught, and that ended early"
    try:
        yield
        outcome, words = "succeeded", f"{parked.run} was taught"
    finally:
        sent = await agent.office.journal.let_go(run)
        await agent.office.runs.end_run(Trajectory(
            run=run, workflow=parked.workflow.name, site=parked.workflow.site_name(), procedure=parked.version.procedure,
            version=parked.version.number, started=datetime.now(UTC).isoformat(timespec="milliseconds"),
            params=dict(parked.values), outcome=outcome, stopped=words, sent=sent,
        ))  # fmt: skip
        if sent == "unknown":
            why = f"while {parked.run} was taught something was sent, and nothing proves that it was taken"
            await agent.office.inbox.add(run, parked.workflow.name, why, fault="unknown")


async def _settled(
    agent: Agent, taught: Taught, by_hand: ByHand, *, who: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Close what the person sent: taken where it was answered and the page went on as it should, else in doubt."""
    sure, doubtful = list[str](), list[str]()
    for name, key in by_hand.left.items():
        taken = name in taught.done
        receipt = {"from": f"shown by {who}"} if taken else {}
        await agent.office.journal.settle(key, "confirmed" if taken else "ambiguous", receipt=receipt)
        (sure if taken else doubtful).append(name)
    return tuple(sure), (*doubtful, *by_hand.unnamed)


async def keep_lesson(agent: Agent, parked: Parked, taught: Taught, *, who: str) -> Version:
    """Remember what was taught as the next version, by a person, with the run as its evidence; raises VersionMovedOn."""
    from ..build import Built, told

    built = told(Built(taught.document, taught.workflow, {}, {}, (), {}))
    return await agent.memory.add(
        built.procedure, workflow=parked.workflow.name, author="person", evidence=(parked.run,),
        note=f"taught by {who}: {'; '.join(taught.edits)}"[:_LONGEST_NOTE],
        after=parked.version.number if parked.version.status == "active" else None,
    )


async def finish(agent: Agent, parked: Parked, lesson: Lesson, order: Order, *, who: str) -> Lesson:
    """Close the run that waited, and do it anew where nothing was sent: here, or by its batch or schedule."""
    if lesson.waits(parked):
        return lesson
    item = await agent.office.inbox.of_run(parked.run)
    if item is not None and item.resolved is None:
        how: How = "done_by_hand" if lesson.sent else "taught"
        reason = "; ".join(lesson.taught.edits)[:_LONGEST_NOTE] if lesson.version is not None else "done while it was shown"
        await agent.office.resolve(parked.run, how=how, who=who, reason=reason)
    if lesson.sent or not parked.own:
        return lesson
    return replace(lesson, done=await agent.run(replace(order, workflow=lesson.taught.workflow)))


def _sends(document: Procedure) -> set[str]:
    """Return every change that a procedure knows, in words: which step, where to, and with what."""
    return {
        f"{s.commit or s.id} {r.method} {r.origin}{r.path} {r.operation} {sorted(r.fields.items())}".strip()
        for s in document.steps for r in s.expect.requests if r.method not in READS
    } | {s.commit or s.id for s in document.steps if s.effect == "commit"}  # fmt: skip
