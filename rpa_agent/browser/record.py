"""Watches a person do the work once: events of every document, the requests they cause, merged into acts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..domain.procedure import StepKind
from ..domain.recording import Act, Recording, RowSeen, SeenRequest
from .page import fingerprint_of
from .session import mapped
from .signals import Listener, Seen
from .world import WORLD, World

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Download, Page

LOAD_S = 15.0  # how long a demonstration's page may take to calm down
TYPING = ("fill",)


@dataclass
class _Raw:
    """One event as it came, and the signals that followed until the next."""

    kind: StepKind
    at: float
    data: dict[str, Any]
    requests: list[Seen] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    url_after: str = ""
    dialog: str = ""
    popup: str = ""
    download: str = ""
    last_signal: float = 0.0


class Recorder:
    """Collects what happens in a context's pages between `start` and `finish`; it looks at pages only, never at scripts."""

    def __init__(self, base: str, start: str) -> None:
        self.base, self.start = base, start
        self._raw: list[_Raw] = []
        self._announced: set[str] = set()
        self._ambient: list[Seen] = []
        self._asked: set[str] = set()  # main frames whose document itself asked for the navigation
        self._begun = time.time()
        self._last_texts: tuple[str, ...] = ()
        self._last_url = ""
        self._listener = Listener(base)
        self._language = ""
        self._latest: Seen | None = None

    async def watch(self, page: Page) -> None:
        """Listen to a page; installed before its first document."""
        world = await World.enter(page, scripts=("page.js", "recorder.js"))
        with mapped("starting to record"):
            await world.cdp.send("Runtime.enable")
            await world.cdp.send("Runtime.addBinding", {"name": "__rpa_emit", "executionContextName": WORLD})
        world.cdp.on("Runtime.bindingCalled", self._event)
        world.cdp.on("Page.frameRequestedNavigation", lambda e: self._asked.add(e["frameId"]))
        world.cdp.on("Page.frameNavigated", self._navigated)
        world.cdp.on("Page.navigatedWithinDocument", self._within)
        listener = self._listener
        listener.answer_dialog = lambda kind, text: (True, None)
        listener.attach(page)
        page.on("request", lambda r: self._request(listener.requests[-1]) if listener.requests else None)
        page.on("dialog", lambda d: self._signal("dialog", f"{d.type}: {d.message}"))
        page.on("popup", lambda p: self._signal("popup", p.url))
        page.on("download", self._download)

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
        await self.calm()
        acts, secrets = _merge(self._raw)
        return Recording(
            base_url=self.base,
            start=self.start,
            acts=tuple(acts),
            secrets=secrets,
            ambient=tuple(f"{s.method} {s.url}" for s in self._ambient if s.method not in {"GET", "HEAD", "OPTIONS"}),
            last_texts=self._last_texts,
            last_url=self._last_url,
            language=self._language,
        )

    # ---- events -------------------------------------------------------------------------------------------------

    def _event(self, event: dict[str, Any]) -> None:
        if event.get("name") != "__rpa_emit":
            return
        data = json.loads(event["payload"])
        if data["kind"] == "announced":
            if data["top"]:
                self._language = data["lang"]
            self._texts(data["texts"], whole=data["top"])
            return
        self._raw.append(_Raw(data["kind"], data["t"] / 1000, data, url_after=data["url"]))

    def _texts(self, texts: list[str], *, whole: bool) -> None:
        """Note what is new. The page itself tells for its frames too; a frame tells only of what is its own."""
        fresh = [t for t in texts if t not in self._announced]
        self._announced = set(texts) if whole else self._announced | set(texts)
        self._last_texts = tuple(texts) if whole else (*self._last_texts, *fresh)
        if self._raw:
            self._raw[-1].texts.extend(t for t in fresh if t not in self._raw[-1].texts)
            self._raw[-1].last_signal = time.time()

    def _navigated(self, event: dict[str, Any]) -> None:
        frame = event["frame"]
        if frame.get("parentId"):
            return
        url = frame["url"]
        self._last_url = url
        if url.startswith(("http://", "https://")) and frame["id"] not in self._asked and not self._caused():
            self._raw.append(_Raw("goto", time.time(), {"url": url, "value": url, "title": ""}, url_after=url))
        self._asked.discard(frame["id"])
        if self._raw:
            self._raw[-1].url_after = url
            self._raw[-1].last_signal = time.time()

    def _caused(self) -> bool:
        """A redirect or a document answered to the last act's own request is its consequence, not an address typed in."""
        last = self._raw[-1] if self._raw else None
        return bool(last and last.kind != "goto" and any(r.navigation for r in last.requests) and self._asked)

    def _within(self, event: dict[str, Any]) -> None:
        self._last_url = event["url"]
        if self._raw:
            self._raw[-1].url_after = event["url"]
            self._raw[-1].last_signal = time.time()

    def _request(self, seen: Seen) -> None:
        if seen is self._latest:
            return  # what came now is none that counts, a picture perhaps
        self._latest = seen
        (self._raw[-1].requests if self._raw else self._ambient).append(seen)
        if self._raw:
            self._raw[-1].last_signal = time.time()

    def _download(self, download: Download) -> None:
        self._asked.clear()  # the address was asked for, and no document will come of it
        self._signal("download", download.suggested_filename)

    def _signal(self, name: str, value: str) -> None:
        if self._raw:
            setattr(self._raw[-1], name, value)
            self._raw[-1].last_signal = time.time()


# ---- merging ------------------------------------------------------------------------------------------------------


