"""What follows an act: waited for no longer than needed, and refused where nobody showed it."""

from __future__ import annotations

import json
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


# ---- signals ----


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
    seen = await page.observe({})
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


# ---- the gate ----


def sends(kind: str, number: str, amount: str, path: str = "/save") -> str:
    """A script that sends these two values as a form, in parts, or as JSON."""
    fields = json.dumps({"number": number, "amount": amount})
    body = {
        "form": f"new URLSearchParams({fields})",
        "multipart": f"(() => {{ const d = new FormData();"
        f" for (const [k, v] of Object.entries({fields})) d.append(k, v); return d; }})()",
        "json": f"JSON.stringify({fields})",
        "renamed": f"JSON.stringify({{token: 'x', invoice: {{no: {json.dumps(number)},"
        f" total: {json.dumps(amount)}}}}})",
        "blob": "new Blob([new Uint8Array([1, 2, 3])], {type: 'application/octet-stream'})",
    }[kind]
    head = "{'Content-Type': 'application/json'}" if kind in {"json", "renamed"} else "{}"
    return f"fetch('{path}', {{method: 'POST', headers: {head}, body: {body}}}).then(() => 'sent', () => 'refused')"


@pytest.mark.parametrize(
    ("kind", "number", "amount", "path", "passes"),
    [
        ("form", "RE-7", "1234.50", "/save", True),
        ("multipart", "RE-7", "1.234,50", "/save", True),
        ("json", "RE-7", "1234.5", "/save", True),
        ("renamed", "RE-7", "1234.5", "/save", True),  # a new version of the site may call its fields anew
        ("form", "RE-8", "1234.50", "/save", False),  # another record
        ("form", "RE-7", "1234.51", "/save", False),  # another amount
        ("form", "1234.50", "RE-7", "/save", False),  # exchanged fields
        ("json", "1234.50", "RE-7", "/save", False),
        ("form", "RE-7", "1234.50", "/delete", False),  # another address
        ("blob", "RE-7", "1234.50", "/save", False),  # unreadable
    ],
)
async def test_a_closed_gate_lets_only_what_resembles_the_shown_request_pass(
    live: Live, site: TinySite, kind: str, number: str, amount: str, path: str, passes: bool
) -> None:
    """Same method and address, and every shown field with this run's own value."""
    page = await live("<p>x</p>")
    await page.guard_requests((SAVE,), VALUES)
    answer = await page.page.evaluate(sends(kind, number, amount, path))
    refused = await page.release_requests()
    assert (answer, site.changes()) == (("sent", ["POST /save"]) if passes else ("refused", []))
    assert list(refused) == ([] if passes else [f"POST {{base}}{path}"])


async def test_a_gate_without_anything_expected_refuses_every_change_and_no_read(live: Live, site: TinySite) -> None:
    """While a repair searches, nothing is changed: not by a form, a beacon or another method."""
    page = await live("<form method=post action=/save><button>Save</button></form><a href=/next>Next</a>")
    await page.guard_requests((), {})
    await press(page)
    await page.settle(3)
    assert page.url == site.url + "/form", "the form is still there"
    await page.page.evaluate("navigator.sendBeacon('/beacon', 'x')")
    await page.page.evaluate("fetch('/thing', {method: 'DELETE'}).catch(() => 0)")
    await page.settle(3)
    await press(page, "Next")
    await page.settle(3)
    assert page.url == site.url + "/next"
    assert site.changes() == []
    assert set(await page.release_requests()) >= {"POST {base}/save", "DELETE {base}/thing"}


async def test_a_form_that_is_let_through_may_redirect(live: Live, site: TinySite) -> None:
    """The answer leads on as it does without a gate."""
    site.show("/save", "", status=303, headers={"Location": "/invoices/7"})
    page = await live(
        "<form method=post action=/save><input name=number value=RE-7>"
        "<input name=amount value=1.234,50><button>Save</button></form>"
    )
    await page.guard_requests((SAVE,), VALUES)
    await press(page)
    seen = await page.signals(Expectation(url="{base}/invoices/*", requests=(SAVE,)), values=VALUES, seconds=20)
    assert (seen.url, seen.refused) == ("{base}/invoices/*", ())
    await page.release_requests()
    assert site.changes() == ["POST /save"]


async def test_an_opened_gate_stands_in_nobodys_way(live: Live, site: TinySite) -> None:
    """Opening tells what was refused once, and closing again forgets it."""
    page = await live("<p>x</p>")
    await page.guard_requests((), {})
    await page.page.evaluate("fetch('/a', {method: 'POST'}).catch(() => 0)")
    assert await page.release_requests() == ["POST {base}/a"]
    await page.page.evaluate("fetch('/b', {method: 'POST'})")
    await page.guard_requests((), {})
    assert await page.release_requests() == []
    assert site.changes() == ["POST /b"]
