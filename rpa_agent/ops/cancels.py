"""What a person wants to end: a run, a batch, or a due time that waits. Asked for here, honoured by whoever works on it."""

from __future__ import annotations

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database, Shelf

from . import ledger
from .clock import Clock, stamp, utc_now
from .process.owner import Owner

_STILL = {"runs": "this run", "batches": "this batch"}
MOST_REMEMBERED = 200  # runs at once and the last ones; more are asked about anew


class Cancel(Frozen):
    """Who cancelled what, why, and when (UTC)."""

    id: str
    who: str
    because: str
    at: str

    def words(self) -> str:
        return f"cancelled by {self.who}: {self.because}"


class Cancels:
    """What was cancelled in one state folder."""

    def __init__(self, shelf: Shelf, *, clock: Clock = utc_now) -> None:
        self._shelf, self._clock = shelf, clock
        self._none: dict[tuple[str, ...], tuple[int, ...]] = {}  # what was not cancelled, and the store's mark before it was read

    async def of(self, *ids: str | None) -> Cancel | None:
        """Return the first of these that was cancelled. It is asked before every step: where nobody has written since the
        last time, nothing is read."""
        wanted = tuple(one for one in ids if one)
        mark = self._shelf.mark()
        if self._none.get(wanted) == mark:
            return None
        sql = f"SELECT * FROM cancels WHERE id IN ({', '.join('?' * len(wanted))}) LIMIT 1"
        rows = await self._shelf.read(lambda db: list(db.query(sql, wanted)))
        if rows:
            return Cancel.model_validate(rows[0])
        if len(self._none) > MOST_REMEMBERED:
            self._none.clear()
        self._none[wanted] = mark
        return None

    async def ask(self, id: str, *, who: str, because: str) -> str:
        """Ask that a run or a batch ends before its next step, or that a due time does not start; return what it is.

        Raises UsageInvalid where there is no such thing, or nothing of it is left to end.
        """
        if not who.strip() or not because.strip():
            raise UsageInvalid("a cancellation needs who made it and why", do="Write --reason TEXT.")
        one = Cancel(id=id, who=who, because=because, at=stamp(self._clock()))
        return await self._shelf.write(lambda db: _ask(db, one))


def _ask(db: Database, one: Cancel) -> str:
    for table, what in _STILL.items():
        rows = list(db.query(f"SELECT * FROM {table} WHERE id = ?", [one.id]))
        if not rows:
            continue
        owner = Owner.of(rows[0])
        if rows[0]["ended"] is not None or owner is None or not owner.lives():
            raise UsageInvalid(f"{what} is not running; nothing was changed", do=f"Look at `rpa show {one.id}`.", where=one.id)
        db.execute("INSERT OR IGNORE INTO cancels VALUES (?, ?, ?, ?)", [one.id, one.who, one.because, one.at])
        _told(db, one, rows[0]["workflow"])
        return what
    sql = "UPDATE occurrences SET state = 'skipped', reason = ?, changed = ? WHERE id = ? AND state = 'due'"
    if db.execute(sql, [one.words(), one.at, one.id]).rowcount:
        _told(db, one, db.execute("SELECT workflow FROM occurrences WHERE id = ?", [one.id]).fetchone()[0])
        return "this due time"
    why = f"nothing that runs or waits to run is called {one.id}"
    raise UsageInvalid(why, do="Look at `rpa runs` and `rpa today`.", where=one.id)


def _told(db: Database, one: Cancel, workflow: str) -> None:
    ledger.write(db, "cancelled", at=one.at, who=one.who, about=one.id, workflow=workflow, detail={"because": one.because})
