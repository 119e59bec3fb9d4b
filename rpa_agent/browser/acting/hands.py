"""What an act on a widget needs: the element, the page around it, and questions to the script that reads the page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...domain.proposal import Ref
from ..heard import heard
from ..scripts import script
from ..world import calling

if TYPE_CHECKING:
    from playwright.async_api import Frame, FrameLocator, Locator, Page

TIMEOUT_MS = 4000  # an element that was just verified is ready at once, or something is in the way
CHANGE_MS = 120  # how long one look waits for a page to change before it looks again


def document_of(page: Page, ref: Ref) -> Page | FrameLocator:
    """Return the document that holds an address that page.js gave: the page, or a frame in it."""
    scope: Page | FrameLocator = page
    for part in ref.split("@")[:-1]:
        scope = scope.locator(f"rpa={part}").content_frame
    return scope


def locate(page: Page, ref: Ref) -> Locator:
    """Return the locator for an address that page.js gave."""
    return document_of(page, ref).locator(f"rpa={ref.split('@')[-1]}")


def keep_ready(page: Page) -> None:
    """Have the hands ready in every document as soon as it comes: Playwright's own script is read in while the rest of
    the page is still on its way, not when the first act waits for it."""

    def came(frame: Frame) -> None:
        if frame.parent_frame is None:
            asking = asyncio.ensure_future(page.locator("rpa=0|").count())
            asking.add_done_callback(lambda asked: asked.cancelled() or asked.exception())  # it may be gone again

    page.on("framenavigated", heard(came))


@dataclass(frozen=True)
class Hands:
    """One element at hand. ``local`` is its address in the world that ``evaluate`` asks, which may be a frame's own."""

    page: Page
    at: Ref
    local: Ref
    evaluate: Callable[[str], Awaitable[Any]]

    @property
    def element(self) -> Locator:
        """The element whatever it says by now, for acts of several moves."""
        return locate(self.page, self._wordless)

    @property
    def _wordless(self) -> Ref:
        return re.sub(r"~\w*", "", self.at)

    def sealed(self, seal: str) -> Locator:
        """Return the element as long as page.js would still seal it so: from the same origin, of the same kind, sending to
        the same places."""
        return locate(self.page, f"{self._wordless}|{seal}")

    @property
    def as_seen(self) -> Locator:
        """The element as long as it says what it said when it was found."""
        return locate(self.page, self.at)

    def beside(self, ref: Ref) -> Locator:
        """Return the locator for an address that came from the element's own world."""
        return locate(self.page, self.at[: len(self.at) - len(self.local)] + ref)

    async def ask(self, function: str, *args: Any) -> Any:
        """Return what page.js answers."""
        return await self.evaluate(calling(function, *args))

    async def ask_widgets(self, function: str, *args: Any) -> Any:
        """Return what widgets.js answers, which is loaded when a page first needs it."""
        known = calling(function, *args).replace("__rpa.", "__rpaWidgets.", 1)
        return await self.evaluate(f"{script('widgets.js')};\n{known}")

    async def changed(self) -> None:
        """Wait until the page changes, or a short while."""
        await self.ask("changed", CHANGE_MS)
