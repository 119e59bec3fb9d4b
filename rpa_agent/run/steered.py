"""Steps whose element is named by a text of the page: it must be there under that very name, and must send nothing."""

from __future__ import annotations

from ..domain.errors import NeedsPerson
from ..domain.procedure import Step
from ..domain.proposal import Candidate
from ..domain.signs import closes, is_cross
from ..domain.target import Target
from ..domain.template import whole_name
from .context import Context
from .resolve import NotFound
from .step import Done, act_on


def is_steered(step: Step) -> bool:
    """Tell whether a step acts on what a text of the page names: it is known by an output, and stands in no record's row."""
    if step.effect != "none" or step.kind == "read" or step.target is None:
        return False
    looks = [v.fingerprint for v in step.target.variants]
    return any(
        (whole_name(fp.name) or "").startswith("outputs.") and not fp.in_data and not (fp.row and fp.row.key) for fp in looks
    )


async def act_steered(ctx: Context, step: Step, at: Candidate) -> Done:
    """Act behind a closed gate: the demonstration sent nothing here, so whatever the page names may not either."""
    await ctx.warden.close(())
    try:
        done = await act_on(ctx, step, at)
    finally:
        ctx.warden.open()
    if done.signals.refused:
        raise NeedsPerson(
            f"the page names {ctx.target_of(step).words()}, and pressing it would have sent {done.signals.refused[0]}, which was"
            " never shown; it was refused, nothing was sent"
        )
    return done


async def by_its_sign(ctx: Context, step: Step) -> Candidate | None:
    """Return the one button of the page that the sign means which the page names: what shows a cross calls itself Close."""
    assert step.target is not None
    if not all(is_cross(v.fingerprint.name) for v in ctx.target_of(step).variants):
        return None
    view = await ctx.page.survey()
    closing = [c for c in view.candidates if c.visible and c.enabled and closes(c.fingerprint.name)]
    return closing[0] if len(closing) == 1 else None


def not_there(target: Target, sight: NotFound) -> NeedsPerson:
    """Return the refusal: something like it is no substitute for what the page names."""
    why = {"ambiguous": "there are several of that name", "covered": "it cannot be used now"}
    return NeedsPerson(
        f"the page names {target.words()}, and {why.get(sight.why, 'there is none of that name on it')}; nothing was done with it",
        fault="data",
    )
