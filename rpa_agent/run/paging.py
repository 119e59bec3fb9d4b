"""Looks for a record on the other pages of its list: turns them one by one, and changes nothing on the way."""

from __future__ import annotations

import time

from ..domain.errors import ActionFailed, NeedsPerson, PageGone, TargetMissing
from ..domain.ports import Action, ListSeen
from ..domain.procedure import Request, Step
from ..domain.proposal import Ref
from ..domain.target import Target
from .context import Context
from .resolve import Found, NotFound, resolve
from .step import look

MOST_PAGES = 200
TURNED_S = 2.0  # how long a list may take to show another page


async def through_pages(ctx: Context, step: Step, target: Target, sight: NotFound) -> Found | NotFound:
    """Look for a target in its record's row on the pages that follow; raises NeedsPerson when no page has the record.

    What is not in a row, and a record that is on the page although its element is not found, is no matter of pages.
    """
    key = target.row_key()
    if not key or step.optional or sight.why not in {"missing", "identity"}:
        return sight
    seen = await list_of(ctx, target)
    if seen is None or seen.here:
        return sight
    known, acts = {seen.digest}, 0
    await ctx.warden.close(postback_of(target))
    try:
        while len(known) < MOST_PAGES and acts < 5 * MOST_PAGES:
            ctx.left()
            turned, acts = await turn(ctx, target, seen), acts + 1
            if turned is None or (seen.next and turned.digest in known):
                break  # the end, or the first page again
            seen = turned
            known.add(seen.digest)
            found = resolve(target, await ctx.page.find(target), step.effect)
            if isinstance(found, Found):
                return found
            if seen.here:
                return await look(ctx, step, target, patience=1.0)
    finally:
        refused = ctx.warden.open()
    if len(known) < 2 and not refused:
        return sight  # a list of one page: whatever hides the record is looked for by a repair
    pages = f"{len(known)} page{'s' if len(known) > 1 else ''} looked at"
    more = f"; the next one would have been asked for by {refused[0]}, which was never shown" if refused else ""
    raise NeedsPerson(f"the row {key!r} is not in the list ({pages}{more}); nothing was done", fault="data")


async def list_of(ctx: Context, target: Target) -> ListSeen | None:
    """Return the list on the page at hand; None between two pages."""
    try:
        return await ctx.page.list_seen(target)
    except PageGone:
        return None


async def turn(ctx: Context, target: Target, seen: ListSeen) -> ListSeen | None:
    """Show the next page of a list by its control, else by scrolling; None after the last. The caller closes the gate."""
    control = await _control(ctx, target, seen)
    try:
        if control:
            await ctx.page.act(Action(kind="click"), control)
        elif target.pager is None and seen.rows:
            await ctx.page.act(Action(kind="scroll"), seen.inside)
        else:
            return None
    except (ActionFailed, TargetMissing):
        return None
    now = await _changed(ctx, target, seen, patience=TURNED_S if control else 0.0)
    return now if now is None or now.rows else None


async def _control(ctx: Context, target: Target, seen: ListSeen) -> Ref:
    """Return the control that leads on: the one that was shown, where it says so on every page, else what the page has."""
    shown = target.pager
    if shown is not None and not shown.fingerprint.name.strip().isdigit():
        wanted = Target(variants=(shown,))
        sight = resolve(wanted, await ctx.page.find(wanted), "none")
        if isinstance(sight, Found):
            return sight.hit.candidate.ref
    return seen.next


async def _changed(ctx: Context, target: Target, before: ListSeen, *, patience: float) -> ListSeen | None:
    """Return the list once it says something else; None when it stays as it was, as after its last page."""
    deadline = time.monotonic() + min(patience, ctx.left())
    while True:
        await ctx.page.settle(max(0.5, deadline - time.monotonic()))
        now = await list_of(ctx, target)
        if now is not None and (now.digest != before.digest or not patience):
            return now
        if time.monotonic() >= deadline:
            return None
        await ctx.page.visible("\x00", values={}, seconds=0.2)  # wakes up at the next change of the page


def postback_of(target: Target) -> tuple[Request, ...]:
    """Return the change by which the list turned its page when it was shown, where it does so by one."""
    method, _, path = target.postback.partition(" ")
    return (Request(method=method, path=path),) if path else ()
