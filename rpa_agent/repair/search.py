"""Finds a recorded element again on a changed page, with all that speaks for and against the one found."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from rpa_agent.domain.identity import likeness, words
from rpa_agent.domain.proposal import Break
from rpa_agent.domain.target import Fingerprint

from .assign import Assignment, assign, bystanders
from .calibrate import Facts
from .distance import Floats
from .pool import eligible, same_name
from .rank import CODED, HUMAN, Ranking, blend, human_texts, rank_all, score_all
from .sheet import Mask, Sheet, recorded_text, trait_text

_SYNONYM = 0.85
_APART = ("form", "heading", "landmark", "dialog", "href", "row_key", "column", *CODED)


@dataclass(frozen=True)
class Found:
    """The best candidate for a recorded element and everything known about it."""

    at: int
    recorded: Fingerprint
    live: Fingerprint
    facts: Facts
    votes: tuple[str, ...]              # names of the rankers that favour it
    score: float
    next_best: float
    twins: tuple[int, ...] = ()         # same name, and nothing recorded tells them apart
    conflicts: tuple[str, ...] = ()     # traits by which it rather is another recorded element
    places: tuple[str, ...] = ()        # form, section... that it shares with the recorded one
    misplaced: bool = False             # its name was shared when shown, and its place is not the recorded one
    matched: int = 0                    # recorded siblings found again
    siblings: int = 0
    rankings: dict[str, Ranking] = field(default_factory=dict)


def search(recorded: Fingerprint, break_: Break, sheet: Sheet) -> Found | None:
    """Return the best candidate for one known look of the broken target, or None when nothing may stand for it."""
    pool = eligible(recorded, sheet, break_.tried)
    if not pool.any():
        return None
    assignment = assign(recorded, break_.known, sheet)
    for at in assignment.taken() | bystanders(recorded, break_.page, sheet):
        pool[at] = False
    if not pool.any():
        return None
    by_ranker = score_all(recorded, sheet)
    blended = blend(by_ranker)
    _merge_equals(pool, blended, sheet)
    rankings, scores = rank_all(by_ranker, pool), np.where(pool, blended, -1.0)
    votes = _votes(rankings)
    best = max(np.flatnonzero(pool), key=lambda i: (len(votes.get(int(i), ())), scores[i]))
    return _judged(int(best), recorded, break_, sheet, _View(pool, scores, votes, rankings, assignment))


@dataclass(frozen=True)
class _View:
    pool: Mask
    scores: Floats
    votes: dict[int, tuple[str, ...]]
    rankings: dict[str, Ranking]
    assignment: Assignment


def _judged(at: int, recorded: Fingerprint, break_: Break, sheet: Sheet, view: _View) -> Found:
    live = sheet.prints[at]
    same = [int(i) for i in np.flatnonzero(view.pool) if i != at and same_name(sheet.prints[i], live)]
    twins = tuple(i for i in same if not told_apart(recorded, live, sheet.prints[i]))
    rest = view.scores.copy()
    rest[at] = -1.0
    rest[[i for i in same if i not in twins]] -= 0.05     # told apart by place, so its likeness counts less
    next_best = max(0.0, float(rest.max(initial=-1.0)))
    score, size = float(view.scores[at]), int(view.pool.sum())
    votes, matched = view.votes.get(at, ()), view.assignment.claimed()
    facts = Facts(
        score=score,
        # Alone in the pool every ranker must favour it: that proves little.
        margin=0.5 if size == 1 else min(1.0, max(0.0, score - next_best) / 0.3),
        agreement=0.5 if size == 1 else len(votes) / len(view.rankings),
        name_equal=float(reads_same(recorded, live)),
        reading=reading(recorded, live, sheet),
        coded_equal=float(bool(coded_alike(recorded, live))),
        role_equal=float(recorded.role == live.role),
        unique=1 / (1 + len(same)),
        crowd=min(1.0, math.log10(max(1, size)) / 3),
        assigned=float(view.assignment.mine == at),
        kin=_kin(recorded, live, sheet, view.assignment),
    )
    return Found(
        at, recorded, live, facts, votes, score, next_best, twins=twins,
        conflicts=_conflicts(recorded, live, view.assignment, break_), places=places(recorded, live),
        misplaced=misplaced(recorded, live), matched=len(matched), siblings=len(view.assignment.targets) - 1,
        rankings=view.rankings,
    )


def told_apart(recorded: Fingerprint, live: Fingerprint, twin: Fingerprint) -> bool:
    """Tell whether the recorded place or code is that of ``live`` and not of its twin."""
    speaks_for = [t for t in _usable(recorded, _APART) if _same(recorded, live, t) and not _same(recorded, twin, t)]
    against = [t for t in _usable(recorded, _APART) if _same(recorded, twin, t) and not _same(recorded, live, t)]
    return bool(speaks_for) and not against


def _merge_equals(pool: Mask, scores: Floats, sheet: Sheet) -> None:
    """Keep the likeliest of elements that lead to one page or send one form, as above and below a long form."""
    by_name: dict[str, list[int]] = {}
    for at in sorted(np.flatnonzero(pool), key=lambda i: -scores[i]):
        rivals = by_name.setdefault(sheet.prints[at].name, [])
        if any(_do_the_same(sheet.prints[at], sheet.prints[other]) for other in rivals):
            pool[at] = False
        else:
            rivals.append(int(at))


def _do_the_same(a: Fingerprint, b: Fingerprint) -> bool:
    if not a.name:
        return False
    if a.href and a.href == b.href:
        return True
    if a.type != "submit" or b.type != "submit" or not a.form or a.row or b.row:
        return False
    return all(getattr(a, t) == getattr(b, t) for t in ("form", "name_attr", "landmark", "dialog", "frames", "shadow"))


def misplaced(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether a name that several elements had when it was shown is now met in none of the recorded places."""
    if recorded.unique.get("name", 1) < 2 or coded_alike(recorded, live):
        return False
    decisive = _usable(recorded, ("form", "heading", "dialog", "href", "row_key", "column"))
    return bool(decisive) and not any(_same(recorded, live, trait) for trait in decisive)


