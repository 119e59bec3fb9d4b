"""What pages sent by themselves while the work was shown, as a heartbeat: no act's doing, and let pass where it comes again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from urllib.parse import urlsplit

from ..domain.procedure import READS, Ambient
from ..domain.recording import Act, Recording, SeenRequest
from ..domain.urls import path_template, symbolic
from ..store.by_itself import bears, is_figure, known_by

ALONE_S = 5.0  # what leaves later than that after an act is not its doing, unless something else says so
AT_ONCE_S = 1.0  # what leaves within that after an act may well be
MOST = 20
_BEFORE = -1  # the act of what left before the first

_Alone = tuple[int, SeenRequest]


def ambient_of(recording: Recording, kept: Collection[str], salt: str) -> tuple[Ambient, ...]:
    """Return the changes that left without any act, but for those that carry one of these values or secrets."""
    found: dict[str, Ambient] = {}
    for several in _kinds(_alone(recording)):
        free = [r for _, r in several if r.carried is not None and not bears(r.url, r.carried, kept)]
        counts = _counting(free)
        for request in free[:1] if counts else free:
            made = _made(request, recording.base_url, salt, counts)
            found.setdefault(made.digest, made)
    return tuple(found.values())[:MOST]


def without(recording: Recording) -> Recording:
    """Return the demonstration without what was surely no act's doing: what came again and again, in the very same words,
    long after several acts or before any, and not at once after one of those; and what before any act only counted. Rather
    too little is left out: what an act sent would be sent unguarded."""
    gone: list[_Clock] = []
    for several in _kinds(_alone(recording)):
        before = [r for at, r in several if at == _BEFORE]
        if (counts := _counting(before)) and _taken(before):
            gone.append(_Clock(before[0], counts))
        gone += [_Clock(r) for r in _by_a_clock(several, recording)]
    if not gone:
        return recording

    def left(act: Act) -> Act:
        return act.model_copy(update={"requests": tuple(r for r in act.requests if not any(c.struck(r) for c in gone))})

    return recording.model_copy(update={"acts": tuple(map(left, recording.acts))})


@dataclass(frozen=True)
class _Clock:
    """A request that came by itself; ``counts`` are fields that hold another figure each time."""

    like: SeenRequest
    counts: tuple[str, ...] = ()

    def struck(self, request: SeenRequest) -> bool:
        held, carried = self.like.carried, request.carried
        if _kind(request) != _kind(self.like) or held is None or carried is None:
            return False
        return all(carried[n] == v if n not in self.counts else is_figure(carried[n]) for n, v in held.items())


def _alone(recording: Recording) -> list[_Alone]:
    """Return the changes that left without an act, each with the act before it. Opening a page is no act here: what it
    sends as it opens, it sends by itself."""
    first = next((i for i, act in enumerate(recording.acts) if act.kind != "goto"), len(recording.acts))
    acts = enumerate(recording.acts)
    later = [(_BEFORE if i < first else i, r) for i, act in acts for r in act.requests if i < first or r.late > ALONE_S]
    every = [*((_BEFORE, r) for r in recording.before_all), *later]
    return [(at, r) for at, r in every if r.method not in READS and r.kind != "document"]


def _kinds(alone: Sequence[_Alone]) -> list[list[_Alone]]:
    """Return them by what they have in common: address and fields."""
    kinds: dict[tuple[object, ...], list[_Alone]] = defaultdict(list)
    for at, request in alone:
        if request.carried is not None:
            kinds[_kind(request)].append((at, request))
    return list(kinds.values())


def _by_a_clock(several: Sequence[_Alone], recording: Recording) -> list[SeenRequest]:
    """Return what of one kind came in the very same words each time, after several acts or before any; one of each."""
    found: list[SeenRequest] = []
    for _, one in several:
        same = _Clock(one)
        again = [(at, r) for at, r in several if same.struck(r)]
        after = {at for at, _ in again}
        at_once = any(
            r.late < AT_ONCE_S and same.struck(r) for at in after - {_BEFORE} for r in recording.acts[at].requests
        )
        if _taken([r for _, r in again]) and (_BEFORE in after or len(after) >= 2) and not at_once:
            found.append(one)
    return found


def _taken(several: Sequence[SeenRequest]) -> bool:
    """Tell whether the site took two of them: what it refused may be tried again."""
    return sum(200 <= r.status < 400 for r in several) >= 2


def _kind(request: SeenRequest) -> tuple[object, ...]:
    return request.method, request.url, request.operation, frozenset(request.carried or ())


def _counting(several: Sequence[SeenRequest]) -> tuple[str, ...]:
    """Return the fields that held another figure or time each time, never an earlier one; nothing where others differ too."""
    bodies = [r.carried for r in several if r.carried is not None]
    if not bodies:
        return ()
    names = [n for n in bodies[0] if len({b[n] for b in bodies}) > 1]
    grows = all(is_figure(b[n]) for n in names for b in bodies) and all(_grows([b[n] for b in bodies]) for n in names)
    return tuple(sorted(names)) if names and grows else ()


def _grows(texts: Sequence[str]) -> bool:
    try:
        read = [_read(text.strip('"')) for text in texts]
    except ValueError:
        return False
    return all(a <= b for a, b in pairwise(read))


def _read(text: str) -> float:
    return float(text) if "-" not in text else datetime.fromisoformat(text).timestamp()


def _made(request: SeenRequest, base: str, salt: str, counts: tuple[str, ...] = ()) -> Ambient:
    path = path_template(urlsplit(request.url).path or "/", {})
    return Ambient(
        method=request.method, path=path, origin=symbolic(request.url, base), counts=counts,
        digest=known_by(salt, request.method, request.url, base, request.carried or {}, counts),
    )
