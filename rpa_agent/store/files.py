"""Database files as files: looked at without touching, created and replaced in one step, errors in our own words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex

from ..domain.errors import RpaAgentError, StoreCorrupt, StoreLocked, StoreReadOnly, StoreTooNew, StoreUnfit
from .database import Database
from .migrations import Migrations, migrate

MAGIC = b"SQLite format 3\0"


@contextmanager
def door(path: Path) -> Iterator[None]:
    """Turn whatever SQLite or the file system raises into one of our errors that names the file."""
    try:
        yield
    except sqlite3.Error as e:
        raise _from_sqlite(e, path) from e
    except UnicodeDecodeError as e:     # Python's, where SQLite quotes a name or a text that is none any more
        raise _no_text(path) from e
    except OSError as e:
        raise _from_system(e, path) from e
    except StoreUnfit as e:
        if e.where:
            raise
        raise type(e)(f"{path}: {e.message}", do=e.remedy, where=str(path)) from e


def _from_sqlite(e: sqlite3.Error, path: Path) -> RpaAgentError:
    where = str(path)
    code = getattr(e, "sqlite_errorcode", None) or 0
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreLocked(f"{path} is locked by another process", where=where)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return StoreReadOnly(f"{path} or its folder cannot be written ({e})", where=where)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreCorrupt(f"{path} is damaged ({e}); it was left untouched", where=where)
        case sqlite3.SQLITE_FULL:
            return StoreUnfit(f"the disk is full: {path} could not grow", do="Free space, then run again.", where=where)
        case sqlite3.SQLITE_IOERR:
            return StoreUnfit(f"the disk failed under {path} ({e})", do="Check the disk, then run again.", where=where)
        case _ if "decode" in str(e):
            return _no_text(path)
        case _:
            return StoreUnfit(f"{path} refused: {e}", where=where)


def _no_text(path: Path) -> StoreCorrupt:
    return StoreCorrupt(f"{path} is damaged: it holds a text that is none any more", where=str(path))


def _from_system(e: OSError, path: Path) -> RpaAgentError:
    why = e.strerror or str(e)
    if isinstance(e, PermissionError) or e.errno in {30}:       # 30: a file system mounted read-only
        return StoreReadOnly(f"{path} cannot be used: {why}", where=str(path))
    misnamed = isinstance(e, FileNotFoundError | IsADirectoryError | NotADirectoryError)
    do = "Check its name and folder." if misnamed else "Point --state to another folder."
    return StoreUnfit(f"{path} cannot be used: {why}", do=do, where=str(path))


def sibling(path: Path, suffix: str) -> Path:
    """Return the path beside a database that SQLite derives from its name: ``-wal``, ``-shm``."""
    return path.with_name(path.name + suffix)


def inspect(path: Path, migrations: Migrations) -> None:
    """Raise StoreCorrupt, StoreTooNew or StoreUnfit for a file that must not be opened; only its header is read."""
    with path.open("rb") as f:
        head = f.read(100)
    if not head:
        return      # SQLite takes an empty file for a new database
    if len(head) < 100 or not head.startswith(MAGIC):
        raise StoreCorrupt("it is not a SQLite database; it was left untouched")
    version, owner = _number(head, 60), _number(head, 68)
    wal = sibling(path, "-wal")
    if wal.exists() and wal.stat().st_size:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as conn:
            version, owner = (conn.execute(f"PRAGMA {p}").fetchone()[0] for p in ("user_version", "application_id"))
    elif path.stat().st_size < _pages(head):
        raise StoreCorrupt("its end is missing; it was left untouched")
    if owner not in (0, migrations.application_id):
        raise StoreUnfit(f"it is not a {migrations.name} database", do="Point --state to another folder.")
    if version > migrations.latest:
        raise StoreTooNew(
            f"it was written by a newer version of rpa-agent (format {version}, this one knows {migrations.latest}); "
            "it was left untouched"
        )


def _number(head: bytes, at: int) -> int:
    return int.from_bytes(head[at : at + 4], "big")


def _pages(head: bytes) -> int:
    """Return the bytes the header promises, 0 where its page count is not valid."""
    size = int.from_bytes(head[16:18], "big")
    return (65536 if size == 1 else size) * _number(head, 28) if head[24:28] == head[92:96] else 0


def require_writable(path: Path) -> None:
    """Raise StoreReadOnly where the file or its folder is marked read-only; that is respected even when root runs."""
    for place in (path, path.absolute().parent):
        if not place.stat().st_mode & 0o222 or not os.access(place, os.W_OK):
            raise StoreReadOnly("it or its folder is read-only")


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Give a free name beside ``path`` for a file in the making; what is left there afterwards is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.absolute().parent.stat().st_mode & 0o222:
        raise StoreReadOnly("its folder is read-only")
    temp = path.with_name(f".{path.name}.{os.getpid()}.{token_hex(4)}")
    try:
        yield temp
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            sibling(temp, suffix).unlink(missing_ok=True)


def appear(temp: Path, path: Path) -> None:
    """Let a finished file appear at ``path`` unless another process was first; never replaces anything."""
    _sync(temp)
    try:
        os.link(temp, path)
    except FileExistsError:
        return
    except OSError:
        if not path.exists():       # a file system without hard links
            temp.replace(path)
    _sync(path.absolute().parent)


def replace(temp: Path, path: Path) -> None:
    """Put a finished file in the place of ``path`` in one step."""
    _sync(temp)
    temp.replace(path)
    _sync(path.absolute().parent)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def create(path: Path, migrations: Migrations) -> None:
    """Make a new database; it appears complete, so two processes that start together never meet a half-made file."""
    with scratch(path) as temp:
        with closing(sqlite3.connect(temp, isolation_level=None)) as conn:
            conn.execute("PRAGMA synchronous = OFF")        # one sync at the end serves the whole file
            conn.execute("PRAGMA journal_mode = WAL")
            migrate(Database(conn), migrations)
        appear(temp, path)
