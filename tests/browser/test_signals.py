"""What follows an act: waited for no longer than needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable

import pytest
from tiny_site import TinySite

from rpa_agent.browser.page import LivePage
from rpa_agent.domain.errors import BrowserGone
from rpa_agent.domain.ports import Action
from rpa_agent.domain.procedure import Expectation, Request

Live = Callable[..., Awaitable[LivePage]]
SAVE = Request(method="POST", path="/save", fields={"number": "number", "amount": "amount"}, status=2)
VALUES = {"number": "RE-7", "amount": "1.234,50"}


async def press(page: LivePage, name: str = "Save") -> None:
    found = next(c for c in (await page.survey()).candidates if c.fingerprint.name == name)
    await page.act(Action(kind="click"), found.ref)


async def test_signals_end_as_soon_as_the_recorded_ones_came(live: Live) -> None:
    """Address, request and words: nothing is waited for after that."""
    page = await live(
        "<form method=post action=/save><input name=number value=RE-7>"
        "<input name=amount value=1234.50><button>Save</button></form>"
    )
    await press(page)
    seen = await page.signals(Expectation(url="{base}/save", requests=(SAVE,)), values=VALUES, seconds=30)
    assert seen.url == "{base}/save"
    assert [(r.method, r.path, r.fields, r.status) for r in seen.requests if r.method == "POST"] == [
        ("POST", "/save", {"number": "number", "amount": "amount"}, 2)
    ]


async def test_signals_that_cannot_come_are_given_up_on_a_page_at_rest(live: Live) -> None:
    """Not the whole time is waited where nothing is on its way."""
    page = await live("<button>Save</button>")
    await press(page)
    began = time.monotonic()
    seen = await page.signals(Expectation(texts=("Saved",)), values={}, seconds=60)
    assert seen.texts == ()
    assert time.monotonic() - began < 30


async def test_an_answer_on_its_way_is_waited_for(live: Live, site: TinySite) -> None:
    """A page at rest with a request unanswered is not at rest."""
    gate = threading.Event()
    site.show("/slow", "{}", after=gate)
    page = await live(
        """<div role=status id=s></div>
<button onclick="fetch('/slow', {method: 'POST'}).then(() => { s.textContent = 'Saved' })">Save</button>"""
    )
    await press(page)
    threading.Timer(1.5, gate.set).start()
    seen = await page.signals(Expectation(texts=("Saved",)), values={}, seconds=30)
    assert "Saved" in seen.texts


async def test_two_requests_to_one_address_are_two_and_both_answered(live: Live, site: TinySite) -> None:
    """A change that left twice is told twice, and nothing stays pending for ever."""
    page = await live(
        "<button onclick=\"for (const n of [1, 2]) fetch('/save', {method: 'POST', body: 'n'})\">Save</button>"
    )
    await press(page)
    await page.signals(Expectation(requests=(Request(method="POST", path="/save"),)), values={}, seconds=20)
    await page.settle(20)
    seen = await page.signals(Expectation(), values={}, seconds=0)
    assert [(r.method, r.path, r.status) for r in seen.requests] == [("POST", "/save", 2)] * 2
    assert site.changes() == ["POST /save"] * 2


async def test_a_page_that_was_closed_is_a_browser_that_is_gone(live: Live) -> None:
    """It is told so, at whatever door."""
    page = await live("<button>Save</button>")
    await page.page.close()
    with pytest.raises(BrowserGone):
        await page.survey()
    with pytest.raises(BrowserGone):
        await page.settle(5)


async def test_visible_text_is_found_in_frames_and_shadow_roots_whatever_its_typography(live: Live) -> None:
    """Quotes, dashes, ellipses and spaces differ; hidden text does not count."""
    page = await live("""<p>Invoice “RE-7” – filed …</p><p style="display:none">Paid</p>
<iframe srcdoc="<p>In a frame</p>"></iframe><div id=h></div>
<script>h.attachShadow({mode:'open'}).innerHTML = '<p>In a shadow</p>'</script>""")
    await page.settle(3)
    for text in ("Invoice 'RE-7' - filed ...", 'Invoice "{{ n }}" — filed …', "in a frame", "In a  shadow"):
        assert await page.visible(text, values={"n": "RE-7"}, seconds=0) is not None, text
    for text in ("Paid", "Invoice {{ n }} was lost"):
        assert await page.visible(text, values={"n": "RE-7"}, seconds=0) is None, text
