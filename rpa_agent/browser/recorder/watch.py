"""Watches every tab of a context from before its first document: frames, navigations, questions, and what they emit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ...domain.errors import ActionFailed, PageGone
from ..channel import OWN_PROCESS, Channel
from ..scripts import script
from ..session import mapped
from ..window import fit_window
from ..world import WORLD
from . import choosers

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Page

EMIT = "__rpa_emit"
ANSWER_S = 0.15  # how long a new tab may take to answer before its first document is asked for
LONGEST_MESSAGE = 2_000_000  # what a page with more to say has to say about one event is no event


@dataclass(eq=False)
class FrameSeen:
    """One frame of a tab. ``chain`` names it from the top, as fingerprints do; ``ref`` leads to its element."""

    id: str
    parent: str = ""
    url: str = ""
    name: str = ""
    channel: Channel | None = None
    context: int = 0  # of our world in it
    own: dict[str, Any] = field(default_factory=dict)  # what page.js says of the element that holds it
    documents: int = 0


@dataclass(eq=False)
class Tab:
    """One tab of the context, in the order they were opened."""

    target: str
    opener: str = ""
    url: str = ""
    channel: Channel | None = None
    frames: dict[str, FrameSeen] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # frame -> where its document itself asked to go
    starting: dict[str, tuple[str, bool]] = field(
        default_factory=dict
    )  # frame -> how it began, and whether it was asked
    entries: list[int] = field(default_factory=list)  # its history
    at: int = -1
    shown: bool = False  # a document was shown in it
    closed: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)  # everything was asked of it
    watched: asyncio.Event = field(default_factory=asyncio.Event)  # and it answered

    def chain(self, frame: str) -> tuple[list[str], str]:
        """Return the names of the frames that lead to this one, outermost first, and the address of its element."""
        names: list[str] = []
        refs: list[str] = []
        at = self.frames.get(frame)
        while at is not None and at.parent:
            names[:0] = at.own.get("frames") or [at.name or urlsplit(at.url).path]
            refs[:0] = [at.own.get("ref") or "?"]
            at = self.frames.get(at.parent)
        return names, "@".join(refs)


def framed(names: list[str], *elements: dict[str, Any] | None) -> None:
    """Say of elements by which frames they are reached; a frame's own script knows only what is inside it."""
    for element in elements:
        if element:
            element["frames"] = [*names, *element["frames"]]


class Hearer(Protocol):
    """Who is told what happens in the tabs."""

    def opened(self, tab: Tab) -> None: ...
    def emitted(self, tab: Tab, frame: str, data: dict[str, Any]) -> None: ...
    def navigated(self, tab: Tab, frame: FrameSeen, how: str, *, asked: bool, within: bool) -> None: ...
    def question_opened(self, tab: Tab, event: dict[str, Any]) -> None: ...
    def question_closed(self, tab: Tab, event: dict[str, Any]) -> None: ...
    def threw(self, error: str) -> None: ...
    def crashed(self, tab: Tab) -> None: ...
    def gone(self, tab: Tab) -> None: ...


