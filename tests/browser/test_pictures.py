"""Pictures show the page and no secret: not in a field, not in a frame, not in a text that repeats it."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tiny_site import TinySite

from rpa_agent.browser.page import LivePage

if TYPE_CHECKING:
    from playwright.async_api import Page

Live = Callable[..., Awaitable[LivePage]]
PASSWORD = "canary-hunter2"
MASK = (68, 68, 68)
BOX = "position:absolute;left:0;width:300px;height:40px;margin:0;border:0;padding:0;box-sizing:border-box;background:#ff0"


@pytest.fixture(scope="session")
def _other() -> Iterator[TinySite]:
    with TinySite() as site:
        yield site


async def colours(page: Page, path: Path, *, y: int) -> set[tuple[int, ...]]:
    """Return the colours of a strip of the picture, 300 pixels wide, as the browser reads them."""
    read = """async ([png, y]) => {
        const image = new Image();
        image.src = 'data:image/png;base64,' + png;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
        canvas.drawImage(image, 0, 0);
        return Array.from({ length: 58 }, (_, n) => [...canvas.getImageData(5 + n * 5, y, 1, 1).data].slice(0, 3));
    }"""
    return {tuple(c) for c in await page.evaluate(read, [base64.b64encode(path.read_bytes()).decode(), y])}


async def test_fields_and_texts_with_a_secret_are_covered_and_the_rest_is_seen(live: Live, tmp_path: Path) -> None:
    """Each strip of the page is yellow; what is covered is grey."""
    page = await live(
        f"<body style='margin:0'><input style='{BOX};top:0' value=typed><div style='{BOX};top:50px'>plain words</div>"
        f"<div style='{BOX};top:100px'>Your password is <b>{PASSWORD}</b></div>"
        f"<div style='{BOX};top:150px'><b>canary-</b><i>hunter2</i></div>"
        f"<input type=submit style='{BOX};top:200px' value='Send {PASSWORD}'>"
        f"<div style='{BOX};top:250px'></div>",
        password=PASSWORD,
    )
    await page.screenshot(str(tmp_path / "end.png"))
    seen = page.page
    covered = {y: MASK in await colours(seen, tmp_path / "end.png", y=y + 20) for y in (0, 50, 150, 200, 250)}
    assert covered == {0: True, 50: False, 150: True, 200: True, 250: False}
    assert MASK in await colours(seen, tmp_path / "end.png", y=110), "the word itself, in its line"


async def test_frames_are_covered_as_the_page_is(live: Live, site: TinySite, _other: TinySite, tmp_path: Path) -> None:
    """Of this origin and of another: each field, each text that repeats a secret."""
    inside = f"<body style='margin:0'><input style='{BOX};top:0' value=typed><div style='{BOX};top:50px'>{PASSWORD}</div>"
    site.show("/in", inside)
    frame = "<iframe style='position:absolute;left:0;top:{}px;width:400px;height:100px;border:0' src='{}'></iframe>"
    _other.show("/in", inside)
    body = "<body style='margin:0'>" + frame.format(0, "/in") + frame.format(200, _other.url + "/in")
    page = await live(body, password=PASSWORD)
    await page.page.frame_locator("iframe").nth(1).locator("input").wait_for()
    await page.screenshot(str(tmp_path / "end.png"))
    for y in (20, 70, 220, 270):
        assert await colours(page.page, tmp_path / "end.png", y=y) == {MASK}, y


async def test_a_box_stands_around_each_candidate_wherever_the_page_is_scrolled_to(live: Live, tmp_path: Path) -> None:
    """The whole page is shown, its fields and secrets covered as ever; what is gone by now has no box."""
    page = await live(
        f"<body style='margin:0;height:3000px'><input style='{BOX};top:0' value=typed>"
        f"<button style='{BOX};top:200px'>Save</button><button style='{BOX};top:2400px'>File {PASSWORD}</button>"
        f"<button style='{BOX};top:400px' id=gone>Gone</button>",
        password=PASSWORD,
    )
    candidates = {c.fingerprint.name: c.ref for c in (await page.survey()).candidates}
    await page.page.evaluate("() => { scrollTo(0, 1500); document.getElementById('gone').remove(); }")
    marks = [(ref, f"{n}. button '{name}'") for n, (name, ref) in enumerate(candidates.items()) if name]
    await page.screenshot(str(tmp_path / "candidates-1.svg"), marks)
    svg = (tmp_path / "candidates-1.svg").read_text(encoding="utf-8")
    assert '<rect x="0.0" y="200.0" width="300.0" height="40.0"' in svg
    assert '<rect x="0.0" y="2400.0" width="300.0" height="40.0"' in svg
    assert svg.count("<rect") == 2
    assert PASSWORD not in svg
    assert MASK in await colours(page.page, tmp_path / "candidates-1.png", y=20)
    assert await page.page.evaluate("() => scrollY") == 1500
