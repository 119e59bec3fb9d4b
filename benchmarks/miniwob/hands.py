"""What demonstrations share: reading what a task asks for, and ordinary clicks and typing on what the page shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


async def said(page: Page) -> str:
    """Return the sentence that says what to do."""
    return " ".join((await page.locator("#query").inner_text()).split())


async def quoted(page: Page) -> list[str]:
    """Return what stands in quotation marks in that sentence, in order."""
    return re.findall(r'"([^"]*)"', await said(page))


def part(pattern: str, text: str, group: int = 1) -> str:
    """Return what a pattern finds in the sentence; raises LookupError when it does not say it."""
    found = re.search(pattern, text)
    if found is None:
        raise LookupError(f"{pattern!r} is not in {text!r}")
    return found.group(group)


async def type_into(page: Page, field: Locator, text: str) -> None:
    """Click into a field and type, as a person does; what was there is replaced."""
    await field.click()
    if await field.input_value():
        await page.keyboard.press("Control+a")
    await page.keyboard.type(text)


async def submit(page: Page) -> None:
    """Press the button that hands the answer in."""
    await page.locator("#area").get_by_role("button", name=re.compile("^submit$", re.I)).first.click()


async def centre(what: Locator) -> tuple[float, float]:
    """Return the middle of an element in the window."""
    box = await what.bounding_box()
    if box is None:
        raise LookupError("the element is not shown")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def drag(page: Page, start: tuple[float, float], end: tuple[float, float], *, moves: int = 8) -> None:
    """Press, move and let go."""
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=moves)
    await page.mouse.move(*end, steps=moves)
    await page.mouse.up()
