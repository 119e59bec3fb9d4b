"""Decides nothing itself: reads what a run's browser is about to send, asks, and lets it leave or not."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urldefrag, urlsplit

from ...domain.gate import SOCKET, Authorize, Change, Decision, Pass
from ...domain.procedure import READS, Request
from ...domain.template import HOLE
from ...domain.urls import url_matches
from ..heard import heard
from .bodies import all_of, fields_of, only_asks
from .gate_tap import fail, let, lives, tap_of
from .hosts import hosts_of

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession
    from playwright.async_api import Request as HeardRequest

MOST_REMEMBERED = 200
_ANY = re.compile(rf"{HOLE.pattern}|\*+")  # parts of a path that differ from run to run
_ESCAPED = re.compile(r"[?\\]")  # what means something else in a pattern


class Gate:
    """The gate of one context. Until somebody is to be asked, everything passes."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self._base = context, base
        self._authorize: Authorize | None = None
        self._reads: tuple[Request, ...] = ()
        self._values: Mapping[str, str] = {}
        self._passed: dict[str, str] = {}  # addresses by the request that was let pass there
        self._own: tuple[str, ...] = ()  # where documents go that are held in any case
        self._everything = True
        self._heard: Counter[str] = Counter()  # documents that were sent, as Playwright tells, by method and address
        self._asked: Counter[str] = Counter()  # those that were asked about
        self.refused: list[str] = []  # since the last act

    async def ask(
        self, authorize: Authorize, *, reads: Sequence[Request], values: Mapping[str, str], frame: str,
        own: Sequence[Request] = (), everything: bool = True,
    ) -> None:
        """From now on ask about every change, and about reads like those named, before it leaves. ``own`` are held also
        where not ``everything`` is, see `hold`.

        ``frame`` is the main frame of one of the context's tabs, by which the browser knows the context.
        """
        if self._authorize is None:
            self.context.on("request", heard(self._hear))
        self._authorize, self._reads, self._values = authorize, tuple(reads), values
        self._own = tuple(a for r in own for a in addresses(r))
        if (hosts := hosts_of(self.context)) is not None:
            hosts.ask_about_sockets(self._may_send)
        self._everything = everything
        tap = await tap_of(self.context)
        await tap.put(self, frame)
        await tap.fit()

    async def hold(self, everything: bool) -> None:
        """Hold every document before it leaves, or only those that go where ``own`` requests go. Others that change
        something are told by `unasked` then; back when it is so."""
        self._everything = everything
        await (await tap_of(self.context)).fit()

    @property
    def documents(self) -> Sequence[str]:
        return ("*",) if self._everything else self._own

    @property
    def anything(self) -> Sequence[str]:
        return [a for r in self._reads for a in addresses(r)]

    def _hear(self, request: HeardRequest) -> None:
        if request.method not in READS and request.resource_type == "document":
            self._heard[f"{request.method} {urldefrag(request.url).url}"] += 1

    def unasked(self) -> list[Change]:
        """Return the changes that left as documents, without being asked about, since the last call."""
        found, self._heard, self._asked = self._heard - self._asked, Counter(), Counter()
        left = [one.split(" ", 1) for one in found.elements()]
        return [Change(method, url, self._base) for method, url in left]

    async def _may_send(self, url: str) -> bool:
        """Ask about what a page sends on a WebSocket: nobody reads what it is."""
        if self._authorize is None:
            return True
        return isinstance(await self._authorize(Change(SOCKET, url, self._base)), Pass)

    async def paused(self, session: CDPSession, event: dict[str, Any]) -> None:
        """A request of this context waits to leave."""
        change = self._change(event)
        if change is None or self._authorize is None:
            await let(session, event)
            return
        if event.get("resourceType") == "Document":
            self._asked[f"{change.method} {change.url}"] += 1
        hosts, decision = hosts_of(self.context), None
        if hosts is not None:
            hosts.hold()  # whoever loses hold of it meanwhile does not get it out
        try:
            decision = await self._authorize(change)
        finally:
            await self._carry_out(session, event, change, decision)

    async def _carry_out(
        self, session: CDPSession, event: dict[str, Any], change: Change, decision: Decision | None
    ) -> None:
        hosts = hosts_of(self.context)
        if isinstance(decision, Pass):
            self._remember(_request(event), change.url)
            alone = hosts is not None and decision.alone
            if hosts is not None:
                if alone:
                    hosts.alone(event["requestId"], change.url, lambda: lives(session, event))
                hosts.release()
            await let(session, event, tell=alone)
            return
        self.refused.append(change.words(self._values))
        await fail(session, event)
        if hosts is not None:
            hosts.release()

    def answered(self, request: str) -> None:
        """A request was answered or failed that was to be told of."""
        if (hosts := hosts_of(self.context)) is not None:
            hosts.unanswered.answered(request)

    def _remember(self, request: str, url: str) -> None:
        self._passed[request] = url
        while len(self._passed) > MOST_REMEMBERED:
            del self._passed[next(iter(self._passed))]

    def _change(self, event: dict[str, Any]) -> Change | None:
        """Return what is to be asked about; None for a plain read."""
        request = event["request"]
        method, url = request["method"], urldefrag(request["url"]).url
        if method in READS:
            if not any(url_matches(r.origin + r.path, url, self._base, self._values) for r in self._reads):
                return None
            asked = dict(parse_qsl(urlsplit(url).query))
            return Change(method, url, self._base, fields=asked, hop_of=self._hop(event), digest=f"{method} {url}")
        body = _body(request)
        headers = {name.lower(): value for name, value in request["headers"].items()}
        packed, found = headers.get("content-encoding", ""), None
        if body is not None:
            if method == "POST" and only_asks(body, packed):
                return None
            found = fields_of(body, headers.get("content-type", ""), packed)
        digest = hashlib.sha256(f"{method} {url}\n".encode() + (body or b"")).hexdigest()
        operation, fields = found if found is not None else ("", None)
        whole = all_of(body, headers.get("content-type", ""), packed) if body is not None else None
        return Change(method, url, self._base, operation, fields, self._hop(event), digest, whole)

    def _hop(self, event: dict[str, Any]) -> str:
        return self._passed.get(_request(event), "")


def addresses(request: Request) -> list[str]:
    """Return the browser's patterns of all addresses that a recorded request may go to: rather one too many."""
    path = _ESCAPED.sub(r"\\\g<0>", _ANY.sub("*", request.path)).rstrip("/")
    return [f"*{path}{end}" for end in (("", "/", r"\?*", r"/\?*") if path else ("/", r"/\?*"))]


def _request(event: dict[str, Any]) -> str:
    """Return what all hops of one request share."""
    return str(event.get("networkId") or event.get("redirectedRequestId") or event["requestId"])


def _body(request: dict[str, Any]) -> bytes | None:
    """Return what a request carries; None where it carries something that is not told. Files are left out, as ever."""
    if not request.get("hasPostData"):
        return b""
    entries = request.get("postDataEntries")
    if not entries:
        return request["postData"].encode() if request.get("postData") else None
    return b"".join(base64.b64decode(e["bytes"]) for e in entries if "bytes" in e) or None
