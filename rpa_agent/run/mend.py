"""Goes on after a break: asks the ladder, tries its proposals under a closed gate, and backs out of what does not prove itself."""

from __future__ import annotations

import time
from typing import assert_never

from ..domain.errors import ActionFailed, NeedsPerson, TargetMissing
from ..domain.ports import Action
from ..domain.procedure import Step
from ..domain.proposal import (
    Candidate,
    Confirm,
    Delegate,
    Dismiss,
    EditSteps,
    Park,
    Proposal,
    Reveal,
    Skip,
    Survey,
    UseTarget,
)
from ..domain.target import Target
from ..domain.trajectory import Repair, StepOutcome
from .attempt import Attempt, break_at, look_of, on_trial
from .backing_out import led_away, return_to
from .context import Context, Unmended
from .explain import as_proposed, candidate_of, ref_of, refuse, told, weighed
from .guarded import LADDER_S, act_guarded
from .needless import found_needless
from .refusals import WHY, given_up, lies_under, parked, told_of, what
from .resolve import Found, NotFound
from .step import look, outcome_of

NOT_LEARNED = "nothing on the page told that it was right, so it is not learned"
ROUNDS = 6  # proposals tried for one step, dismissals and reveals included
USES = 2  # elements acted on for one step before a person is asked; one for a commit


async def mend(ctx: Context, index: int, step: Step, sight: NotFound) -> StepOutcome:
    """Return the repaired or skipped step; raises NeedsPerson with the reason when nothing proves itself."""
    if ctx.plan.repair == "off":
        raise NeedsPerson(f"{what(step)} is not on the page as recorded, and repair is off")
    target = ctx.target_of(step)
    step = step.model_copy(update={"target": target})  # people are told this run's values, not templates
    attempt = Attempt(more=await on_trial(ctx, index, step))
    await ctx.warden.close(())  # searching is read-only
    try:
        outcome = await _climb(ctx, index, step, sight, attempt)
    except NeedsPerson as e:
        await refuse(ctx, index, step, attempt.seen, by=e)
        raise
    finally:
        ctx.warden.open()
    ctx.repaired_since_commit = True
    return outcome


async def _climb(ctx: Context, index: int, step: Step, sight: NotFound, attempt: Attempt) -> StepOutcome:
    """Try what the ladder proposes, one after the other, until something proves itself."""
    started, target = time.monotonic(), ctx.target_of(step)
    for _ in range(ROUNDS):
        view = await ctx.page.survey(row_key=target.row_key(), key_column=target.key_column())
        attempt.seen = (break_at(ctx, index, step, target, sight, attempt), view)
        proposals = await ctx.ladder.propose(*attempt.seen, LADDER_S)
        proposal = next((p for p in proposals if _name(p) not in attempt.tried), None)
        if proposal is None and sight.why == "identity":
            sight = NotFound("missing", sight.best)  # what is there is another thing; ours may be hidden
            continue
        if proposal is None:
            break
        if ctx.plan.repair == "propose" and not isinstance(proposal, Park):
            raise ask_first(ctx, step, proposal, sight.why)
        attempt.tried.append(_name(proposal))
        attempt.evidence.extend(e for e in proposal.evidence if e not in attempt.evidence)
        result = await _try(ctx, index, step, target, proposal, attempt, started, view)
        if isinstance(result, StepOutcome):
            return told(result, weighed(ctx, attempt.seen, used=ref_of(proposal)))
        sight = result
    if sight.why == "covered" and sight.hit is None and attempt.under is not None:
        raise lies_under(what(step), attempt.under, "nothing was done")
    raise given_up(target, sight, attempt.seen[1] if attempt.seen else None)


async def refused_unasked(ctx: Context, index: int, step: Step, sight: NotFound, why: str) -> NeedsPerson:
    """Return the refusal of a break for which nothing is tried; what there was to weigh is kept for people."""
    target, error = ctx.target_of(step), NeedsPerson(why)
    view = await ctx.page.survey(row_key=target.row_key(), key_column=target.key_column())
    await refuse(ctx, index, step, (break_at(ctx, index, step, target, sight, Attempt()), view), by=error)
    return error


def ask_first(ctx: Context, step: Step, proposal: Proposal, why: str) -> NeedsPerson:
    """Keep a proposal as a look that a person may make known, as nobody has seen it work; return what they are told."""
    candidate = candidate_of(proposal)
    look = look_of(candidate, proposal.by).but(seen=0) if candidate is not None else None
    ctx.unmended = Unmended(step.id, proposed=as_proposed(step, proposal, look))
    return NeedsPerson(f"{what(step)} {WHY[why]}; proposed: {told_of(proposal)}")


async def _try(
    ctx: Context,
    index: int,
    step: Step,
    target: Target,
    proposal: Proposal,
    attempt: Attempt,
    started: float,
    view: Survey,
) -> StepOutcome | NotFound:
    match proposal:
        case Park():
            raise parked(proposal)
        case Dismiss(candidate=candidate, words=words):
            await _click(ctx, candidate)
            attempt.dismissed.append((words, look_of(candidate, "structure")))
        case Reveal(candidate=candidate):
            before = ctx.page.url
            await _click(ctx, candidate)
            attempt.revealed.append(look_of(candidate, proposal.author or "structure"))
            attempt.author = attempt.author or proposal.author
            if led_away(before, ctx.page.url):
                return await _revealed_elsewhere(ctx, index, step, target, attempt, started, before)
        case Skip():
            return await found_needless(ctx, index, step, proposal.evidence, started)
        case UseTarget():
            return await _use(ctx, index, step, proposal, attempt, started)
        case Confirm():
            return NotFound("missing")  # only after an act; see confirm_new
        case Delegate(goal=goal):
            return await _led(ctx, index, step, target, goal, attempt, started)
        case EditSteps():
            return await _edited(ctx, index, step, target, proposal, attempt, started)
        case _:
            assert_never(proposal)
    sight = await look(ctx, step, target, patience=1.0)
    if isinstance(sight, NotFound):
        return sight
    return await _use_found(ctx, index, step, sight, attempt, started)


