"""A connection as the rooms see it: statements, rows as dictionaries, and sqlite-utils for the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite_utils
    from sqlite_utils.db import Table


class Database:
    """An open SQLite connection whose transactions are its owner's.

    Statements go to it directly. Importing sqlite-utils takes longer than all else at the start of a run, so it comes
    in where it is asked for: when a file changes its shape.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn

    @cached_property
    def utilities(self) -> sqlite_utils.Database:
        """Return the same connection as sqlite-utils sees it."""
        from sqlite_utils import Database as Utilities

        return Utilities(self.conn, execute_plugins=False)

    def __getitem__(self, table: str) -> Table:
        return self.utilities.table(table)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self.conn.execute(sql, values)

    def query(self, sql: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """Run one statement that answers with rows."""
        cursor = self.conn.execute(sql, values)
        names = [column[0] for column in cursor.description or ()]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def rollback(self) -> None:
        """Take back what the open transaction did; nothing where none is open."""
        self.conn.rollback()

    def close(self) -> None:
        self.conn.close()
