"""A lesson as it is given: the steps before are done again, the person goes on, and what leaves meanwhile is guarded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..domain.errors import ActionFailed, NeedsPerson
from ..domain.hosts import entry_of
from ..domain.plan import Plan
from ..domain.procedure import READS
from ..run.warden import own_requests
from .by_hand import ByHand
from .parked import Parked

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..browser.page import LivePage
    from ..build.taught import Shown
    from ..domain.recording import Recording
    from ..domain.target import Target, Variant
    from ..repair.ladder import LadderOnDemand

Demonstration = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class Session:
    """How one lesson is given: by a script or, without one, by a person in a window who is told when it is their turn.

    ``agree`` is asked, with each change in words and whether the run would be done anew, before anything is learned.
    """

    order: Order
    demonstrate: Demonstration | None = None
    turn: Callable[[str], None] = lambda words: None
    agree: Callable[[Sequence[str], bool], Awaitable[bool]] | None = None
    sends: bool = True


async def shown(agent: Agent, parked: Parked, session: Session, *, by_hand: ByHand) -> Shown:
    """Do the steps before the broken one, let the person go on from there, and return what they did as steps.

    After something was sent nothing is done again: the person begins where the run stopped, or where they like. Raises
    NeedsPerson where a step before the broken one cannot be done, ActionFailed where the script fails; nothing is learned.
    """
    from ..build.taught import steps_shown

    recording = await _watched(agent, parked, session, by_hand)
    if recording.failed:
        raise ActionFailed(f"{recording.stopped}; nothing was learned, and {parked.run} waits as before", do="Mend the script.")
    known = {name: session.order.secrets.reveal(name) for name in parked.version.document.secrets}
    return steps_shown(recording, values=by_hand.values, known=known, salt=agent.memory.salt, hidden=tuple(known.values()))


async def _watched(agent: Agent, parked: Parked, session: Session, by_hand: ByHand) -> Recording:
    from ..build.telling.sentences import sentence
    from ..exchange import logged_in

    order, document = session.order, parked.version.document
    for name in dict.fromkeys((*parked.workflow.secrets, *document.secrets)):
        order.secrets.reveal(name)  # what is missing is told before anything is opened

    async def first(page: Any) -> str:
        await _led_there(agent, parked, session, by_hand, page)
        step = sentence(document.step(parked.at))
        for name, value in by_hand.values.items():
            step = step.replace(f"‹{name}›", value)
        session.turn(turn := _turn(parked, step))
        return turn

    async with logged_in(agent, parked.workflow, document, order.secrets, base_url=order.base_url) as state:
        return await agent.watch(
            _begins_at(parked, order.base_url), demonstrate=session.demonstrate, state=state, first=first,
            allow=(*parked.workflow.allow, entry_of(order.base_url)), partial=True,
        )  # fmt: skip


def _turn(parked: Parked, step: str) -> str:
    """Return what a person is told to do, in the bar and at the terminal."""
    if parked.replays:
        return f"Your turn. The run stopped at: {step} Show it, then press Stop."
    return f"Your turn. What was sent is not sent again from here. The run stopped at: {step} Show how it goes on, then press Stop."


def _begins_at(parked: Parked, base: str) -> str:
    if not parked.replays and parked.url.startswith(("http:", "https:")):
        stopped = urlsplit(parked.url)
        return f"{base}{stopped.path}{f'?{stopped.query}' if stopped.query else ''}"
    return base + (parked.workflow.start or "/")


async def _led_there(agent: Agent, parked: Parked, session: Session, by_hand: ByHand, page: Any) -> None:
    """Bring a page to where the run broke, under a gate that lets nothing pass which was not shown; then hand it over."""
    from ..browser.page import LivePage
    from ..lockout import OwnLogin, require_untried
    from ..run import run_procedure

    order, document = session.order, parked.version.document
    live = await LivePage.open(page, base=order.base_url, secrets=order.secrets)
    if parked.replays:
        at = document.steps.index(document.step(parked.at))
        before = document.but(steps=document.steps[:at])
        plan = Plan(
            run=by_hand.run, values=dict(order.params), params=parked.workflow.params, today=order.today or local_day(),
            keys=by_hand.keys, locale=parked.workflow.locale, gate="read_only", withheld=document.steps[at:],
            step_seconds=agent.settings.step_timeout, minutes=parked.workflow.budget.minutes,
        )  # fmt: skip
        await require_untried(agent.office, order, before, run=parked.run)
        async with OwnLogin(agent.office, order, before, run=parked.run, state=agent.settings.state) as own:
            done = await run_procedure(
                before, live, own.guarding(plan), ladder=_ladder(agent, parked), journal=agent.office.journal,
                start=parked.workflow.start, workflow=parked.workflow.name,
                interruptions=await agent.memory.interruptions(parked.workflow.site_name()),
            )  # fmt: skip
            await own.note(done.but(run=parked.run))
        if done.outcome != "succeeded":
            raise NeedsPerson(
                f"the steps before could not be done again: {done.stopped}; nothing was learned, and nothing was sent",
                fault=done.fault or "unknown", do="Run it again, and teach the run that waits then.",
            )
    await _hand_over(live, by_hand)


async def _hand_over(live: LivePage, by_hand: ByHand) -> None:
    """From now on the person answers dialogs, and everything may leave but a commit that the journal does not take."""
    live.listener.answer_dialog = lambda kind, text: None
    own = [r for s in by_hand.steps if s.effect == "commit" for r in own_requests(by_hand.steps, s)]
    reads = [r for r in own if r.method in READS]
    await live.ask_before_sending(by_hand.authorize, reads=reads, values=by_hand.values, own=own, everything=True)


def _ladder(agent: Agent, parked: Parked) -> LadderOnDemand:
    from ..repair.ladder import LadderOnDemand
    from ..update import element_key

    async def known(target: Target) -> list[Variant]:
        return await agent.memory.elements(parked.workflow.site_name(), element_key(target))

    async def refused(step: str) -> Sequence[Variant]:
        return await agent.memory.refused_looks(parked.version.procedure, step)

    return LadderOnDemand(known, refused)


def hands_of(agent: Agent, parked: Parked, plan: Plan, *, tell: Callable[[str], None], sends: bool = True) -> ByHand:
    from ..run.context import shown_values

    steps = parked.version.document.steps
    return ByHand(agent.office.journal, plan.run, steps, dict(plan.keys), shown_values(plan, steps), sends=sends, tell=tell)


def local_day() -> date:
    """Return this day where the clock on the wall hangs."""
    return datetime.now().astimezone().date()
