"""One connection of a browser that goes by us: it says where it wants to go, and then bytes pass both ways."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from socket import gaierror
from typing import Protocol, TypeVar

from ...domain.hosts import told
from .once import Place, Unanswered
from .talk import Talk

P = TypeVar("P", bound=asyncio.BaseProtocol)
# Replies of RFC 1928. Chromium tells its page no more than that it failed.
_DONE, _NOT_ALLOWED, _UNREACHABLE, _REFUSED = 0, 2, 4, 5
_LONGEST_GREETING = 600
_CONNECT_S = 30.0
_CHANGE_CIPHER, _APPLICATION = 0x14, 0x17  # kinds of TLS records, from the first to the last
_ALERT_SIZE = 19  # of an encrypted one


class Keeper(Protocol):
    """Who decides where a connection may go, and knows which are open."""

    failed: dict[str, str]
    unanswered: Unanswered

    def may(self, host: str, port: int) -> bool: ...

    async def reach(self, host: str, port: int, far: Callable[[], P]) -> P: ...

    def opened(self, tunnel: Tunnel) -> None: ...

    def closed(self, tunnel: Tunnel) -> None: ...

    async def is_socket(self, host: str, port: int) -> bool: ...

    async def may_send(self, url: str) -> bool: ...


class Tunnel(asyncio.Protocol):
    """The browser's end of one connection. First it says where it wants to go, then bytes pass both ways."""

    def __init__(self, hosts: Keeper) -> None:
        self._hosts = hosts
        self._said = b""
        self._greeted = False
        self._opening: asyncio.Task[None] | None = None
        self._far: _Far | None = None
        self.place: Place = ("", 0)  # where it leads, once that was said
        self._idle = True  # nothing was asked, or the last bytes came from the site
        self._spoke = False  # something was asked since `retire`
        self._retired = False
        self._full = False  # the site's end takes no more for now
        self._listening = True
        self._talk: Talk | None = Talk()  # None: it is no socket, and nobody listens any more
        self._asking: asyncio.Task[None] | None = None
        self._kept = b""  # what a page sent on a socket, until it may leave

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._hosts.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._far is not None:
            self._pass_on(data, self._far)
            return
        self._said += data
        if self._opening is not None or self._said[0] != 5 or len(self._said) > _LONGEST_GREETING:
            self.abort()  # no browser speaks so, and none before there is an answer
            return
        self._understand()

    def _pass_on(self, data: bytes, far: _Far) -> None:
        talk = self._talk
        if talk is None or talk.sealed or not talk.open:
            if self._idle and (self._retired or self._hosts.unanswered.bars(self.place)):
                self.abort()  # a new request where none may go: Chromium takes a new connection for it
                return
            self._spoke = self._spoke or _asks(data)
        self._idle = False
        if self._kept or (talk is not None and talk.said(data)):
            self._kept += data
            if talk is not None and self._asking is None:
                self._asking = asyncio.ensure_future(self._ask(talk))
                self._read_or_not()
            return
        if talk is not None and not talk.may_be_socket:
            self._talk = None
        far.transport.write(data)

    async def _ask(self, talk: Talk) -> None:
        """Ask whether what a page sends on a socket may leave; where not, nothing more passes here."""
        host, port = self.place
        try:
            if talk.sealed and not await self._hosts.is_socket(host, port):
                self._talk = None  # a site that wants HTTP/1.1
            elif not await self._hosts.may_send(socket_url(host, port, talk)):
                self.abort()
                return
        except BaseException:
            self.abort()
            raise
        self._asking = None
        self._let_go()
        self._read_or_not()

    def _let_go(self) -> None:
        if self._far is not None and self._listening and self._asking is None and self._kept:
            self._far.transport.write(self._kept)
            self._kept = b""

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
        self.place = wanted
        self._opening = asyncio.ensure_future(self._open(*wanted))

    async def _open(self, host: str, port: int) -> None:
        if not await self._hosts.unanswered.may_open(self.place):
            self._fail(_REFUSED, host, port, "it hung up on what may be sent only once, which is not sent again")
            return
        try:
            async with asyncio.timeout(_CONNECT_S):
                far = await self._hosts.reach(host, port, lambda: _Far(self))
        except ConnectionRefusedError:
            self._fail(_REFUSED, host, port, "nothing takes connections there")
        except TimeoutError:
            self._fail(_UNREACHABLE, host, port, f"no connection in {_CONNECT_S:g} s")
        except (gaierror, UnicodeError):
            self._fail(_UNREACHABLE, host, port, "its name is not known")
        except OSError as e:
            self._fail(_UNREACHABLE, host, port, e.strerror or "there is no way to it")
        else:
            self._hosts.failed.pop(told(host, port), None)
            if self.transport.is_closing():
                far.transport.abort()
                return
            self._far = far
            self._reply(_DONE)

    def _fail(self, code: int, host: str, port: int, why: str) -> None:
        self._hosts.failed[told(host, port)] = why
        self._reply(code)

    def _reply(self, code: int) -> None:
        self.transport.write(bytes([5, code, 0, 1, 0, 0, 0, 0, 0, 0]))
        if code != _DONE:
            self.transport.close()

    def received(self, data: bytes) -> None:
        """The site sent something."""
        self._idle = True
        if self._talk is not None:
            self._talk.answered()
        self.transport.write(data)

    def retire(self, *, forget: bool) -> None:
        """Take no new request; one that is on its way is answered. ``forget`` what was asked until now."""
        self._retired = self._far is not None
        self._spoke = self._spoke and not forget

    def listen(self, free: bool) -> None:
        """Read from the browser, or leave what it sends where it is."""
        self._listening = free
        self._let_go()
        self._read_or_not()

    def fill(self, full: bool) -> None:
        """The site's end takes no more, or takes more again."""
        self._full = full
        self._read_or_not()

    def _read_or_not(self) -> None:
        if self.transport.is_closing():
            return
        if self._listening and not self._full and self._asking is None:
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
        """The site hung up: end it when what came is passed on, and only then may the browser try again."""
        self._broke()
        self.transport.close()

    def eof_received(self) -> None:
        self._broke()

    def _broke(self) -> None:
        if self._spoke:
            self._hosts.unanswered.broke(self.place)

    def abort(self) -> None:
        if self._far is not None:
            self._far.transport.abort()
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._broke()
        self._hosts.closed(self)
        if self._opening is not None and self._far is None:
            self._opening.cancel()
        if self._asking is not None:
            self._asking.cancel()
        if self._far is not None:
            self._far.transport.close()


class _Far(asyncio.Protocol):
    """The site's end of one connection."""

    def __init__(self, near: Tunnel) -> None:
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


def socket_url(host: str, port: int, talk: Talk) -> str:
    """Return the address of a socket, as one of the web: what a sealed one asked for is not known."""
    named = told(host, port) if port == (443 if talk.sealed else 80) else f"{told(host, 0).rpartition(':')[0]}:{port}"
    return f"{'https' if talk.sealed else 'http'}://{named}{talk.path or '/'}"


def _asks(data: bytes) -> bool:
    """Tell whether these bytes may carry a request. The beginning of an encrypted connection carries none: it may end
    there for reasons of its own, as a certificate that is wanted, and is begun again."""
    at, finishing = 0, False
    while at + 5 <= len(data) and _CHANGE_CIPHER <= data[at] <= _APPLICATION and data[at + 1] == 3:
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        if data[at] == _APPLICATION and not finishing and size != _ALERT_SIZE:
            return True
        finishing = data[at] == _CHANGE_CIPHER  # what TLS 1.3 sends after it ends the handshake
        at += 5 + size
    return at != len(data)


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
