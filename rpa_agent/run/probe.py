"""Asks the site whether a commit arrived, where that is not known: read-only, in its own time, and never by sending.

A yes settles it at once. A no counts only when the site had the time to show what it took, twice in a row, and settles
it only where the workflow says that the question is authoritative. Everything else stays with a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date

from ..domain.asked import Answer, path_of, says
from ..domain.errors import ActionFailed, BrowserGone, PageGone, SiteUnreachable
from ..domain.ports import PageAtHand
from ..domain.spans import seconds
from ..domain.trajectory import CommitState
from ..domain.workflow import Probe
from .context import Context
from .session import able_to_ask

NEGATIVES = 2  # in a row
LOOKS = 5  # an answer that is unclear is waited over, but not for ever


@dataclass(frozen=True)
class Found:
    """What the site said, in words for the journal."""

    state: CommitState
    words: str


async def ask(
    probe: Probe,
    page: PageAtHand,
    *,
    shown: Mapping[str, str],
    day: date,
    settled: bool = False,
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Found:
    """Return confirmed, not_done or ambiguous. ``settled``: the site had its time before the first look already."""
    no, words = 0, ""
    for look in range(LOOKS):
        if look:
            await wait(seconds(probe.settle))
            settled = True
        answer, words = await _look(probe, page, shown, day)
        if answer == "there":
            return Found("confirmed", words)
        no = no + 1 if answer == "not_there" and settled else 0
        if no == NEGATIVES:
            return Found("not_done" if probe.authoritative else "ambiguous", words)
        if answer == "unclear" and look and not probe.authoritative:
            break  # a no would settle nothing either
    return Found("ambiguous", words)


async def _look(probe: Probe, page: PageAtHand, shown: Mapping[str, str], day: date) -> tuple[Answer, str]:
    try:
        if probe.http is not None:
            path = path_of(probe.http.get, shown, day)
            if not path:
                return "unclear", "only paths on the workflow's own site are asked"
            status, body = await page.get(path)
            answer, why = says(probe.http, status, body, shown=shown, day=day)
            return answer, f"GET {probe.http.get}: " + (why or "it is there")
        return await _seen(probe, page, shown, day)
    except (SiteUnreachable, PageGone, ActionFailed, BrowserGone) as e:
        return "unclear", e.message


async def _seen(probe: Probe, page: PageAtHand, shown: Mapping[str, str], day: date) -> tuple[Answer, str]:
    path = path_of(probe.open, shown, day)
    if not path:
        return "unclear", "only pages of the workflow's own site are looked at"
    seen = await page.seen_at(path, probe.visible or "", values=shown)
    if seen.text is not None:
        return "there", f"{probe.open} shows “{seen.text}”"
    if seen.login or seen.status >= 400:
        return "unclear", f"{probe.open} " + ("asks for a login" if seen.login else f"answered {seen.status}")
    return "not_there", f"{probe.open} does not show “{probe.visible}”"


async def resolved(ctx: Context, name: str, key: str, *, settled: bool = False) -> Found:
    """Ask about a commit in doubt and journal what came of it; ambiguous where there is no question to ask."""
    probe = ctx.plan.probes.get(name)
    if probe is None or 2 * seconds(probe.settle) > ctx.deadline_left():
        return Found("ambiguous", "")
    if not await able_to_ask(ctx):
        return Found("ambiguous", "")
    found = await ask(probe, ctx.page, shown=ctx.shown, day=ctx.plan.today, settled=settled)
    if found.state != "ambiguous":
        await ctx.journal.settle(key, found.state, receipt={"asked": found.words})
    return found
