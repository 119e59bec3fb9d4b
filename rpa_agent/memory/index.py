"""Finding the procedure that fits a task: words by BM25, meaning by vectors, and what experience says of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..domain.account import PREFIX
from ..domain.change import Recall
from ..domain.errors import ModelUnavailable
from ..domain.procedure import Version
from ..store.sqlite import Database, Shelf
from .embeddings import CachedEmbedder
from .rows import fetch_versions, one, rows
from .words import MASK, mask_entities, terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

POOL = 50               # of each kind; ranking looks at these only
# Similarity below which nothing fits: a lenient first choice (97 of 100 known tasks stay found on WebArena's intents),
# to be calibrated in a later release on queries whose own procedure was removed.
FLOOR = 0.45
FLOOR_WORDS_ONLY = 0.45
# spreads of scores among unrelated procedures: in a memory of two, a small difference must not look like a large one
_SPREAD_WORDS, _SPREAD_MEANING = 1.0, 0.15
# In a large memory common words cost most of the time and say least: the rarest are asked first, up to so many rows
_LARGE = 2000
_BUDGET = 6000
NO_MODEL = "no embedding model was given"


@dataclass
class _Found:
    """A procedure under consideration."""

    n: int
    id: str
    site: str
    text: str
    words: float = 0.0              # BM25, which depends on what else is in memory
    shared: float = 0.0             # 0..1, which does not
    meaning: float | None = None    # cosine
    similarity: float = 0.0         # 0..1, comparable between queries
    value: float = 0.5
    rank: float = 0.0


@dataclass
class _Vectors:
    """All procedures' vectors, kept until the words in memory.db change."""

    stamp: tuple[str, int] = ("", -1)
    ns: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    matrix: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))


class Index:
    """Search over the words of all procedures."""

    def __init__(self, shelf: Shelf, embedder: CachedEmbedder | None) -> None:
        self._shelf = shelf
        self._embedder = embedder
        self._vectors = _Vectors()
        self._often: dict[str, int] = {}
        self._lexical_only = "" if embedder else NO_MODEL

    async def search(self, query: str, *, site: str | None, k: int, explain: bool) -> list[Recall]:
        """Return at most ``k`` recalls above the floor, those of ``site`` first, best first."""
        masked = mask_entities(query)
        wanted = terms(masked.replace(MASK, " "))
        if k < 1 or not wanted:
            return []
        lexical = await self._shelf.read(lambda db: by_words(db, wanted, self._often))
        meaning = await self._by_meaning(masked, list(lexical))
        pool = await self._shelf.read(lambda db: _pool(db, lexical, meaning))
        _judge(pool, wanted)
        floor = FLOOR if meaning else FLOOR_WORDS_ONLY
        fit = [f for f in pool if f.similarity >= floor]
        best = sorted(fit, key=lambda f: (site is not None and f.site != site, -f.rank, f.id))
        return await self._shelf.read(lambda db: self._recalls(db, best, site, k, explain))

    async def _by_meaning(self, masked: str, also: Sequence[int]) -> dict[int, float]:
        """Return cosines of the nearest procedures and of ``also``; empty without a model."""
        if self._embedder is None or self._lexical_only:
            return {}
        try:
            await self._load(self._embedder)
            query = (await self._embedder.vectors([masked]))[0]
        except ModelUnavailable as e:
            # search goes on with words and says so; asking for the model again would cost seconds each time
            self._lexical_only = e.message
            return {}
        v = self._vectors
        if not len(v.ns):
            return {}
        cosines = v.matrix @ query
        top = np.argpartition(-cosines, min(POOL, len(v.ns)) - 1)[:POOL]
        places = np.searchsorted(v.ns, np.asarray(also, np.int64))
        inside = [int(p) for p, n in zip(places, also, strict=True) if p < len(v.ns) and v.ns[p] == n]
        return {int(v.ns[i]): float(cosines[i]) for i in {*top.tolist(), *inside}}

    async def _load(self, embedder: CachedEmbedder) -> None:
        """Embed what is new since the last search and keep all vectors at hand."""
        stamp = (embedder.name, int(await self._shelf.read(lambda db: one(db, _STAMP))))
        if stamp == self._vectors.stamp:
            return
        new = await self._shelf.read(lambda db: rows(db, _NOT_EMBEDDED, [embedder.name]))
        await embedder.vectors([row["search_text"] for row in new])
        found = await self._shelf.read(lambda db: db.conn.execute(_EMBEDDED, [embedder.name]).fetchall())
        joined = np.frombuffer(b"".join(row[1] for row in found), np.float32)
        self._vectors = _Vectors(
            stamp=stamp, ns=np.array([row[0] for row in found], np.int64),
            matrix=joined.reshape(len(found), -1) if found else np.zeros((0, 0), np.float32),
        )

    def _recalls(self, db: Database, best: Sequence[_Found], site: str | None, k: int, explain: bool) -> list[Recall]:
        out: list[Recall] = []
        for found in best:
            if len(out) == k:
                break
            version, candidate = _in_use(db, found.id)
            if version is None:
                continue
            out.append(Recall(
                version=version, similarity=round(found.similarity, 4), value=round(found.value, 4),
                candidate=candidate, reason=self._reason(found, site) if explain else "",
                arm="same_site" if found.site == site else "other_site",
            ))
        return out

    def _reason(self, found: _Found, site: str | None) -> str:
        parts = [f"words {found.shared:.2f}"]
        if found.meaning is not None:
            parts.append(f"meaning {found.meaning:.2f}")
        parts.append(f"value {found.value:.2f}")
        if site is not None:
            parts.append("same site" if found.site == site else f"other site ({found.site})")
        return ", ".join(parts) + (f"; lexical only: {self._lexical_only}" if self._lexical_only else "")


