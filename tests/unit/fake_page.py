"""A page made of plain values: it shows what it is told to, and remembers every act."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rpa_agent.domain.errors import NeedsPerson, PageGone, RpaAgentError
from rpa_agent.domain.gate import Authorize, Change, Refuse
from rpa_agent.domain.ports import Action, Hit, ListSeen, Seen
from rpa_agent.domain.procedure import READS, Expectation, Request
from rpa_agent.domain.proposal import Break, Candidate, Proposal, Ref, Survey
from rpa_agent.domain.target import Fingerprint, Target
from rpa_agent.domain.template import pattern
from rpa_agent.domain.trajectory import Signals, Weighed

BASE = "http://site.test"


@dataclass
class FakePage:
    """Implements ports.PageAtHand. ``on_act`` says what an act leads to; ``keeps`` what a field makes of a value."""

    elements: dict[Ref, Fingerprint]
    url: str = "http://site.test/form"
    base: str = BASE
    status: int = 200
    texts: tuple[str, ...] = ()
    answers: dict[str, tuple[int, str] | RpaAgentError] = field(default_factory=dict)
    on_act: Callable[[FakePage, Action, Ref | None], Signals | None] = lambda page, action, at: None
    keeps: Callable[[str], str] = lambda value: value
    covered: set[Ref] = field(default_factory=set)
    pictures: list[tuple[str, list[tuple[Ref, str]]]] = field(default_factory=list)
    acts: list[tuple[str, Ref | None, str | None]] = field(default_factory=list)
    fields: dict[Ref, str] = field(default_factory=dict)
    authorize: Authorize | None = None
    breaks: BaseException | None = None  # raised once what an act sends has left
    values: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    elsewhere: list[Seen] = field(default_factory=list)
    lists: Sequence[ListSeen] = ()  # the pages of a list
    turned: int = 0
    looked: int = 0
    tabs: int = 1  # how many tabs are open
    refused_to: Sequence[str] = ()  # hosts that its pages wanted and may not reach
    denying: int = 0  # with which status the site did not give what the page asked for
    turns: list[tuple[int, bool, bool]] = field(default_factory=list)  # tab, opened for it, closed behind it
    _seen: Signals = field(default_factory=Signals)

    @property
    def come_back(self) -> str:
        return ""

    @property
    def only_read(self) -> bool:
        return True

    @property
    def denied(self) -> int:
        return self.denying

    async def load_again(self) -> None:
        self.acts.append(("load again", None, None))

    async def turn_to(self, tab: int, *, seconds: float, opening: bool = False, closing: bool = False) -> None:
        if tab >= self.tabs and not opening:
            raise PageGone(f"tab {tab + 1} did not open, and the work goes on there")
        self.tabs = max(self.tabs, tab + 1)
        self.turns.append((tab, opening, closing))

    async def settle(self, seconds: float) -> None:
        return

    async def find(self, target: Target) -> Sequence[Hit]:
        hits = []
        for i, variant in enumerate(target.variants):
            wanted = variant.fingerprint
            key = wanted.row.key if wanted.row else ""
            for ref, shown in self.elements.items():
                if shown.capability != wanted.capability or (key and (shown.row is None or shown.row.key != key)):
                    continue
                traits = [t for t in ("name", "id", "name_attr") if getattr(wanted, t)]
                votes = sum(getattr(shown, t) == getattr(wanted, t) for t in traits)
                if votes:
                    cover = "a notice" if ref in self.covered else ""
                    candidate = Candidate(ref=ref, fingerprint=shown, covered_by=cover)
                    hits.append(Hit(candidate=candidate, variant=i, votes=votes, voters=len(traits)))
        return hits

    async def list_seen(self, target: Target) -> ListSeen:
        self.looked += 1
        return self.lists[min(self.turned, len(self.lists) - 1)] if self.lists else ListSeen()

    async def survey(self, *, row_key: str = "", key_column: str = "") -> Survey:
        return Survey(
            url=self.url,
            candidates=tuple(Candidate(ref=r, fingerprint=f) for r, f in self.elements.items()),
            status=self.status,
        )

    async def act(self, action: Action, at: Ref | None) -> None:
        self.acts.append((action.kind, at, action.value if action.secret is None else f"secret {action.secret}"))
        if action.kind == "goto":
            self.url = (action.value or "").replace("{base}", "http://site.test")
        if action.kind in {"fill", "select"} and at is not None:
            self.fields[at] = self.keeps(action.value or "")
        self._seen = await self._sent(self.on_act(self, action, at) or Signals())
        if self.breaks is not None:
            raise self.breaks

    async def read_back(self, at: Ref, *, ahead: Target | None = None) -> str:
        return self.fields.get(at, "")

    async def chosen(self, at: Ref) -> Mapping[str, Sequence[str]]:
        return {}

    async def read_all(self, at: Sequence[Ref]) -> Sequence[str]:
        return [self.fields.get(ref, "") for ref in at]

    async def signals(
        self, expect: Expectation, *, values: Mapping[str, str], seconds: float, ahead: Target | None = None
    ) -> Signals:
        return self._seen

    async def announced(self) -> tuple[str, ...]:
        return ()

    async def visible(self, text: str, *, values: Mapping[str, str], seconds: float) -> str | None:
        wanted = pattern(text, values, hole=r"[^\n]+?")
        return next((t for t in self.texts if wanted.search(t)), None)

    async def get(self, path: str) -> tuple[int, str]:
        self.asked.append(path)
        answer = self.answers.get(path, (404, ""))
        if isinstance(answer, RpaAgentError):
            raise answer
        return answer

    async def seen_at(self, path: str, text: str, *, values: Mapping[str, str]) -> Seen:
        self.asked.append(path)
        return self.elsewhere.pop(0) if len(self.elsewhere) > 1 else self.elsewhere[0]

    async def ask_before_sending(
        self, authorize: Authorize, *, reads: Sequence[Request], values: Mapping[str, str], own: Sequence[Request] = (),
        everything: bool = True,
    ) -> None:
        self.authorize, self.values = authorize, values

    async def hold(self, everything: bool) -> None:
        return

    def unasked(self) -> Sequence[Change]:
        return ()

    async def written(self, wanted: Mapping[str, str], *, seconds: float) -> None:
        return

    async def given_fields(self) -> Sequence[str]:
        return ()

    async def _sent(self, signals: Signals) -> Signals:
        """What an act would send is asked about first, as a browser does; what is refused was not sent."""
        left, refused = [], list(signals.refused)
        for request in signals.requests:
            if request.method not in READS and self.authorize is not None:
                fields = {name: self.values.get(param, "") for name, param in request.fields.items()}
                origin = request.origin if "://" in request.origin else f"http://{request.origin}"
                url = origin.replace("http://{base}", BASE) + request.path.replace("*", "7")
                change = Change(request.method, url, BASE, request.operation, fields, digest=str(len(left)))
                if isinstance(await self.authorize(change), Refuse):
                    refused.append(change.words(self.values))
                    continue
            left.append(request)
        return signals.but(requests=tuple(left), refused=tuple(refused))

    async def screenshot(self, path: str, marks: Sequence[tuple[Ref, str]] = ()) -> None:
        self.pictures.append((path, list(marks)))

    def refused_hosts(self) -> Sequence[str]:
        told, self.refused_to = self.refused_to, ()
        return told


@dataclass
class FakeJournal:
    """Implements ports.Journal, with every transition in order."""

    states: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    async def state(self, key: str) -> str | None:
        return self.states.get(key)

    async def arm(self, key: str, *, name: str, run: str, again: str | None = None) -> None:
        if self.states.get(key) in {"sent", "ambiguous"} or (self.states.get(key) == "confirmed" and not again):
            raise NeedsPerson(f"{name} is {self.states[key]}", fault="unknown")
        self._to(key, "armed")

    async def sent(self, key: str) -> None:
        assert self.states[key] == "armed"
        self._to(key, "sent")

    async def settle(self, key: str, state: str, *, receipt: Mapping[str, str] | None = None) -> None:
        self._to(key, state)

    def _to(self, key: str, state: str) -> None:
        self.states[key] = state
        self.told.append(state)


@dataclass
class FakeLadder:
    """Proposes what it was given, one list a time, and keeps what it was asked."""

    answers: list[list[Proposal]] = field(default_factory=list)
    asked: list[Break] = field(default_factory=list)

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        self.asked.append(break_)
        return self.answers.pop(0) if self.answers else []

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        """Every element of the page was weighed."""
        return tuple(
            Weighed(words=c.fingerprint.words(), likeness=0.5, probability=0.5, ref=c.ref) for c in view.candidates
        )
