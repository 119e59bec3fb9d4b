"""Watches a person do the work once: events of every document, the requests they cause, merged into acts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...domain.errors import ActionFailed, BrowserGone, PageGone, SiteUnreachable, UsageInvalid
from ...domain.hosts import entry_of
from ...domain.procedure import READS, Answer, Asked
from ...domain.recording import Recording, Shown
from ...domain.urls import web_address
from ..read import shown_in
from ..session import mapped
from ..signals import Listener, Seen
from ..storage import seed_tabs
from .closed import closed, no_picker
from .merge import Raw, as_seen, merge
from .overlay import Overlay
from .uploads import paths_into, unplaced
from .watch import FrameSeen, Tab, Watch, framed
from .ways import Ways, recordable

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Dialog, Download, Page, Response, WebSocket

# In the order they are loaded, into the isolated world of every document.
SCRIPTS = ("page.js", "lists.js", "styled.js", "recorder.js", "fields.js", "pointer.js", "texts.js", "shown.js")
OVERLAY = ("picking.js", "overlay.js")  # before those that listen: the bar hears its own input first
LOAD_S = 15.0  # how long a demonstration's page may take to calm down
SAID_S = 5.0  # how long after an act a page may still say on a socket what was done
OTHERS_S = 0.6  # how long a dialog waits for someone else's answer before the recorder accepts it
LONGEST_TITLE = 300
MOST_HOSTS = 50
WAIT = "Please wait: the steps before are done again."
_NOT_NEEDED = frozenset({"image", "media", "ping", "other", "texttrack", "cspreport"})
MOST_TEXTS = 60  # what a page announces after one act; one that never stops talking says nothing more


class Recorder:
    """Collects what happens in a context's tabs between `begin` and `finish`; it looks at pages only, never at scripts."""

    def __init__(self, base: str, start: str, *, by_hand: bool = False, overlay: bool = False) -> None:
        self.base, self.start, self._by_hand = base, start, by_hand
        self.stopped, self.failed, self.before = "", False, 0.0
        self._raw: list[Raw] = []
        self._shown: list[tuple[Tab, str, dict[str, Any]]] = []  # what pages showed, as told
        self._said: dict[Tab, list[str]] = {}
        self._ambient: list[Seen] = []
        self._talking: dict[str, None] = {}  # WebSockets on which pages said something by themselves
        self._answered: list[asyncio.Event] = []  # one for each dialog that is open
        self._hosts: dict[str, None] = {}
        self._listener = Listener(base)
        self._language = ""
        self._latest: Seen | None = None
        self._where: Tab | None = None  # the tab worked in last
        self._watch = Watch(self, (SCRIPTS[0], *OVERLAY, *SCRIPTS[1:]) if overlay else SCRIPTS, by_hand=by_hand)
        self._ways = Ways(base, self._watch, self._raw)
        self.overlay = Overlay(self._raw, self._watch) if overlay else None

    async def begin(self, context: BrowserContext) -> Page:
        """Open an empty tab and listen to it, and to all that follow, each before its first document."""
        listener = self._listener
        listener.answer_dialog = lambda kind, text: None
        listener.attach(context)
        context.on("request", lambda r: self._request(listener.requests[-1]) if listener.requests else None)
        context.on("response", self._needed)
        context.on("dialog", self._answer)
        context.on("page", lambda p: p.on("download", self._download))
        context.on("page", lambda p: p.on("websocket", self._socket))
        page = await self._watch.begin(context)
        listener.current = page
        return page

    def _needed(self, response: Response) -> None:
        """A page that gets its scripts or data from another host needs it every time; pictures and counters it does not."""
        kind, url = response.request.resource_type, response.url
        if kind not in _NOT_NEEDED and url.startswith(("http:", "https:")) and len(self._hosts) < MOST_HOSTS:
            self._hosts[entry_of(url)] = None

    async def calm(self, seconds: float = LOAD_S) -> None:
        """Wait until what the last act caused has come."""
        deadline = time.monotonic() + seconds
        quiet_since = time.monotonic()
        while time.monotonic() < deadline:
            self._listener.changed.clear()
            if self._listener.pending():
                quiet_since = time.monotonic()
            if time.monotonic() - quiet_since > 0.3:
                return
            try:
                async with asyncio.timeout(0.1):
                    await self._listener.changed.wait()
                quiet_since = time.monotonic()
            except TimeoutError:
                continue

    async def finish(self) -> Recording:
        """Return the demonstration; the window may be closed by now."""
        if not self.stopped:
            await self.calm()
            await self._watch.tell_last()
        await self._watch.done()
        last = self._last_tab()
        acts, secrets = merge(self._placed())
        return Recording(
            base_url=self.base,
            start=self.start,
            acts=tuple(acts),
            secrets=secrets,
            before_all=tuple(as_seen(s) for s in self._ambient if s.method not in READS),
            talking=tuple(self._talking),
            last_texts=tuple(self._said.get(last, ())) if last else (),
            last_url=last.url if last else "",
            language=self._language,
            before=self.before,
            stopped=self.stopped,
            failed=self.failed,
            hosts=tuple(h for h in self._hosts if h != entry_of(self.base)),
            remarks=tuple(dict.fromkeys((*self._ways.remarks, *unplaced(acts), *closed(acts)))),
            shown=self._seen_texts(),
            marks=tuple(self.overlay.marks) if self.overlay else (),
        )

    async def end(self) -> None:
        """Listen no longer; what was opened stays open."""
        await self._watch.end()

    async def until_closed(self) -> None:
        """Wait until the last tab is closed."""
        done = self.overlay.stopped.is_set if self.overlay else lambda: False
        while not self.stopped and not done() and any(not page.is_closed() for page in self._listener.pages):
            self._listener.changed.clear()
            await self._listener.changed.wait()

    def lost(self, page: Page) -> None:
        """The page went away under whoever showed the work on it."""
        how = "crashed" if page in self._listener.crashes else "was closed"
        self.stopped = (
            self.stopped or f"the page {how} before the demonstration ended; what was shown until then is kept"
        )

    def _last_tab(self) -> Tab | None:
        """The tab worked in last, or where that was closed the latest that speaks still."""
        if self._where is None or not self._where.closed:
            return self._where
        open_ones = [t for t in self._watch.tabs.values() if not t.closed]
        opener = self._watch.tabs.get(self._where.opener)
        return opener if opener in open_ones else (open_ones[-1] if open_ones else self._where)

    def _counted(self) -> list[Tab]:
        """The tabs that acts and texts are numbered by, in the order they were opened."""
        worked_in = {raw.data["in"][0] for raw in self._raw}
        return [t for t in self._watch.tabs.values() if t in worked_in or t.shown or not t.closed]

    def _seen_texts(self) -> tuple[Shown, ...]:
        counted = self._counted()
        out: list[Shown] = []
        for tab, frame, data in self._shown:
            if tab in counted:
                framed(tab.chain(frame)[0], *(element for _, element, *_ in data["texts"]))
                out += shown_in(data, counted.index(tab))
        return tuple(out)

    def _placed(self) -> list[Raw]:
        """Say of every event in which tab and frame it was, now that all of them are known."""
        counted = self._counted()
        out = []
        for raw in self._raw:
            tab, frame = raw.data["in"]
            raw.data["tab"] = counted.index(tab)
            names, ref = tab.chain(frame)
            if names:
                framed(names, raw.data.get("element"), raw.data.get("to"), raw.data.get("pager"))
                raw.data |= {k: f"{ref}@{raw.data[k]}" for k in ("ref", "opened_by") if raw.data.get(k)}
            times = raw.data.get("times", 1)
            out += [raw, *(replace(raw, requests=[], texts=[], asked=[]) for _ in range(times - 1))] if times else []
        return out

    # ---- what the tabs tell ---------------------------------------------------------------------------------------

    def emitted(self, tab: Tab, frame: str, data: dict[str, Any]) -> None:
        if self.overlay and self.overlay.hears(data["kind"]):
            self.overlay.hear(data, tab, frame)
            self._listener.changed.set()
        elif data["kind"] == "announced":
            if data["top"]:
                self._language = data["lang"]
            self._texts(tab, data["texts"], whole=data["top"])
        elif data["kind"] == "shown":
            self._shown.append((tab, frame, data))
        elif recordable(tab.url) or not tab.url:
            data["title"] = data["title"][:LONGEST_TITLE]
            self._add(Raw(data["kind"], data["t"] / 1000, data, url_after=tab.url or data["url"]), tab, frame)
            if data.get("files") is not None and (seen := tab.frames.get(frame)) and seen.channel is not None:
                self._watch.spawn(paths_into(data, seen.channel.send, seen.context))

    def opened(self, tab: Tab) -> None:
        self._ways.opened(tab)
        self._touch()

    def navigated(self, tab: Tab, frame: FrameSeen, how: str, *, asked: bool, within: bool) -> None:
        if (typed := self._ways.act_for(tab, frame, how, asked=asked, within=within)) is not None:
            self._add(typed, tab, tab.target)
        if frame.parent or not recordable(frame.url):
            return
        if self._raw and self._raw[-1].data["in"][0] is tab:
            self._raw[-1].url_after = frame.url
            self._raw[-1].data["went"] = True
        self._touch()

    def question_opened(self, tab: Tab, event: dict[str, Any]) -> None:
        self._answered.append(asyncio.Event())
        self._listener.changed.set()
        if self._raw:
            question = f"{event['type']}: {event['message']}"
            self._raw[-1].dialog = self._raw[-1].dialog or question
            self._raw[-1].asked.append(Asked(question=question, answer=Answer()))
            self._touch()

    def question_closed(self, tab: Tab, event: dict[str, Any]) -> None:
        if self._answered:
            self._answered.pop().set()
        if self._raw and self._raw[-1].asked:
            asked = self._raw[-1].asked
            text = event.get("userInput") if event["result"] and asked[-1].question.startswith("prompt:") else None
            asked[-1] = asked[-1].model_copy(update={"answer": Answer(accept=event["result"], text=text)})
            self._touch()

    def threw(self, error: str) -> None:
        """A page's script failed: what cannot be shown for that is said at once."""
        if (remark := no_picker(error)) and remark not in self._ways.remarks:
            self._ways.remarks.append(remark)
            if self.overlay:
                self.overlay.warn(remark)

    def crashed(self, tab: Tab) -> None:
        self.stopped = self.stopped or "the page crashed; what was shown until then is kept"
        self._listener.changed.set()

    def gone(self, tab: Tab) -> None:
        self._listener.changed.set()
        self._ways.gone(tab)
        last = next((raw for raw in reversed(self._raw) if raw.data.get("in", (None,))[0] is tab), None)
        if last is not None and tab.opener:
            last.data["closes"] = True

    # ---- acts and what follows them -------------------------------------------------------------------------------

    def _add(self, raw: Raw, tab: Tab, frame: str) -> None:
        raw.data["in"] = (tab, frame)
        self._where = tab
        self._raw.append(raw)
        self._tell_person()

    def lesson(self, turn: str) -> None:
        if self.overlay:
            self.overlay.lesson(turn)

    def _tell_person(self) -> None:
        if self.overlay:
            self.overlay.refresh()

    def _touch(self) -> None:
        if self._raw:
            self._raw[-1].last_signal = time.time()

    def _texts(self, tab: Tab, texts: list[str], *, whole: bool) -> None:
        """Note what is new. The page itself tells for its frames too; a frame tells only of what is its own."""
        known = self._said.get(tab, [])
        fresh = [t for t in texts if t not in known]
        self._said[tab] = list(texts) if whole else [*known, *fresh][-10 * MOST_TEXTS :]
        if self._raw:
            told = self._raw[-1].texts
            told.extend([t for t in fresh if t not in told][: max(0, MOST_TEXTS - len(told))])
            self._touch()

    def _request(self, seen: Seen) -> None:
        if seen is self._latest:
            return  # what came now is none that counts, a picture perhaps
        self._latest = seen
        seen.late = time.time() - self._raw[-1].at if self._raw else 0.0
        (self._raw[-1].requests if self._raw else self._ambient).append(seen)
        self._touch()
        if seen.method not in READS:
            self._tell_person()

    def _socket(self, socket: WebSocket) -> None:
        url = web_address(socket.url)
        socket.on("framesent", lambda _: self._said_on(url))

    def _said_on(self, url: str) -> None:
        """A page says something on a WebSocket: soon after an act because of it, else by itself."""
        last = self._raw[-1] if self._raw else None
        if last is None or time.time() - last.at > SAID_S:
            self._talking[url] = None
        elif url not in last.sockets:
            last.sockets.append(url)
            self._touch()

    def _download(self, download: Download) -> None:
        for tab in self._watch.tabs.values():
            tab.asked.clear()  # the address was asked for, and no document will come of it
        if self._raw:
            self._raw[-1].download = download.suggested_filename
            self._touch()
            self._tell_person()

    # ---- dialogs --------------------------------------------------------------------------------------------------

    def _answer(self, dialog: Dialog) -> None:
        """A person answers in the window, a script as it likes; where neither does, a dialog is accepted."""
        if not self._by_hand:
            self._watch.spawn(self._accept(dialog))

    async def _accept(self, dialog: Dialog) -> None:
        closed = self._answered[-1] if self._answered else asyncio.Event()
        try:
            async with asyncio.timeout(OTHERS_S):
                await closed.wait()
        except TimeoutError:
            await dialog.accept(dialog.default_value)


