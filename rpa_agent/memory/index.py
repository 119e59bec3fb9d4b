"""Finding the procedure that fits a task: words by BM25, meaning by vectors, and what experience says of each."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..domain.account import PREFIX
from ..domain.change import Recall
from ..domain.errors import ModelUnavailable
from ..domain.procedure import Version
from ..store.sqlite import Database, Shelf
from .alike import Reading, covered, opening_alike, order_alike, words_alike
from .embeddings import MODEL, CachedEmbedder
from .fit import MANY, POOL, Traits, floor_at, probabilities, weights_for
from .postings import BESIDES, IN_TASK, Postings
from .rows import AMONG, fetch_versions, listed, one, rows
from .vectors import LARGE, Vectors
from .words import mask_entities, stem, terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIRST = 50             # of each kind; of these the best POOL are compared closely
# spreads of scores among unrelated procedures: in a memory of two, a small difference must not look like a large one
_SPREAD_WORDS, _SPREAD_MEANING = 1.0, 0.15
_EXPERIENCE = 0.3
NO_MODEL = "no embedding model was given"


_NOTHING = Traits(0.0, 0.0, 0.0)


@dataclass
class Found:
    """A procedure under consideration; ``fits`` is the probability that it is what was asked for."""

    n: int
    id: str
    site: str
    task: str
    besides: str                    # its slots and facts
    bm25: float = 0.0
    cosine: float | None = None
    traits: Traits = _NOTHING
    fits: float = 0.0
    floor: float = 1.0              # below which nothing fits, among so many
    value: float = 0.5

    @property
    def rank(self) -> float:
        """Return the odds that it fits and works: experience decides among what fits about equally, no more.

        Ten successes count as much as twice the odds to fit, so that what works never stands in for what was asked for.
        Rounded, so that of two that are equal the last digits of a sum decide nothing.
        """
        return round(_odds(self.fits) + _EXPERIENCE * _odds(self.value), 6)


class Index:
    """Search over the tasks of all procedures."""

    def __init__(self, shelf: Shelf, embedder: CachedEmbedder | None, *, large: int = LARGE) -> None:
        """``large`` is the number of procedures beyond which the words of all are kept at hand and vectors are shortened."""
        self._shelf = shelf
        self._large = large
        self._some = False          # whether there is anything to find; what was there once stays
        self.vectors = Vectors(shelf, embedder, large=large) if embedder else None
        self.postings = Postings()
        self._lexical_only = "" if embedder else NO_MODEL

    async def search(
        self, query: str, *, site: str | None, k: int, explain: bool, without: Collection[str] = (), nearest: bool = False
    ) -> list[Recall]:
        """Return at most ``k`` recalls above the floor, those of ``site`` first, best first; ``nearest`` goes on below it."""
        asked = await self._asked(query) if k > 0 else None
        if asked is None:
            return []

        def job(db: Database) -> list[Recall]:
            best: list[Found] = []
            for here in ((True, False) if site is not None else (None,)):
                if len(best) < k:
                    pool = self._considered(db, asked, _bounds(db, site, here, without))
                    fit = [f for f in pool if nearest or f.fits >= f.floor]
                    best += sorted(fit, key=lambda f: (-f.rank, f.id))
            return self._recalls(db, best, site, k, explain)

        return await self._shelf.read(job)

    async def considered(
        self, query: str, *, site: str | None = None, here: bool | None = None, without: Collection[str] = ()
    ) -> list[Found]:
        """Return what comes closest to a task, each with the probability that it fits; in no order.

        ``here`` looks among the procedures of ``site`` only, or among all others; ``without`` leaves procedures out.
        """
        asked = await self._asked(query)
        if asked is None:
            return []
        return await self._shelf.read(lambda db: self._considered(db, asked, _bounds(db, site, here, without)))

    async def _asked(self, query: str) -> _Asked | None:
        """Read a task and make its vector; None where it says nothing or there is nothing to find: no model is loaded then."""
        masked = mask_entities(query)
        wanted = terms(masked)
        if not self._some:
            self._some = await self._shelf.read(lambda db: one(db, "SELECT 1 FROM procedures LIMIT 1")) is not None
        if not wanted or not self._some:
            return None
        return _Asked(masked, wanted, await self._vector(masked))

    async def _vector(self, masked: str) -> NDArray[np.float32] | None:
        """Return the vector of a task; None without a model."""
        if self.vectors is None or self._lexical_only:
            return None
        try:
            return await self.vectors.embed(masked)
        except ModelUnavailable as e:
            # search goes on with words and says so; asking for the model again would cost seconds each time
            self._lexical_only = e.message
            return None

    def _considered(self, db: Database, asked: _Asked, bounds: _Bounds) -> list[Found]:
        if bounds.among is not None and not bounds.among:
            return []
        lexical = self._by_words(db, asked.wanted, bounds)
        pool = _pool(db, lexical, self._by_meaning(asked.vector, list(lexical), bounds))
        known_model = self.vectors is not None and self.vectors.embedder.name.startswith(MODEL)
        _judge(pool, asked.masked, bounds.many, known_model=known_model)
        return pool

    def _by_words(self, db: Database, wanted: Sequence[str], bounds: _Bounds) -> dict[int, float]:
        if int(one(db, "SELECT max(n) FROM procedures") or 0) < self._large:
            return by_words(db, wanted, bounds.among, bounds.out)
        return self.postings.best(db, wanted, among=bounds.among, without=bounds.out, count=_FIRST)

    def _by_meaning(self, query: NDArray[np.float32] | None, also: Sequence[int], bounds: _Bounds) -> dict[int, float]:
        """Return cosines of the nearest procedures and of ``also``; empty without a vector."""
        if self.vectors is None or query is None:
            return {}
        return self.vectors.nearest(query, also=also, among=bounds.among, without=bounds.out, count=_FIRST)

    def _recalls(self, db: Database, best: Sequence[Found], site: str | None, k: int, explain: bool) -> list[Recall]:
        out: list[Recall] = []
        for found in best:
            if len(out) == k:
                break
            version, candidate = _in_use(db, found.id)
            if version is None:
                continue
            out.append(Recall(
                version=version, similarity=round(found.fits, 4), value=round(found.value, 4),
                candidate=candidate, reason=self._reason(found, site) if explain else "",
                arm="same_site" if found.site == site else "other_site",
            ))
        return out

    def _reason(self, found: Found, site: str | None) -> str:
        t = found.traits
        parts = [
            f"{'fits' if found.fits >= found.floor else 'does not fit'} {found.fits:.2f} (floor {found.floor:.2f})",
            f"words {t.words:.2f}", f"order {t.order:.2f}", f"opening {t.opening:.2f}",
            f"verb {'said' if t.verb else 'not said'}",
            *([f"meaning {t.meaning:.2f}"] if t.meaning is not None else []), f"value {found.value:.2f}",
        ]
        if site is not None:
            parts.append("same site" if found.site == site else f"other site ({found.site})")
        return ", ".join(parts) + (f"; lexical only: {self._lexical_only}" if self._lexical_only else "")


def _odds(p: float) -> float:
    p = min(max(p, 1e-9), 1 - 1e-9)
    return math.log(p / (1 - p))


@dataclass(frozen=True)
class _Bounds:
    """The ns to look among, None for all, those to leave out, and how many remain, counted no further than it matters."""

    among: set[int] | None
    out: set[int]
    many: int


@dataclass(frozen=True)
class _Asked:
    masked: str
    wanted: tuple[str, ...]
    vector: NDArray[np.float32] | None


def _bounds(db: Database, site: str | None, here: bool | None, without: Collection[str]) -> _Bounds:
    among: set[int] | None = None
    out = {int(one(db, "SELECT n FROM procedures WHERE id = ?", [name]) or 0) for name in without}
    if here is not None:
        of_site = {int(row["n"]) for row in rows(db, "SELECT n FROM procedures WHERE site = ?", [site])}
        among, out = (of_site - out, out) if here else (None, out | of_site)
    if among is not None:
        return _Bounds(among, out, len(among))
    counted = int(one(db, "SELECT count(*) FROM (SELECT 1 FROM procedures LIMIT ?)", [MANY + len(out)]))
    return _Bounds(None, out, counted - len(out))


def by_words(
    db: Database, wanted: Sequence[str], among: Collection[int] | None = None, without: Collection[int] = ()
) -> dict[int, float]:
    """Return BM25 scores of the best matching procedures; a word in the task counts more than one in slots or facts."""
    asked = " OR ".join(f'"{word}"' for word in wanted)
    sql = f"SELECT rowid, -rank FROM words WHERE words MATCH ? AND rank MATCH 'bm25({IN_TASK}, {BESIDES}, {BESIDES})'"
    if among is not None:
        # a site has few procedures: SQLite scores every match, and the others are dropped as they come
        found = db.conn.execute(f"{sql} ORDER BY rank", [asked])
        return dict([(int(n), float(score)) for n, score in found if n in among][:_FIRST])
    found = db.conn.execute(f"{sql} ORDER BY rank LIMIT ?", [asked, _FIRST + len(without)])
    return dict([(int(n), float(score)) for n, score in found if n not in without][:_FIRST])


def _pool(db: Database, lexical: dict[int, float], meaning: dict[int, float]) -> list[Found]:
    """Return the POOL best by both scores, with what is said of each."""
    ns = [*lexical, *(n for n in meaning if n not in lexical)]
    # how an account logs in is nobody's work to find
    work = {n for n, in db.conn.execute(_WORK, [listed(ns), f"{PREFIX}%"])}
    ns = _closest([n for n in ns if n in work], lexical, meaning)
    credit = {procedure: (good, bad) for procedure, good, bad in db.conn.execute(_CREDIT, [listed(ns)])}
    out = []
    for row in rows(db, _READ, [listed(ns)]):
        good, bad = credit.get(row["id"], (0, 0))
        out.append(Found(
            n=row["n"], id=row["id"], site=row["site"], task=row["task"], besides=f"{row['slots']} {row['facts']}",
            bm25=lexical.get(row["n"], 0.0), cosine=meaning.get(row["n"]), value=(good + 1) / (good + bad + 2),
        ))
    return out


_WORK = f"SELECT n FROM procedures WHERE n {AMONG} AND workflow NOT LIKE ?"
_READ = f"""
SELECT p.n, p.id, p.site, w.task, w.slots, w.facts FROM procedures p CROSS JOIN words w ON w.rowid = p.n
WHERE p.n {AMONG} ORDER BY p.n
"""
# only own faults count against a procedure: a site that was down says nothing about the know-how
_CREDIT = f"""
SELECT u.procedure, sum(u.outcome = 'succeeded') AS good, sum(u.own_fault AND u.outcome <> 'succeeded') AS bad
FROM procedures p CROSS JOIN uses u ON u.procedure = p.id WHERE p.n {AMONG} GROUP BY u.procedure
"""


def _closest(ns: Sequence[int], lexical: Mapping[int, float], meaning: Mapping[int, float]) -> list[int]:
    """Return the POOL best by the sum of both scores, each in spreads above the others."""
    if not ns:
        return []
    words = _standard([lexical.get(n, 0.0) for n in ns], _SPREAD_WORDS)
    close = _standard([meaning.get(n, 0.0) for n in ns], _SPREAD_MEANING)
    return [ns[i] for i in np.argsort(-(words + close), kind="stable")[:POOL]]


def _standard(scores: Sequence[float], least_spread: float) -> NDArray[np.float64]:
    found = np.array(scores, np.float64)
    above: NDArray[np.float64] = (found - found.mean()) / max(float(found.std()), least_spread)
    return above


def _judge(pool: list[Found], masked: str, many: int, *, known_model: bool) -> None:
    """Give each what it has in common with the task, the probability that it fits, and the floor among so ``many``."""
    query = Reading.of(masked)
    for f in pool:
        task = Reading.of(f.task)
        besides = {stem(w): 1.0 for w in terms(f.besides)}
        f.traits = Traits(
            order=order_alike(query, task), opening=opening_alike(query, task), words=words_alike(query, task, besides),
            meaning=None if f.cosine is None else max(f.cosine, 0.0), covered=covered(query, task, besides),
            verb=float(query.verb in task.said or query.verb in besides),
        )
    traits = [f.traits for f in pool]
    weights = weights_for(traits, known_model=known_model)
    floor = floor_at(many, weights)
    for f, p in zip(pool, probabilities(traits, weights), strict=True):
        f.fits, f.floor = p, floor


def _in_use(db: Database, procedure: str) -> tuple[Version | None, Version | None]:
    """Return the version a search offers and the newer candidate, if any; no version when all are retired."""
    known = fetch_versions(db, "procedure = ? AND status <> 'retired'", [procedure])
    if not known:
        return None, None
    order = {"active": 0, "suspect": 1, "candidate": 2, "untrusted": 3, "retired": 4}
    version = min(known, key=lambda v: (order[v.status], -v.number))
    newer = [v for v in known if v.status == "candidate" and v.number > version.number]
    return version, newer[0] if newer else None
