"""What ran: batches, runs and their trajectories, and the verdicts that memory has not taken in yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from rpa_agent.domain.asking import Used
from rpa_agent.domain.errors import StoreCorrupt, UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.verdict import Verdict
from rpa_agent.store.sqlite import Database, Shelf

from .batches import rows as batch_rows
from .clock import Clock, new_id, stamp, utc_now
from .process.owner import Owner
from .proofs import damaged, prove_run, require_sound_run, text_hash
from .tables import RUNS

BUSY_MS = 30_000        # several processes share runs.db; waiting is better than failing a run


class Run(Frozen):
    """One run as the office keeps it; ``trajectory`` is None while it runs and when its process died."""

    id: str
    workflow: str
    batch: str | None = None
    row: int | None = None              # its number as the batch's file shows it
    row_key: str = ""
    occurrence: str | None = None
    started: str
    ended: str | None = None
    outcome: str | None = None
    fault: str | None = None
    sent: str | None = None
    stopped: str | None = None
    alive: bool = False                 # it has not ended and its process is still there
    trajectory: Trajectory | None = None
    verdict: Verdict | None = None
    verdict_applied: bool = False


class Judgements(Frozen):
    """How often a judge and the checks said the same of a run; ``alone`` are opinions where no check measures."""

    agreed: int = 0
    doubted_what_checks_met: int = 0
    held_what_checks_did_not: int = 0
    alone: int = 0
    unjudged: int = 0

    def with_(self, opinion: str, met: int | None, n: int) -> Self:
        """Return it with ``n`` more of one kind."""
        if opinion == "unjudged":
            return self.but(unjudged=self.unjudged + n)
        if met is None:
            return self.but(alone=self.alone + n)
        if (opinion == "holds") == bool(met):
            return self.but(agreed=self.agreed + n)
        if met:
            return self.but(doubted_what_checks_met=self.doubted_what_checks_met + n)
        return self.but(held_what_checks_did_not=self.held_what_checks_did_not + n)

    def words(self) -> str:
        """Return it as one cell of a table."""
        apart = self.doubted_what_checks_met + self.held_what_checks_did_not
        judged = self.agreed + apart
        return f"{self.agreed}/{judged} agree" if judged else f"{self.alone} alone" if self.alone else "-"


class Runs:
    """The runs of one state folder."""

    def __init__(self, shelf: Shelf, *, clock: Clock = utc_now, owner: Owner | None = None) -> None:
        self._shelf, self._clock, self._owner = shelf, clock, owner or Owner.me()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, clock: Clock = utc_now) -> AsyncIterator[Self]:
        """Open runs.db for this alone; ``Office`` opens it for everything at once."""
        async with Shelf.open(path, migrations=RUNS, durable=True, busy_ms=BUSY_MS) as shelf:
            yield cls(shelf, clock=clock)

    async def begin_run(
        self, workflow: str, *, batch: str | None = None, row: int | None = None, row_key: str = "",
        occurrence: str | None = None,
    ) -> str:
        """Write that a run begins in this process, and its row of the batch with it; return its id, which sorts by time."""
        run, now, owner = new_id(self._clock()), stamp(self._clock()), self._owner
        sql = (
            "INSERT INTO runs (id, workflow, batch, row, row_key, occurrence, started, owner_pid, owner_started,"
            " owner_token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        held = [owner.pid, owner.started, owner.token]

        def begin(db: Database) -> None:
            db.execute(sql, [run, workflow, batch, row, row_key, occurrence, now, *held])
            prove_run(db, run)
            if batch is not None and row is not None:
                batch_rows.begins(db, batch=batch, number=row, run=run, now=now)

        await self._shelf.write(begin)
        return run

    async def end_run(self, trajectory: Trajectory) -> None:
        """Keep a finished trajectory; a second time changes nothing. A run nobody announced is kept as well."""
        text, now = trajectory.model_dump_json(by_alias=True), stamp(self._clock())
        t = trajectory

        def end(db: Database) -> None:
            db.execute(
                "INSERT OR IGNORE INTO runs (id, workflow, started) VALUES (?, ?, ?)", [t.run, t.workflow, t.started]
            )
            db.execute(
                "UPDATE runs SET ended = ?, outcome = ?, fault = ?, sent = ?, stopped = ?, trajectory = ?,"
                " trajectory_hash = ? WHERE id = ? AND trajectory IS NULL",
                [now, t.outcome, t.fault, t.sent, t.stopped, text, text_hash(text), t.run],
            )
            prove_run(db, t.run)

        await self._shelf.write(end)

    async def save_verdict(self, verdict: Verdict) -> None:
        """Keep a verdict that memory has yet to take in. One that was applied is not opened again."""
        text = verdict.model_dump_json(by_alias=True)

        def save(db: Database) -> None:
            known = db.execute("SELECT 1 FROM runs WHERE id = ?", [verdict.run]).fetchone()
            if known is None:
                raise UsageInvalid(f"there is no run {verdict.run}", do="Look at `rpa runs`.", where=verdict.run)
            db.execute(
                "UPDATE runs SET verdict = ?, verdict_hash = ?, verdict_applied = 0"
                " WHERE id = ? AND verdict_applied IS NOT 1",
                [text, text_hash(text), verdict.run],
            )

        await self._shelf.write(save)

    async def used_today(self, workflow: str | None = None) -> Used:
        """Return what runs of this day (UTC) asked models for: of a workflow, its bootstraps included, or of all."""
        sql = (
            "SELECT coalesce(sum(json_extract(trajectory, '$.asked.input_tokens')"
            " + json_extract(trajectory, '$.asked.output_tokens')), 0), coalesce(sum(json_extract(trajectory, '$.asked.usd')), 0),"
            " coalesce(sum(json_extract(trajectory, '$.asked.usd') IS NULL), 0) FROM runs"
            " WHERE started >= ? AND trajectory IS NOT NULL AND json_extract(trajectory, '$.asked.calls') > 0"
            " AND (? IS NULL OR workflow IN (?, 'bootstrap:' || ?))"
        )
        values = [stamp(self._clock())[:10], workflow, workflow, workflow]
        tokens, usd, unknown = await self._shelf.read(lambda db: db.execute(sql, values).fetchone())
        return Used(tokens=int(tokens), usd=float(usd), runs_without_price=int(unknown))

    async def mark_applied(self, run: str) -> None:
        await self._do("UPDATE runs SET verdict_applied = 1 WHERE id = ? AND verdict IS NOT NULL", [run])

    async def unapplied(self) -> list[Verdict]:
        """Return the verdicts that a crash left between reflection and memory, oldest first."""
        sql = "SELECT id, verdict, verdict_hash FROM runs WHERE verdict_applied = 0 ORDER BY id"
        rows = await self._shelf.read(lambda db: list(db.query(sql)))
        return [_verdict(row) for row in rows]

    async def get(self, run: str) -> Run:
        """Return one run with its trajectory, its hash verified; raises UsageInvalid, StoreCorrupt."""
        rows = await self._shelf.read(lambda db: list(db.query("SELECT * FROM runs WHERE id = ?", [run])))
        if not rows:
            raise UsageInvalid(f"there is no run {run}", do="Look at `rpa runs`.", where=run)
        return _run(rows[0])

    async def recent(self, workflow: str | None = None, n: int = 20) -> list[Run]:
        """Return the latest runs, newest first, of one workflow or of all."""
        sql = "SELECT * FROM runs WHERE ? IS NULL OR workflow = ? ORDER BY id DESC LIMIT ?"
        rows = await self._shelf.read(lambda db: list(db.query(sql, [workflow, workflow, n])))
        return [_run(row) for row in rows]

    async def asked_a_model(self) -> set[str]:
        """Return the runs in which a model or an explorer repaired a step."""
        sql = "SELECT id FROM runs WHERE trajectory LIKE '%\"by\":\"model\"%' OR trajectory LIKE '%\"by\":\"explorer\"%'"
        return {row["id"] for row in await self._shelf.read(lambda db: list(db.query(sql)))}

    async def consumers(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return by procedure and model how many runs used it, and how many of them succeeded; "" is no model at all.

        So it can be seen whether what a strong model found serves a weaker one, or none.
        """
        sql = (
            "SELECT json_extract(trajectory, '$.procedure') AS procedure, json_extract(trajectory, '$.asked.model') AS model,"
            " count(*) AS runs, sum(outcome = 'succeeded') AS succeeded FROM runs"
            " WHERE trajectory IS NOT NULL AND json_extract(trajectory, '$.procedure') <> '' GROUP BY 1, 2"
        )
        found: dict[str, dict[str, dict[str, int]]] = {}
        for row in await self._shelf.read(lambda db: list(db.query(sql))):
            used = found.setdefault(row["procedure"], {})
            used[row["model"] or ""] = {"runs": row["runs"], "succeeded": row["succeeded"]}
        return found

    async def judgements(self) -> dict[str, Judgements]:
        """Return by procedure how often a model judged its runs, and how often the checks said the same."""
        sql = (
            "SELECT json_extract(trajectory, '$.procedure') AS procedure,"
            " json_extract(trajectory, '$.judged.opinion') AS opinion,"
            " json_extract(trajectory, '$.judged.checks_met') AS met, count(*) AS n FROM runs"
            " WHERE json_extract(trajectory, '$.judged.opinion') IS NOT NULL GROUP BY 1, 2, 3"
        )
        found: dict[str, Judgements] = {}
        for row in await self._shelf.read(lambda db: list(db.query(sql))):
            so_far = found.get(row["procedure"], Judgements())
            found[row["procedure"]] = so_far.with_(row["opinion"], row["met"], row["n"])
        return found

    async def taught(self, workflow: str | None = None, n: int = 2000) -> list[Run]:
        """Return the latest runs whose repairs taught something, or proposed it; newest first."""
        sql = (
            "SELECT * FROM runs WHERE (? IS NULL OR workflow = ?) AND"
            " (instr(verdict, '\"op\":\"add_variant\"') OR instr(verdict, '\"op\":\"learn_interruption\"'))"
            " ORDER BY id DESC LIMIT ?"
        )
        rows = await self._shelf.read(lambda db: list(db.query(sql, [workflow, workflow, n])))
        return [_run(row) for row in rows]

    async def of_occurrence(self, occurrence: str) -> list[Run]:
        """Return the runs made for one due time, oldest first."""
        sql = "SELECT * FROM runs WHERE occurrence = ? ORDER BY id"
        return [_run(row) for row in await self._shelf.read(lambda db: list(db.query(sql, [occurrence])))]

    async def of_row(self, batch: str, row: int) -> list[str]:
        """Return the ids of the runs made for one row of a batch, oldest first."""
        sql = "SELECT id FROM runs WHERE batch = ? AND row = ? ORDER BY id"
        return [str(r["id"]) for r in await self._shelf.read(lambda db: list(db.query(sql, [batch, row])))]

    async def unfinished(self) -> list[Run]:
        """Return the runs that have not ended; those not ``alive`` were cut off by a crash."""
        sql = "SELECT * FROM runs WHERE ended IS NULL ORDER BY id"
        return [_run(row) for row in await self._shelf.read(lambda db: list(db.query(sql)))]

    async def _do(self, sql: str, values: list[Any]) -> None:
        def do(db: Database) -> None:
            db.execute(sql, values)     # the cursor stays on the writer thread

        await self._shelf.write(do)

    async def damaged(self) -> list[str]:
        """Return one line for every row of runs.db that is not what was written."""
        return await self._shelf.read(damaged)


