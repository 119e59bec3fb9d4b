"""A way that a model found is walked once more without it, while the recorder watches: so it becomes a procedure."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ..domain.binding import secret_of
from ..domain.errors import NeedsPerson
from ..domain.exploring import Explored, Move
from ..domain.hosts import allowed_hosts
from ..domain.ports import PageAtHand
from ..domain.proposal import Candidate
from ..domain.supervision import Said
from ..domain.target import Fingerprint, Target, Variant
from .entered import Entered
from .hands import SETTLE_S, PageHands, only_to

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..build import Built
    from ..domain.procedure import Step
    from ..domain.recording import Act

FOUND_S = 10.0          # how long an element may take to come when a way is walked again


async def compiled(agent: Agent, order: Order, found: Explored) -> Built:
    """Walk a way once more without a model while the recorder watches, and build its procedure as `rpa record` does.

    What comes of it has every element with all its traits, and what each step sends. Raises NeedsPerson where a move
    cannot be done again, ParamsInvalid where nothing was done.
    """
    from ..browser.page import LivePage
    from ..browser.recorder.record import record
    from ..browser.session import open_context
    from ..build import build_procedure
    from ..build.called import called_as_in

    entered = Entered(order.params, order.workflow)

    async def demonstrate(page: Any) -> None:
        if found.history:
            await _drive(page, agent, order, found.history, entered)
            return
        live = await LivePage.open(page, base=order.base_url, secrets=order.secrets)
        await live.ask_before_sending(only_to(order.base_url), reads=(), values=order.params)
        await _walk(live, PageHands(live, entered), found.kept())

    hosts = allowed_hosts(order.base_url, order.workflow.allow)
    async with open_context(await agent.browser(), allowed=hosts) as context:
        recording = await record(context, order.base_url + order.workflow.start, demonstrate=demonstrate)
    workflow = order.workflow
    built = build_procedure(
        recording, name=workflow.name, task=workflow.task, site=workflow.site_name(), salt=agent.memory.salt
    )
    return called_as_in(
        workflow, built, values=order.params, secrets={n: order.secrets.reveal(n) for n in workflow.secrets}
    )


async def _drive(page: Any, agent: Agent, order: Order, history: str, entered: Entered) -> None:
    """Walk browser-use's way again, by the names its history has of the elements; raises NeedsPerson, StepError."""
    from ..browser.recorder.drive import Driven, Supervision, drive
    from ..build.imported import build_imported
    from ..formats.browser_use import read_browser_use

    workflow = order.workflow
    imported = read_browser_use(json.loads(history))
    foreign = build_imported(
        imported.recording, checks=(), name=workflow.name, task=workflow.task, site=workflow.site_name(), salt=agent.memory.salt
    )

    async def yes(number: int, words: str, holds: Sequence[tuple[str, str]]) -> Said:
        return "yes"    # it is a sandbox, and it is put back afterwards

    given = Supervision(
        order.base_url, workflow.allow, {}, entered.written(), order.secrets, order.today or date.today(), yes
    )  # fmt: skip
    driven = Driven()
    await drive(page, _with_given_names(foreign.procedure.steps, imported.recording.acts), (), given, driven)
    if driven.stopped is not None:
        raise driven.stopped


def _with_given_names(steps: Sequence[Step], acts: Sequence[Act]) -> list[Step]:
    """Return the steps with the names that secrets have here: an import calls them after the fields that they were typed into."""
    called = [secret_of(s) for s in steps if secret_of(s) is not None]
    names = dict(zip(called, [a.value for a in acts if a.secret], strict=False))
    return [s.but(value=f"{{{{ secrets.{names[secret_of(s)]} }}}}") if secret_of(s) in names else s for s in steps]


async def _walk(page: PageAtHand, hands: PageHands, moves: Sequence[Move]) -> None:
    for number, move in enumerate(moves, 1):
        at = await _again(page, move.element) if move.element is not None and move.kind != "enter" else None
        if move.element is not None and move.kind != "enter" and at is None:
            raise NeedsPerson(f"move {number} ({move.words()}) could not be done again: it is not on the page", fault="drift")
        done = await hands.do(move, at)
        if done.failed:
            raise NeedsPerson(f"move {number} ({move.words()}) could not be done again: {done.failed}", fault="drift")


async def _again(page: PageAtHand, element: Fingerprint) -> Candidate | None:
    """Return the element that was used before, once it is there and nothing else is as much like it."""
    target, until = Target(variants=(Variant(fingerprint=element),)), time.monotonic() + FOUND_S
    while True:
        await page.settle(SETTLE_S)
        hits = await page.find(target)
        if hits and not hits[0].rivals:
            return hits[0].candidate
        if time.monotonic() >= until:
            return None
        await page.visible("\x00", values={}, seconds=0.2)   # wakes up at the next change of the page