async def record(
    context: BrowserContext,
    url: str,
    *,
    demonstrate: Callable[[Page], Awaitable[None]] | None = None,
    until_closed: bool = False,
    overlay: bool = False,
    storage: Mapping[str, Any] | None = None,
    partial: bool = False,
    first: Callable[[Page], Awaitable[str]] | None = None,
) -> Recording:
    """Open ``url``, let a script or a person work, and return what was shown.

    What ends a recording early (a page that crashes or closes itself, a person's Ctrl-C) is said in ``stopped``, and
    what was shown until then is kept. With ``overlay`` the window has a bar to stop, undo and point with. ``storage`` is
    a saved login that the context was made with: its sessionStorage goes into the first tab. With ``partial`` a script
    that fails half-way leaves what it had shown, ``failed``; else its error is raised. ``first`` brings the page to where
    the demonstration begins, and returns what a person is to do there; what it did is recorded too, and ends at ``before``.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise UsageInvalid(f"{url!r} is no web page: only http and https addresses can be recorded")
    recorder = Recorder(
        f"{parts.scheme}://{parts.netloc}", url, by_hand=until_closed and demonstrate is None, overlay=overlay
    )
    try:
        if storage is not None:
            await seed_tabs(context, storage)
        page = await recorder.begin(context)
        with mapped("opening the page"):
            await page.goto(url, wait_until="domcontentloaded")
        if first is not None:
            await recorder.calm()
            recorder.lesson(WAIT)
            turn = await first(page)
            await recorder.calm()
            recorder.before = time.time()
            recorder.lesson(turn)
        if until_closed and demonstrate is None:
            await _shown_by_hand(recorder)
        else:
            await recorder.calm()
        if demonstrate is not None:
            await _shown_by(demonstrate, page, recorder, partial=partial)
        return await recorder.finish()
    finally:
        await recorder.end()


async def _shown_by(demonstrate: Callable[[Page], Awaitable[None]], page: Page, recorder: Recorder, *, partial: bool) -> None:
    try:
        with mapped("the demonstration"):
            await demonstrate(page)
    except (ActionFailed, PageGone, SiteUnreachable) as e:
        if not partial:
            raise
        recorder.stopped, recorder.failed = recorder.stopped or e.message, True
    except BrowserGone:
        # A script works on with a page that went away under it; what it showed before is as good as ever.
        recorder.lost(page)


async def _shown_by_hand(recorder: Recorder) -> None:
    """Wait until the person closes the last tab or presses Ctrl-C; the first Ctrl-C ends the recording in good order."""
    try:
        await recorder.until_closed()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.uncancel() > 0:
            raise
        recorder.stopped = "stopped by hand; what was shown until then is kept"
