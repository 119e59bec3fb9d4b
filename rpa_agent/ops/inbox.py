"""Everything that waits for a person, one open item per run, and how it was decided, by whom and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database, Shelf

from . import ledger
from .clock import Clock, new_id, stamp, utc_now

How = Literal["done_by_hand", "retry", "skip", "cancel", "taught", "asked"]


class Item(Frozen):
    """One thing that waits, or waited. ``candidates`` are elements in words a person may choose from."""

    id: str
    run: str
    workflow: str
    reason: str
    fault: str | None = None
    artifacts: str = ""
    candidates: tuple[str, ...] = ()
    added: str
    resolved: str | None = None
    how: How | None = None
    who: str | None = None
    because: str | None = None


class Inbox:
    """The inbox of one state folder."""

    def __init__(self, shelf: Shelf, *, clock: Clock = utc_now) -> None:
        self._shelf, self._clock = shelf, clock

    async def add(
        self, run: str, workflow: str, reason: str, *,
        fault: str | None = None, artifacts: str = "", candidates: Sequence[str] = (),
    ) -> str:
        """Put a run before a person; return the item's id. A run that waits already keeps its item, renewed."""
        now, found = self._clock(), tuple(candidates)
        item = Item(
            id=new_id(now), run=run, workflow=workflow, reason=reason, fault=fault, artifacts=artifacts,
            candidates=found, added=stamp(now),
        )
        return await self._shelf.write(lambda db: put(db, item))

    async def items(self, *, workflow: str | None = None, resolved: bool = False) -> list[Item]:
        """Return what waits, oldest first; with ``resolved`` what was decided instead, latest first."""
        order = "resolved IS NOT NULL ORDER BY resolved DESC" if resolved else "resolved IS NULL ORDER BY id"
        sql = f"SELECT * FROM inbox WHERE (? IS NULL OR workflow = ?) AND {order}"
        return [_item(row) for row in await self._shelf.read(lambda db: list(db.query(sql, [workflow, workflow])))]

    async def of_run(self, run: str) -> Item | None:
        """Return the open item of a run, else its latest one."""
        sql = "SELECT * FROM inbox WHERE run = ? ORDER BY resolved IS NOT NULL, id DESC LIMIT 1"
        rows = await self._shelf.read(lambda db: list(db.query(sql, [run])))
        return _item(rows[0]) if rows else None

    async def resolve(self, item: str, *, how: How, who: str, reason: str) -> Item:
        """Close an item, named by its own id or its run's; raises UsageInvalid when that cannot be."""
        now = self._clock()
        return await self._shelf.write(lambda db: close(db, item, how=how, who=who, reason=reason, now=now))


def put(db: Database, item: Item) -> str:
    """Add an item inside somebody's transaction; return the id under which its run waits."""
    values = [item.reason, item.fault, item.artifacts, json.dumps(item.candidates), item.run]
    sql = "UPDATE inbox SET reason = ?, fault = ?, artifacts = ?, candidates = ? WHERE run = ? AND resolved IS NULL"
    if db.execute(sql, values).rowcount:
        return str(db.execute("SELECT id FROM inbox WHERE run = ? AND resolved IS NULL", [item.run]).fetchone()[0])
    db.execute(
        "INSERT INTO inbox (reason, fault, artifacts, candidates, run, id, workflow, added)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [*values, item.id, item.workflow, item.added],
    )
    return item.id


def close(db: Database, item: str, *, how: How, who: str, reason: str, now: datetime) -> Item:
    """Close an item inside somebody's transaction."""
    if how not in get_args(How):
        raise UsageInvalid(f"{how!r} is no decision (known: {', '.join(get_args(How))})")
    if not reason.strip() or not who.strip():
        raise UsageInvalid("a decision needs who made it and why", do="Write --reason TEXT.")
    sql = "SELECT * FROM inbox WHERE id = ? OR run = ? ORDER BY resolved IS NOT NULL, id DESC"
    rows = list(db.query(sql, [item, item]))
    if not rows:
        raise UsageInvalid(f"nothing waits under {item}", do="Look at `rpa inbox`.", where=item)
    found = _item(rows[0])
    if found.resolved is not None:
        done, when = (found.how or "").replace("_", " "), found.resolved[:19].replace("T", " ")
        raise UsageInvalid(
            f"{item} was decided already: {done} by {found.who} at {when} UTC ({found.because}); nothing was changed",
            do=f"That stands. `rpa show {found.run}` tells what became of it.", where=item,
        )  # fmt: skip
    values = [stamp(now), how, who, reason, found.id]
    db.execute("UPDATE inbox SET resolved = ?, how = ?, who = ?, because = ? WHERE id = ?", values)
    ledger.write(
        db, "decided", at=stamp(now), who=who, about=found.run, workflow=found.workflow, detail={"how": how, "because": reason}
    )
    return found.but(resolved=stamp(now), how=how, who=who, because=reason)


def _item(row: dict[str, Any]) -> Item:
    return Item.model_validate({**row, "candidates": json.loads(row["candidates"])})
