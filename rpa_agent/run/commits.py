"""Commits: armed in the journal before the act, sent when the request may leave, confirmed by their signals."""

from __future__ import annotations

import time
from contextlib import suppress

from ..domain.errors import ActionFailed, Declined, NeedsPerson, PageGone, ParamsInvalid, SiteUnreachable, TargetMissing
from ..domain.procedure import READS, Request, Step
from ..domain.target import Target
from ..domain.trajectory import CommitOutcome, CommitState, Repair, Signals, StepOutcome
from . import evidence, probe
from .attempt import Attempt
from .backing_out import led_away, return_to
from .compare import fits
from .complained import led_on, unless_complained_about, words_of_page
from .context import Context
from .doubled import one_request
from .guarded import confirm_new, unless_the_page_says_why
from .mend import mend, refused_unasked
from .refusals import lies_under
from .resolve import Found, NotFound, unproven
from .session import over
from .step import Done, act_on, confirm_known, facts_differ, look, outcome_of
from .warden import Armed, changes_of

_WRITTEN_S = 1.0  # how long what an editor holds may take to come into its form; the gate asks again when it is sent


def key_of(ctx: Context, step: Step) -> str:
    """Return the journal key of a commit step in this run."""
    name = step.commit or step.id
    return ctx.late_keys.get(name) or ctx.plan.keys.get(name, f"{ctx.plan.run}/{name}")


async def know_key(ctx: Context, step: Step) -> None:
    """Make the key of a commit that is told apart by what was read on the way; raises NeedsPerson where it was not read."""
    name = step.commit or step.id
    if (make := ctx.plan.late_keys.get(name)) is None or name in ctx.late_keys:
        return
    try:
        ctx.late_keys[name] = await make({n: v for n, v in ctx.outputs.items() if isinstance(v, str) and v})
    except ParamsInvalid as e:
        raise NeedsPerson(f"{e.message} (it is read on the way)", fault="data", where=name) from e


async def already(ctx: Context, step: Step) -> CommitOutcome | None:
    """Return the outcome of a commit that was confirmed before; raises NeedsPerson when its fate is not known."""
    if ctx.plan.again:
        return None
    name, key = step.commit or step.id, key_of(ctx, step)
    state, asked = await ctx.journal.state(key), ""
    if state in {"sent", "ambiguous"} and name in ctx.plan.probes:
        found = await probe.resolved(ctx, name, key)
        state, asked = found.state, found.words
    if state in {"sent", "ambiguous"}:
        ctx.commits.append(CommitOutcome(name=name, key=key, state="ambiguous"))  # another run's, met here
    return CommitOutcome(name=name, key=key, state="already", asked=asked) if state == "confirmed" else None


async def commit(ctx: Context, index: int, step: Step, target: Target, found: Found, started: float) -> StepOutcome:
    """Act on a commit whose element was recognised. Nothing is ever sent a second time from here."""
    if different := await facts_differ(ctx):
        raise NeedsPerson(f"{target.words()} would send other values: {different}; nothing was sent")
    changes = changes_of(step)
    # After a repair on this form, the request itself must prove that every field got its own value.
    doubtful = ctx.repaired_since_commit or unproven(target, found)
    guarded = doubtful and bool(changes)
    _unless_nobody_can_read(ctx, step, doubtful=doubtful)
    await evidence.before(ctx, index, key_of(ctx, step), careful=guarded)
    armed = await _arm(ctx, step)
    if guarded:
        await ctx.warden.close(changes)
    repair: Repair | None = None
    before, astray = ctx.page.url, False
    try:
        try:
            done = await act_on(ctx, step, found.hit.candidate)
        except (ActionFailed, TargetMissing) as e:
            again = await look(ctx, step, target, patience=1.0)
            if armed.sent or not isinstance(again, Found) or again.hit.candidate.ref == found.hit.candidate.ref:
                if isinstance(again, Found) and again.hit.candidate.covered_by and not armed.sent:
                    raise lies_under(target.words(), again.hit.candidate, "nothing was sent") from e
                raise NeedsPerson(
                    f"{target.words()} could not be pressed ({e.message}); "
                    + ("it is not known to have been sent" if armed.sent else "nothing was sent")
                ) from e
            done = await act_on(ctx, step, again.hit.candidate)
        done = await _whatever_passed(ctx, armed, done)
        if done.missing and not armed.sent:
            _unless_refused(ctx, step, done)
            astray = found.on_trial and led_away(before, ctx.page.url)
            if not astray:
                done, repair = await _confirmations(ctx, step, target, found, done, changes)
    finally:
        ctx.warden.disarm()  # what was not sent by now does not leave later
        ctx.in_doubt_of(armed)
        ctx.warden.open()
    if astray and not armed.sent:
        return await _back_from(ctx, index, step, before)
    return await _close(ctx, index, step, started, armed=armed, done=done, found=found, repair=repair)


