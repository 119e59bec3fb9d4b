"""A button that is there twice: does it matter which of the two is pressed?"""

from __future__ import annotations

from ..domain.procedure import Step
from ..domain.proposal import same_request
from .context import Context
from .resolve import NotFound


async def one_request(ctx: Context, step: Step, sight: NotFound) -> bool:
    """Tell whether all that fits equally well sends one form to one address: then it does not matter which is pressed.

    The page itself must say so of each of them, and none may add a name or value of its own that the others do not.
    """
    if not sight.twins or sight.hit is None:
        return False
    target = ctx.target_of(step)
    view = await ctx.page.survey(row_key=target.row_key(), key_column=target.key_column())
    at = {c.ref: c for c in view.candidates}
    first, *others = (at.get(h.candidate.ref) for h in (sight.hit, *sight.twins))
    return first is not None and all(other is not None and same_request(first, other) for other in others)
