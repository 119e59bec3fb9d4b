"""Finds a recorded element again on a changed page, with all that speaks for and against the one found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rpa_agent.domain.identity import leads_elsewhere
from rpa_agent.domain.proposal import Break
from rpa_agent.domain.target import Fingerprint

from .alike import (
    code_speaks,
    coded_alike,
    coded_apart,
    codes_like,
    means_otherwise,
    misplaced,
    places,
    reading,
    reads_same,
    says_the_same,
    shares_beside,
)
from .assign import Assignment, assign, bystanders
from .calibrate import Facts, calibration
from .distance import Floats
from .leading import leads_same, other_links
from .namesakes import is_face, is_hidden, namesake_refuted, without_namesakes
from .pictures import same_picture
from .pool import able, eligible, in_row, refuted, same_name
from .rank import Ranking, blend, rank_all, score_all
from .sending import sends_the_same
from .sheet import Mask, Sheet, human_texts, trait_text
from .tabs import same_tab

_WEIGHED = 4    # so many of the likeliest are weighed fact by fact
_RIVAL_READS = 0.3     # a name that has nothing of the candidate's is no rival's
ALONE = 0.5     # without a rival every ranker must favour it and nothing comes near: that proves half as much


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
    rival: str = ""                     # another recorded element, gone now, that it is called like just as well
    places: tuple[str, ...] = ()        # form, section... that it shares with the recorded one
    misplaced: bool = False             # its name was shared when shown, and its place is not the recorded one
    otherwise: bool = False             # each name says something that the other does not
    more_or_less: bool = False          # one name says something that the other does not
    hidden: bool = False                # an element called exactly like the recorded one is there and not shown
    code_only: bool = False             # it has one code of the recorded one, which says nothing of its name
    beside_only: bool = False           # they share a text that both show beside names of their own
    leads_off: bool = False             # both are links, to different pages
    leaves: bool = False                # it is a link to a page, and the recorded one acted where it was
    coded_apart: bool = False           # its field name is of another thing
    refuted: bool = False               # what is called exactly so was tried, and it did not prove itself
    next_as_sure: float = 0.0           # how probable the second is
    same_tab: bool = False              # all other tabs are there as they were, and this one is left in its place
    sends_same: bool = False            # pressing it sends the very request that was shown
    same_picture: bool = False          # it says nothing, and shows the picture that the recorded one alone showed
    face: bool = False                  # it is drawn for the recorded box, which is there and hidden
    matched: int = 0                    # recorded siblings found again
    siblings: int = 0
    rankings: dict[str, Ranking] = field(default_factory=dict)


@dataclass(frozen=True)
class _View:
    pool: Mask                          # all that may stand for the recorded element
    thin: Mask                          # without namesakes that its place or code rules out
    scores: Floats
    votes: dict[int, tuple[str, ...]]
    rankings: dict[str, Ranking]
    assignment: Assignment
    blended: Floats                     # scores of all, also of those that may not stand for it
    there: frozenset[int] = frozenset() # links to where the recorded one led, as no others do
    sent: frozenset[int] = frozenset()  # those that send the very request that was shown, where nothing is called as it was
    pictured: frozenset[int] = frozenset()  # the wordless one with the picture that was shown, where nothing is called as it was


def search(recorded: Fingerprint, break_: Break, sheet: Sheet) -> Found | None:
    """Return the best candidate for one known look of the broken target, or None when nothing may stand for it."""
    view = _view(recorded, break_, sheet)
    return _best(recorded, break_, sheet, view) if view is not None else None


def _best(recorded: Fingerprint, break_: Break, sheet: Sheet, view: _View) -> Found:
    """Return the most probable of the few that anything speaks for: rankers' favourites, the likeliest, the namesakes."""
    kept = [int(i) for i in np.flatnonzero(view.thin)]
    likeliest = sorted(kept, key=lambda i: -view.scores[i])[:_WEIGHED]
    named = _named(kept, recorded, sheet)
    there = [i for i in kept if i in view.there]
    shortlist = dict.fromkeys((*likeliest, *view.votes, *named[:_WEIGHED], *there[:1], *view.sent, *view.pictured))
    judged = [_judged(i, recorded, break_, sheet, view) for i in shortlist]
    # A link is where it leads, and a button what it sends; where only one does, how it is called now does not matter.
    proved = {f.at for f in judged if f.at in there or f.sends_same or f.same_tab or f.same_picture or f.face}
    ranked = sorted(judged, key=lambda f: (f.at in proved, calibration().probability(f.facts), f.score), reverse=True)
    return replace(ranked[0], next_as_sure=calibration().probability(ranked[1].facts) if len(ranked) > 1 else 0.0)


