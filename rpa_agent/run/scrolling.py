"""Scrolls a list that loads more as one scrolls, until what is needed next is there or nothing more comes."""

from __future__ import annotations

import time

from ..domain.errors import ActionFailed
from ..domain.ports import Action
from ..domain.procedure import Step
from ..domain.trajectory import StepOutcome
from .context import Context
from .resolve import Found, resolve
from .step import look, outcome_of

MOST = 500  # pages of a list; a longer one has a search


async def scroll_until(ctx: Context, index: int, step: Step) -> StepOutcome:
    """Scroll on. Whether the next step's element came is for that step to say."""
    started = time.monotonic()
    ref = None
    if step.target is not None:
        sight = await look(ctx, step, ctx.target_of(step))
        if not isinstance(sight, Found):
            return outcome_of(index, step, "skipped", started, note="what was scrolled is not there")
        ref = sight.hit.candidate.ref
    if step.value == "end":
        await ctx.page.act(Action(kind="scroll", value="end"), ref)
        return outcome_of(index, step, "ok", started)
    following = next((s for s in ctx.steps[index + 1 :] if s.target and s.kind not in {"scroll", "hover"}), None)
    if following is None:
        return outcome_of(index, step, "skipped", started, note="nothing is needed afterwards")
    wanted = ctx.target_of(following)
    for turn in range(MOST):
        sight = resolve(wanted, await ctx.page.find(wanted), following.effect)
        if isinstance(sight, Found):
            # A list that keeps only what is in sight draws itself anew when one of its rows is brought into view.
            await ctx.page.act(Action(kind="scroll", value="into view"), sight.hit.candidate.ref)
            return outcome_of(
                index, step, "ok", started, note=f"scrolled {turn} times" if turn else "it was there already"
            )
        ctx.left()
        try:
            await ctx.page.act(Action(kind="scroll"), ref)
        except ActionFailed:
            break
        await ctx.page.settle(2.0)
    return outcome_of(index, step, "ok", started, note="scrolled to the end")
