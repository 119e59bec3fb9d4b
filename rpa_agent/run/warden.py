"""Says of every change that is about to leave whether it may: what the step at hand was shown to send, and a commit once.

A request belongs to the last act, until the next one. What resembles the recorded passes; what nobody showed passes or
not by the workflow's gate mode, and never while a repair is unproven. The request of a commit leaves once, armed, after
the journal has written so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..domain.errors import RpaAgentError
from ..domain.gate import SOCKET, Change, Decision, Pass, Refuse, differing, renamed, same_address, unjustified
from ..domain.plan import Mode
from ..domain.procedure import READS, Request, Step

if TYPE_CHECKING:
    from ..domain.ports import Journal, PageAtHand


@dataclass
class Armed:
    """A commit that may be sent now. ``own`` are its recorded requests, each as often as it was shown."""

    key: str
    own: tuple[Request, ...]
    journal: Journal
    wanted: Callable[[], Awaitable[None]] | None = None  # raises where the run is to end
    sent: bool = False
    again: str = ""  # what the page tried to send once more
    left: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    async def send(self) -> None:
        """Write that the request leaves now, synced; raises NeedsPerson, Declined or StoreUnfit, and then it must not leave."""
        if not self.sent:
            if self.wanted is not None:
                await self.wanted()
            await self.journal.sent(self.key)
            self.sent = True

    def may_leave(self, request: Request) -> bool:
        """Tell whether a recorded request has not left yet as often as it was shown."""
        kind = _kind(request)
        return self.left.get(kind, 0) < sum(_kind(r) == kind for r in self.own)

    def leaves(self, request: Request) -> None:
        kind = _kind(request)
        self.left[kind] = self.left.get(kind, 0) + 1


class Warden:
    """Authorises the changes of one run. ``refused`` and ``unknown`` are told in the end, in order."""

    def __init__(
        self, page: PageAtHand, steps: Sequence[Step], mode: Mode, values: Mapping[str, str], withheld: Sequence[Step] = (),
        by_itself: Callable[[Change], bool] = lambda change: False,
    ) -> None:
        """``withheld`` are steps that are not done: a commit among them is held as if it were not due. ``by_itself`` knows
        what pages were shown to send without any act; see by_itself.py."""
        self._is_ambient = by_itself
        self._page, self._steps, self._mode, self._values = page, steps, mode, values
        self._known = (*steps, *withheld)
        self._one_at_a_time = asyncio.Lock()
        self._step: Step | None = None
        self._closed: tuple[Request, ...] | None = None
        self._here: list[str] = []  # refused since it was closed
        self._given: frozenset[str] = frozenset()
        self._ambient: set[str] = set()  # addresses that changes left for while no commit was armed
        self.armed: Armed | None = None
        self.refused: list[str] = []
        self.unknown: list[str] = []
        self.why = ""  # the last refusal
        self.error: RpaAgentError | None = None  # why the journal did not take what was to be sent

    async def stand(self) -> None:
        """From now on be asked before anything leaves."""
        own = [r for s in self._known if s.effect == "commit" for r in own_requests(self._known, s)]
        reads = [r for r in own if r.method in READS]
        await self._page.ask_before_sending(
            self.authorize, reads=reads, values=self._values, own=own, everything=self._everything()
        )

    async def move_to(self, page: PageAtHand) -> None:
        """Go on with another page, of another browser context: nothing that leaves it passes unasked."""
        self.note_unasked()
        self._page = page
        await self.stand()

    def note_unasked(self) -> None:
        """Tell of what left unasked, as of any change that nobody showed."""
        for change in self._page.unasked():
            self._let_unknown(change)

    def _everything(self) -> bool:
        """Tell whether every document is asked about. Where what nobody showed would pass and be told, it may pass and be
        told: all that could be refused then is a commit that is not due, and that is held in any case."""
        return self.armed is not None or self._closed is not None or self._mode in {"strict", "read_only"}

    async def acting(self, step: Step) -> None:
        """An act begins: what is sent from now on belongs to it."""
        self._step = step
        await self._page.hold(self._everything())
        # Asked now, since a page that has a form on its way answers nothing.
        self._given = frozenset(await self._page.given_fields()) if self._strict() else frozenset()

    def only_shown(self) -> bool:
        """Tell whether nothing may leave of which nobody can read what it is."""
        return self._strict()

    def _strict(self) -> bool:
        """Tell whether only what was shown may leave."""
        return self._mode in {"strict", "read_only"} or (self._closed is not None and self._mode != "open")

    async def close(self, expected: Iterable[Request]) -> None:
        """From now on let only what resembles these leave: an act is not proven yet, or something is looked for."""
        if self._closed is None:
            self._here = []
        self._closed = tuple(expected)
        await self._page.hold(True)

    def open(self) -> list[str]:
        """Let pass again what the mode lets pass; return what was refused meanwhile."""
        self._closed = None
        return self._here

    @asynccontextmanager
    async def searching(self) -> AsyncIterator[None]:
        """Let plain reads pass and nothing else meanwhile: something is closed or opened on the way to an element."""
        before, armed = self._closed, self.armed
        await self.close(())
        self.armed = None
        try:
            yield
        finally:
            self._closed, self.armed = before, armed

    async def arm(
        self, step: Step, key: str, journal: Journal, *, wanted: Callable[[], Awaitable[None]] | None = None
    ) -> Armed:
        """Let a commit's request leave, once, until `disarm`, if it is ``wanted`` then."""
        await self._page.hold(True)
        self.armed = Armed(key, own_requests(self._steps, step), journal, wanted)
        self.error = None
        return self.armed

    def disarm(self) -> None:
        """What of a commit was not sent by now does not leave later."""
        self.armed = None

    async def authorize(self, change: Change) -> Decision:
        """Decide about one request; several are decided one after the other."""
        async with self._one_at_a_time:
            if change.method == SOCKET:
                return self._of_socket(change)
            decision = await self._decide(change)
            if isinstance(decision, Refuse):
                words, self.why = change.words(self._values), decision.why
                self.refused.append(words)
                self._here.append(words)
            return decision

    async def _decide(self, change: Change) -> Decision:
        if change.hop_of and change.stays_at_home():
            # The same effect on its way to another address: it was let pass already.
            return Pass(alone=self.armed is not None)
        if change.hop_of and (self.armed is not None or self._closed is not None or self._mode == "strict"):
            return Refuse("it was led on to another host")
        if self._mode == "read_only":
            return self._shown(change, self._drafts())
        if self.armed is not None:
            return await self._of_commit(change, self.armed)
        if self._of_unarmed_commit(change):
            return Refuse("it belongs to a step that sends, and that is not due")
        if self._by_itself(change):
            return Pass()
        if self._closed is not None and self._mode != "open":
            return self._shown(change, self._closed)
        if isinstance(self._shown(change, self._expected()), Pass):
            self._ambient.add(change.address())
            return Pass()
        if self._mode == "strict":
            return Refuse("it was not shown")
        return self._let_unknown(change)

    async def _of_commit(self, change: Change, armed: Armed) -> Decision:
        """A commit's own request leaves once, and after the journal was told; so does any that may be it in new clothes."""
        closed = self._closed if self._mode != "open" else None
        asked = armed.own if closed is None else tuple(r for r in armed.own if r in closed)
        own = [r for r in asked if same_address(r, change, self._values)]
        strict = closed is not None or self._mode == "strict"
        if own:
            wrong = [differing(r, change, self._values, strict=strict) for r in own]
            fits = [r for r, why in zip(own, wrong, strict=True) if not why]
            if not fits:
                return Refuse(f"it does not carry {wrong[0]} as meant")
            free = next((r for r in fits if armed.may_leave(r)), None)
            if free is None:
                return self._again(armed, change)
            if strict and not self._justified(free, change):
                return Refuse("it carries fields that nobody showed: " + ", ".join(unjustified(free, change, self._values)))
            return await self._send(armed, free)
        if armed.own and self._by_itself(change):
            return Pass()
        if closed is not None or self._mode == "strict":
            return Refuse("it was not shown")
        if change.address() in self._ambient or not armed.own or armed.left:
            return self._let_unknown(change) if self._once(armed, change) else self._again(armed, change)
        if change.address() in armed.seen:
            return self._again(armed, change)
        armed.seen.add(change.address())
        decision = await self._send(armed, None)
        return self._let_unknown(change, decision) if isinstance(decision, Pass) else decision

    def _of_socket(self, change: Change) -> Decision:
        """Nobody reads what a socket sends: nothing leaves on it where only what was shown may, and none beside a commit
        that has requests of its own. Each is told once; a page opens one again and again that is cut."""
        words = change.words(self._values)
        beside = self.armed is not None and bool(self.armed.own) and self._mode != "open"
        told = self.refused if self._strict() or beside else self.unknown
        if words not in told:
            told.append(words)
        return Refuse("nobody can read what a socket sends") if told is self.refused else Pass()

    def _again(self, armed: Armed, change: Change) -> Refuse:
        armed.again = change.words(self._values)
        return Refuse("it was sent already")

    def _once(self, armed: Armed, change: Change) -> bool:
        """Where nothing recorded tells a commit's request, the very same one leaves once."""
        if armed.own:
            return True
        twice = change.digest in armed.seen
        armed.seen.add(change.digest)
        return not twice

    async def _send(self, armed: Armed, request: Request | None) -> Decision:
        try:
            await armed.send()
        except RpaAgentError as e:
            self.error = e
            return Refuse("the journal did not take it")
        if self.armed is not armed:  # the step ended while this was written, and says already that nothing was sent
            return Refuse("the step that sends it is over")
        if request is not None:
            armed.leaves(request)
        return Pass(alone=True)

    def _let_unknown(self, change: Change, decision: Pass = Pass()) -> Pass:  # noqa: B008  # it is frozen
        if not any(same_address(r, change, self._values) for s in self._steps for r in s.expect.requests):
            self.unknown.append(change.words(self._values))
        if self.armed is None:
            self._ambient.add(change.address())
        return decision

    def _of_unarmed_commit(self, change: Change) -> bool:
        """Tell whether a request is that of a commit which is not armed. Where a draft goes to the same address, its
        values tell them apart."""
        drafts = (*self._drafts(), *(self._closed or ()))
        for step in (s for s in self._steps if s.effect == "commit"):
            for own in own_requests(self._steps, step):
                if not same_address(own, change, self._values):
                    continue
                shared = any(same_address(d, change, self._values) for d in drafts)
                carries = any(own.fields.values()) and not differing(own, change, self._values)
                if not shared or (carries and not _is_draft(change, drafts, self._values)):
                    return True
        return False

    def _by_itself(self, change: Change) -> bool:
        """Tell whether a change left without any act when this was shown, and goes where no commit does."""
        commits = (r for s in self._known if s.effect == "commit" for r in own_requests(self._known, s))
        return self._is_ambient(change) and not any(same_address(r, change, self._values) for r in commits)

    def _expected(self) -> tuple[Request, ...]:
        return changes_of(self._step) if self._step is not None else ()

    def _drafts(self) -> tuple[Request, ...]:
        return tuple(r for s in self._steps if s.effect != "commit" for r in changes_of(s))

    def _shown(self, change: Change, expected: Sequence[Request]) -> Decision:
        for wanted in expected:
            fits = same_address(wanted, change, self._values) and not differing(wanted, change, self._values)
            if fits and self._justified(wanted, change):
                return Pass()
        return Refuse("it was not shown")

    def _justified(self, wanted: Request, change: Change) -> bool:
        """Tell whether fields that nobody showed are hidden or untouched ones of the page's forms."""
        extra = [n for n in unjustified(wanted, change, self._values) if n not in self._given]
        return len(extra) <= renamed(wanted, change)


def changes_of(step: Step) -> tuple[Request, ...]:
    """Return the recorded requests of a step that are no plain reads."""
    return tuple(r for r in step.expect.requests if r.method not in READS)


def own_requests(steps: Sequence[Step], commit: Step) -> tuple[Request, ...]:
    """Return the requests that a commit is: its changes; where it has none, the reads that no other step makes. One that is
    said on a WebSocket is no request."""
    if commit.expect.socket:
        return ()
    if changes := changes_of(commit):
        return changes
    others = {_kind(r) for s in steps if s.id != commit.id for r in s.expect.requests}
    elsewhere = {s.expect.url for s in steps if s.id != commit.id}
    reads = [r for r in commit.expect.requests if _kind(r) not in others and r.origin + r.path not in elsewhere]
    return tuple(reads[:1])  # what follows it is where it led


def _is_draft(change: Change, drafts: Sequence[Request], values: Mapping[str, str]) -> bool:
    return any(same_address(d, change, values) and any(d.fields.values()) and not differing(d, change, values) for d in drafts)


def _kind(request: Request) -> str:
    return f"{request.method} {request.origin}{request.path} {request.operation}"
