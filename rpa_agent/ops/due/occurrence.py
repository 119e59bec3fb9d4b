"""One due time as the office keeps it: materialised once, claimed once, and what became of it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from rpa_agent.domain.blackout import over_at
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.schedule import Schedule, finish_by
from rpa_agent.domain.spans import seconds
from rpa_agent.store.sqlite import Database

from ..clock import new_id, stamp
from ..process.owner import Owner
from .calendar import Due, first_instant

_WITHOUT = {"skip": "without", "before": "before", "after": "after"}

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
    alongside: bool = False             # another of its workflow may run at the same time
    finish_by: datetime | None = None   # later than this a person is told
    stops: bool = False                 # nothing of it starts or goes on after ``finish_by``
    file: str | None = None             # the rows that a file brought, of which ``occurrence`` is the hash
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
    extra = "" if not rule.params else " " + json.dumps(rule.params, sort_keys=True, ensure_ascii=False)
    without = f" {_WITHOUT[rule.on_holiday]} {rule.holidays}" if rule.holidays else ""
    return f"{when_of(rule)} {rule.timezone}{without}{extra}"


def when_of(rule: Schedule) -> str:
    """Return when a rule comes, as its file says it."""
    if rule.cron is not None:
        return f"cron {rule.cron}"
    if rule.every is not None:
        return f"every {rule.every}"
    if rule.folder is not None:
        return f"folder {rule.folder} {rule.pattern}"
    if rule.date is not None:
        return f"date {rule.date.isoformat()} {rule.at}"
    return f"business day {rule.business_day} {rule.at}"


def planned(workflow: str, rule: Schedule, due: Due, *, now: datetime, file: str | None = None) -> Occurrence:
    """Return a due time as it is to be run; one that a blackout holds off for longer than its grace is skipped."""
    starts = due.instant + _jitter(workflow, rule, due)
    ends = starts + timedelta(seconds=seconds(rule.grace)) if file is None else None
    free = _out_of_blackout(rule, starts)
    state: State = "due"
    reason = ""
    if free is None or (ends is not None and free > ends):
        state, reason = "skipped", "a blackout lasts longer than it may wait"
    elif free > starts:
        starts, reason = free, "waits for the end of a blackout"
    expires = due.instant + timedelta(seconds=seconds(rule.grace) + seconds(rule.jitter)) if file is None else None
    by, stops = _finish_by(rule, due), rule.if_late == "stop"
    if stops and by is not None:
        expires = min(expires or by, by)
    return Occurrence(
        id=new_id(now), workflow=workflow, schedule=rule_name(rule), occurrence=due.label, due=due.instant, day=due.day,
        timezone=rule.timezone, params=rule.params, examples=rule.examples, start_at=starts, expires=expires,
        alongside=rule.overlap == "allow", finish_by=by, stops=stops, file=file, state=state, reason=reason,
        changed=now,
    )


def blacked_out(rule: Schedule, now: datetime) -> bool:
    """Tell whether nothing of a rule may start now."""
    wall = now.astimezone(ZoneInfo(rule.timezone)).replace(tzinfo=None)
    return any(stretch.covers(wall) for stretch in rule.stretches)


def _out_of_blackout(rule: Schedule, starts: datetime) -> datetime | None:
    if not blacked_out(rule, starts):
        return starts
    zone = ZoneInfo(rule.timezone)
    wall = over_at(rule.stretches, starts.astimezone(zone).replace(tzinfo=None))
    # a clock that is set back shows the end of the stretch twice: the later one is outside for sure
    return None if wall is None else wall.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _finish_by(rule: Schedule, due: Due) -> datetime | None:
    if rule.must_finish_by is None:
        return None
    by = finish_by(rule.must_finish_by)
    if not isinstance(by, time):
        return due.instant + timedelta(seconds=by)
    zone = ZoneInfo(rule.timezone)
    day = due.instant.astimezone(zone).date()
    found = first_instant(datetime.combine(day, by), zone)
    return found if found > due.instant else first_instant(datetime.combine(day + timedelta(days=1), by), zone)


def _jitter(workflow: str, rule: Schedule, due: Due) -> timedelta:
    """Spread starts by the name of the due time, so that every scheduler and every restart agrees."""
    share = hashlib.sha256(f"{workflow}\0{due.label}".encode()).digest()[:4]
    return timedelta(seconds=seconds(rule.jitter) * int.from_bytes(share) / 2**32)


def insert(db: Database, occurrence: Occurrence) -> bool:
    """Insert a due time unless it is known; tell whether it was new."""
    o = occurrence
    cursor = db.execute(
        "INSERT OR IGNORE INTO occurrences (id, workflow, schedule, occurrence, due, day, timezone, params, examples,"
        " start_at, expires, alongside, finish_by, stops, file, state, reason, changed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            o.id, o.workflow, o.schedule, o.occurrence, stamp(o.due), o.day.isoformat(), o.timezone,
            json.dumps(o.params, ensure_ascii=False), int(o.examples), stamp(o.start_at),
            stamp(o.expires) if o.expires else None, int(o.alongside), stamp(o.finish_by) if o.finish_by else None,
            int(o.stops), o.file, o.state, o.reason, stamp(o.changed),
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
    return Occurrence.model_validate({**plain, "params": json.loads(row["params"]), **_bools(row)})


def _bools(row: dict[str, Any]) -> dict[str, bool]:
    return {name: bool(row[name]) for name in ("examples", "alongside", "stops")}


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
