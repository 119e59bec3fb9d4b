"""Carries out edits of a step that broke: acts that come before it now, another element for it, or no step at all.

A model proposes them. What is inserted only opens or searches, while plain reads leave and nothing else, and counts only
where the step's element comes to light by it. A step is left out only where it led somewhere, or closed something, that is
not in the way of the next one here.
"""

from __future__ import annotations

from ..domain.procedure import Step
from ..domain.proposal import EditSteps
from ..domain.target import Target
from .attempt import Attempt, look_of
from .backing_out import led_away, return_to
from .context import Context
from .inserted import opened_with
from .needless import is_closed, leads_to_one_page, only_leads
from .resolve import Found, NotFound
from .step import look


async def inserted(ctx: Context, step: Step, target: Target, edits: EditSteps, attempt: Attempt) -> Found | NotFound:
    """Do the acts that come first until the step's element is there; where it does not come, go back to where they began.

    Raises NeedsPerson where going back would lose what was entered.
    """
    wanted, before = _instead_of(target, edits), ctx.page.url
    sight: Found | NotFound = NotFound("missing")
    known = len(attempt.revealed)
    for one in edits.insert:
        if not await opened_with(ctx, step, one.candidate, one.search):
            break
        attempt.revealed.append(look_of(one.candidate, edits.author).but(search=one.search))
        sight = await look(ctx, step, wanted, patience=1.0)
        if isinstance(sight, Found):
            break
    if not edits.insert:
        sight = await look(ctx, step, wanted, patience=0.5)
    if isinstance(sight, Found):
        attempt.author = attempt.author or edits.author
        return sight
    del attempt.revealed[known:]
    if led_away(before, ctx.page.url):
        await return_to(ctx, step, before)
    return sight


def _instead_of(target: Target, edits: EditSteps) -> Target:
    """Return what is looked for: the element chosen in the target's place, where there is one, as it looks on this page."""
    if edits.instead is None:
        return target
    return target.model_copy(update={"variants": (look_of(edits.instead, edits.author),)})


async def may_be_left_out(ctx: Context, index: int, step: Step) -> bool:
    """Tell whether the page shows that a step is not needed: it only leads or closes, and the next one is possible here.

    A tab or a fold is never taken for needless: another one may look just like what was meant.
    """
    if not only_leads(step):
        return False
    if not (leads_to_one_page(step) or await is_closed(ctx, step)):
        return False
    following = next((s for s in ctx.steps[index + 1 :] if s.target and not s.optional and not s.spare and not s.when), None)
    if following is None or following.effect == "commit" or following.tab != step.tab or not ctx.known(following):
        return False
    return isinstance(await look(ctx, following, ctx.target_of(following), patience=0.5), Found)
