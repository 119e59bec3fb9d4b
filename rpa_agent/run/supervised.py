"""A supervised run: before each commit a person sees what the page holds now, and decides.

Nothing is armed while they think, and the time they take is not the run's. What they saw is measured once more after
their yes: a page does not wait for anybody.
"""

from __future__ import annotations

import time

from ..domain.errors import Declined, NeedsPerson
from ..domain.procedure import Step
from ..domain.supervision import AboutToSend, Entered
from .context import Context
from .step import facts_differ

HIDDEN = "•••"


async def allowed(ctx: Context, index: int, step: Step, *, now: str = "") -> None:
    """Return once a person said yes to a commit, or where nobody watches; raises Declined, or NeedsPerson where the page
    holds other values than this run's. ``now`` names the element that would be used in the place of the recorded one."""
    ask = ctx.plan.ask
    if ask is None:
        return
    does = _words(ctx, step)
    if different := await facts_differ(ctx):
        raise NeedsPerson(f"{does} would send other values: {different}; nothing was sent")
    about = AboutToSend(
        number=index + 1,
        does=f"{does}, which is called {now} now" if now else does,
        entered=await _entered(ctx),
        row_key=ctx.plan.row_key,
    )
    since = time.monotonic()
    said = await ask(about)
    ctx.deadline += time.monotonic() - since
    if said != "yes":
        raise Declined(f"{_NO[said]} before step {index + 1} ({does}); it was not sent", left_out=said == "skip")


_NO = {"skip": "left out by the person who watched", "stop": "stopped by the person who watched"}


async def _entered(ctx: Context) -> tuple[Entered, ...]:
    """Return what was typed since the last commit, each with what its field shows now; secrets are not read."""
    here = [t for t in ctx.typed if not t.secret and t.step.tab == ctx.tab]
    shown = dict(zip((id(t) for t in here), await ctx.page.read_all([t.ref for t in here]), strict=True)) if here else {}
    return tuple(
        Entered(
            field=t.step.target.words() if t.step.target else t.step.id,
            given=HIDDEN if t.secret else t.shown,
            shows=HIDDEN if t.secret else shown.get(id(t)) or None,
        )
        for t in ctx.typed
    )


def _words(ctx: Context, step: Step) -> str:
    named = ctx.target_of(step).words() if step.target is not None else ""
    value, secret = ctx.value_of(step)
    what = HIDDEN if secret else value
    return " ".join(filter(None, (step.kind, named, f"with {what!r}" if what and step.kind != "click" else "")))


__all__ = ["allowed"]
