"""The proxy of a company's network: asked for what is allowed, told apart when it refuses, never asked for this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rpa_agent.browser.outbound.hosts import Hosts
from rpa_agent.browser.outbound.upstream import Upstream
from rpa_agent.domain.errors import SettingsInvalid
from rpa_agent.ops.settings import Settings

GOOD = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class Proxy:
    """Answers every CONNECT with ``answer`` and, where that is a yes, everything afterwards with what was said."""

    answer: bytes = GOOD
    heads: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(self.answer)
            while self.answer == GOOD and (said := await reader.read(1000)):
                writer.write(b"echo " + said)
        finally:
            writer.close()


@asynccontextmanager
async def proxied(answer: bytes = GOOD) -> AsyncIterator[Proxy]:
    proxy = Proxy(answer)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()


async def asked(hosts: Hosts, host: str, port: int) -> tuple[int, asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask the way out for a connection as Chromium does; return its answer's code."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(hosts.proxy.rpartition(":")[2]))
    writer.write(b"\x05\x01\x00")
    assert await reader.readexactly(2) == b"\x05\x00"
    name = host.encode()
    writer.write(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
    return (await reader.readexactly(10))[1], reader, writer


async def test_what_is_allowed_goes_on_through_the_proxy() -> None:
    """The proxy is told the host's name and who asks; afterwards bytes pass both ways."""
    async with proxied() as proxy:
        through = Upstream.at(f"http://clerk:p%40ss@127.0.0.1:{proxy.port}")
        async with Hosts.open(["site.test"], through) as hosts:
            code, reader, writer = await asked(hosts, "site.test", 443)
            writer.write(b"hello")
            assert (code, await reader.readexactly(10)) == (0, b"echo hello")
            writer.close()
    lines = proxy.heads[0].splitlines()
    assert lines[:2] == ["CONNECT site.test:443 HTTP/1.1", "Host: site.test:443"]
    assert "Proxy-Authorization: Basic Y2xlcms6cEBzcw==" in lines
    assert "p@ss" not in repr(through)


async def test_what_is_not_allowed_never_reaches_the_proxy() -> None:
    """The proxy opens no way around `allow`."""
    async with proxied() as proxy, Hosts.open(["site.test"], Upstream("127.0.0.1", proxy.port)) as hosts:
        code, _, writer = await asked(hosts, "other.test", 443)
        writer.close()
        assert (code, hosts.take_refused(), proxy.heads) == (2, ["other.test"], [])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "refused it (407)"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "refused it (403)"),
        (b"SSH-2.0-OpenSSH\r\n", "does not answer as one"),
        (b"", "does not answer as one"),
        (b"HTTP/1.1\r\n\r\n", "refused it"),
    ],
)
async def test_a_proxy_that_refuses_is_named_in_the_reason(answer: bytes, why: str) -> None:
    """Else a site would be blamed that was never reached."""
    async with proxied(answer) as proxy, Hosts.open(["site.test"], Upstream("127.0.0.1", proxy.port)) as hosts:
        code, _, writer = await asked(hosts, "site.test", 443)
        writer.close()
        assert code == 4
        assert f"the proxy 127.0.0.1:{proxy.port} {why}" in hosts.failed["site.test"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "app.localhost", "intra.example.net", "example.net"])
def test_this_machine_and_the_hosts_of_no_proxy_are_reached_directly(host: str) -> None:
    """With and without a leading dot, as other programs read it."""
    assert not Upstream.at("http://proxy:3128", ".example.net, other.test").wanted_for(host)


@pytest.mark.parametrize("host", ["site.test", "notexample.net", "10.0.0.7"])
def test_all_others_go_through_it(host: str) -> None:
    """A name that only ends alike is another one."""
    assert Upstream.at("proxy:3128", ".example.net").wanted_for(host)
    assert not Upstream.at("proxy:3128", "*").wanted_for(host)


@pytest.mark.parametrize("url", ["socks5://proxy:1080", "https://proxy", "http://", "http://proxy:port"])
def test_a_proxy_of_another_kind_is_refused_before_anything_is_opened(url: str) -> None:
    """Rather than going directly where that was not meant."""
    with pytest.raises(SettingsInvalid, match="http:// proxy"):
        Upstream.at(url)


@pytest.mark.parametrize(
    ("around", "file", "used"),
    [
        ({}, "", None),
        ({"HTTPS_PROXY": "http://house:1"}, "", ("http://house:1", "")),
        ({"https_proxy": "http://house:1", "NO_PROXY": "a.test"}, "", ("http://house:1", "a.test")),
        ({"HTTPS_PROXY": "http://house:1"}, "proxy = 'http://own:2'\nno_proxy = 'b.test'", ("http://own:2", "b.test")),
        ({"HTTPS_PROXY": "http://house:1", "RPA_PROXY": "none"}, "", None),
    ],
)
def test_the_setting_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, around: dict[str, str], file: str, used: tuple[str, str] | None
) -> None:
    """`none` goes directly where the environment names a proxy."""
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "RPA_PROXY", "RPA_NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "rpa.toml").write_text(file, encoding="utf-8")
    assert Settings.load(tmp_path).proxy_used == used
