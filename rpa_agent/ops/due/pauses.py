"""Workflows that nobody wants to run for a while: by a person, or by the office after the same fault again and again."""

from __future__ import annotations

from datetime import datetime

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database

from .. import ledger
from ..clock import stamp


class Pause(Frozen):
    """Who paused a workflow's schedule, why, and since when (UTC)."""

    workflow: str
    who: str
    because: str
    since: str

    def words(self) -> str:
        return f"paused by {self.who}: {self.because}"


def pause(db: Database, workflow: str, *, who: str, because: str, now: datetime) -> bool:
    """Pause a workflow's schedule; False where it is paused already, and stays as it was."""
    if not who.strip() or not because.strip():
        raise UsageInvalid("a pause needs who made it and why", do="Write --reason TEXT.")
    sql = (
        "INSERT INTO pauses (workflow, who, because, since) VALUES (?, ?, ?, ?) ON CONFLICT (workflow) DO UPDATE"
        " SET who = excluded.who, because = excluded.because, since = excluded.since, resumed = NULL"
        " WHERE resumed IS NOT NULL"
    )
    done = bool(db.execute(sql, [workflow, who, because, stamp(now)]).rowcount)
    if done:
        ledger.write(db, "paused", at=stamp(now), who=who, about=workflow, workflow=workflow, detail={"because": because})
    return done


def resume(db: Database, workflow: str, *, who: str, now: datetime) -> bool:
    """Let a workflow's schedule go on; False where it was not paused."""
    sql = "UPDATE pauses SET resumed = ? WHERE workflow = ? AND resumed IS NULL"
    done = bool(db.execute(sql, [stamp(now), workflow]).rowcount)
    if done:
        ledger.write(db, "resumed", at=stamp(now), who=who, about=workflow, workflow=workflow)
    return done


def paused(db: Database) -> dict[str, Pause]:
    """Return what is paused, by workflow."""
    sql = "SELECT workflow, who, because, since FROM pauses WHERE resumed IS NULL ORDER BY workflow"
    return {row["workflow"]: Pause.model_validate(row) for row in db.query(sql)}


def break_circuit(db: Database, workflow: str, *, times: int, now: datetime) -> Pause | None:
    """Pause a workflow whose last ``times`` due times failed with one and the same fault since it was last resumed."""
    sql = (
        "SELECT o.outcome, (SELECT fault FROM runs WHERE occurrence = o.id ORDER BY id DESC LIMIT 1) AS fault"
        " FROM occurrences o WHERE o.workflow = ? AND o.state = 'done'"
        " AND o.changed > coalesce((SELECT resumed FROM pauses WHERE workflow = o.workflow), '')"
        " ORDER BY o.changed DESC, o.id DESC LIMIT ?"
    )
    last = [(row["outcome"], row["fault"]) for row in db.query(sql, [workflow, times])]
    if len(last) < times or len(set(last)) != 1 or last[0][0] != "failed":
        return None
    fault = str(last[0][1] or "unknown")
    if not pause(db, workflow, who=ledger.OFFICE, because=f"it failed {times} times in a row ({fault})", now=now):
        return None
    return paused(db)[workflow]
