"""What one workflow brought back and another takes as its rows: what each run brought once, in the order of due times.

What was taken is written down together with the digest of the rows, so that a due time that is tried again, or gone on
with after a crash, works on the very same ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rpa_agent.domain.errors import NeedsPerson
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database, Shelf
from rpa_agent.store.text_files import write_bytes_atomically

from .clock import Clock, stamp, utc_now

_OF_OCCURRENCE = "SELECT hash FROM handed_on WHERE workflow = ? AND source = ? AND occurrence = ? AND hash <> '' LIMIT 1"
# by hand: what was taken and not come to its end is gone on with first
_LEFT_BY_HAND = (
    "SELECT h.hash FROM handed_on h LEFT JOIN batches b ON b.input_hash = h.hash AND b.workflow = h.workflow"
    " WHERE h.workflow = ? AND h.source = ? AND h.occurrence IS NULL AND h.hash <> '' AND (b.id IS NULL OR b.ended IS NULL"
    " OR EXISTS (SELECT 1 FROM batch_rows w WHERE w.batch = b.id AND w.state IN ('pending', 'running', 'failed')))"
    " ORDER BY h.run DESC LIMIT 1"
)
_NEW = (
    "SELECT r.id, r.batch, r.occurrence, json_extract(r.trajectory, '$.outputs') AS outputs FROM runs r"
    " LEFT JOIN occurrences o ON o.id = r.occurrence LEFT JOIN batches b ON b.id = r.batch"
    " WHERE r.workflow = ? AND r.outcome = 'succeeded' AND r.trajectory IS NOT NULL AND (r.batch IS NULL OR b.ended IS NOT NULL)"
    " AND NOT EXISTS (SELECT 1 FROM handed_on h WHERE h.workflow = ? AND h.run = r.id)"
    " ORDER BY coalesce(o.due, b.started, r.started), coalesce(r.row, 0), r.id"
)

Lines = Callable[[Mapping[str, Any]], list[str]]     # the outputs of one run -> its rows, a JSON object each


class Taker(Frozen):
    """Who takes: a workflow, for one due time or by hand, from another one."""

    workflow: str
    source: str
    occurrence: str | None = None


class HandedOn:
    """What was handed on in one state folder."""

    def __init__(self, shelf: Shelf, *, clock: Clock = utc_now) -> None:
        self._shelf, self._clock = shelf, clock

    async def take(self, taker: Taker, lines: Lines, *, kept: Callable[[str], Path]) -> Path:
        """Return the file of rows for this taker: the same as before where it took some and is not done with them, else all
        that is new. ``kept`` says where a file of this digest is.

        The first time only what came last counts as new. Raises NeedsPerson where there is nothing.
        """
        return await self._shelf.write(lambda db: kept(self._take(db, taker, lines, kept)))

    def _take(self, db: Database, taker: Taker, lines: Lines, kept: Callable[[str], Path]) -> str:
        if (before := _before(db, taker)) is not None:
            return before
        new = [row for row in db.query(_NEW, [taker.source, taker.workflow]) if json.loads(row["outputs"] or "{}")]
        if not new:
            raise _nothing(db, taker)
        known = db.execute("SELECT 1 FROM handed_on WHERE workflow = ? AND source = ? LIMIT 1", [taker.workflow, taker.source])
        passed = [] if known.fetchone() else [row for row in new if not _together(row, new[-1])]
        old = {row["id"] for row in passed}
        taken = [row for row in new if row["id"] not in old]
        raw = "".join(f"{line}\n" for row in taken for line in lines(json.loads(row["outputs"]))).encode()
        hash_ = hashlib.sha256(raw).hexdigest()
        write_bytes_atomically(kept(hash_), raw, private=True)      # before it counts as taken
        for row in new:
            values = [taker.workflow, row["id"], taker.source, "" if row["id"] in old else hash_, taker.occurrence]
            db.execute("INSERT INTO handed_on VALUES (?, ?, ?, ?, ?, ?)", [*values, stamp(self._clock())])
        return hash_


def _before(db: Database, taker: Taker) -> str | None:
    if taker.occurrence is not None:
        found = db.execute(_OF_OCCURRENCE, [taker.workflow, taker.source, taker.occurrence]).fetchone()
    else:
        found = db.execute(_LEFT_BY_HAND, [taker.workflow, taker.source]).fetchone()
    return str(found[0]) if found else None


def _together(row: Mapping[str, Any], last: Mapping[str, Any]) -> bool:
    """Tell whether a run belongs to the same batch or due time as the last one."""
    if row["id"] == last["id"]:
        return True
    return any(last[name] is not None and row[name] == last[name] for name in ("batch", "occurrence"))


def _nothing(db: Database, taker: Taker) -> NeedsPerson:
    """Return what a person is told: why there is nothing to take, and what to do."""
    sql = "SELECT id, ended, outcome FROM runs WHERE workflow = ? ORDER BY id DESC LIMIT 1"
    last = next(iter(db.query(sql, [taker.source])), None)
    sql = "SELECT 1 FROM handed_on WHERE workflow = ? AND source = ? LIMIT 1"
    since = "since it was last taken" if db.execute(sql, [taker.workflow, taker.source]).fetchone() else "yet"
    again = "`rpa resolve RUN --retry`" if taker.occurrence is not None else f"`rpa run {taker.workflow}`"
    leave = "; or `rpa resolve RUN --skip` where there is nothing to do" if taker.occurrence is not None else ""
    if last is None:
        why, do = f"{taker.source} has not run yet", f"Run {taker.source} first, then {again}."
    elif last["ended"] is None:
        why, do = f"{taker.source} is still running ({last['id']})", f"Wait until it has ended, then {again}."
    elif last["outcome"] == "succeeded":
        why = f"{taker.source} has brought back nothing {since} (its last run was {last['id']})"
        do = f"Run {taker.source}, then {again}{leave}."
    else:
        how = str(last["outcome"]).replace("_", " ")
        why = f"the last run of {taker.source} ended as {how} ({last['id']}), and nothing new came before it"
        do = f"Look at `rpa show {last['id']}`, run {taker.source} again, then {again}."
    return NeedsPerson(f"there are no rows: {why}; nothing was sent", fault="data", do=do, where=taker.source)
