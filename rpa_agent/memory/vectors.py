"""The nearest tasks by meaning: one product over all vectors, in a large memory over a shortened form of them first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..store.sqlite import Database, Shelf
from .embeddings import CachedEmbedder
from .postings import highest, leave_out
from .rows import AMONG, listed, one, rows
from .since import NEVER, changed_since, count_now

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGE = 5000            # procedures: beyond it vectors are shortened and only the nearest are compared in full
_SHORT = 64             # numbers that a shortened vector keeps; 100,000 of them take 26 MB, and 77 MB in full
_SAMPLE = 5000
_IN_FULL = 1500
_DIGITS = 6
_STEPS = 32767          # a number in full is kept as one of so many steps: cosines are right to a few millionths


@dataclass
class _Held:
    """The vectors as they were at a count of changes, one column each: a row times that is a quarter faster than turned."""

    count: int = NEVER
    ns: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))        # in order
    matrix: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    short: NDArray[np.float32] | None = None    # what shortens a vector likewise; then these are all in full, a row each:
    full: NDArray[np.int16] = field(default_factory=lambda: np.zeros((0, 0), np.int16))
    step: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))  # how large one step of a row is


class Vectors:
    """Cosines between a task and all procedures; of what changes in memory.db only that is read again."""

    def __init__(self, shelf: Shelf, embedder: CachedEmbedder, *, large: int = LARGE) -> None:
        self._shelf = shelf
        self._large = large
        self.embedder = embedder
        self._held = _Held()

    @property
    def bytes_in_use(self) -> int:
        """Return how much memory the vectors take."""
        h = self._held
        return sum(a.nbytes for a in (h.ns, h.matrix, h.full, h.step))

    async def embed(self, masked: str) -> NDArray[np.float32]:
        """Return the vector of a task, with those of all procedures at hand; raises ModelUnavailable."""
        count, kept = await self._shelf.read(lambda db: (count_now(db), self.embedder.known(db, masked)))
        vector = kept if kept is not None else await self.embedder.asked(masked)
        if count != self._held.count:
            await self._load(len(vector))
        return vector

    def nearest(
        self, query: NDArray[np.float32], *, also: Sequence[int], among: Collection[int] | None, without: Collection[int],
        count: int,
    ) -> dict[int, float]:
        """Return the cosines of the ``count`` nearest procedures, by their n, and of those in ``also``."""
        h = self._held
        if not len(h.ns):
            return {}
        scores = np.asarray((query if h.short is None else query @ h.short) @ h.matrix, np.float32)
        leave_out(scores, h.ns, among=among, without=without)
        top = highest(scores, count if h.short is None else max(count, _IN_FULL))
        top = top[scores[top] > -9]
        places = np.searchsorted(h.ns, np.asarray(also, np.int64))
        inside = [int(p) for p, n in zip(places, also, strict=True) if p < len(h.ns) and h.ns[p] == n]
        if h.short is not None:
            scores[top] = self._in_full(query, top)
            top = top[np.argsort(-scores[top], kind="stable")[:count]]
            scores[inside] = self._in_full(query, inside)
        # rounded: the last digits of a product depend on where a column stands, and tasks of the same words are equally near
        return {int(h.ns[i]): round(float(scores[i]), _DIGITS) for i in dict.fromkeys((*top.tolist(), *inside))}

    def _in_full(self, query: NDArray[np.float32], places: NDArray[np.int64] | list[int]) -> NDArray[np.float32]:
        cosines: NDArray[np.float32] = (self._held.full[places].astype(np.float32) @ query) * self._held.step[places]
        return cosines

    async def _load(self, width: int) -> None:
        """Embed what is new since the last search and keep all vectors of that width at hand."""
        before, name = self._held, self.embedder.name
        count, new = await self._shelf.read(lambda db: (
            count_now(db), [row["search_text"] for row in rows(db, _NOT_EMBEDDED, [before.count, name, 4 * width])]
        ))
        if new:
            await self.embedder.vectors(new, width=width)
        self._held = await self._shelf.read(lambda db: _brought_up(db, name, before, count=count, width=width, beyond=self._large))


# a pack may bring a vector of any size: what is not as wide as the query's is made here instead
_NOT_EMBEDDED = """
SELECT DISTINCT search_text FROM procedures p
WHERE changed > ? AND search_text <> '' AND asleep = '' AND same_as = '' AND NOT EXISTS
    (SELECT 1 FROM embeddings e WHERE e.model = ? AND e.text_hash = p.text_hash AND length(e.vector) = ?)
