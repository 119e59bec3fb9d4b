"""Due times become occurrences exactly once, are claimed exactly once, and come back when their process dies."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from loguru import logger

from rpa_agent.domain.errors import UsageInvalid, WorkflowInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.points import Reached, unwatched
from rpa_agent.domain.workflow import Schedule, seconds
from rpa_agent.store.sqlite import Database, Shelf

from ..clock import Clock, read_stamp, stamp, utc_now
from ..process.owner import Owner
from .calendar import Due, check_schedule, dues, next_due
from .occurrence import Later, Occurrence, insert, planned, read, rule_name
from .takeover import Probed, Released, close_cut_off, let_go, release_dead

Rules = Callable[[], Mapping[str, Sequence[Schedule]]]

ON_TIME = timedelta(seconds=60)         # later than this counts as missed by a scheduler that was not there
_SKEW = timedelta(seconds=5)            # processes read the clock a moment apart; that is no clock set back
_LOOK_BACK = timedelta(days=35)         # a monthly rule that was missed is still reported; longer than any grace
_BEATS = 10_000                         # an interval of seconds is looked back upon less far
_MOST = 1000                            # due times of one rule told as missed after a long absence


class Today(Frozen):
    """One day's report: what ran or runs, what waits or is still to come, what did not run, what needs a person."""

    ran: tuple[Occurrence, ...] = ()
    running: tuple[Occurrence, ...] = ()
    waiting: tuple[Occurrence, ...] = ()
    coming: tuple[Occurrence, ...] = ()
    not_run: tuple[Occurrence, ...] = ()
    parked: tuple[Occurrence, ...] = ()


