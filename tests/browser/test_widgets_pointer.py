"""Everything done with mouse, files and keys: shown once on a real page, replayed without repair, judged by the server."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from showing import replay, show, unwell

from fixtures.demonstrations import widgets
from fixtures.demonstrations.widgets import pointer_clicks, pointer_downloads, pointer_files, pointer_scroll
from fixtures.widgets import Widgets
from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import Choice, find_browser, open_browser, open_context
from rpa_agent.domain.errors import BrowserMissing
from rpa_agent.domain.recording import Act

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

POINTER = sorted(m.name for m in pkgutil.iter_modules(widgets.__path__) if m.name.startswith("pointer_"))


@pytest.mark.parametrize("name", POINTER)
async def test_what_hands_did_is_done_again(name: str, browser: Browser, gallery: Widgets) -> None:
    """Shown once and replayed without repair; the server holds what was meant."""
    demonstration: Any = importlib.import_module(f"{widgets.__name__}.{name}")
    shown = await show(browser, gallery.base_url, demonstration)
    assert gallery.held() == [demonstration.HELD]
    gallery.reset()
    done = await replay(browser, shown, {})
    assert (unwell(done), gallery.held()) == ([], [demonstration.HELD]), "\n".join(shown.told())


# ---- files ----


async def test_downloads_are_kept_as_they_came(browser: Browser, gallery: Widgets, tmp_path: Path) -> None:
    """Attached, through a new tab, made by script, and a PDF that is a file and not a window."""
    shown = await show(browser, gallery.base_url, pointer_downloads)
    done = await replay(browser, shown, {}, artifacts=str(tmp_path))
    assert unwell(done) == []
    kept = {p.name: p for p in tmp_path.iterdir()}
    assert kept.pop(pointer_downloads.PDF).read_bytes().startswith(b"%PDF")
    assert {name: p.read_text() for name, p in kept.items()} == pointer_downloads.FILES


async def test_files_are_known_by_their_paths_and_others_can_be_given(
    browser: Browser, gallery: Widgets, tmp_path: Path
) -> None:
    """A page is told names only; the run needs to know where the file lies, and takes another one."""
    shown = await show(browser, gallery.base_url, pointer_files)
    given = shown.built.examples
    assert given["receipt"] == pointer_files.file("receipt.txt")
    assert given["attachments"].split("\n") == [pointer_files.file("a.txt"), pointer_files.file("b.txt")]
    gallery.reset()
    (other := tmp_path / "other.txt").write_text("another receipt")
    assert unwell(await replay(browser, shown, {"receipt": str(other)})) == []
    assert gallery.held()[0]["one"] == [["other.txt", "another receipt"]]


async def test_a_file_that_is_not_there_is_said_and_nothing_is_sent(browser: Browser, gallery: Widgets) -> None:
    """The run stops at the field with the file's name."""
    shown = await show(browser, gallery.base_url, pointer_files)
    gallery.reset()
    done = await replay(browser, shown, {"receipt": "/nowhere/at-all.txt"})
    assert done.outcome != "succeeded"
    assert gallery.held() == []


# ---- what leaves no trace ----


Acts = Callable[[str, Callable[[Any], Awaitable[None]]], Awaitable[list[Act]]]


@pytest.fixture
def acts_on(context: BrowserContext, gallery: Widgets) -> Acts:
    """Show hands at work on a page of the gallery to the recorder."""

    async def watched(page: str, hands: Callable[[Page], Awaitable[None]]) -> list[Act]:
        return list((await record(context, gallery.base_url + page, demonstrate=hands)).acts[1:])

    return watched


async def test_hovering_and_scrolling_that_reveal_nothing_leave_no_trace(acts_on: Acts) -> None:
    """A menu that was looked at and not used, and a list scrolled without need."""

    async def hands(page: Page) -> None:
        await page.get_by_text("File").hover()
        await page.get_by_text("Reports").hover()
        await page.mouse.wheel(0, 300)
        await page.mouse.wheel(0, -300)
        await page.get_by_role("button", name="Save").click()

    assert [a.kind for a in await acts_on("/pointer-menus", hands)] == ["click"]


async def test_a_drag_that_moves_nothing_leaves_no_trace(acts_on: Acts) -> None:
    """A hand that slips over a page while the button is down."""

    async def hands(page: Page) -> None:
        await page.locator(".tile").first.hover()
        await page.mouse.down()
        await page.mouse.move(700, 500, steps=4)
        await page.mouse.up()
        await page.get_by_role("button", name="Save").click()

    assert [a.kind for a in await acts_on("/pointer-bare", hands)] == ["click"]


async def test_the_button_that_only_opens_the_choice_of_files_is_not_pressed(
    browser: Browser, gallery: Widgets
) -> None:
    """Pressed in a run it would open a window of the system."""
    shown = await show(browser, gallery.base_url, pointer_files)
    assert [a.kind for a in shown.recording.acts] == ["goto", *["upload"] * 5, "click"]


# ---- never another element ----


async def test_a_list_that_draws_itself_anew_yields_the_row_that_was_meant(browser: Browser, gallery: Widgets) -> None:
    """Bringing a row into view puts other rows in its place; the one acted on is still the one found."""
    shown = await show(browser, gallery.base_url, pointer_scroll)
    gallery.reset()
    for _ in range(2):
        assert unwell(await replay(browser, shown, {})) == []
    assert gallery.held() == [pointer_scroll.HELD] * 2


async def test_keys_held_down_belong_to_the_click(browser: Browser, gallery: Widgets) -> None:
    """Ctrl adds to a selection, Shift extends it."""
    shown = await show(browser, gallery.base_url, pointer_clicks)
    assert [s.value for s in shown.built.procedure.steps if s.kind == "click"][-3:-1] == ["Control", "Shift"]


def _installed() -> list[Choice]:
    """Every kind of browser that is here: the shell of the night, and one with a window and a viewer."""
    found = []
    for headless in (True, False):
        with suppress(BrowserMissing):
            found.append(find_browser(headless=headless))
    return found


@pytest.mark.parametrize("choice", _installed(), ids=lambda c: Path(c.executable or "own").name)
async def test_a_pdf_is_a_file_in_every_browser(choice: Choice, gallery: Widgets) -> None:
    """What one would show in a viewer and the other would download is downloaded by both, also from another tab."""
    async with open_browser(choice) as browser, open_context(browser) as context:
        page = await context.new_page()
        await page.goto(gallery.base_url + pointer_downloads.PAGE)
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Letter").click()
        assert (await download.value).suggested_filename == pointer_downloads.PDF
