"""Listens to the tabs of one context: requests, navigations, dialogs, popups and downloads, in the order they came."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..domain.procedure import READS, Expectation
from ..domain.procedure import Request as RequestTemplate
from ..domain.template import pattern
from ..domain.trajectory import Signals
from ..domain.urls import path_template, symbolic, url_matches, url_template
from ..domain.values import same_value
from .heard import heard
from .outbound.bodies import all_of, fields_of

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Dialog, Download, Frame, Page, Request, Response

HUNG_UP = -2  # of a request that the site did not answer; -1 is one that the page, or the gate, broke off itself
_NO_ANSWER = re.compile(r"net::ERR_(EMPTY_RESPONSE|CONNECTION_|SOCKET_NOT|TIMED_OUT|NETWORK_|INTERNET_|ADDRESS_|NAME_NOT|TUNNEL_)")
_HALF = re.compile(r"net::ERR_(CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED|HTTP2_PROTOCOL|QUIC_PROTOCOL)")
CUT_OFF = "cut off"
# What a page fetches for itself says nothing about what a step did.
_AMBIENT = frozenset(
    {
        "image",
        "stylesheet",
        "font",
        "media",
        "script",
        "manifest",
        "texttrack",
        "eventsource",
        "ping",
        "other",
        "websocket",
    }
)


@dataclass
class Seen:
    """One request as it went by; ``status`` is 0 until it is answered, below when it failed."""

    at: float
    method: str
    url: str
    kind: str
    navigation: bool
    operation: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    status: int = 0
    source: object = None  # Playwright's own object: two requests to one address are told apart by it
    carried: dict[str, str] | None = None  # all of a small body, nothing interpreted
    late: float = 0.0  # how long after the last act it left, where a recorder listens
    page: object = None  # the tab it came from; None where Playwright cannot tell yet, as for a popup's first document


@dataclass
class Listener:
    """Collects what happens in a context since the last `mark`; ``changed`` is set at every event.

    ``current`` is the tab that is worked in: only its documents and unanswered requests count as the page's own.
    """

    base: str
    current: Page | None = None
    requests: list[Seen] = field(default_factory=list)
    loaded: bool = False  # the tab at hand got a document, or an address
    dialogs: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)  # dialogs that were answered with no, since nobody showed them
    popups: list[Page] = field(default_factory=list)
    downloads: list[Download] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)  # every tab there was, in the order they were opened
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    answer_dialog: Callable[[str, str], tuple[bool, str | None] | None] = lambda kind, text: (False, None)
    crashes: set[Page] = field(default_factory=set)
    statuses: dict[object, int] = field(default_factory=dict)  # of each tab's document
    moved: dict[object, float] = field(default_factory=dict)  # when a document last came in one of its frames
    come_back: dict[object, str] = field(default_factory=dict)  # when it asked to be asked again
    broken: dict[object, list[str]] = field(default_factory=dict)  # what each tab's document is made of and did not get
    pages_given: list[Response] = field(default_factory=list)  # HTML that scripts were given since the last `mark`

    def attach(self, context: BrowserContext) -> None:
        """Start listening to the tabs there are and to those that will come."""
        # Playwright knows the tab of a popup's first requests only once it has answered: the context tells of them too.
        context.on("request", heard(self._request))
        context.on("response", heard(self._response))
        context.on("requestfailed", heard(self._failed))
        context.on("dialog", heard(self._dialog))
        context.on("page", heard(self._opened))
        for page in context.pages:
            self._enter(page)
        self.current = context.pages[-1] if context.pages else None

    def _enter(self, page: Page) -> None:
        self.pages.append(page)
        page.on("framenavigated", heard(self._navigated))
        page.on("domcontentloaded", heard(self._tick))
        page.on("download", heard(self._download))
        page.on("crash", heard(self._crash))
        page.on("close", heard(self._tick))

    @property
    def crashed(self) -> bool:
        return self.current in self.crashes

    @property
    def document_status(self) -> int:
        return self.statuses.get(self.current, 0)

    @property
    def document_method(self) -> str:
        """The method of the last request for the document at hand since the last `mark`; empty where there was none."""
        asked = (r.method for r in reversed(self.requests) if r.navigation and r.page is self.current)
        return next(asked, "")

    def mark(self) -> None:
        """Forget what came before: an act begins."""
        self.requests.clear()
        self.loaded = False
        self.dialogs.clear()
        self.strange.clear()
        self.popups.clear()
        self.downloads.clear()
        self.pages_given.clear()

    def pending(self) -> int:
        """How many requests that could change the page at hand are unanswered."""
        return sum(1 for r in self.requests if r.status == 0 and (r.page is None or r.page is self.current))

    def denied(self) -> int:
        """The last status with which the site did not give what its page asked for by script: to nobody, or at all. Where it
        hung up on the last of all, `HUNG_UP`: one that was answered since says that the page got what it wanted."""
        own = [r for r in reversed(self.requests) if r.kind in {"xhr", "fetch"} and symbolic(r.url, self.base) == "{base}"]
        status = next((r.status for r in own if r.status in {401, 403} or r.status >= 500), 0)
        last = next((r.status for r in own if r.status not in {0, -1}), 0)
        return status or (HUNG_UP if last == HUNG_UP else 0)

    def templates(self, values: Mapping[str, str]) -> tuple[RequestTemplate, ...]:
        """Return what went by as templates, changes first and each for itself, page-made reads left out."""
        out: dict[str, RequestTemplate] = {}
        for n, seen in enumerate(self.requests):
            if seen.method in READS and seen.kind not in {"xhr", "fetch", "document"}:
                continue
            template = RequestTemplate(
                method=seen.method,
                origin=symbolic(seen.url, self.base),
                path=path_template(urlsplit(seen.url).path, values),
                operation=seen.operation,
                fields=carried(seen.fields, values),
                status=max(0, seen.status) // 100,
            )
            once = "" if seen.method in READS else str(n)  # a change that left twice is two changes
            out.setdefault(f"{template.method} {template.origin}{template.path} {template.operation} {once}", template)
        return tuple(sorted(out.values(), key=lambda t: t.method in READS))

    def arrived(self, expect: Expectation, values: Mapping[str, str], url: str) -> bool:
        """Tell whether everything that was recorded and that a listener hears has come; ``url`` is the page's now."""
        if expect.url and not url_matches(expect.url, url, self.base, values):
            return False
        if (expect.popup and not self.popups) or (expect.download and not self.downloads):
            return False
        needed = [r for r in expect.requests if r.method not in ("GET", "HEAD") or not expect.url]
        return all(self._answered(r, values) for r in needed)

    def _answered(self, wanted: RequestTemplate, values: Mapping[str, str]) -> bool:
        return any(
            s.method == wanted.method
            and s.status != 0
            and url_matches(wanted.origin + wanted.path, s.url, self.base, values)
            for s in self.requests
        )

    def told(self, url: str, texts: tuple[str, ...], values: Mapping[str, str]) -> Signals:
        """Return all that was heard since the last act, with the page's address and texts."""
        return Signals(
            url=url_template(url, self.base, values),
            loaded=self.loaded,
            requests=self.templates(values),
            texts=texts,
            dialog=self.dialogs[-1] if self.dialogs else "",
            strange=tuple(self.strange),
            popup=url_template(self.popups[-1].url, self.base, values) if self.popups else "",
            download=self.downloads[-1].suggested_filename if self.downloads else "",
        )

    def _tick(self, _: object = None) -> None:
        self.changed.set()

    def _request(self, request: Request) -> None:
        kind = request.resource_type
        if kind in _AMBIENT and request.method in READS:
            return
        seen = Seen(
            time.monotonic(), request.method, request.url, kind, request.is_navigation_request(), source=request
        )
        seen.page = _tab_of(request)
        if request.method not in READS:
            sent, kind_of_body = request.post_data_buffer, request.headers.get("content-type", "")
            body, seen.carried = fields_of(sent, kind_of_body), all_of(sent or b"", kind_of_body)
            seen.operation, seen.fields = body if body is not None else ("", {})
        self.requests.append(seen)
        self._tick()

    def _find(self, request: Request) -> Seen | None:
        return next((s for s in self.requests if s.source is request), None)

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            page = _tab_of(response.request)
            if page is not None and response.frame is page.main_frame:
                self.statuses[page] = response.status
                self.come_back[page] = response.headers.get("retry-after", "")
                self.broken.pop(page, None)
        if response.status >= 400:
            self._note_broken(response.request, str(response.status))
        if seen := self._find(response.request):
            seen.status = response.status
            if seen.kind in {"xhr", "fetch"} and "html" in response.headers.get("content-type", ""):
                self.pages_given.append(response)
            self._tick()

    def _note_broken(self, request: Request, why: str) -> None:
        """Keep that a part of a page was not given: a script, the document of a frame, the rest of its own document."""
        kind, page = request.resource_type, _tab_of(request)
        if page is None or kind not in {"script", "document"}:
            return
        own = kind == "document" and request.frame is page.main_frame
        if not own:
            self.broken.setdefault(page, []).append(f"{'frame' if kind == 'document' else kind} {why}")
        elif why == CUT_OFF:
            self.broken.setdefault(page, []).append(kind)

    def _failed(self, request: Request) -> None:
        seen = self._find(request)
        lost = _NO_ANSWER.match(request.failure or "") or _HALF.match(request.failure or "")
        if lost and (seen is None or seen.status > 0):  # no document came at all of one that was not answered
            self._note_broken(request, CUT_OFF)
        # One that was answered was carried out, also where nobody waited for the rest of the answer.
        if seen is not None and seen.status == 0:
            seen.status = HUNG_UP if _NO_ANSWER.match(request.failure or "") else -1
            self._tick()

    def _navigated(self, frame: Frame) -> None:
        self.moved[frame.page] = time.monotonic()
        if frame.parent_frame is None:
            self.loaded = self.loaded or frame.page is self.current
            self._tick()

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        answer = self.answer_dialog(dialog.type, dialog.message)
        self._tick()
        if answer is None:
            return  # someone else answers it
        accept, text = answer
        _spawn(dialog.accept(dialog.default_value if text is None else text) if accept else dialog.dismiss())

    def _opened(self, page: Page) -> None:
        if self.pages:
            self.popups.append(page)
        else:
            self.current = page
        self._enter(page)
        self._tick()

    def _download(self, download: Download) -> None:
        self.downloads.append(download)
        self._tick()

    def _crash(self, page: Page) -> None:
        self.crashes.add(page)
        self._tick()


