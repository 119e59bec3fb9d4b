"""One open page: finds targets, acts, and reports the signals that followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from ..domain.errors import ActionFailed, BrowserGone, PageGone, SiteUnreachable
from ..domain.identity import WEIGHTS
from ..domain.ports import Action, Hit, Secrets
from ..domain.procedure import Expectation, Request
from ..domain.proposal import Candidate, Ref, Survey
from ..domain.target import Fingerprint, Target
from ..domain.template import pattern
from ..domain.trajectory import Signals
from ..domain.urls import origin, url_matches, url_template
from . import actions
from .bodies import READS
from .gate import Gate
from .session import mapped
from .signals import Listener
from .world import World, calling

if TYPE_CHECKING:
    from playwright.async_api import Page

_ENCODINGS = ("test_id", "id", "name_attr", "label", "placeholder", "href", "name")
CALM_S = 0.4  # how long a page must rest before a signal that did not come is given up
CALM_CHANGE_S = 1.2  # the same where something was to be sent: scripts may think first
QUIET_MS = 60  # a page without changes for this long is settled; one animation frame is 16
AHEAD_S = 0.05  # what was found ahead is used at once or not at all


class LivePage:
    """Implements ports.PageAtHand on a Playwright page. ``base`` is the origin that templates call {base}."""

    def __init__(self, page: Page, world: World, *, base: str, secrets: Secrets) -> None:
        self.page, self._world, self.base = page, world, base
        self._secrets = secrets
        self.listener = Listener(base)
        self.listener.attach(page)
        self.gate = Gate(page.context, base)
        self.timings: dict[str, float] = {}
        self._ahead: tuple[tuple[list[dict[str, Any]], str], Any, float] | None = (
            None  # what was asked ahead, what was found, and when
        )

    @classmethod
    async def open(cls, page: Page, *, base: str, secrets: Secrets) -> LivePage:
        return cls(page, await World.enter(page), base=base, secrets=secrets)

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def status(self) -> int:
        return self.listener.document_status

    async def settle(self, seconds: float) -> None:
        """Wait until the document is loaded, requests are answered and the page stopped changing."""
        started = time.monotonic()
        self._ahead = None
        while (left := started + seconds - time.monotonic()) > 0:
            self._alive()
            try:
                quiet, ready = await self._world.evaluate("[__rpa.quietFor(), document.readyState]")
                if quiet >= QUIET_MS and ready != "loading" and not self.listener.pending():
                    break
                if quiet < QUIET_MS:
                    await self._world.call("changed", min(QUIET_MS - quiet, left * 1000))
                    continue
            except PageGone:
                if left < 0.05:
                    raise
            await self._wait(min(0.05, left))
        self._spent("settle", started)

    async def find(self, target: Target) -> list[Hit]:
        """Return what the known variants point to, best voted first."""
        started = time.monotonic()
        self._alive()
        question = _question(target)
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == question and started - ahead[2] < AHEAD_S:
            found = ahead[1]
        else:
            found = await self._world.evaluate(calling("find", *question))
        hits = [
            Hit(
                candidate=_candidate(h["candidate"]),
                variant=h["variant"],
                votes=h["votes"],
                voters=h["voters"],
                rivals=h["rivals"],
            )
            for h in found
        ]
        self._spent("guard", started)
        return sorted(hits, key=lambda h: (-h.votes / h.voters, h.variant))

    async def survey(self, *, row_key: str = "") -> Survey:
        self._alive()
        raw = await self._world.call("survey", row_key)
        raw["candidates"] = tuple(_candidate(c) for c in raw["candidates"])
        return Survey.model_validate({**raw, "status": self.listener.document_status})

    async def act(self, action: Action, at: Ref | None) -> None:
        started = time.monotonic()
        self._alive()
        self._ahead = None
        self.listener.mark()
        self.listener.answer_dialog = lambda kind, text: (_accepted(action.dialog, kind, text), None)
        await actions.perform(self.page, action, at, base=self.base, secrets=self._secrets)
        self._spent("act", started)

    async def read_back(self, at: Ref, *, ahead: Target | None = None) -> str:
        value = await self._asked(calling("readValue", at), ahead)
        return str(value) if value is not None else ""

    async def read_all(self, at: Sequence[Ref]) -> list[str]:
        return [str(value) if value is not None else "" for value in await self._world.call("readValues", list(at))]

    async def _asked(self, expression: str, ahead: Target | None) -> Any:
        """Evaluate, and in the same round trip find what will be needed next."""
        if ahead is None:
            return await self._world.evaluate(expression)
        question = _question(ahead)
        answer, found = await self._world.evaluate(f"[{expression}, {calling('ahead', *question)}]")
        self._ahead = (question, found, time.monotonic()) if found is not None else None
        return answer

    async def signals(
        self, expect: Expectation, *, values: Mapping[str, str], seconds: float, ahead: Target | None = None
    ) -> Signals:
        """Wait for what was recorded; what else came is returned too.

        Ends early where nothing is on its way: every request is answered and the page has stopped changing.
        """
        started = time.monotonic()
        texts: tuple[str, ...] = ()
        enough = max(CALM_CHANGE_S if _changes(expect) else CALM_S, expect.settle_ms / 1000 * 2)
        while True:
            self._alive()
            spent = time.monotonic() - started
            arrived = self._arrived(expect, values)
            if arrived and expect.texts:
                texts = await self._texts(ahead)
            if arrived and all(any(pattern(t, values).search(x) for x in texts) for t in expect.texts):
                break
            if spent >= seconds or (spent >= enough and await self._calm()):
                break
            await self._wait(min(seconds - spent, 0.1))
        if not texts and expect.requests:
            texts = await self._texts(ahead)
        self._spent("signals", started)
        return self._seen(texts, values)

    async def _calm(self) -> bool:
        """Tell whether nothing is on its way: no request unanswered, no change of the page for a while."""
        if self.listener.pending():
            return False
        try:
            quiet, ready = await self._world.evaluate("[__rpa.quietFor(), document.readyState]")
        except PageGone:
            return False
        return bool(quiet >= CALM_S * 1000 and ready == "complete")

    async def observe(self, values: Mapping[str, str]) -> Signals:
        """Return what was seen since the last act, now."""
        return self._seen(await self._texts(), values)

    async def visible(self, text: str, *, values: Mapping[str, str], seconds: float) -> str | None:
        source = pattern(text, values, hole=r"[^\n]+?").pattern
        deadline = time.monotonic() + seconds
        while True:
            try:
                found: str | None = await self._world.call("visibleText", source)
                if found is not None or time.monotonic() >= deadline:
                    return found
                await self._world.call("changed", min(200, max(1, (deadline - time.monotonic()) * 1000)))
            except PageGone:
                if time.monotonic() >= deadline:
                    return None

    async def get(self, path: str) -> tuple[int, str]:
        """GET with the run's cookies; no redirect to another origin is followed."""
        url = urljoin(self.base + "/", path)
        try:
            with mapped("asking the site"):
                for _ in range(4):
                    if origin(url) != origin(self.base):
                        raise SiteUnreachable(f"asking the site: {origin(url)} is another site, which is not asked")
                    answer = await self.page.context.request.get(url, max_redirects=0, timeout=15_000)
                    if answer.status not in {301, 302, 303, 307, 308} or "location" not in answer.headers:
                        return answer.status, await answer.text()
                    url = urljoin(url, answer.headers["location"])
        except ActionFailed as e:
            raise SiteUnreachable(e.message) from e
        raise SiteUnreachable("asking the site: it redirects in a circle")

    async def guard_requests(self, expected: Sequence[Request], values: Mapping[str, str]) -> None:
        await self.gate.close(expected, values)

    async def release_requests(self) -> list[str]:
        return await self.gate.open()

    async def screenshot(self, path: str) -> None:
        """Save a picture with every field masked that could hold a secret or a value typed by us."""
        with mapped("taking a picture"):
            fields = self.page.locator("input:not([type=submit]):not([type=button]), textarea, [contenteditable=true]")
            await self.page.screenshot(path=path, mask=[fields], mask_color="#444", timeout=5000)

    def _arrived(self, expect: Expectation, values: Mapping[str, str]) -> bool:
        if expect.url and not url_matches(expect.url, self.page.url, self.base, values):
            return False
        if expect.popup and not self.listener.popups:
            return False
        if expect.download and not self.listener.downloads:
            return False
        return all(
            self._answered(r, values) for r in expect.requests if r.method not in ("GET", "HEAD") or not expect.url
        )

    def _answered(self, wanted: Request, values: Mapping[str, str]) -> bool:
        return any(
            s.method == wanted.method
            and s.status != 0
            and url_matches(wanted.origin + wanted.path, s.url, self.base, values)
            for s in self.listener.requests
        )

    def _seen(self, texts: tuple[str, ...], values: Mapping[str, str]) -> Signals:
        heard = self.listener
        return Signals(
            url=url_template(self.page.url, self.base, values),
            requests=heard.templates(values),
            texts=texts,
            dialog=heard.dialogs[-1] if heard.dialogs else "",
            popup=url_template(heard.popups[-1].url, self.base, values) if heard.popups else "",
            download=heard.downloads[-1].suggested_filename if heard.downloads else "",
            refused=tuple(self.gate.refused),
        )

    async def _texts(self, ahead: Target | None = None) -> tuple[str, ...]:
        try:
            return tuple(await self._asked(calling("announced"), ahead))
        except PageGone:
            return ()  # between two documents nothing is announced

    async def _wait(self, seconds: float) -> None:
        """Wait for the next browser event, at most ``seconds``."""
        self.listener.changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self.listener.changed.wait()
        except TimeoutError:
            return

    def _alive(self) -> None:
        if self.listener.crashed:
            raise BrowserGone("the page crashed")
        if self.page.is_closed():
            raise BrowserGone("the page was closed")

    def _spent(self, part: str, since: float) -> None:
        self.timings[part] = self.timings.get(part, 0.0) + (time.monotonic() - since) * 1000


