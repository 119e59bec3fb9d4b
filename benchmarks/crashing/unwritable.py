"""A disk that is full, or a database that another process holds, from a point of a run on: nothing may leave unjournaled."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from rpa_agent.domain.points import OF_A_RUN, Point

from .lane import Ended, Lane
from .trials import Outcome, Trial, brought_to_an_end, judged

Kind = Literal["disk full", "locked for a second", "locked until it ends"]
HELD: tuple[tuple[Point, str], ...] = (
    ("arming", "runs.db"), ("sending", "runs.db"), ("judged", "memory.db"), ("settling", "runs.db"),
)  # fmt: skip
_PAGE = 4096 + 24  # what one more page takes in SQLite's write-ahead log


@dataclass(frozen=True)
class Trouble:
    """What is wrong from ``point`` on; a disk takes ``pages`` more pages before it is full."""

    kind: Kind
    point: Point
    pages: int = 0
    file: str = "runs.db"


def planned(*, pages: int, briefly: int, long: int) -> Iterator[Trouble]:
    """Yield a full disk at every point with 0, 1, … pages left, and locks: some short, some longer than anybody waits."""
    points = [p for p in OF_A_RUN if p not in {"recovered", "told"}]
    yield from [Trouble("locked until it ends", point, file=file) for point, file in HELD][:long]  # minutes each: first
    for left in range(pages):
        yield from (Trouble("disk full", point, left) for point in points)
    yield from (Trouble("locked for a second", points[n % len(points)]) for n in range(briefly))


def done(lane: Lane, trouble: Trouble) -> list[Outcome]:
    """Do one run in trouble, and then what is left when the trouble is over."""
    number = lane.number()
    first = lane.run(number, env={"RPA_CRASH_AT": f"{trouble.point}:1:stop"})
    if first.stopped is None:
        return [judged(lane, Trial(trouble.kind, "plain"), number, first)]
    if trouble.kind == "disk full":
        wal = lane.state / f"{trouble.file}-wal"
        limit = (wal.stat().st_size if trouble.pages and wal.exists() else 1) + _PAGE * trouble.pages
        resource.prlimit(first.stopped, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        ended = lane.resume(first.stopped)
    else:
        ended = _locked(lane, trouble, first.stopped)
    effects = lane.entered().get(number, 0)
    if effects and not _journaled(lane, number):
        return [Outcome(Trial(trouble.kind, "plain"), number, 2, False, False, why="it left without a word in the journal")]
    last = brought_to_an_end(lane, number)
    return [judged(lane, Trial(trouble.kind, "plain"), number, last, [f"{trouble.point}: exit {ended.code}"])]


def _locked(lane: Lane, trouble: Trouble, pid: int) -> Ended:
    with closing(sqlite3.connect(lane.state / trouble.file, isolation_level=None, check_same_thread=False)) as db:
        db.execute("BEGIN IMMEDIATE")
        release = threading.Timer(1.0, db.execute, ["ROLLBACK"])
        if trouble.kind == "locked for a second":
            release.start()
        ended = lane.resume(pid)
        if trouble.kind == "locked for a second":
            release.join()
        else:
            db.execute("ROLLBACK")
        return ended


def _journaled(lane: Lane, number: str) -> bool:
    """Tell whether the journal says of an invoice that it was sent."""
    sql = "SELECT state FROM journal WHERE facts LIKE ?"
    return any(state in {"sent", "confirmed", "ambiguous"} for (state,) in lane.rows(sql, [f'%"{number}"%']))
