"""What came of the page at hand and what did not: asked where a step breaks, for whoever names the fault."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..domain.procedure import READS
from ..domain.proposal import Came
from ..domain.urls import symbolic
from .scripts import script

if TYPE_CHECKING:
    from .signals import Listener
    from .world import World

ANSWER_S = 1.0  # an answer that was given is there, or its tab is gone
_WHOLE_PAGE = re.compile(r"<(!doctype html|html)\b", re.IGNORECASE)
_LOGIN = re.compile(r"<input\b[^>]*\btype=[\"']?password", re.IGNORECASE)
_UNREAD = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_LONGEST = 1000


async def came(world: World, listener: Listener) -> Came:
    """Return what the page says of itself, and what the network knows of it. Raises PageGone."""
    page = await world.evaluate(script("arrived.js"))
    answers, login = await _answers(listener)
    broken = listener.broken.get(listener.current, [])
    sent = [
        (r.method, urlsplit(r.url).path, r.status)
        for r in listener.requests
        if r.method not in READS and symbolic(r.url, listener.base) == "{base}"
    ]
    return Came(
        text=page["text"], busy=page["busy"], warned=tuple(page["warned"]), cut_off="document" in broken,
        not_given=tuple(b for b in broken if b != "document"), answers=answers, login_given=login, sent=tuple(sent),
    )


async def _answers(listener: Listener) -> tuple[tuple[str, ...], bool]:
    """Return the words of whole pages that scripts were given, and whether one is a login: data was asked for."""
    from playwright.async_api import Error

    texts, login = [], False
    for response in listener.pages_given[-2:]:
        with suppress(Error, TimeoutError, UnicodeDecodeError):
            async with asyncio.timeout(ANSWER_S):
                html = await response.text()
            if _WHOLE_PAGE.search(html[:500]):
                texts.append(" ".join(_UNREAD.sub(" ", html).split())[:_LONGEST])
                login = login or bool(_LOGIN.search(html))
    return tuple(texts), login
