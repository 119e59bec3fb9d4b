"""RUN: a procedure becomes a trajectory, with repairs in flight; memory is never written here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..domain.change import Interruption
from ..domain.errors import (
    ActionFailed,
    BrowserGone,
    Declined,
    NeedsPerson,
    NotInTime,
    PageGone,
    RpaAgentError,
    SecretMissing,
    SiteUnreachable,
    TargetMissing,
)
from ..domain.plan import Plan
from ..domain.ports import Journal, PageAtHand
from ..domain.procedure import Procedure, Step
from ..domain.target import Target
from ..domain.trajectory import Fault, Outcome, StepOutcome, Trajectory, fault_named
from . import commits
from .attempt import Attempt
from .clearing import known_ways, uncovered, with_cleared
from .context import Context, Rungs
from .guarded import unless_the_page_says_why
from .mend import mend
from .needless import left_out, left_out_after_all
from .paging import through_pages
from .refusals import because
from .resolve import Found, NotFound, unproven
from .session import mark_page, note_done, require_page_of_ours, require_session, went_back
from .steered import act_steered, by_its_sign, is_steered, not_there
from .step import Done, act_on, look, outcome_of
from .supervised import allowed
from .trial import looks_on_trial, tried_before
from .visiting import loaded, not_before, without_target

__all__ = ["Plan", "do_step", "not_before", "run_procedure"]

_BY_SIGN = "the page names a cross, and what shows one calls itself Close"
_SESSION_MAY_BE_OVER = (SiteUnreachable, NeedsPerson, TargetMissing, ActionFailed, PageGone)
_BREAKS = (SiteUnreachable, SecretMissing, NeedsPerson, Declined, TargetMissing, ActionFailed, PageGone, BrowserGone)


@dataclass
class _Story:
    """How the run went, step by step."""

    steps: list[StepOutcome] = field(default_factory=list)
    outcome: Outcome = "succeeded"
    fault: Fault | None = None
    stopped: str = ""
    left_out: bool = False
    not_before: str = ""

    def end(self, outcome: Outcome, fault: Fault | None, why: str) -> None:
        self.outcome, self.fault, self.stopped = outcome, fault, why

    def more(self, said: str) -> None:
        """Add what may be the reason."""
        self.stopped = "; ".join(filter(None, (self.stopped, said)))

    def settle(self, ctx: Context, *, last: bool) -> None:
        """End what broke off in doubt, now that the site was asked: nothing is open any more."""
        asked = "; ".join(c.asked for c in ctx.commits if c.asked)
        if ctx.sent == "sent" and last:
            self.end("succeeded", None, "")
        else:
            self.end("failed", "infrastructure", f"{self.stopped}; the site was asked: {asked}")

    def break_off(self, error: RpaAgentError | asyncio.CancelledError, step: StepOutcome, *, in_doubt: bool) -> None:
        """End with what went wrong; whatever it was, something that may have been sent is a person's to look at."""
        self.steps.append(step)
        lost: Outcome = "needs_person" if in_doubt else "failed"
        match error:
            case asyncio.CancelledError():
                self.end("cancelled", None, f"cancelled at step {step.index + 1}")
            case Declined():
                self.left_out = error.left_out
                self.end("cancelled", None, error.message)
            case NeedsPerson():
                # A site that is out of order needs no decision, only another time.
                later = error.fault == "infrastructure" and not in_doubt
                self.end("failed" if later else "needs_person", fault_named(error.fault), error.message)
            case SiteUnreachable() | SecretMissing() | BrowserGone():
                self.end(lost, "infrastructure", step.note)
                self.not_before = not_before(error)
            case _:
                self.end(lost, "timing" if isinstance(error, NotInTime) else "unknown", error.message)