async def _back_from(ctx: Context, index: int, step: Step, before: str) -> StepOutcome:
    """A look on trial only led to another page, behind the closed gate: nothing was sent. Back, and repair as without it.

    Raises NeedsPerson where a draft would be lost by that.
    """
    await ctx.journal.settle(key_of(ctx, step), "not_done")
    await return_to(ctx, step, before)
    return await mend_commit(ctx, index, step, NotFound("missing"))


async def commit_without_target(ctx: Context, index: int, step: Step, started: float) -> StepOutcome:
    """A commit that needs no element, as an address that is opened or a key: armed, sent and confirmed as any other."""
    does = ctx.fill(step.value or "") if step.kind == "goto" else f"{step.kind} {step.value or ''}".strip()
    if different := await facts_differ(ctx):
        raise NeedsPerson(f"{does} would send other values: {different}; nothing was sent")
    _unless_nobody_can_read(ctx, step, doubtful=ctx.repaired_since_commit)
    await evidence.before(ctx, index, key_of(ctx, step), careful=False)
    armed = await _arm(ctx, step)
    if ctx.repaired_since_commit and (changes := changes_of(step)):
        await ctx.warden.close(changes)
    try:
        try:
            done = await act_on(ctx, step, None)
        except (ActionFailed, PageGone, SiteUnreachable) as e:
            if not armed.sent:
                raise ctx.warden.error or NeedsPerson(f"{does}: {ctx.warden.why or e.message}; nothing was sent") from e
            done = Done(Signals(), (e.message,))
        done = await _whatever_passed(ctx, armed, done)
        if done.missing and not armed.sent:
            _unless_refused(ctx, step, done)
        if step.kind == "goto" and ctx.page.status >= 400:
            done = Done(done.signals, (*done.missing, f"the site answers with an error ({ctx.page.status})"))
        elif armed.sent and not done.missing and not led_on(ctx, step, done):
            done = Done(done.signals, ("the page does not say what it said when this was shown",))
    finally:
        ctx.warden.disarm()
        ctx.in_doubt_of(armed)
        ctx.warden.open()
    return await _close(ctx, index, step, started, armed=armed, done=done, found=None, repair=None)


async def _arm(ctx: Context, step: Step) -> Armed:
    """Take the commit's key, and let its request leave once from now on."""
    if wanted := {f: ctx.shown[p] for r in step.expect.requests for p, f in r.within.items() if ctx.shown.get(p)}:
        with suppress(PageGone):
            await ctx.page.written(wanted, seconds=_WRITTEN_S)
    key = key_of(ctx, step)
    ctx.armed.add(key)  # before, as a cancelled call may have been carried out
    try:
        await ctx.journal.arm(key, name=step.commit or step.id, run=ctx.plan.run, again=ctx.plan.again)
    except NeedsPerson:
        ctx.armed.discard(key)
        raise
    armed = await ctx.warden.arm(step, key, ctx.journal, wanted=ctx.plan.wanted)
    if not armed.own:
        await armed.send()  # no request tells that it is sent: from the act on nobody knows
        ctx.sent = "unknown"
    return armed


def _unless_nobody_can_read(ctx: Context, step: Step, *, doubtful: bool) -> None:
    """Raise NeedsPerson where what leaves has to prove itself, and the commit is a message on a WebSocket."""
    if not step.expect.socket:
        return
    name, said = step.commit or step.id, f"is a message on a WebSocket ({step.expect.socket}), which nobody can read"
    if ctx.warden.only_shown():
        do = "Do it by hand, or set `gate: learned` if it may leave unread."
        raise NeedsPerson(f"{name} {said}; under `gate: {ctx.plan.gate}` nothing of it was sent", do=do, where=name)
    if doubtful:
        why = "an element was found anew, and only what leaves could prove that it is the right one"
        do = "Do it by hand and say so with `rpa resolve`, or show the work anew."
        raise NeedsPerson(f"{name} {said}: {why}; nothing was sent", do=do, where=name)


