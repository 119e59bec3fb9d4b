"""A drawing as a picture: the browser that is there anyway draws it."""

from __future__ import annotations

from pathlib import Path

from .session import Choice, open_browser, open_context


async def save_picture(svg: str, path: Path, *, choice: Choice, sandbox: bool = True) -> None:
    """Write an SVG as PNG, with nothing loaded from anywhere. Raises BrowserUnfit, OSError."""
    async with open_browser(choice, sandbox=sandbox) as browser, open_context(browser, allowed=()) as context:
        page = await context.new_page()
        await page.set_content(f"<style>body{{margin:0}}</style>{svg}")
        path.write_bytes(await page.locator("svg").screenshot())