async def run_procedure(
    procedure: Procedure,
    page: PageAtHand,
    plan: Plan,
    *,
    ladder: Rungs,
    journal: Journal,
    start: str = "",
    workflow: str = "",
    interruptions: Sequence[Interruption] = (),
) -> Trajectory:
    """Do every step in order. Ends early, with the reason, where a person is needed; raises only BrowserGone before the
    first act, and SiteUnreachable when the very first page does not answer. Cancelled, it returns too, with everything
    closed and ``cancelled`` as the outcome: the caller passes the cancellation on."""
    started, when = time.monotonic(), datetime.now(UTC).isoformat(timespec="milliseconds")
    steps = _started_at(procedure.steps, start)
    ctx = Context(page, plan, steps, ladder, journal, procedure.pages, procedure.ambient)
    await ctx.warden.stand()
    story = _Story()
    await _through(ctx, story, interruptions)
    await _close(ctx, story)
    ctx.warden.note_unasked()
    return Trajectory(
        run=plan.run, workflow=workflow,
        site=procedure.site, procedure=procedure.procedure, version=0,
        started=when,
        params=dict(plan.values),
        outputs=dict(ctx.outputs),
        steps=tuple(story.steps),
        commits=tuple(ctx.commits),
        refused_requests=tuple(ctx.warden.refused),
        refused_hosts=tuple(ctx.refused_hosts),
        unknown_requests=tuple(ctx.warden.unknown),
        outcome=story.outcome, fault=story.fault,
        stopped=story.stopped,
        left_out=story.left_out, not_before=story.not_before,
        sent=ctx.sent,
        duration_ms=int((time.monotonic() - started) * 1000),
    )


async def _through(ctx: Context, story: _Story, interruptions: Sequence[Interruption]) -> None:
    """Do the steps in order until the last, or until one ends the story. A session that was renewed leads back to some."""
    index = 0
    while index < len(ctx.steps):
        begun = time.monotonic()
        try:
            outcome = await _done_or_back(ctx, story, index, interruptions)
        except (*_BREAKS, asyncio.CancelledError) as e:
            elsewhere = _elsewhere(ctx, index)
            if not story.steps and isinstance(e, SiteUnreachable | SecretMissing | BrowserGone):
                raise
            story.break_off(e, tried_before(ctx, _broken(ctx, index, begun, e)), in_doubt=ctx.sent == "unknown")
            story.more(elsewhere)
            break
        if isinstance(outcome, int):
            index = outcome
            continue
        elsewhere = _elsewhere(ctx, index)
        story.steps.append(tried_before(ctx, outcome))
        index += 1
        if outcome.status == "failed":
            why = outcome.note or "; ".join(outcome.missing)
            # An address that no site has is the browser's own page for a site that hung up.
            gone = ctx.not_taken or outcome.signals.url.startswith("chrome-error")
            # with a look on trial it is nobody's defect yet
            tried = story.steps[-1].unproven or story.steps[-1].misled
            own: Fault = "unknown" if tried and ctx.sent == "nothing" else "defect"
            fault: Fault = "infrastructure" if gone else ctx.said_no or own
            story.end("needs_person" if ctx.sent == "unknown" else "failed", fault, why)
            story.more(elsewhere)
            break


async def _close(ctx: Context, story: _Story) -> None:
    """Leave nothing open; what came into doubt as the run broke off is asked of the site, which may settle it."""
    doubtful = ctx.sent == "unknown"
    await commits.close_open(ctx, ask=story.outcome != "cancelled")
    if doubtful and ctx.sent != "unknown":
        story.settle(ctx, last=len(story.steps) == len(ctx.steps))
    elif ctx.sent == "unknown" and story.outcome == "failed":
        story.outcome = "needs_person"  # whatever it was, what may have been sent is a person's to look at


async def _done_or_back(
    ctx: Context, story: _Story, index: int, interruptions: Sequence[Interruption]
) -> StepOutcome | int:
    """Do a step; where its session ended instead, return the step to go on from, logged in again."""
    mark_page(ctx, index)
    try:
        outcome = await do_step(ctx, index, ctx.steps[index], interruptions)
    except _SESSION_MAY_BE_OVER:
        if (back := await went_back(ctx, story.steps)) is None:
            raise
        return back
    if outcome.status == "failed" and (back := await went_back(ctx, story.steps)) is not None:
        return back
    note_done(ctx, index, ctx.steps[index], outcome)
    return outcome


