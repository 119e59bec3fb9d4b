"""Where a workflow logs in by itself, nobody is locked out either: what the site refused is not typed a second time.

Runs side by side would type it all the same, each before it knows what the other one learns. So what a page hides is typed
by one run at a time at a host, of all processes with this state folder, until it is known how the site takes it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from .domain.binding import TypedLogin, hides, secret_of, typed_logins
from .ops.refusals import login_turn, no_turn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .domain.plan import Plan
    from .domain.procedure import Procedure, Step
    from .domain.trajectory import StepOutcome, Trajectory
    from .ops.office import Office
    from .ops.process.turn import Turn
    from .planning import Order


async def require_untried(office: Office, order: Order, document: Procedure, *, run: str) -> None:
    """Raise LoginNeeded where a login of this run was refused before, whoever typed it. ``run`` waits for a person then, who
    decides by it; empty where nothing of the kind is kept."""
    if (logins := _inside(order, document)) and await office.refusals.any():
        await office.refusals.require_untried(logins, values=await _values(order, logins), run=run)


class OwnLogin:
    """The login of one run that has no account. ``guarding`` puts it into the run's plan; what it holds is given back on exit,
    once what the site said is kept."""

    def __init__(self, office: Office, order: Order, document: Procedure, *, run: str, state: Path) -> None:
        self._office, self._order, self._document, self._run = office, order, document, run
        self._logins = _inside(order, document)
        secrets = {name for login in self._logins for name in login.names}
        self._guarded = {name for step in document.steps if hides(step) and (name := secret_of(step))} & secrets or secrets
        self._at = {name: login.at for login in reversed(self._logins) for name in login.names}
        self._state = state
        self._turn: tuple[str, Turn] | None = None  # where one is taken
        self._plan: Plan | None = None
        self._page: str | None = None  # where a secret was typed last
        self._typed = set[str]()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._give_back()

    def guarding(self, plan: Plan) -> Plan:
        """Return the plan of the run; one that types no secret stays as it is."""
        self._plan = replace(plan, ready=self._ready, after=self._after) if self._guarded else plan
        return self._plan

    async def _ready(self, name: str) -> None:
        """Before the keystroke: wait for the answer that others wait for; raise LoginNeeded where it was no."""
        if name not in self._guarded:
            return
        self._typed.add(name)
        at = self._at[name]
        if self._turn is not None and self._turn[0] == at:
            return
        self._give_back()  # nobody waits at one place while others wait for him at another
        turn, wanted = login_turn(self._state, at), self._plan.wanted if self._plan is not None else None
        if not await turn.come(self._run, seconds=self._order.workflow.budget.minutes * 60, meanwhile=wanted):
            raise no_turn(turn, at, where=self._order.workflow.name)
        self._turn = at, turn
        await require_untried(self._office, self._order, self._document, run=self._run)

    def _give_back(self) -> None:
        if self._turn is not None:
            self._turn[1].give_back()
            self._turn = None

    def _after(self, step: Step, outcome: StepOutcome) -> None:
        """After a step that was done: the site has let the run in once the page with the field was left as it was shown,
        or something was done on another one."""
        page = step.target.page if step.target is not None else None
        if secret_of(step) in self._guarded:
            self._page = page
        elif page is not None and (page != self._page or self._left(page, step, outcome)):
            self._give_back()

    def _left(self, page: str, step: Step, outcome: StepOutcome) -> bool:
        """Tell whether a step led to another address, the very one that it led to when shown."""
        known, led_to = self._document.pages.get(page), step.expect.url
        elsewhere = bool(led_to) and known is not None and led_to != known.template
        return elsewhere and outcome.status == "ok" and not outcome.missing and bool(outcome.signals.url)

    async def note(self, trajectory: Trajectory) -> None:
        """After a run: keep that what it typed was refused, or that it is not refused any more."""
        if not self._typed:
            return
        name = self._order.workflow.name
        if trajectory.login_refused():
            typed = [login for login in self._logins if self._typed.intersection(login.names)]
            values = await _values(self._order, typed)
            await self._office.refusals.note(typed, values=values, by=name, run=trajectory.run)
        elif trajectory.outcome == "succeeded":
            await self._office.refusals.forget(by=name)


def _inside(order: Order, document: Procedure) -> tuple[TypedLogin, ...]:
    """Return the logins that a run types by itself; none where it begins logged in."""
    inside = order.workflow.account is None and document.secrets
    return typed_logins(document.steps, document.pages, order.base_url) if inside else ()


async def _values(order: Order, logins: Iterable[TypedLogin]) -> dict[str, str]:
    names = dict.fromkeys(name for login in logins for name in login.names)
    return {name: await asyncio.to_thread(order.secrets.reveal, name) for name in names}
