"""Carries out a decision about a waiting run in one step: its item, its commits in doubt, and the due time it was for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.store.sqlite import Database

from . import inbox
from .doubts import close_items_of, doubts_of
from .due.occurrence import move
from .inbox import How, Item
from .journal import State
from .process.owner import Owner

Settle = Callable[[Database, dict[str, Any], State, str], None]


def decide(db: Database, run: str, settle: Settle, *, how: How, who: str, reason: str, now: datetime) -> Item:
    """Close the item; raises UsageInvalid where nothing waits under ``run``, NeedsPerson where its commit is in flight.

    ``done_by_hand`` confirms what was in doubt, ``retry`` takes it as not done and makes the due time due again, as
    ``taught`` does where nothing was in doubt,
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
        if again := how in ("retry", "taught"):
            db.execute("UPDATE occurrences SET expires = NULL, outcome = NULL WHERE id = ?", [occurrence])
        move(db, occurrence, "due" if again else "done", now=now, reason=told)
    return item


def _require_ended(db: Database, run: str) -> None:
    rows = list(db.query("SELECT * FROM runs WHERE id = ? AND ended IS NULL", [run]))
    owner = Owner.of(rows[0]) if rows else None
    if owner is not None and owner.lives():
        raise UsageInvalid(f"the run {run} is still going; nothing was decided", do="Wait until it has ended.", where=run)
