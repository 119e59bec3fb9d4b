"""Acts on an element that is not proven, under a closed gate; what does not show what was shown is taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..domain.errors import ActionFailed, NeedsPerson, PageGone, TargetMissing
from ..domain.ports import Action
from ..domain.procedure import READS, Request, Step
from ..domain.proposal import Break, Candidate, Confirm, Park
from ..domain.trajectory import LOGIN_REFUSED
from .another_record import of_another_record
from .attempt import Attempt, break_at, look_of
from .backing_out import back_out, leads_on, led_away
from .compare import missing_signals, shows_itself
from .context import Context
from .explain import show, weighed
from .refusals import lies_under, parked, what
from .resolve import NotFound
from .step import Done, act_on, facts_differ
from .supervised import allowed

LADDER_S = 5.0  # time for all rungs that need no model
WHY_S = 1.0  # time to find out why nothing followed an act
KEEPS = frozenset({"fill", "select", "check", "uncheck", "upload"})  # what these enter is read again, or goes with what is sent


async def act_guarded(
    ctx: Context, index: int, step: Step, candidate: Candidate, attempt: Attempt, *, judged: bool = False
) -> Done | NotFound:
    """Act on an element that is not proven: only requests that resemble the recorded ones may leave.

    ``judged``: no evidence speaks for it but somebody's word, so that what it leads to has to.
    """
    changes = tuple(r for r in step.expect.requests if r.method not in READS)
    await _may_be_acted_on(ctx, index, step, candidate, attempt)
    await ctx.warden.close(changes)
    before = ctx.page.url
    to_lead_on = judged and step.kind not in KEEPS and step.effect != "commit"
    led_on = to_lead_on and await leads_on(ctx, step, patience=0.0)
    old = await ctx.page.read_back(candidate.ref) if step.kind in {"fill", "select"} else ""
    try:
        done = await act_on(ctx, step, candidate)
    except (ActionFailed, TargetMissing, PageGone) as e:
        if step.effect == "commit" and candidate.covered_by:
            raise lies_under(what(step), candidate, "nothing was sent") from e
        if step.effect == "commit":
            raise NeedsPerson(f"{what(step)}: the substitute could not be pressed ({e.message})") from e
        ctx.note_hindered(step, e)
        attempt.under = candidate if candidate.covered_by else None
        return NotFound("covered")
    refused = list(done.signals.refused)
    missing = missing_signals(step.expect, done.signals, ctx.shown, strict=True) or done.missing
    if not missing and step.effect != "commit":
        missing = _beyond(step, done, before, ctx.page.url)
    moved = done.signals.loaded or ctx.page.url != before
    proved = not missing and shows_itself(step.expect, done.signals, ctx.shown, moved=moved)
    if not (missing or proved or refused):
        # nothing tells that it was right, for any field keeps what is typed: what it leads to may still be on its way, and
        # the gate stays closed until then
        await ctx.page.settle(1.0)
        waits = 0.0 if step.kind in {"fill", "select"} else 0.5
        refused += (await ctx.page.signals(step.expect, values=ctx.shown, seconds=waits)).refused
    if refused and not proved and not ctx.in_doubt():
        raise NeedsPerson(
            f"{what(step)} would have sent {refused[0]}, which was never shown; it was refused, nothing was sent"
        )
    if to_lead_on and not (missing or proved) and (led_on or not await leads_on(ctx, step)):
        if not step.expect.url:
            return replace(done, unproven=True)  # nothing was to follow that could be seen
        missing = ("nothing followed that was not there before",)
    if not missing:
        return done
    if step.effect == "commit":
        return await confirm_new(ctx, step, done, changes, attempt)
    if step.effect == "none" and step.kind not in {"fill", "select"} and not led_on and await leads_on(ctx, step):
        return Done(done.signals, (), done.ref)
    await _unless_login_refused(ctx, step)
    await back_out(ctx, step, candidate, before, old)
    return NotFound("missing")


async def _unless_login_refused(ctx: Context, step: Step) -> None:
    """Raise NeedsPerson where the page says itself that it does not take a login that was typed here: then the element was
    the right one. What the page does not say may as well come of another element."""
    if step.kind not in {"fill", "select"} and any(t.secret for t in ctx.typed):
        park = await said_why(ctx, step)
        if park is not None and park.fault == "login" and park.reason.startswith(f"{LOGIN_REFUSED}: "):
            raise parked(park)


def _beyond(step: Step, done: Done, before: str, after: str) -> tuple[str, ...]:
    """Return what followed an act, in plain words, that did not when it was shown."""
    if not step.expect.url and led_away(before, after):
        return (f"it led to {after}, and to no other page when it was shown",)
    if done.signals.popup and not step.expect.popup:
        return ("it opened a tab, and none when it was shown",)
    return ()


async def _may_be_acted_on(ctx: Context, index: int, step: Step, candidate: Candidate, attempt: Attempt) -> None:
    """Raise NeedsPerson where an element belongs to another record, or something else would be sent than was entered."""
    if other := of_another_record(ctx, step, candidate.fingerprint):
        raise NeedsPerson(f"{what(step)} is only there for another record ({other!r}); nothing was done", fault="data")
    if step.effect != "commit":
        return
    if different := await facts_differ(ctx):
        raise NeedsPerson(f"{what(step)} was found anew, but {different}; nothing was sent")
    await allowed(ctx, index, step, now=candidate.fingerprint.words())
    await show(ctx, index, weighed(ctx, attempt.seen, used=candidate.ref))


async def act_on_trial(ctx: Context, index: int, step: Step, candidate: Candidate) -> Done | None:
    """Act on an element that a look on trial named, as carefully as on a repair; None where it did not prove itself and
    the act was undone. Raises NeedsPerson where it cannot be undone, or wanted to send what nobody showed."""
    try:
        done = await act_guarded(ctx, index, step, candidate, Attempt())
    finally:
        ctx.warden.open()
    return done if isinstance(done, Done) else None


async def confirm_new(ctx: Context, step: Step, done: Done, changes: tuple[Request, ...], attempt: Attempt) -> Done:
    """The commit's request was not sent: the page may ask once more. Answers under the closed gate, or asks a person."""
    view = await ctx.page.survey()
    for proposal in await ctx.ladder.propose(_after(ctx, step), view, LADDER_S):
        if isinstance(proposal, Park):
            raise parked(proposal)
        if not isinstance(proposal, Confirm):
            continue
        if different := await facts_differ(ctx):
            raise NeedsPerson(f"{what(step)} asks for a confirmation, but {different}; nothing was sent")
        await ctx.warden.close(changes)
        await ctx.page.act(Action(kind="click"), proposal.candidate.ref)
        seen = await ctx.page.signals(step.expect, values=ctx.shown, seconds=8.0)
        missing = missing_signals(step.expect, seen, ctx.shown, strict=False)
        if seen.refused and missing and not ctx.in_doubt():
            raise NeedsPerson(
                f"the confirmation would have sent {seen.refused[0]}, which was never shown; it was refused"
            )
        if not missing:
            attempt.confirmed.append(look_of(proposal.candidate, "structure"))
            attempt.evidence.extend(proposal.evidence)
        return Done(seen, missing, done.ref)
    return done


async def unless_the_page_says_why(ctx: Context, step: Step) -> None:
    """Raise NeedsPerson where nothing followed for a reason that is no defect: a refused login or value, a new field, an
    outage."""
    if (park := await said_why(ctx, step)) is not None:
        raise parked(park)


async def said_why(ctx: Context, step: Step, **more: Any) -> Park | None:
    """Return what the page itself says about why nothing followed an act; ``more`` is what the break knows besides."""
    seen = _after(ctx, step).model_copy(update=more)
    for proposal in await ctx.ladder.propose(seen, await ctx.page.survey(), WHY_S):
        if isinstance(proposal, Park):
            return proposal
    return None


def _after(ctx: Context, step: Step) -> Break:
    """The step was done, and what was recorded did not follow."""
    index = next(i for i, s in enumerate(ctx.steps) if s.id == step.id)
    seen = break_at(ctx, index, step, ctx.target_of(step), NotFound("missing"), Attempt())
    return seen.model_copy(update={"why": "no_signals"})
