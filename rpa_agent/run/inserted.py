"""An act that comes before a step though nobody showed it: a click that opens, or a search for one of this run's values.

While it is done plain reads leave and nothing else. A search puts a value into a field: only into one to search in, and only on
a page where the procedure neither enters nor sends anything, so that the value ends up in nothing that is sent.
"""

from __future__ import annotations

from ..domain.errors import ActionFailed, PageGone, TargetMissing
from ..domain.ports import Action
from ..domain.procedure import Step
from ..domain.proposal import Candidate
from .context import Context

SEARCHED_S = 3.0  # for what a search finds
_LEADS = frozenset({"click", "dblclick", "hover", "read"})


async def opened_with(ctx: Context, step: Step, candidate: Candidate, search: str = "") -> bool:
    """Click an element, or search in it for the value called ``search``; tell whether that was done."""
    if search and not (candidate.fingerprint.searches() and search in ctx.plan.values and _only_looked_at(ctx, step)):
        return False
    async with ctx.warden.searching():
        try:
            if search:
                await ctx.page.act(Action(kind="fill", value=ctx.shown[search]), candidate.ref)
                await ctx.page.act(Action(kind="press", value="Enter"), candidate.ref)
            else:
                await ctx.page.act(Action(kind="click"), candidate.ref)
            await ctx.page.settle(SEARCHED_S if search else 2.0)
        except (ActionFailed, TargetMissing, PageGone):
            return False
    return True


def _only_looked_at(ctx: Context, step: Step) -> bool:
    """Tell whether the procedure only looks at the page that a step was shown on."""
    page = step.target.page if step.target is not None else ""
    here = [s for s in ctx.steps if s.target is not None and s.target.page == page]
    return all(s.kind in _LEADS and s.effect == "none" for s in (step, *here))
