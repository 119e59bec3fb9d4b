"""The bar in the window: stop, undo, and pointing at what proves success or is brought back; it leaves no step behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from tiny_site import TinySite

from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import open_context
from rpa_agent.domain.recording import Recording

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

Hands = Callable[["Page"], Awaitable[Any]]
Show = Callable[..., Awaitable[Recording]]
PAGE = """<title>Orders</title><h1>Orders</h1><label>Note <input name=note></label>
<button type=button onclick="document.title='clicked'">Save</button>
<p id=done>Order 4711 was filed</p><p id=no>This order already exists</p>
<table><tr><th>Number</th><th>Total</th></tr><tr><td>A-1</td><td>1.234,50</td></tr><tr><td>A-2</td><td>7,00</td></tr></table>
<nav class=pagination><a href="?page=2" rel=next>Next</a></nav>"""


@pytest.fixture
def show(context: BrowserContext, site: TinySite) -> Show:
    """Record with the bar while ``hands`` work."""

    async def shown(hands: Hands, *, body: str = PAGE, **headers: str) -> Recording:
        return await record(context, site.show("/orders", body, headers=headers), demonstrate=hands, overlay=True)

    return shown


def done(recording: Recording) -> list[str]:
    return [f"{a.kind} {a.element.name}" for a in recording.acts[1:] if a.element]


async def button(page: Page, label: str) -> tuple[float, float]:
    """Return where a button of the bar is; only the browser's own tools see into a closed shadow root."""
    cdp = await page.context.new_cdp_session(page)
    tree = await cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})

    def find(node: dict[str, Any]) -> int | None:
        if node["nodeName"] == "BUTTON" and any(label in c.get("nodeValue", "") for c in node.get("children", ())):
            return int(node["backendNodeId"])
        inside = (*node.get("children", ()), *node.get("shadowRoots", ()))
        return next((found for n in inside if (found := find(n)) is not None), None)

    host = next(n for n in _every(tree["root"]) if n["nodeName"] == "RPA-OVERLAY")
    box = (await cdp.send("DOM.getBoxModel", {"backendNodeId": find(host)}))["model"]["content"]
    return (box[0] + box[4]) / 2, (box[1] + box[5]) / 2


def _every(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(n for c in (*node.get("children", ()), *node.get("shadowRoots", ())) for n in _every(c))]


async def said_in_bar(page: Page, wanted: str) -> str:
    """Wait until the bar says something with these words, and return it."""
    cdp = await page.context.new_cdp_session(page)
    for _ in range(200):
        tree = await cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})
        bars = [n for n in _every(tree["root"]) if n["nodeName"] == "RPA-OVERLAY"]
        told = [n["nodeValue"] for bar in bars for n in _every(bar) if n["nodeName"] == "#text"]
        if found := next((t for t in told if wanted in t), ""):
            return found
        await page.wait_for_timeout(50)
    raise AssertionError(f"the bar never says {wanted!r}")


async def point(page: Page, key: str, at: str, name: str = "") -> None:
    """Choose what to point at, point, and give it a name."""
    await page.keyboard.press(f"Alt+Shift+{key}")
    await page.locator(at).click()
    if name:
        await page.keyboard.press("Control+A")
        await page.keyboard.type(name)
        await page.keyboard.press("Enter")


async def test_a_text_is_marked_as_what_proves_success(show: Show) -> None:
    """The click that pointed at it is no step, and the page never sees it."""

    async def hands(page: Page) -> None:
        await page.evaluate("addEventListener('click', (e) => { window.heard = e.target.id }, true)")
        await point(page, "P", "#done")
        assert await page.evaluate("window.heard") is None

    recording = await show(hands)
    assert [(m.kind, m.text) for m in recording.marks] == [("success", "Order 4711 was filed")]
    assert done(recording) == []


async def test_a_refusal_gets_a_name(show: Show) -> None:
    """It becomes a business exception of that name."""

    async def hands(page: Page) -> None:
        await point(page, "X", "#no", "duplicate")

    (mark,) = (await show(hands)).marks
    assert (mark.kind, mark.text, mark.name) == ("exception", "This order already exists", "duplicate")


async def test_a_value_becomes_a_read(show: Show) -> None:
    """With the element it stands in, its row, and the name that was given."""

    async def hands(page: Page) -> None:
        await point(page, "V", "td >> nth=1", "total")

    (act,) = [a for a in (await show(hands)).acts if a.kind == "read"]
    assert (act.value, act.output) == ("1.234,50", "total")
    assert act.row and act.row.cells == ("A-1", "1.234,50")


