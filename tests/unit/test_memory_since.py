"""Words and vectors at hand follow what changes in memory, whoever changes it, without being read anew."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memory_making import document

from rpa_agent.memory import Memory, since
from rpa_agent.memory.embeddings import CachedEmbedder
from rpa_agent.memory.index import Index, by_words
from rpa_agent.memory.merge import merge
from rpa_agent.memory.pack import write_pack
from rpa_agent.memory.postings import Postings
from rpa_agent.memory.schema import MEMORY
from rpa_agent.memory.tidying import let_sleep, wake
from rpa_agent.memory.unpack import import_pack
from rpa_agent.memory.vectors import Vectors
from rpa_agent.store.hashes import digest
from rpa_agent.store.sqlite import Database, Shelf

MANY = 240
NUMBERS = 128       # more than a shortened vector keeps
VERBS = ("Enter", "Approve", "Release", "Export", "Cancel", "Assign")
THINGS = ("invoices", "orders", "payments", "reports", "tickets")
QUERIES = ("approve the orders of hall 7", "release payments", "water the plants", "prune the roses in hall 7", "export")


class Scattered:
    """An embedder that gives every text a direction of its own, and counts what it was asked for."""

    name = "scattered"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.texts += texts
        return [np.random.default_rng(int(digest(t, 8), 16)).normal(size=NUMBERS).tolist() for t in texts]


def task(n: int) -> str:
    return f"{VERBS[n % 6]} {THINGS[n % 5]} of hall{'abcdefg'[n % 7]} {'early' if n % 4 else 'late late'}"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("since") / "memory.db"

    async def made() -> None:
        async with Memory.open(path, embedder=Scattered()) as memory:
            for n in range(MANY):
                await memory.add(document(task(n), procedure=f"p_{n}"), workflow=f"w{n}", author="recording")
            await memory.search("anything")

    asyncio.run(made())
    return path


class Held:
    """A memory whose words and vectors are at hand as in a large one."""

    def __init__(self, memory: Memory, embedder: Scattered) -> None:
        self.memory, self.embedder = memory, embedder
        self.cached = CachedEmbedder(memory.shelf, embedder)
        self.index = Index(memory.shelf, self.cached, large=100)
        self.statements: list[str] = []

    async def answers(self, index: Index) -> list[dict[str, Any]]:
        return [{f.id: (f.bm25, f.cosine, f.fits) for f in await index.considered(q)} for q in QUERIES]

    async def as_if_read_anew(self) -> bool:
        """Tell whether all that it answers is what one answers that reads everything now, and words score as SQLite scores."""
        fresh = Index(self.memory.shelf, self.cached, large=100)
        ours, theirs = await self.answers(self.index), await self.answers(fresh)
        assert [list(found) for found in ours] == [list(found) for found in theirs]
        for mine, other in zip(ours, theirs, strict=True):
            for name, said in mine.items():
                assert said == pytest.approx(other[name], rel=1e-4, abs=1e-5)
        for words in (("approve", "orders", "hallc"), ("plants", "roses"), ("late", "export", "supplier")):
            by_us, by_sqlite = await self.memory.shelf.read(lambda db, w=words: (
                self.index.postings.best(db, w, among=None, without=(), count=500), by_words(db, w)
            ))
            assert {n: by_us[n] for n in by_sqlite} == pytest.approx(by_sqlite, rel=1e-5)
            assert set(by_us) >= set(by_sqlite)
        return True

    async def reading_all(self) -> bool:
        """Search once, and tell whether all words or all vectors were read for it."""
        said: list[str] = []
        await self.memory.shelf.read(lambda db: db.conn.set_trace_callback(said.append))
        await self.index.considered(QUERIES[0])
        await self.memory.shelf.read(lambda db: db.conn.set_trace_callback(None))
        return any("words_docsize" in s or ("JOIN embeddings" in s and "p.n IN" not in s) for s in said)


@pytest.fixture
async def held(known: Path, tmp_path: Path) -> AsyncIterator[Held]:
    path = Path(shutil.copy(known, tmp_path / "memory.db"))
    embedder = Scattered()
    async with Memory.open(path, embedder=embedder) as memory:
        held = Held(memory, embedder)
        assert await held.reading_all()
        assert not await held.reading_all()
        yield held


async def ids(held: Held, query: str) -> list[str]:
    return [r.version.procedure for r in await held.index.search(query, site=None, k=3, explain=False)]


async def test_what_is_added_is_read_alone(held: Held) -> None:
    held.embedder.texts.clear()
    await held.memory.add(document("Water the plants of hall g", procedure="p_new"), workflow="water", author="recording")
    assert not await held.reading_all()
    assert held.embedder.texts.count("Water the plants of hall g") == 1
    assert await ids(held, "water the plants of hall g") == ["p_new"]
    assert await held.as_if_read_anew()


async def test_what_is_worded_anew_is_found_by_its_new_words_alone(held: Held) -> None:
    for n in (0, 7, MANY - 1):
        await held.memory.add(document(f"Prune the roses in bed {n}", procedure=f"p_{n}"), workflow=f"w{n}", author="recording")
    assert not await held.reading_all()
    assert set(await ids(held, "prune the roses in bed 4")) == {"p_0", "p_7", f"p_{MANY - 1}"}
    assert await held.as_if_read_anew()
    await held.memory.rollback("p_7", why="no roses there")
    assert not await held.reading_all()
    assert set(await ids(held, "prune the roses in bed 4")) == {"p_0", f"p_{MANY - 1}"}
    assert await held.as_if_read_anew()


async def test_what_sleeps_is_not_found_and_what_wakes_is(held: Held) -> None:
    slept = await held.memory.shelf.write(lambda db: let_sleep(db, "backoffice", "2026-11-22T10:00:00Z", MANY - 9))
    assert len(slept) == 9
    assert not await held.reading_all()
    assert await held.as_if_read_anew()
    await held.memory.shelf.write(lambda db: wake(db, slept[4], "2026-11-23T10:00:00Z"))
    assert not await held.reading_all()
    assert await held.as_if_read_anew()


async def test_what_a_merge_and_a_pack_bring_is_read_alone(held: Held, tmp_path: Path) -> None:
    async with Memory.open(tmp_path / "other.db", embedder=Scattered()) as other:
        for name in ("plants", "roses"):
            await other.add(document(f"Water the {name}", procedure=f"p_{name}"), workflow=name, author="recording")
        await write_pack(other, tmp_path / "garden.pack")
        await other.add(document("Prune the roses", procedure="p_prune"), workflow="prune", author="recording")
    await import_pack(held.memory, tmp_path / "garden.pack")
    assert not await held.reading_all()
    assert await held.as_if_read_anew()
    await merge(held.memory, tmp_path / "other.db")
    assert not await held.reading_all()
    assert (await ids(held, "prune the roses"))[0] == "p_prune"
    assert await held.as_if_read_anew()


_ELSEWHERE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as conn:
    conn.execute("UPDATE procedures SET search_text = 'Water the plants', text_hash = ? WHERE id = 'p_9'", sys.argv[2:3])
    conn.execute("UPDATE words SET task = 'Water the plants' WHERE rowid = (SELECT n FROM procedures WHERE id = 'p_9')")
    conn.execute('''INSERT INTO procedures (id, site, workflow, task, created, search_text, text_hash)
        VALUES ('p_new', 'backoffice', 'new', 'Prune the roses', '', 'Prune the roses', ?)''', sys.argv[3:])
    conn.execute("INSERT INTO words (rowid, task, slots, facts) SELECT n, task, '', '' FROM procedures WHERE id = 'p_new'")
"""


