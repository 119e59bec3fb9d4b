"""One due time as the office keeps it: materialised once, claimed once, and what became of it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any, Literal

from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.workflow import Schedule, seconds
from rpa_agent.store.sqlite import Database

from ..clock import new_id, stamp
from ..process.owner import Owner
from .calendar import Due

State = Literal["due", "running", "done", "missed", "skipped", "parked"]


class Occurrence(Frozen):
    """A due time of a workflow's schedule. ``day`` is its original local date, kept on retry and backfill."""

    id: str
    workflow: str
    schedule: str                       # the rule in words, stable while the rule is the same
    occurrence: str                     # its name within the rule
    due: datetime
    day: date
    timezone: str
    params: dict[str, str] = {}
    examples: bool = False
    start_at: datetime                  # due plus jitter
    expires: datetime | None = None     # due plus grace; None = never too late
    state: State
    outcome: str | None = None
    reason: str = ""
    attempts: int = 0
    changed: datetime


class Later(Frozen):
    """A due time that has not come to its end: it is due again at ``until``."""

    until: datetime
    reason: str


def rule_name(rule: Schedule) -> str:
    """Return what identifies a rule: its times and its parameters, not how misses are treated."""
    text = f"cron {rule.cron}" if rule.cron else f"every {rule.every}"
    extra = "" if not rule.params else " " + json.dumps(rule.params, sort_keys=True, ensure_ascii=False)
    return f"{text} {rule.timezone}{f' without {rule.holidays}' if rule.holidays else ''}{extra}"


def planned(workflow: str, rule: Schedule, due: Due, *, now: datetime) -> Occurrence:
    """Return a due time as it is to be run."""
    return Occurrence(
        id=new_id(now), workflow=workflow, schedule=rule_name(rule), occurrence=due.label, due=due.instant, day=due.day,
        timezone=rule.timezone, params=rule.params, examples=rule.examples,
        start_at=due.instant + _jitter(workflow, rule, due),
        expires=due.instant + timedelta(seconds=seconds(rule.grace) + seconds(rule.jitter)), state="due", changed=now,
    )


def _jitter(workflow: str, rule: Schedule, due: Due) -> timedelta:
    """Spread starts by the name of the due time, so that every scheduler and every restart agrees."""
    share = hashlib.sha256(f"{workflow}\0{due.label}".encode()).digest()[:4]
    return timedelta(seconds=seconds(rule.jitter) * int.from_bytes(share) / 2**32)


def insert(db: Database, occurrence: Occurrence) -> bool:
    """Insert a due time unless it is known; tell whether it was new."""
    o = occurrence
    cursor = db.execute(
        "INSERT OR IGNORE INTO occurrences (id, workflow, schedule, occurrence, due, day, timezone, params, examples,"
        " start_at, expires, state, reason, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            o.id, o.workflow, o.schedule, o.occurrence, stamp(o.due), o.day.isoformat(), o.timezone,
            json.dumps(o.params, ensure_ascii=False), int(o.examples), stamp(o.start_at),
            stamp(o.expires) if o.expires else None, o.state, o.reason, stamp(o.changed),
        ],
    )
    return bool(cursor.rowcount)


def move(db: Database, id: str, state: State, *, now: datetime, reason: str = "", owner: Owner | None = None) -> None:
    """Put a due time into another state; only a running one has an owner."""
    held = [owner.pid, owner.started, owner.token] if owner else [None, None, None]
    db.execute(
        "UPDATE occurrences SET state = ?, reason = ?, changed = ?, owner_pid = ?, owner_started = ?, owner_token = ?"
        " WHERE id = ?",
        [state, reason, stamp(now), *held, id],
    )


def read(row: dict[str, Any]) -> Occurrence:
    """Return a row of the table as a value."""
    plain = {name: row[name] for name in Occurrence.model_fields}
    return Occurrence.model_validate({**plain, "params": json.loads(row["params"]), "examples": bool(row["examples"])})


def wake(db: Database, workflow: str, *, now: datetime) -> bool:
    """Make a workflow's last due time due again where it ended for want of a login, nothing was sent, and it is not too
    old; tell whether there was one."""
    sql = (
        "SELECT o.id FROM occurrences o JOIN runs r ON r.occurrence = o.id WHERE o.workflow = ? AND o.state = 'done'"
        " AND o.outcome = 'needs_person' AND r.fault = 'login' AND r.sent = 'nothing' AND (o.expires IS NULL OR o.expires > ?)"
        " AND o.id = (SELECT id FROM occurrences WHERE workflow = o.workflow AND state <> 'due' ORDER BY due DESC LIMIT 1)"
    )
    found = db.execute(sql, [workflow, stamp(now)]).fetchone()
    if found is None:
        return False
    db.execute("UPDATE occurrences SET outcome = NULL WHERE id = ?", [found[0]])
    move(db, found[0], "due", now=now, reason="the account can be used again")
    return True
