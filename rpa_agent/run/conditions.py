"""Decides whether a step's condition holds now: by this run's parameters, or by what the page shows."""

from __future__ import annotations

from ..domain.condition import Shown, holds, parse, problems, words
from ..domain.errors import NeedsPerson
from ..domain.procedure import Step
from .context import Context

SHOWN_S = 1.0  # a text that a settled page does not show by then is not shown


async def not_wanted(ctx: Context, step: Step) -> str | None:
    """Return why a step is left out of this run, in plain words; None when it is to be done.

    A condition that this run's parameters cannot answer is a person's to correct: it is never guessed.
    """
    if step.when is None:
        return None
    condition = parse(step.when)
    types = {name: param.type for name, param in ctx.plan.params.items()}
    if wrong := problems(condition, {**dict.fromkeys(ctx.shown, "string"), **types}):
        raise NeedsPerson(
            f"the condition of step {step.id} cannot be answered: {'; '.join(wrong)}",
            fault="data",
            do="Correct it with `rpa procedure edit NAME`.",
        )
    if not isinstance(condition, Shown):
        return None if holds(condition, ctx.plan.values, types) else f"left out: not so that {words(condition)}"
    await ctx.page.settle(min(ctx.plan.step_seconds, ctx.left()))
    # A text that must be there may still be on its way; one that must not be there is looked for once.
    patience = min(SHOWN_S, ctx.left()) if condition.shown else 0.0
    values = {**dict.fromkeys(ctx.plan.params, ""), **ctx.shown}
    seen = await ctx.page.visible(condition.text, values=values, seconds=patience)
    if (seen is not None) == condition.shown:
        return None
    return f"left out: not so that {words(condition)}"