async def test_what_another_process_writes_is_read_alone(held: Held) -> None:
    """Whatever writes there, since the file itself tells what changed."""
    hashes = digest("Water the plants", 32), digest("Prune the roses", 32)
    other = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", _ELSEWHERE, str(held.memory.shelf.path), *hashes)
    assert await other.wait() == 0
    assert not await held.reading_all()
    assert {f.id for f in await held.index.considered("water the plants") if f.bm25} == {"p_9"}
    assert {f.id for f in await held.index.considered("prune the roses") if f.bm25} == {"p_new"}
    assert await held.as_if_read_anew()


async def test_what_was_rolled_back_was_never_there(held: Held) -> None:
    """Also where the next change gets the very count that was taken back."""
    def broken(db: Database) -> None:
        db.conn.execute("UPDATE procedures SET search_text = 'Water the plants', text_hash = 'x' WHERE id = 'p_3'")
        db.conn.execute("UPDATE words SET task = 'Water the plants' WHERE rowid = (SELECT n FROM procedures WHERE id = 'p_3')")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await held.memory.shelf.write(broken)
    assert await held.as_if_read_anew()
    await held.memory.add(document("Prune the roses", procedure="p_4"), workflow="w4", author="recording")
    assert await ids(held, "prune the roses") == ["p_4"]
    assert await held.as_if_read_anew()


