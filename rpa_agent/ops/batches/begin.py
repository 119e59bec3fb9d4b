"""A batch is begun, or the one that was left is gone on with: with the same rows, or with those of a file that was changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rpa_agent.domain.errors import BatchBusy
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database

from .. import ledger
from ..clock import new_id, stamp
from ..process.owner import Owner
from . import kept, rows
from .changes import changes, name_by
from .kept import Batch
from .rows import DONE, BatchRow
from .take_up import Terms, taken_up


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
    probed: frozenset[str] = frozenset()    # the commits of which the site can be asked whether they arrived


class Begun(Frozen):
    """A batch in hand. ``resumed`` tells that it was begun before; ``changes`` what the file says now and did not then."""

    batch: Batch
    rows: tuple[BatchRow, ...]
    resumed: bool = False
    changes: tuple[str, ...] = ()


class _Beginning(Frozen):
    """What a batch is begun with, by whom and when."""

    given: Given
    owner: Owner
    now: datetime

    def terms(self, before: Batch) -> Terms:
        """What failed is tried anew where the batch had come to its end, not where it was only cut off or put off."""
        return Terms(
            now=self.now, keys_last=self.given.keys_last, probed=self.given.probed, anew=before.ended is not None,
            goes_on=before.occurrence is not None,
        )


def begin(db: Database, given: Given, now: datetime, owner: Owner) -> Begun:
    """Begin a batch, or go on with the one that was left; see ``Batches.begin``."""
    how = _Beginning(given=given, owner=owner, now=now)
    same = _alike(db, given)
    _require_free(same, given, owner)
    before = next((kept.read(row) for row in same if _continues(row, given)), None)
    known = rows.fetch(db, before.id) if before else []
    left = [row for row in known if row.state not in DONE]
    if before and left and not _starts_over(before, given):
        if [(r.number, r.key, r.given) for r in known] == list(given.rows):
            return _resume(db, how, before, known)
        return _follow(db, how, before, known)
    told = _changes(known, given) if before and before.input_hash != given.input_hash else ()
    return _fresh(db, how, changes=told)


def _alike(db: Database, given: Given) -> list[dict[str, Any]]:
    """Return the batches that are in hand or may be gone on with, newest first: not all that there ever were."""
    sql = (
        "SELECT * FROM batches WHERE workflow = ? AND environment = ? AND (ended IS NULL OR occurrence = ?"
        " OR (occurrence IS NULL AND (input = ? OR input_hash = ?))) ORDER BY id DESC"
    )
    place = [given.workflow, given.environment, given.occurrence]
    return list(db.query(sql, [*place, given.input, given.input_hash]))


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


def _resume(db: Database, how: _Beginning, before: Batch, known: Sequence[BatchRow]) -> Begun:
    terms = how.terms(before)
    taken = [taken_up(db, row, terms) for row in known]
    rows.put_all(db, (new for new, old in zip(taken, known, strict=True) if new != old))
    kept.change(db, before.id, {"ended": None, "totals": None, **kept.in_hands_of(how.owner)})
    return Begun(batch=before.but(ended=None, alive=True), rows=tuple(taken), resumed=True)


def _follow(db: Database, how: _Beginning, before: Batch, known: Sequence[BatchRow]) -> Begun:
    """Begin a batch of the changed file that takes over the rows which did not change."""
    name, terms = name_by(how.given.by_key), how.terms(before)
    left = {name(row.key, row.given): taken_up(db, row, terms) for row in known}
    begun = _fresh(db, how, changes=_changes(known, how.given), day=before.day)
    taken = []
    for row in begun.rows:
        old = left.get(name(row.key, row.given))
        same = old is not None and old.given == row.given
        taken.append(old.but(batch=row.batch, number=row.number, key=row.key) if old and same else row)
    rows.put_all(db, taken)
    ended = before.ended or stamp(how.now)
    kept.change(db, before.id, {"followed_by": begun.batch.id, "ended": ended, **kept.in_no_hands()})
    return begun.but(rows=tuple(taken), resumed=True)


def _fresh(db: Database, how: _Beginning, *, changes: Sequence[str], day: str = "") -> Begun:
    given, now = how.given, how.now
    batch = Batch(
        id=new_id(now), workflow=given.workflow, occurrence=given.occurrence, environment=given.environment,
        input=given.input, input_hash=given.input_hash, day=day or given.day, again=given.again,
        results=given.results, rows=len(given.rows), started=stamp(now), alive=True,
    )
    columns = {**batch.model_dump(exclude={"alive"}), "totals": None, **kept.in_hands_of(how.owner)}
    kept.write(db, columns)
    who, detail = ledger.SCHEDULE if given.occurrence else ledger.me(), {"rows": batch.rows, "input_hash": given.input_hash}
    ledger.write(
        db, "batch begun", at=stamp(now), who=who, about=batch.id, workflow=given.workflow, detail=detail | {"again": given.again}
    )
    fresh = tuple(
        BatchRow(batch=batch.id, number=n, key=key, given=values, changed=stamp(now)) for n, key, values in given.rows
    )
    rows.put_all(db, fresh)
    return Begun(batch=batch, rows=fresh, changes=tuple(changes))


def _changes(known: Sequence[BatchRow], given: Given) -> tuple[str, ...]:
    return changes(known, given.rows, by_key=given.by_key)
