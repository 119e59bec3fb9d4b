"""Batches: one file, its rows and what became of each; begun once, gone on with after a crash, by one process at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rpa_agent.domain.errors import BatchBusy, StoreCorrupt, UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.points import Reached, unwatched
from rpa_agent.domain.trajectory import Outcome, Trajectory
from rpa_agent.store.hashes import row_hash
from rpa_agent.store.sqlite import Database, Shelf

from . import batch_rows, inbox
from .batch_rows import DONE, BatchRow
from .clock import Clock, new_id, stamp, utc_now
from .journal import held_by
from .notify import reason_for
from .process.owner import Owner
from .proofs import require_sound_run

HASHED = (
    "id", "workflow", "occurrence", "environment", "input", "input_hash", "day", "again", "results", "rows", "started",
    "ended", "totals", "followed_by", "owner_pid", "owner_started", "owner_token",
)
_LOST = 5       # a row that takes its process down each time must not do so for ever
_CUT_OFF = "its process died {} times in this row"
_STATES: dict[Outcome, batch_rows.State] = {
    "succeeded": "succeeded", "business_exception": "exception", "needs_person": "parked", "failed": "failed",
    "cancelled": "pending",
}


class Batch(Frozen):
    """One occurrence or command over all its rows. ``ended`` is None while it runs and after its process died."""

    id: str
    workflow: str
    occurrence: str | None = None
    environment: str = ""               # the address it works on
    input: str = ""                     # the file as it was named
    input_hash: str = ""
    day: str = ""                       # the local date that `today` stands for in all its rows
    again: str | None = None            # why commits that were done are done once more
    results: str = ""
    rows: int = 0
    started: str = ""
    ended: str | None = None
    totals: dict[str, int] = {}
    followed_by: str | None = None      # the batch that went on with what this one left
    alive: bool = False                 # a process works on it now


class Given(Frozen):
    """What a batch is to be made of: the file's name and hash, and every row's number, key and values."""

    workflow: str
    environment: str
    input: str
    input_hash: str
    day: str
    rows: tuple[tuple[int, str, dict[str, str]], ...]
    by_key: bool = False                # a column names each row; else rows are told apart by their values
    occurrence: str | None = None
    again: str | None = None
    results: str = ""
    keys_last: bool = True              # what one run has sent, the next one finds in the journal


class Begun(Frozen):
    """A batch in hand. ``resumed`` tells that it was begun before; ``changes`` what the file says now and did not then."""

    batch: Batch
    rows: tuple[BatchRow, ...]
    resumed: bool = False
    changes: tuple[str, ...] = ()


class Batches:
    """The batches of one state folder."""

    def __init__(
        self, shelf: Shelf, *, clock: Clock = utc_now, owner: Owner | None = None, reached: Reached = unwatched
    ) -> None:
        self._shelf, self._clock, self._owner, self._reached = shelf, clock, owner or Owner.me(), reached

    async def begin(self, given: Given) -> Begun:
        """Begin a batch, or go on with the one that was left; raises BatchBusy while another process works on it.

        Left is a batch of the same due time, or by hand of the same file and address, that has rows to do. With the
        same rows it goes on; with others a new one begins that takes over what the two have in common.
        """
        return await self._shelf.write(lambda db: _begin(db, given, self._clock(), self._owner))

    async def settle(self, row: BatchRow) -> None:
        """Write what became of a row."""
        now = stamp(self._clock())
        await self._shelf.write(lambda db: batch_rows.put(db, row.but(changed=now)))
        self._reached("row_kept")

    async def cut_off(self, batch: str, number: int, *, keys_last: bool) -> BatchRow:
        """Write what became of a row whose run was cancelled: as its run was closed, else to be run again."""
        now = self._clock()

        def close(db: Database) -> BatchRow:
            row = batch_rows.fetch_one(db, batch, number)
            if row is None:
                raise UsageInvalid(f"batch {batch} has no row {number}", where=batch)
            if row.state == "running":
                row = _cut_off(db, row, keys_last=keys_last, now=now).but(changed=stamp(now))
                batch_rows.put(db, row)
            return row

        return await self._shelf.write(close)

    async def let_go(self, batch: str, totals: Mapping[str, int], *, ended: bool) -> None:
        """Let go of a batch. One that has not ``ended`` goes on where it stopped; one that has tries anew what failed."""
        change = {"ended": stamp(self._clock()) if ended else None, "totals": json.dumps(dict(totals)), **_nobody()}
        await self._shelf.write(lambda db: _change(db, batch, change))

    async def note_results(self, batch: str, path: str) -> None:
        """Write where a batch's result file is, so that it is gone on with."""
        await self._shelf.write(lambda db: _change(db, batch, {"results": path}))

    async def get(self, batch: str) -> Batch | None:
        """Return one batch."""
        found = await self._shelf.read(lambda db: list(db.query("SELECT * FROM batches WHERE id = ?", [batch])))
        return _read(found[0]) if found else None

    async def rows(self, batch: str) -> list[BatchRow]:
        """Return its rows in the order of the file."""
        return await self._shelf.read(lambda db: batch_rows.fetch(db, batch))

    async def recent(self, workflow: str | None = None, n: int = 20) -> list[Batch]:
        """Return the latest batches, newest first, of one workflow or of all."""
        sql = "SELECT * FROM batches WHERE ? IS NULL OR workflow = ? ORDER BY id DESC LIMIT ?"
        found = await self._shelf.read(lambda db: list(db.query(sql, [workflow, workflow, n])))
        return [_read(row) for row in found]


