"""Ways out of a browser that people forget: pings, reports, what is put off or fetched ahead, what is no TCP."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from tiny_site import TinySite
from waiting import until

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.domain.hosts import entry_of
from rpa_agent.domain.procedure import Expectation, Request, Step
from rpa_agent.run.warden import Warden

if TYPE_CHECKING:
    from playwright.async_api import Browser

Live = Callable[..., Awaitable[LivePage]]
PAY = Request(method="GET", path="/pay/*", status=2)
LINK = Step(id="s2", kind="click", effect="commit", commit="pay", expect=Expectation(requests=(PAY,), url="{base}/pay/*"))

CHANGES = {
    "ping": "document.links[0].click()",
    "putoff": "fetchLater('/putoff', {method: 'POST', body: 'x', activateAfter: 0})",
    "report": "document.body.append(Object.assign(new Image(), {src: '/forbidden.png'}))",
    "nowhere": "add(`<iframe srcdoc='<form method=post action=${origin}/nowhere></form>"
    "<script>document.forms[0].submit()</scr` + `ipt>'></iframe>`)",
    "orphan": "void window.open(URL.createObjectURL(new Blob([`<script>fetch('${origin}/orphan', {method: 'POST',"
    " mode: 'no-cors', body: 'x'})</scr` + `ipt>`], {type: 'text/html'})), '_blank', 'noopener')",
    "stood": "(() => { const x = new XMLHttpRequest(); x.open('POST', '/stood', false); try { x.send('x') } catch {} })()",
}
READS = {
    "picture": "add('<img src=/pay/picture>')",
    "script": "document.body.append(Object.assign(document.createElement('script'), {src: '/pay/script'}))",
    "style": "add('<link rel=stylesheet href=/pay/style>')",
    "ahead": "add('<link rel=prefetch href=/pay/ahead>')",
    "film": "add('<video src=/pay/film></video>')",
    "events": "void new EventSource('/pay/events')",
    "module": "void import('/pay/module').catch(() => 0)",
    "frame": "add('<iframe src=/pay/frame></iframe>')",
}
ADD = "<script>function add(html) { document.body.insertAdjacentHTML('beforeend', html) }</script>"


async def test_what_no_script_waits_for_is_held_while_nothing_is_proven(live: Live, site: TinySite) -> None:
    """None of these is a form or a call that a page could know the end of."""
    page = await live("<p>x</p>")
    policy = {"Content-Security-Policy": "img-src 'none'; report-uri /report"}
    await page.page.goto(site.show("/form", ADD + "<a href=#x ping=/ping>Go</a>", headers=policy))
    warden = Warden(page, (), "learned", {})
    await warden.stand()
    await warden.close(())
    for way in CHANGES.values():
        await page.page.evaluate(f"() => {{ {way} }}")
    await until(lambda: {*warden.refused} == {f"POST {{base}}/{name}" for name in CHANGES}, page)
    assert site.changes() == []


async def test_an_address_that_is_a_commit_is_asked_for_by_nothing_before_it_is_due(live: Live, site: TinySite) -> None:
    """Not as a picture, not as a script, not ahead of time; other addresses are."""
    page = await live(ADD)
    warden = Warden(page, (LINK,), "learned", {})
    await warden.stand()
    for way in READS.values():
        await page.page.evaluate(f"() => {{ {way} }}")
    await page.page.evaluate("() => add('<img src=/logo.png>')")
    await until(lambda: len(warden.refused) >= len(READS) and "GET /logo.png" in site.asked, page)
    assert [a for a in site.asked if "/pay" in a] == []


async def test_nothing_leaves_but_by_the_way_out(browser: Browser, site: TinySite) -> None:
    """What is no TCP would pass it by: calls between browsers, and HTTP/3."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.setblocking(False)
        async with open_context(browser, allowed=[entry_of(site.url), f"127.0.0.1:{heard.getsockname()[1]}"]) as context:
            page = await context.new_page()
            await page.goto(site.show("/form", "<p>x</p>"))
            port = heard.getsockname()[1]
            await page.evaluate(CALL, port)
            assert await page.evaluate(THIRD, port) == "refused"
        with suppress(BlockingIOError):
            assert heard.recv(2000) == b""


CALL = """port => new Promise(async done => {
    const call = new RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:${port}`}]})
    call.onicegatheringstatechange = () => call.iceGatheringState === 'complete' && done()
    call.createDataChannel('x')
    await call.setLocalDescription(await call.createOffer()) })"""
THIRD = "port => new WebTransport(`https://127.0.0.1:${port}/x`).ready.then(() => 'open', () => 'refused')"