async def _led(
    ctx: Context, index: int, step: Step, target: Target, goal: str, attempt: Attempt, started: float
) -> StepOutcome | NotFound:
    """An explorer looked for the way to the target: what it clicked counts as opened first."""
    from .delegated import delegated

    led = await delegated(ctx, step, target, goal)
    if isinstance(led.sight, NotFound):
        return led.sight
    attempt.author = attempt.author or led.author
    attempt.led = True
    attempt.revealed.extend(look_of(way, attempt.author) for way in led.ways)
    attempt.evidence.append(f"the explorer {led.author} led to it: {led.said}")
    return await _use_found(ctx, index, step, led.sight, attempt, started)


async def _edited(
    ctx: Context, index: int, step: Step, target: Target, edits: EditSteps, attempt: Attempt, started: float
) -> StepOutcome | NotFound:
    """A model changed the step: acts before it, another element, or none at all. What it says has to prove itself like
    any other proposal."""
    from .edited import inserted, may_be_left_out

    if edits.leave_out:
        if not await may_be_left_out(ctx, index, step):
            return NotFound("missing")
        return (await found_needless(ctx, index, step, edits.evidence, started)).but(left_out_by=edits.author)
    sight = await inserted(ctx, step, target, edits, attempt)
    if isinstance(sight, NotFound):
        return sight
    if edits.instead is None:
        return await _use_found(ctx, index, step, sight, attempt, started)
    chosen = UseTarget(by="model", confidence=edits.confidence, candidate=sight.hit.candidate, author=edits.author)
    return await _use(ctx, index, step, chosen, attempt, started)


async def _revealed_elsewhere(
    ctx: Context, index: int, step: Step, target: Target, attempt: Attempt, started: float, before: str
) -> StepOutcome | NotFound:
    """What was opened is another page: where the target is not on it, back to the one before, if nothing is lost by that."""
    sight = await look(ctx, step, target, patience=1.0)
    if isinstance(sight, Found):
        return await _use_found(ctx, index, step, sight, attempt, started)
    attempt.revealed.pop()
    await return_to(ctx, step, before)
    return sight


async def _use_found(
    ctx: Context, index: int, step: Step, found: Found, attempt: Attempt, started: float
) -> StepOutcome | NotFound:
    """The known element came to light after a dismissal or a reveal."""
    done = await act_guarded(ctx, index, step, found.hit.candidate, attempt)
    if isinstance(done, NotFound):
        return done
    author = attempt.author or "structure"
    variant = look_of(found.hit.candidate, author, via=tuple(attempt.revealed), then=tuple(attempt.confirmed))
    repair = Repair(
        by="explorer" if attempt.led else "model" if attempt.author else "structure",
        confidence=round(found.score, 3),
        was=what(step),
        now=found.hit.candidate.fingerprint.words(),
        evidence=tuple(attempt.evidence),
        variant=variant if attempt.revealed else None,
        dismissed=tuple(attempt.dismissed),
        revealed=tuple(attempt.revealed),
    )
    return outcome_of(index, step, "repaired", started, done=done, repair=repair, found=found)


async def _use(
    ctx: Context, index: int, step: Step, proposal: UseTarget, attempt: Attempt, started: float
) -> StepOutcome | NotFound:
    limit = 1 if step.effect == "commit" else USES
    if attempt.uses >= limit:
        raise NeedsPerson(f"{what(step)}: {attempt.uses} other elements were tried and did not prove themselves")
    attempt.uses += 1
    done = await act_guarded(ctx, index, step, proposal.candidate, attempt, judged=proposal.by == "model")
    if isinstance(done, NotFound):
        return done
    by = proposal.by if proposal.by in {"alternate", "memory", "fingerprint", "structure", "model"} else "fingerprint"
    author = proposal.author or attempt.author or by
    variant = look_of(proposal.candidate, author, via=tuple(attempt.revealed), then=tuple(attempt.confirmed))
    evidence = (*attempt.evidence, *((NOT_LEARNED,) if done.unproven else ()))
    repair = Repair(
        by=by,
        confidence=round(proposal.confidence, 3),
        was=what(step),
        now=proposal.candidate.fingerprint.words(),
        evidence=evidence,
        variant=None if done.unproven else variant,
        dismissed=tuple(attempt.dismissed),
        revealed=tuple(attempt.revealed),
        confirmed=tuple(attempt.confirmed),
    )
    return outcome_of(index, step, "repaired", started, done=done, repair=repair)


async def _click(ctx: Context, candidate: Candidate) -> None:
    async with ctx.warden.searching():
        try:
            await ctx.page.act(Action(kind="click"), candidate.ref)
        except (ActionFailed, TargetMissing):
            return  # it did not open or close; the next look at the page decides
        await ctx.page.settle(2.0)


def _name(proposal: Proposal) -> str:
    match proposal:
        case UseTarget() | Dismiss() | Reveal() | Confirm():
            return proposal.candidate.ref
        case _:
            return proposal.kind


