"""What changed in the searched tasks since they were read: the counts that the triggers of memory.db keep (`changes_told`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..store.sqlite import Database

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = -1              # the count of one that has read nothing yet
MOST = 2_000            # procedures: where more have changed, all are read anew


def count_now(db: Database) -> int:
    """Return how many changes there have been: the same means that nothing changed."""
    return int(db.conn.execute("SELECT value FROM meta WHERE key = 'words'").fetchone()[0])


def changed_since(db: Database, count: int) -> NDArray[np.int64] | None:
    """Return the ns of what was added, worded anew, taken out of sight or brought back since that count, in order.

    None means that all has to be read: it never was, too much changed, a row was erased, or the file is an older one again.
    """
    gone = int(db.conn.execute("SELECT value FROM meta WHERE key = 'gone'").fetchone()[0])
    if count == NEVER or gone > count or count_now(db) < count:
        return None
    found = db.conn.execute("SELECT n FROM procedures WHERE changed > ? LIMIT ?", [count, MOST + 1]).fetchall()
    return None if len(found) > MOST else np.sort(np.array([row[0] for row in found], np.int64))
