"""One row of a batch as the office keeps it: what it was given, how far it is, what became of it; every row proves itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from rpa_agent.domain.errors import StoreCorrupt
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.result import exit_code_of
from rpa_agent.store.hashes import row_hash
from rpa_agent.store.sqlite import Database

State = Literal["pending", "running", "succeeded", "exception", "parked", "failed", "cancelled"]

DONE: frozenset[State] = frozenset({"succeeded", "exception", "cancelled"})     # nothing is left to do
_PLAIN = ("batch", "number", "key", "state", "outcome", "fault", "sent", "reason", "run", "attempts", "tries", "due", "changed")
_JSON = ("given", "outputs")
HASHED = (*_PLAIN, *_JSON)


class BatchRow(Frozen):
    """One row. ``attempts`` counts runs begun, ``tries`` technical faults in a row, ``due`` is when it may run again."""

    batch: str
    number: int
    key: str
    given: dict[str, str]
    state: State = "pending"
    outcome: str | None = None
    fault: str | None = None
    sent: str | None = None
    reason: str = ""
    outputs: dict[str, Any] = {}
    run: str = ""
    attempts: int = 0
    tries: int = 0
    due: str | None = None
    changed: str = ""

    def code(self) -> int | None:
        """Return the exit code of what became of the row; None while nothing did. One that was left out is not done."""
        if self.state in ("pending", "running"):
            return 1 if self.outcome == "cancelled" else None  # left out for this time
        if self.state == "parked":
            return 4
        if self.state == "cancelled" or self.outcome is None:
            return 0 if self.state in DONE else 1
        return exit_code_of(self.outcome, fault=self.fault, sent=self.sent)

    def counted_as(self) -> str:
        """Return the name under which totals count it."""
        if self.state in ("pending", "running"):
            return "not_begun" if not self.attempts else "pending"
        return self.outcome or self.state


def totals(rows: Iterable[BatchRow]) -> dict[str, int]:
    """Return how many rows came to which end."""
    return dict(Counter(row.counted_as() for row in rows))


def put(db: Database, row: BatchRow) -> None:
    """Write a row as it is now, with the hash that proves it."""
    put_all(db, (row,))


def put_all(db: Database, rows: Iterable[BatchRow]) -> None:
    """Write many rows at once."""
    names = (*HASHED, "row_hash")
    sql = f"INSERT OR REPLACE INTO batch_rows ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    db.conn.executemany(sql, (_columns(row) for row in rows))


def _columns(row: BatchRow) -> list[Any]:
    plain = row.model_dump(include=set(_PLAIN))
    texts = {name: json.dumps(getattr(row, name), ensure_ascii=False, default=str) for name in _JSON}
    columns = {**plain, **texts}
    return [*(columns[name] for name in HASHED), row_hash(columns)]


def fetch(db: Database, batch: str) -> list[BatchRow]:
    """Return the rows of a batch in the order of their file; raises StoreCorrupt for one that is not what was written."""
    return [_read(row) for row in db.query("SELECT * FROM batch_rows WHERE batch = ? ORDER BY number", [batch])]


def fetch_one(db: Database, batch: str, number: int) -> BatchRow | None:
    sql = "SELECT * FROM batch_rows WHERE batch = ? AND number = ?"
    return next((_read(row) for row in db.query(sql, [batch, number])), None)


def _read(row: Mapping[str, Any]) -> BatchRow:
    if not is_sound(row):
        raise StoreCorrupt(
            f"{_named(row)} is not what was written; nothing was begun",
            do="Run `rpa verify`, then restore a backup with `rpa restore FILE`.", where=str(row["batch"]),
        )
    texts = {name: json.loads(row[name]) for name in _JSON}
    return BatchRow.model_validate({**{name: row[name] for name in _PLAIN}, **texts})


def is_sound(row: Mapping[str, Any]) -> bool:
    """Tell whether a row of the table is exactly what was written."""
    return bool(row_hash({name: row[name] for name in HASHED}) == row["row_hash"])


def damaged(db: Database) -> Iterator[str]:
    """Yield one line for every row that is not what was written."""
    for row in db.query("SELECT * FROM batch_rows ORDER BY batch, number"):
        if not is_sound(row):
            yield f"{_named(row)} is not what was written"


def _named(row: Mapping[str, Any]) -> str:
    return f"row {row['number']} of batch {row['batch']}"


def begins(db: Database, *, batch: str, number: int, run: str, now: str) -> None:
    """Write that a row's run begins, in the transaction that begins the run."""
    row = fetch_one(db, batch, number)
    if row is not None:
        put(db, row.but(state="running", run=run, attempts=row.attempts + 1, due=None, changed=now))
