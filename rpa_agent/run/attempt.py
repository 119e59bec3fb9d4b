"""What is tried for one step that broke: where it broke, what it may look like, and what was tried so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..domain.procedure import Step
from ..domain.proposal import Break, Candidate, Survey
from ..domain.target import Target, Variant, rendered
from ..domain.template import HOLE
from .context import Context
from .resolve import NotFound


@dataclass
class Attempt:
    """What was tried for one step so far."""

    dismissed: list[tuple[str, Variant]] = field(default_factory=list)
    revealed: list[Variant] = field(default_factory=list)
    confirmed: list[Variant] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    author: str = ""  # the model that led the way, where one did
    led: bool = False  # by exploring
    more: dict[str, tuple[Variant, ...]] = field(default_factory=dict)  # what is on trial, by step: where to start from
    uses: int = 0
    under: Candidate | None = None  # what was used last and could not be, as something lies over it
    seen: tuple[Break, Survey] | None = None  # what was asked last, and of which page


async def on_trial(ctx: Context, index: int, step: Step) -> dict[str, tuple[Variant, ...]]:
    """Return what is on trial of this step, the next ones and those of its page: a page that changed again is likest to
    what it was last. Nothing of what sends, and nothing that misled."""
    if ctx.plan.trial is None or step.target is None:
        return {}
    near = [s for s in ctx.steps if s.target and s.target.page == step.target.page] + list(ctx.steps[index : index + 4])
    found = {}
    for one in near:
        if one.effect != "commit" and one.id not in ctx.misled and one.id not in found:
            looks = [v for v in await ctx.plan.trial.looks(one.id) if v.seen > v.failed]
            found[one.id] = rendered(Target(variants=tuple(looks)), ctx.fill).variants if looks else ()
    return found


def break_at(ctx: Context, index: int, step: Step, target: Target, sight: NotFound, attempt: Attempt) -> Break:
    """Return where a step broke, with what its ladder needs to know of the steps around it."""

    def seen(s: Step, at: Target) -> Step:
        more = attempt.more.get(s.id, ())
        return _saying(ctx, s).model_copy(update={"target": at.model_copy(update={"variants": (*at.variants, *more)})})

    known = tuple(
        seen(s, ctx.target_of(s))
        for s in ctx.steps
        if s.target and step.target and s.id != step.id and s.target.page == step.target.page
    )
    return Break(
        step=seen(step, target),
        why=sight.why,
        best_score=sight.best,
        upcoming=tuple(
            seen(s, ctx.target_of(s)) if s.target else _saying(ctx, s)
            for s in ctx.steps[index + 1 : index + 4]
        ),
        known=known,
        tried=tuple(attempt.tried),
        value=ctx.value_of(step)[0] or "",
        page=ctx.pages.get(target.page),
        names=tuple(ctx.plan.values),
    )


def _saying(ctx: Context, step: Step) -> Step:
    """Return a step that expects this run's own words: *Invoice 7* is not what *Invoice 7 already exists* says, though a
    template with a hole would take it for that."""
    said = tuple(HOLE.sub(lambda m: ctx.shown.get(m.group(1), m.group(0)), text) for text in step.expect.texts)
    expect = step.expect.model_copy(update={"texts": said})
    return step if said == step.expect.texts else step.model_copy(update={"expect": expect})


def look_of(
    candidate: Candidate, by: str, *, via: tuple[Variant, ...] = (), then: tuple[Variant, ...] = ()
) -> Variant:
    """Return what is to be known of an element that was found anew."""
    today = datetime.now(UTC).date().isoformat()
    return Variant(fingerprint=candidate.fingerprint, seen=1, first=today, last=today, came_from=by, via=via, then=then)
