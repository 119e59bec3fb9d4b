"""Does one step: settle, resolve with identity guard, act, read back, observe signals, compare."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..domain.binding import binding_of
from ..domain.errors import ActionFailed, PageGone, TargetMissing
from ..domain.ports import Action
from ..domain.procedure import READS, Answer, Asked, Expectation, Step
from ..domain.proposal import Candidate, Ref
from ..domain.target import Target, Variant, rendered
from ..domain.trajectory import Repair, Signals, StepOutcome
from ..domain.values import date_formats, decimal_formats, same_code, same_value
from .another_record import of_another_record
from .choosing import as_choice, chosen
from .compare import missing_signals
from .context import Context, Typed
from .inserted import opened_with
from .known_again import known_again
from .resolve import Found, NotFound, resolve

SETTLED_GONE_S = 0.45  # on a settled page a target that is not there is gone; timing breaks heal within this
SHOWN_S = 1.0  # how long a choice may take to be shown
SIGNAL_FLOOR_S = 2.0  # never wait less than this for a recorded signal


@dataclass(frozen=True)
class Done:
    """An act that was done, with what followed."""

    signals: Signals
    missing: tuple[str, ...]
    ref: Ref | None = None
    unproven: bool = False  # it was done on somebody's word, and nothing that followed tells that it was right


async def look(ctx: Context, step: Step, target: Target, *, patience: float | None = None) -> Found | NotFound:
    """Look for the target until it is there, or the page is settled without it."""
    started = time.monotonic()
    limit = min(ctx.plan.step_seconds if patience is None else patience, ctx.left())
    settled_since: float | None = None
    while True:
        try:
            told, hits = known_again(target, await ctx.page.find(target), ctx.plan.salt)
            ours = [h for h in hits if not of_another_record(ctx, step, h.candidate.fingerprint)]
            sight = resolve(told, ours, step.effect)
        except PageGone:
            sight = NotFound("missing")
        now = time.monotonic()
        if isinstance(sight, Found) or now - started >= limit:
            return sight
        before = now
        await ctx.page.settle(limit - (now - started))
        calm = time.monotonic() - before < 0.1  # settle returned at once: nothing is going on
        settled_since = (settled_since or before) if calm else None
        if settled_since is not None and time.monotonic() - settled_since > SETTLED_GONE_S:
            return sight
        if calm:
            await ctx.page.visible("\x00", values={}, seconds=0.1)  # wakes up at the next change of the page


async def known_via(ctx: Context, step: Step, target: Target) -> tuple[Found | NotFound, bool]:
    """Open what earlier repairs learned to open first (a menu, a wizard page); return the sight and whether it helped."""
    for variant in target.variants:
        if not variant.via:
            continue
        opened = 0
        for click in variant.via:
            sight = resolve(Target(variants=(click,)), await ctx.page.find(Target(variants=(click,))), "none")
            if not isinstance(sight, Found):
                break
            if not await opened_with(ctx, step, sight.hit.candidate, click.search):  # also what was learned only opens
                break
            opened += 1
        if opened:
            sight = await look(ctx, step, target, patience=1.0)
            if isinstance(sight, Found):
                return sight, True
    return NotFound("missing"), False


async def act_on(ctx: Context, step: Step, at: Candidate | None) -> Done:
    """Act once and observe; raises TargetMissing, ActionFailed, PageGone, BrowserGone."""
    value, secret = ctx.value_of(step)
    files = tuple(value.split("\n")) if step.kind == "upload" and value else ()
    choice = as_choice(step, at)
    kind, ref, ahead = choice or step.kind, at.ref if at is not None else None, _following(ctx, step)
    action = Action(
        kind=kind,
        value=None if choice else value,
        secret=secret,
        bound=binding_of(step, ctx.steps, ctx.pages) if secret is not None else None,
        files=files,
        canonical=ctx.canonical_of(step),
        widget=at.fingerprint if at is not None else None,
        readonly=at is not None and at.readonly,
        dialog=ctx.fill(step.expect.dialog),
        answer=_rendered(step.answer, ctx.fill),
        further=tuple(
            Asked(question=ctx.fill(a.question), answer=_rendered(a.answer, ctx.fill) or Answer())
            for a in step.further
        ),
        to=await _end_of_drag(ctx, step),
        point=step.point,
        to_point=step.to_point,
        keys=step.keys,
        chooser=step.chooser,
        leave=kind == "fill" and not step.keys and any(r.method not in READS for r in step.expect.requests),
    )
    if secret is not None and ctx.plan.ready is not None:
        await ctx.plan.ready(secret)
    await ctx.warden.acting(step)
    await ctx.page.act(action, ref)
    expect = step.expect
    seconds = min(max(SIGNAL_FLOOR_S, expect.settle_ms / 1000 * 3), ctx.plan.step_seconds, ctx.left())
    if _has_signals(expect):
        changes = any(r.method not in READS for r in expect.requests)
        seen = await ctx.page.signals(
            expect, values=ctx.shown, seconds=max(seconds, 5.0) if changes else seconds, ahead=ahead
        )
    else:
        now = await ctx.page.signals(expect, values=ctx.shown, seconds=0.0)
        seen = Signals(popup=now.popup, strange=now.strange, refused=now.refused)
    missing, ctx.strange = missing_signals(expect, seen, ctx.shown, strict=False), seen.strange
    if missing and ctx.strange:
        missing = (*missing, ctx.told_no())
    if kind in {"fill", "select"} and ref is not None and not seen.url and not step.keys:
        kept = await _kept(ctx, step, action, ref, ahead)
        if secret is None and value is not None:
            seen = seen.but(read_back=kept)
            if not kept_value(kept, value, step.format) and not await _shown_otherwise(ctx, step, value, kept, ref):
                missing = (*missing, f"the field keeps {kept!r} instead of {value!r}")
        ctx.typed.append(Typed(step, ref, value or "", secret is not None, kept))
    if choice and at is not None:
        missing = (*missing, *await chosen(ctx, step, at))
    if step.output and seen.download and ctx.plan.artifacts:
        ctx.keep(step.output, await ctx.page.keep_download(ctx.plan.artifacts))
    return Done(seen, missing, ref)


async def _kept(ctx: Context, step: Step, action: Action, ref: Ref, ahead: Target | None) -> str:
    """Return what a field holds now; typed once more, key by key, where it took nothing at once."""
    value, kept = action.value, await ctx.page.read_back(ref, ahead=ahead)
    if _not_taken(step, value, kept) and action.secret is None:
        await ctx.page.act(action.but(keys=True), ref)
        kept = await ctx.page.read_back(ref, ahead=ahead)
    if action.kind == "select" and value and not step.shown_as and not kept_value(kept, value, step.format):
        await ctx.page.settle(SHOWN_S)  # a page that draws itself anew shows the choice a moment later
        kept = await ctx.page.read_back(ref, ahead=ahead)
    return kept


def _not_taken(step: Step, value: str | None, kept: str) -> bool:
    """Tell whether a field did not take what was put into it at once: some follow the keys only."""
    return step.kind == "fill" and step.effect != "commit" and bool(value) and not kept_value(kept, value or "", step.format)


async def _shown_otherwise(ctx: Context, step: Step, value: str, kept: str, ref: Ref) -> bool:
    """Tell whether a field shows a code for what was chosen, as it did when shown."""
    return step.shown_as is not None and step.shown_as.fits(value, kept, await ctx.page.chosen(ref))


def _rendered(answer: Answer | None, fill: Callable[[str], str]) -> Answer | None:
    return answer.but(text=fill(answer.text)) if answer is not None and answer.text is not None else answer


async def _end_of_drag(ctx: Context, step: Step) -> Ref | None:
    """Return where a drag ends, looked for as carefully as what is dragged."""
    if step.to is None:
        return None
    wanted = rendered(step.to, ctx.fill)
    sight = resolve(wanted, await ctx.page.find(wanted), step.effect)
    if not isinstance(sight, Found):
        raise TargetMissing(f"{wanted.words()} is not there to drop on ({sight.why})")
    return sight.hit.candidate.ref


def _following(ctx: Context, step: Step) -> Target | None:
    """Return the target that is looked for after this step, so that reading this one's outcome can look for it too."""
    at = next((i for i, s in enumerate(ctx.steps) if s.id == step.id), len(ctx.steps))
    following = ctx.steps[at + 1] if at + 1 < len(ctx.steps) else None
    if following is None or following.target is None or following.kind == "read" or not ctx.known(following):
        return None
    if following.tab != step.tab:
        return None
    return ctx.target_of(following)


