"""Which words stand in which procedures of a large memory, at hand: BM25 of all words of a task in a millisecond.

FTS5 scores row by row. Among many procedures the common words of a task would cost it a hundred milliseconds, and without them a
procedure that says the very same is lost among others. The scores are those of FTS5 (a test compares both).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..store.sqlite import Database
from .rows import AMONG, listed
from .since import NEVER, changed_since, count_now

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOKENIZER = "porter unicode61 remove_diacritics 2"
IN_TASK, BESIDES = 2.0, 1.0     # what a word in the task counts, and one in slots or facts
_K1, _B = 1.2, 0.75             # as FTS5 has them
_AT_ONCE = 50_000
_EVERY = 23                     # one of so many is looked at to guess from where on the highest are


@dataclass
class _Held:
    """The words as they were at a count of changes: of each term the procedures that hold it, by their place in ``ns``."""

    count: int = NEVER
    ns: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))            # in order
    long: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))          # words in each
    terms: dict[str, int] = field(default_factory=dict)
    starts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    places: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))        # term after term
    often: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))     # how often the term stands there
    scores: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))    # what it adds to the BM25 there


class Postings:
    """The words of all procedures; of what changes in memory.db only that is read again."""

    def __init__(self) -> None:
        self._held = _Held()
        self._terms: dict[str, tuple[str, ...]] = {}

    @property
    def bytes_in_use(self) -> int:
        """Return how much memory the words take."""
        h = self._held
        return sum(a.nbytes for a in (h.ns, h.long, h.starts, h.places, h.often, h.scores))

    def best(
        self, db: Database, wanted: Sequence[str], *, among: Collection[int] | None, without: Collection[int], count: int
    ) -> dict[int, float]:
        """Return BM25 scores of the ``count`` best matching procedures, by their n."""
        now = count_now(db)
        if now != self._held.count:
            changed = changed_since(db, self._held.count)
            self._held = _all(db, now) if changed is None else _with(db, self._held, changed, now)
        held = self._held
        scores = np.zeros(len(held.ns), np.float32)
        for term in self._stems(wanted):
            if (i := held.terms.get(term)) is not None:
                of_term = slice(held.starts[i], held.starts[i + 1])
                scores[held.places[of_term]] += held.scores[of_term]
        leave_out(scores, held.ns, among=among, without=without)
        top = highest(scores, count)
        return {int(held.ns[i]): float(scores[i]) for i in top[np.argsort(-scores[top], kind="stable")] if scores[i] > 0}

    def _stems(self, wanted: Sequence[str]) -> list[str]:
        """Return words as the index writes them, each once; its own tokenizer tells."""
        new = [word for word in dict.fromkeys(wanted) if word not in self._terms]
        if new:
            found: dict[int, list[str]] = {}
            for term, n, _ in tokenized((i, word, "", "") for i, word in enumerate(new)):
                found.setdefault(n, []).append(term)
            self._terms |= {word: tuple(found.get(i, ())) for i, word in enumerate(new)}
        return list(dict.fromkeys(term for word in wanted for term in self._terms[word]))


def tokenized(texts: Iterable[tuple[int, str, str, str]]) -> list[tuple[str, int, bool]]:
    """Return every term of some (n, task, slots, facts) as the index writes it: the term, the n, whether it is the task's."""
    conn = sqlite3.connect(":memory:")
    try:
        conn.execute(f"CREATE VIRTUAL TABLE words USING fts5(task, slots, facts, tokenize = '{TOKENIZER}')")
        conn.execute("CREATE VIRTUAL TABLE seen USING fts5vocab(words, instance)")
        conn.executemany("INSERT INTO words (rowid, task, slots, facts) VALUES (?, ?, ?, ?)", texts)
        return [(term, n, column == "task") for term, n, column in conn.execute("SELECT term, doc, col FROM seen")]
    finally:
        conn.close()


