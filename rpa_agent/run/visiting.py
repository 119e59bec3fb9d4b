"""Documents that a site did not give at once: asked for again a few times, as long as asking is only reading.

A site that says when to come back is believed, within bounds. What was sent is never sent again from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ..domain.errors import NeedsPerson, RpaAgentError, SiteUnreachable
from ..domain.procedure import Step
from ..domain.retry import asked_pause
from ..domain.trajectory import StepOutcome
from .commits import commit_without_target
from .compare import missing_signals
from .context import Context
from .session import require_session
from .step import SIGNAL_FLOOR_S, Done, act_on, outcome_of
from .supervised import allowed

BUSY = frozenset({429, 502, 503, 504})
TRIES = 3
PAUSES_S = (0.5, 1.0)  # where the site does not say when
LONGEST_S = 60.0  # a longer pause is for the schedule, not for a browser that waits


async def without_target(ctx: Context, index: int, step: Step, started: float) -> StepOutcome:
    """Do a step that needs no element: open an address, go back, press a key."""
    if step.effect == "commit":
        await allowed(ctx, index, step)
        await require_session(ctx, step)
        return await commit_without_target(ctx, index, step, started)
    done = await (_opened(ctx, step) if step.kind == "goto" else act_on(ctx, step, None))
    if step.kind == "goto" and ctx.page.status >= 500:
        raise SiteUnreachable(f"the site answers with an error ({ctx.page.status}); {_so_far(ctx)}")
    status = "ok" if not done.missing or step.kind == "goto" else "failed"
    return outcome_of(index, step, status, started, done=done)


async def _opened(ctx: Context, step: Step) -> Done:
    for tries in range(1, TRIES + 1):
        try:
            done = await act_on(ctx, step, None)
        except SiteUnreachable as e:
            if elsewhere := ctx.page.refused_hosts():
                raise _led_elsewhere(ctx, step, elsewhere) from e
            if tries == TRIES:
                raise
            await _pause(ctx, tries, "")
            continue
        if ctx.page.status not in BUSY:
            return done
        if tries < TRIES:
            await _pause(ctx, tries, ctx.page.come_back)
    raise SiteUnreachable(f"the site is busy ({ctx.page.status}), also after {TRIES} tries; {_so_far(ctx)}")


def _led_elsewhere(ctx: Context, step: Step, hosts: Sequence[str]) -> NeedsPerson:
    """The site answered, and led on to a host that this run may not reach: no outage, and the same another time. Where a
    secret is still to be typed, that is where people sign in now."""
    ctx.refused_hosts.extend(f"{host} (step {ctx.steps.index(step) + 1})" for host in hosts)
    to_come = ctx.steps[ctx.steps.index(step) :]
    login = any("secrets." in (s.value or "") for s in to_come)
    there = "people sign in there now" if login else "the page is there now"
    return NeedsPerson(
        f"the site led on to {', '.join(hosts)}, which `allow:` in the workflow does not name; {_so_far(ctx)}",
        fault="login" if login else "drift",
        do=f"If {there}, and it is to be trusted: name it under `allow:` and show the work once more.",
    )


async def loaded(ctx: Context, step: Step, done: Done) -> Done:
    """After an act that led to a document which the site could not give: ask for it again, where that only reads.

    Raises SiteUnreachable where it stays so: that is no page to look for anything on.
    """
    for tries in range(1, TRIES):
        if step.effect == "commit" or not _not_given(ctx):
            return done
        await _pause(ctx, tries, ctx.page.come_back)
        try:
            await ctx.page.load_again()
        except SiteUnreachable:
            continue
        seen = await ctx.page.signals(step.expect, values=ctx.shown, seconds=min(SIGNAL_FLOOR_S, ctx.left()))
        done = Done(seen, missing_signals(step.expect, seen, ctx.shown, strict=False), done.ref)
    if _not_given(ctx):
        raise SiteUnreachable(f"the site does not answer any more; {_so_far(ctx)}")
    return done


def _not_given(ctx: Context) -> bool:
    """Tell whether the last act asked for a document, only to read it, and there is none at hand."""
    return ctx.page.only_read and (ctx.page.status in BUSY or ctx.page.url.startswith("chrome-error"))


async def _pause(ctx: Context, tries: int, come_back: str) -> None:
    """Wait as long as the site asks; raises SiteUnreachable where that is too long for a run."""
    asked = asked_pause(come_back)
    pause = PAUSES_S[min(tries, len(PAUSES_S)) - 1] if asked is None else asked
    if pause > min(LONGEST_S, ctx.left()):
        busy = SiteUnreachable(
            f"the site is busy ({ctx.page.status}) and wants to be left alone for {pause:.0f} seconds; {_so_far(ctx)}",
            do="Run it again after that time.",
        )
        busy.again_in = asked
        raise busy
    await asyncio.sleep(pause)


def not_before(error: RpaAgentError) -> str:
    """Return until when a site asked to be left alone, in UTC; nothing where it did not, or for longer than there is time."""
    seconds = error.again_in if isinstance(error, SiteUnreachable) else None
    if seconds is None:
        return ""
    try:
        return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC).isoformat(timespec="milliseconds")


def _so_far(ctx: Context) -> str:
    return "nothing was sent" if ctx.sent == "nothing" else "nothing more was sent"