def kept_value(kept: str, meant: str, fmt: str | None = None) -> bool:
    """Tell whether a field kept what was typed; a chosen record may be shown with more words than its name."""
    if kept.startswith("\n"):  # a field that keeps its choices beside it says them, one a line
        return any(kept_value(line, meant, fmt) for line in kept.split("\n") if line)
    if same_value(kept, meant, fmt) or same_code(kept, meant):
        return True
    more = kept[len(meant) :] if kept.startswith(meant) else ""
    figure = bool(decimal_formats(meant) or date_formats(meant))  # 100 is not kept where 10000 stands
    return bool(more) and len(meant) > 2 and not figure and not (more[0].isalnum() or more[0] in "-_/.")


def _has_signals(expect: Expectation) -> bool:
    return bool(expect.url or expect.requests or expect.texts or expect.download or expect.popup)


async def confirm_known(ctx: Context, step: Step, variants: Sequence[Variant]) -> Done | None:
    """After an act without its signals: answer an extra confirmation that an earlier repair learned; None if none is there."""
    for variant in variants:
        for click in variant.then:
            wanted = Target(variants=(click,))
            sight = resolve(wanted, await ctx.page.find(wanted), "none")
            if not isinstance(sight, Found):
                break
            await ctx.page.act(Action(kind="click"), sight.hit.candidate.ref)
            seen = await ctx.page.signals(step.expect, values=ctx.shown, seconds=max(5.0, SIGNAL_FLOOR_S))
            return Done(seen, missing_signals(step.expect, seen, ctx.shown, strict=False))
    return None