async def test_only_what_was_selected_of_a_text_is_taken(show: Show) -> None:
    """The number within a sentence."""

    async def hands(page: Page) -> None:
        await page.evaluate("getSelection().setBaseAndExtent(done.firstChild, 6, done.firstChild, 10)")
        await point(page, "V", "#done", "order")

    (act,) = [a for a in (await show(hands)).acts if a.kind == "read"]
    assert (act.value, act.read_back, act.output) == ("Order 4711 was filed", "4711", "order")


async def test_a_table_is_read_as_records(show: Show) -> None:
    """Its headers, its rows, and what shows its next page."""

    async def hands(page: Page) -> None:
        await point(page, "T", "td >> nth=0", "orders")

    (act,) = [a for a in (await show(hands)).acts if a.kind == "read"]
    assert act.table and act.table.headers == ("Number", "Total")
    assert act.table.rows == (("A-1", "1.234,50"), ("A-2", "7,00"))
    assert act.pager and act.pager.name == "Next"


async def test_undo_takes_back_what_was_marked_before_it_takes_back_a_step(show: Show) -> None:
    """A wrong text was pointed at: the right one is, and nothing else is lost."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").fill("kept")
        await point(page, "P", "label")
        await page.keyboard.press("Alt+Shift+U")
        await point(page, "P", "#done")

    recording = await show(hands)
    assert [m.text for m in recording.marks] == ["Order 4711 was filed"]
    assert [(a.kind, a.value) for a in recording.acts[1:]] == [("fill", "kept")]


async def test_blank_space_is_no_text_that_proves_anything(show: Show) -> None:
    """A form that is clicked beside its words is not marked; pointing goes on until a text is clicked."""

    async def hands(page: Page) -> None:
        await page.keyboard.press("Alt+Shift+P")
        await page.locator("#blank").click(position={"x": 5, "y": 150})
        await page.locator("#done").click()

    blank = "<form id=blank style='height:200px;width:300px'><label>Other <input></label></form>"
    recording = await show(hands, body=PAGE + blank)
    assert [m.text for m in recording.marks] == ["Order 4711 was filed"]
    assert done(recording) == []


async def test_undo_forgets_the_last_step(show: Show) -> None:
    """A value that was typed is one step, however many keys it took."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").press_sequentially("wrong")
        await page.get_by_role("button", name="Save").click()
        await page.keyboard.press("Alt+Shift+U")
        await page.keyboard.press("Alt+Shift+U")
        await page.get_by_label("Note").fill("right")

    recording = await show(hands)
    assert [(a.kind, a.value) for a in recording.acts[1:]] == [("fill", "right")]


async def test_a_step_is_marked_as_optional(show: Show) -> None:
    """The one that was done last."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").fill("a")
        await page.get_by_role("button", name="Save").click()
        await page.keyboard.press("Alt+Shift+O")

    assert [(a.kind, a.optional) for a in (await show(hands)).acts[1:]] == [("fill", False), ("click", True)]


async def test_a_download_becomes_a_file_output(show: Show) -> None:
    """Of the step that caused it."""
    link = "<a download=report.csv href='data:text/csv,a;b'>Report</a>"

    async def hands(page: Page) -> None:
        async with page.expect_download():
            await page.get_by_role("link", name="Report").click()
        await page.wait_for_timeout(300)
        await page.keyboard.press("Alt+Shift+D")
        await page.keyboard.press("Enter")

    act = (await show(hands, body=PAGE + link)).acts[-1]
    assert (act.kind, act.download, act.output) == ("click", "report.csv", "report")


async def test_the_bars_own_buttons_are_no_steps(show: Show) -> None:
    """Clicked with the mouse, as people do; the field of the page keeps the focus."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").fill("a")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_label("Note").focus()
        await page.mouse.click(*await button(page, "Undo"))
        assert await page.evaluate("document.activeElement.name") == "note"

    recording = await show(hands)
    assert [(a.kind, a.value) for a in recording.acts[1:]] == [("fill", "a")]


async def test_escape_ends_pointing_and_the_page_works_again(show: Show) -> None:
    """Nothing is marked."""

    async def hands(page: Page) -> None:
        await page.keyboard.press("Alt+Shift+P")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Save").click()
        assert await page.title() == "clicked"

    recording = await show(hands)
    assert (recording.marks, done(recording)) == ((), ["click Save"])


