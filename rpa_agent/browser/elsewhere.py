"""Looks at another page of the site, beside the one at hand: with its cookies, in a context of its own that only reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..domain.errors import BrowserGone
from ..domain.gate import only_reads
from ..domain.hosts import allowed_hosts
from ..domain.ports import Action, Seen
from .session import mapped, open_context

if TYPE_CHECKING:
    from .page import LivePage

LOOK_S = 5.0


async def seen_at(page: LivePage, path: str, text: str, values: Mapping[str, str]) -> Seen:
    """Return what a page of the site shows; it cannot change anything, whatever its scripts try."""
    from .page import LivePage

    browser = page.page.context.browser
    if browser is None:
        raise BrowserGone("looking at another page: the browser went away")
    with mapped("looking at another page"):
        cookies = await page.page.context.storage_state()
    hosts = allowed_hosts(page.base, ())
    async with open_context(browser, storage_state=cookies, allowed=hosts) as context:
        with mapped("looking at another page"):
            opened = await context.new_page()
        beside = await LivePage.open(opened, base=page.base, secrets=page.secrets)
        await beside.ask_before_sending(only_reads, reads=(), values=values)
        await beside.act(Action(kind="goto", value=page.base + path), None)
        await beside.settle(LOOK_S)
        shown = await beside.visible(text, values=values, seconds=0.0)
        survey = await beside.survey()
        return Seen(status=beside.status, login=survey.has_password, text=shown)