class Occurrences:
    """The due times of one state folder; any number of processes may share it."""

    def __init__(
        self, shelf: Shelf, rules: Rules, *, clock: Clock = utc_now, owner: Owner | None = None,
        reached: Reached = unwatched,
    ) -> None:
        self._shelf, self._rules, self._clock, self._owner = shelf, rules, clock, owner or Owner.me()
        self._reached = reached
        self._told: set[tuple[str, str]] = set()

    async def materialise(self, now: datetime | None = None) -> list[Occurrence]:
        """Insert everything that became due, once, whoever else does the same; return what is new or expired.

        A rule seen for the first time starts now: nothing before is due.
        """
        now, rules = now or self._clock(), self._known_rules()

        def materialise(db: Database) -> list[Occurrence]:
            found = _expire(db, now)
            for workflow, rule in rules:
                found += _materialise_rule(db, workflow, rule, now)
            return found

        found = await self._shelf.write(materialise)
        self._reached("materialised")
        return found

    async def claim(self) -> Occurrence | None:
        """Take the longest waiting due time for this process, or None; one run at a time per workflow."""
        now, owner = self._clock(), self._owner
        known = json.dumps([f"{workflow}\n{rule_name(rule)}" for workflow, rule in self._known_rules()])

        def claim(db: Database) -> Occurrence | None:
            # a rule that is no longer in the files is not run; it expires unless it comes back
            sql = (
                "UPDATE occurrences SET state = 'running', attempts = attempts + 1, reason = '', changed = ?,"
                " owner_pid = ?, owner_started = ?, owner_token = ? WHERE id = (SELECT id FROM occurrences o"
                " WHERE o.state = 'due' AND o.start_at <= ? AND (o.expires IS NULL OR o.expires >= ?)"
                " AND o.workflow || char(10) || o.schedule IN (SELECT value FROM json_each(?)) AND NOT EXISTS"
                " (SELECT 1 FROM occurrences r WHERE r.workflow = o.workflow AND r.state = 'running')"
                " ORDER BY o.start_at, o.id LIMIT 1) RETURNING *"
            )
            at = stamp(now)
            rows = list(db.query(sql, [at, owner.pid, owner.started, owner.token, at, at, known]))
            return read(rows[0]) if rows else None

        claimed = await self._shelf.write(claim)
        if claimed is not None:
            self._reached("claimed")
        return claimed

    async def finish(self, occurrence: Occurrence, outcome: str) -> bool:
        """Write what became of a claimed due time; False when it was not this process's any more."""
        now, owner = self._clock(), self._owner

        def finish(db: Database) -> bool:
            sql = (
                "UPDATE occurrences SET state = 'done', outcome = ?, changed = ?, owner_pid = NULL,"
                " owner_started = NULL, owner_token = NULL WHERE id = ? AND state = 'running' AND owner_token = ?"
            )
            return bool(db.execute(sql, [outcome, stamp(now), occurrence.id, owner.token]).rowcount)

        finished = await self._shelf.write(finish)
        self._reached("finished")
        return finished

    async def put_off(self, occurrence: Occurrence, later: Later) -> bool:
        """Let a claimed due time be due again later; False when it was not this process's any more."""
        now, owner = self._clock(), self._owner
        grace = occurrence.expires - occurrence.start_at if occurrence.expires else None

        def put_off(db: Database) -> bool:
            sql = (
                "UPDATE occurrences SET state = 'due', start_at = ?, expires = ?, reason = ?, changed = ?,"
                " owner_pid = NULL, owner_started = NULL, owner_token = NULL"
                " WHERE id = ? AND state = 'running' AND owner_token = ?"
            )
            expires = stamp(later.until + grace) if grace is not None else None
            values = [stamp(later.until), expires, later.reason, stamp(now), occurrence.id, owner.token]
            return bool(db.execute(sql, values).rowcount)

        return await self._shelf.write(put_off)

    async def release_dead(self, probed: Probed = lambda workflow, commit: False) -> list[Released]:
        """Give back the claims of processes that are gone, or put them before a person where something was sent."""
        now = self._clock()

        def release(db: Database) -> list[Released]:
            released = release_dead(db, probed, now=now)
            for cut_off in close_cut_off(db, now=now):
                logger.warning("{}", cut_off.words())
            return released

        return await self._shelf.write(release)

    async def hand_back(self, occurrence: Occurrence, probed: Probed = lambda workflow, commit: False) -> Released:
        """Give back a claim of this process whose run was cancelled, on the same terms as a dead one's."""
        now = self._clock()
        return await self._shelf.write(lambda db: let_go(db, occurrence, probed, now=now))

    async def backfill(self, workflow: str, after: datetime, until: datetime) -> list[Occurrence]:
        """Make a past stretch due again wherever it has not run; however late, these do not expire."""
        now = self._clock()
        if until > now:
            raise UsageInvalid("only the past can be filled; what is to come is scheduled already")
        rules = [rule for name, rule in self._known_rules() if name == workflow]
        if not rules:
            raise UsageInvalid(f"workflow {workflow} has no schedule", do="Look at `rpa schedule list`.")
        wanted = [planned(workflow, rule, due, now=now) for rule in rules for due in dues(rule, after, until)]

        def backfill(db: Database) -> list[Occurrence]:
            sql = (
                "UPDATE occurrences SET state = 'due', expires = NULL, reason = 'backfill', changed = ?"
                " WHERE workflow = ? AND schedule = ? AND occurrence = ? AND state IN ('due', 'missed', 'skipped')"
                " RETURNING *"
            )
            found = []
            for o in wanted:
                insert(db, o)
                found += list(db.query(sql, [stamp(now), o.workflow, o.schedule, o.occurrence]))
            return [read(row) for row in found]

        return await self._shelf.write(backfill)

    async def next_look(self, now: datetime | None = None) -> datetime | None:
        """Return when something next becomes due or may start, or None when nothing is scheduled."""
        now = now or self._clock()
        comes = [due.instant for _, rule in self._known_rules() if (due := next_due(rule, now))]
        sql = "SELECT min(start_at) FROM occurrences WHERE state = 'due' AND start_at > ?"
        waits: str | None = await self._shelf.read(lambda db: db.execute(sql, [stamp(now)]).fetchone()[0])
        return min([*comes, *([read_stamp(waits)] if waits else [])], default=None)

    async def get(self, id: str) -> Occurrence | None:
        rows = await self._shelf.read(lambda db: list(db.query("SELECT * FROM occurrences WHERE id = ?", [id])))
        return read(rows[0]) if rows else None

    async def all(self, workflow: str | None = None, *, since: datetime | None = None) -> list[Occurrence]:
        """Return the due times known, oldest first."""
        sql = "SELECT * FROM occurrences WHERE (? IS NULL OR workflow = ?) AND due >= ? ORDER BY due, id"
        values = [workflow, workflow, stamp(since) if since else ""]
        return [read(row) for row in await self._shelf.read(lambda db: list(db.query(sql, values)))]

    async def today(self, now: datetime | None = None) -> Today:
        """Return the report of the day that ``now`` is in, each schedule by its own calendar."""
        now = now or self._clock()
        known = await self.all(since=now - timedelta(days=3))
        here = [o for o in known if o.day == now.astimezone(ZoneInfo(o.timezone)).date()]
        # what still waits for a person or a place waits today, whatever day it is from
        parked = [o for o in await self.all() if o.state == "parked"]

        def of(*states: str, among: Iterable[Occurrence] = here) -> tuple[Occurrence, ...]:
            return tuple(o for o in among if o.state in states)

        return Today(
            ran=of("done"), running=of("running", among=known), waiting=of("due", among=known), parked=tuple(parked),
            not_run=of("missed", "skipped"), coming=tuple(self._coming(now)),
        )

    def _coming(self, now: datetime) -> list[Occurrence]:
        found = []
        for workflow, rule in self._known_rules():
            today = now.astimezone(ZoneInfo(rule.timezone)).date()
            rest = islice(dues(rule, now, now + timedelta(days=2)), _MOST)
            found += [planned(workflow, rule, due, now=now) for due in rest if due.day == today]
        return sorted(found, key=lambda o: (o.due, o.workflow))

    def _known_rules(self) -> list[tuple[str, Schedule]]:
        """Return the rules that can be computed; one that cannot must not stop the others."""
        found = []
        for workflow, rules in self._rules().items():
            for rule in rules:
                try:
                    check_schedule(rule)
                except WorkflowInvalid as e:
                    if (workflow, e.message) not in self._told:
                        logger.error("{}: its schedule is left out: {}", workflow, e.message)
                    self._told.add((workflow, e.message))
                else:
                    found.append((workflow, rule))
        return found


