"""Stops what may leave a browser, of all its tabs, popups, frames and workers, and asks the gate of the run it is of.

One session of the whole browser holds requests of the kinds that can change something; scripts, styles and pictures
are never touched, but for those of an address that is a commit to open, and the cache stays in use. Unlike a route, it
sees redirect hops and a popup's first request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from ...domain.errors import PageGone
from ...domain.procedure import READS
from ..heard import heard
from ..session import mapped

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession

_KINDS = ("XHR", "Fetch", "Ping", "CSPViolationReport", "Other")  # held whatever their address; documents as each gate asks
_ALL = frozenset({"*"})


class Listens(Protocol):
    """The gate of one context, as the tap knows it."""

    context: BrowserContext

    @property
    def documents(self) -> Sequence[str]:
        """The addresses of documents that are to be held, as the browser's own patterns."""

    @property
    def anything(self) -> Sequence[str]:
        """The addresses that are held whatever asks for them: pictures, scripts and what is fetched ahead, too."""

    async def paused(self, session: CDPSession, event: dict[str, Any]) -> None: ...

    def answered(self, request: str) -> None: ...


class Tap:
    """Holds the requests of one browser. Those of contexts without a gate pass."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session
        self._gates: dict[BrowserContext, Listens] = {}
        self._named: dict[str, BrowserContext] = {}  # contexts by the browser's own names for them
        self._frames: dict[str, BrowserContext | None] = {}  # whose frame it is, once that was found out; None: a stranger's
        self._jobs: set[asyncio.Task[None]] = set()
        self._held: frozenset[tuple[str, str]] | None = None  # what the browser holds now: addresses by kind
        self._fitting = asyncio.Lock()

    async def fit(self) -> None:
        """Have the browser hold what the gates want held now; back when it does."""
        async with self._fitting:
            gates = tuple(self._gates.values())
            documents = frozenset(a for gate in gates for a in gate.documents) if gates else _ALL
            wanted = frozenset({*((a, "Document") for a in documents), *((a, "") for gate in gates for a in gate.anything)})
            if wanted == self._held:
                return
            patterns = [_pattern("*", kind) for kind in _KINDS] + [_pattern(*held) for held in sorted(wanted)]
            with mapped("guarding what the browser sends"):
                await self.session.send("Fetch.enable", {"patterns": patterns})
            self._held = wanted

    async def put(self, gate: Listens, frame: str) -> None:
        """Ask this gate about its context's requests until the context is closed; ``frame`` is one of its main frames."""
        context = gate.context
        if context not in self._gates:
            self._named[await self._name_of(frame)] = context
            context.on("close", lambda _: self._take_away(context))
            self._frames[frame] = context
        self._gates[context] = gate

    def _take_away(self, context: BrowserContext) -> None:
        self._gates.pop(context, None)
        self._named = {n: c for n, c in self._named.items() if c is not context}
        self._frames = {f: c for f, c in self._frames.items() if c is not None and c is not context}

    def hear(self, event: dict[str, Any]) -> None:
        """A request waits to leave, or its answer waits to be heard, where that was asked for."""
        if "responseStatusCode" in event or "responseErrorReason" in event:
            for gate in self._gates.values():
                gate.answered(event["requestId"])
            self._spawn(let(self.session, event))
            return
        self._spawn(self._pass_on(event))

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        job = asyncio.ensure_future(coroutine)
        self._jobs.add(job)
        job.add_done_callback(self._done)

    def _done(self, job: asyncio.Task[None]) -> None:
        self._jobs.discard(job)
        if not job.cancelled():
            job.exception()  # a request that waits for ever is one that did not leave

    async def _pass_on(self, event: dict[str, Any]) -> None:
        if not self._gates:
            await let(self.session, event)
            return
        frame = event.get("frameId", "")
        if frame not in self._frames:
            await self._find_out(frame)
        context = self._frames.get(frame)
        gate = self._gates.get(context) if context is not None else None
        if gate is not None:
            await gate.paused(self.session, event)
        elif frame in self._frames or event["request"]["method"] in READS:
            await let(self.session, event)
        else:
            await fail(self.session, event)  # it is somebody's, and nobody knows whose

    async def _find_out(self, frame: str) -> None:
        """Find out whose frame it is. While a document waits to leave, its own page answers nothing: the browser is asked."""
        name = await self._name_of(frame)
        if name:
            self._frames[frame] = self._named.get(name)
            return
        browser = next(iter(self._gates)).browser
        for context in browser.contexts if browser is not None else ():
            for page in context.pages:
                for within in page.frames:
                    asked = page if within is page.main_frame else within
                    known = context if context in self._gates else None
                    self._frames.update(dict.fromkeys(await _frames_below(context, asked), known))
                    if frame in self._frames:
                        return

    async def _name_of(self, frame: str) -> str:
        """Return the browser's name of the context that a target is in; empty where it is no target of its own."""
        from playwright.async_api import Error

        try:
            told = await self.session.send("Target.getTargetInfo", {"targetId": frame})
        except Error:
            return ""
        return str(told["targetInfo"].get("browserContextId", ""))


async def _frames_below(context: BrowserContext, asked: Any) -> list[str]:
    from playwright.async_api import Error

    try:
        session = await context.new_cdp_session(asked)
        told = await session.send("Page.getFrameTree")
        await session.detach()
    except Error:
        return []  # it shares its parent's process, and was told of there; or it is gone
    return _names(told["frameTree"])


def _names(tree: dict[str, Any]) -> list[str]:
    return [tree["frame"]["id"], *(n for child in tree.get("childFrames", ()) for n in _names(child))]


async def let(session: CDPSession, event: dict[str, Any], *, tell: bool = False) -> None:
    """Let a request leave as it is, or its answer arrive; ``tell`` when it is answered or has failed."""
    more = {"interceptResponse": True} if tell else {}
    await _answer(session, "Fetch.continueRequest", {"requestId": event["requestId"], **more})


async def lives(session: CDPSession, event: dict[str, Any]) -> bool:
    """Tell whether a request that was let go still waits for its answer, and was not given up with its page."""
    from playwright.async_api import Error

    try:
        await session.send("Fetch.getResponseBody", {"requestId": event["requestId"]})  # refused as too early while it waits
    except Error as e:
        return "Invalid InterceptionId" not in str(e)
    return True


async def fail(session: CDPSession, event: dict[str, Any]) -> None:
    """Do not let it leave. A page that asked for another document stays as it is."""
    await _answer(session, "Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "Aborted"})


async def _answer(session: CDPSession, method: str, params: dict[str, Any]) -> None:
    from playwright.async_api import Error

    try:
        await session.send(method, params)
    except Error:
        return  # the page went on without it, or the browser is gone


_taps: WeakKeyDictionary[Browser, asyncio.Future[Tap]] = WeakKeyDictionary()


async def tap_of(context: BrowserContext) -> Tap:
    """Return the tap of a context's browser, fitted when first asked for."""
    browser = context.browser
    if browser is None:
        raise PageGone("the browser went away")
    if browser not in _taps:
        _taps[browser] = asyncio.ensure_future(_fitted(browser))
    return await asyncio.shield(_taps[browser])


async def _fitted(browser: Browser) -> Tap:
    with mapped("guarding what the browser sends"):
        session = await browser.new_browser_cdp_session()
        tap = Tap(session)
        session.on("Fetch.requestPaused", heard(tap.hear))
        await tap.fit()
    return tap


def _pattern(address: str, kind: str) -> dict[str, str]:
    return {"urlPattern": address, "requestStage": "Request", **({"resourceType": kind} if kind else {})}