def _broken(ctx: Context, index: int, begun: float, error: RpaAgentError | asyncio.CancelledError) -> StepOutcome:
    step = ctx.steps[index]
    match error:
        case asyncio.CancelledError():
            return outcome_of(index, step, "failed", begun, note="cancelled here")
        case SiteUnreachable() if error.again_in is None:
            return outcome_of(index, step, "failed", begun, note="the site stopped answering")
        case Declined():
            return outcome_of(index, step, "skipped", begun, note=error.message)
        case _:
            refused = isinstance(error, NeedsPerson)
            outcome = outcome_of(index, step, "refused" if refused else "failed", begun, note=error.message)
            why = ctx.unmended if ctx.unmended and ctx.unmended.step == step.id else None
            return outcome.but(candidates=why.candidates, proposed=why.proposed) if why else outcome


def _elsewhere(ctx: Context, index: int) -> str:
    """Note which hosts a step wanted that are not allowed; return it in words, else nothing."""
    wanted = ctx.page.refused_hosts()
    ctx.refused_hosts.extend(f"{host} (step {index + 1})" for host in wanted)
    return f"the page wanted {', '.join(wanted)}, which `allow:` in the workflow does not name" if wanted else ""


def _started_at(steps: Sequence[Step], start: str) -> tuple[Step, ...]:
    """The workflow file says where to begin; a path there wins over the one that was shown."""
    if not start or not steps or steps[0].kind != "goto":
        return tuple(steps)
    return (steps[0].model_copy(update={"value": "{base}" + start}), *steps[1:])


async def do_step(ctx: Context, index: int, step: Step, interruptions: Sequence[Interruption]) -> StepOutcome:
    started = time.monotonic()
    ctx.left()
    if ctx.plan.wanted is not None:
        await ctx.plan.wanted()
    if (special := await _special(ctx, index, step, started)) is not None:
        return special
    if ctx.not_given(step):
        return outcome_of(index, step, "skipped", started, note="optional, and no value was given")
    if step.effect == "commit":
        await commits.know_key(ctx, step)
    if step.effect == "commit" and (already := await commits.already(ctx, step)):
        ctx.commits.append(already)
        return outcome_of(index, step, "skipped", started, note="it was done before; see the journal")
    if step.target is None:
        return await without_target(ctx, index, step, started)
    target = ctx.target_of(step)
    if step.spare and (without := await left_out(ctx, index, step)) is not None:
        return without
    sight = await look(ctx, step, target, patience=0.0 if step.optional else None)
    cleared: Attempt | None = None
    if isinstance(sight, NotFound):
        sight = await known_ways(ctx, step, target, sight, interruptions)
    if isinstance(sight, Found) and sight.hit.candidate.covered_by:
        sight, cleared = await uncovered(ctx, index, step, sight, interruptions)
    if isinstance(sight, NotFound):
        sight = await through_pages(ctx, step, target, sight)
    if isinstance(sight, NotFound):
        return await _not_as_known(ctx, index, step, target, sight, started)
    return with_cleared(await _acted(ctx, index, step, target, sight, started), sight, cleared)


async def _not_as_known(
    ctx: Context, index: int, step: Step, target: Target, sight: NotFound, started: float
) -> StepOutcome:
    """The step breaks: looks on trial come first, then the ladder."""
    if (without := await left_out_after_all(ctx, index, step)) is not None:
        return without
    tried = await looks_on_trial(ctx, index, step, target, sight)
    if isinstance(tried, StepOutcome):
        return tried
    if tried is not None:
        return await _acted(ctx, index, step, tried.target, tried.found, started)
    if step.optional:
        return outcome_of(index, step, "skipped", started, note="optional, and not there")
    return await _mended(ctx, index, step, sight)


async def _special(ctx: Context, index: int, step: Step, started: float) -> StepOutcome | None:
    """Do what few procedures have: a step that is not wanted, one that scrolls or reads, one in another tab; else None."""
    if step.when is not None:
        from .conditions import not_wanted

        if why := await not_wanted(ctx, step):
            return outcome_of(index, step, "skipped", started, note=why)
    if step.kind == "scroll":
        from .scrolling import scroll_until

        return await scroll_until(ctx, index, step)
    if step.tab != ctx.tab and not await _turned(ctx, index, step):
        return outcome_of(index, step, "skipped", started, note="optional, and its tab is not there")
    if step.kind == "read":
        from .read import read

        return await read(ctx, index, step)
    return None


