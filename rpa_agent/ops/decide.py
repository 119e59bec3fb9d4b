"""Carries out a decision about a waiting run in one step: its item, its commits in doubt, and the due time it was for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.store.sqlite import Database

from . import inbox
from .due.occurrence import move
from .inbox import How, Item
from .journal import State, current, held_by
from .process.owner import Owner

Settle = Callable[[Database, dict[str, Any], State, str], None]


def decide(db: Database, run: str, settle: Settle, *, how: How, who: str, reason: str, now: datetime) -> Item:
    """Close the item; raises UsageInvalid where nothing waits under ``run``, NeedsPerson where its commit is in flight.

    ``done_by_hand`` confirms what was in doubt, ``retry`` takes it as not done and makes the due time due again,
    ``skip`` and ``cancel`` leave the journal in doubt, so that nothing is sent again by itself.
    """
    _require_ended(db, run)
    item = inbox.close(db, run, how=how, who=who, reason=reason, now=now)
    told = f"{who}: {reason}"
    if how in ("done_by_hand", "retry"):
        for row in doubts_of(db, item.run):
            settle(db, row, "confirmed" if how == "done_by_hand" else "not_done", told)
            close_items_of(db, str(row["run"]), how=how, who=who, reason=reason, now=now)
    sql = (
        "SELECT o.id FROM occurrences o LEFT JOIN runs r ON r.occurrence = o.id"
        " WHERE (r.id = ? OR o.id = ?) AND (o.state = 'parked' OR o.outcome = 'needs_person')"
    )
    for (occurrence,) in db.execute(sql, [item.run, item.run]).fetchall():
        if how == "retry":
            db.execute("UPDATE occurrences SET expires = NULL, outcome = NULL WHERE id = ?", [occurrence])
        move(db, occurrence, "due" if how == "retry" else "done", now=now, reason=told)
    return item


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


def _require_ended(db: Database, run: str) -> None:
    rows = list(db.query("SELECT * FROM runs WHERE id = ? AND ended IS NULL", [run]))
    owner = Owner.of(rows[0]) if rows else None
    if owner is not None and owner.lives():
        raise UsageInvalid(f"the run {run} is still going; nothing was decided", do="Wait until it has ended.", where=run)