def damaged(db: Database) -> list[str]:
    """Return one line for every batch that is not what was written. Those of an older format have no hash."""
    found = db.query("SELECT * FROM batches WHERE row_hash <> '' ORDER BY id")
    return [f"batch {row['id']} is not what was written" for row in found if not _is_sound(row)]


# ---- begin -----------------------------------------------------------------------------------------------------------


def _begin(db: Database, given: Given, now: datetime, owner: Owner) -> Begun:
    same = list(db.query("SELECT * FROM batches WHERE workflow = ? AND environment = ? ORDER BY id DESC", [
        given.workflow, given.environment,
    ]))  # fmt: skip
    _require_free(same, given, owner)
    before = next((_read(row) for row in same if _continues(row, given)), None)
    rows = batch_rows.fetch(db, before.id) if before else []
    left = [row for row in rows if row.state not in DONE]
    if before and left and not _starts_over(before, given):
        if [(r.number, r.key, r.given) for r in rows] == list(given.rows):
            return _resume(db, given, before, rows, now=now, owner=owner)
        return _follow(db, given, before, rows, now=now, owner=owner)
    changes = _changes(rows, given) if before and before.input_hash != given.input_hash else ()
    return _fresh(db, given, now=now, owner=owner, changes=changes)


def _require_free(same: Sequence[Mapping[str, Any]], given: Given, owner: Owner) -> None:
    """Raise BatchBusy while another process works on the same rows, whether by file or by content."""
    for row in same:
        holder = Owner.of(dict(row))
        if row["ended"] or holder is None or holder == owner or not holder.lives():
            continue
        if given.input_hash == row["input_hash"] or given.input == row["input"]:
            since = str(row["started"])[:19].replace("T", " ")
            raise BatchBusy(
                f"process {holder.pid} works on {given.input} since {since} UTC (batch {row['id']}); nothing was begun here",
                where=given.input,
            )


def _continues(row: Mapping[str, Any], given: Given) -> bool:
    if row["followed_by"] or not row["input_hash"] or row["occurrence"] != given.occurrence:
        return False
    return given.occurrence is not None or row["input"] == given.input or row["input_hash"] == given.input_hash


def _starts_over(before: Batch, given: Given) -> bool:
    """Starting over is said once: the same reason again goes on with what it began."""
    return given.again is not None and given.again != before.again


def _resume(
    db: Database, given: Given, before: Batch, rows: Sequence[BatchRow], *, now: datetime, owner: Owner
) -> Begun:
    taken_up = [_taken_up(db, row, before, keys_last=given.keys_last, now=now) for row in rows]
    batch_rows.put_all(db, (new for new, old in zip(taken_up, rows, strict=True) if new != old))
    _change(db, before.id, {"ended": None, "totals": None, **_held(owner)})
    return Begun(batch=before.but(ended=None, alive=True), rows=tuple(taken_up), resumed=True)


def _follow(
    db: Database, given: Given, before: Batch, rows: Sequence[BatchRow], *, now: datetime, owner: Owner
) -> Begun:
    """Begin a batch of the changed file that takes over the rows which did not change."""
    name = _name_of(given)
    known = {name(row.key, row.given): _taken_up(db, row, before, keys_last=given.keys_last, now=now) for row in rows}
    begun = _fresh(db, given, now=now, owner=owner, changes=_changes(rows, given), day=before.day)
    taken = []
    for row in begun.rows:
        old = known.get(name(row.key, row.given))
        same = old is not None and old.given == row.given
        taken.append(old.but(batch=row.batch, number=row.number, key=row.key) if old and same else row)
    batch_rows.put_all(db, taken)
    _change(db, before.id, {"followed_by": begun.batch.id, "ended": before.ended or stamp(now), **_nobody()})
    return begun.but(rows=tuple(taken), resumed=True)


