"""Demonstrations that were watched and never agreed to: kept for a while, so that nothing has to be shown twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path


def forget_old(folder: Path, *, days: int, now: datetime, but: str = "") -> list[str]:
    """Remove what has lain in the folder longer than this; return the names of the workflows. ``but`` is kept in any case.

    They hold what a page showed, in clear. What agreed demonstrations typed (``*.shown.jsonl``) is needed to merge
    another one, and stays as long as the workflow.
    """
    limit = (now - timedelta(days=days)).timestamp()
    gone = []
    for path in sorted(folder.glob("*.json")):
        if path.stem != but and path.is_file() and not path.is_symlink() and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)  # somebody else may tidy up at the same time
            gone.append(path.stem)
    return gone
