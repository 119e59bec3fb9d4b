"""Steps that only led to the page at hand, or closed what is not there: such a one is left out, and that is learned.

A release that opens a list at once needs no click on *List* any more. Where the address is the one that the click led to, and
not one that it was shown on, clicking and not clicking come to the same, whatever else the page shows. Only that is learned;
a tab or a fold of one page is never left out because it was once: another tab may look just like the one that was meant. What
stood in a dialog cannot be clicked while that dialog is not open: where the next step is possible, nothing is missing.
"""

from __future__ import annotations

import time

from ..domain.identity import likeness
from ..domain.procedure import READS, Step
from ..domain.trajectory import StepOutcome
from ..domain.urls import url_template
from .compare import fits
from .context import Context
from .resolve import Found
from .step import look, outcome_of

_LEADS = frozenset({"click", "hover", "scroll"})
_SAME_DIALOG = 0.6


def only_leads(step: Step) -> bool:
    """Tell whether a step enters, keeps, sends and chooses nothing."""
    expect = step.expect
    if step.kind not in _LEADS or step.effect != "none" or step.target is None:
        return False
    if expect.popup or expect.download or expect.dialog or any(r.method not in READS for r in expect.requests):
        return False
    # one that chooses a record: the page that follows exists for every record
    return not any(v.fingerprint.row and v.fingerprint.row.key for v in step.target.variants)


def leads_to_one_page(step: Step) -> bool:
    return bool(step.expect.url) and "*" not in step.expect.url and "{{" not in step.expect.url


def led_here(ctx: Context, step: Step) -> bool:
    """Tell whether a step only leads to the page at hand, which is none that it was shown on."""
    if not only_leads(step) or not leads_to_one_page(step) or step.target is None:
        return False
    here, page = url_template(ctx.page.url, ctx.page.base, ctx.shown), ctx.pages.get(step.target.page)
    return page is not None and fits(step.expect.url, here) and not fits(page.template, here)


async def is_closed(ctx: Context, step: Step) -> bool:
    """Tell whether a step only clicks something in a dialog, to no other page, and no such dialog is open."""
    if not only_leads(step) or step.target is None or step.expect.url or step.expect.texts:
        return False
    dialogs = [v.fingerprint.dialog for v in step.target.variants]
    if not dialogs or not all(dialogs):
        return False
    view = await ctx.page.survey()
    shown = [*view.dialogs, *(c.fingerprint.dialog for c in view.candidates if c.visible)]
    return not any(one and likeness(known, one) >= _SAME_DIALOG for known in dialogs for one in shown)


async def found_needless(
    ctx: Context, index: int, step: Step, evidence: tuple[str, ...], started: float
) -> StepOutcome:
    """Return a step that a proposal leaves out; it is learned where leaving it out and doing it come to the same."""
    learned = led_here(ctx, step) or await is_closed(ctx, step)
    outcome = outcome_of(index, step, "skipped", started, note="; ".join(evidence))
    return outcome.but(needless="found") if learned else outcome


async def left_out(ctx: Context, index: int, step: Step) -> StepOutcome | None:
    """Leave a step out that memory knows as spare, or has on trial; None where it has to be done: another page is at hand,
    the next step is not possible, or what it is done on is there, and then doing it costs nothing."""
    started = time.monotonic()
    following = next((s for s in ctx.steps[index + 1 :] if s.target and not s.optional and not s.spare and not s.when), None)
    if following is None or following.effect == "commit" or following.tab != step.tab:
        return None
    if not (led_here(ctx, step) or await is_closed(ctx, step)):
        return None
    for other, there in ((step, False), (following, True)):
        if not ctx.known(other) or isinstance(await look(ctx, other, ctx.target_of(other), patience=0.0), Found) is not there:
            return None
    note = "not needed: what it leads to is at hand"
    return outcome_of(index, step, "skipped", started, note=note).but(needless="known")


async def left_out_after_all(ctx: Context, index: int, step: Step) -> StepOutcome | None:
    """The page has settled without the step's element: leave it out where it is spare, or on trial as such.

    What is sent after one on trial must prove it.
    """
    if step.spare:
        return await left_out(ctx, index, step)
    if ctx.plan.trial is None or not only_leads(step) or not await ctx.plan.trial.spare(step.id):
        return None
    if (without := await left_out(ctx, index, step)) is None:
        return None
    ctx.repaired_since_commit = True
    return without.but(needless="trial")