def _expire(db: Database, now: datetime) -> list[Occurrence]:
    sql = (
        "UPDATE occurrences SET state = 'missed', reason = 'it could not start in time', changed = ?"
        " WHERE state = 'due' AND expires < ? RETURNING *"
    )
    return [read(row) for row in db.query(sql, [stamp(now), stamp(now)])]


def _materialise_rule(db: Database, workflow: str, rule: Schedule, now: datetime) -> list[Occurrence]:
    name = rule_name(rule)
    row = db.execute("SELECT upto FROM schedules WHERE workflow = ? AND schedule = ?", [workflow, name]).fetchone()
    upto = read_stamp(row[0]) if row else now
    if upto > now + _SKEW:
        upto = _clock_went_back(db, workflow, name, now)
    fresh = _fresh(rule, upto, now)
    sql = "INSERT OR REPLACE INTO schedules (workflow, schedule, upto) VALUES (?, ?, ?)"
    db.execute(sql, [workflow, name, stamp(max(upto, now))])
    if not fresh:
        return []
    busy = _is_busy(db, workflow, name) if rule.overlap == "skip" else ""
    chosen, why = _chosen(rule, fresh, now)
    found = []
    for due in fresh:
        o = planned(workflow, rule, due, now=now)
        if due not in chosen:
            o = o.but(state="missed", reason=why)
        elif busy:
            o = o.but(state="skipped", reason=busy)
        if insert(db, o):
            found.append(o)
    return found


def _fresh(rule: Schedule, upto: datetime, now: datetime) -> list[Due]:
    """Return what became due since ``upto``: all within grace, of what is older the latest to be told as missed."""
    span = _LOOK_BACK if rule.every is None else min(_LOOK_BACK, _BEATS * timedelta(seconds=seconds(rule.every)))
    after = max(upto, now - span)
    graced = max(after, now - timedelta(seconds=seconds(rule.grace)))
    return [*deque(dues(rule, after, graced), maxlen=_MOST), *dues(rule, graced, now)]


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


def _is_busy(db: Database, workflow: str, name: str) -> str:
    """Return in words why a new due time of this rule overlaps one from an earlier look, or nothing."""
    sql = "SELECT state FROM occurrences WHERE workflow = ? AND schedule = ? AND state IN ('running', 'due')"
    states = {row[0] for row in db.execute(sql, [workflow, name])}
    if "running" in states:
        return "the run before was still going"
    return "the run before had not started yet" if states else ""


def _clock_went_back(db: Database, workflow: str, name: str, now: datetime) -> datetime:
    """Forget what was decided while the clock ran ahead and did not run; return from when on to look again."""
    sql = (
        "DELETE FROM occurrences WHERE workflow = ? AND schedule = ? AND changed > ? AND attempts = 0"
        " AND state IN ('due', 'missed', 'skipped') RETURNING due"
    )
    forgotten = [read_stamp(row["due"]) for row in db.query(sql, [workflow, name, stamp(now)])]
    return min([now, *(due - timedelta(microseconds=1) for due in forgotten)])
