"""What is removed by its age: pictures and traces first, runs later; never what waits for a person or is in doubt.

The journal and the ledger stay: the one keeps a commit from being sent twice, the other tells what was removed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database, Shelf

from . import ledger
from .clock import Clock, stamp, utc_now

_SHOWN = frozenset({".png", ".svg", ".zip"})        # pictures and traces among the files of a run
_AT_ONCE = 500      # runs removed in one transaction: whoever wants to write must not wait long
# A run stays that waits for a person, whose commit is not proved, whose lesson is not taken in, or whose row is not done.
_HELD = (
    "EXISTS (SELECT 1 FROM inbox i WHERE i.run = r.id AND i.resolved IS NULL)"
    " OR EXISTS (SELECT 1 FROM journal j WHERE j.run = r.id AND j.state IN ('planned', 'armed', 'sent', 'ambiguous'))"
    " OR coalesce(r.verdict_applied, 1) = 0"
    " OR EXISTS (SELECT 1 FROM batches b WHERE b.id = r.batch AND b.ended IS NULL)"
    " OR EXISTS (SELECT 1 FROM batch_rows w WHERE w.run = r.id AND w.state IN ('parked', 'running', 'pending'))"
)
_OLD = f"SELECT r.id FROM runs r WHERE r.ended IS NOT NULL AND r.ended < ? AND NOT ({_HELD}) ORDER BY r.id"


class Tidied(Frozen):
    """What was removed, or would be: runs whose pictures and traces went, runs, batches, due times, notices."""

    pictures: int = 0
    runs: int = 0
    batches: int = 0
    due_times: int = 0
    notices: int = 0

    def words(self) -> str:
        told = {
            "runs without pictures and traces": self.pictures, "runs": self.runs, "batches": self.batches,
            "due times": self.due_times, "notices": self.notices,
        }  # fmt: skip
        return ", ".join(f"{n} {what}" for what, n in told.items() if n) or "nothing"


class Retention:
    """Removes what is old in one state folder."""

    def __init__(self, shelf: Shelf, state: Path, *, clock: Clock = utc_now) -> None:
        self._shelf, self._clock = shelf, clock
        self._artifacts, self._inputs, self._results = state / "artifacts", state / "inputs", state / "results"

    async def tidy(self, *, pictures: timedelta, runs: timedelta, dry_run: bool = False) -> Tidied:
        """Remove pictures and traces of runs that ended longer ago than ``pictures``, and all of those older than ``runs``."""
        now = self._clock()
        old = await self._old(now - runs)
        shown = [run for run in await self._old(now - pictures) if any(self._shown(run))]
        if dry_run:
            return Tidied(pictures=len(shown), runs=len(old))
        for run in shown:
            for file in self._shown(run):
                file.unlink(missing_ok=True)
        if shown:
            detail = {"runs": len(shown), "ended_before": stamp(now - pictures)}
            await self._shelf.write(lambda db: _tell(db, "removed pictures", "pictures", now, detail))
        for at in range(0, len(old), _AT_ONCE):
            some = old[at : at + _AT_ONCE]
            await self._shelf.write(lambda db, some=some: _remove_runs(db, some, now))  # type: ignore[misc]
        for run in old:
            shutil.rmtree(self._artifacts / run, ignore_errors=True)
        results, due, notices = await self._shelf.write(lambda db: _remove_rest(db, stamp(now - runs), now))
        self._remove_results(results)
        await self._remove_inputs(now - runs)
        return Tidied(pictures=len(shown), runs=len(old), batches=len(results), due_times=due, notices=notices)

    async def _old(self, before: datetime) -> list[str]:
        return await self._shelf.read(lambda db: [str(row[0]) for row in db.execute(_OLD, [stamp(before)]).fetchall()])

    def _shown(self, run: str) -> Iterator[Path]:
        folder = self._artifacts / run
        yield from (file for file in (folder.iterdir() if folder.is_dir() else ()) if file.suffix in _SHOWN)

    def _remove_results(self, results: Sequence[str]) -> None:
        """Remove the result files that lie here; one that a person or a workflow named is theirs."""
        here = self._results.absolute()
        for path in (Path(result).absolute() for result in results if result):
            if path.parent == here:
                path.unlink(missing_ok=True)

    async def _remove_inputs(self, before: datetime) -> None:
        """Remove the row files that no batch is known of any more."""
        sql = "SELECT DISTINCT substr(input_hash, 1, 32) FROM batches"
        known = await self._shelf.read(lambda db: {str(row[0]) for row in db.execute(sql).fetchall()})
        for file in self._inputs.iterdir() if self._inputs.is_dir() else ():
            if file.name not in known and file.stat().st_mtime < before.timestamp():
                file.unlink(missing_ok=True)


def _remove_runs(db: Database, runs: Sequence[str], now: datetime) -> None:
    for run in runs:
        found = db.execute(f"SELECT r.workflow FROM runs r WHERE r.id = ? AND NOT ({_HELD})", [run]).fetchone()
        if found is None:
            continue        # it came to wait meanwhile
        ledger.write(db, "removed", at=stamp(now), who=ledger.OFFICE, about=run, workflow=found[0])
        db.execute("DELETE FROM inbox WHERE run = ?", [run])
        db.execute("DELETE FROM cancels WHERE id = ?", [run])
        db.execute("DELETE FROM runs WHERE id = ?", [run])


def _remove_rest(db: Database, before: str, now: datetime) -> tuple[list[str], int, int]:
    """Remove old batches and due times that no run is known of any more, and notices that have arrived; return where the
    results of these batches are, and how many of the others went. A due time that a file was stays: the same file must not
    come again."""
    gone = {str(id): str(results or "") for id, results in db.execute(
        "SELECT id, results FROM batches b WHERE ended IS NOT NULL AND ended < ?"
        " AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.batch = b.id)", [before],
    ).fetchall()}  # fmt: skip
    ids = json.dumps(list(gone))
    for table, column in (("batch_rows", "batch"), ("cancels", "id"), ("batches", "id")):
        db.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", [ids])
    due = db.execute(
        "DELETE FROM occurrences AS o WHERE due < ? AND changed < ? AND state IN ('done', 'missed', 'skipped') AND file IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.occurrence = o.id)"
        " AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.run = o.id AND i.resolved IS NULL)", [before, before],
    ).rowcount  # fmt: skip
    # the first repair of its kind is told once, whenever that was
    notices = db.execute("DELETE FROM notices WHERE sent IS NOT NULL AND sent < ? AND kind <> 'repaired'", [before]).rowcount
    if gone or due or notices:
        detail = {"batches": len(gone), "due_times": due, "notices": notices, "ended_before": before}
        _tell(db, "removed old records", "records", now, detail)
    return list(gone.values()), due, notices


def _tell(db: Database, what: str, about: str, now: datetime, detail: dict[str, object]) -> None:
    ledger.write(db, what, at=stamp(now), who=ledger.OFFICE, about=about, detail=detail)
