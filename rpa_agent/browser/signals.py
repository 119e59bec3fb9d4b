"""Listens to one page: requests, navigations, dialogs, popups and downloads, in the order they came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..domain.procedure import Request as RequestTemplate
from ..domain.urls import path_template, symbolic
from ..domain.values import same_value
from .bodies import READS, fields_of

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Download, Frame, Page, Request, Response

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
    """One request as it went by; ``status`` is 0 until it is answered, -1 when it failed."""

    at: float
    method: str
    url: str
    kind: str
    navigation: bool
    operation: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    status: int = 0
    source: object = None  # Playwright's own object: two requests to one address are told apart by it


@dataclass
class Listener:
    """Collects what happens on a page since the last `mark`; ``changed`` is set at every event."""

    base: str
    requests: list[Seen] = field(default_factory=list)
    navigations: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    popups: list[Page] = field(default_factory=list)
    downloads: list[Download] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    answer_dialog: Callable[[str, str], tuple[bool, str | None]] = lambda kind, text: (False, None)
    crashed: bool = False
    document_status: int = 0

    def attach(self, page: Page) -> None:
        """Start listening."""
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfailed", self._failed)
        page.on("framenavigated", self._navigated)
        page.on("domcontentloaded", self._read_in)
        page.on("dialog", self._dialog)
        page.on("popup", self._popup)
        page.on("download", self._download)
        page.on("crash", self._crash)

    def mark(self) -> None:
        """Forget what came before: an act begins."""
        self.requests.clear()
        self.navigations.clear()
        self.dialogs.clear()
        self.popups.clear()
        self.downloads.clear()

    def pending(self) -> int:
        """How many requests that could change the page are unanswered."""
        return sum(1 for r in self.requests if r.status == 0)

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

    def _tick(self) -> None:
        self.changed.set()

    def _request(self, request: Request) -> None:
        kind = request.resource_type
        if kind in _AMBIENT and request.method in READS:
            return
        seen = Seen(
            time.monotonic(), request.method, request.url, kind, request.is_navigation_request(), source=request
        )
        if request.method not in READS:
            body = fields_of(request.post_data_buffer, request.headers.get("content-type", ""))
            seen.operation, seen.fields = body if body is not None else ("", {})
        self.requests.append(seen)
        self._tick()

    def _find(self, request: Request) -> Seen | None:
        return next((s for s in self.requests if s.source is request), None)

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame.parent_frame is None:
            self.document_status = response.status
        if seen := self._find(response.request):
            seen.status = response.status
            self._tick()

    def _failed(self, request: Request) -> None:
        # One that was answered was carried out, also where nobody waited for the rest of the answer.
        if (seen := self._find(request)) and seen.status == 0:
            seen.status = -1
            self._tick()

    def _navigated(self, frame: Frame) -> None:
        if frame.parent_frame is None:
            self.navigations.append(frame.url)
            self._tick()

    def _read_in(self, _page: Page) -> None:
        self._tick()

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        accept, text = self.answer_dialog(dialog.type, dialog.message)
        self._tick()
        _spawn(dialog.accept(text or "") if accept else dialog.dismiss())

    def _popup(self, page: Page) -> None:
        self.popups.append(page)
        self._tick()

    def _download(self, download: Download) -> None:
        self.downloads.append(download)
        self._tick()

    def _crash(self, _page: Page) -> None:
        self.crashed = True
        self._tick()


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
