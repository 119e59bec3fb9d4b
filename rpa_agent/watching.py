"""Watches a demonstration in a browser and a context of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from .domain.hosts import allowed_hosts

if TYPE_CHECKING:
    from .browser.session import Browser
    from .domain.recording import Recording


class Starts(Protocol):
    """Starts a browser that is closed with the demonstration."""

    def __call__(self, *, headless: bool) -> AbstractAsyncContextManager[Browser]: ...


class Watching(TypedDict, total=False):
    """How one demonstration is watched."""

    demonstrate: Callable[[Any], Awaitable[None]] | None  # a script that shows it; None for a person in a window
    state: Mapping[str, Any] | None  # a saved login
    allow: Sequence[str]  # reach these hosts and that of the address, and no others; empty: every host
    partial: bool  # return what was shown before a script failed
    first: Callable[[Any], Awaitable[str]] | None  # brings the page to where it begins, and returns what is to be done there


async def watch(
    starts: Starts,
    url: str,
    *,
    screenless: bool,
    demonstrate: Callable[[Any], Awaitable[None]] | None = None,
    state: Mapping[str, Any] | None = None,
    allow: Sequence[str] = (),
    partial: bool = False,
    first: Callable[[Any], Awaitable[str]] | None = None,
) -> Recording:
    """Return what was shown. Hosts that were wanted and not allowed are told in its remarks.

    A demonstration shows which hosts a workflow needs, so that it may go anywhere unless ``allow`` says where.
    """
    from .browser.outbound.hosts import explained, refused_in
    from .browser.recorder.record import record
    from .browser.session import VIEWPORT, open_context, suppress_playwright

    by_hand = demonstrate is None
    stored = {name: state[name] for name in ("cookies", "origins")} if state is not None else None
    hosts = allowed_hosts(url, allow) if allow else None
    async with (
        starts(headless=not by_hand and screenless) as browser,
        open_context(browser, storage_state=stored, allowed=hosts, viewport=None if by_hand else VIEWPORT) as context,
    ):
        with explained(context, url):
            recording = await record(
                context,
                url,
                demonstrate=demonstrate,
                until_closed=by_hand,
                overlay=by_hand,
                storage=state,
                partial=partial,
                first=first,
            )
        refused = [f"{host} was not reached: --allow does not name it" for host in refused_in(context)]
        with suppress_playwright():
            await context.clear_cookies()
    return recording.but(remarks=(*recording.remarks, *refused))
