"""The tabs of one run, numbered as they were when shown, and how each is looked into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..domain.errors import BrowserGone, PageGone
from .frames import Frames
from .session import mapped
from .world import World

if TYPE_CHECKING:
    from playwright.async_api import Page

    from .signals import Listener


@dataclass(frozen=True)
class Look:
    """How one tab is looked into: its own document's world, and the frames that this one cannot read."""

    world: World
    frames: Frames


class Tabs:
    """Knows the tabs that were worked in, and those that opened when one was shown to open."""

    def __init__(self, listener: Listener, first: Page, world: World) -> None:
        self._listener = listener
        self.looks = {first: Look(world, Frames(world))}
        self.expected: list[Page] = []

    def at(self, number: int) -> Page | None:
        """Return a tab by the order of opening; tabs that nobody showed to open do not count where enough did."""
        opened = [p for p in self._listener.pages if not p.is_closed() or p in self.looks or _showed(p)]
        shown = [p for p in opened if p is opened[0] or p in self.expected]
        counted = shown if number < len(shown) else opened
        return counted[number] if number < len(counted) else None

    def expect(self, pages: Iterable[Page]) -> None:
        """These opened when a tab was shown to open."""
        self.expected += [p for p in pages if p not in self.expected]

    async def look_into(self, page: Page) -> Look:
        """Return how a tab is looked into; raises BrowserGone when it is closed."""
        if page not in self.looks:
            with mapped("looking into a tab"):
                world = await World.enter(page)
            self.looks[page] = Look(world, Frames(world))
        return self.looks[page]

    def left_open(self, page: Page) -> list[Page]:
        """Return the other tabs that were looked into and are open, where this one is closed."""
        return [p for p in self.looks if not p.is_closed()] if page.is_closed() else []

    async def announced(self, pages: Sequence[Page]) -> list[str]:
        """Return what these tabs announce; one that is on its way to another document, or closed already, nothing."""
        texts: list[str] = []
        for page in pages:
            with suppress(PageGone, BrowserGone):
                texts += await (await self.look_into(page)).world.call("announced")
        return texts


def _showed(page: Page) -> bool:
    """A tab that closed without a document was opened for a download."""
    return page.url not in {"", ":", "about:blank"}
