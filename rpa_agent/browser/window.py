"""A window that a person works in: as large as a run's page where the screen has room for it, and never larger than the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .session import VIEWPORT, mapped

if TYPE_CHECKING:
    from playwright.async_api import Page

_SCREEN = """() => ({ left: screen.availLeft || 0, top: screen.availTop || 0, width: screen.availWidth, height: screen.availHeight,
  frame: [Math.max(0, outerWidth - innerWidth), Math.max(0, outerHeight - innerHeight)] })"""


async def fit_window(page: Page) -> None:
    """Give the window of a page the size of a run's page, or what the screen has; what lies beyond it nobody could click."""
    with mapped("opening the window"):
        screen = await page.evaluate(_SCREEN)
        session = await page.context.new_cdp_session(page)
        try:
            window = await session.send("Browser.getWindowForTarget")
            wide, high = (min(v + f, screen[k]) for v, f, k in zip(VIEWPORT, screen["frame"], ("width", "height"), strict=True))
            bounds = {"left": screen["left"], "top": screen["top"], "width": wide, "height": high}
            await session.send("Browser.setWindowBounds", {"windowId": window["windowId"], "bounds": bounds})
        finally:
            await session.detach()