@dataclass
class _Read:
    """Words as they were read, one entry for each time that one stands in a procedure: same term and procedure together."""

    which: NDArray[np.int32]
    ns: NDArray[np.int64]
    in_task: NDArray[np.bool_]

    @classmethod
    def of(cls, blocks: Iterable[Sequence[tuple[str, int, bool]]], terms: dict[str, int]) -> _Read:
        """Read blocks of (term, n, in task), and number the terms that are new."""
        parts = [(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, bool))]
        for block in blocks:
            words, ns, tasks = zip(*block, strict=True)
            numbers = np.fromiter((terms.setdefault(t, len(terms)) for t in words), np.int32, len(block))
            parts.append((numbers, np.array(ns, np.int64), np.array(tasks, bool)))
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def gathered(
        self, ns: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        """Return terms, places in ``ns`` and how often, each pair once; and how many words each of ``ns`` has."""
        places = np.searchsorted(ns, self.ns).astype(np.int32)
        first = np.flatnonzero(np.r_[True, (self.which[1:] != self.which[:-1]) | (places[1:] != places[:-1])][: len(places)])
        counted = np.where(self.in_task, np.float32(IN_TASK), np.float32(BESIDES))
        often = np.add.reduceat(counted, first) if len(first) else counted
        return self.which[first], places[first], often, np.bincount(places, minlength=len(ns)).astype(np.int32)


def _all(db: Database, count: int) -> _Held:
    """Read the whole index, in blocks: term after term, each with its procedures in order."""
    ns = np.array([row[0] for row in db.conn.execute("SELECT id FROM words_docsize ORDER BY id")], np.int64)
    # temporary, and gone with the transaction of the search
    db.conn.execute("CREATE VIRTUAL TABLE temp.words_seen USING fts5vocab(main, words, instance)")
    cursor = db.conn.execute("SELECT term, doc, col = 'task' FROM temp.words_seen")
    terms: dict[str, int] = {}
    which, places, often, long = _Read.of(iter(lambda: cursor.fetchmany(_AT_ONCE), []), terms).gathered(ns)
    return _weighed(_Held(count, ns, long, terms, places=places, often=often), which)


def _with(db: Database, held: _Held, changed: NDArray[np.int64], count: int) -> _Held:
    """Return the words with those of some procedures as they are now; all others stay as they are held."""
    texts = db.conn.execute(f"SELECT rowid, task, slots, facts FROM words WHERE rowid {AMONG}", [listed(changed)]).fetchall()
    there = np.sort(np.array([row[0] for row in texts], np.int64))
    stay = ~np.isin(held.ns, changed)
    ns = np.union1d(held.ns[stay], there)
    terms = dict(held.terms)    # held stays whole, should this be broken off
    block = tokenized(texts)
    which, places, often, long = _Read.of([block] if block else [], terms).gathered(ns)
    kept, moved = stay[held.places], np.searchsorted(ns, held.ns).astype(np.int32)
    which = np.r_[np.repeat(np.arange(len(held.terms), dtype=np.int32), np.diff(held.starts))[kept], which]
    order = np.argsort(which, kind="stable")
    places = np.r_[moved[held.places[kept]], places][order]
    long[moved[stay]] = held.long[stay]
    return _weighed(_Held(count, ns, long, terms, places=places, often=np.r_[held.often[kept], often][order]), which[order])


def _weighed(held: _Held, which: NDArray[np.int32]) -> _Held:
    """Fill in where each term begins and what it adds to the BM25, by what all of them are now."""
    many = len(held.ns)
    held.starts = np.searchsorted(which, np.arange(len(held.terms) + 1))
    having = np.diff(held.starts)
    rare = np.log((many - having + 0.5) / (having + 0.5))
    rare[rare <= 0] = 1e-6      # as FTS5 does with what stands in more than half of all
    usual = int(held.long.sum(dtype=np.int64)) / max(many, 1) or 1.0
    length = _K1 * (1 - _B + _B * held.long / usual)
    held.scores = (rare[which] * held.often * (_K1 + 1) / (held.often + length[held.places])).astype(np.float32)
    return held


def leave_out(
    scores: NDArray[np.float32], ns: NDArray[np.int64], *, among: Collection[int] | None, without: Collection[int]
) -> None:
    """Put all that is not looked at below every score."""
    if among is not None:
        scores[~np.isin(ns, np.fromiter(among, np.int64))] = -9
    if without:
        scores[np.isin(ns, np.fromiter(without, np.int64))] = -9


def highest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the places of the ``count`` highest scores, in no order."""
    if count >= len(scores):
        return np.arange(len(scores))
    some = scores[::_EVERY]
    wanted = 2 * count // _EVERY + 8
    if wanted < len(some):
        likely = np.flatnonzero(scores >= np.partition(some, -wanted)[-wanted])
        if len(likely) >= count:
            return likely[np.argpartition(-scores[likely], count - 1)[:count]]
    return np.argpartition(-scores, count - 1)[:count]