def reads_same(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether a person reads one same name on both."""
    return bool({words(t) for t in human_texts(recorded)} & {words(t) for t in human_texts(live)} - {()})


def reading(recorded: Fingerprint, live: Fingerprint, sheet: Sheet) -> float:
    """Return how like the two are called, by letters or by meaning."""
    pairs = [(a, b) for a in human_texts(recorded) for b in human_texts(live)]
    return max((max(likeness(a, b), _SYNONYM * _same_meaning(a, b, sheet)) for a, b in pairs), default=0.0)


def _same_meaning(a: str, b: str, sheet: Sheet) -> float:
    # On a page about invoices "File" and "File invoice" say the same.
    rest_a, rest_b = (sheet.language.meanings(text) - sheet.topic for text in (a, b))
    rest = 2 * len(rest_a & rest_b) / (len(rest_a) + len(rest_b)) if rest_a and rest_b else 0.0
    return max(sheet.language.same_meaning(a, b), 0.9 * rest)


def coded_alike(recorded: Fingerprint, live: Fingerprint) -> tuple[str, ...]:
    """Return the programmers' traits (test id, field name, speaking id) that are exactly the same."""
    return tuple(t for t in _usable(recorded, CODED) if _same(recorded, live, t) and t not in live.generated)


def places(recorded: Fingerprint, live: Fingerprint) -> tuple[str, ...]:
    """Return the recorded surroundings that the live element has too."""
    return tuple(t for t in _usable(recorded, ("form", "dialog", "heading", "landmark")) if _same(recorded, live, t))


def _votes(rankings: dict[str, Ranking]) -> dict[int, tuple[str, ...]]:
    votes: dict[int, tuple[str, ...]] = {}
    for name, ranking in rankings.items():
        if ranking.favourite >= 0:
            votes[ranking.favourite] = (*votes.get(ranking.favourite, ()), name)
    return votes


def _kin(recorded: Fingerprint, live: Fingerprint, sheet: Sheet, assignment: Assignment) -> float:
    """Return the share of recorded form-mates found again that stand in the candidate's form too; .5 without any."""
    place = (recorded.form, recorded.dialog)
    mates = [n for n, t in enumerate(assignment.targets) if n and (t.form, t.dialog) == place]
    found = [sheet.prints[assignment.chosen[n]] for n in mates if assignment.chosen[n] >= 0]
    if not found:
        return 0.5
    return sum((p.form, p.dialog) == (live.form, live.dialog) for p in found) / len(found)


def _conflicts(recorded: Fingerprint, live: Fingerprint, assignment: Assignment, break_: Break) -> tuple[str, ...]:
    others = [{t: trait_text(p, t) for t in ("test_id", "id")} for p in assignment.targets[1:]]
    if break_.page is not None:
        others += [{"id": row[4]} for row in break_.page.elements if len(row) >= 6]
    return tuple(
        t for t in ("test_id", "id")
        if (text := trait_text(live, t)) and t not in live.generated and text != trait_text(recorded, t)
        and any(other.get(t) == text for other in others)
    )


def _usable(recorded: Fingerprint, traits: Iterable[str]) -> list[str]:
    return [t for t in traits if recorded_text(recorded, t)]


def _same(recorded: Fingerprint, live: Fingerprint, trait: str) -> bool:
    if trait == "href" and "*" not in recorded.href:
        return recorded.href.removeprefix("{base}") == live.href    # to tell records apart the whole address counts
    a, b = recorded_text(recorded, trait), trait_text(live, trait)
    return a == b or (trait in HUMAN and words(a) == words(b))
