"""Sees to it that what may leave once leaves once, though the browser would send it again by itself.

Chromium repeats a request, a form too, whose connection broke without an answer. So from when a commit is let go until
its answer or its failure is known, one connection to its host that breaks ends all ways there: what comes after it may
be the repetition, and encrypted nobody could tell.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

Place = tuple[str, int]  # host and port
Alive = Callable[[], Awaitable[bool]]


class Unanswered:
    """The commits of one context that were let go and not answered yet, by the browser's name of the request."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Place, Alive]] = {}
        self._barred: set[Place] = set()

    def goes(self, request: str, place: Place, alive: Alive) -> None:
        """A request leaves now; ``alive`` tells later whether the browser still means to have it answered."""
        self._waiting[request] = place, alive

    def answered(self, request: str) -> None:
        """Its answer began, or it failed for good: it is not repeated any more."""
        place, _ = self._waiting.pop(request, (None, None))
        if place is not None and not self.any_at(place):
            self._barred.discard(place)

    def any_at(self, place: Place) -> bool:
        """Tell whether a request to this host is on its way."""
        return any(p == place for p, _ in self._waiting.values())

    def broke(self, place: Place) -> None:
        """A connection ended that may have carried one: nothing more goes there, unless nothing was waiting for it."""
        if self.any_at(place):
            self._barred.add(place)

    def bars(self, place: Place) -> bool:
        """Tell whether nothing more may go to a host."""
        return place in self._barred

    async def may_open(self, place: Place) -> bool:
        """Tell whether a connection may be made. A page that was left gives up its requests, and nobody hears of them
        again: so the browser is asked."""
        for request, (at, alive) in list(self._waiting.items()):
            if at == place and self.bars(place) and not await alive():
                self.answered(request)
        return not self.bars(place)
