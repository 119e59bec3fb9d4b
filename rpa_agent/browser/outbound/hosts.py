"""The only way out of a run's browser: every connection passes here, and goes to hosts that are allowed or nowhere.

Chromium is given this as its SOCKS proxy, for everything a context does: navigation, redirect hops, popups, frames,
workers, beacons, sockets. Encrypted traffic passes unread. When this process dies, its browser's connections die too:
an orphan cannot send.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from ...domain.errors import SiteUnreachable
from ...domain.hosts import allows, port_of, told
from .once import Alive, Place, Unanswered
from .tunnel import Tunnel
from .upstream import Upstream

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

P = TypeVar("P", bound=asyncio.BaseProtocol)
_TOLD_S = 0.3  # the browser tells of a socket before it is connected, by another way


class Hosts:
    """One context's way out. ``refused`` are the hosts that were wanted and not allowed, each once, since `told`."""

    def __init__(self, allowed: Sequence[str], upstream: Upstream | None = None) -> None:
        self._allowed, self._upstream = list(allowed), upstream
        self._refused: dict[str, None] = {}
        self.failed: dict[str, str] = {}  # why the last connection to a host was not made
        self._tunnels: set[Tunnel] = set()
        self._held = 0
        self.unanswered = Unanswered()
        self._server: asyncio.Server | None = None
        self._sockets: set[tuple[str, int]] = set()  # where pages opened WebSockets to
        self._new_socket = asyncio.Event()
        self._authorize: Callable[[str], Awaitable[bool]] | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, allowed: Sequence[str], upstream: Upstream | None = None) -> AsyncIterator[Hosts]:
        """Listen on a port of this machine until the context is closed; then everything that is open is cut.

        ``upstream`` is a proxy that what is allowed goes on through.
        """
        hosts = cls(allowed, upstream)
        hosts._server = await asyncio.get_running_loop().create_server(lambda: Tunnel(hosts), "127.0.0.1", 0)
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

    def alone(self, request: str, url: str, alive: Alive) -> None:
        """Let a request go over a connection that nothing was sent on before, and not twice.

        A used one may be dead already, and then nobody knows whether it arrived. ``request`` is named again to
        `unanswered` when it was answered.
        """
        place = _place(url)
        first = not self.unanswered.any_at(place)
        for tunnel in list(self._tunnels):
            if tunnel.place == place:
                tunnel.retire(forget=first)
        self.unanswered.goes(request, place, alive)

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
        self.failed[told(host, port)] = "it is no host that `allow:` names"
        return False

    async def reach(self, host: str, port: int, far: Callable[[], P]) -> P:
        """Connect to a host, as the network wants it; raises OSError."""
        loop = asyncio.get_running_loop()
        if self._upstream is not None and self._upstream.wanted_for(host):
            made = await loop.create_connection(far, sock=await self._upstream.connected(host, port))
        else:
            made = await loop.create_connection(far, host, port, happy_eyeballs_delay=0.25)
        return made[1]

    def ask_about_sockets(self, authorize: Callable[[str], Awaitable[bool]]) -> None:
        """From now on ask before something leaves that a page sends on a WebSocket, by the socket's address."""
        self._authorize = authorize

    def socket_opened(self, url: str) -> None:
        """The browser tells that a page opens a WebSocket."""
        self._sockets.add(((urlsplit(url).hostname or "").lower(), port_of(url)))
        self._new_socket.set()

    async def is_socket(self, host: str, port: int) -> bool:
        """Tell whether a sealed connection that may be a WebSocket is one; who is not told of in time is none."""
        try:
            async with asyncio.timeout(_TOLD_S):
                while (host.lower(), port) not in self._sockets:
                    self._new_socket.clear()
                    await self._new_socket.wait()
        except TimeoutError:
            return False
        return True

    async def may_send(self, url: str) -> bool:
        return self._authorize is None or await self._authorize(url)

    def opened(self, tunnel: Tunnel) -> None:
        self._tunnels.add(tunnel)
        tunnel.listen(not self._held)

    def closed(self, tunnel: Tunnel) -> None:
        self._tunnels.discard(tunnel)


def _place(url: str) -> Place:
    return urlsplit(url).hostname or "", port_of(url)


_ways_out: WeakKeyDictionary[BrowserContext, Hosts] = WeakKeyDictionary()


def hosts_of(context: BrowserContext) -> Hosts | None:
    """Return a context's way out; None where it was opened without one."""
    return _ways_out.get(context)


@contextmanager
def explained(context: BrowserContext, url: str) -> Iterator[None]:
    """Say why a site does not answer, where Chromium knows only that there was no connection."""
    try:
        yield
    except SiteUnreachable as e:
        way_out = hosts_of(context)
        failed = way_out.failed if way_out is not None else {}
        host = told(urlsplit(url).hostname or "", port_of(url))
        why = [f"{host}: {failed[host]}"] if host in failed else [f"{h}: {why}" for h, why in failed.items()]
        raise SiteUnreachable("; ".join([e.message, *why[-1:]])) from e


def refused_in(context: BrowserContext) -> list[str]:
    """Return the hosts that a context was refused since the last call."""
    way_out = hosts_of(context)
    return way_out.take_refused() if way_out is not None else []


@contextmanager
def leading(hosts: Hosts, context: BrowserContext) -> Iterator[None]:
    """Say which way out a context has, while it is open: it leads back to the gate, so what is kept longer keeps a whole run."""
    _ways_out[context] = hosts
    context.on("page", lambda page: page.on("websocket", lambda socket: hosts.socket_opened(socket.url)))
    try:
        yield
    finally:
        _ways_out.pop(context, None)
