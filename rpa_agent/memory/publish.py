"""From the working copy to the seed: one vacuumed file, put in place in one step and only when it is sound."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ..domain.errors import StoreCorrupt
from ..store import backup
from ..store.files import door, inspect, replace, scratch
from .rows import verify_rows
from .schema import MEMORY


def publish(working: Path, seed: Path) -> None:
    """Write the working copy to the seed as one vacuumed file, replaced in one step and only when it is sound.

    The working copy may be in use. Raises StoreCorrupt and keeps the former seed when a row hash does not match.
    """
    with door(working):
        inspect(working, MEMORY)
    with door(seed), scratch(seed) as temp:
        with door(working), closing(backup.reader(working)) as conn:
            conn.execute("VACUUM INTO ?", [str(temp)])
        with closing(sqlite3.connect(temp)) as conn:
            # what people searched for is nobody else's, and makes the file differ for nothing
            conn.execute("DELETE FROM embeddings WHERE text_hash NOT IN (SELECT text_hash FROM procedures)")
            conn.commit()
            conn.execute("VACUUM")
            conn.execute("PRAGMA journal_mode = DELETE")
        found = backup.problems(temp, verify_rows)
        if found:
            raise StoreCorrupt(f"{working} was not published: {found[0]}", do="Run `rpa verify`.", where=str(working))
        replace(temp, seed)
