"""A SQLite file behind one door: one writer thread, one transaction per call, every error in our own words."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self, TypeVar

from ..domain.errors import StoreUnfit
from .database import Database as Database
from .files import create, door, inspect, require_writable, sibling
from .migrations import Migrations, migrate

T = TypeVar("T")


class Shelf:
    """One open SQLite file. Everything runs on its own thread, in order; whoever needs durability awaits it.

    A cancelled ``write`` may still have been committed: SQLite cannot be interrupted half-way.
    """

    def __init__(self, path: Path, db: Database, thread: ThreadPoolExecutor) -> None:
        self.path = path
        self._db = db
        self._thread = thread

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, migrations: Migrations, durable: bool = False, read_only: bool = False, busy_ms: int = 5000
    ) -> AsyncIterator[Self]:
        """Open a database, creating or migrating it first unless ``read_only``.

        ``durable`` syncs each commit to disk. Raises StoreLocked, StoreReadOnly, StoreCorrupt, StoreTooNew or
        StoreUnfit; a file that is damaged, newer or not ours is left as it is.
        """
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix=path.name)
        try:
            db = await loop.run_in_executor(thread, lambda: _open(path, migrations, durable, read_only, busy_ms))
            try:
                yield cls(path, db, thread)
            finally:
                await asyncio.shield(loop.run_in_executor(thread, db.close))
        finally:
            thread.shutdown(wait=False)

    async def write(self, fn: Callable[[Database], T]) -> T:
        """Run ``fn`` in one transaction; its result comes back after the commit, its error after the rollback."""
        return await self._call(lambda: self._transact("BEGIN IMMEDIATE", fn, "COMMIT"))

    async def read(self, fn: Callable[[Database], T]) -> T:
        """Run ``fn`` on one consistent snapshot; anything it writes is thrown away."""
        return await self._call(lambda: self._transact("BEGIN", fn, "ROLLBACK"))

    def mark(self) -> tuple[int, ...]:
        """Return a mark of the file and its log. While it stays the same, nobody has written, here or in another process."""
        found = (path.stat() for path in (self.path, sibling(self.path, "-wal")) if path.exists())
        return tuple(n for stat in found for n in (stat.st_mtime_ns, stat.st_size))

    async def _call(self, job: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, job)
        except RuntimeError as e:
            if "shutdown" not in str(e):
                raise
            raise StoreUnfit(f"{self.path} was closed already", where=str(self.path)) from e

    def _transact(self, begin: str, fn: Callable[[Database], T], end: str) -> T:
        with door(self.path):
            self._db.conn.execute(begin)
            try:
                result = fn(self._db)
                self._db.conn.execute(end)
            except BaseException:
                # a full disk or an I/O error may have ended the transaction already
                self._db.rollback()
                raise
            return result


def _open(path: Path, migrations: Migrations, durable: bool, read_only: bool, busy_ms: int) -> Database:
    with door(path):
        if not read_only and not path.exists():
            create(path, migrations)
        inspect(path, migrations)
        if not read_only:
            require_writable(path)
        conn = sqlite3.connect(_uri(path, read_only), uri=True, isolation_level=None, timeout=busy_ms / 1000)
        try:
            db = Database(conn)
            _prepare(db, migrations, durable, read_only)
        except BaseException:
            conn.close()
            raise
        return db


def _uri(path: Path, read_only: bool) -> str:
    mode = "ro" if read_only else "rw"
    if read_only and not sibling(path, "-wal").exists() and not _folder_writable(path):
        mode = "ro&immutable=1"     # nobody can write there, and a reader could not create its lock file either
    return f"{path.absolute().as_uri()}?mode={mode}"


def _folder_writable(path: Path) -> bool:
    return bool(path.absolute().parent.stat().st_mode & 0o222)


def _prepare(db: Database, migrations: Migrations, durable: bool, read_only: bool) -> None:
    tables = db.conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    version, owner = (db.conn.execute(f"PRAGMA {p}").fetchone()[0] for p in ("user_version", "application_id"))
    if tables and owner != migrations.application_id:
        raise StoreUnfit("it is a SQLite database of something else", do="Point --state to another folder.")
    if read_only:
        if version < migrations.latest:
            raise StoreUnfit("it was written by an older version of rpa-agent", do="Open it once for writing.")
        return
    db.conn.execute("PRAGMA foreign_keys = ON")
    db.conn.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    if db.conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        db.conn.execute("PRAGMA journal_mode = WAL")
    if version < migrations.latest:
        migrate(db, migrations)