async def mend_commit(ctx: Context, index: int, step: Step, sight: NotFound) -> StepOutcome:
    """A commit whose element is not as recorded: only where the page's values equal the inputs, and under the gate."""
    changes = changes_of(step)
    if sight.hit is not None and await one_request(ctx, step, sight):
        target, started = ctx.target_of(step), time.monotonic()
        return await commit(ctx, index, step, target, Found(sight.hit, sight.best), started)
    if sight.why == "ambiguous":
        raise await refused_unasked(
            ctx, index, step, sight,
            f"more than one element claims to be the {step.target.words() if step.target else step.id}; what would send the"
            " wrong thing is not pressed, nothing was sent",
        )
    if not changes:
        raise await refused_unasked(
            ctx, index, step, sight,
            f"{step.target.words() if step.target else step.id} is not as recorded, and nothing recorded could prove a substitute",
        )
    await evidence.before(ctx, index, key_of(ctx, step), careful=True)
    armed = await _arm(ctx, step)
    started = time.monotonic()
    try:
        outcome = await mend(ctx, index, step, sight)
    except NeedsPerson:
        ctx.warden.disarm()  # first: what left while the next line is written would be journaled as not done
        if not armed.sent:
            await ctx.journal.settle(key_of(ctx, step), "not_done")
            if isinstance(ctx.warden.error, Declined):
                raise ctx.warden.error from None  # it was refused since a person does not want it any more
        raise
    finally:
        ctx.warden.disarm()
        ctx.in_doubt_of(armed)
    done = Done(outcome.signals, outcome.missing)
    return await _close(ctx, index, step, started, armed=armed, done=done, found=None, repair=outcome.repair)


async def _confirmations(
    ctx: Context, step: Step, target: Target, found: Found, done: Done, changes: tuple[object, ...]
) -> tuple[Done, Repair | None]:
    """Nothing was sent although the right button was pressed: the page asks once more, as learned or as found now."""
    known = await confirm_known(ctx, step, target.variants)
    if known is not None:
        return Done(known.signals, known.missing, done.ref), None
    attempt = Attempt()
    wanted = changes_of(step)
    if ctx.plan.repair == "off" or not wanted:
        await unless_the_page_says_why(ctx, step)
        return done, None
    after = await confirm_new(ctx, step, done, wanted, attempt)
    if not attempt.confirmed:
        return after, None
    look_of = found.hit.candidate.fingerprint
    variant = target.variants[found.hit.variant].model_copy(
        update={
            "fingerprint": look_of,
            "then": tuple(attempt.confirmed),
            "came_from": "structure",
            "seen": 1,
            "failed": 0,
            "via": (),
        }
    )
    return after, Repair(
        by="structure",
        confidence=round(found.score, 3),
        was=target.words(),
        now=f"{look_of.words()}, then {attempt.confirmed[0].fingerprint.words()}",
        evidence=tuple(attempt.evidence),
        variant=variant,
        confirmed=tuple(attempt.confirmed),
    )


async def _whatever_passed(ctx: Context, armed: Armed, done: Done) -> Done:
    """A recorded request that was answered has left, by whatever way: then the journal says so too. Return the act, and
    with it that a read which was meant to do something was answered with an error, which elsewhere is no news."""
    answered = [r for r in done.signals.requests if r.status]
    own = {(r.method, r.origin, r.operation) for r in armed.own}
    paths = {o.path for o in armed.own}
    if not armed.sent and any((r.method, r.origin, r.operation) in own and r.path in paths for r in answered):
        await armed.send()
    failed = [r for r in answered if r.status >= 4 and r.method in READS and any(_is_read(o, r) for o in armed.own)]
    errors = (f"{r.method} {r.path} was answered with an error ({r.status}xx)" for r in failed)
    return Done(done.signals, (*done.missing, *errors), done.ref)


def _is_read(own: Request, seen: Request) -> bool:
    return own.method == seen.method and own.origin == seen.origin and fits(own.path, seen.path)


def _unless_refused(ctx: Context, step: Step, done: Done) -> None:
    """Raise why the commit's request was kept back, where it was."""
    if ctx.warden.error is not None:
        raise ctx.warden.error
    if done.signals.refused:
        what = step.target.words() if step.target else step.id
        raise NeedsPerson(
            f"{what} would have sent {done.signals.refused[0]}: {ctx.warden.why}; it was refused, nothing was sent"
        )


