"""The nearest tasks by meaning: one product over all vectors, in a large memory over a shortened form of them first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..store.sqlite import Database, Shelf
from .embeddings import CachedEmbedder
from .postings import highest, leave_out
from .rows import one, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGE = 5000           # procedures: beyond it vectors are shortened and only the nearest are compared in full
_SHORT = 96             # numbers that a shortened vector keeps; 100,000 of them take 38 MB
_SAMPLE = 5000
_IN_FULL = 200


@dataclass
class _Loaded:
    """The vectors of all procedures, kept until a task in memory.db changes."""

    stamp: tuple[str, int] = ("", -1)
    ns: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    matrix: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    short: NDArray[np.float32] | None = None        # what shortens a vector of the query likewise


class Vectors:
    """Cosines between a task and all procedures."""

    def __init__(self, shelf: Shelf, embedder: CachedEmbedder) -> None:
        self._shelf = shelf
        self.embedder = embedder
        self._all = _Loaded()

    @property
    def bytes_in_use(self) -> int:
        """Return how much memory the vectors take."""
        return self._all.matrix.nbytes + self._all.ns.nbytes

    async def embed(self, masked: str) -> NDArray[np.float32]:
        """Return the vector of a task; raises ModelUnavailable."""
        stamp, known = await self._shelf.read(lambda db: (int(one(db, _STAMP)), self.embedder.known(db, masked)))
        if (self.embedder.name, stamp) != self._all.stamp:
            await self._load()
        made: NDArray[np.float32] = known if known is not None else (await self.embedder.vectors([masked]))[0]
        return made

    def nearest(
        self, db: Database, query: NDArray[np.float32], *, also: Sequence[int], among: Collection[int] | None,
        without: Collection[int], count: int,
    ) -> dict[int, float]:
        """Return the cosines of the ``count`` nearest procedures, by their n, and of those in ``also``."""
        v = self._all
        if not len(v.ns):
            return {}
        scores = np.asarray((query if v.short is None else query @ v.short) @ v.matrix, np.float32)
        leave_out(scores, v.ns, among=among, without=without)
        top = highest(scores, count if v.short is None else max(count, _IN_FULL))
        top = top[scores[top] > -9]
        places = np.searchsorted(v.ns, np.asarray(also, np.int64))
        inside = [int(p) for p, n in zip(places, also, strict=True) if p < len(v.ns) and v.ns[p] == n]
        if v.short is None:
            return {int(v.ns[i]): float(scores[i]) for i in dict.fromkeys((*top.tolist(), *inside))}
        exact = self._in_full(db, query, [int(v.ns[i]) for i in dict.fromkeys((*top.tolist(), *inside))])
        # what was taken out since these were loaded is not there in full any more
        kept = sorted((n for n in v.ns[top].tolist() if n in exact), key=lambda n: -exact[n])[:count]
        return {n: exact[n] for n in (*kept, *(n for n in v.ns[inside].tolist() if n in exact))}

    def _in_full(self, db: Database, query: NDArray[np.float32], ns: Sequence[int]) -> dict[int, float]:
        sql = f"{_EMBEDDED} WHERE p.n IN ({','.join('?' * len(ns))})"
        found = db.conn.execute(sql, [self.embedder.name, *ns]).fetchall()
        if not found:
            return {}
        cosines = np.frombuffer(b"".join(row[1] for row in found), np.float32).reshape(len(found), -1) @ query
        return dict(zip((row[0] for row in found), cosines.tolist(), strict=True))

    async def _load(self) -> None:
        """Embed what is new since the last search and keep all vectors at hand."""
        stamp = (self.embedder.name, int(await self._shelf.read(lambda db: one(db, _STAMP))))
        if stamp == self._all.stamp:
            return
        new = await self._shelf.read(lambda db: rows(db, _NOT_EMBEDDED, [self.embedder.name]))
        await self.embedder.vectors([row["search_text"] for row in new])
        name = self.embedder.name
        self._all = await self._shelf.read(lambda db: _loaded(db, name, stamp))


_STAMP = "SELECT value FROM meta WHERE key = 'words'"
_NOT_EMBEDDED = """
SELECT DISTINCT search_text FROM procedures p WHERE search_text <> '' AND asleep = '' AND same_as = '' AND NOT EXISTS
    (SELECT 1 FROM embeddings e WHERE e.model = ? AND e.text_hash = p.text_hash)
"""
# CROSS: SQLite would go through all vectors of the model to find the few that are asked for
_EMBEDDED = """
SELECT p.n, e.vector FROM procedures p
CROSS JOIN embeddings e ON e.model = ? AND e.text_hash = p.text_hash AND p.asleep = '' AND p.same_as = ''
"""


def _loaded(db: Database, model: str, stamp: tuple[str, int]) -> _Loaded:
    """Read all vectors, a few thousand at a time: a large memory is never there twice."""
    cursor = db.conn.execute(f"{_EMBEDDED} ORDER BY p.n", [model])
    ns: list[int] = []
    parts: list[NDArray[np.float32]] = []
    short: NDArray[np.float32] | None = None
    many = int(one(db, "SELECT count(*) FROM procedures")) > _LARGE
    while block := cursor.fetchmany(_SAMPLE):
        ns += [row[0] for row in block]
        part = np.frombuffer(b"".join(row[1] for row in block), np.float32).reshape(len(block), -1)
        if many and short is None and part.shape[1] > _SHORT:
            short = _shortening(part)
        parts.append(part.T if short is None else (part @ short).T)
    # one column for each procedure: a row of numbers times that is a quarter faster than the other way round
    matrix = np.concatenate(parts, axis=1) if parts else np.zeros((0, 0), np.float32)
    return _Loaded(stamp, np.array(ns, np.int64), matrix, short)


def _shortening(sample: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the projection onto the directions in which the vectors differ most."""
    _, directions = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(directions[:, -_SHORT:], np.float32)
