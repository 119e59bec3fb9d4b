"""Workflows that nobody wants to run for a while: by a person, or by the office after the same fault again and again."""

from __future__ import annotations

from datetime import datetime

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database

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
    sql = "INSERT OR IGNORE INTO pauses (workflow, who, because, since) VALUES (?, ?, ?, ?)"
    return bool(db.execute(sql, [workflow, who, because, stamp(now)]).rowcount)


def resume(db: Database, workflow: str) -> bool:
    """Let a workflow's schedule go on; False where it was not paused."""
    return bool(db.execute("DELETE FROM pauses WHERE workflow = ?", [workflow]).rowcount)


def paused(db: Database) -> dict[str, Pause]:
    """Return what is paused, by workflow."""
    return {row["workflow"]: Pause.model_validate(row) for row in db.query("SELECT * FROM pauses ORDER BY workflow")}
