"""The document at hand: where it is, how it was answered, and asked for once more where that only reads."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ..domain.procedure import READS
from .outbound.hosts import explained
from .session import mapped

if TYPE_CHECKING:
    from playwright.async_api import Page

    from ..domain.gate import Change
    from .outbound.gate import Gate
    from .signals import Listener

FRAMES_S = 3.0  # how long after a document came an act waits for the frames in it; an advertisement may never come
_EMPTY = frozenset({"", ":", "about:blank"})


class Document:
    """The part of ports.PageAtHand that speaks of the document in the tab at hand."""

    page: Page
    listener: Listener
    gate: Gate

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def status(self) -> int:
        return self.listener.document_status

    @property
    def come_back(self) -> str:
        return self.listener.come_back.get(self.page, "")

    @property
    def only_read(self) -> bool:
        return self.listener.document_method in READS

    @property
    def denied(self) -> int:
        return self.listener.denied()

    async def load_again(self) -> None:
        with explained(self.page.context, self.page.url), mapped("loading the page again"):
            await self.page.reload(wait_until="domcontentloaded", timeout=30_000)

    async def _frames_read_in(self) -> None:
        """Wait until what the page's frames show is read in: an act beside one may speak to it, and nobody else hears that.

        Nobody waits long after the last document came, in a frame or around it, and no question is asked of the browser
        where all of them are there.
        """
        from playwright.async_api import Error

        _, *inside = self.page.frames
        left = self.listener.moved.get(self.page, 0.0) + FRAMES_S - time.monotonic()
        if not inside or left <= 0:
            return
        waits = [f.wait_for_load_state("domcontentloaded", timeout=left * 1000) for f in inside]
        if any(f.url in _EMPTY for f in inside):  # perhaps its document is on its way: the page is loaded after it
            waits.append(self.page.wait_for_load_state("load", timeout=left * 1000))
        # What goes away or stays out is no hindrance: the act itself says what it could not do.
        said = await asyncio.gather(*waits, return_exceptions=True)
        if strange := [e for e in said if isinstance(e, BaseException) and not isinstance(e, Error)]:
            raise strange[0]

    def died(self) -> bool:
        """Tell whether the page crashed or its browser is gone, which is nothing that the site did."""
        browser = self.page.context.browser
        return self.listener.crashed or (browser is not None and not browser.is_connected())

    async def hold(self, everything: bool) -> None:
        await self.gate.hold(everything)

    def unasked(self) -> list[Change]:
        return self.gate.unasked()
