"""Where a run's browser can reach: allowed hosts, by no path any other, and nobody once this process is gone."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from showing import Known
from tiny_site import TinySite

from rpa_agent.browser.outbound.hosts import Hosts, hosts_of
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.domain.errors import SiteUnreachable
from rpa_agent.domain.gate import Change, Decision, Pass
from rpa_agent.domain.hosts import entry_of
from rpa_agent.domain.ports import Action

if TYPE_CHECKING:
    from playwright.async_api import Browser

Opened = Callable[..., Awaitable[LivePage]]


@pytest.fixture(scope="module")
def _elsewhere() -> Iterator[TinySite]:
    with TinySite() as site:
        yield site


@pytest.fixture
def elsewhere(_elsewhere: TinySite) -> TinySite:
    """A second site, which no workflow allows."""
    _elsewhere.clear()
    return _elsewhere


@pytest.fixture
async def opened(browser: Browser, site: TinySite) -> AsyncIterator[Opened]:
    """Open a page's body in a context that reaches the site and nothing else."""
    async with open_context(browser, allowed=[entry_of(site.url)]) as context:
        page = await context.new_page()

        async def show(body: str = "<p>x</p>") -> LivePage:
            at_hand = await LivePage.open(page, base=site.url, secrets=Known({}))
            await page.goto(site.show("/form", body))
            return at_hand

        yield show


PATHS = {
    "navigation": "location.href = 'THERE/x'",
    "fetch": "fetch('THERE/x').catch(() => 0)",
    "fetch without an answer": "fetch('THERE/x', {method: 'POST', mode: 'no-cors', keepalive: true}).catch(() => 0)",
    "beacon": "navigator.sendBeacon('THERE/x', 'x')",
    "redirect with its body": "fetch('/moved', {method: 'POST', body: 'x'}).catch(() => 0)",
    "redirect of a form": "form('/moved', '')",
    "form": "form('THERE/x', '')",
    "form into a new tab": "form('THERE/x', '_blank')",
    "popup": "void window.open('THERE/x')",
    "frame": "document.body.insertAdjacentHTML('beforeend', '<iframe src=THERE/x></iframe>')",
    "picture": "void (new Image().src = 'THERE/x')",
    "worker": "void new Worker(URL.createObjectURL(new Blob(['fetch(`THERE/x`, {method: `POST`, body: `x`})'])))",
    "shared worker": "void new SharedWorker(URL.createObjectURL(new Blob(['fetch(`THERE/x`)'])))",
    "web socket": "void new WebSocket('THERE/x'.replace('http', 'ws'))",
    "events": "void new EventSource('THERE/x')",
    "hint": "document.head.insertAdjacentHTML('beforeend', '<link rel=prefetch href=THERE/x>')",
    "download": "document.body.insertAdjacentHTML('beforeend', '<a id=d download href=THERE/x></a>'), d.click()",
}
FORM = """<script>function form(action, target) {
  document.body.insertAdjacentHTML('beforeend',
    `<form id=f method=post action="${action}" target="${target}"><input name=a value=1></form>`)
  document.getElementById('f').submit() }</script>"""


async def refused_by(page: LivePage) -> list[str]:
    """Return what was refused, once something was."""
    for _ in range(200):
        if refused := page.refused_hosts():
            return refused
        await page.visible("\x00", values={}, seconds=0.05)
    return []


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_of_a_browser_leads_to_a_host_that_is_not_allowed(
    opened: Opened, site: TinySite, elsewhere: TinySite, path: str
) -> None:
    """Nothing arrives there, and the host is told."""
    site.show("/moved", "", status=307, headers={"Location": elsewhere.url + "/x"})
    page = await opened(FORM)
    await page.page.evaluate("setTimeout(() => {" + PATHS[path].replace("THERE", elsewhere.url) + "}, 0)")
    assert await refused_by(page) == [elsewhere.host]
    assert elsewhere.asked == []


