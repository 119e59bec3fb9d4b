"""A shelf: opened cheaply, written in whole transactions, and never the cause of damage."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from rpa_agent.domain.errors import StoreCorrupt, StoreLocked, StoreReadOnly, StoreTooNew, StoreUnfit
from rpa_agent.store.backup import problems
from rpa_agent.store.migrations import Migrations
from rpa_agent.store.sqlite import Database, Shelf


def first(db: Database) -> None:
    db.conn.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)")


def second(db: Database) -> None:
    db.conn.execute("ALTER TABLE notes ADD COLUMN day TEXT NOT NULL DEFAULT ''")


ONE = Migrations("notes", (first,))
TWO = Migrations("notes", (first, second))


def put(text: str):
    return lambda db: db["notes"].insert({"text": text})


def texts(db: Database) -> list[str]:
    return [row[0] for row in db.conn.execute("SELECT text FROM notes ORDER BY id")]


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


async def filled(path: Path, migrations: Migrations = ONE, *, rows: int = 1) -> None:
    async with Shelf.open(path, migrations=migrations) as shelf:
        await shelf.write(lambda db: [put(f"note {i}")(db) for i in range(rows)])


async def test_what_was_written_is_there_after_the_next_open(tmp_path: Path) -> None:
    """A committed row outlives the shelf, and a closed shelf leaves one file."""
    path = tmp_path / "new" / "folder" / "notes.db"
    async with Shelf.open(path, migrations=ONE, durable=True) as shelf:
        await shelf.write(put("kept"))
    async with Shelf.open(path, migrations=ONE) as shelf:
        assert await shelf.read(texts) == ["kept"]
    assert names(path.parent) == ["notes.db"]


async def test_durability_and_integrity_are_switched_on(tmp_path: Path) -> None:
    """Every shelf has WAL, foreign keys and a waiting time; only a durable one syncs each commit."""
    def pragmas(db: Database) -> list[object]:
        asked = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        return [db.conn.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]

    async with Shelf.open(tmp_path / "a.db", migrations=ONE, durable=True, busy_ms=1234) as shelf:
        assert await shelf.read(pragmas) == ["wal", 1, 1234, 2]
    async with Shelf.open(tmp_path / "b.db", migrations=ONE) as shelf:
        assert await shelf.read(pragmas) == ["wal", 1, 5000, 1]


async def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """An error in the middle of a write takes back all of it, and the shelf goes on working."""
    def half(db: Database) -> None:
        put("half")(db)
        raise LookupError("stop")

    async with Shelf.open(tmp_path / "notes.db", migrations=ONE) as shelf:
        with pytest.raises(LookupError):
            await shelf.write(half)
        await shelf.write(put("whole"))
        assert await shelf.read(texts) == ["whole"]


async def test_what_a_read_writes_is_thrown_away(tmp_path: Path) -> None:
    """Reading never changes the file, whatever the function does."""
    async with Shelf.open(tmp_path / "notes.db", migrations=ONE) as shelf:
        await shelf.read(put("by mistake"))
        assert await shelf.read(texts) == []


async def test_many_openers_of_a_new_file_all_get_the_same_one(tmp_path: Path) -> None:
    """Commands that start together neither meet a half-made file nor lose each other's rows."""
    async def opener(number: int) -> None:
        async with Shelf.open(tmp_path / "notes.db", migrations=TWO) as shelf:
            await shelf.write(put(f"from {number}"))

    await asyncio.gather(*(opener(n) for n in range(12)))
    async with Shelf.open(tmp_path / "notes.db", migrations=TWO) as shelf:
        assert sorted(await shelf.read(texts)) == sorted(f"from {n}" for n in range(12))


async def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    """A file that was only touched is as good as none."""
    (tmp_path / "notes.db").touch()
    await filled(tmp_path / "notes.db")


async def test_migrations_are_taken_once_and_in_order(tmp_path: Path) -> None:
    """An older file is brought forward with its rows, and its record names each step."""
    await filled(tmp_path / "notes.db")
    for _ in range(2):
        async with Shelf.open(tmp_path / "notes.db", migrations=TWO) as shelf:
            found = await shelf.read(lambda db: db.conn.execute("SELECT text, day FROM notes").fetchall())
            taken = await shelf.read(lambda db: [r["name"] for r in db["_sqlite_migrations"].rows])
        assert found == [("note 0", "")]
        assert taken == ["first", "second"]