def _fresh(
    db: Database, given: Given, *, now: datetime, owner: Owner, changes: Sequence[str], day: str = ""
) -> Begun:
    batch = Batch(
        id=new_id(now), workflow=given.workflow, occurrence=given.occurrence, environment=given.environment,
        input=given.input, input_hash=given.input_hash, day=day or given.day, again=given.again,
        results=given.results, rows=len(given.rows), started=stamp(now), alive=True,
    )
    columns = {**batch.model_dump(exclude={"alive"}), "totals": None, **_held(owner)}
    _write(db, columns)
    rows = tuple(
        BatchRow(batch=batch.id, number=n, key=key, given=values, changed=stamp(now)) for n, key, values in given.rows
    )
    batch_rows.put_all(db, rows)
    return Begun(batch=batch, rows=rows, changes=tuple(changes))


def _taken_up(db: Database, row: BatchRow, before: Batch, *, keys_last: bool, now: datetime) -> BatchRow:
    """Return a row as it is to be taken up now: what was left half-way, what failed, what a person has decided.

    What failed is tried anew where the batch had come to its end, not where it was only cut off or put off.
    """
    anew = before.ended is not None
    match row.state:
        case "succeeded" | "exception" | "cancelled":
            return row
        case "pending":
            return row.but(tries=0, due=None) if anew or before.occurrence is None else row
        case "failed":
            harmless = keys_last or row.sent == "nothing"
            return row.but(state="pending", tries=0, due=None) if anew and harmless else row
        case "parked":
            return _decided(db, row, anew=anew and (keys_last or row.sent == "nothing"), now=now)
        case "running":
            return _cut_off(db, row, keys_last=keys_last, now=now)


def _decided(db: Database, row: BatchRow, *, anew: bool, now: datetime) -> BatchRow:
    """Return a row that waited as a person has decided. Without a decision it is run again only where nothing of it is
    in doubt and the site did not speak against its data."""
    found = list(db.query("SELECT how, who, because FROM inbox WHERE run = ? ORDER BY id DESC LIMIT 1", [row.run]))
    if not found or found[0]["how"] is None:
        if not anew or row.sent == "unknown" or row.fault == "data":
            return row
        if found:
            inbox.close(db, row.run, how="retry", who="rpa run", reason="the batch was run again", now=now)
        return row.but(state="pending", tries=0, due=None)
    how, why = found[0]["how"], f"{found[0]['who']}: {found[0]['because']}"
    match how:
        case "done_by_hand":
            return row.but(state="succeeded", outcome="succeeded", fault=None, reason=f"done by hand, {why}")
        case "skip" | "cancel":
            return row.but(state="cancelled", outcome="cancelled", reason=f"left out, {why}")
        case _:
            return row.but(state="pending", tries=0, due=None)


def _cut_off(db: Database, row: BatchRow, *, keys_last: bool, now: datetime) -> BatchRow:
    """Return a row whose process died in it, or that was cancelled: as its run ended, else to be run again.

    What it may have sent is guarded by the journal where keys outlive a run; where they do not, a person decides.
    """
    found = list(db.query("SELECT * FROM runs WHERE id = ?", [row.run]))
    for run in found:
        require_sound_run(run)
    ended = found[0] if found and found[0]["ended"] else {}
    if ended.get("trajectory"):
        row = as_ended(row, Trajectory.model_validate_json(ended["trajectory"]))
    elif ended.get("outcome") == "needs_person" or ended.get("sent") == "unknown":
        known = {name: ended[name] for name in ("outcome", "fault", "sent")}
        row = row.but(state="parked", reason=ended["stopped"] or "", **known)
    else:
        row = row.but(state="pending", due=None)
    if row.state != "pending":
        return row
    sent = [entry for entry in held_by(db, [row.run]) if entry["state"] in ("sent", "ambiguous", "confirmed")]
    if sent and not keys_last:
        return _before_a_person(db, row, sent, now=now)
    if row.attempts >= _LOST and not ended.get("trajectory"):
        why = _CUT_OFF.format(row.attempts)
        return row.but(state="failed", outcome="failed", fault="infrastructure", sent="nothing", reason=why)
    return row