async def test_the_bar_stands_above_a_modal_dialog(show: Show) -> None:
    """Which makes everything else on the page inert."""
    modal = "<dialog id=d><h2>Confirm</h2><button>Yes</button></dialog>"

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").fill("a")
        await page.evaluate("d.showModal()")
        await page.wait_for_timeout(300)
        await page.mouse.click(*await button(page, "Undo"))

    assert done(await show(hands, body=PAGE + modal)) == []


async def test_a_strict_content_policy_does_not_keep_the_bar_away(show: Show) -> None:
    """Its style is no inline style."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").fill("a")
        await page.mouse.click(*await button(page, "Undo"))

    policy = {"Content-Security-Policy": "default-src 'none'"}
    assert done(await show(hands, **policy)) == []


async def test_pointing_works_inside_a_frame_of_the_page(show: Show) -> None:
    """The frame's own recorder does not take it for a click."""

    async def hands(page: Page) -> None:
        await page.keyboard.press("Alt+Shift+P")
        await page.frame_locator("iframe").locator("p").click()

    recording = await show(hands, body=PAGE + "<iframe srcdoc='<p>Saved in the frame</p>'></iframe>")
    assert [m.text for m in recording.marks] == ["Saved in the frame"]
    assert done(recording) == []


async def test_stop_ends_a_persons_recording(context: BrowserContext, site: TinySite) -> None:
    """The window may stay open."""
    recording = asyncio.ensure_future(record(context, site.show("/orders", PAGE), until_closed=True, overlay=True))
    page = await context.wait_for_event("page")
    await page.locator("rpa-overlay").wait_for(state="attached")
    await page.get_by_label("Note").fill("a")
    await page.keyboard.press("Alt+Shift+S")
    assert done(await asyncio.wait_for(recording, 20)) == ["fill Note"]
    assert not page.is_closed()


async def test_in_a_lesson_the_bar_says_what_to_do_and_offers_only_what_is_learned(context: BrowserContext, site: TinySite) -> None:
    """What was done before is not the person's to undo, and a mark would be forgotten."""

    async def first(page: Page) -> str:
        await said_in_bar(page, "Please wait")
        await page.get_by_label("Note").fill("before")
        return "Your turn: press Save"

    async def hands(page: Page) -> None:
        await said_in_bar(page, "Your turn: press Save")
        await page.keyboard.press("Alt+Shift+U")
        await point(page, "P", "#done")                           # a click of the person, which proves nothing
        await page.get_by_role("button", name="Save").click()
        await said_in_bar(page, "Clicked the button 'Save'")

    url = site.show("/orders", PAGE)
    recording = await record(context, url, demonstrate=hands, overlay=True, first=first)
    assert done(recording)[0] == "fill Note" and done(recording)[-1] == "click Save"
    assert recording.marks == ()


async def test_the_window_of_a_person_is_no_larger_than_their_screen(browser: Browser, site: TinySite) -> None:
    """The bar lies at its lower edge."""
    async with open_context(browser, viewport=None) as context:
        recording = asyncio.ensure_future(record(context, site.show("/orders", PAGE), until_closed=True, overlay=True))
        page = await context.wait_for_event("page")
        await page.locator("rpa-overlay").wait_for(state="attached")
        room = "[screen.availWidth, screen.availHeight]"
        frame = "[1280 + outerWidth - innerWidth, 900 + outerHeight - innerHeight]"
        wide, high = (min(pair) for pair in zip(await page.evaluate(room), await page.evaluate(frame), strict=True))
        assert await page.evaluate("[outerWidth, outerHeight]") == [wide, high]
        await page.keyboard.press("Alt+Shift+S")
        await asyncio.wait_for(recording, 20)


async def test_a_page_cannot_press_the_bars_buttons(show: Show) -> None:
    """What its scripts dispatch is not trusted."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").fill("a")
        x, y = await button(page, "Undo")
        await page.evaluate(
            """([x, y]) => { const bar = document.querySelector('rpa-overlay');
            for (const type of ['pointerdown', 'mousedown', 'click'])
                bar.dispatchEvent(new MouseEvent(type, {bubbles: true, clientX: x, clientY: y}));
            dispatchEvent(new KeyboardEvent('keydown', {altKey: true, shiftKey: true, code: 'KeyU', key: 'U'})); }""",
            [x, y],
        )
        assert await page.evaluate("document.querySelector('rpa-overlay').shadowRoot") is None

    assert done(await show(hands)) == ["fill Note"]
