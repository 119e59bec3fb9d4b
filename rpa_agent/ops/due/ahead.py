"""What is looked at before it is due: each due time once, by whichever process comes first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.spans import seconds
from rpa_agent.store.sqlite import Database

from ..clock import stamp
from .calendar import next_due
from .occurrence import Occurrence, planned


def coming(rules: Iterable[tuple[str, Schedule]], now: datetime) -> list[tuple[datetime, Occurrence]]:
    """Return the next due time of each rule that wants to be looked at before, with when to look."""
    found = []
    for workflow, rule in rules:
        if rule.preflight is None or (due := next_due(rule, now)) is None:
            continue
        o = planned(workflow, rule, due, now=now)
        if o.state == "due":
            found.append((o.due - timedelta(seconds=seconds(rule.preflight)), o))
    return found


def take(db: Database, rules: Iterable[tuple[str, Schedule]], *, now: datetime) -> Occurrence | None:
    """Take one due time to look at now, or None; nobody else looks at it afterwards. A workflow that is paused or runs now is
    left alone."""
    sql = (
        "INSERT OR IGNORE INTO looked_ahead (workflow, schedule, occurrence, at) SELECT ?, ?, ?, ?"
        " WHERE NOT EXISTS (SELECT 1 FROM pauses WHERE workflow = ? AND resumed IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM occurrences WHERE workflow = ? AND state = 'running')"
    )
    for at, o in coming(rules, now):
        if at > now:
            continue
        if db.execute(sql, [o.workflow, o.schedule, o.occurrence, stamp(now), o.workflow, o.workflow]).rowcount:
            return o
    return None