async def _turned(ctx: Context, index: int, step: Step) -> bool:
    """Turn to the tab that the step is done in; False where neither tab nor step needs to be there."""
    before = ctx.steps[index - 1] if index else None
    try:
        await ctx.page.turn_to(
            step.tab,
            seconds=0.0 if step.optional else min(ctx.plan.step_seconds, ctx.left()),
            opening=step.kind == "goto",  # an address that was typed into a new tab
            closing=before is not None and before.closes and before.tab == ctx.tab,
        )
    except PageGone as e:
        if step.optional:
            return False
        raise NeedsPerson("; ".join(filter(None, (e.message, ctx.told_no())))) from e
    ctx.tab = step.tab
    return True


async def _acted(ctx: Context, index: int, step: Step, target: Target, found: Found, started: float) -> StepOutcome:
    """Act on the element that was meant, and compare what followed."""
    if step.effect == "commit":
        await allowed(ctx, index, step)
        await require_session(ctx, step)
        return await commits.commit(ctx, index, step, target, found, started)
    if unproven(target, found):
        ctx.repaired_since_commit = True  # what is sent after it must prove it
    act = act_on if not is_steered(step) else act_steered
    try:
        done = await act(ctx, step, found.hit.candidate)
    except (ActionFailed, TargetMissing) as e:
        ctx.note_hindered(step, e)
        again = await look(ctx, step, target, patience=1.0)
        if isinstance(again, Found) and again.hit.candidate.ref != found.hit.candidate.ref:
            done = await act(ctx, step, again.hit.candidate)  # the page moved it while we reached for it
        else:
            return await _mended(ctx, index, step, NotFound("covered", found.score, found.hit))
    done = await loaded(ctx, step, done)
    if not done.missing:
        return outcome_of(index, step, "ok", started, done=done, found=found)
    return await _without_signals(ctx, index, step, done, found, started)


async def _without_signals(
    ctx: Context, index: int, step: Step, done: Done, found: Found, started: float
) -> StepOutcome:
    """The right element was acted on and something recorded did not follow: go on only where the next step is possible."""
    later = (s for s in ctx.steps[index + 1 :] if s.target and not s.optional and not s.when)
    following = next((s for s in later if s.kind != "read" and ctx.known(s)), None)
    if step.kind in {"fill", "select"}:
        return outcome_of(index, step, "failed", started, done=done, found=found)
    if following is not None and following.tab == step.tab:
        sight = await look(ctx, following, ctx.target_of(following), patience=3.0)
        if isinstance(sight, Found):
            return outcome_of(
                index, step, "ok", started, done=done, found=found, note="went on: the next step is possible"
            )
    if step.effect == "none":
        # Whether it matters is decided by the next step, or by the checks.
        return outcome_of(
            index, step, "ok", started, done=done, found=found, note="went on without: " + "; ".join(done.missing)
        )
    await unless_the_page_says_why(ctx, step)
    return outcome_of(index, step, "failed", started, done=done, found=found)


async def _mended(ctx: Context, index: int, step: Step, sight: NotFound) -> StepOutcome:
    await require_page_of_ours(ctx)
    if step.effect == "commit":
        return await commits.mend_commit(ctx, index, step, sight)
    if is_steered(step):
        started, closing = time.monotonic(), await by_its_sign(ctx, step)
        if closing is None:
            raise not_there(ctx.target_of(step), sight)
        return outcome_of(index, step, "ok", started, done=await act_steered(ctx, step, closing), note=_BY_SIGN)
    try:
        return await mend(ctx, index, step, sight)
    except NeedsPerson as e:
        if ctx.strange and ctx.strange[-1] not in e.message:
            raise NeedsPerson(f"{e.message}; before that {ctx.told_no()}", fault=e.fault, do=e.remedy) from e
        hindered = ctx.hindered if ctx.hindered is not None and ctx.hindered.step == step.id else None
        raise because(e, hindered) from (hindered.error if hindered is not None else None)
