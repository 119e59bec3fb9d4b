"""What was watched and never agreed to does not lie about for ever."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from rpa_agent.ops.kept_recordings import forget_old

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = 86400


def lay(folder: Path, name: str, days: float) -> Path:
    path = folder / name
    path.write_text("{}")
    then = NOW.timestamp() - days * DAY
    os.utime(path, (then, then))
    return path


def test_only_what_is_old_and_was_never_agreed_to_is_removed(tmp_path: Path) -> None:
    """Not the one at hand, not what merging needs, and nothing that a link leads to."""
    old, young = lay(tmp_path, "pay.json", 31), lay(tmp_path, "file.json", 29)
    mine, typed = lay(tmp_path, "mine.json", 400), lay(tmp_path, "pay.shown.jsonl", 400)
    link = tmp_path / "linked.json"
    link.symlink_to(typed)
    assert forget_old(tmp_path, days=30, now=NOW, but="mine") == ["pay"]
    assert [p.exists() for p in (old, young, mine, typed, link)] == [False, True, True, True, True]
    assert forget_old(tmp_path, days=30, now=NOW, but="mine") == []


def test_where_nothing_was_ever_kept_nothing_happens(tmp_path: Path) -> None:
    """The folder may not be there."""
    assert forget_old(tmp_path / "recordings", days=1, now=NOW) == []