def _view(recorded: Fingerprint, break_: Break, sheet: Sheet) -> _View | None:
    others = other_links(recorded, break_.page)
    pool = eligible(recorded, sheet, break_.tried, others)
    if not pool.any():
        return None
    assignment = assign(recorded, break_.known, sheet)
    for at in assignment.taken() | bystanders(recorded, break_.page, sheet):
        pool[at] = False
    if not pool.any():
        return None
    by_ranker = score_all(recorded, sheet)
    blended = blend(by_ranker)
    thin = without_namesakes(pool, blended, recorded, sheet)
    pictured = _pictured(recorded, sheet, pool)
    thin[list(pictured)] = True     # what says nothing is nobody's namesake
    rankings, scores = rank_all(by_ranker, thin), np.where(thin, blended, -1.0)
    there = frozenset(int(i) for i in np.flatnonzero(thin) if leads_same(recorded, sheet.prints[i], sheet, others))
    sent = _sent(recorded, break_, sheet, thin)
    return _View(pool, thin, scores, _votes(rankings), rankings, assignment, blended, there, sent, pictured)


def _named(among: Sequence[int], recorded: Fingerprint, sheet: Sheet) -> list[int]:
    return [i for i in among if reads_same(recorded, sheet.prints[i]) or coded_alike(recorded, sheet.prints[i])]


def _sent(recorded: Fingerprint, break_: Break, sheet: Sheet, thin: Mask) -> frozenset[int]:
    """Return what sends the very request that was shown, unless something else is called as the recorded element was."""
    kept = [int(i) for i in np.flatnonzero(thin)]
    sent = frozenset(i for i in kept if sends_the_same(recorded, sheet.candidates[i], break_, sheet))
    return sent if sent and set(_named(kept, recorded, sheet)) <= sent else frozenset()


def _pictured(recorded: Fingerprint, sheet: Sheet, pool: Mask) -> frozenset[int]:
    """Return what shows the recorded picture and no word, unless something is called as the recorded element was."""
    kept = [int(i) for i in np.flatnonzero(pool)]
    found = [i for i in kept if same_picture(recorded, sheet.candidates[i], sheet)]
    return frozenset(found) if found and not set(_named(kept, recorded, sheet)) - set(found) else frozenset()


def weigh(recorded: Fingerprint, break_: Break, sheet: Sheet, *, most: int) -> list[Found | Excluded]:
    """Return the ``most`` likeliest of all elements that can do what the recorded one did, to be told to a person."""
    view = _view(recorded, break_, sheet)
    by_ranker = score_all(recorded, sheet)
    blended = view.blended if view else blend(by_ranker)
    can = [n for n, c in enumerate(sheet.candidates) if c.visible and able(recorded, c.fingerprint)]
    likeliest = sorted(can, key=lambda n: -blended[n])[:most]
    if view is not None and (best := _best(recorded, break_, sheet, view).at) not in likeliest:
        likeliest[most - 1 :] = [best]
    why = _Excluding(recorded, break_, sheet, view)
    return [
        _judged(n, recorded, break_, sheet, view)
        if view and view.thin[n]
        else Excluded(n, sheet.prints[n], float(blended[n]), {k: float(v[n]) for k, v in by_ranker.items()}, why.of(n))
        for n in likeliest
    ]


@dataclass(frozen=True)
class Excluded:
    """An element that could do it and is out of the question."""

    at: int
    live: Fingerprint
    score: float
    scores: dict[str, float]
    why: str


class _Excluding:
    """Says in words why an element may not stand for the recorded one."""

    def __init__(self, recorded: Fingerprint, break_: Break, sheet: Sheet, view: _View | None) -> None:
        self._recorded, self._tried = recorded, break_.tried
        self._eligible, self._sheet, self._view = eligible(recorded, sheet), sheet, view
        self._taken = view.assignment.taken() if view else assign(recorded, break_.known, sheet).taken()

    def of(self, at: int) -> str:
        if refuted(self._sheet.candidates[at], self._tried):
            return "it was tried and did not prove itself"
        if not self._eligible[at]:
            return self._unfit(at)
        if at in self._taken:
            return "it is another element of this procedure"
        if self._view and self._view.pool[at]:
            return "another element of this name does the same or stands where the recorded one stood"
        return "it was there beside the recorded one when that was shown"

    def _unfit(self, at: int) -> str:
        sheet, was = self._sheet, " · ".join(human_texts(self._recorded))
        if not in_row(self._recorded, sheet.prints[at]):
            return "it stands in another row"
        if any(sheet.language.opposite(was, text) for text in sheet.called()[at]):
            return "it says the opposite"
        return "it cannot be used for this step, or only holds an element that can"


