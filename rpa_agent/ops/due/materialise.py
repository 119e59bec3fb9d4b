"""What became due is written down, once: which due times run, which were missed, and which must not start now."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.spans import seconds
from rpa_agent.store.sqlite import Database

from ..clock import new_id, read_stamp, stamp
from ..inbox import Item, put
from .calendar import Due, dues
from .folder import Arrived, Came
from .occurrence import Occurrence, insert, move, planned, read, rule_name
from .pauses import Pause

Sends = Callable[[str], bool]           # workflow: does it change what matters on the server?

ON_TIME = timedelta(seconds=60)         # later than this counts as missed by a scheduler that was not there
_SKEW = timedelta(seconds=5)            # processes read the clock a moment apart; that is no clock set back
_LOOK_BACK = timedelta(days=35)         # a monthly rule that was missed is still reported; longer than any grace
_BEATS = 10_000                         # an interval of seconds is looked back upon less far
MOST = 1000                             # due times of one rule told as missed after a long absence
_MOST_ASKED = 20                        # put before a person one by one; older ones are told as missed
_WAITS_ALREADY = "another one waits already"
_LATE = "it could not start in time"
_WAITS = "It was due {} and did not run: {}. It sends, so it is not made up for by itself."


class Materialiser:
    """One look at the rules, inside one transaction."""

    def __init__(
        self, db: Database, now: datetime, *, sends: Sends, paused: dict[str, Pause], came: Mapping[str, Came]
    ) -> None:
        """``came`` is what lies in folders, by rule: files are read before, since nobody writes while this does."""
        self._db, self._now, self._sends, self._paused, self._came = db, now, sends, paused, came

    def expire(self) -> list[Occurrence]:
        """Return what waited for longer than it may, now missed."""
        sql = (
            "UPDATE occurrences SET state = 'missed', reason = ?, changed = ? WHERE state = 'due' AND expires < ? RETURNING *"
        )
        found = [read(row) for row in self._db.query(sql, [_LATE, stamp(self._now), stamp(self._now)])]
        return [self._before_a_person(o) if self._sends(o.workflow) else o for o in found]

    def rule(self, workflow: str, rule: Schedule) -> list[Occurrence]:
        """Return the due times of one rule that are new."""
        if rule.folder is not None:
            return self._files(workflow, rule)
        name, now = rule_name(rule), self._now
        upto = self._looked_up_to(workflow, name)
        fresh = _fresh(rule, upto or now, now)
        self._looked(workflow, name, max(upto or now, now))
        if not fresh:
            return []
        chosen, why = _chosen(rule, fresh, now)
        # where no other due time stands for them, missed ones of what sends are a person's business
        asked = frozenset(fresh[-_MOST_ASKED:]) if not chosen and self._sends(workflow) else frozenset()
        found, paused = [], self._paused.get(workflow)
        busy = self._is_busy(workflow, name, rule)
        for due in fresh:
            o = planned(workflow, rule, due, now=now)
            if paused is not None:
                o = o.but(state="skipped", reason=paused.words())
            elif due not in chosen:
                o = o.but(state="missed", reason=why)
            elif busy:
                o = o.but(state="skipped", reason=busy)
            if insert(self._db, o):
                found.append(self._before_a_person(o) if o.state == "missed" and due in asked else o)
            if rule.overlap == "queue_one" and rule.misfire != "run_all" and o.state == "due":
                busy = _WAITS_ALREADY
        return found

    def _looked_up_to(self, workflow: str, name: str) -> datetime | None:
        sql = "SELECT upto FROM schedules WHERE workflow = ? AND schedule = ?"
        row = self._db.execute(sql, [workflow, name]).fetchone()
        upto = read_stamp(row[0]) if row else None
        if upto is not None and upto > self._now + _SKEW:
            return _clock_went_back(self._db, workflow, name, self._now)
        return upto

    def _looked(self, workflow: str, name: str, upto: datetime) -> None:
        sql = "INSERT OR REPLACE INTO schedules (workflow, schedule, upto) VALUES (?, ?, ?)"
        self._db.execute(sql, [workflow, name, stamp(upto)])

    def _before_a_person(self, o: Occurrence) -> Occurrence:
        """A missed due time of a workflow that sends waits for a person: perhaps it was done by hand meanwhile."""
        due = o.due.astimezone().strftime("%Y-%m-%d %H:%M")
        why = _WAITS.format(due, o.reason)
        move(self._db, o.id, "parked", now=self._now, reason=why)
        put(self._db, Item(id=new_id(self._now), run=o.id, workflow=o.workflow, reason=why, added=stamp(self._now)))
        return o.but(state="parked", reason=why)

    def _files(self, workflow: str, rule: Schedule) -> list[Occurrence]:
        """What lies in the folder when the rule is first seen is left alone, all of it: perhaps it was entered by hand."""
        name, now, paused = rule_name(rule), self._now, self._paused.get(workflow)
        came = self._came.get(name, Came())
        first = self._looked_up_to(workflow, name) is None
        if came.whole or not first:
            self._looked(workflow, name, now)
        if paused is not None and not first:
            return []       # a file waits where it lies
        found, day = [], now.astimezone(ZoneInfo(rule.timezone)).date()
        for file in self._unknown(workflow, name, came.files):
            o = planned(workflow, rule, Due(instant=now, day=day, label=file.label), now=now, file=file.path)
            if first:
                o = o.but(state="skipped", reason=f"{Path(file.path).name} lay there before the rule")
            if insert(self._db, o):
                found.append(o)
        return found

    def _unknown(self, workflow: str, name: str, files: Sequence[Arrived]) -> list[Arrived]:
        """Return those that never came before: a folder may hold what came for years, and is looked at again and again."""
        sql = (
            "SELECT value FROM json_each(?) WHERE NOT EXISTS"
            " (SELECT 1 FROM occurrences WHERE workflow = ? AND schedule = ? AND occurrence = value)"
        )
        labels = json.dumps([file.label for file in files])
        new = {str(row[0]) for row in self._db.execute(sql, [labels, workflow, name])}
        return [file for file in files if file.label in new]

    def _is_busy(self, workflow: str, name: str, rule: Schedule) -> str:
        """Return in words why a new due time of this rule overlaps one from an earlier look, or nothing."""
        if rule.overlap == "allow":
            return ""
        sql = "SELECT state FROM occurrences WHERE workflow = ? AND schedule = ? AND state IN ('running', 'due')"
        states = {row[0] for row in self._db.execute(sql, [workflow, name])}
        if rule.overlap == "queue_one":
            return _WAITS_ALREADY if "due" in states else ""
        if "running" in states:
            return "the run before was still going"
        return "the run before had not started yet" if states else ""


def _fresh(rule: Schedule, upto: datetime, now: datetime) -> list[Due]:
    """Return what became due since ``upto``: all within grace, of what is older the latest to be told as missed."""
    span = _LOOK_BACK if rule.every is None else min(_LOOK_BACK, _BEATS * timedelta(seconds=seconds(rule.every)))
    after = max(upto, now - span)
    graced = max(after, now - timedelta(seconds=seconds(rule.grace)))
    return [*deque(dues(rule, after, graced), maxlen=MOST), *dues(rule, graced, now)]


def _chosen(rule: Schedule, fresh: list[Due], now: datetime) -> tuple[frozenset[Due], str]:
    """Return which of the new due times are to run, and why the others are not."""
    on_time = [due for due in fresh if now - due.instant <= ON_TIME]
    late = [due for due in fresh if ON_TIME < now - due.instant <= timedelta(seconds=seconds(rule.grace))]
    match rule.misfire:
        case "run_all":
            taken, why = late + on_time, f"nothing was running then, and it is later than {rule.grace}"
        case "run_once":
            taken, why = on_time or late[-1:], "nothing was running then; a later one stands for it"
        case "skip":
            taken, why = on_time, "nothing was running then"
    if not taken and rule.misfire == "run_once":
        why = f"nothing was running then, and it is later than {rule.grace}"
    return frozenset(taken), why


def _clock_went_back(db: Database, workflow: str, name: str, now: datetime) -> datetime:
    """Forget what was decided while the clock ran ahead and did not run; return from when on to look again."""
    sql = (
        "DELETE FROM occurrences WHERE workflow = ? AND schedule = ? AND changed > ? AND attempts = 0"
        " AND state IN ('due', 'missed', 'skipped') RETURNING due"
    )
    forgotten = [read_stamp(row["due"]) for row in db.query(sql, [workflow, name, stamp(now)])]
    return min([now, *(due - timedelta(microseconds=1) for due in forgotten)])