def _merge(raw: list[_Raw]) -> tuple[list[Act], dict[str, str]]:
    """Join what belongs together: keystrokes into one value, a click into the field it focuses, a key and its click."""
    kept: list[_Raw] = []
    for event in raw:
        last = kept[-1] if kept else None
        if last and _supersedes(event, last):
            kept[-1] = _joined(last, event)
        elif last and _is_noise(event, last):
            _absorb(last, event)
        else:
            kept.append(event)
    kept = [e for i, e in enumerate(kept) if not _only_focus(e, kept[i + 1] if i + 1 < len(kept) else None)]
    seen: dict[tuple[str, str], Any] = {}
    for event in raw:  # a page's rows may have come with an act that was merged away
        if event.data.get("rows"):
            seen.setdefault((event.data["url"], ""), event.data["rows"])
    for event in kept:
        event.data["rows"] = seen.pop((event.data["url"], ""), None)
    secrets: dict[str, str] = {}
    return [_act(e, secrets) for e in kept], secrets


def _same(a: _Raw, b: _Raw) -> bool:
    return a.data.get("ref") == b.data.get("ref") and a.data.get("url") == b.data.get("url") and bool(a.data.get("ref"))


def _supersedes(event: _Raw, last: _Raw) -> bool:
    if event.kind == "goto" and last.kind == "goto" and event.data["url"] == last.data["url"]:
        return True
    if event.kind in TYPING and last.kind in TYPING and _same(event, last):
        return True
    if event.kind == "select" and last.kind == "select" and _same(event, last):
        return True
    return event.kind == "dblclick" and last.kind == "click" and _same(event, last)


def _joined(last: _Raw, event: _Raw) -> _Raw:
    """Keep the element as it was described first, and the value as it was left last."""
    element = last.data.get("element") or event.data.get("element")
    merged = {**event.data, "element": element, "rows": last.data.get("rows") or event.data.get("rows")}
    return replace(
        event,
        at=last.at,
        data=merged,
        requests=last.requests + event.requests,
        texts=last.texts + event.texts,
        url_after=event.url_after,
    )


def _is_noise(event: _Raw, last: _Raw) -> bool:
    if event.kind == "click" and event.data.get("synthetic"):
        return True  # Enter or a label pressed it; that act was told already
    if event.kind == "click" and last.kind == "click" and _same(event, last) and event.data.get("detail", 1) > 1:
        return True
    if event.kind == "press":
        value = event.data.get("value", "")
        if value in {"Tab", "Shift+Tab"} or value.lower() in {
            "control+a",
            "control+c",
            "control+v",
            "meta+a",
            "meta+v",
        }:
            return True
        if value in {"Delete", "ArrowUp"} or (value == "Enter" and event.data.get("multiline")):
            return True
    return False


def _absorb(last: _Raw, event: _Raw) -> None:
    last.requests.extend(event.requests)
    last.texts.extend(event.texts)
    last.url_after = event.url_after or last.url_after


def _only_focus(event: _Raw, following: _Raw | None) -> bool:
    """A click that only put the cursor into a field which is then typed into says nothing by itself."""
    if event.kind != "click" or not event.data.get("typing"):
        return False
    if following is not None and following.data.get("option_of"):
        return False  # it opened the list that was chosen from
    if event.texts or event.popup or event.dialog or any(r.method not in {"GET", "HEAD"} for r in event.requests):
        return False
    return following is not None and (_same(event, following) or not event.requests)


def _act(event: _Raw, secrets: dict[str, str]) -> Act:
    data = event.data
    raw = data.get("element")
    row = data.get("row")
    if raw and raw.get("row"):
        raw["row"].pop("cells", None)
    hidden = bool(data.get("secret"))
    value = data.get("value")
    place = f"{data['url'].split('?')[0]}|{data.get('ref', '')}"  # two pages may have their password at the same spot
    if hidden and value:
        secrets[place] = value
    return Act(
        kind=event.kind,
        at=event.at,
        url=data["url"],
        title=data.get("title", ""),
        element=fingerprint_of(raw) if raw else None,
        option_of=data.get("option_of", ""),
        value=place if hidden else value,
        input_type=data.get("input_type", ""),
        secret=hidden,
        row=RowSeen.model_validate(row) if row else None,
        rows=tuple(tuple(r) for r in data.get("rows") or ()),
        url_after=event.url_after,
        requests=tuple(
            SeenRequest(
                method=s.method, url=s.url, kind=s.kind, operation=s.operation, fields=s.fields, status=max(0, s.status)
            )
            for s in event.requests
        ),
        texts=tuple(dict.fromkeys(event.texts)),
        dialog=event.dialog,
        popup=event.popup,
        download=event.download,
        read_back=None if hidden or event.kind not in {"fill", "select"} else value,
        settle_ms=int(max(0.0, event.last_signal - event.at) * 1000),
    )


async def record(
    context: BrowserContext,
    url: str,
    *,
    demonstrate: Callable[[Page], Awaitable[None]] | None = None,
    until_closed: bool = False,
) -> Recording:
    """Open ``url``, let a script or a person work, and return what was shown."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    recorder = Recorder(f"{parts.scheme}://{parts.netloc}", url)
    page = await context.new_page()
    await recorder.watch(page)
    with mapped("opening the page"):
        await page.goto(url, wait_until="domcontentloaded")
    await recorder.calm()
    if demonstrate is not None:
        with mapped("the demonstration"):
            await demonstrate(page)
    elif until_closed and not page.is_closed():
        await page.wait_for_event("close", timeout=0)
    return await recorder.finish()