def _tab_of(request: Request) -> Page | None:
    from playwright.async_api import Error

    try:
        return request.frame.page
    except Error:
        return None


def changes(expect: Expectation) -> bool:
    """Tell whether anything was to be sent."""
    return any(r.method not in READS for r in expect.requests)


def said(expect: Expectation, texts: Sequence[str], values: Mapping[str, str]) -> bool:
    """Tell whether every expected text is among these."""
    return all(any(pattern(t, values).search(x) for x in texts) for t in expect.texts)


def unexpected(expect: Expectation, texts: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts that none of the expected ones is: what may have been there before the act proves nothing of it."""
    return tuple(x for x in texts if not any(pattern(t, values).search(x) for t in expect.texts))


_running: set[asyncio.Task[Any]] = set()


def _spawn(coroutine: Any) -> None:
    """Run an answer to an event; kept referenced until done, since the loop itself keeps only weak references."""
    job = asyncio.ensure_future(coroutine)
    _running.add(job)
    job.add_done_callback(_done)


def _done(job: asyncio.Task[Any]) -> None:
    _running.discard(job)
    if not job.cancelled():
        job.exception()  # a dialog that is gone by now needs no answer


def carried(fields: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return for every field the parameter whose value it carried, or an empty string."""
    out = {}
    for name, text in fields.items():
        held = text.strip()
        out[name] = next((p for p, v in values.items() if v and held and (held == v or same_value(held, v))), "")
    return out
