"""What a page says to a person, as text; and what time its server says it is."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ..domain.errors import ActionFailed, PageGone, SiteUnreachable
from .session import mapped

if TYPE_CHECKING:
    from .page import LivePage

_LONGEST = 20_000
_TEXT = f"(document.body?.innerText ?? '').slice(0, {_LONGEST})"


async def words_of(page: LivePage) -> str:
    """Return the visible text of a page; nothing where it is on its way to another."""
    try:
        return str(await page.worlds()[page.page].evaluate(_TEXT))
    except PageGone:
        return ""


async def server_time(page: LivePage) -> datetime | None:
    """Return the time that the server of the page at hand says it is, whole seconds; None where it does not say."""
    try:
        with mapped("asking for the time"):
            answer = await page.page.context.request.fetch(page.url, method="HEAD", max_redirects=0, timeout=10_000)
    except (ActionFailed, SiteUnreachable):
        return None
    try:
        return parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
