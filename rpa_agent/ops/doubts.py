"""What is in doubt: commits that were sent and of which nobody knows whether they arrived, and who waits because of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rpa_agent.store.sqlite import Database

from . import inbox
from .clock import new_id, stamp
from .inbox import How, Item
from .journal import current, held_by
from .process.owner import Owner

_UNTOLD = timedelta(days=14)  # what died longer ago than this was looked at since


def doubts_of(db: Database, run: str) -> list[dict[str, Any]]:
    """Return the commits in doubt that a run left, and those it met: another run's, whose values were its own."""
    rows = {row["key"]: row for row in held_by(db, [run])}
    found = db.execute("SELECT trajectory FROM runs WHERE id = ?", [run]).fetchone()
    commits = json.loads(found[0])["commits"] if found and found[0] else []
    for key in (c["key"] for c in commits if c["state"] == "ambiguous"):
        if key not in rows and (row := current(db, key)) is not None:
            rows[key] = row
    return [row for row in rows.values() if row["state"] in ("sent", "ambiguous")]


def close_items_of(db: Database, run: str, *, how: How, who: str, reason: str, now: datetime) -> None:
    """Close what else waited because of the same doubt, once nothing of that run is in doubt any more."""
    open_ = db.execute("SELECT 1 FROM inbox WHERE run = ? AND resolved IS NULL", [run]).fetchone()
    if open_ and not doubts_of(db, run):
        inbox.close(db, run, how=how, who=who, reason=reason, now=now)


def settled_by_the_site(db: Database, keys: Sequence[str], *, now: datetime) -> None:
    """Close what waited for commits that the site itself has settled since."""
    sql = "SELECT DISTINCT run FROM journal_history WHERE key IN (SELECT value FROM json_each(?))"
    for (run,) in db.execute(sql, [json.dumps(list(keys))]).fetchall():
        close_items_of(db, run, how="asked", who="rpa", reason="the site was asked", now=now)


def waits_as(db: Database, run: str, *, now: datetime) -> None:
    """One doubt waits once: where ``run`` waits because of what another run left in doubt, that one's item is closed. One
    that a due time of its own waits for is left, since a decision about it lets that go on."""
    sql = (
        "SELECT 1 FROM inbox i JOIN runs r ON r.id = i.run WHERE i.run = ? AND i.resolved IS NULL"
        " AND (r.occurrence IS NULL OR r.batch IS NOT NULL)"
    )
    for before in {str(row["run"]) for row in doubts_of(db, run)} - {run}:
        if db.execute(sql, [before]).fetchone():
            inbox.close(db, before, how="asked", who="rpa", reason=f"it waits as run {run} now", now=now)


def untold(db: Database, *, now: datetime) -> list[Item]:
    """Return an item for each run that ended before a person, or in doubt, and whose process died before it said so. What
    waits for an account is told there."""
    sql = (
        "SELECT * FROM runs WHERE id >= ? AND trajectory IS NOT NULL AND (sent = 'unknown' OR (outcome = 'needs_person'"
        " AND coalesce(fault, '') <> 'login')) AND id NOT IN (SELECT run FROM inbox)"
    )
    found = [row for row in db.query(sql, [new_id(now - _UNTOLD)]) if not _lives(row)]
    return [
        Item(
            id=new_id(now), run=row["id"], workflow=row["workflow"], reason=row["stopped"] or "", fault=row["fault"],
            added=stamp(now),
        )
        for row in found
        if row["outcome"] == "needs_person" or doubts_of(db, row["id"])
    ]


def _lives(row: dict[str, Any]) -> bool:
    owner = Owner.of(row)
    return owner is None or owner.lives()