def _before_a_person(db: Database, row: BatchRow, sent: Sequence[Mapping[str, Any]], *, now: datetime) -> BatchRow:
    names = ", ".join(dict.fromkeys(str(entry["name"]) for entry in sent))
    surely = all(entry["state"] == "confirmed" for entry in sent)
    why = f"The row was cut off after {names} had been sent{'' if surely else '; it is not known whether it arrived'}."
    workflow = db.execute("SELECT workflow FROM runs WHERE id = ?", [row.run]).fetchone()[0]
    item = inbox.Item(
        id=new_id(now), run=row.run, workflow=workflow, reason=why, fault="infrastructure", added=stamp(now)
    )
    inbox.put(db, item)
    known = {"outcome": "needs_person", "fault": "infrastructure", "sent": "sent" if surely else "unknown"}
    return row.but(state="parked", reason=why, **known)


def as_ended(row: BatchRow, trajectory: Trajectory) -> BatchRow:
    """Return a row with what became of its run. One that was cancelled is begun again, unless something is in doubt."""
    t, state = trajectory, _STATES[trajectory.outcome]
    if t.sent == "unknown":
        state = "parked"
    known: dict[str, Any] = {"outcome": t.outcome, "fault": t.fault, "sent": t.sent, "run": t.run, "outputs": t.outputs}
    reason = "it was cancelled" if t.outcome == "cancelled" and not t.left_out else reason_for(t)
    return row.but(state=state, reason=reason, due=None, **known)


# ---- what changed in a file ------------------------------------------------------------------------------------------


def _name_of(given: Given) -> Any:
    if given.by_key:
        return lambda key, values: key
    return lambda key, values: json.dumps(values, sort_keys=True)


def _changes(before: Sequence[BatchRow], given: Given) -> tuple[str, ...]:
    """Return in words how the rows differ from those of the batch before."""
    name = _name_of(given)
    old = {name(row.key, row.given): row for row in before}
    new = {name(key, values): (number, values) for number, key, values in given.rows}
    told = []
    for key in [k for k in old if k in new and old[k].given != new[k][1]]:
        row, values = old[key], new[key][1]
        columns = sorted(c for c in {*row.given, *values} if row.given.get(c) != values.get(c))
        entered = ", which had been done with the former values" if row.state == "succeeded" else ""
        told.append(f"row {new[key][0]} ({row.key}) has another {' and '.join(columns)}{entered}")
    added, gone = [new[k][0] for k in new if k not in old], [row for k, row in old.items() if k not in new]
    told += [_listed("new", [str(n) for n in added])] if added else []
    told += [_listed("no longer there", [f"{r.number} ({r.key})" for r in gone])] if gone else []
    return tuple(told)


def _listed(what: str, rows: Sequence[str]) -> str:
    shown = ", ".join(rows[:10]) + (f" and {len(rows) - 10} more" if len(rows) > 10 else "")
    return f"{what}: row{'s' if len(rows) > 1 else ''} {shown}"


# ---- the table -------------------------------------------------------------------------------------------------------


def _held(owner: Owner) -> dict[str, Any]:
    return {"owner_pid": owner.pid, "owner_started": owner.started, "owner_token": owner.token}


def _nobody() -> dict[str, Any]:
    return {"owner_pid": None, "owner_started": None, "owner_token": None}


def _write(db: Database, columns: Mapping[str, Any]) -> None:
    row = {name: columns.get(name) for name in HASHED}
    names = (*HASHED, "row_hash")
    sql = f"INSERT OR REPLACE INTO batches ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    db.execute(sql, [*row.values(), row_hash(row)])


def _change(db: Database, batch: str, change: Mapping[str, Any]) -> None:
    found = list(db.query("SELECT * FROM batches WHERE id = ?", [batch]))
    if not found:
        raise UsageInvalid(f"there is no batch {batch}", do="Look at `rpa runs`.", where=batch)
    row = {name: found[0][name] for name in HASHED} | dict(change)
    sets = ", ".join(f"{name} = ?" for name in (*HASHED, "row_hash"))
    db.execute(f"UPDATE batches SET {sets} WHERE id = ?", [*row.values(), row_hash(row), batch])


def _is_sound(row: Mapping[str, Any]) -> bool:
    return bool(row_hash({name: row[name] for name in HASHED}) == row["row_hash"])


def _read(row: Mapping[str, Any]) -> Batch:
    if row["row_hash"] and not _is_sound(row):
        do = "Run `rpa verify`, then restore a backup with `rpa restore FILE`."
        raise StoreCorrupt(f"batch {row['id']} is not what was written; nothing was begun", do=do, where=row["id"])
    plain = {name: row[name] for name in Batch.model_fields if name in row and name != "totals"}
    owner = Owner.of(dict(row))
    alive = row["ended"] is None and owner is not None and owner.lives()
    return Batch.model_validate({**plain, "alive": alive, "totals": json.loads(row["totals"] or "{}")})
