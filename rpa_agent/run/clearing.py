"""Clears the way to an element before it is used: closes what lies over it, opens what is known to hide it.

Nothing of this may send anything: the gate lets plain reads pass and no more, also where the click was learned.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from ..domain.change import Interruption
from ..domain.errors import ActionFailed, TargetMissing
from ..domain.identity import likeness
from ..domain.ports import Action
from ..domain.procedure import Step
from ..domain.proposal import Break, Dismiss, Park
from ..domain.target import Fingerprint, Target
from ..domain.trajectory import Repair, StepOutcome
from .attempt import Attempt, break_at, look_of
from .context import Context
from .guarded import LADDER_S
from .mend import ask_first
from .refusals import parked
from .resolve import Found, NotFound, resolve
from .step import known_via, look

POINTED = frozenset({"click", "dblclick", "rightclick", "hover", "check", "uncheck", "drag"})  # what lies over it is hit
_CLOSED = 4  # interruptions over one element; what keeps coming back needs a person
_SAME_WORDS = 0.6
_CLOSING_S = 0.6  # how long a list takes to close in sight


async def known_ways(
    ctx: Context, step: Step, target: Target, sight: NotFound, interruptions: Sequence[Interruption]
) -> Found | NotFound:
    """Before any repair: close what is known to get in the way, open what is known to hide the target."""
    if await dismiss_known(ctx, interruptions):
        again = await look(ctx, step, target, patience=0.5)
        if isinstance(again, Found):
            return again
    if any(v.via for v in target.variants):
        opened, _ = await known_via(ctx, step, target)
        if isinstance(opened, Found):
            return opened
    return sight


async def dismiss_known(ctx: Context, interruptions: Sequence[Interruption]) -> bool:
    """Close what the site's memory knows as an interruption; tell whether anything was closed."""
    closed = False
    for known in interruptions:
        wanted = Target(variants=(known.variant,))
        sight = resolve(wanted, await ctx.page.find(wanted), "none")
        if isinstance(sight, Found) and _same_place(known.variant.fingerprint, sight.hit.candidate.fingerprint):
            closed = await _closed(ctx, sight.hit.candidate.ref) or closed
    return closed


async def _left_behind(ctx: Context, index: int, step: Step, target: Target, found: Found) -> Found:
    """A list or calendar of the field before may still lie over an element: it is given time to close, then that field is
    left as people leave it, by Tab."""
    last = ctx.typed[-1] if ctx.typed else None
    if last is None or not index or last.step.id != ctx.steps[index - 1].id:
        return found
    deadline = time.monotonic() + _CLOSING_S
    while time.monotonic() < deadline:  # what fades away changes nothing in the page until it is gone
        await ctx.page.visible("\x00", values={}, seconds=0.1)
        again = await look(ctx, step, target, patience=_CLOSING_S)
        if isinstance(again, Found) and not again.hit.candidate.covered_by:
            return again
    await ctx.warden.acting(last.step)  # what leaving it sends belongs to it
    with suppress(ActionFailed, TargetMissing):
        await ctx.page.act(Action(kind="press", value="Tab"), last.ref)
    again = await look(ctx, step, target, patience=_CLOSING_S)
    return again if isinstance(again, Found) else found


async def uncovered(
    ctx: Context, index: int, step: Step, found: Found, interruptions: Sequence[Interruption]
) -> tuple[Found, Attempt]:
    """Close what lies over an element that is about to be clicked; return it as it stands then, and what was done.

    What lies there and is not known to be an interruption is left alone: the click itself tells whether it matters.
    Raises NeedsPerson where the page at hand is none to go on with, or a person wants to be asked first.
    """
    attempt, target = Attempt(), ctx.target_of(step)
    if step.kind in {*POINTED, "select"}:
        found = await _left_behind(ctx, index, step, target, found)
    for _ in range(_CLOSED if step.kind in POINTED else 0):
        if not found.hit.candidate.covered_by:
            break
        known = await dismiss_known(ctx, interruptions)
        if not known and (ctx.plan.repair == "off" or not await _dismiss_new(ctx, index, step, found, attempt)):
            break
        again = await look(ctx, step, target, patience=1.0)
        if isinstance(again, NotFound):
            break
        found = again
    return found, attempt


async def _dismiss_new(ctx: Context, index: int, step: Step, found: Found, attempt: Attempt) -> bool:
    target = ctx.target_of(step)
    view = await ctx.page.survey(row_key=target.row_key(), key_column=target.key_column())
    seen: Break = break_at(ctx, index, step, target, NotFound("covered", found.score, found.hit), attempt)
    for proposal in await ctx.ladder.propose(seen, view, LADDER_S):
        if isinstance(proposal, Park):
            raise parked(proposal)
        if not isinstance(proposal, Dismiss):
            continue
        if ctx.plan.repair == "propose":
            raise ask_first(ctx, step, proposal, "covered")
        attempt.tried.append(proposal.candidate.ref)
        attempt.evidence.extend(proposal.evidence)
        if await _closed(ctx, proposal.candidate.ref):
            attempt.dismissed.append((proposal.words, look_of(proposal.candidate, "structure")))
            ctx.repaired_since_commit = True
        return True
    return False


def with_cleared(outcome: StepOutcome, found: Found, attempt: Attempt | None) -> StepOutcome:
    """Return a step's record with what was closed before it."""
    if attempt is None or not attempt.dismissed or outcome.status not in {"ok", "repaired"}:
        return outcome
    if outcome.repair is not None:
        earlier = tuple(attempt.dismissed)
        return outcome.but(repair=outcome.repair.but(dismissed=(*earlier, *outcome.repair.dismissed)))
    return outcome.but(
        status="repaired",
        repair=Repair(
            by="structure", confidence=round(found.score, 3), was=outcome.target,
            now=found.hit.candidate.fingerprint.words(), evidence=tuple(attempt.evidence),
            dismissed=tuple(attempt.dismissed),
        ),
    )


async def _closed(ctx: Context, ref: str) -> bool:
    """Click what closes an interruption; False where it cannot be clicked: what lies over it is looked at again."""
    async with ctx.warden.searching():
        try:
            await ctx.page.act(Action(kind="click"), ref)
        except (ActionFailed, TargetMissing):
            return False
        await ctx.page.settle(1.0)
    return True


def _same_place(known: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether a closing button stands in what was closed then: each dialog has a Close of its own."""
    if known.dialog or live.dialog:
        return likeness(known.dialog, live.dialog) >= _SAME_WORDS
    said = [t for t in (known.heading, *known.near) if t and "#h:" not in t]
    says = [t for t in (live.heading, *live.near) if t]
    return not said or any(likeness(a, b) >= _SAME_WORDS for a in said for b in says)


__all__ = ["POINTED", "dismiss_known", "known_ways", "uncovered", "with_cleared"]
