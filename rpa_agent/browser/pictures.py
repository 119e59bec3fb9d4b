"""Pictures of a page with everything covered that could hold a secret or a value typed by us, in all of its frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..domain.errors import ActionFailed
from .session import mapped

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page

FIELDS = "input:not([type=submit]):not([type=button]), textarea, [contenteditable=true], [contenteditable='']"
ANYTHING = "body *:not(script):not(style)"
LOOK_S = 3.0  # how long a frame may take to say what it shows; one that does not answer is covered as a whole
_LONGEST = 2000  # a text that is longer is a part of the page, and what it shows stands in an element inside it
_SAID = f"""all => {{
  const at = new Map(all.map((e, i) => [e, i]));
  const own = e => [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join(' ');
  const said = e => [typeof e.value === 'string' ? e.value : '', e.textContent || '', e.alt || '', e.placeholder || ''];
  return all.map(e => [said(e).map(s => s.length > {_LONGEST} ? own(e) : s).join('\\n'), at.get(e.parentElement) ?? -1]);
}}"""


async def masked_picture(page: Page, path: str, hide: Callable[[str], str], *, whole: bool = False) -> None:
    """Save a picture of what the page shows, or of the ``whole`` page; raises ActionFailed, BrowserGone: then there is none.

    ``hide`` returns a text without secrets. They are compared here: none is told to the page.
    """
    with mapped("taking a picture"):
        masks = [mask for frame in page.frames for mask in await _masks(frame, hide)]
        await page.screenshot(path=path, mask=masks, mask_color="#444", full_page=whole, timeout=5000)


async def _masks(frame: Frame, hide: Callable[[str], str]) -> list[Locator]:
    fields, every = frame.locator(FIELDS), frame.locator(ANYTHING)
    try:
        async with asyncio.timeout(LOOK_S):
            said: list[tuple[str, int]] = await every.evaluate_all(_SAID)
    except TimeoutError as e:
        if frame.parent_frame is None:
            raise ActionFailed("the page does not say what it shows, so there is no picture of it") from e
        return [frame.parent_frame.locator("iframe, frame")]
    together = "\n".join(text for text, _ in said)
    if hide(together) == together:  # one look at all of it: nearly always no secret is shown
        return [fields]
    shown = [n for n, (text, _) in enumerate(said) if hide(text) != text]
    around = {said[n][1] for n in shown}  # what only holds an element that shows it
    return [fields, *(every.nth(n) for n in shown if n not in around)]
