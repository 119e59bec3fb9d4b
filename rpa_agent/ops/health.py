"""How the office is: whether its service looks when it should, and figures for who watches many of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rpa_agent.store.sqlite import Database, Shelf

from .clock import Clock, new_id, stamp

STALE = timedelta(seconds=60)       # a look is due every ten seconds; later than this something hangs


@dataclass
class Pulse:
    """When the service last looked and all was well; None before its first look."""

    clock: Clock
    looked_at: datetime | None = None
    ending: Callable[[], bool] = lambda: False      # whether it was asked to end

    def looked(self) -> None:
        self.looked_at = self.clock()

    def ready(self) -> bool:
        """Tell whether the service takes work: it has looked not long ago, and was not asked to end."""
        return not self.ending() and self.looked_at is not None and self.clock() - self.looked_at < STALE

    def alive(self) -> bool:
        """Tell whether it need not be started anew: it is still starting, or it looks."""
        return self.looked_at is None or self.clock() - self.looked_at < 10 * STALE


@dataclass(frozen=True)
class Figures:
    """Counts of runs.db. ``runs`` by workflow and outcome, ``occurrences`` by workflow and state, ``repaired`` by workflow,
    of the last 24 hours."""

    runs: dict[tuple[str, str], int]
    occurrences: dict[tuple[str, str], int]
    repaired: dict[str, int]
    waiting: int
    unsent: int
    paused: int
    oldest_due_s: float


async def figures(shelf: Shelf, *, now: datetime) -> Figures:
    """Return the figures of an office."""
    return await shelf.read(lambda db: _figures(db, now))


def _figures(db: Database, now: datetime) -> Figures:
    runs = db.execute("SELECT workflow, coalesce(outcome, 'running'), count(*) FROM runs GROUP BY 1, 2").fetchall()
    due = db.execute("SELECT workflow, state, count(*) FROM occurrences GROUP BY 1, 2").fetchall()
    sql = "SELECT workflow, count(*) FROM runs WHERE id >= ? AND trajectory LIKE '%\"status\":\"repaired\"%' GROUP BY 1"
    yesterday = new_id(now - timedelta(days=1))     # ids sort by time; the trajectories of a year are too much for each look
    (oldest,) = db.execute("SELECT min(start_at) FROM occurrences WHERE state = 'due' AND start_at <= ?", [stamp(now)]).fetchone()
    return Figures(
        runs={(w, o): n for w, o, n in runs}, occurrences={(w, s): n for w, s, n in due},
        repaired=Counter(dict(db.execute(sql, [yesterday]).fetchall())), waiting=_count(db, "inbox WHERE resolved IS NULL"),
        unsent=_count(db, "notices WHERE sent IS NULL"), paused=_count(db, "pauses WHERE resumed IS NULL"),
        oldest_due_s=max(0.0, (now - datetime.fromisoformat(oldest)).total_seconds()) if oldest else 0.0,
    )


def _count(db: Database, what: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # ours alone


def as_metrics(found: Figures, pulse: Pulse) -> str:
    """Return figures in the text format of Prometheus. They are read from runs.db, so a restart resets none."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=registry)

    runs = gauge("rpa_runs", "Runs by outcome", "workflow", "outcome")
    for (workflow, outcome), n in found.runs.items():
        runs.labels(workflow, outcome).set(n)
    due = gauge("rpa_occurrences", "Due times by state", "workflow", "state")
    for (workflow, state), n in found.occurrences.items():
        due.labels(workflow, state).set(n)
    repaired = gauge("rpa_runs_repaired_last_day", "Runs of the last 24 hours with at least one repaired step", "workflow")
    for workflow, n in found.repaired.items():
        repaired.labels(workflow).set(n)
    gauge("rpa_inbox_open", "What waits for a person").set(found.waiting)
    gauge("rpa_notices_unsent", "Notices that have not arrived yet").set(found.unsent)
    gauge("rpa_paused", "Paused workflows").set(found.paused)
    gauge("rpa_oldest_due_seconds", "How long what waits longest has been due").set(found.oldest_due_s)
    looked = pulse.looked_at.timestamp() if pulse.looked_at else 0
    gauge("rpa_last_look_timestamp_seconds", "When the service last looked at what is due").set(looked)
    gauge("rpa_ready", "Whether the service takes work").set(int(pulse.ready()))
    return generate_latest(registry).decode()
