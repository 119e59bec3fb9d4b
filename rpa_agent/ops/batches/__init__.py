"""Batches: one file, its rows and what became of each; begun once, gone on with after a crash, by one process at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.points import Reached, unwatched
from rpa_agent.store.sqlite import Database, Shelf

from ..clock import Clock, stamp, utc_now
from ..doubts import waits_as
from ..process.owner import Owner
from . import kept, rows
from .begin import Begun, Given, begin
from .kept import Batch
from .rows import BatchRow
from .take_up import Terms, as_ended, cut_off

__all__ = ["Batch", "BatchRow", "Batches", "Begun", "Given", "as_ended"]


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
        return await self._shelf.write(lambda db: begin(db, given, self._clock(), self._owner))

    async def settle(self, row: BatchRow) -> None:
        """Write what became of a row."""
        now = self._clock()

        def settle(db: Database) -> None:
            rows.put(db, row.but(changed=stamp(now)))
            if row.state == "parked":
                waits_as(db, row.run, now=now)

        await self._shelf.write(settle)
        self._reached("row_kept")

    async def cut_off(self, batch: str, number: int, *, keys_last: bool, probed: frozenset[str] = frozenset()) -> BatchRow:
        """Write what became of a row whose run was cancelled: as its run was closed, else to be run again. See ``Given``."""
        terms = Terms(now=self._clock(), keys_last=keys_last, probed=probed)

        def close(db: Database) -> BatchRow:
            row = rows.fetch_one(db, batch, number)
            if row is None:
                raise UsageInvalid(f"batch {batch} has no row {number}", where=batch)
            if row.state == "running":
                row = cut_off(db, row, terms).but(changed=stamp(terms.now))
                rows.put(db, row)
            return row

        return await self._shelf.write(close)

    async def let_go(self, batch: str, totals: Mapping[str, int], *, ended: bool) -> None:
        """Let go of a batch. One that has not ``ended`` goes on where it stopped; one that has tries anew what failed."""
        at = stamp(self._clock()) if ended else None
        to = {"ended": at, "totals": json.dumps(dict(totals)), **kept.in_no_hands()}
        await self._shelf.write(lambda db: kept.change(db, batch, to))

    async def note_results(self, batch: str, path: str) -> None:
        """Write where a batch's result file is, so that it is gone on with."""
        await self._shelf.write(lambda db: kept.change(db, batch, {"results": path}))

    async def get(self, batch: str) -> Batch | None:
        """Return one batch."""
        found = await self._shelf.read(lambda db: list(db.query("SELECT * FROM batches WHERE id = ?", [batch])))
        return kept.read(found[0]) if found else None

    async def rows(self, batch: str) -> list[BatchRow]:
        """Return its rows in the order of the file."""
        return await self._shelf.read(lambda db: rows.fetch(db, batch))

    async def recent(self, workflow: str | None = None, n: int = 20) -> list[Batch]:
        """Return the latest batches, newest first, of one workflow or of all."""
        sql = "SELECT * FROM batches WHERE ? IS NULL OR workflow = ? ORDER BY id DESC LIMIT ?"
        found = await self._shelf.read(lambda db: list(db.query(sql, [workflow, workflow, n])))
        return [kept.read(row) for row in found]
