"""Keeps what was weighed for a broken step, so that a person can see why an element was used or refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import get_args

from ..domain.errors import ActionFailed, BrowserGone, NeedsPerson, PageGone, TargetMissing
from ..domain.procedure import Step
from ..domain.proposal import (
    Break,
    Candidate,
    Confirm,
    Delegate,
    Dismiss,
    EditSteps,
    Proposal,
    Reveal,
    Survey,
    UseTarget,
)
from ..domain.target import Variant
from ..domain.trajectory import Proposed, RungName, StepOutcome, Weighed
from .attempt import look_of
from .context import Context, Unmended
from .refusals import told_of

_NO_PICTURE = (ActionFailed, TargetMissing, PageGone, BrowserGone, OSError)


def weighed(ctx: Context, seen: tuple[Break, Survey] | None, *, used: str = "") -> tuple[Weighed, ...]:
    """Return what was to be considered when the page was ``seen``; ``used`` is the address of the element acted on."""
    found = ctx.ladder.weigh(*seen) if seen is not None else ()
    return tuple(w.but(used=True) if used and w.ref == used else w for w in found)


async def refuse(ctx: Context, index: int, step: Step, seen: tuple[Break, Survey] | None, *, by: NeedsPerson) -> None:
    """Keep what was weighed for a step that nobody repairs, with a picture of it; ``by`` is what a person is told."""
    considered = weighed(ctx, seen)
    proposed = ctx.unmended.proposed if ctx.unmended and ctx.unmended.step == step.id else None
    ctx.unmended = Unmended(step.id, considered, proposed)
    if by.fault != "login":  # its page has nothing that was weighed, and its fields are nobody's to see
        await show(ctx, index, considered)


async def show(ctx: Context, index: int, considered: tuple[Weighed, ...]) -> None:
    """Keep a masked picture of the page with a box around each candidate. A run never ends for want of a picture."""
    if not ctx.plan.artifacts or not considered:
        return
    folder = Path(ctx.plan.artifacts)
    with suppress(*_NO_PICTURE):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        marks = [(w.ref, f"{n}. {w.words} {w.probability:.0%}") for n, w in enumerate(considered, 1) if w.ref]
        await ctx.page.screenshot(str(folder / f"candidates-{index + 1}.svg"), marks)


def told(outcome: StepOutcome, considered: tuple[Weighed, ...]) -> StepOutcome:
    """Return a repaired step with what else was weighed."""
    if outcome.repair is None:
        return outcome
    return outcome.but(repair=outcome.repair.but(candidates=considered))


def as_proposed(step: Step, proposal: Proposal, variant: Variant | None) -> Proposed:
    """Return a proposal that waits for a person; ``variant`` is the live element it names, as a look."""
    by: RungName = next((name for name in get_args(RungName) if name == proposal.by), "fingerprint")
    words: str = proposal.kind
    look: Variant | None = None
    bar: tuple[str, Variant] | None = None
    match proposal:
        case UseTarget(candidate=candidate):
            words, look = candidate.fingerprint.words(), variant
        case Reveal(candidate=candidate) if step.target is not None and variant is not None:
            # What it hides is the element as it is known; the way there is what is new.
            words = f"{candidate.fingerprint.words()}, to open what hides it"
            look = step.target.variants[0].but(seen=0, failed=0, came_from="structure", via=(variant,), then=())
        case Dismiss(candidate=candidate) if variant is not None:
            words, bar = f"{candidate.fingerprint.words()}, to close what stands in the way", (proposal.words, variant)
        case Delegate():
            words = "an explorer, to look for the way"
        case EditSteps():
            words, look = told_of(proposal), _edited_look(step, proposal)
        case _:
            pass
    return Proposed(
        by=by, confidence=round(proposal.confidence, 3), now=words, evidence=proposal.evidence, variant=look, dismissed=bar
    )


def _edited_look(step: Step, edits: EditSteps) -> Variant | None:
    """Return the look that edits of a step come to; None where they leave it out, or the step has no target."""
    if step.target is None or edits.leave_out:
        return None
    known = step.target.variants[0].but(seen=0, failed=0, came_from=edits.author, then=())
    look = look_of(edits.instead, edits.author).but(seen=0) if edits.instead is not None else known
    return look.but(via=tuple(look_of(one.candidate, edits.author).but(search=one.search) for one in edits.insert))


def candidate_of(proposal: Proposal) -> Candidate | None:
    """Return the element that a proposal names, where it names one."""
    match proposal:
        case UseTarget() | Dismiss() | Reveal() | Confirm():
            return proposal.candidate
        case _:
            return None


def ref_of(proposal: Proposal) -> str:
    """Return the address of that element; empty where there is none."""
    candidate = candidate_of(proposal)
    return candidate.ref if candidate is not None else ""