_STAMP = "SELECT value FROM meta WHERE key = 'words'"
_NOT_EMBEDDED = """
SELECT DISTINCT search_text FROM procedures p WHERE search_text <> '' AND NOT EXISTS
    (SELECT 1 FROM embeddings e WHERE e.model = ? AND e.text_hash = p.text_hash)
"""
_EMBEDDED = """
SELECT p.n, e.vector FROM procedures p JOIN embeddings e ON e.model = ? AND e.text_hash = p.text_hash ORDER BY p.n
"""


def by_words(db: Database, wanted: Sequence[str], often: dict[str, int]) -> dict[int, float]:
    """Return BM25 scores of the best matching procedures; a word in the task counts more than one in slots or facts.

    ``often`` keeps between searches in how many procedures a word stands; in a large memory that hardly changes.
    """
    asked = _rare(db, wanted, often)
    found = db.conn.execute(
        "SELECT rowid, -rank FROM words WHERE words MATCH ? AND rank MATCH 'bm25(2.0, 1.0, 1.0)' ORDER BY rank LIMIT ?",
        [" OR ".join(f'"{word}"' for word in asked), POOL],
    )
    return {int(n): float(score) for n, score in found}


def _rare(db: Database, wanted: Sequence[str], often: dict[str, int]) -> Sequence[str]:
    if int(one(db, "SELECT max(n) FROM procedures") or 0) < _LARGE:
        return wanted
    for word in wanted:
        if word not in often:
            often[word] = int(one(db, "SELECT count(*) FROM words WHERE words MATCH ?", [f'"{word}"']))
    asked: list[str] = []
    for word in sorted(wanted, key=lambda w: often[w]):
        if asked and sum(often[w] for w in (*asked, word)) > _BUDGET:
            break
        asked.append(word)
    return asked


def _pool(db: Database, lexical: dict[int, float], meaning: dict[int, float]) -> list[_Found]:
    ns = [*lexical, *(n for n in meaning if n not in lexical)]
    holes = ",".join("?" * len(ns))
    # how an account logs in is nobody's work to find
    sql = f"SELECT n, id, site, search_text FROM procedures WHERE n IN ({holes}) AND workflow NOT LIKE ?"
    found = rows(db, sql, [*ns, f"{PREFIX}%"])
    credit = {
        row["procedure"]: (row["good"], row["bad"])
        for row in rows(db, f"{_CREDIT} ({holes}) GROUP BY procedure", ns)
    }
    out = []
    for row in found:
        good, bad = credit.get(row["id"], (0, 0))
        out.append(_Found(
            n=row["n"], id=row["id"], site=row["site"], text=row["search_text"], words=lexical.get(row["n"], 0.0),
            meaning=meaning.get(row["n"]), value=(good + 1) / (good + bad + 2),
        ))
    return out


# only own faults count against a procedure: a site that was down says nothing about the know-how
_CREDIT = """
SELECT u.procedure, sum(u.outcome = 'succeeded') AS good, sum(u.own_fault AND u.outcome <> 'succeeded') AS bad
FROM uses u JOIN procedures p ON p.id = u.procedure WHERE u.part = 'ran' AND p.n IN
"""


def _judge(pool: list[_Found], wanted: Sequence[str]) -> None:
    """Give each its absolute similarity, and its rank: half relative similarity (z-sum), half value."""
    query = {_stem(w) for w in wanted}
    for f in pool:
        f.shared = _overlap(query, f.text)
        f.similarity = f.shared if f.meaning is None else 0.5 * f.shared + 0.5 * max(f.meaning, 0.0)
    z_words = _standard([f.words for f in pool], _SPREAD_WORDS)
    z_meaning = _standard([f.meaning or 0.0 for f in pool], _SPREAD_MEANING)
    z_shared = _standard([f.similarity for f in pool], _SPREAD_MEANING)
    for f, a, b, c in zip(pool, z_words, z_meaning, z_shared, strict=True):
        # BM25 gives every word weight nearly zero in a memory of a few procedures; shared words still tell them apart
        f.rank = 0.5 / (1 + math.exp(-(a + b + c))) + 0.5 * f.value


def _standard(scores: Sequence[float], least_spread: float) -> list[float]:
    if not scores:
        return []
    mean, spread = float(np.mean(scores)), max(float(np.std(scores)), least_spread)
    return [(s - mean) / spread for s in scores]


def _overlap(query: set[str], text: str) -> float:
    """Return 0..1: how much of the query the text covers, and of the text's task the query."""
    everything = {_stem(w) for w in terms(text)}
    task = {_stem(w) for w in terms(text.partition(". ")[0])} or everything
    covered, needed = len(query & everything) / len(query), len(query & task) / max(len(task), 1)
    return 2 * covered * needed / (covered + needed) if covered + needed else 0.0


def _stem(word: str) -> str:
    for ending in ("ing", "es", "ed", "en", "s", "e", "n"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _in_use(db: Database, procedure: str) -> tuple[Version | None, Version | None]:
    """Return the version a search offers and the newer candidate, if any; no version when all are retired."""
    known = fetch_versions(db, "procedure = ? AND status <> 'retired'", [procedure])
    if not known:
        return None, None
    order = {"active": 0, "suspect": 1, "candidate": 2, "untrusted": 3, "retired": 4}
    version = min(known, key=lambda v: (order[v.status], -v.number))
    newer = [v for v in known if v.status == "candidate" and v.number > version.number]
    return version, newer[0] if newer else None
