"""Waits for what comes of an act on a page, without a clock."""

from __future__ import annotations

from collections.abc import Callable

from rpa_agent.browser.page import LivePage


async def until(reached: Callable[[], bool], page: LivePage) -> None:
    """Wait until something is so."""
    for _ in range(200):
        if reached():
            return
        await page.visible("\x00", values={}, seconds=0.05)
    raise AssertionError("it did not come to that")
