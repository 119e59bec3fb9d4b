"""The only way out of a run's browser: every connection passes here, and goes to hosts that are allowed or nowhere.

Chromium is given this as its SOCKS proxy, for everything a context does: navigation, redirect hops, popups, frames,
workers, beacons, sockets. Encrypted traffic passes unread. When this process dies, its browser's connections die too:
an orphan cannot send.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..domain.hosts import allows, told

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

# Replies of RFC 1928. Chromium tells its page no more than that it failed.
_DONE, _NOT_ALLOWED, _UNREACHABLE, _REFUSED = 0, 2, 4, 5
_LONGEST_GREETING = 600
_CONNECT_S = 30.0


class Hosts:
    """One context's way out. ``refused`` are the hosts that were wanted and not allowed, each once, since `told`."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = list(allowed)
        self._refused: dict[str, None] = {}
        self._tunnels: set[_Tunnel] = set()
        self._held = 0
        self._server: asyncio.Server | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, allowed: Sequence[str]) -> AsyncIterator[Hosts]:
        """Listen on a port of this machine until the context is closed; then everything that is open is cut."""
        hosts = cls(allowed)
        hosts._server = await asyncio.get_running_loop().create_server(lambda: _Tunnel(hosts), "127.0.0.1", 0)
        try:
            yield hosts
        finally:
            hosts.cut()

    @property
    def proxy(self) -> str:
        """The address that a context names as its proxy."""
        assert self._server is not None
        return f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @contextmanager
    def allow_for_now(self, hosts: Sequence[str]) -> Iterator[None]:
        """Allow more hosts for a while, as those of a login page."""
        self._allowed += hosts
        try:
            yield
        finally:
            for host in hosts:
                self._allowed.remove(host)

    def take_refused(self) -> list[str]:
        """Return the hosts that were refused since the last call, as people write them."""
        refused, self._refused = list(self._refused), {}
        return refused

    def hold(self) -> None:
        """Let nothing more leave until `release`: whoever lets go of a request now does not get it out."""
        self._held += 1
        for tunnel in self._tunnels:
            tunnel.listen(not self._held)

    def release(self) -> None:
        """Let go what was held."""
        self._held -= 1
        for tunnel in self._tunnels:
            tunnel.listen(not self._held)

    def retire(self) -> None:
        """Let no further request go over a connection that was used before.

        When such a connection breaks without an answer, Chromium sends the request again by itself, a form too. What
        goes over a new one is sent once.
        """
        for tunnel in list(self._tunnels):
            tunnel.retire()

    def cut(self) -> None:
        """Close every connection and take no new one."""
        if self._server is not None:
            self._server.close()
        for tunnel in list(self._tunnels):
            tunnel.abort()

    def may(self, host: str, port: int) -> bool:
        """Tell whether a connection may be opened; one that may not is remembered."""
        if allows(self._allowed, host, port):
            return True
        self._refused[told(host, port)] = None
        return False

    def opened(self, tunnel: _Tunnel) -> None:
        self._tunnels.add(tunnel)
        tunnel.listen(not self._held)

    def closed(self, tunnel: _Tunnel) -> None:
        self._tunnels.discard(tunnel)


class _Tunnel(asyncio.Protocol):
    """The browser's end of one connection. First it says where it wants to go, then bytes pass both ways."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._said = b""
        self._greeted = False
        self._opening: asyncio.Task[None] | None = None
        self._far: _Far | None = None
        self._answered = False  # the last bytes came from the site
        self._retired = False
        self._full = False  # the site's end takes no more for now
        self._listening = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._hosts.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._far is not None:
            if self._retired and self._answered:
                self.abort()  # a new request on a used connection: Chromium takes a new connection for it
                return
            self._answered = False
            self._far.transport.write(data)
            return
        self._said += data
        if self._opening is not None or self._said[0] != 5 or len(self._said) > _LONGEST_GREETING:
            self.abort()  # no browser speaks so, and none before there is an answer
            return
        self._understand()

    def _understand(self) -> None:
        if not self._greeted:
            if len(self._said) < 2 or len(self._said) < 2 + self._said[1]:
                return
            self._said, self._greeted = self._said[2 + self._said[1] :], True
            self.transport.write(b"\x05\x00")
        try:
            wanted = _destination(self._said)
        except ValueError:
            self.abort()
            return
        if wanted is None:
            return
        if not self._hosts.may(*wanted):
            self._reply(_NOT_ALLOWED)
            return
        self._opening = asyncio.ensure_future(self._open(*wanted))

    async def _open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_S):
                _, far = await loop.create_connection(lambda: _Far(self), host, port, happy_eyeballs_delay=0.25)
        except ConnectionRefusedError:
            self._reply(_REFUSED)
        except (OSError, UnicodeError):
            self._reply(_UNREACHABLE)
        else:
            if self.transport.is_closing():
                far.transport.abort()
                return
            self._far = far
            self._reply(_DONE)

    def _reply(self, code: int) -> None:
        self.transport.write(bytes([5, code, 0, 1, 0, 0, 0, 0, 0, 0]))
        if code != _DONE:
            self.transport.close()

    def received(self, data: bytes) -> None:
        """The site sent something."""
        self._answered = True
        self.transport.write(data)

    def retire(self) -> None:
        self._retired = self._far is not None

    def listen(self, free: bool) -> None:
        """Read from the browser, or leave what it sends where it is."""
        self._listening = free
        self._read_or_not()

    def fill(self, full: bool) -> None:
        """The site's end takes no more, or takes more again."""
        self._full = full
        self._read_or_not()

    def _read_or_not(self) -> None:
        if self.transport.is_closing():
            return
        if self._listening and not self._full:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def pause_writing(self) -> None:
        if self._far is not None and not self._far.transport.is_closing():
            self._far.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._far is not None and not self._far.transport.is_closing():
            self._far.transport.resume_reading()

    def close(self) -> None:
        """End it when what came is passed on."""
        self.transport.close()

    def abort(self) -> None:
        if self._far is not None:
            self._far.transport.abort()
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._hosts.closed(self)
        if self._opening is not None and self._far is None:
            self._opening.cancel()
        if self._far is not None:
            self._far.transport.close()


class _Far(asyncio.Protocol):
    """The site's end of one connection."""

    def __init__(self, near: _Tunnel) -> None:
        self._near = near

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._near.received(data)

    def pause_writing(self) -> None:
        self._near.fill(True)

    def resume_writing(self) -> None:
        self._near.fill(False)

    def connection_lost(self, exc: Exception | None) -> None:
        self._near.close()


def _destination(said: bytes) -> tuple[str, int] | None:
    """Return the host and port of a SOCKS request; None while it is incomplete. Raises ValueError for any other."""
    if len(said) < 5:
        return None
    size = {1: 4, 3: 1 + said[4], 4: 16}.get(said[3])
    if said[:2] != b"\x05\x01" or size is None:
        raise ValueError("no request for a connection")
    if len(said) < 4 + size + 2:
        return None
    raw, (port,) = said[4 : 4 + size], struct.unpack(">H", said[4 + size : 6 + size])
    if said[3] == 3:
        return raw[1:].decode("ascii", "replace"), port
    address = ip_address(raw)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address), port


_ways_out: WeakKeyDictionary[BrowserContext, Hosts] = WeakKeyDictionary()


def hosts_of(context: BrowserContext) -> Hosts | None:
    """Return a context's way out; None where it was opened without one."""
    return _ways_out.get(context)


def remember(context: BrowserContext, hosts: Hosts) -> None:
    """Say which way out a context has."""
    _ways_out[context] = hosts