async def test_the_allowed_host_is_reached_by_pages_and_by_questions_beside_them(
    opened: Opened, site: TinySite
) -> None:
    """The way out stands in nobody's way who may pass."""
    page = await opened("<script src=/s.js></script>")
    site.show("/answer", "42")
    assert await page.page.evaluate("fetch('/answer').then(a => a.text())") == "42"
    assert await page.get("/answer") == (200, "42")
    assert page.refused_hosts() == []


async def test_a_page_that_is_not_allowed_is_an_error_that_says_so(opened: Opened, elsewhere: TinySite) -> None:
    """What to do stands in the message."""
    page = await opened()
    with pytest.raises(SiteUnreachable, match="`allow:`"):
        await page.act(Action(kind="goto", value=elsewhere.url + "/x"), None)


async def still_waits() -> bool:
    return True


async def test_hosts_that_are_allowed_for_a_while_are_reached_only_then(opened: Opened, elsewhere: TinySite) -> None:
    """A login page may be on another host than the work."""
    page = await opened()
    hosts = hosts_of(page.page.context)
    assert hosts is not None
    there = f"fetch('{elsewhere.url}/x', {{mode: 'no-cors'}}).then(() => 'reached', () => 'refused')"
    assert await page.page.evaluate(there) == "refused"
    with hosts.allow_for_now([elsewhere.host]):
        assert await page.page.evaluate(there) == "reached"
    hosts.alone("of a commit", elsewhere.url, still_waits)  # what was connected meanwhile is not used again
    assert await page.page.evaluate(there.replace("/x", "/y")) == "refused"


async def test_nothing_leaves_while_it_is_held_and_all_of_it_afterwards(opened: Opened, site: TinySite) -> None:
    """A request that is let go by mistake meanwhile stays here."""
    page = await opened()
    hosts = hosts_of(page.page.context)
    assert hosts is not None
    hosts.hold()
    answer = asyncio.ensure_future(
        page.page.evaluate("fetch('/save', {method: 'POST', body: 'x'}).then(a => a.status)")
    )
    await asyncio.wait([answer], timeout=0.3)
    assert (site.changes(), answer.done()) == ([], False)
    hosts.release()
    assert await answer == 200
    assert site.changes() == ["POST /save"]


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x04\x01\x00\x50\x7f\x00\x00\x01user\x00",
        b"\x05\x01\x00\x05\x03\x00\x01\x7f\x00\x00\x01\x00\x50",  # UDP
        b"\x05\x01\x00\x05\x01\x00\x07\x7f\x00\x00\x01\x00\x50",  # no kind of address
        b"\x05\xff" + b"\x00" * 700,
        b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50",  # a host that is not allowed
    ],
)
async def test_whoever_does_not_speak_as_a_browser_does_is_hung_up_on(said: bytes) -> None:
    """Nothing is opened for them."""
    async with Hosts.open(["shop.example"]) as hosts:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(hosts.proxy.rpartition(":")[2]))
        writer.write(said)
        async with asyncio.timeout(5):
            try:
                answer = await reader.read(1000)
                while more := await reader.read(1000):
                    answer += more
            except ConnectionError:
                answer = b""
        assert answer in (b"", b"\x05\x00", b"\x05\x00\x05\x02\x00\x01" + b"\x00" * 6)
        writer.close()


async def test_a_page_whose_context_is_closed_is_kept_by_nobody(browser: Browser, site: TinySite) -> None:
    """A service opens a context for every run: what one of them leaves behind, a thousand leave a thousand times."""

    class Asked:
        async def authorize(self, change: Change) -> Decision:
            return Pass()

    async def opened_once() -> list[weakref.ref[object]]:
        async with open_context(browser, allowed=[entry_of(site.url)]) as context:
            page, asked = await LivePage.open(await context.new_page(), base=site.url, secrets=Known({})), Asked()
            await page.ask_before_sending(asked.authorize, reads=(), values={})
            return [weakref.ref(page), weakref.ref(asked)]

    kept = [one for _ in range(3) for one in await opened_once()]
    gc.collect()
    # the last one's frame may still be on its way out
    assert [one() for one in kept[:-2]] == [None] * 4