def _run(row: dict[str, Any]) -> Run:
    require_sound_run(row)
    owner = Owner.of(row)
    plain = {name: row[name] for name in Run.model_fields if name in row and name not in ("trajectory", "verdict")}
    return Run.model_validate({
        **plain,
        "verdict_applied": bool(row["verdict_applied"]),
        "alive": row["ended"] is None and owner is not None and owner.lives(),
        "trajectory": _trajectory(row),
        "verdict": _verdict(row) if row["verdict"] else None,
    })


def _trajectory(row: dict[str, Any]) -> Trajectory | None:
    if row["trajectory"] is None:
        return None
    if text_hash(row["trajectory"]) != row["trajectory_hash"]:
        raise StoreCorrupt(f"the trajectory of run {row['id']} is not what was written", where=row["id"])
    try:
        return Trajectory.model_validate_json(row["trajectory"])
    except ValidationError as e:
        raise StoreCorrupt(f"the trajectory of run {row['id']} cannot be read", where=row["id"]) from e


def _verdict(row: dict[str, Any]) -> Verdict:
    if row["verdict_hash"] and text_hash(row["verdict"]) != row["verdict_hash"]:
        raise StoreCorrupt(f"the verdict of run {row['id']} is not what was written", where=row["id"])
    try:
        return Verdict.model_validate_json(row["verdict"])
    except ValidationError as e:
        raise StoreCorrupt(f"the verdict of run {row['id']} cannot be read", where=row["id"]) from e
