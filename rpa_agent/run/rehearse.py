"""A rehearsal: everything up to the first step that sends, on a page that lets nothing else leave; differences are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from ..domain.errors import BrowserGone, NeedsPerson, PageGone
from ..domain.identity import WEIGHTS, trait_scores
from ..domain.plan import Plan
from ..domain.ports import Hit, Journal, PageAtHand
from ..domain.procedure import READS, Expectation, Procedure, Step
from ..domain.proposal import UseTarget
from ..domain.target import Target, rendered
from ..domain.template import names_in, render
from ..domain.trajectory import Proposed, Signals, StepOutcome, Trajectory
from . import run_procedure
from .compare import refused_as
from .context import Context, Rungs, shown_values
from .resolve import Found, NotFound, resolve

SAME = 0.95  # above this a trait is as it was when shown

Status = Literal["as_shown", "different", "skipped", "stopped", "not_done"]


@dataclass(frozen=True)
class RehearsedStep:
    """What became of one step: the traits that led to its element, and what is not as it was shown."""

    number: int
    step: Step
    status: Status
    found_by: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    note: str = ""
    kept: str | None = None  # what the field shows after it was filled
    record: str = ""  # the record whose row it stands in, where that is not in the list


@dataclass(frozen=True)
class Rehearsed:
    """All of it. ``before`` is the step that would have sent next; nothing was sent."""

    steps: tuple[RehearsedStep, ...]
    refused: tuple[str, ...]
    before: Step | None
    stopped: str = ""
    picture: str = ""
    held_back: tuple[str, ...] = ()  # drafts that were shown and that could not be proved to be this run's: a run sends them
    done: Trajectory | None = None  # what was done before it
    proposed: Proposed | None = None  # what would be used in the place of what sends, where that is not there as shown

    @property
    def outcome(self) -> Literal["as_shown", "different", "stopped"]:
        if self.stopped:
            return "stopped"
        return "different" if self.refused or any(s.differences for s in self.steps) else "as_shown"


class _Watched:
    """The page at hand, and what was found on it."""

    def __init__(self, page: PageAtHand) -> None:
        self._page = page
        self.hits: dict[str, Sequence[Hit]] = {}
        self.held_back: dict[str, None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._page, name)

    async def find(self, target: Target) -> Sequence[Hit]:
        found = await self._page.find(target)
        self.hits[_key(target)] = found
        return found

    async def signals(
        self, expect: Expectation, *, values: Mapping[str, str], seconds: float, ahead: Target | None = None
    ) -> Signals:
        """Count a draft that was refused here as seen: a run sends it, and the step is none the worse."""
        seen = await self._page.signals(expect, values=values, seconds=seconds, ahead=ahead)
        changes = [r for r in expect.requests if r.method not in READS]
        drafts = [(r, said) for r in changes for said in seen.refused if refused_as(r, said)]
        if not drafts:
            return seen
        self.held_back.update(dict.fromkeys(said for _, said in drafts))
        others = tuple(said for said in seen.refused if said not in self.held_back)
        return seen.but(requests=(*(r for r, _ in drafts), *seen.requests), refused=others)


async def rehearse_procedure(
    procedure: Procedure, page: PageAtHand, plan: Plan, *, ladder: Rungs, journal: Journal, start: str = ""
) -> Rehearsed:
    """Do the steps before the first commit and look for its element; no journal is written. Whether a break on the way is
    repaired says the plan; what sends is only looked for, and what would be used in its place only proposed."""
    at = next((i for i, s in enumerate(procedure.steps) if s.effect == "commit"), len(procedure.steps))
    before = procedure.steps[at] if at < len(procedure.steps) else None
    harmless = procedure.model_copy(update={"steps": procedure.steps[:at]})
    values = shown_values(plan, procedure.steps)
    watched, plan = _Watched(page), replace(plan, gate="read_only", withheld=procedure.steps[at:])
    done = await run_procedure(harmless, cast(PageAtHand, watched), plan, ladder=ladder, journal=journal, start=start)
    steps = [
        await _read_again(_told(i, s, done, watched, plan, values), page, watched, plan, values)
        for i, s in enumerate(harmless.steps)
    ]
    proposed: Proposed | None = None
    if before is not None:
        steps.append(await _at_the_door(at, before, page, plan, values, reached=done.outcome == "succeeded"))
        if plan.repair != "off" and steps[-1].differences and not steps[-1].found_by:
            proposed = await _instead(procedure, at, page, plan, ladder=ladder, journal=journal)
    stopped = "" if done.outcome == "succeeded" else done.stopped or "it could not go on"
    refused = tuple(r for r in done.refused_requests if r not in watched.held_back)
    return Rehearsed(
        tuple(steps), refused, before, stopped, held_back=tuple(watched.held_back), done=done, proposed=proposed
    )


async def _instead(
    procedure: Procedure, index: int, page: PageAtHand, plan: Plan, *, ladder: Rungs, journal: Journal
) -> Proposed | None:
    """Return what the ladder would use in the place of what sends; nothing is touched."""
    from .attempt import Attempt, break_at, look_of
    from .explain import as_proposed
    from .guarded import LADDER_S

    step, ctx = procedure.steps[index], Context(page, plan, procedure.steps, ladder, journal, procedure.pages, procedure.ambient)
    try:
        target = ctx.target_of(step)
        step = step.model_copy(update={"target": target})
        view = await page.survey(row_key=target.row_key(), key_column=target.key_column())
        seen = break_at(ctx, index, step, target, NotFound("missing", 0.0), Attempt())
    except (NeedsPerson, PageGone, BrowserGone):
        return None  # what its target is known by was not read on the way
    found = next((p for p in await ladder.propose(seen, view, LADDER_S) if isinstance(p, UseTarget)), None)
    return None if found is None else as_proposed(step, found, look_of(found.candidate, found.by).but(seen=0))


def _told(
    index: int, step: Step, done: Trajectory, page: _Watched, plan: Plan, values: Mapping[str, str]
) -> RehearsedStep:
    outcome = next((o for o in done.steps if o.index == index), None)
    if outcome is None:
        return RehearsedStep(index + 1, step, "not_done")
    if outcome.status == "skipped":
        return RehearsedStep(index + 1, step, "skipped", note=outcome.note)
    found_by: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    if step.target is not None:
        target = _rendered(step.target, plan, values)
        sight = resolve(target, page.hits.get(_key(target), ()), step.effect)
        if isinstance(sight, Found):
            found_by, changed = _traits(target, sight)
    mended = (f"{outcome.repair.was} is not there as shown; {outcome.repair.now} would be used",) if outcome.repair else ()
    differences = (*mended, *changed, *_effects(outcome))
    if outcome.status in {"failed", "refused"}:
        why = outcome.note or "; ".join(outcome.missing) or "it could not be done"
        return RehearsedStep(index + 1, step, "stopped", found_by, differences or (why,), outcome.note)
    return RehearsedStep(
        index + 1,
        step,
        "different" if differences else "as_shown",
        found_by,
        differences,
        outcome.note,
        outcome.signals.read_back,
    )


async def _read_again(
    told: RehearsedStep, page: PageAtHand, watched: _Watched, plan: Plan, values: Mapping[str, str]
) -> RehearsedStep:
    """Read what a field of the page at hand shows at the end, where that was not seen at once; secrets are not read."""
    step = told.step
    seen = told.kept is not None or told.status not in {"as_shown", "different"}
    if seen or step.keys or step.kind not in {"fill", "select"} or step.target is None or "secrets." in (step.value or ""):
        return told
    target = _rendered(step.target, plan, values)
    sight = resolve(target, watched.hits.get(_key(target), ()), step.effect)
    if not isinstance(sight, Found):
        return told
    try:
        kept = await page.read_back(sight.hit.candidate.ref)
    except (PageGone, BrowserGone):
        return told  # what is gone shows nothing
    return replace(told, kept=kept or None)


async def _at_the_door(
    index: int, step: Step, page: PageAtHand, plan: Plan, values: Mapping[str, str], *, reached: bool
) -> RehearsedStep:
    """Look for what would send, without touching it."""
    if not reached or step.target is None:
        return RehearsedStep(index + 1, step, "not_done")
    target = _rendered(step.target, plan, values)
    await page.settle(min(2.0, plan.step_seconds))
    sight = resolve(target, await page.find(target), step.effect)
    if isinstance(sight, Found):
        found_by, changed = _traits(target, sight)
        return RehearsedStep(index + 1, step, "not_done", found_by, changed, "found, and not pressed")
    row = next((v.fingerprint.row for v in target.variants if v.fingerprint.row and v.fingerprint.row.key), None)
    record = row.key if row and sight.why == "missing" else ""
    gone = f"; perhaps {record} was done already" if record else ""
    words = f"{target.words()} is not found ({sight.why}){gone}"
    return RehearsedStep(index + 1, step, "not_done", (), (words,), record=record)


def _traits(target: Target, found: Found) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the traits that are as shown, the weightiest first, and in words those that are not."""
    was, now = target.variants[found.hit.variant].fingerprint, found.hit.candidate.fingerprint
    scores = trait_scores(was, now)
    same = sorted((t for t, s in scores.items() if s >= SAME), key=lambda t: -WEIGHTS[t])
    other = tuple(
        f"its {t.replace('_', ' ')} is {getattr(now, t) or 'gone'!r}, not {getattr(was, t)!r}"
        for t, s in scores.items()
        if s < SAME and t in {"role", "name", "label", "test_id", "id", "name_attr", "type", "placeholder", "href"}
        and "#h:" not in str(getattr(was, t))
    )
    return tuple(same), other


def _effects(outcome: StepOutcome) -> tuple[str, ...]:
    refused = tuple(f"{r} was refused: it was not shown before anything was sent" for r in outcome.signals.refused)
    dialogs = (f"the page asks: {outcome.signals.dialog}",) if outcome.signals.dialog and outcome.missing else ()
    return (*outcome.missing, *refused, *dialogs)


def _rendered(target: Target, plan: Plan, values: Mapping[str, str]) -> Target:
    known = {**dict.fromkeys(plan.params, ""), **values}

    def fill(template: str) -> str:
        missing = {n: "" for n in names_in(template) if n not in known and n != "today"}
        return render(template, {**missing, **known}, plan.today)

    return rendered(target, fill)


def _key(target: Target) -> str:
    return target.model_dump_json(exclude={"pager"})
