"""Due times become occurrences exactly once, are claimed exactly once, and come back when their process dies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from loguru import logger

from rpa_agent.domain.errors import UsageInvalid, WorkflowInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.points import Reached, unwatched
from rpa_agent.domain.schedule import Schedule
from rpa_agent.store.sqlite import Database, Shelf

from .. import ledger
from ..clock import Clock, read_stamp, stamp, utc_now
from ..process.owner import Owner
from . import ahead
from .calendar import check_schedule, dues, next_due
from .folder import Folders
from .materialise import MOST, Materialiser
from .occurrence import Later, Occurrence, blacked_out, insert, planned, read, rule_name
from .pauses import Pause, break_circuit, pause, paused, resume
from .queue import Lanes, one_lane, open_lanes, take
from .takeover import Probed, Released, close_cut_off, let_go, release_dead

Rules = Callable[[], Mapping[str, Sequence[Schedule]]]


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
        reached: Reached = unwatched, lanes: Lanes = one_lane,
    ) -> None:
        """``lanes`` tells of a workflow where it queues, and whether it changes what matters."""
        self._shelf, self._rules, self._clock, self._owner = shelf, rules, clock, owner or Owner.me()
        self._reached, self._lanes = reached, lanes
        self._told: set[tuple[str, str]] = set()
        self._watched = Folders()

    async def materialise(self, now: datetime | None = None) -> list[Occurrence]:
        """Insert everything that became due, once, whoever else does the same; return what is new or expired.

        A rule seen for the first time starts now: nothing before is due.
        """
        now, rules = now or self._clock(), self._known_rules()
        folders = {rule_name(rule): rule for _, rule in rules if rule.folder is not None}
        came = {name: await asyncio.to_thread(self._watched.look, rule, now=now) for name, rule in folders.items()}

        def materialise(db: Database) -> list[Occurrence]:
            look = Materialiser(db, now, sends=lambda workflow: self._lanes(workflow).sends, paused=paused(db), came=came)
            found = look.expire()
            for workflow, rule in rules:
                found += look.rule(workflow, rule)
            return found

        found = await self._shelf.write(materialise)
        self._reached("materialised")
        return found

    async def claim(self) -> Occurrence | None:
        """Take a due time for this process, or None: of those whose workflow, site and account have a free place the one of
        the highest priority, then what must be over soonest, then what waits longest. One run at a time per workflow, unless
        its rule allows more. Nothing starts in a blackout or while its workflow is paused."""
        now, owner = self._clock(), self._owner
        rules = [(workflow, rule_name(rule)) for workflow, rule in self._known_rules() if not blacked_out(rule, now)]

        def claim(db: Database) -> Occurrence | None:
            lanes = open_lanes(db, (workflow for workflow, _ in rules), self._lanes)
            known = {f"{w}\n{name}": lanes[w].priority for w, name in rules if w in lanes}
            # a rule that is no longer in the files is not run; it expires unless it comes back. CROSS JOIN keeps the order:
            # each due time looks up its rule, where SQLite would go through all due times for each rule
            sql = (
                "WITH known AS MATERIALIZED (SELECT key, value FROM json_each(?))"
                " SELECT o.id FROM occurrences o CROSS JOIN known ON known.key = o.workflow || char(10) || o.schedule"
                " WHERE o.state = 'due' AND o.start_at <= ? AND (o.expires IS NULL OR o.expires >= ?)"
                " AND o.workflow NOT IN (SELECT workflow FROM pauses WHERE resumed IS NULL)"
                " AND (o.alongside OR o.workflow NOT IN (SELECT workflow FROM occurrences WHERE state = 'running'))"
                " ORDER BY known.value DESC, o.finish_by IS NULL, o.finish_by, o.start_at, o.id LIMIT 1"
            )
            at = stamp(now)
            found = db.execute(sql, [json.dumps(known), at, at]).fetchone()
            return None if found is None else take(db, found[0], lanes, owner=owner, now=now)

        claimed = await self._shelf.write(claim)
        if claimed is not None:
            self._reached("claimed")
        return claimed

    async def look_ahead(self) -> Occurrence | None:
        """Take one due time that is to be looked at before it comes, once, whoever else asks; None where there is none now."""
        now, rules = self._clock(), self._known_rules()
        if not any(rule.preflight for _, rule in rules):
            return None
        return await self._shelf.write(lambda db: ahead.take(db, rules, now=now))

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

    async def backfill(
        self, workflow: str, after: datetime, until: datetime, *, dry_run: bool = False
    ) -> list[Occurrence]:
        """Make a past stretch due again wherever it has not run; however late, these do not expire. With ``dry_run`` only
        tell which these would be."""
        now = self._clock()
        if until > now:
            raise UsageInvalid("only the past can be filled; what is to come is scheduled already")
        rules = [rule for name, rule in self._known_rules() if name == workflow]
        if not rules:
            raise UsageInvalid(f"workflow {workflow} has no schedule", do="Look at `rpa schedule list`.")
        wanted = [planned(workflow, rule, due, now=now) for rule in rules for due in dues(rule, after, until)]
        if dry_run:
            known = {(o.schedule, o.occurrence): o.state for o in await self.all(workflow, since=after)}
            open_ = (None, "due", "missed", "skipped")
            return [o for o in wanted if known.get((o.schedule, o.occurrence)) in open_]

        def backfill(db: Database) -> list[Occurrence]:
            sql = (
                "UPDATE occurrences SET state = 'due', expires = NULL, finish_by = NULL, reason = 'backfill', changed = ?"
                " WHERE workflow = ? AND schedule = ? AND occurrence = ? AND state IN ('due', 'missed', 'skipped')"
                " RETURNING *"
            )
            found = []
            for o in wanted:
                insert(db, o)
                found += list(db.query(sql, [stamp(now), o.workflow, o.schedule, o.occurrence]))
            if found:
                detail = {"from": stamp(after), "to": stamp(until), "due_times": len(found)}
                ledger.write(
                    db, "backfilled", at=stamp(now), who=ledger.me(), about=workflow, workflow=workflow, detail=detail
                )
            return [read(row) for row in found]

        return await self._shelf.write(backfill)

    async def next_look(self, now: datetime | None = None) -> datetime | None:
        """Return when something next becomes due or may start, or None when nothing is scheduled."""
        now = now or self._clock()
        comes = [due.instant for _, rule in self._known_rules() if (due := next_due(rule, now))]
        sql = "SELECT min(start_at) FROM occurrences WHERE state = 'due' AND start_at > ?"
        waits: str | None = await self._shelf.read(lambda db: db.execute(sql, [stamp(now)]).fetchone()[0])
        looks = [at for at, _ in ahead.coming(self._known_rules(), now) if at > now]
        return min([*comes, *looks, *([read_stamp(waits)] if waits else [])], default=None)

    async def pause(self, workflow: str, *, who: str, because: str) -> bool:
        """Let nothing of a workflow start by itself until it is resumed; False where it is paused already."""
        now = self._clock()
        return await self._shelf.write(lambda db: pause(db, workflow, who=who, because=because, now=now))

    async def resume(self, workflow: str, *, who: str = ledger.OFFICE) -> bool:
        """Let a workflow's schedule go on; what was due meanwhile stays skipped. False where it was not paused."""
        now = self._clock()
        return await self._shelf.write(lambda db: resume(db, workflow, who=who, now=now))

    async def break_circuit(self, workflow: str, *, times: int) -> Pause | None:
        """Pause a workflow that fails again and again with one fault; None where it does not, or is paused already."""
        now = self._clock()
        return await self._shelf.write(lambda db: break_circuit(db, workflow, times=times, now=now))

    async def paused(self) -> dict[str, Pause]:
        """Return what is paused, by workflow."""
        return await self._shelf.read(paused)

    async def late(self) -> list[Occurrence]:
        """Return, once each, the due times that had to be over by now and are not."""
        now = stamp(self._clock())
        sql = (
            "UPDATE occurrences SET late = ? WHERE finish_by < ? AND late IS NULL AND state IN ('due', 'running')"
            " RETURNING *"
        )
        return await self._shelf.write(lambda db: [read(row) for row in db.query(sql, [now, now])])

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
        sql = "SELECT * FROM occurrences WHERE state IN ('parked', 'due', 'running') ORDER BY due, id"
        open_ = [read(row) for row in await self._shelf.read(lambda db: list(db.query(sql)))]

        def of(*states: str, among: Iterable[Occurrence] = here) -> tuple[Occurrence, ...]:
            return tuple(o for o in among if o.state in states)

        return Today(
            ran=of("done"), running=of("running", among=open_), waiting=of("due", among=open_),
            parked=of("parked", among=open_),
            not_run=of("missed", "skipped"), coming=tuple(self._coming(now)),
        )

    def _coming(self, now: datetime) -> list[Occurrence]:
        found = []
        for workflow, rule in self._known_rules():
            today = now.astimezone(ZoneInfo(rule.timezone)).date()
            rest = islice(dues(rule, now, now + timedelta(days=2)), MOST)
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
