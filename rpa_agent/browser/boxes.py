"""A masked picture of a page with a named box around each of some elements, as one file that every browser opens."""

from __future__ import annotations

import asyncio
import struct
from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import ActionFailed
from ..domain.proposal import Ref
from .acting.hands import locate
from .pictures import masked_picture
from .session import mapped

if TYPE_CHECKING:
    from playwright.async_api import Page

    Box = tuple[float, float, float, float]

WHERE_MS = 500  # an element that is gone by now has no box
_COLOURS = ("#d00000", "#0050c8", "#007a33", "#b05000", "#7a00a0")


async def picture(page: Page, path: str, marks: Sequence[tuple[Ref, str]], hide: Callable[[str], str]) -> None:
    """Save a masked PNG of what the page shows; with ``marks`` an SVG of the whole page with a box around each, and the
    PNG beside it. Nothing is drawn into the page: it may be about to send something. Raises ActionFailed, BrowserGone.
    """
    if not marks:
        await masked_picture(page, path, hide)
        return
    target = Path(path)
    plain = target.with_suffix(".png")
    with mapped("finding where the candidates stand"):
        places = await asyncio.gather(*(_place(page, ref) for ref, _ in marks))
        top = await page.locator("html").bounding_box(timeout=WHERE_MS) or {"x": 0.0, "y": 0.0}
    await masked_picture(page, str(plain), hide, whole=True)
    boxes = [
        (hide(words), (box[0] - top["x"], box[1] - top["y"], box[2], box[3]))
        for (_, words), box in zip(marks, places, strict=True)
        if box is not None
    ]
    try:
        target.write_text(drawn(plain.read_bytes(), boxes), encoding="utf-8")
        for file in (target, plain):
            file.chmod(0o600)
    except OSError as e:
        raise ActionFailed(f"the picture of the candidates could not be written ({e.strerror})") from e


async def _place(page: Page, ref: Ref) -> Box | None:
    from playwright.async_api import Error

    try:
        box = await locate(page, ref).bounding_box(timeout=WHERE_MS)
    except Error:
        return None
    return (box["x"], box["y"], box["width"], box["height"]) if box else None


def drawn(picture: bytes, boxes: Sequence[tuple[str, Box]]) -> str:
    """Return the SVG: the PNG ``picture`` with the words and the place (x, y, width, height) of each box on it."""
    width, height = struct.unpack(">II", picture[16:24])  # where every PNG says its size
    marks = []
    for n, (words, (x, y, w, h)) in enumerate(boxes):
        colour, above = _COLOURS[n % len(_COLOURS)], y - 4 if y > 16 else y + h + 13
        marks.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{x:.1f}" y="{above:.1f}" fill="{colour}">{escape(_plain(words))}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{b64encode(picture).decode()}"/>'
        '<g font-family="sans-serif" font-size="12" font-weight="bold" paint-order="stroke" stroke="#fff" stroke-width="0">'
        f"{''.join(marks)}</g></svg>\n"
    )


def _plain(words: str) -> str:
    """Return words without what an XML file may not hold."""
    return "".join(c if c.isprintable() else " " for c in words)[:120]
