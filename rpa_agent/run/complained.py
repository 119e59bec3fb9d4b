"""What the page says of a commit that did not lead where it led: why it is not sure that it was taken."""

from __future__ import annotations

from contextlib import suppress

from ..domain.errors import PageGone
from ..domain.procedure import Step
from ..domain.template import pattern
from ..domain.trajectory import fault_named
from .compare import fits, says
from .context import Context
from .guarded import said_why
from .step import Done


async def unless_complained_about(ctx: Context, step: Step, done: Done) -> Done:
    """A form that comes back with a complaint is answered without an error, at the address that success has, too: where the
    recorded words did not come, the page is looked at. What it says is why it is not sure that the commit was taken."""
    complaint = "" if step.target is None or led_on(ctx, step, done) else await _complaint(ctx, step, done)
    return Done(done.signals, (complaint,), done.ref) if complaint else done


async def words_of_page(ctx: Context, step: Step, done: Done) -> str:
    """Return what the page says of a commit that is in doubt, to be added to a sentence; empty where it says nothing."""
    if ctx.said_no is None and step.target and (complaint := await _complaint(ctx, step, done)):
        return f"; {complaint}"
    new = [t for t in _new(ctx, done) if not any(says(x, t, ctx.shown) for x in step.expect.texts)]
    of_it = [t for t in new if any(pattern(x, ctx.shown).search(t) for x in step.expect.texts)]
    told = (of_it or new)[-1:]
    return f"; the page says “{told[0]}”" if told and ctx.said_no is None else ""


def led_on(ctx: Context, step: Step, done: Done) -> bool:
    """Tell whether the page went where the commit led when it was shown, and says what it said then."""
    expect, seen = step.expect, done.signals
    there = not expect.url or fits(expect.url, seen.url)
    return there and (not expect.texts or any(says(t, x, ctx.shown) for t in expect.texts for x in seen.texts))


async def _complaint(ctx: Context, step: Step, done: Done) -> str:
    """Return what the page itself says about why a commit was not taken, and keep what kind of fault that is."""
    with suppress(PageGone):
        if (park := await said_why(ctx, step, said=_new(ctx, done), doubtful=bool(done.missing))) is not None:
            ctx.said_no = fault_named(park.fault)
            return park.reason
    return ""


def _new(ctx: Context, done: Done) -> tuple[str, ...]:
    """Return what the page says since the commit: a notice that always stands there says nothing about it."""
    return tuple(t for t in done.signals.texts if t not in ctx.announced)
