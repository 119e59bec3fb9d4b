"""What people decided about repairs: kept, undone, or to be asked each time; by whom, why, once for all runs alike."""

from __future__ import annotations

from typing import Literal

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database, Shelf

from . import ledger
from .clock import Clock, stamp, utc_now

Decision = Literal["keep", "undo", "ask"]


class Reviewed(Frozen):
    """One decision. ``mark`` is the same for all runs that repaired the very same."""

    mark: str
    run: str
    workflow: str
    decision: Decision
    who: str
    because: str
    at: str


class Reviews:
    """The decisions of one state folder."""

    def __init__(self, shelf: Shelf, *, clock: Clock = utc_now) -> None:
        self._shelf, self._clock = shelf, clock

    async def marks(self) -> set[str]:
        """Return what was decided on."""
        return {str(r["mark"]) for r in await self._shelf.read(lambda db: list(db.query("SELECT mark FROM reviews")))}

    async def of(self, mark: str) -> Reviewed | None:
        rows = await self._shelf.read(lambda db: list(db.query("SELECT * FROM reviews WHERE mark = ?", [mark])))
        return Reviewed.model_validate(rows[0]) if rows else None

    async def add(self, mark: str, *, run: str, workflow: str, decision: Decision, who: str, because: str) -> None:
        """Keep a decision; raises UsageInvalid where another one was made meanwhile."""
        values = [mark, run, workflow, decision, who, because, stamp(self._clock())]

        def add(db: Database) -> None:
            done = db.execute("INSERT OR IGNORE INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?)", values).rowcount
            if not done:
                raise UsageInvalid(f"the repair of run {run} was decided meanwhile", do="Look at `rpa review list`.")
            detail = {"decision": decision, "because": because}
            ledger.write(db, "reviewed", at=values[-1], who=who, about=run, workflow=workflow, detail=detail)

        await self._shelf.write(add)
