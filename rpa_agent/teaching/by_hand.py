"""What leaves while a person shows a step: everything, but what may be a commit goes through the journal, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..domain.errors import NeedsPerson
from ..domain.gate import SOCKET, Change, Decision, Pass, Refuse, differing, same_address
from ..domain.ports import Journal
from ..domain.procedure import READS, Step
from ..run.compare import refused_as
from ..run.warden import changes_of, own_requests

_ELSEWHERE = "what sends is done by the machine that the run is of"


@dataclass
class ByHand:
    """Decides about each request, and keeps what left.

    A commit is known by its address as shown; on a page that was changed, by all of its values, wherever they go. With
    ``sends`` False (a run that was carried to another machine) none of that leaves, nor anything else that nobody showed.
    What does not leave is told at once (``tell``): the page only stays as it is.
    """

    journal: Journal
    run: str
    steps: tuple[Step, ...]
    keys: Mapping[str, str]
    values: Mapping[str, str]
    sends: bool = True
    tell: Callable[[str], None] = lambda words: None
    left: dict[str, str] = field(default_factory=dict)  # keys by the name of the commit whose request left
    refused: dict[str, str] = field(default_factory=dict)  # why, by what was refused
    unnamed: list[str] = field(default_factory=list)  # commits that were shown and that no key is known of
    _told: list[str] = field(default_factory=list)  # the requests that the journal knows, or that did not leave, in words
    _digests: set[str] = field(default_factory=set)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def authorize(self, change: Change) -> Decision:
        """Let a change pass; what may be a commit after the journal was told, and only once."""
        async with self._one_at_a_time:
            decision, what = await self._decide(change)
            if isinstance(decision, Refuse):
                about = what or change.words(self.values)
                if about not in self.refused:
                    self.tell(f"{about} did not leave: {decision.why}.")
                self.refused[about] = decision.why
                self._told.append(change.words(self.values))
            return decision

    async def also_left(self, shown: Sequence[Step]) -> None:
        """Journal as sent what was shown to send and was not known as a commit when it left: it is not to be done anew."""
        kept = [s for s in shown if s.effect == "commit" and not self._is_told(s)]
        open_ = [s.commit for s in self.steps if s.effect == "commit" and s.commit in self.keys and s.commit not in self.left]
        for step, name in zip(kept, [*open_, *[None] * len(kept)], strict=False):
            if name is None:
                self.unnamed.append(step.commit or step.id)
            elif isinstance(refused := await self._through_journal(name), Refuse):
                self.refused[name] = refused.why  # it left all the same, and what the journal knew of it stands
                self.unnamed.append(name)

    async def _decide(self, change: Change) -> tuple[Decision, str]:
        """Return the decision, and the name of the commit that it is about."""
        if change.method == SOCKET:
            talks = any(s.effect == "commit" and s.expect.socket for s in self.steps)
            return (Refuse(_ELSEWHERE) if talks and not self.sends else Pass()), ""
        if change.hop_of and change.stays_at_home():
            return Pass(alone=bool(self.left)), ""
        name = self._name_of(change)
        if name is None:
            return (Pass() if self.sends or self._is_draft(change) else Refuse(_ELSEWHERE)), ""
        if not self.sends:
            return Refuse(_ELSEWHERE), name
        if name in self.left:
            twice = change.digest in self._digests
            return (Refuse("it was sent already, and with the same words") if twice else Pass()), name
        if name not in self.keys:
            return Refuse("what tells it apart is read on the way, by a run: let the run send it"), name
        decision = await self._through_journal(name)
        if isinstance(decision, Pass):
            self._digests.add(change.digest)
            self._told.append(change.words(self.values))
        return decision, name

    async def _through_journal(self, name: str) -> Decision:
        key = self.keys[name]
        try:
            await self.journal.arm(key, name=name, run=self.run)
            await self.journal.sent(key)
        except NeedsPerson as e:
            return Refuse(e.message)
        self.left[name] = key
        return Pass(alone=True)

    def _name_of(self, change: Change) -> str | None:
        commits = [s for s in self.steps if s.effect == "commit" and s.commit]
        for step in commits:
            if any(same_address(r, change, self.values) for r in own_requests(self.steps, step)):
                return step.commit
        if change.method in READS or self._is_draft(change):
            return None
        for step in commits:
            own = [r for r in changes_of(step) if any(r.fields.values())]
            if own and step.commit not in self.left and any(not differing(r, change, self.values) for r in own):
                return step.commit
        return None

    def _is_draft(self, change: Change) -> bool:
        """Tell whether a change is one that was shown and does not count, or is called as such ones are."""
        from ..build.effects import harmless

        shown = [r for s in self.steps if s.effect != "commit" for r in changes_of(s)]
        known = any(same_address(r, change, self.values) for r in shown)
        return known or harmless(urlsplit(change.url).path, change.operation)

    def _is_told(self, step: Step) -> bool:
        return any(refused_as(r, words) for r in changes_of(step) for words in self._told)
