"""Playwright's trace of one context: what was done, the pages as they were, what went over the network. It holds every
secret in clear until it is scrubbed, so whoever stops it gives a private place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .session import mapped, suppress_playwright

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext


async def start_trace(context: BrowserContext, title: str) -> None:
    """Trace from now on. Without pictures: nobody can take a password out of one afterwards."""
    with mapped("starting a trace"):
        await context.tracing.start(title=title, screenshots=False, snapshots=True, sources=False)


async def keep_trace(context: BrowserContext, path: Path) -> None:
    """Stop and write what was traced; raises BrowserGone, ActionFailed."""
    with mapped("keeping the trace"):
        await context.tracing.stop(path=str(path))


async def drop_trace(context: BrowserContext) -> None:
    """Stop and keep nothing."""
    with suppress_playwright():
        await context.tracing.stop()