class Watch:
    """Attaches to every tab of one context by hand, since Playwright tells of a new one after its first script ran.

    The request for a new tab's first document is held back until the tab is watched.
    """

    def __init__(self, hearer: Hearer, scripts: tuple[str, ...], *, by_hand: bool = False) -> None:
        """``by_hand``: a person works, in the browser's own windows too."""
        self._hearer, self._by_hand = hearer, by_hand
        self._source = "\n".join(script(name) for name in scripts)
        self._session: CDPSession | None = None
        self._root: Channel | None = None
        self._mine = ""
        self._known: dict[str, dict[str, Any]] = {}
        self._jobs: set[asyncio.Task[Any]] = set()
        self.tabs: dict[str, Tab] = {}

    async def begin(self, context: BrowserContext) -> Page:
        """Open the first tab, watched; whatever is opened in this context later is watched too."""
        with mapped("starting to record"):
            if context.browser is None:
                raise ActionFailed("this browser context cannot be watched: it has no browser of its own")
            self._session = await context.browser.new_browser_cdp_session()
            root = self._root = Channel(self._session)
            root.on("Target.targetCreated", lambda e: self._created(e["targetInfo"]))
            root.on("Target.targetDestroyed", lambda e: self._destroyed(e["targetId"]))
            root.on("Target.targetCrashed", lambda e: self._crashed(e["targetId"]))
            root.on("Fetch.requestPaused", lambda e: self.spawn(self._let_pass(e)))
            await root.send("Target.setDiscoverTargets", {"discover": True})
            await root.send("Fetch.enable", {"patterns": [{"resourceType": "Document"}]})
            page = await context.new_page()
            session = await context.new_cdp_session(page)
            info = (await session.send("Target.getTargetInfo"))["targetInfo"]
            await session.detach()
            self._mine = info["browserContextId"]
            for known in list(self._known.values()):
                self._created(known)
            await self.tabs[info["targetId"]].ready.wait()
        if page.viewport_size is None:  # it is as large as its window
            await fit_window(page)
        return page

    def spawn(self, job: Coroutine[Any, Any, Any]) -> None:
        """Do it beside; what goes away under it needs no answer."""
        task = asyncio.ensure_future(_quietly(job))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def tell(self, expression: str, *frames: FrameSeen) -> None:
        """Evaluate an expression in our world of these frames, or of every tab's own document."""
        asked = []
        own = [t.frames[t.target] for t in self.tabs.values() if not t.closed and t.target in t.frames]
        for frame in frames or own:
            if frame.channel is not None and frame.context:
                order = {"expression": expression, "contextId": frame.context}
                asked.append(_quietly(frame.channel.send("Runtime.evaluate", order)))
        await asyncio.gather(*asked)

    async def tell_last(self) -> None:
        """Let every document say what it has not come to yet: what came last is not lost to a moment that did not come."""
        await self.tell("__rpaRecorder.tell()", *(f for t in self.tabs.values() if not t.closed for f in t.frames.values()))
        await self.tell("__rpaTexts.tell()")

    async def done(self, seconds: float = 2.0) -> None:
        """Wait until what was asked beside is answered."""
        while waiting := [j for j in self._jobs if j is not asyncio.current_task()]:
            _, late = await asyncio.wait(waiting, timeout=seconds)
            if late:
                return

    async def end(self) -> None:
        """Let everything pass again and listen no longer."""
        session, self._session = self._session, None
        if session is not None:
            await _quietly(session.detach())
        for job in list(self._jobs):
            job.cancel()

    # ---- tabs -----------------------------------------------------------------------------------------------------

    def _created(self, info: dict[str, Any]) -> None:
        if info["type"] != "page":
            return
        self._known[info["targetId"]] = info
        if info.get("browserContextId") != self._mine or info["targetId"] in self.tabs:
            return
        tab = self.tabs[info["targetId"]] = Tab(info["targetId"], opener=info.get("openerId", ""))
        self._hearer.opened(tab)
        self.spawn(self._enter(tab))

    async def _enter(self, tab: Tab) -> None:
        assert self._root is not None
        try:
            answer = await self._root.send("Target.attachToTarget", {"targetId": tab.target, "flatten": False})
            tab.channel = self._root.inner(answer["sessionId"])
            await self._install(tab, tab.channel)
        finally:
            tab.ready.set()

    async def _let_pass(self, event: dict[str, Any]) -> None:
        assert self._root is not None
        tab = self.tabs.get(event.get("frameId", ""))
        if tab is not None:
            await tab.ready.wait()
            try:
                async with asyncio.timeout(ANSWER_S):
                    await tab.watched.wait()
            except TimeoutError:
                pass  # it has no process yet, and gets one only when its request goes on; it answers first thing then
        await self._root.send("Fetch.continueRequest", {"requestId": event["requestId"]})

    def _destroyed(self, target: str) -> None:
        self._known.pop(target, None)
        tab = self.tabs.get(target)
        if tab is not None and not tab.closed:
            tab.closed = True
            self._hearer.gone(tab)

    def _crashed(self, target: str) -> None:
        if (tab := self.tabs.get(target)) is not None:
            self._hearer.crashed(tab)

    # ---- documents ------------------------------------------------------------------------------------------------

    async def _install(self, tab: Tab, channel: Channel) -> None:
        """Hear what this target says, and put our scripts into each of its documents before the page's own."""
        heard = {
            "Runtime.executionContextCreated": lambda e: self._world_made(tab, channel, e["context"]),
            "Runtime.bindingCalled": lambda e: self._emitted(tab, channel, e),
            "Runtime.executionContextsCleared": lambda e: self._worlds_gone(tab, channel),
            "Page.frameAttached": lambda e: self._attached(tab, e),
            "Page.frameRequestedNavigation": lambda e: _asked(tab, e),
            "Page.frameStartedNavigating": lambda e: _starting(tab, e),
            "Page.frameNavigated": lambda e: self._navigated(tab, e["frame"], within=False),
            "Page.navigatedWithinDocument": lambda e: self._navigated(
                tab, {"id": e["frameId"], "url": e["url"]}, within=True
            ),
            "Page.javascriptDialogOpening": lambda e: self._hearer.question_opened(tab, e),
            "Page.javascriptDialogClosed": lambda e: self._hearer.question_closed(tab, e),
            "Runtime.exceptionThrown": lambda e: self._hearer.threw(_error_of(e["exceptionDetails"])),
            "Page.fileChooserOpened": lambda e: self.spawn(self._chooser_opened(tab, channel, e)),
            "Target.attachedToTarget": lambda e: self.spawn(self._own_process(tab, channel, e)),
        }
        for event, told in heard.items():
            channel.on(event, told)
        ours = {"source": self._source, "worldName": WORLD, "runImmediately": True}
        asked = [  # sent in this order
            channel.send("Page.enable"),
            channel.send("Runtime.enable"),
            channel.send("Runtime.addBinding", {"name": EMIT, "executionContextName": WORLD}),
            channel.send("Page.addScriptToEvaluateOnNewDocument", ours),
            channel.send("Page.getFrameTree"),
            channel.send(choosers.INTERCEPT, {"enabled": True}),
        ]
        own = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False, "filter": OWN_PROCESS}
        under_way = [asyncio.ensure_future(job) for job in (*asked, channel.send("Target.setAutoAttach", own))]
        # The browser itself answers the last one, so that the others are on their way. A document that has no process
        # yet answers them once it has one, which it gets only when its request may go on.
        await under_way[-1]
        self.spawn(self._answered(tab, under_way))

    async def _answered(self, tab: Tab, under_way: Sequence[asyncio.Future[dict[str, Any]]]) -> None:
        answers = await asyncio.gather(*under_way)
        tab.watched.set()
        tree = answers[4]["frameTree"]
        self._tree(tab, tree)
        top = tree["frame"]
        if top["id"] == tab.target and not tab.url and top["url"] not in {"", ":", "about:blank"}:
            self._navigated(tab, top, within=False)  # it had begun by the time it could answer

    async def _chooser_opened(self, tab: Tab, channel: Channel, event: dict[str, Any]) -> None:
        frame = tab.frames.get(event["frameId"])
        await choosers.opened(channel, event, context=frame.context if frame else 0, by_hand=self._by_hand)

    async def _own_process(self, tab: Tab, above: Channel, event: dict[str, Any]) -> None:
        """A frame of another site has a process of its own: the same there, before its first document."""
        channel = above.inner(event["sessionId"])
        try:
            await self._install(tab, channel)
        finally:
            await channel.send("Runtime.runIfWaitingForDebugger")

    def _tree(self, tab: Tab, tree: dict[str, Any]) -> None:
        told = tree["frame"]
        frame = self._frame(tab, told["id"], told.get("parentId", ""))
        frame.url, frame.name = frame.url or told["url"], told.get("name", "")
        for below in tree.get("childFrames", ()):
            self._tree(tab, below)

    def _attached(self, tab: Tab, event: dict[str, Any]) -> None:
        self._frame(tab, event["frameId"], event["parentFrameId"])

    def _frame(self, tab: Tab, frame: str, parent: str) -> FrameSeen:
        seen = tab.frames.setdefault(frame, FrameSeen(frame))
        seen.parent = seen.parent or (parent if parent != frame and frame != tab.target else "")
        return seen

    def _world_made(self, tab: Tab, channel: Channel, context: dict[str, Any]) -> None:
        if context["name"] != WORLD:
            return
        frame = self._frame(tab, context["auxData"]["frameId"], "")
        frame.channel, frame.context = channel, context["id"]
        if frame.id != tab.target:
            self.spawn(self._describe(tab, frame))

    def _worlds_gone(self, tab: Tab, channel: Channel) -> None:
        for frame in tab.frames.values():  # another process counts its worlds anew
            if frame.channel is channel:
                frame.context = 0

    async def _describe(self, tab: Tab, frame: FrameSeen) -> None:
        """Ask the document above what it calls this frame, as long as it is there."""
        above = tab.frames.get(frame.parent)
        if above is None or above.channel is None:
            return
        owner = await above.channel.send("DOM.getFrameOwner", {"frameId": frame.id})
        node = await above.channel.send(
            "DOM.resolveNode", {"backendNodeId": owner["backendNodeId"], "executionContextId": above.context}
        )
        asked = {"objectId": node["object"]["objectId"], "returnByValue": True}
        asked["functionDeclaration"] = "function() { return __rpa.frameOf(this); }"
        answer = await above.channel.send("Runtime.callFunctionOn", asked)
        frame.own = answer["result"].get("value") or {}

    def _navigated(self, tab: Tab, told: dict[str, Any], *, within: bool) -> None:
        frame = self._frame(tab, told["id"], told.get("parentId", ""))
        frame.url, frame.name = told["url"], told.get("name", frame.name)
        how, asked = tab.starting.pop(frame.id, ("", frame.id in tab.asked))
        tab.asked.pop(frame.id, None)
        frame.documents += not within
        if frame.id == tab.target:
            tab.url = frame.url
            tab.shown = tab.shown or not frame.url.startswith("about:")
        self._hearer.navigated(tab, frame, how, asked=asked, within=within)

    def _emitted(self, tab: Tab, channel: Channel, event: dict[str, Any]) -> None:
        if event.get("name") != EMIT or len(event["payload"]) > LONGEST_MESSAGE:
            return
        frame = next(
            (f for f in tab.frames.values() if f.context == event["executionContextId"] and f.channel is channel), None
        )
        self._hearer.emitted(tab, frame.id if frame is not None else tab.target, json.loads(event["payload"]))


def _asked(tab: Tab, event: dict[str, Any]) -> None:
    if event.get("disposition", "currentTab") == "currentTab":
        tab.asked[event["frameId"]] = event["url"]


def _starting(tab: Tab, event: dict[str, Any]) -> None:
    """A navigation that the document asked for goes where it asked to; any other was asked for from outside."""
    asked = tab.asked.get(event["frameId"]) == event["url"]
    tab.starting[event["frameId"]] = (event["navigationType"], asked)


def _error_of(details: dict[str, Any]) -> str:
    """Return what a page's script failed with: its own words, which may be anything."""
    return f"{details.get('text', '')} {details.get('exception', {}).get('description', '')}"[:500]


async def _quietly(job: Coroutine[Any, Any, Any]) -> None:
    """Await it; a tab or frame that goes away under it is no error."""
    from playwright.async_api import Error

    try:
        await job
    except (Error, PageGone):
        return
