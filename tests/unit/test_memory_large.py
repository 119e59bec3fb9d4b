"""Finding in a memory of thousands: shortened vectors and words at hand bring what looking at everything would bring."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from memory_making import document

from rpa_agent.memory import Memory
from rpa_agent.memory.index import by_words
from rpa_agent.memory.postings import highest
from rpa_agent.memory.rows import rows
from rpa_agent.memory.vectors import _EMBEDDED
from rpa_agent.memory.words import terms
from rpa_agent.store.hashes import digest
from rpa_agent.store.sqlite import Database

MANY = 5_200
NUMBERS = 384
COMMON = (
    "enter", "file", "approve", "release", "invoice", "order", "payment", "supplier", "customer", "report", "monthly", "bank",
    "statement", "approval",
)
RARE = [f"{a}{b}s" for a in ("north", "blüe", "core", "open", "star", "cité") for b in ("desk", "port", "flow", "base", "lìne")]


class Near:
    """An embedder whose vectors lie in clusters, as those of an office's tasks do."""

    name = "near"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [vector(text).tolist() for text in texts]


def vector(text: str) -> np.ndarray:
    """Return a unit vector near one of forty centres that share most of what they are."""
    rng = np.random.default_rng(int(digest(text, 8), 16))
    centre = np.random.default_rng(int(rng.integers(40))).normal(size=NUMBERS) * np.geomspace(1, 0.02, NUMBERS)
    found = centre + 0.35 * rng.normal(size=NUMBERS) * np.geomspace(1, 0.02, NUMBERS)
    return (found / np.linalg.norm(found)).astype(np.float32)


def task(number: int) -> str:
    chance = Random(number)
    said = [*chance.choices(COMMON, k=chance.randint(3, 6)), chance.choice(RARE), *chance.choices(COMMON, k=2)]
    return " ".join(said)


def in_bulk(db: Database) -> None:
    tasks = [task(number) for number in range(MANY)]
    db.conn.executemany(
        "INSERT INTO procedures (id, site, workflow, task, created, search_text, text_hash) "
        "VALUES (?, 'backoffice', ?, ?, '', ?, ?)",
        [[f"p_{n}", f"w{n}", text, text, digest(text, 32)] for n, text in enumerate(tasks)],
    )
    db.conn.execute("INSERT INTO words (rowid, task, slots, facts) SELECT n, search_text, 'supplier', 'invoices' FROM procedures")
    db.conn.executemany(
        "INSERT OR IGNORE INTO embeddings VALUES ('near', ?, ?)", [[digest(t, 32), vector(t).tobytes()] for t in tasks]
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import asyncio

    path = tmp_path_factory.mktemp("large") / "memory.db"

    async def made() -> None:
        async with Memory.open(path) as memory:
            await memory.shelf.write(lambda db: db.conn.execute("INSERT INTO sites VALUES ('backoffice', '')"))
            await memory.shelf.write(in_bulk)

    asyncio.run(made())
    return path


@pytest.fixture
async def memory(large: Path) -> AsyncIterator[Memory]:
    async with Memory.open(large, embedder=Near()) as opened:
        yield opened


async def test_the_fifty_nearest_are_those_that_all_vectors_in_full_would_bring(memory: Memory) -> None:
    """None is lost by comparing a short form first; what is asked for besides, looked among and left out holds too."""
    vectors = memory.index.vectors
    assert vectors is not None
    known = await memory.shelf.read(lambda db: rows(db, "SELECT n, task FROM procedures"))
    every = {row["n"]: vector(row["task"]) for row in known}
    for query in ("enter the invoice", "release payments", "what nobody does", task(7)):
        wanted = await vectors.embed(query)
        cosines = {n: float(v @ wanted) for n, v in every.items()}
        for among, without in ((None, ()), (None, range(1, 900)), (set(range(1, 2000)), ())):
            looked = [n for n in cosines if n not in without and (among is None or n in among)]
            best = sorted(looked, key=lambda n: -cosines[n])[:50]
            found = vectors.nearest(wanted, also=(5, 6), among=among, without=without, count=50)
            assert set(found) == {*best, 5, 6}
            assert all(abs(found[n] - cosines[n]) < 1e-5 for n in found)


async def test_words_score_as_the_index_scores_them(memory: Memory) -> None:
    """What is at hand is BM25 as SQLite counts it, with its stems, its accents and its weights."""
    for query in ("approving invoices northdesk", "BLUE-PORT, please! blueports", "cite lines of the base", task(11), "nothing"):
        wanted = terms(query)
        theirs = await memory.shelf.read(lambda db, w=wanted: by_words(db, w))
        ours = await memory.shelf.read(
            lambda db, w=wanted: memory.index.postings.best(db, w, among=None, without=(), count=50)
        )
        assert list(ours.values()) == pytest.approx(list(theirs.values()), rel=1e-5)
        least = min(theirs.values(), default=0) * 1.00001  # among those that are equal at the end, any may be left out
        assert {n for n, s in theirs.items() if s > least} <= set(ours)


async def test_what_says_the_very_same_is_first_among_thousands_of_the_same_words(memory: Memory) -> None:
    """Common words count too, however many procedures have them."""
    for number in range(0, MANY, 400):
        found = await memory.considered(task(number))
        said = sorted(task(number).split())
        assert sorted(max(found, key=lambda f: f.rank).task.split()) == said


async def test_what_is_new_is_found_at_once(memory: Memory) -> None:
    """Words and vectors at hand are those of now, not of the first search."""
    await memory.considered("water the plants")
    water = document("Water the plants of the atrium", procedure="p_new", site="garden")
    await memory.add(water, workflow="water", author="recording")
    assert [r.version.procedure for r in await memory.search("water the plants of the atrium")] == ["p_new"]


async def test_vectors_are_fetched_one_by_one(memory: Memory) -> None:
    """SQLite finds each by its procedure, rather than go through all vectors for a few of them."""
    ns = range(1, MANY, 20)
    sql = f"EXPLAIN QUERY PLAN {_EMBEDDED} WHERE p.n IN ({','.join('?' * len(ns))})"
    plan = [row["detail"] for row in await memory.shelf.read(lambda db: rows(db, sql, ["near", *ns]))]
    assert plan[0].startswith("SEARCH p USING INTEGER PRIMARY KEY")
    assert plan[1].startswith("SEARCH e USING INDEX")
    assert "model=? AND text_hash=?" in plan[1]


def test_the_highest_are_the_highest_wherever_they_stand() -> None:
    """Also where the sample guesses wrongly, where all are equal, and where there are fewer."""
    chance = np.random.default_rng(3)
    for scores in (
        chance.normal(size=9_000), np.zeros(9_000), np.where(np.arange(9_000) % 23 == 0, 9.0, chance.normal(size=9_000)),
        np.where(np.arange(9_000) % 23 == 0, -9.0, chance.normal(size=9_000)), chance.normal(size=7),
    ):  # fmt: skip
        for count in (1, 50, 2_000, 9_000):
            found = highest(scores.astype(np.float32), count)
            assert len(set(found.tolist())) == min(count, len(scores))
            assert np.sort(scores[found]) == pytest.approx(np.sort(scores)[-count:], rel=1e-6)
