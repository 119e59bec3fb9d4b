"""The hands of an exploration on a page of a sandbox, and the gate that lets changes leave for that sandbox alone."""

from __future__ import annotations

from typing import Any

from ..domain.binding import BASE, Binding
from ..domain.errors import NeedsPerson, PageGone, RpaAgentError
from ..domain.exploring import Move
from ..domain.gate import Change, Decision, Pass, Refuse
from ..domain.ports import Action, PageAtHand
from ..domain.proposal import Candidate, Survey
from ..domain.urls import origin
from ..domain.values import same_value
from .entered import SECRET, Entered

SETTLE_S = 5.0
_BOUND = Binding(sends_to=(BASE,))      # a secret is typed where the sandbox is, and its form sends nowhere else


class PageHands:
    """Implements domain.exploring.Hands on a page: what is done once, is looked at, and nothing is done again by itself."""

    def __init__(self, page: PageAtHand, entered: Entered) -> None:
        self.page, self._entered = page, entered
        self._last: Candidate | None = None     # the field used last, for the key that sends it

    async def see(self) -> Survey:
        await self.page.settle(SETTLE_S)
        return await self.page.survey()

    async def reached(self) -> str:
        return ""

    async def do(self, move: Move, at: Candidate | None) -> Move:
        if move.kind == "enter":
            if self._last is None:
                return move.but(failed="no field was used before")
            at = self._last
            move = move.but(element=at.fingerprint)
        before = self.page.url
        try:
            await self.page.act(self._action(move, at), at.ref if at is not None else None)
            await self.page.settle(SETTLE_S)
            if why := await self._not_kept(move, at, before):
                return move.but(failed=why)
        except (NeedsPerson, PageGone, RpaAgentError) as e:
            return move.but(failed=e.message)
        if at is not None and move.kind in ("fill", "select"):
            self._last = at
        return move.but(led_to="another page" if self.page.url != before else "")

    def _action(self, move: Move, at: Candidate | None) -> Action:
        match move.kind:
            case "enter":
                return Action(kind="press", value="Enter")
            case "fill" | "select" if move.value.startswith(SECRET):
                return Action(kind="fill", secret=move.value.removeprefix(SECRET), bound=_BOUND)
            case "fill" | "select" if at is not None:
                value = self._entered.typed(move.value, at.fingerprint) if move.value else move.text
                exact = self._entered.values.get(move.value)
                return Action(kind=move.kind, value=value, canonical=exact, widget=at.fingerprint, readonly=at.readonly)
            case _:
                return Action(kind=move.kind)

    async def _not_kept(self, move: Move, at: Candidate | None, before: str) -> str:
        """Return why a field does not hold what was entered; a page that went on meanwhile took it."""
        if move.kind not in ("fill", "select") or at is None or move.value.startswith(SECRET) or self.page.url != before:
            return ""
        kept = await self.page.read_back(at.ref)
        meant = self._entered.typed(move.value, at.fingerprint) if move.value else move.text
        fits = same_value(kept, meant) or meant.casefold() in kept.casefold()
        return "" if fits else "the field does not keep it"


def only_to(base: str) -> Any:
    """Return a gate that lets changes leave for one origin and nowhere else."""

    async def authorize(change: Change) -> Decision:
        return Pass() if origin(change.url) == origin(base) else Refuse("it leaves the sandbox")

    return authorize
