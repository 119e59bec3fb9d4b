"""What pages send on WebSockets: told where it may pass, and cut before it leaves where only what was shown may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from showing import Journal, Known, replay, show, unwell
from socket_site import SocketSite, own_seal

from rpa_agent.browser.outbound.hosts import Hosts, leading
from rpa_agent.browser.outbound.talk import Talk, offered
from rpa_agent.browser.page import LivePage
from rpa_agent.domain.plan import Mode
from rpa_agent.domain.procedure import Expectation, Request, Step
from rpa_agent.run.warden import Warden

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

SAVE = Request(method="POST", path="/save", status=2)
COMMIT = Step(id="s1", kind="click", effect="commit", commit="save", expect=Expectation(requests=(SAVE,)))
RELEASE = b"""<label>Amount <input></label> <button type=button onclick="say()">Release</button> <p role=status></p>
<script>
const w = new WebSocket(location.origin.replace('http', 'ws') + '/live')
function say() {
  w.send('pay ' + document.querySelector('input').value)
}
w.onmessage = () => document.querySelector('[role=status]').textContent = 'Released'
</script>"""
BY_SOCKET = Step(id="s1", kind="click", effect="commit", commit="save")


class Opened:
    """A page of a site with sockets, behind a way out and a gate."""

    def __init__(self, site: SocketSite, page: LivePage) -> None:
        self.site, self.page = site, page

    async def guard(self, *steps: Step, mode: Mode = "learned") -> Warden:
        warden = Warden(self.page, steps, mode, {})
        await warden.stand()
        return warden

    async def connect(self) -> None:
        """Have the page open a socket."""
        await self.page.page.evaluate(
            """() => new Promise(done => { w = new WebSocket(location.origin.replace('http', 'ws') + '/live?token=x');
               w.onclose = () => document.title = 'cut'; w.onopen = done })"""
        )

    async def say(self, text: str) -> None:
        await self.page.page.evaluate("t => { document.title = ''; w.send(t) }", text)

    async def until(self, reached: Callable[[], bool]) -> None:
        for _ in range(200):
            if reached():
                return
            await self.page.visible("\x00", values={}, seconds=0.05)
        raise AssertionError(f"it did not come to that: {self.site.heard}")

    async def is_cut(self) -> None:
        await self.page.page.wait_for_function("document.title == 'cut'")


@pytest.fixture(params=["open", "sealed"])
async def opened(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> AsyncIterator[Opened]:
    """The same for ws:// and wss://."""
    sealed = request.param == "sealed"
    async with SocketSite.serve(own_seal(tmp_path) if sealed else None) as site, Hosts.open([site.host]) as hosts:
        context = await browser.new_context(proxy={"server": hosts.proxy}, ignore_https_errors=True)
        with leading(hosts, context):
            base = f"{'https' if sealed else 'http'}://{site.host}"
            page = await LivePage.open(await context.new_page(), base=base, secrets=Known({}))
            await page.page.goto(base + "/form")
            yield Opened(site, page)
            await context.close()


def told(opened: Opened) -> str:
    """The address of a sealed socket is not seen."""
    return "SOCKET {base}/" + ("live" if opened.page.base.startswith("http:") else "")


async def test_on_healthy_steps_a_socket_passes_and_is_told_once(opened: Opened) -> None:
    """Whatever it says, and however often."""
    warden = await opened.guard()
    await opened.connect()
    for text in ("hello", "x" * 70_000, "bye"):
        await opened.say(text)
    await opened.until(lambda: len(opened.site.heard) == 3)
    assert opened.site.heard == ["hello", "x" * 70_000, "bye"]
    assert (warden.unknown, warden.refused) == ([told(opened)], [])


@pytest.mark.parametrize("mode", ["learned", "strict", "read_only"])
async def test_where_only_what_was_shown_may_leave_a_socket_is_cut_before_its_message_does(
    opened: Opened, mode: Mode
) -> None:
    """It may listen, as long as the page says nothing; plain requests go on."""
    await opened.connect()
    await opened.say("before anybody stands there")
    await opened.until(lambda: bool(opened.site.heard))
    warden = await opened.guard(mode=mode)
    if mode == "learned":
        await warden.close(())
    await opened.say("pay 1")
    await opened.is_cut()
    await opened.connect()
    await opened.say("pay 2")
    await opened.is_cut()
    assert await opened.page.page.evaluate("fetch('/read').then(a => a.status)") == 200
    assert opened.site.heard == ["before anybody stands there"]
    assert (warden.refused, warden.unknown) == ([told(opened)], [])