async def test_what_was_erased_from_the_file_is_gone(held: Held) -> None:
    """Nothing here erases a procedure; where somebody did by hand, all is read again."""
    def erase(db: Database) -> None:
        db.conn.execute("DROP TRIGGER versions_stay")
        n = db.conn.execute("SELECT n FROM procedures WHERE id = 'p_5'").fetchone()[0]
        db.conn.execute("DELETE FROM words WHERE rowid = ?", [n])
        for table in ("history", "facts", "versions"):
            db.conn.execute(f"DELETE FROM {table} WHERE procedure = 'p_5'")
        db.conn.execute("DELETE FROM procedures WHERE id = 'p_5'")

    await held.memory.shelf.write(erase)
    assert await held.reading_all()
    assert await held.as_if_read_anew()


async def test_what_grows_large_or_changes_in_bulk_is_read_anew(held: Held) -> None:
    """Where most has changed, one pass over all is quicker; and a memory that becomes large shortens its vectors."""
    index = Index(held.memory.shelf, held.cached, large=MANY + 1)
    await index.considered("anything")
    for n in range(3):
        await held.memory.add(document(f"Water the plants {n}", procedure=f"p_x{n}"), workflow=f"x{n}", author="recording")
        mine, fresh = await held.answers(index), await held.answers(Index(held.memory.shelf, held.cached, large=MANY + 1))
        assert [set(m) for m in mine] == [set(f) for f in fresh]
    changed = await held.memory.shelf.read(lambda db: (since.changed_since(db, 0), since.count_now(db)))
    assert changed[0] is not None
    assert len(changed[0]) == MANY + 3
    assert await held.memory.shelf.read(lambda db: since.changed_since(db, since.NEVER)) is None
    assert await held.memory.shelf.read(lambda db: since.changed_since(db, changed[1] + 1)) is None


async def test_a_vector_of_another_size_from_elsewhere_misleads_nobody(held: Held) -> None:
    """A pack may bring any: the task is embedded here, and nothing breaks."""
    await held.memory.add(document("Water the plants", procedure="p_new"), workflow="water", author="recording")
    for size in (NUMBERS // 2, NUMBERS * 2, 1):
        odd = np.ones(size, np.float32).tobytes()
        key = digest("Water the plants", 32)
        await held.memory.shelf.write(
            lambda db, k=key, v=odd: db.conn.execute("INSERT OR REPLACE INTO embeddings VALUES ('scattered', ?, ?)", [k, v])
        )
        index = Index(held.memory.shelf, held.cached, large=100)
        found = {f.id: f for f in await index.considered("water the garden")}
        assert found["p_new"].cosine is not None
        assert await ids(Held(held.memory, held.embedder), "water the plants") == ["p_new"]


async def test_postings_and_vectors_tell_the_memory_they_take(held: Held) -> None:
    assert held.index.vectors is not None
    assert held.index.vectors.bytes_in_use > MANY * NUMBERS * 2
    assert held.index.postings.bytes_in_use > MANY * 8
    assert Postings().bytes_in_use < 100
    assert Vectors(held.memory.shelf, held.cached).bytes_in_use == 0


async def test_nobody_who_asks_waits_for_the_disk(known: Path, tmp_path: Path) -> None:
    """The vector of a question is made once, and kept when memory is closed, or with others when they are many."""
    path = Path(shutil.copy(known, tmp_path / "memory.db"))
    embedder = Scattered()
    async with Memory.open(path, embedder=embedder) as memory:
        for _ in range(2):
            await memory.search("water the garden")
        mark = memory.shelf.mark()
        for n in range(63):
            await memory.search(f"water the {VERBS[n % 6]} garden {'x' * n}")
            assert (memory.shelf.mark() == mark) == (n < 62)
        await memory.search("mow the lawn")
    async with Memory.open(path, embedder=embedder) as memory:
        for question in ("water the garden", "mow the lawn"):
            await memory.search(question)
            assert embedder.texts.count(question) == 1


async def test_a_question_is_answered_where_its_vector_cannot_be_kept(held: Held) -> None:
    """Another process holds the file, or it may only be read: the vector is made again when it is needed."""
    path = held.memory.shelf.path
    for more in ({"busy_ms": 1}, {"read_only": True}):
        async with Shelf.open(path, migrations=MEMORY, **more) as shelf:
            cached = CachedEmbedder(shelf, held.embedder)
            found = await Index(shelf, cached).search("enter the invoices of halla", site=None, k=1, explain=False)
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await cached.settle()
            assert len(found) == 1