"""
# CROSS: SQLite would go through all vectors of the model to find the few that are asked for
_EMBEDDED = """
SELECT p.n, e.vector FROM procedures p
CROSS JOIN embeddings e ON e.model = ? AND e.text_hash = p.text_hash AND p.asleep = '' AND p.same_as = ''
"""


def _brought_up(db: Database, model: str, before: _Held, *, count: int, width: int, beyond: int) -> _Held:
    """Return the vectors as they are at ``count``: all of them, or those held with the few that have changed since."""
    large = int(one(db, "SELECT count(*) FROM (SELECT 1 FROM procedures LIMIT ?)", [beyond + 1])) > beyond
    changed = changed_since(db, before.count)
    as_before = before.matrix.shape[0] == (width if before.short is None else _SHORT) and len(before.ns) > 0
    if changed is None or not as_before or (large and width > _SHORT) != (before.short is not None):
        return _all(db, model, count, width=width, large=large)
    sql = f"{_EMBEDDED} WHERE p.n {AMONG} AND length(e.vector) = ?"
    fresh = db.conn.execute(sql, [model, listed(changed), 4 * width]).fetchall()
    return _with(before, changed, sorted(fresh), count=count, width=width)


def _all(db: Database, model: str, count: int, *, width: int, large: bool) -> _Held:
    """Read all vectors, a few thousand at a time: a large memory is never there twice in its long form."""
    cursor = db.conn.execute(f"{_EMBEDDED} WHERE length(e.vector) = ? ORDER BY p.n", [model, 4 * width])
    held = _Held(count)
    ns: list[int] = []
    parts: list[tuple[NDArray[np.float32], NDArray[np.int16], NDArray[np.float32]]] = []
    for block in iter(lambda: cursor.fetchmany(_SAMPLE), []):
        ns += [row[0] for row in block]
        part = _read(block, width)
        if large and held.short is None and width > _SHORT:
            held.short = _shortening(part)
        parts.append(_forms(part, held.short))
    held.ns = np.array(ns, np.int64)
    if parts:
        matrices, full, step = zip(*parts, strict=True)
        held.matrix, held.full, held.step = np.concatenate(matrices, axis=1), np.concatenate(full), np.concatenate(step)
    return held


def _with(before: _Held, changed: NDArray[np.int64], fresh: Sequence[tuple[int, bytes]], *, count: int, width: int) -> _Held:
    """Return what is held without the changed ones, and with those of them that are there now."""
    stay = np.flatnonzero(~np.isin(before.ns, changed))
    ns = np.r_[before.ns[stay], np.array([n for n, _ in fresh], np.int64)]
    order = np.argsort(ns, kind="stable")
    matrix, full, step = _forms(_read(fresh, width), before.short)
    held = _Held(count, ns[order], _placed(before.matrix, stay, matrix, order, axis=1), before.short)
    if before.short is not None:
        held.full, held.step = (
            _placed(b, stay, f, order, axis=0) for b, f in ((before.full, full), (before.step, step))
        )
    return held


def _placed(
    held: NDArray[Any], stay: NDArray[np.int64], fresh: NDArray[Any], order: NDArray[np.int64], *, axis: int
) -> NDArray[Any]:
    out = np.concatenate((held if len(stay) == held.shape[axis] else np.take(held, stay, axis=axis), fresh), axis=axis)
    return out if (order[1:] > order[:-1]).all() else np.take(out, order, axis=axis)


def _read(block: Sequence[tuple[int, bytes]], width: int) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(row[1] for row in block), np.float32).reshape(len(block), width)


def _forms(
    part: NDArray[np.float32], short: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32], NDArray[np.int16], NDArray[np.float32]]:
    """Return vectors as columns, shortened where a projection is given; then also in full, with the step of each."""
    if short is None:
        return part.T, np.zeros((0, 0), np.int16), np.zeros(0, np.float32)
    step = np.abs(part).max(axis=1) / np.float32(_STEPS)
    return (part @ short).T, np.rint(part / np.maximum(step, 1e-12)[:, None]).astype(np.int16), step


def _shortening(sample: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the projection onto the directions in which the vectors differ most."""
    _, directions = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(directions[:, -_SHORT:], np.float32)