async def test_a_crash_between_migrations_keeps_those_already_taken(tmp_path: Path) -> None:
    """The step that failed is undone and taken again at the next open; the one before it stays."""

    await filled(tmp_path / "notes.db")

    def third(db: Database) -> None:
        db.conn.execute("CREATE TABLE more (id INTEGER)")

    def dies(db: Database) -> None:
        db.conn.execute("CREATE TABLE half (id INTEGER)")
        raise LookupError("power cut")

    with pytest.raises(LookupError):
        async with Shelf.open(tmp_path / "notes.db", migrations=Migrations("notes", (first, second, dies))):
            pass
    with sqlite3.connect(tmp_path / "notes.db") as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (2,)
        assert conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    async with Shelf.open(tmp_path / "notes.db", migrations=Migrations("notes", (first, second, third))) as shelf:
        assert await shelf.read(texts) == ["note 0"]


@pytest.mark.parametrize("content", [b"not a database at all" * 20, b"SQLite format 3\0", bytes(range(256)) * 20])
async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """A damaged file is reported by name and stays byte for byte what it was."""
    path = tmp_path / "notes.db"
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match=r"notes\.db"):
        async with Shelf.open(path, migrations=ONE):
            pass
    assert path.read_bytes() == content
    assert names(tmp_path) == ["notes.db"]


async def test_a_file_cut_short_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A copy that was interrupted is noticed at once, not at the first missing row."""
    path = tmp_path / "notes.db"
    await filled(path, rows=2000)
    content = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match="end is missing"):
        async with Shelf.open(path, migrations=ONE):
            pass
    assert path.read_bytes() == content


async def test_damage_inside_a_file_is_reported_when_it_is_met(tmp_path: Path) -> None:
    """Pages overwritten in the middle end as StoreCorrupt, at the open or at the first read."""
    path = tmp_path / "notes.db"
    await filled(path, rows=3000)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match=r"notes\.db"):
        async with Shelf.open(path, migrations=ONE) as shelf:
            await shelf.read(texts)


async def test_a_name_inside_a_file_that_is_no_text_any_more_is_reported(tmp_path: Path) -> None:
    """What SQLite quotes of a damaged schema, Python cannot read: that is the file's damage too."""
    path = tmp_path / "notes.db"
    await filled(path, rows=3)
    content = path.read_bytes()
    spoilt = content.replace(b"CREATE TABLE notes", b"CREATE TABLE n\xefte\xf3", 1)
    assert spoilt != content
    path.write_bytes(spoilt)
    assert problems(path)
    with pytest.raises(StoreCorrupt, match=r"notes\.db"):
        async with Shelf.open(path, migrations=ONE) as shelf:
            await shelf.read(texts)


