"""Pointing and paging in frames that the page's own bar cannot reach: of another origin, of another site, one in the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
from showing import Shown, replay, unwell
from tiny_site import TinySite

from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import find_browser, open_browser, open_context
from rpa_agent.build import build_procedure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser, FrameLocator, Page

    from rpa_agent.domain.recording import Recording

CARD = """<!doctype html><title>Card</title><h2>Account</h2><dl><dt>Balance<dd id=balance>1.204,50</dl>
<p id=done>Order 4711 was filed</p><p id=no>This order already exists</p><label>Note <input></label>
<button type=button onclick="document.title='pressed'">Save</button>"""


@pytest.fixture(scope="session")
async def isolating() -> AsyncIterator[Browser]:
    """A browser that gives every site a process of its own, as desktop browsers do."""
    async with open_browser(find_browser(), args=("--site-per-process",)) as browser:
        yield browser


@pytest.fixture(scope="session")
def _other() -> Iterator[TinySite]:
    with TinySite() as site:
        yield site


@pytest.fixture
def other(_other: TinySite) -> TinySite:
    """A second site, on another port."""
    _other.clear()
    return _other


def nested(site: TinySite, other: TinySite, inner: str, *, body: str = "") -> str:
    """Show a page of one site that frames another site, which frames ``inner`` of the first again."""
    site.show("/inner", inner)
    shop = other.show(
        "/shop", f"<!doctype html><h1>Shop</h1><iframe name=inner src={site.url}/inner width=600 height=420></iframe>"
    )
    framed = f"<iframe name=shop src={shop.replace('127.0.0.1', 'localhost')} width=700 height=600></iframe>"
    return site.show("/", f"<!doctype html><title>Desk</title><h1>Desk</h1>{body}{framed}")


def inmost(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[name=shop]").frame_locator("iframe[name=inner]")


async def point(page: Page, key: str, at: str, name: str = "") -> None:
    """Choose what to point at, wait until the frame has heard of it, point, and name it in the page's bar."""
    await page.keyboard.press(f"Alt+Shift+{key}")
    inside = inmost(page)
    await inside.locator("rpa-overlay").wait_for(state="attached")
    await page.wait_for_timeout(150)  # the frame is told by way of the recorder, which a hand does not outrun
    await inside.locator(at).first.click()
    if name:
        await page.wait_for_function("document.activeElement.tagName === 'RPA-OVERLAY'")
        await page.keyboard.press("Control+A")
        await page.keyboard.type(name)
        await page.keyboard.press("Enter")
        await page.wait_for_timeout(150)


async def shown_in(browser: Browser, url: str, hands: Callable[[Page], Awaitable[None]]) -> Recording:
    async with open_context(browser) as context:
        return await record(context, url, demonstrate=hands, overlay=True)


def built(recording: Recording) -> Shown:
    return Shown(recording, build_procedure(recording, name="point", task="Point at it", site="desk", salt="salt"))


async def test_success_refusal_and_value_are_pointed_at_in_a_frame_within_another_sites_frame(
    isolating: Browser, site: TinySite, other: TinySite
) -> None:
    """None of the clicks is a step, the frame's own script hears none, and the value is read there by a run."""

    async def hands(page: Page) -> None:
        await point(page, "V", "#balance", "balance")
        await point(page, "X", "#no", "duplicate")
        await point(page, "P", "#done")
        await inmost(page).get_by_label("Note").fill("all right")

    recording = await shown_in(isolating, nested(site, other, CARD, body="<dl><dt>Balance<dd>0,00</dl>"), hands)
    assert [(m.kind, m.text, m.name) for m in recording.marks] == [
        ("exception", "This order already exists", "duplicate"),
        ("success", "Order 4711 was filed", ""),
    ]
    assert [(a.kind, a.value) for a in recording.acts[1:]] == [("read", "1.204,50"), ("fill", "all right")]
    assert recording.acts[1].element and recording.acts[1].element.frames == ("shop", "inner")
    nested(site, other, CARD.replace("1.204,50", "77,25"), body="<dl><dt>Balance<dd>0,00</dl>")
    done = await replay(isolating, built(recording), {})
    assert (unwell(done), done.outputs["balance"]) == ([], "77.25")


