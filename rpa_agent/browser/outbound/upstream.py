"""The proxy that a company's network may want: the way out goes on through it, where a connection may be made at all."""

from __future__ import annotations

import asyncio
import base64
import errno
import socket
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

from ...domain.errors import SettingsInvalid

if TYPE_CHECKING:
    from playwright.async_api import Browser

_LONGEST_ANSWER = 16_384  # bytes
_DO = "Write proxy = 'http://proxy.example.net:3128', or none where there is none."


@dataclass(frozen=True)
class Upstream:
    """An HTTP proxy that takes CONNECT. ``direct`` are hosts that are reached without it, as in NO_PROXY."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    direct: tuple[str, ...] = ()

    @classmethod
    def at(cls, url: str, direct: str = "") -> Self:
        """Read the address of a proxy, with user and password where it wants them; raises SettingsInvalid."""
        parts = urlsplit(url if "://" in url else f"http://{url}")
        try:
            host, port = parts.hostname, parts.port or 80
        except ValueError:
            host, port = None, 0
        if parts.scheme != "http" or not host:
            raise SettingsInvalid("proxy: only an http:// proxy with a host is known", where="proxy", do=_DO)
        names = tuple(n.strip().lower() for n in direct.split(",") if n.strip())
        return cls(host, port, unquote(parts.username or ""), unquote(parts.password or ""), names)

    def wanted_for(self, host: str) -> bool:
        """Tell whether a host is reached through the proxy: never one of this machine."""
        host = host.lower().rstrip(".").strip("[]")
        if host == "localhost" or host.endswith(".localhost") or _of_this_machine(host):
            return False
        return not any(n == "*" or host == n.lstrip(".") or host.endswith("." + n.lstrip(".")) for n in self.direct)

    def for_playwright(self) -> dict[str, Any]:
        """Return the same for a browser context that has no way out of ours, as while somebody shows something."""
        told: dict[str, Any] = {"server": f"http://{self._named()}", "bypass": ",".join(("127.0.0.1", "localhost", *self.direct))}
        return told | ({"username": self.user, "password": self.password} if self.user else {})

    def _named(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    async def connected(self, host: str, port: int) -> socket.socket:
        """Return a connection to a host, made by the proxy; raises OSError that says what the proxy said."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            family, kind, proto, _, address = found[0]
            way = socket.socket(family, kind, proto)
        except OSError as e:
            raise OSError(errno.EHOSTUNREACH, f"the name of the proxy {self._named()} is not known") from e
        way.setblocking(False)
        try:
            await self._asked(way, address, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        except BaseException:
            way.close()
            raise
        return way

    async def _asked(self, way: socket.socket, address: Any, wanted: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(way, address)
            await loop.sock_sendall(way, self._request(wanted))
            said = b""
            while b"\r\n\r\n" not in said and len(said) < _LONGEST_ANSWER:
                if not (more := await loop.sock_recv(way, 4096)):
                    break
                said += more
        except OSError as e:
            raise OSError(errno.EHOSTUNREACH, f"the proxy {self._named()} takes no connection") from e
        status = b"".join(said.split(b"\r\n", 1)[0].split(b" ", 2)[1:2])
        if not said.startswith(b"HTTP/1.") or not said.endswith(b"\r\n\r\n"):
            raise OSError(errno.EHOSTUNREACH, f"the proxy {self._named()} does not answer as one")
        if status != b"200":
            said_so = status.decode("ascii", "replace") or "without a word"
            raise OSError(errno.EHOSTUNREACH, f"the proxy {self._named()} refused it ({said_so})")

    def _request(self, wanted: str) -> bytes:
        heads = [f"CONNECT {wanted} HTTP/1.1", f"Host: {wanted}"]
        if self.user:
            who = base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
            heads.append(f"Proxy-Authorization: Basic {who}")
        return ("\r\n".join(heads) + "\r\n\r\n").encode("ascii", "replace")


def _of_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_used: WeakKeyDictionary[Browser, Upstream] = WeakKeyDictionary()


def go_through(browser: Browser, upstream: Upstream | None) -> None:
    """Say which proxy all contexts of a browser go through from now on."""
    if upstream is not None:
        _used[browser] = upstream


def upstream_of(browser: Browser) -> Upstream | None:
    """Return the proxy that a browser's contexts go through; None where they go directly."""
    return _used.get(browser)