def _accepted(expected: str, kind: str, text: str) -> bool:
    """Only a question that was answered with yes when shown is answered with yes; leaving a page was shown by leaving."""
    if kind == "beforeunload":
        return True
    return bool(expected) and pattern(expected).fullmatch(f"{kind}: {text}") is not None


def _changes(expect: Expectation) -> bool:
    return any(r.method not in READS for r in expect.requests)


def _question(target: Target) -> tuple[list[dict[str, Any]], str]:
    """Return what page.js is asked for: the traits of every variant, and the key of the row it is in."""
    key = next((v.fingerprint.row.key for v in target.variants if v.fingerprint.row), "")
    return [_encodings(v.fingerprint) for v in target.variants], key


def _encodings(fp: Fingerprint) -> dict[str, Any]:
    """Return the traits by which page.js looks for an element; machine-made and masked ones are left out."""
    out: dict[str, Any] = {"tag": fp.tag, "role": fp.role, "capability": fp.capability}
    for trait in _ENCODINGS:
        value = getattr(fp, trait)
        if value and trait not in fp.generated and not is_masked(value):
            out[trait] = value
    if not fp.name and fp.text and not is_masked(fp.text):
        out["text"] = fp.text
    return out


def is_masked(text: str) -> bool:
    """Tell whether a text was kept only as shape and hashes, or as a template with record numbers."""
    return "#h:" in text or text.endswith("/*") or "/*/" in text


def _candidate(raw: dict[str, Any]) -> Candidate:
    fp = raw["fingerprint"]
    if fp.get("row"):
        fp["row"].pop("cells", None)
    return Candidate.model_construct(**{**raw, "fingerprint": fingerprint_of(fp)})


def fingerprint_of(raw: dict[str, Any]) -> Fingerprint:
    """Return page.js's answer as a value. It comes from our own script, so types need no second check."""
    from ..domain.target import RowContext

    row = raw.get("row")
    return Fingerprint.model_construct(
        **{
            **raw,
            "row": RowContext.model_construct(**row) if row else None,
            "classes": tuple(raw["classes"]),
            "generated": tuple(raw["generated"]),
            "near": tuple(raw["near"]),
            "frames": tuple(raw["frames"]),
            "shadow": tuple(raw["shadow"]),
            "box": tuple(raw["box"]),
            "viewport": tuple(raw["viewport"]),
        }
    )


assert set(_ENCODINGS) <= set(WEIGHTS), "every encoding that votes is also a trait that is scored"