async def facts_differ(ctx: Context) -> str:
    """Re-read every value this run typed since the last commit; return what differs in plain words, else nothing."""
    shown = [typed for typed in ctx.typed if not typed.secret and typed.step.tab == ctx.tab]  # only here they can be read
    if not shown:
        return ""
    values = await ctx.page.read_all([t.ref for t in shown])
    names = (t.step.target.words() if t.step.target else t.step.id for t in shown)
    ctx.read_again.update((name, kept) for name, kept in zip(names, values, strict=True) if kept)
    for typed, kept in zip(shown, values, strict=True):
        # A field that is no longer there (an earlier page of a wizard) is proved by the request itself, at the gate.
        as_it_was = typed.step.shown_as is not None and kept == typed.kept
        if kept and not as_it_was and not kept_value(kept, typed.shown, typed.step.format):
            return f"{typed.step.target.words() if typed.step.target else typed.step.id} shows {kept!r}, not {typed.shown!r}"
    return ""


def outcome_of(
    index: int,
    step: Step,
    status: str,
    started: float,
    *,
    done: Done | None = None,
    repair: Repair | None = None,
    found: Found | None = None,
    note: str = "",
) -> StepOutcome:
    """Return the step's record."""
    return StepOutcome(
        index=index,
        id=step.id,
        kind=step.kind,
        target=step.target.words() if step.target else "",
        status=status,
        repair=repair,
        variant=found.hit.variant if found else -1,
        signals=done.signals if done else Signals(),
        missing=done.missing if done else (),
        score=round(found.score, 3) if found else None,
        note=note,
        ms=int((time.monotonic() - started) * 1000),
    )


__all__ = [
    "ActionFailed",
    "Done",
    "TargetMissing",
    "act_on",
    "confirm_known",
    "facts_differ",
    "known_via",
    "look",
    "outcome_of",
]
