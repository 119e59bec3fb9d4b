"""After an act that did not prove itself: whether it led on all the same, and how it is taken back."""

from __future__ import annotations

from ..domain.errors import ActionFailed, NeedsPerson, TargetMissing
from ..domain.ports import Action
from ..domain.procedure import Step
from ..domain.proposal import Candidate
from .context import Context
from .refusals import what
from .resolve import Found
from .step import look


async def leads_on(ctx: Context, step: Step, *, patience: float = 1.5) -> bool:
    """A form that opened in place of a page has another address; what proves it is that the next step is possible."""
    at = next(i for i, s in enumerate(ctx.steps) if s.id == step.id)
    following = next((s for s in ctx.steps[at + 1 :] if s.target and not s.optional), None)
    return following is not None and isinstance(
        await look(ctx, following, ctx.target_of(following), patience=patience), Found
    )


async def back_out(ctx: Context, step: Step, candidate: Candidate, before: str, old: str) -> None:
    """Undo an act that did not prove itself: restore the value, or load the page anew that it was done on."""
    if step.kind in {"fill", "select"}:
        ctx.typed[:] = [t for t in ctx.typed if t.ref != candidate.ref]
        try:
            await ctx.page.act(Action(kind=step.kind, value=old, widget=candidate.fingerprint), candidate.ref)
        except (ActionFailed, TargetMissing) as e:
            raise NeedsPerson(f"{what(step)}: another field was tried and could not be restored") from e
    elif step.kind in {"check", "uncheck"}:
        try:
            await ctx.page.act(Action(kind="uncheck" if step.kind == "check" else "check"), candidate.ref)
        except (ActionFailed, TargetMissing) as e:
            raise NeedsPerson(f"{what(step)}: another box was tried and could not be restored") from e
    else:
        await return_to(ctx, step, before)


async def return_to(ctx: Context, step: Step, before: str) -> None:
    """Load the page anew that an act was done on: whatever the act did there is undone by that.

    Raises NeedsPerson where something was entered on it, which would be lost.
    """
    if ctx.typed or ctx.drafted:
        led = "led to a different page" if ctx.page.url != before else "was used and did not prove itself"
        raise NeedsPerson(f"{what(step)}: another element {led}, and a draft was open; nothing was sent")
    await ctx.page.act(Action(kind="goto", value=before), None)
    await ctx.page.settle(5.0)


def led_away(before: str, after: str) -> bool:
    """Tell whether an address is that of another page, and not of a place on the same one."""
    return before.partition("#")[0] != after.partition("#")[0]