async def _close(
    ctx: Context, index: int, step: Step, started: float, *, armed: Armed, done: Done, found: Found | None,
    repair: Repair | None,
) -> StepOutcome:
    """Write what is known of the commit: confirmed by its signals, not done when nothing left, else ambiguous."""
    key, name = key_of(ctx, step), step.commit or step.id
    ctx.repaired_since_commit = False
    ctx.typed.clear()
    proof = evidence.receipt(await evidence.after(ctx, index, key, done))
    if not done.missing and armed.sent and not armed.again:
        done = await unless_complained_about(ctx, step, done)
    if not done.missing and armed.sent:
        ctx.sent, said, taken = "sent", "", True
        if armed.again and not led_on(ctx, step, done):
            said, taken = await _asked_of_again(ctx, name, key)
        if taken:
            await ctx.journal.settle(
                key, "confirmed", receipt={"url": done.signals.url, "text": "; ".join(done.signals.texts[:2]), **proof}
            )
            ctx.commits.append(evidence.outcome(ctx, name, key, "confirmed", asked=said).but(again=armed.again))
        note = f"the page tried to send {armed.again} once more, which was refused" if armed.again else ""
        note = "; ".join(filter(None, (note, said and f"the site was asked ({said})")))
        status = "failed" if not taken else "repaired" if repair else "ok"
        return outcome_of(index, step, status, started, done=done, found=found, repair=repair, note=note)
    if not armed.sent:
        ctx.sent = "nothing"
        await ctx.journal.settle(key, "not_done")
        ctx.commits.append(evidence.outcome(ctx, name, key, "not_done"))
        return outcome_of(
            index, step, "failed", started, done=done, found=found, note="nothing was sent: " + "; ".join(done.missing)
        )
    await ctx.journal.settle(key, "ambiguous", receipt=proof)
    lost = await over(ctx)
    if (asked := await _asked(ctx, name, key)).state != "ambiguous":
        taken = asked.state == "confirmed"
        had = "has it" if taken else "has not got it"
        note = f"it was sent without the answer that was shown; the site was asked and {had} ({asked.words})"
        status = "failed" if not taken else "repaired" if repair else "ok"
        return outcome_of(index, step, status, started, done=done, found=found, repair=repair, note=note)
    page_says = f"; {lost}" if lost else await words_of_page(ctx, step, done)
    if armed.again:
        page_says += f"; the page tried to send {armed.again} once more, which was refused"
    return outcome_of(
        index,
        step,
        "failed",
        started,
        done=done,
        found=found,
        note=f"it was sent, and it is not sure that it was taken: {'; '.join(done.missing)}{page_says}",
    )


async def _asked_of_again(ctx: Context, name: str, key: str) -> tuple[str, bool]:
    """The page wanted to send twice, and what was refused may have been what leads on. The first was answered well;
    where the site can be asked it has the last word. Return what it said, and whether the commit counts as taken."""
    found = await probe.resolved(ctx, name, key)
    if found.state == "ambiguous":
        return "", True
    if found.state == "not_done":
        ctx.sent, ctx.not_taken = "nothing", True
        ctx.commits.append(evidence.outcome(ctx, name, key, "not_done", asked=found.words))
    return found.words, found.state == "confirmed"


async def _asked(ctx: Context, name: str, key: str) -> probe.Found:
    """Ask the site about a commit that has just come into doubt, and keep what it says."""
    found = await probe.resolved(ctx, name, key)
    if found.state != "ambiguous":
        ctx.sent, ctx.not_taken = ("sent", False) if found.state == "confirmed" else ("nothing", True)
    asked = found.words if found.state != "ambiguous" else ""
    ctx.commits.append(evidence.outcome(ctx, name, key, found.state, asked=asked))
    return found


async def close_open(ctx: Context, *, ask: bool = True) -> None:
    """At the end of a run nothing stays in between: what this run armed was not done, or is in doubt once it acted.

    What is in doubt is asked of the site, unless a person wants the run to end.
    """
    for step in ctx.steps:
        key = key_of(ctx, step)
        if key not in ctx.armed or any(c.key == key for c in ctx.commits):
            continue
        if (now := await ctx.journal.state(key)) in {"armed", "sent"}:
            state: CommitState = "ambiguous" if now == "sent" else "not_done"
            await ctx.journal.settle(key, state)
            if state == "ambiguous":  # the journal knows better where the step broke off while it was told
                ctx.sent = "unknown"
            if state == "ambiguous" and ask:
                await _asked(ctx, step.commit or step.id, key)
            else:
                ctx.commits.append(evidence.outcome(ctx, step.commit or step.id, key, state))
