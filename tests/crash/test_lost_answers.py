"""A site that takes what is sent and hangs up: Chromium would send it again by itself, and the site would have it twice."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rpa_agent.browser.outbound.hosts import hosts_of
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.domain.gate import Change, Decision, Pass
from rpa_agent.domain.hosts import entry_of

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n"
PAGE = b"<form method=post action=/save><input name=n><button>Save</button></form>"
SEVERAL = "Promise.all([1, 2, 3, 4, 5, 6].map(n => fetch('/x' + n).then(a => a.text())))"
FETCHED = "n => fetch('/save', {method: 'POST', body: 'n=' + n}).then(() => 'answered', () => 'failed')"
TIMES = 12


class NoSecrets:
    def names(self) -> list[str]:
        return []

    def reveal(self, name: str) -> str:
        raise KeyError(name)


class Forgetful:
    """Answers every GET, and no POST: it keeps what was sent, and hangs up in one of two ways."""

    def __init__(self) -> None:
        self.kept: Counter[str] = Counter()
        self._dice = random.Random(7)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"POST"):
                    length = next(int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:"))
                    self.kept[(await reader.readexactly(length)).decode()] += 1
                    if self._dice.random() < 0.5:
                        writer.transport.abort()
                    break
                writer.write(HEAD % len(PAGE) + b"\r\n" + PAGE)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def alone(change: Change) -> Decision:
    return Pass(alone=True)


async def used_normally(change: Change) -> Decision:
    return Pass()


def certificate(folder: Path) -> ssl.SSLContext:
    """Return what a server needs to be spoken to in secret; nobody vouches for it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "site.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@asynccontextmanager
async def opened(
    browser: Browser, site: Forgetful, gate: Callable[[Change], Awaitable[Decision]], secret: ssl.SSLContext | None = None
) -> AsyncIterator[Page]:
    """Open the site behind a gate."""
    async with await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=secret) as server:
        url = f"{'https' if secret else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with open_context(browser, allowed=[entry_of(url)]) as context:
            page = await context.new_page()
            await (await context.new_cdp_session(page)).send("Security.setIgnoreCertificateErrors", {"ignore": True})
            at_hand = await LivePage.open(page, base=url, secrets=NoSecrets())
            await at_hand.ask_before_sending(gate, reads=(), values={})
            await page.goto(url + "/form")
            yield page


async def submit(page: Page, n: str) -> str:
    """Send the form as a person does, and come back to it."""
    await page.fill("input", n)
    async with page.expect_event("requestfailed", lambda r: r.method == "POST"):
        await page.click("button", no_wait_after=True)
    await page.wait_for_url("chrome-error://**")
    return "failed"


@pytest.mark.parametrize("how", ["fetch", "form", "fetch in secret", "form in secret"])
async def test_what_was_sent_and_not_answered_is_there_once(browser: Browser, how: str, tmp_path: Path) -> None:
    """However many used and unused connections the browser has open, and in whatever way the site hangs up."""
    site = Forgetful()
    async with opened(browser, site, alone, certificate(tmp_path) if "secret" in how else None) as page:
        url = page.url
        for n in range(TIMES if "fetch" in how else TIMES // 3):
            await page.goto(url)
            await page.evaluate(SEVERAL)
            assert await (page.evaluate(FETCHED, str(n)) if "fetch" in how else submit(page, str(n))) == "failed"
    assert len(site.kept) == n + 1
    assert set(site.kept.values()) == {1}


async def test_the_browser_sends_it_again_where_nobody_minds(browser: Browser) -> None:
    """So the test above is about something."""
    site = Forgetful()
    async with opened(browser, site, used_normally) as page:
        await page.evaluate(SEVERAL)
        await page.evaluate(FETCHED, "1")
    assert site.kept["n=1"] > 1


async def test_a_request_that_was_given_up_with_its_page_bars_nothing(browser: Browser) -> None:
    """Nobody hears of it again; the site is reached as before, also when its connection ends."""
    site = Forgetful()
    hanging, let_go = asyncio.Event(), asyncio.Event()

    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (await reader.readuntil(b"\r\n\r\n")).startswith(b"POST"):
            hanging.set()
            await let_go.wait()
            writer.close()
            return
        writer.write(HEAD % len(PAGE) + b"Connection: close\r\n\r\n" + PAGE)
        writer.close()

    site.serve = hangs  # type: ignore[method-assign]
    async with opened(browser, site, alone) as page:
        url = page.url
        await page.evaluate(f"void ({FETCHED})('1')")
        await hanging.wait()
        await page.goto(url)
        let_go.set()
        for _ in range(3):
            assert len(await page.evaluate(SEVERAL)) == 6
        hosts = hosts_of(page.context)
        assert hosts is not None
        assert not hosts.unanswered.bars(("127.0.0.1", int(url.split(":")[2].split("/")[0])))
