"""What each procedure has done so far, and how that went over time: from the uses that were credited."""

from __future__ import annotations

import json

from ..domain.frozen import Frozen
from ..store.sqlite import Database
from .procedures import Memory
from .rows import Row, rows


class Day(Frozen):
    """One day of a procedure: runs, those that succeeded, and those of them that needed a repair."""

    day: str
    runs: int = 0
    succeeded: int = 0
    repaired: int = 0


class Stats(Frozen):
    """What a procedure has done, in all its versions. ``version`` and ``status`` are of the one in use."""

    id: str
    workflow: str
    site: str
    status: str
    version: int
    steps: int
    uses: int = 0
    succeeded: int = 0
    repaired: int = 0               # of those that succeeded
    own_faults: int = 0
    value: float = 0.5              # expected success
    last_verified: str = ""         # day on which all checks were last met
    days: tuple[Day, ...] = ()
    runs: tuple[str, ...] = ()
    runs_succeeded: tuple[str, ...] = ()


async def statistics(memory: Memory) -> list[Stats]:
    """Return what every procedure has done, by site and workflow; those whose versions are all retired too."""
    return await memory.shelf.read(lambda db: [_stats(db, row) for row in rows(db, _IN_USE)])


def _stats(db: Database, row: Row) -> Stats:
    uses = rows(db, "SELECT * FROM uses WHERE procedure = ? AND part = 'ran' ORDER BY id", [row["id"]])
    good = [u for u in uses if u["outcome"] == "succeeded"]
    faults = sum(bool(u["own_fault"]) and u["outcome"] != "succeeded" for u in uses)
    days: dict[str, Day] = {}
    for use in uses:
        day = use["day"] or use["at"][:10]
        so_far = days.get(day, Day(day=day))
        met = use["outcome"] == "succeeded"
        days[day] = so_far.but(
            runs=so_far.runs + 1, succeeded=so_far.succeeded + met, repaired=so_far.repaired + (met and not use["clean"])
        )
    return Stats(
        id=row["id"], workflow=row["workflow"], site=row["site"], status=row["status"], version=row["number"],
        steps=len(json.loads(row["document"])["steps"]), uses=len(uses), succeeded=len(good),
        repaired=sum(not u["clean"] for u in good), own_faults=faults,
        value=round((len(good) + 1) / (len(good) + faults + 2), 4), last_verified=max((u["day"] for u in good), default=""),
        days=tuple(days[d] for d in sorted(days)), runs=tuple(u["run"] for u in uses),
        runs_succeeded=tuple(u["run"] for u in good),
    )


_IN_USE = """
SELECT p.id, p.workflow, p.site, v.status, v.number, v.document FROM procedures p
JOIN versions v ON v.procedure = p.id AND v.number = coalesce(
    (SELECT number FROM versions a WHERE a.procedure = p.id AND a.status = 'active'),
    (SELECT max(number) FROM versions a WHERE a.procedure = p.id AND a.status <> 'retired'),
    (SELECT max(number) FROM versions a WHERE a.procedure = p.id))
ORDER BY p.site, p.workflow, p.id
"""