async def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A file of a later release stays byte for byte what it was; the message says to upgrade."""
    path = tmp_path / "notes.db"
    await filled(path, TWO)
    content = path.read_bytes()
    with pytest.raises(StoreTooNew, match=r"notes\.db") as caught:
        async with Shelf.open(path, migrations=ONE):
            pass
    assert "Upgrade" in caught.value.remedy
    assert path.read_bytes() == content


async def test_a_newer_file_in_use_is_recognised_by_its_log(tmp_path: Path) -> None:
    """The format counts even while it is only in the write-ahead log of a running process."""
    path = tmp_path / "notes.db"
    await filled(path)
    async with Shelf.open(path, migrations=TWO):
        with pytest.raises(StoreTooNew):
            async with Shelf.open(path, migrations=ONE):
                pass


async def test_another_products_database_is_not_written_to(tmp_path: Path) -> None:
    """A SQLite file that is not ours, or of another kind of ours, is refused and left alone."""
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as conn:
        conn.execute("CREATE TABLE theirs (id INTEGER)")
    ours = tmp_path / "ours.db"
    await filled(ours)
    for path, migrations in ((foreign, ONE), (ours, Migrations("runs", (first,)))):
        content = path.read_bytes()
        with pytest.raises(StoreUnfit, match=path.name):
            async with Shelf.open(path, migrations=migrations):
                pass
        assert path.read_bytes() == content


async def test_a_read_only_file_is_refused_for_writing_and_open_for_reading(tmp_path: Path) -> None:
    """Marked read-only means read-only, also when root runs; reading it leaves no trace."""
    path = tmp_path / "kept" / "notes.db"
    await filled(path)
    path.chmod(0o444)
    with pytest.raises(StoreReadOnly, match=r"notes\.db"):
        async with Shelf.open(path, migrations=ONE):
            pass
    path.parent.chmod(0o555)
    try:
        async with Shelf.open(path, migrations=ONE, read_only=True) as shelf:
            assert await shelf.read(texts) == ["note 0"]
            with pytest.raises(StoreReadOnly):
                await shelf.write(put("no"))
        with pytest.raises(StoreReadOnly):
            async with Shelf.open(path.parent / "other.db", migrations=ONE):
                pass
        assert names(path.parent) == ["notes.db"]
    finally:
        path.parent.chmod(0o755)


async def test_a_missing_file_is_not_created_for_reading(tmp_path: Path) -> None:
    """Reading what is not there is an error that names it."""
    with pytest.raises(StoreUnfit, match=r"nothing\.db"):
        async with Shelf.open(tmp_path / "nothing.db", migrations=ONE, read_only=True):
            pass
    assert names(tmp_path) == []


async def test_a_folder_or_an_impossible_place_is_an_error_of_ours(tmp_path: Path) -> None:
    """A path that can never hold a database is refused in our words."""
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "notes.db"):
        with pytest.raises(StoreUnfit, match=path.name):
            async with Shelf.open(path, migrations=ONE):
                pass


async def test_a_lock_held_elsewhere_is_waited_for_and_then_reported(tmp_path: Path) -> None:
    """Another process that writes makes StoreLocked after the waiting time; reading goes on."""
    path = tmp_path / "notes.db"
    await filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        async with Shelf.open(path, migrations=ONE, busy_ms=50) as shelf:
            with pytest.raises(StoreLocked, match=r"notes\.db is locked"):
                await shelf.write(put("late"))
            assert await shelf.read(texts) == ["note 0"]
            other.execute("ROLLBACK")
            await shelf.write(put("in time"))
    finally:
        other.close()


async def test_a_full_disk_is_an_error_that_says_so_and_loses_nothing(tmp_path: Path) -> None:
    """When the file cannot grow, the write is undone and what was there stays readable."""
    path = tmp_path / "notes.db"
    async with Shelf.open(path, migrations=ONE) as shelf:
        await shelf.write(put("before"))
        await shelf.read(lambda db: db.conn.execute("PRAGMA max_page_count = 12").fetchone())
        with pytest.raises(StoreUnfit, match="disk is full"):
            await shelf.write(put("x" * 500_000))
        assert await shelf.read(texts) == ["before"]


async def test_a_broken_rule_of_the_database_is_an_error_of_ours(tmp_path: Path) -> None:
    """Nothing that SQLite raises leaves the door under its own name."""
    async with Shelf.open(tmp_path / "notes.db", migrations=ONE) as shelf:
        await shelf.write(put("once"))
        with pytest.raises(StoreUnfit, match="UNIQUE"):
            await shelf.write(put("once"))
        with pytest.raises(StoreUnfit, match="no such table"):
            await shelf.read(lambda db: db.conn.execute("SELECT * FROM nowhere"))


async def test_a_closed_shelf_says_that_it_is_closed(tmp_path: Path) -> None:
    """Work after closing is refused instead of hanging."""
    async with Shelf.open(tmp_path / "notes.db", migrations=ONE) as shelf:
        pass
    with pytest.raises(StoreUnfit, match="closed"):
        await shelf.read(texts)


async def test_writers_in_one_process_take_turns(tmp_path: Path) -> None:
    """A hundred concurrent additions count to a hundred."""
    def add_one(db: Database) -> None:
        count = len(texts(db))
        put(str(count + 1))(db)

    async with (
        Shelf.open(tmp_path / "notes.db", migrations=ONE) as a,
        Shelf.open(tmp_path / "notes.db", migrations=ONE) as b,
    ):
        await asyncio.gather(*(shelf.write(add_one) for _ in range(50) for shelf in (a, b)))
        assert (await a.read(texts))[-1] == "100"
