"""The page at hand, one tab of several: finds targets, acts, and reports the signals that followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..domain.errors import BrowserGone, PageGone
from ..domain.gate import Authorize
from ..domain.ports import Action, Hit, ListSeen, Records, Secrets, Seen
from ..domain.procedure import Expectation
from ..domain.proposal import Ref, Survey
from ..domain.target import Target
from ..domain.template import pattern
from ..domain.trajectory import Signals
from .acting import actions
from .acting.hands import Hands, keep_ready
from .arrived import came
from .asking import candidate_of, list_asked, question_of, row_asked
from .document import Document
from .fetch import fetched
from .frames import Frames, at_home, home_first
from .outbound.gate import Gate
from .outbound.gate_tap import tap_of
from .outbound.hosts import refused_in
from .questions import Questions
from .session import mapped
from .signals import Listener, changes, said, unexpected
from .tabs import Tabs
from .world import World, calling

if TYPE_CHECKING:
    from playwright.async_api import Page

CALM_S = 0.4  # how long a page must rest before a signal that did not come is given up
CALM_CHANGE_S = 1.2  # the same where something was to be sent: scripts may think first
QUIET_MS = 60  # a page without changes for this long is settled; one animation frame is 16
AHEAD_S = 0.05  # what was found ahead is used at once or not at all


class LivePage(Document):
    """Implements ports.PageAtHand on a Playwright page. ``base`` is the origin that templates call {base}."""

    def __init__(self, page: Page, world: World, *, base: str, secrets: Secrets) -> None:
        self.page, self._world, self.base = page, world, base
        self.secrets = secrets
        self.listener = Listener(base)
        self._tabs = Tabs(self.listener, page, world)
        self.listener.attach(page.context)
        self.listener.current = page
        self.gate = Gate(page.context, base)
        self.timings: dict[str, float] = {}
        self._closed_itself = False  # the tab at hand is gone, and another is looked at
        self._framed_target = False  # what was looked for last was shown in a frame
        self._worked_in_frames = False  # what other sites' frames say then counts as said by this one
        self._inside: World | None = None  # where the last act was, when that was in another site's frame
        # what was asked ahead, what was found, and when
        self._ahead: tuple[tuple[list[dict[str, Any]], str | dict[str, str]], Any, float] | None = None

    @classmethod
    async def open(cls, page: Page, *, base: str, secrets: Secrets) -> LivePage:
        keep_ready(page)
        # What was loaded before there is a tap cannot be held.
        _, world = await asyncio.gather(tap_of(page.context), World.enter(page))
        return cls(page, world, base=base, secrets=secrets)

    async def turn_to(self, tab: int, *, seconds: float, opening: bool = False, closing: bool = False) -> None:
        """Work in another tab, once it is there. One that is left for good is closed when nothing is on its way in it."""
        deadline = time.monotonic() + seconds
        left = self.page
        if closing and not left.is_closed():
            await self.settle(min(seconds, 3.0))
        while (page := self._tabs.at(tab)) is None:
            if opening:
                with mapped("opening a tab"):
                    page = await self.page.context.new_page()
                self._tabs.expected.append(page)
                break
            if time.monotonic() >= deadline:
                raise PageGone(f"tab {tab + 1} did not open, and the work goes on there")
            await self._wait(min(0.2, deadline - time.monotonic()))
        if page.is_closed():
            raise PageGone(f"tab {tab + 1} is closed, and the work goes on there")
        with mapped("turning to another tab"):
            await self._tabs.look_into(page)
            if closing and left is not page and not left.is_closed():
                await left.close()
            await page.bring_to_front()
        self._turn(page)

    def _turn(self, page: Page) -> None:
        self._closed_itself = False
        self.page = self.listener.current = page
        self._world = self._tabs.looks[page].world
        self._inside = self._ahead = None

    async def settle(self, seconds: float) -> None:
        """Wait until the document is loaded, requests are answered and the page stopped changing."""
        started = time.monotonic()
        self._ahead = None
        while (left := started + seconds - time.monotonic()) > 0:
            self._alive()
            try:
                quiet, ready = await self._quiet()
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

    async def _quiet(self) -> tuple[float, str]:
        """For how long the page has not changed, and how far it is read in; the frame acted in is part of it."""
        asked = "[__rpa.quietFor(), document.readyState]"
        quiet, ready = await self._world.evaluate(asked)
        if self._inside is not None:
            try:
                within, read = await self._inside.evaluate(asked)
                quiet, ready = min(quiet, within), ready if read == "complete" else read
            except PageGone:
                self._inside = None  # it was closed by what was done in it
        return quiet, ready

    async def find(self, target: Target) -> list[Hit]:
        """Return what the known variants point to, best voted first."""
        started = time.monotonic()
        self._at_work()
        question = question_of(target)
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == question and started - ahead[2] < AHEAD_S:
            found = ahead[1]
        else:
            found = await self._world.read(calling("find", *question))
        found = await self._framed(target, question, found)
        hits = [
            Hit(
                candidate=candidate_of(h["candidate"]), variant=h["variant"], votes=h["votes"], voters=h["voters"],
                rivals=h["rivals"], place=h["place"],
            )
            for h in found
        ]
        self._spent("guard", started)
        return sorted(hits, key=lambda h: (-h.votes / h.voters, h.variant))

    async def _framed(self, target: Target, question: Any, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Look into other sites' frames where the target was in one; what is in its own frames comes before a twin."""
        chains = [v.fingerprint.frames for v in target.variants]
        self._framed_target = any(chains)
        if any(chains) and not any(at_home(h, chains) for h in found):
            for inside, hits in await self._frames.asked("find", *question):
                found = [*found, *({**h, "candidate": inside.placed(h["candidate"])} for h in hits)]
                self._worked_in_frames = self._worked_in_frames or bool(hits)
        return home_first(found, chains)

    @property
    def _frames(self) -> Frames:
        return self._tabs.looks[self.page].frames

    def _has_frames(self) -> bool:
        return len(self.page.frames) > 1  # Playwright knows without asking

    async def survey(self, *, row_key: str = "", key_column: str = "") -> Survey:
        self._at_work()
        row = row_asked(row_key, key_column)
        raw = await self._world.call("survey", row)
        # Another site's frame may hold anything, an advertisement that says Save: it is searched for its own alone.
        framed = self._framed_target and self._has_frames()
        for inside, more in await self._frames.asked("survey", row) if framed else ():
            inside.added(raw, more)
        raw["candidates"] = tuple(candidate_of(c) for c in raw["candidates"])
        raw["came"] = await came(self._world, self.listener)
        return Survey.model_validate({**raw, "status": self.listener.document_status})

    async def announced(self) -> tuple[str, ...]:
        return await self._texts()

    async def find_text(self, target: Target, around: str, *, values: Mapping[str, str]) -> list[Hit]:
        """Return what a target of a text may mean, best voted first."""
        from .read import hits_for  # most procedures read nothing
        self._alive()
        found = await hits_for(self._world, target, around, values)
        chains = [v.fingerprint.frames for v in target.variants]
        if any(chains) and not any(at_home(h, chains) for h in found):
            for inside in await self._frames.all():
                more = await hits_for(inside.world, target, around, values)
                found += [{**h, "candidate": inside.placed(h["candidate"])} for h in more]
        hits = [Hit(**{**h, "candidate": candidate_of(h["candidate"])}) for h in found]
        return sorted(hits, key=lambda h: (-h.votes / h.voters, h.variant))

    async def records(self, at: Ref) -> Records | None:
        from .read import records_at
        self._alive()
        world, local = self._frames.holding(at) or (self._world, at)
        found = await records_at(world, local)
        return Records(headers=found["headers"], rows=found["rows"]) if found else None

    async def keep_download(self, folder: str) -> str:
        from .read import kept_file

        return await kept_file(self.listener, folder, self.secrets.hide)

    async def list_seen(self, target: Target) -> ListSeen:
        """Return the list in which the target's record should stand; the script for it is loaded when first asked for."""
        self._alive()
        question = list_asked(target)
        within = await self._frames.around(target.variants[0].fingerprint.frames)
        if within is None:
            return ListSeen(**await self._world.evaluate(question))
        return within.list_placed(ListSeen(**await within.world.evaluate(question)))

    async def act(self, action: Action, at: Ref | None) -> None:
        started = time.monotonic()
        self._at_work()
        self._ahead = None
        if at is not None:
            await self._frames_read_in()
        self.listener.mark()
        self.gate.refused.clear()
        self.listener.answer_dialog = Questions(action, self.listener.strange).answer
        within = self._frames.holding(at) if at is not None else None
        self._inside = within[0] if within is not None else None
        try:
            hands = self._hands(at, within) if at is not None else None
            await actions.perform(self.page, action, hands, base=self.base, secrets=self.secrets)
        except BrowserGone:
            if not self._tabs.left_open(self.page):
                raise  # else the act closed its own tab, as a popup does that returns
        self._spent("act", started)

    def _hands(self, at: Ref, within: tuple[World, str] | None) -> Hands:
        world, local = within or (self._world, at)
        return Hands(self.page, at, local, world.evaluate)

    async def read_back(self, at: Ref, *, ahead: Target | None = None) -> str:
        within = self._frames.holding(at)
        if within is not None:
            value = await within[0].call("readValue", within[1])
        else:
            value = await self._asked(calling("readValue", at), ahead)
        return str(value) if value is not None else ""

    async def chosen(self, at: Ref) -> Mapping[str, Sequence[str]]:
        world, local = self._frames.holding(at) or (self._world, at)
        said: dict[str, list[str]] = await world.call("chosen", local)
        return said

    async def read_all(self, at: Sequence[Ref]) -> list[str]:
        if self._frames.last:
            return [await self.read_back(ref) for ref in at]
        return [str(value) if value is not None else "" for value in await self._world.call("readValues", list(at))]

    async def _asked(self, expression: str, ahead: Target | None) -> Any:
        """Evaluate, and in the same round trip find what will be needed next."""
        if ahead is None:
            return await self._world.read(expression)
        question = question_of(ahead)
        answer, found = await self._world.read(f"[{expression}, {calling('ahead', *question)}]")
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
        passing: dict[str, None] = {}  # what was announced meanwhile may be gone again
        enough = max(CALM_CHANGE_S if changes(expect) else CALM_S, expect.settle_ms / 1000 * 2)
        while True:
            self._alive()
            spent = time.monotonic() - started
            arrived = self.listener.arrived(expect, values, self.page.url)
            if arrived and expect.texts:
                texts = await self._texts(ahead)
                if not said(expect, texts, values):
                    texts = (*texts, *await self._texts_elsewhere())
                    self._worked_in_frames = self._worked_in_frames or said(expect, texts, values)
            elif changes(expect) and not arrived:
                passing |= dict.fromkeys(await self._texts())
            if arrived and said(expect, texts, values):
                break
            passing |= dict.fromkeys(texts)
            hidden = bool(expect.texts and self._frames.last)  # nothing tells whether those frames rest
            if spent >= seconds or (spent >= enough and not hidden and await self._calm()):
                break
            await self._wait(min(seconds - spent, 0.1))
        if expect.popup:
            self._tabs.expect(self.listener.popups)
        if not texts and expect.requests:
            texts = await self._texts(ahead)
        if passing and not said(expect, texts, values):
            texts = tuple(dict.fromkeys((*texts, *unexpected(expect, passing, values))))
        self._spent("signals", started)
        return self._seen(texts, values)

    async def _calm(self) -> bool:
        """Tell whether nothing is on its way: no request unanswered, no change of the page for a while."""
        if self.listener.pending():
            return False
        try:
            quiet, ready = await self._quiet()
        except PageGone:
            return False
        return bool(quiet >= CALM_S * 1000 and ready == "complete")

    async def visible(self, text: str, *, values: Mapping[str, str], seconds: float) -> str | None:
        source = pattern(text, values, hole=r"[^\n]+?").pattern
        deadline = time.monotonic() + seconds
        while True:
            try:
                found: str | None = await self._world.call("visibleText", source)
                if found is None and self._worked_in_frames and self._has_frames():
                    found = next((t for _, t in await self._frames.asked("visibleText", source)), None)
                if found is not None or time.monotonic() >= deadline:
                    return found
                await self._world.call("changed", min(200, max(1, (deadline - time.monotonic()) * 1000)))
            except PageGone:
                if time.monotonic() >= deadline:
                    return None

    async def get(self, path: str) -> tuple[int, str]:
        return await fetched(self.page.context, self.base, path)

    def worlds(self) -> dict[Page, World]:
        return {page: look.world for page, look in self._tabs.looks.items()}

    async def seen_at(self, path: str, text: str, *, values: Mapping[str, str]) -> Seen:
        from .elsewhere import seen_at

        return await seen_at(self, path, text, values)

    async def ask_before_sending(self, authorize: Authorize, **about: Any) -> None:
        await self.gate.ask(authorize, frame=self._world.frame, **about)

    async def written(self, wanted: Mapping[str, str], *, seconds: float) -> None:
        await self._world.call("writtenOn", dict(wanted), seconds * 1000)

    async def given_fields(self) -> list[str]:
        return [str(name) for name in await self._world.call("givenFields")]

    def refused_hosts(self) -> list[str]:
        return refused_in(self.page.context)

    async def screenshot(self, path: str, marks: Sequence[tuple[Ref, str]] = ()) -> None:
        """Save a picture with everything masked that could hold a secret or a value typed by us; with boxes as SVG."""
        from .boxes import picture

        await picture(self.page, path, marks, self.secrets.hide)

    def _seen(self, texts: tuple[str, ...], values: Mapping[str, str]) -> Signals:
        seen = self.listener.told(self.page.url, texts, values)
        return seen.model_copy(update={"refused": tuple(self.gate.refused)}) if self.gate.refused else seen

    async def _texts(self, ahead: Target | None = None) -> tuple[str, ...]:
        try:
            return tuple(await self._asked(calling("announced"), ahead))
        except PageGone:
            return ()  # between two documents nothing is announced

    async def _texts_elsewhere(self) -> tuple[str, ...]:
        """What other sites' frames announce, and the tabs that this act opened."""
        framed = await self._frames.asked("announced") if self._has_frames() else ()
        return (*(t for _, told in framed for t in told), *await self._tabs.announced(self.listener.popups))

    async def _wait(self, seconds: float) -> None:
        """Wait for the next browser event, at most ``seconds``."""
        self.listener.changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self.listener.changed.wait()
        except TimeoutError:
            return

    def _at_work(self) -> None:
        """Nothing is looked for or done in another tab than the one that was turned to."""
        self._alive()
        if self._closed_itself:
            raise PageGone("the tab that the work went on in was closed")

    def _alive(self) -> None:
        if self.listener.crashed:
            raise BrowserGone("the page crashed")
        if others := self._tabs.left_open(self.page):
            self._turn(others[-1])  # a tab that closed leaves the one it came from: to look at, not to work in
            self._closed_itself = True
        if self.page.is_closed():
            raise BrowserGone("the page was closed")

    def _spent(self, part: str, since: float) -> None:
        self.timings[part] = self.timings.get(part, 0.0) + (time.monotonic() - since) * 1000
