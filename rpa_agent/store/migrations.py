"""Ordered, named migrations: each applied in one transaction together with its record and the file's version number."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from .database import Database

Step = Callable[[Database], None]


@dataclass(frozen=True)
class Migrations:
    """How a kind of database came to its present shape; ``user_version`` counts the steps a file has taken.

    ``name`` also becomes the file's application id, so that memory.db is never taken for runs.db.
    """

    name: str
    steps: tuple[Step, ...]

    @property
    def latest(self) -> int:
        return len(self.steps)

    @property
    def application_id(self) -> int:
        # SQLite keeps a signed 32-bit number there; zero means "nobody's"
        return zlib.crc32(f"rpa-agent {self.name}".encode()) & 0x7FFFFFFF or 1


def migrate(db: Database, migrations: Migrations) -> None:
    """Take the missing steps, one transaction each, so that a crash keeps those already taken."""
    while _version(db) < migrations.latest:
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            _one_step(db, migrations)
        except BaseException:
            db.rollback()
            raise
        db.conn.execute("COMMIT")


def _version(db: Database) -> int:
    return int(db.conn.execute("PRAGMA user_version").fetchone()[0])


def _one_step(db: Database, migrations: Migrations) -> None:
    from sqlite_utils import Migrations as Ledger

    ledger = Ledger(migrations.name)
    for step in migrations.steps:
        ledger(name=step.__name__)(lambda _, step=step: step(db))
    # asked again under the write lock: another process may have taken the step while this one waited
    pending = [m.name for m in ledger.pending(db.utilities)]
    ledger.apply(db.utilities, stop_before=pending[1:])
    done = migrations.latest - max(len(pending) - 1, 0)
    db.conn.execute(f"PRAGMA user_version = {done:d}")
    db.conn.execute(f"PRAGMA application_id = {migrations.application_id:d}")