async def test_keys_pressed_while_the_frame_has_the_focus_reach_the_bar(
    isolating: Browser, site: TinySite, other: TinySite
) -> None:
    """Undo, optional, and Escape, after which the frame's own button works again."""

    async def hands(page: Page) -> None:
        inside = inmost(page)
        await inside.get_by_label("Note").fill("wrong")
        await page.keyboard.press("Alt+Shift+U")
        await page.keyboard.press("Alt+Shift+P")
        await inside.locator("rpa-overlay").wait_for(state="attached")
        await page.wait_for_timeout(150)
        await inside.get_by_label("Note").press("Escape")
        await page.wait_for_timeout(150)
        await inside.get_by_role("button", name="Save").click()
        await page.keyboard.press("Alt+Shift+O")

    recording = await shown_in(isolating, nested(site, other, CARD), hands)
    assert recording.marks == ()
    assert [(a.kind, a.optional) for a in recording.acts[1:]] == [("click", True)]


@pytest.mark.parametrize("paging", ["link", "script", "scroll"])
async def test_a_table_in_such_a_frame_is_read_to_its_end(
    isolating: Browser, site: TinySite, other: TinySite, paging: str
) -> None:
    """By the control of the frame's own list, whether it loads a page or draws one, and by scrolling the frame."""

    def serve(numbers: list[str]) -> str:
        rows = "".join(f"<tr><td>{n}<td>{n}0,00" for n in numbers)
        table = "<!doctype html><h2>Orders</h2><table><thead><tr><th>Number<th>Net</thead><tbody>{}</table>"
        if paging == "link":
            site.show(
                "/inner2", table.format(rows) + "<nav class=pagination><span aria-disabled=true>Next</span></nav>"
            )
            return nested(
                site,
                other,
                table.format("<tr><td>1<td>10,00<tr><td>2<td>20,00")
                + "<nav class=pagination><a href=/inner2>Next</a></nav>",
            )
        more = f"document.querySelector('tbody').insertAdjacentHTML('beforeend', `{rows}`)"
        if paging == "script":
            draw = f"this.disabled = true; {more}"
            return nested(
                site,
                other,
                table.format("<tr><td>1<td>10,00<tr><td>2<td>20,00") + f'<button onclick="{draw}">Load more</button>',
            )
        once = f"onscroll = () => {{ onscroll = null; {more} }}"
        tall = "<style>td {height: 300px}</style>"
        return nested(
            site, other, tall + table.format("<tr><td>1<td>10,00<tr><td>2<td>20,00") + f"<script>{once}</script>"
        )

    async def hands(page: Page) -> None:
        await point(page, "T", "td", "orders")

    shown = built(await shown_in(isolating, serve(["3", "4"]), hands))
    assert shown.built.workflow.outputs["orders"].columns is not None
    serve(["5", "6", "7"])
    done = await replay(isolating, shown, {})
    assert unwell(done) == []
    assert [r["number"] for r in done.outputs["orders"]] == ["1", "2", "5", "6", "7"]


async def test_a_record_on_a_later_page_of_such_a_frame_is_found_there(
    isolating: Browser, site: TinySite, other: TinySite
) -> None:
    """Its row is looked for page by page in the frame's list, not in the list of the page around it."""

    def orders(numbers: range, more: str) -> str:
        rows = "".join(
            f"<tr><td>PO-{n}<td>Firm {n}<td><form method=post action=/approve/{n}><button>Approve</button></form>"
            for n in numbers
        )
        table = f"<table><thead><tr><th>Number<th>Supplier<th>Action</thead><tbody>{rows}</table>"
        return f"<!doctype html><h2>Orders</h2>{table}<nav class=pagination>{more}</nav>"

    news = "".join(f"<tr><td>N-{n}<td>News {n}<td><button>Read</button>" for n in range(9))
    around = f"<table><thead><tr><th>No<th>Subject<th>Do</thead><tbody>{news}</table><nav class=pagination><a href=/>Next</a></nav>"
    site.show("/inner2", orders(range(50004, 50007), "<span aria-disabled=true>Next</span>"))

    async def hands(page: Page) -> None:
        await inmost(page).get_by_role("row", name="PO-50002").get_by_role("button").click()
        await page.wait_for_timeout(100)

    start = nested(site, other, orders(range(50001, 50004), "<a href=/inner2>Next</a>"), body=around)
    shown = built(await shown_in(isolating, start, hands))
    assert list(shown.built.workflow.params) == ["number"]
    site.sent.clear()
    done = await replay(isolating, shown, {"number": "PO-50005"})
    assert unwell(done) == []
    assert site.changes() == ["POST /approve/50005"]
