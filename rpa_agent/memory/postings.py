"""Which words stand in which procedures of a large memory, at hand: BM25 of all words of a task in a millisecond.

FTS5 scores row by row. Among many procedures the common words of a task would cost it a hundred milliseconds, and without them a
procedure that says the very same is lost among others. The scores are those of FTS5 (a test compares both).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..store.sqlite import Database
from .rows import one

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOKENIZER = "porter unicode61 remove_diacritics 2"
IN_TASK, BESIDES = 2.0, 1.0     # what a word in the task counts, and one in slots or facts
_K1, _B = 1.2, 0.75             # as FTS5 has them
_AT_ONCE = 50_000
_EVERY = 23                     # one of so many is looked at to guess from where on the highest are


@dataclass
class _Loaded:
    stamp: int = -1
    ns: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    terms: dict[str, int] = field(default_factory=dict)
    starts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    places: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))    # in ns, term after term
    counts: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))


class Postings:
    """The words of all procedures, kept until a task in memory.db changes."""

    def __init__(self) -> None:
        self._all = _Loaded()
        self._terms: dict[str, tuple[str, ...]] = {}

    @property
    def bytes_in_use(self) -> int:
        """Return how much memory the words take."""
        return self._all.ns.nbytes + self._all.places.nbytes + self._all.counts.nbytes

    def best(
        self, db: Database, wanted: Sequence[str], *, among: Collection[int] | None, without: Collection[int], count: int
    ) -> dict[int, float]:
        """Return BM25 scores of the ``count`` best matching procedures, by their n."""
        stamp = int(one(db, "SELECT value FROM meta WHERE key = 'words'"))
        if stamp != self._all.stamp:
            self._all = _loaded(db, stamp)
        all_ = self._all
        scores = np.zeros(len(all_.ns), np.float32)
        for term in self._stems(wanted):
            if (i := all_.terms.get(term)) is not None:
                of_term = slice(all_.starts[i], all_.starts[i + 1])
                scores[all_.places[of_term]] += all_.counts[of_term]
        leave_out(scores, all_.ns, among=among, without=without)
        top = highest(scores, count)
        return {int(all_.ns[i]): float(scores[i]) for i in top[np.argsort(-scores[top], kind="stable")] if scores[i] > 0}

    def _stems(self, wanted: Sequence[str]) -> list[str]:
        """Return words as the index writes them, each once; its own tokenizer tells."""
        new = [word for word in dict.fromkeys(wanted) if word not in self._terms]
        if new:
            self._terms |= _tokenized(new)
        return list(dict.fromkeys(term for word in wanted for term in self._terms[word]))


def _tokenized(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    conn = sqlite3.connect(":memory:")
    try:
        conn.execute(f"CREATE VIRTUAL TABLE words USING fts5(word, tokenize = '{TOKENIZER}')")
        conn.execute("CREATE VIRTUAL TABLE seen USING fts5vocab(words, instance)")
        conn.executemany("INSERT INTO words (rowid, word) VALUES (?, ?)", enumerate(words))
        found: dict[int, list[str]] = {}
        for term, doc in conn.execute("SELECT term, doc FROM seen"):
            found.setdefault(doc, []).append(term)
    finally:
        conn.close()
    return {word: tuple(found.get(i, ())) for i, word in enumerate(words)}


def _loaded(db: Database, stamp: int) -> _Loaded:
    """Read the whole index, in blocks: term after term, each with its procedures in order."""
    ns = np.array([row[0] for row in db.conn.execute("SELECT id FROM words_docsize ORDER BY id")], np.int64)
    # temporary, and gone with the transaction of the search
    db.conn.execute("CREATE VIRTUAL TABLE temp.words_seen USING fts5vocab(main, words, instance)")
    cursor = db.conn.execute("SELECT term, doc, col = 'task' FROM temp.words_seen")
    terms: dict[str, int] = {}
    parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]] = []
    while block := cursor.fetchmany(_AT_ONCE):
        words, docs, tasks = zip(*block, strict=True)
        numbers = np.fromiter((terms.setdefault(t, len(terms)) for t in words), np.int32, len(block))
        parts.append((numbers, np.searchsorted(ns, np.array(docs, np.int64)).astype(np.int32), np.array(tasks, bool)))
    if not parts:
        return _Loaded(stamp, ns)
    which, place, in_task = (np.concatenate(column) for column in zip(*parts, strict=True))
    first = np.flatnonzero(np.r_[True, (which[1:] != which[:-1]) | (place[1:] != place[:-1])])
    often = np.add.reduceat(np.where(in_task, IN_TASK, BESIDES), first)
    long = np.bincount(place, minlength=len(ns))
    usual = len(place) / len(ns)
    which, place = which[first], place[first]
    starts = np.searchsorted(which, np.arange(len(terms) + 1))
    having = np.diff(starts)
    rare = np.log((len(ns) - having + 0.5) / (having + 0.5))
    rare[rare <= 0] = 1e-6      # as FTS5 does with what stands in more than half of all
    counts = rare[which] * often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * long[place] / usual))
    return _Loaded(stamp, ns, terms, starts, place, counts.astype(np.float32))


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
