"""Looks on trial: where a step breaks, what a candidate or another procedure knows of it is tried ahead of the ladder."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from ..domain.errors import NeedsPerson
from ..domain.procedure import Step
from ..domain.target import Target, Variant, rendered
from ..domain.trajectory import StepOutcome
from .context import Context
from .guarded import act_on_trial
from .known_again import known_again
from .resolve import Found, NotFound, resolve
from .session import require_page_of_ours
from .steered import is_steered
from .step import known_via, outcome_of

_MOST = 4  # looks tried for one step; what is worth more has been seen more often and stands first


@dataclass(frozen=True)
class ForCommit:
    """A commit's element that a look on trial named: it is pressed like every commit, under a closed gate."""

    target: Target
    found: Found


async def looks_on_trial(
    ctx: Context, index: int, step: Step, target: Target, sight: NotFound
) -> StepOutcome | ForCommit | None:
    """Try the looks of the version's parent where those added since mislead, then each look on trial, one at a time.

    Each must show the step's signals, or its act is undone and the next is tried. None: nothing here helps; what was
    tried is kept in ``ctx.misled``. Raises NeedsPerson as a repair does.
    """
    known = len(target.variants)
    if ctx.plan.trial is None or is_steered(step):
        return None
    more = [rendered_look(ctx, v) for v in (await ctx.plan.trial.looks(step.id))[:_MOST]]
    parents = await ctx.plan.trial.looks_of_parent(step.id)
    back = parents is not None and sight.why in {"ambiguous", "identity"}
    if not (more or back):
        return None
    await require_page_of_ours(ctx)
    whole = target.model_copy(update={"variants": (*target.variants, *more)})
    step = step.model_copy(update={"target": target})
    if back:
        former = target.model_copy(update={"variants": target.variants[:parents]})
        done = await _tried(ctx, index, step, whole, former, at=0)
        if done is not None:
            return done.but(unproven=False, went_back=True) if isinstance(done, StepOutcome) else done
    for n, variant in enumerate(more):
        done = await _tried(ctx, index, step, whole, target.model_copy(update={"variants": (variant,)}), at=known + n)
        if done is not None:
            return done
    return None


def tried_before(ctx: Context, outcome: StepOutcome) -> StepOutcome:
    """Return the outcome with the looks that were tried for its step in vain, and whether one on trial did it."""
    tried, well = ctx.misled.get(outcome.id, ()), outcome.status in {"ok", "repaired"}
    went_back = outcome.went_back or (well and outcome.id in ctx.went_back)
    if not tried and not went_back:
        return outcome
    misled = tuple(v for v in tried if not (well and v == outcome.variant))
    return outcome.but(misled=misled, unproven=outcome.unproven or len(misled) < len(tried), went_back=went_back)


def rendered_look(ctx: Context, variant: Variant) -> Variant:
    return rendered(Target(variants=(variant,)), ctx.fill).variants[0]


async def _tried(
    ctx: Context, index: int, step: Step, whole: Target, looks: Target, *, at: int
) -> StepOutcome | ForCommit | None:
    """Look for one set of looks, ``at`` its place among all, and act on what it names."""
    started, found = time.monotonic(), await _seen(ctx, step, looks)
    if found is None:
        return None
    variant = at + found.hit.variant
    found = replace(found, hit=found.hit.model_copy(update={"variant": variant}), on_trial=True)
    if step.effect == "commit":
        if at:
            ctx.misled.setdefault(step.id, []).append(variant)  # until its outcome says otherwise
        else:
            ctx.went_back.add(step.id)
        return ForCommit(whole, found)
    try:
        done = await act_on_trial(ctx, index, step, found.hit.candidate)
    except NeedsPerson:
        ctx.misled.setdefault(step.id, []).append(variant)
        raise
    if done is None:
        ctx.misled.setdefault(step.id, []).append(variant)
        return None
    ctx.repaired_since_commit = True  # what is sent after it must prove it
    return outcome_of(index, step, "ok", started, done=done, found=found, note="a look on trial").but(unproven=True)


async def _seen(ctx: Context, step: Step, looks: Target) -> Found | None:
    """Return the element that these looks name, opening first what they say hides it."""
    sight = resolve(*known_again(looks, await ctx.page.find(looks), ctx.plan.salt), step.effect)
    if isinstance(sight, NotFound) and any(v.via for v in looks.variants):
        await ctx.warden.close(())  # searching is read-only
        try:
            sight, _ = await known_via(ctx, step, looks)
        finally:
            ctx.warden.open()
    if isinstance(sight, NotFound) or sight.hit.candidate.covered_by:
        return None
    return sight
