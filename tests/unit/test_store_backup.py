"""Backups of databases in use, and restores that prove themselves first."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rpa_agent.domain.errors import StoreCorrupt, StoreLocked, StoreUnfit
from rpa_agent.store.backup import backup, problems, restore
from rpa_agent.store.migrations import Migrations
from rpa_agent.store.sqlite import Database, Shelf


def notes(db: Database) -> None:
    db.conn.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")


NOTES = Migrations("notes", (notes,))


def put(text: str):
    return lambda db: db["notes"].insert({"text": text})


def texts(path: Path) -> list[str]:
    with sqlite3.connect(path) as conn:
        return [row[0] for row in conn.execute("SELECT text FROM notes ORDER BY id")]


def no_lies(db: Database) -> list[str]:
    return [f"row {row[0]} lies" for row in db.conn.execute("SELECT id FROM notes WHERE text = 'lie'")]


async def test_a_backup_of_a_database_in_use_is_complete_and_one_file(tmp_path: Path) -> None:
    """What is committed is in the copy, even while it is only in the write-ahead log."""
    async with Shelf.open(tmp_path / "notes.db", migrations=NOTES) as shelf:
        await shelf.write(put("committed"))
        backup(tmp_path / "notes.db", tmp_path / "out" / "copy.db")
        assert texts(tmp_path / "out" / "copy.db") == ["committed"]
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["copy.db"]


async def test_restore_brings_back_the_rows_and_keeps_the_former_file(tmp_path: Path) -> None:
    """Nothing is erased by a restore: what was there is put aside by name."""
    path, copy = tmp_path / "notes.db", tmp_path / "copy.db"
    async with Shelf.open(path, migrations=NOTES) as shelf:
        await shelf.write(put("old"))
        backup(path, copy)
        await shelf.write(put("newer"))
    aside = restore(copy, path)
    assert texts(path) == ["old"]
    assert aside is not None
    assert texts(aside) == ["old", "newer"]
    async with Shelf.open(path, migrations=NOTES) as shelf:
        await shelf.write(put("again"))
    assert restore(copy, path) != aside


async def test_restore_into_an_empty_place_needs_no_former_file(tmp_path: Path) -> None:
    """On a new machine there is nothing to put aside."""
    async with Shelf.open(tmp_path / "notes.db", migrations=NOTES) as shelf:
        await shelf.write(put("old"))
    assert restore(tmp_path / "notes.db", tmp_path / "new" / "notes.db") is None
    assert texts(tmp_path / "new" / "notes.db") == ["old"]


async def test_restore_replaces_a_damaged_file(tmp_path: Path) -> None:
    """Damage is why one restores; the damaged file is kept for whoever wants to look."""
    async with Shelf.open(tmp_path / "notes.db", migrations=NOTES) as shelf:
        await shelf.write(put("old"))
    backup(tmp_path / "notes.db", tmp_path / "copy.db")
    (tmp_path / "notes.db").write_bytes(b"rubbish" * 1000)
    aside = restore(tmp_path / "copy.db", tmp_path / "notes.db")
    assert texts(tmp_path / "notes.db") == ["old"]
    assert aside is not None
    assert aside.read_bytes().startswith(b"rubbish")


async def test_a_database_in_use_is_not_replaced(tmp_path: Path) -> None:
    """Whoever has it open would go on writing into a file that nobody sees."""
    async with Shelf.open(tmp_path / "notes.db", migrations=NOTES) as shelf:
        await shelf.write(put("in use"))
        backup(tmp_path / "notes.db", tmp_path / "copy.db")
        with pytest.raises(StoreLocked, match="in use"):
            restore(tmp_path / "copy.db", tmp_path / "notes.db")
        await shelf.write(put("still in use"))
    assert texts(tmp_path / "notes.db") == ["in use", "still in use"]


async def test_a_backup_that_does_not_prove_itself_changes_nothing(tmp_path: Path) -> None:
    """Neither a former backup nor a working file is replaced by one whose rows are wrong."""
    path, copy = tmp_path / "notes.db", tmp_path / "copy.db"
    async with Shelf.open(path, migrations=NOTES) as shelf:
        await shelf.write(put("truth"))
        backup(path, copy, verify=no_lies)
        await shelf.write(put("lie"))
        with pytest.raises(StoreCorrupt, match="row 2 lies"):
            backup(path, copy, verify=no_lies)
    assert texts(copy) == ["truth"]
    with pytest.raises(StoreCorrupt):
        restore(path, copy, verify=no_lies)
    assert texts(copy) == ["truth"]


@pytest.mark.parametrize("content", [b"", b"rubbish" * 100])
def test_rubbish_is_never_restored(tmp_path: Path, content: bytes) -> None:
    """A file that is no database is refused before anything is touched."""
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(StoreUnfit):
        restore(tmp_path / "copy.db", tmp_path / "notes.db")
    with pytest.raises(StoreUnfit):
        restore(tmp_path / "missing.db", tmp_path / "notes.db")
    assert not (tmp_path / "notes.db").exists()


async def test_problems_names_what_is_wrong(tmp_path: Path) -> None:
    """A sound file has none; rubbish and wrong rows have some."""
    async with Shelf.open(tmp_path / "notes.db", migrations=NOTES) as shelf:
        await shelf.write(put("lie"))
    assert problems(tmp_path / "notes.db") == []
    assert problems(tmp_path / "notes.db", no_lies) == ["row 1 lies"]
    (tmp_path / "bad.db").write_bytes(b"rubbish")
    assert "not a SQLite database" in problems(tmp_path / "bad.db")[0]
