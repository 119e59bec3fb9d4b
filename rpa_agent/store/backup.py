"""Copies of a database that is in use, and their way back, both proved before they count."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from ..domain.errors import StoreCorrupt, StoreLocked, StoreUnfit
from .database import Database
from .files import MAGIC, appear, door, replace, scratch, sibling

Verify = Callable[[Database], Sequence[str]]


def reader(path: Path) -> sqlite3.Connection:
    """Open a database for reading only, leaving no trace in its folder; the caller closes it."""
    if not path.exists():
        raise StoreUnfit(f"{path} does not exist", do="Check the path.", where=str(path))
    # without a -wal file nobody has it open, and an immutable reader creates no lock files of its own
    mode = "ro" if sibling(path, "-wal").exists() else "ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)


def problems(path: Path, verify: Verify | None = None) -> list[str]:
    """Return what is wrong with a database: its pages, its references, and whatever ``verify`` finds."""
    with door(path):
        if path.exists() and not _is_database(path):
            return [f"{path} is not a SQLite database"]
        with closing(reader(path)) as conn:
            conn.text_factory = _as_it_is   # a text that is none any more is for its hash to tell
            try:
                found = [row[0] for row in conn.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
                dangling = conn.execute("PRAGMA foreign_key_check")
                found += [f"{row[0]} row {row[1]} refers to nothing" for row in dangling]
                return found + list(verify(Database(conn)) if verify and not found else ())
            except (sqlite3.DatabaseError, UnicodeDecodeError) as e:    # the latter where the name of a column was hit
                return [str(e)]


def _as_it_is(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _is_database(path: Path) -> bool:
    with path.open("rb") as f:
        return f.read(len(MAGIC)) == MAGIC


def backup(source: Path, target: Path, *, verify: Verify | None = None) -> None:
    """Copy a database that may be in use to ``target``, which is replaced only by a proved copy.

    Raises StoreCorrupt when the copy does not prove itself; the former ``target`` is kept then.
    """
    with door(target), scratch(target) as temp:
        copy(source, temp)
        prove(temp, source, verify)
        replace(temp, target)


def seed(source: Path, target: Path) -> None:
    """Let a copy of ``source`` appear at ``target`` unless something is there already."""
    with door(target), scratch(target) as temp:
        copy(source, temp)
        appear(temp, target)


def copy(source: Path, temp: Path) -> None:
    """Write a consistent copy as one closed file."""
    with door(source):
        if source.exists() and not _is_database(source):
            raise StoreCorrupt("it is not a SQLite database", do="Use another file.")
    with door(source), closing(reader(source)) as conn, closing(sqlite3.connect(temp, isolation_level=None)) as out:
        conn.backup(out)
        out.execute("PRAGMA journal_mode = DELETE")     # no -wal beside it: one file is the whole copy


def restore(source: Path, target: Path, *, verify: Verify | None = None) -> Path | None:
    """Put a backup in the place of ``target``; return where the former file went, None when there was none.

    The backup is proved first. Raises StoreCorrupt when it is damaged and StoreLocked while ``target`` is in use;
    nothing has changed then.
    """
    with door(target), scratch(target) as temp:
        copy(source, temp)
        prove(temp, source, verify)
        aside = _move_aside(target) if target.exists() else None
        for suffix in ("-wal", "-shm"):
            # a write-ahead log of the former file would be replayed into the restored one
            sibling(target, suffix).unlink(missing_ok=True)
        replace(temp, target)
        return aside


def prove(copied: Path, source: Path, verify: Verify | None) -> None:
    """Raise StoreCorrupt unless a copy of ``source`` is whole."""
    found = problems(copied, verify)
    if found:
        raise StoreCorrupt(
            f"{source} cannot be trusted: {'; '.join(found[:5])}", do="Use another backup.", where=str(source)
        )


def _move_aside(target: Path) -> Path:
    require_unused(target)
    number = 1
    while (aside := target.with_name(f"{target.name}.before-restore-{number}")).exists():
        number += 1
    try:
        aside.hardlink_to(target)       # linked, not moved: an interruption never leaves an empty place
    except OSError:
        shutil.copy2(target, aside)
    for suffix in ("-wal", "-shm"):
        if sibling(target, suffix).exists():
            sibling(target, suffix).rename(sibling(aside, suffix))
    return aside


def require_unused(target: Path) -> None:
    """Raise StoreLocked while any other connection is open; leaving WAL mode needs the file for oneself alone."""
    try:
        with closing(sqlite3.connect(target, isolation_level=None, timeout=1)) as conn:
            conn.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as e:
        if (e.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY:
            raise StoreLocked(f"{target} is in use; end `rpa serve` and other commands first", where=str(target)) from e
    except sqlite3.DatabaseError:
        pass        # a damaged file is why one restores; it is moved aside whole
