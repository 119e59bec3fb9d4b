"""A sub-goal given to an explorer: it looks for the way to an element that is not on the page, and only looks.

Whatever it clicks is clicked while the gate lets plain reads pass and nothing else. What it clicked on the way becomes part
of the look, as any other way that was opened; where the element did not come to light, the page is loaded anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..domain.errors import ActionFailed, PageGone, TargetMissing
from ..domain.exploring import Move, Quest
from ..domain.ports import Action
from ..domain.procedure import Step
from ..domain.proposal import Candidate, Survey
from ..domain.target import Target
from .backing_out import led_away, return_to
from .context import Context
from .resolve import Found, NotFound
from .step import look

MOST_MOVES = 6


@dataclass
class Led:
    """Where an explorer led: what is to be seen of the target now, and the clicks on the way to it."""

    sight: Found | NotFound = field(default_factory=lambda: NotFound("missing"))
    ways: list[Candidate] = field(default_factory=list)
    said: str = ""
    author: str = ""


class _Looking:
    """Implements domain.exploring.Hands for one break of a run: clicks and goes back, until the target is there."""

    def __init__(self, ctx: Context, step: Step, target: Target) -> None:
        self._ctx, self._step, self._target = ctx, step, target
        self.led = Led()

    async def see(self) -> Survey:
        return await self._ctx.page.survey(row_key=self._target.row_key(), key_column=self._target.key_column())

    async def reached(self) -> str:
        if not self.led.ways:
            return ""   # it was looked for before
        self.led.sight = await look(self._ctx, self._step, self._target, patience=1.0)
        return "the element is there" if isinstance(self.led.sight, Found) else ""

    async def do(self, move: Move, at: Candidate | None) -> Move:
        ctx, draft = self._ctx, bool(self._ctx.typed or self._ctx.drafted)
        href = at.fingerprint.href if at is not None else ""
        if draft and (move.kind == "back" or (href and not href.startswith("#"))):
            return move.but(failed="a draft is open, and this would leave it")
        before = ctx.page.url
        async with ctx.warden.searching():
            try:
                await ctx.page.act(Action(kind=move.kind), at.ref if at is not None else None)
                await ctx.page.settle(2.0)
            except (ActionFailed, TargetMissing, PageGone) as e:
                return move.but(failed=e.message)
        if move.kind == "back":
            self.led.ways[-1:] = []
        elif at is not None:
            self.led.ways.append(at)
        return move.but(led_to="another page" if led_away(before, ctx.page.url) else "")


async def delegated(ctx: Context, step: Step, target: Target, goal: str) -> Led:
    """Let the run's explorer look for the way; without one, or without success, nothing was led to.

    Raises NeedsPerson where it led away from something that was entered.
    """
    if ctx.plan.explore is None:
        return Led()
    hands, before = _Looking(ctx, step, target), ctx.page.url
    found = await ctx.plan.explore(Quest(task=goal, values={}, most_moves=MOST_MOVES), hands)
    hands.led.said, hands.led.author = found.said, found.asked.model or "explorer"
    if isinstance(hands.led.sight, Found):
        return hands.led
    if hands.led.ways and (led_away(before, ctx.page.url) or not (ctx.typed or ctx.drafted)):
        await return_to(ctx, step, before)
    return Led(said=found.said)


