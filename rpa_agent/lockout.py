"""Where a workflow logs in by itself, nobody is locked out either: what the site refused is not typed a second time.

Runs side by side would type it all the same, each before it knows what the other one learns. So what a page hides is typed
by one run at a time at a site, of all processes with this state folder, until it is known how the site takes it.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from .domain.binding import hides, secret_of
from .domain.errors import LoginNeeded
from .domain.urls import origin
from .ops.process.turn import Turn

if TYPE_CHECKING:
    from pathlib import Path

    from .domain.plan import Plan
    from .domain.procedure import Procedure, Step
    from .domain.trajectory import StepOutcome, Trajectory
    from .ops.office import Office
    from .planning import Order

LOOK_S = 0.05  # how often a run that waits for the login of another process looks whether it is over


async def require_untried(office: Office, order: Order, document: Procedure, *, run: str) -> None:
    """Raise LoginNeeded where the secrets of a run were refused before, whichever workflow typed them. ``run`` waits for a
    person then, who decides by it; empty where nothing of the kind is kept."""
    if _inside(order, document) and await office.refusals.any():
        await office.refusals.require_untried(run, await _held(order, document))


class OwnLogin:
    """The login of one run that has no account. ``guarding`` puts it into the run's plan; what it holds is given back on exit,
    once what the site said is kept."""

    def __init__(self, office: Office, order: Order, document: Procedure, *, run: str, state: Path) -> None:
        self._office, self._order, self._document, self._run = office, order, document, run
        secrets = {secret_of(step) for step in document.steps}
        hidden = {secret_of(step) for step in document.steps if hides(step)}
        self._guarded = (hidden or secrets) - {None} if _inside(order, document) else frozenset()
        place = re.sub(r"[^a-z0-9.]+", "-", origin(order.base_url))
        self._turn = Turn(state / "logging-in" / place)
        self._plan: Plan | None = None
        self._page: str | None = None  # where a secret was typed last
        self._typed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._turn.give_back()

    def guarding(self, plan: Plan) -> Plan:
        """Return the plan of the run; one that types no secret stays as it is."""
        self._plan = replace(plan, ready=self._ready, after=self._after) if self._guarded else plan
        return self._plan

    async def _ready(self, name: str) -> None:
        """Before the keystroke: wait for the answer that others wait for; raise LoginNeeded where it was no."""
        if name not in self._guarded:
            return
        self._typed = True
        if self._turn.taken:
            return
        deadline = time.monotonic() + self._order.workflow.budget.minutes * 60
        while not self._turn.take(self._run):
            if time.monotonic() >= deadline:
                raise LoginNeeded(
                    f"the run {self._turn.holder()} logs in at {self._order.base_url} and does not get on; nothing was typed",
                    where=self._order.workflow.name, do="Look at that run: `rpa runs`. Then run this one again.",
                )  # fmt: skip
            if self._plan is not None and self._plan.wanted is not None:
                await self._plan.wanted()
            await self._turn.wait(LOOK_S)
        await require_untried(self._office, self._order, self._document, run=self._run)

    def _after(self, step: Step, outcome: StepOutcome) -> None:
        """After a step that was done: the site has let the run in once the page with the field was left as it was shown,
        or something was done on another one."""
        page = step.target.page if step.target is not None else None
        if secret_of(step) in self._guarded:
            self._page = page
        elif page is not None and (page != self._page or self._left(page, step, outcome)):
            self._turn.give_back()

    def _left(self, page: str, step: Step, outcome: StepOutcome) -> bool:
        """Tell whether a step led to another address, the very one that it led to when shown."""
        known, led_to = self._document.pages.get(page), step.expect.url
        elsewhere = bool(led_to) and known is not None and led_to != known.template
        return elsewhere and outcome.status == "ok" and not outcome.missing and bool(outcome.signals.url)

    async def note(self, trajectory: Trajectory) -> None:
        """After a run: keep that its secrets were refused, or that they are not refused any more."""
        if not self._typed:
            return
        if trajectory.login_refused():
            held = await _held(self._order, self._document)
            await self._office.refusals.note(trajectory.run, self._order.workflow.name, held)
        elif trajectory.outcome == "succeeded":
            await self._office.refusals.forget(workflow=self._order.workflow.name)


def _inside(order: Order, document: Procedure) -> bool:
    return order.workflow.account is None and bool(document.secrets)


async def _held(order: Order, document: Procedure) -> dict[str, str]:
    """Return the secrets of a run by name, and where they are typed: elsewhere the same ones are another login."""
    held = {name: await asyncio.to_thread(order.secrets.reveal, name) for name in document.secrets}
    return {**held, "": origin(order.base_url)}