async def test_beside_a_commit_with_requests_of_its_own_nothing_leaves_on_a_socket(opened: Opened) -> None:
    """Until it is over: then the page opens a socket again."""
    warden = await opened.guard(COMMIT)
    await opened.connect()
    journal = Journal({"K": "armed"})
    await warden.arm(COMMIT, "K", journal)
    await opened.say("pay")
    await opened.is_cut()
    assert await opened.page.page.evaluate("fetch('/save', {method: 'POST', body: 'x'}).then(a => a.status)") == 200
    warden.disarm()
    await opened.connect()
    await opened.say("and on")
    await opened.until(lambda: bool(opened.site.heard))
    assert (opened.site.heard, opened.site.asked.count("POST /save")) == (["and on"], 1)
    assert (warden.refused, journal.states) == ([told(opened)], {"K": "sent"})


async def test_a_commit_that_is_a_message_on_a_socket_may_leave(opened: Opened) -> None:
    """Nothing else of it was seen; it is journaled before its act."""
    warden = await opened.guard(BY_SOCKET)
    await opened.connect()
    await warden.arm(BY_SOCKET, "K", Journal({"K": "armed"}))
    await opened.say("pay")
    await opened.until(lambda: bool(opened.site.heard))
    assert (opened.site.heard, warden.refused) == (["pay"], [])


async def test_what_a_browser_says_by_itself_on_an_open_socket_is_no_message(opened: Opened) -> None:
    """So a socket that only listens stays. Of a sealed one nobody can tell that: it is cut."""
    warden = await opened.guard()
    await opened.connect()
    await warden.close(())
    await opened.site.ping()
    if opened.page.base.startswith("https:"):
        await opened.is_cut()
        return
    await opened.until(lambda: bool(opened.site.heard))
    assert (opened.site.heard, warden.refused) == (["(pong)"], [])


# ---- a commit that is a message ----


class Releasing:
    """Types an amount and releases it, on a page that says so on its socket and nowhere else."""

    PAGE = "/form"

    @staticmethod
    async def demonstrate(page: Page) -> None:
        await page.get_by_label("Amount").fill("12")
        await page.get_by_role("button", name="Release").click()
        await page.get_by_role("status").filter(has_text="Released").wait_for()


async def test_a_commit_that_is_only_said_on_a_socket_is_known_as_one(browser: Browser) -> None:
    """It is journaled like any other; where only what was shown may leave, nothing of it does, and a person is told."""
    async with SocketSite.serve() as site:
        site.page, site.answer = RELEASE, b"done"
        shown = await show(browser, f"http://{site.host}", Releasing)
        (commit,) = shown.built.procedure.commits()
        assert (commit.expect.socket, commit.reason) == ("{base}/live", "sends a message on a WebSocket (/live)")
        done = await replay(browser, shown, {"amount": "13"})
        assert (unwell(done), done.sent, [c.state for c in done.commits]) == ([], "sent", ["confirmed"])
        for mode in ("strict", "read_only"):
            done = await replay(browser, shown, {"amount": "14"}, gate=mode)
            assert (done.outcome, done.sent, done.commits) == ("needs_person", "nothing", ())
            assert "is a message on a WebSocket" in done.stopped
        assert [said for said in site.heard if said != "(close)"] == ["pay 12", "pay 13"]


# ---- what bytes tell ----


def test_frames_are_told_apart_wherever_they_are_cut() -> None:
    """A message is told when any part of it passes, and a pong never."""
    start = b"GET /live HTTP/1.1\r\nHost: x\r\nUPGRADE: WebSocket\r\n\r\n"
    pong, message = b"\x8a\x82abcd12", b"\x81\xfe\x01\x00abcd" + b"y" * 256
    stream = pong + message + pong
    for size in (1, 3, 7, 1000):
        talk = Talk()
        assert not any(talk.said(start[i : i + size]) for i in range(0, len(start), size))
        talk.answered()
        pieces = [talk.said(stream[i : i + size]) for i in range(0, len(stream), size)]
        assert any(pieces)
        assert (talk.path, talk.open) == ("/live", True)
        if size < 7:
            assert not any(pieces[: len(pong) // size])
            assert not pieces[-1]


@pytest.mark.parametrize(
    "start",
    [
        b"POST /x HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"x" * 80_000,
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
        b"\x16\x03\x01\x00\x40" + b"\xff" * 64,
        b"\x00\x01",
    ],
)
def test_what_is_no_socket_is_known_at_its_first_words(start: bytes) -> None:
    """Whatever comes later."""
    talk = Talk()
    assert not talk.said(start)
    talk.answered()
    assert not talk.said(b"\x17\x03\x03\x01\x00" + b"x" * 256)
    assert not talk.may_be_socket


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_a_greeting_that_is_cut_short_offers_nothing(cut: int) -> None:
    """Nothing is read where nothing is."""
    protocols = b"\x00\x10\x00\x0b\x00\x09\x08http/1.1"
    hello = b"\x16\x03\x01\x00\x50\x01\x00\x00\x4c\x03\x03" + b"r" * 32 + b"\x00\x00\x02\x13\x01\x01\x00"
    whole = hello + len(protocols).to_bytes(2, "big") + protocols
    assert offered(whole) == [b"http/1.1"]
    assert offered(whole[: min(cut, len(hello))]) == []