def _judged(at: int, recorded: Fingerprint, break_: Break, sheet: Sheet, view: _View) -> Found:
    live = sheet.prints[at]
    same = [int(i) for i in np.flatnonzero(view.pool) if i != at and same_name(sheet.prints[i], live)]
    twins = tuple(i for i in same if view.thin[i])
    rest = view.scores.copy()
    rest[at] = -1.0
    next_best = max(0.0, float(rest.max(initial=-1.0)))
    score, size = float(view.scores[at]), int(view.thin.sum())
    votes, matched = view.votes.get(at, ()), view.assignment.claimed()
    facts = Facts(
        score=score,
        margin=ALONE if size == 1 else min(1.0, max(0.0, score - next_best) / 0.3),
        agreement=ALONE if size == 1 else len(votes) / len(view.rankings),
        name_equal=float(reads_same(recorded, live)),
        reading=reading(recorded, live, sheet),
        coded_equal=float(bool(coded_alike(recorded, live))),
        role_equal=float(recorded.role == live.role),
        unique=1 / (1 + len(same)),
        crowd=min(1.0, math.log10(max(1, size)) / 3),
        assigned=float(view.assignment.mine == at),
        kin=_kin(recorded, live, sheet, view.assignment),
        codes=codes_like(recorded, live),
        leads_same=float(at in view.there),
    )
    return Found(
        at, recorded, live, facts, votes, score, next_best, twins=twins,
        conflicts=_conflicts(recorded, live, view.assignment, break_), rival=_rival(at, facts, break_, sheet, view),
        places=places(recorded, live), misplaced=misplaced(recorded, live), coded_apart=coded_apart(recorded, live),
        code_only=not code_speaks(recorded, live, sheet), beside_only=shares_beside(recorded, live),
        leads_off=leads_elsewhere(recorded, live), leaves=_leaves(recorded, live),
        otherwise=means_otherwise(recorded, live, sheet), more_or_less=not says_the_same(recorded, live, sheet),
        hidden=is_hidden(recorded, at, sheet), sends_same=at in view.sent,
        same_picture=at in view.pictured, face=is_face(recorded, at, sheet),
        same_tab=same_tab(recorded.name, sheet.candidates[at], break_.page, sheet) if recorded.role == "tab" else False,
        refuted=namesake_refuted(recorded, break_.tried, sheet),
        matched=len(matched), siblings=len(view.assignment.targets) - 1, rankings=view.rankings,
    )


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


def _rival(at: int, facts: Facts, break_: Break, sheet: Sheet, view: _View) -> str:
    """Return another recorded element that is not found as it was and whose name fits the candidate as well."""
    live, recorded = sheet.prints[at], view.assignment.targets[0]
    if facts.name_equal or facts.coded_equal or (recorded.href and not leads_elsewhere(recorded, live) and live.href):
        return ""       # the other one led elsewhere, or it would be this one
    claimed = view.assignment.claimed()
    gone = [t for n, t in enumerate(view.assignment.targets) if n and n not in claimed.values()]
    there = {(p.role, p.name) for p in sheet.prints}
    for row in break_.page.elements if break_.page else ():
        if len(row) >= 6 and row[1] and row[:2] != (recorded.role, recorded.name) and row[:2] not in there:
            gone.append(Fingerprint(tag=row[2], role=row[0], name=row[1]))
    # Distinct names only: a list repeats the same few a hundred times.
    named = {t.name: t for t in gone if t.role == live.role and t.name and t.name != recorded.name}
    least = max(facts.reading, _RIVAL_READS)
    return next((name for name, t in named.items() if reading(t, live, sheet) >= least), "")


def _leaves(recorded: Fingerprint, live: Fingerprint) -> bool:
    return recorded.capability == "click" and not recorded.href and bool(live.href.strip("#/"))


def _conflicts(recorded: Fingerprint, live: Fingerprint, assignment: Assignment, break_: Break) -> tuple[str, ...]:
    others = [{t: trait_text(p, t) for t in ("test_id", "id")} for p in assignment.targets[1:]]
    if break_.page is not None:
        others += [{"id": row[4]} for row in break_.page.elements if len(row) >= 6]
    return tuple(
        t for t in ("test_id", "id")
        if (text := trait_text(live, t)) and t not in live.generated and text != trait_text(recorded, t)
        and any(other.get(t) == text for other in others)
    )
