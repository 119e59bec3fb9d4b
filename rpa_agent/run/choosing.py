"""A value that is entered by choosing one of several options on the page: radio buttons, or buttons that stay pressed."""

from __future__ import annotations

from typing import Literal

from ..domain.procedure import Step
from ..domain.proposal import Candidate
from .context import Context, Typed

_ENTERED = frozenset({"fill", "select"})


def as_choice(step: Step, at: Candidate | None) -> Literal["check", "click", ""]:
    """Return the act that chooses the option at hand; an empty text where it is no option, and the step is done as shown."""
    if at is None or at.chosen is None:
        return ""
    if step.kind in _ENTERED:
        return "check" if at.fingerprint.capability == "check" else "click"
    # A box that became a question: its "no" is chosen as its "yes" is.
    return "check" if step.kind == "uncheck" and at.fingerprint.role == "radio" else ""


async def chosen(ctx: Context, step: Step, at: Candidate) -> tuple[str, ...]:
    """Return what is missing after the option was chosen: nothing where the page shows it as chosen."""
    kept = await ctx.page.read_back(at.ref)
    if step.kind in _ENTERED:
        ctx.typed.append(Typed(step, at.ref, kept, False, kept))  # what it shows now it must show before the commit, too
    if at.fingerprint.capability == "check":
        made = kept == "true"
    else:
        made = any(c.ref == at.ref and c.chosen for c in (await ctx.page.survey()).candidates)
    return () if made else (f"{at.fingerprint.words()} is not shown as chosen",)
