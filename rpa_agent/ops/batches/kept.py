"""A batch as the office keeps it: what it was made of, who has it in hand, how it ended; every row of the table proves itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rpa_agent.domain.errors import StoreCorrupt, UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.hashes import row_hash
from rpa_agent.store.sqlite import Database

from ..process.owner import Owner

HASHED = (
    "id", "workflow", "occurrence", "environment", "input", "input_hash", "day", "again", "results", "rows", "started",
    "ended", "totals", "followed_by", "owner_pid", "owner_started", "owner_token",
)


class Batch(Frozen):
    """One occurrence or command over all its rows. ``ended`` is None while it runs and after its process died."""

    id: str
    workflow: str
    occurrence: str | None = None
    environment: str = ""               # the address it works on
    input: str = ""                     # the file as it was named
    input_hash: str = ""
    day: str = ""                       # the local date that `today` stands for in all its rows
    again: str | None = None            # why commits that were done are done once more
    results: str = ""
    rows: int = 0
    started: str = ""
    ended: str | None = None
    totals: dict[str, int] = {}
    followed_by: str | None = None      # the batch that went on with what this one left
    alive: bool = False                 # a process works on it now


def damaged(db: Database) -> list[str]:
    """Return one line for every batch that is not what was written. Those of an older format have no hash."""
    found = db.query("SELECT * FROM batches WHERE row_hash <> '' ORDER BY id")
    return [f"batch {row['id']} is not what was written" for row in found if not is_sound(row)]


def in_hands_of(owner: Owner) -> dict[str, Any]:
    return {"owner_pid": owner.pid, "owner_started": owner.started, "owner_token": owner.token}


def in_no_hands() -> dict[str, Any]:
    return {"owner_pid": None, "owner_started": None, "owner_token": None}


def write(db: Database, columns: Mapping[str, Any]) -> None:
    row = {name: columns.get(name) for name in HASHED}
    names = (*HASHED, "row_hash")
    sql = f"INSERT OR REPLACE INTO batches ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    db.execute(sql, [*row.values(), row_hash(row)])


def change(db: Database, batch: str, to: Mapping[str, Any]) -> None:
    found = list(db.query("SELECT * FROM batches WHERE id = ?", [batch]))
    if not found:
        raise UsageInvalid(f"there is no batch {batch}", do="Look at `rpa runs`.", where=batch)
    row = {name: found[0][name] for name in HASHED} | dict(to)
    sets = ", ".join(f"{name} = ?" for name in (*HASHED, "row_hash"))
    db.execute(f"UPDATE batches SET {sets} WHERE id = ?", [*row.values(), row_hash(row), batch])


def is_sound(row: Mapping[str, Any]) -> bool:
    return bool(row_hash({name: row[name] for name in HASHED}) == row["row_hash"])


def read(row: Mapping[str, Any]) -> Batch:
    if row["row_hash"] and not is_sound(row):
        do = "Run `rpa verify`, then restore a backup with `rpa restore FILE`."
        raise StoreCorrupt(f"batch {row['id']} is not what was written; nothing was begun", do=do, where=row["id"])
    plain = {name: row[name] for name in Batch.model_fields if name in row and name != "totals"}
    owner = Owner.of(dict(row))
    alive = row["ended"] is None and owner is not None and owner.lives()
    return Batch.model_validate({**plain, "alive": alive, "totals": json.loads(row["totals"] or "{}")})
