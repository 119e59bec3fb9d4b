"""Hashes that prove the rows of runs.db: what was sent, what each row of a batch came to, what every run did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rpa_agent.domain.errors import StoreCorrupt
from rpa_agent.store.hashes import row_hash
from rpa_agent.store.sqlite import Database

from . import ledger

JOURNAL = (
    "key", "generation", "epoch", "name", "run", "state", "again", "receipt", "changed", "owner_pid", "owner_started",
    "owner_token",
)
FACTS = ("key", "generation", "origin", "workflow", "facts")
HISTORY = ("key", "generation", "epoch", "state", "run", "at", "note")
RUN = (
    "id", "workflow", "batch", "row", "row_key", "occurrence", "started", "ended", "outcome", "fault", "sent", "stopped",
    "trajectory_hash", "owner_pid", "owner_started", "owner_token",
)
_TOLD = ("outcome", "fault", "sent", "stopped")     # columns that repeat what the trajectory says


def put(db: Database, table: str, columns: Mapping[str, Any], *, by: tuple[str, ...] = ()) -> None:
    """Insert a row with the hash that proves it; where one is known ``by`` these columns, write over the others."""
    names = (*columns, "row_hash")
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    if by:
        changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in by)
        sql += f" ON CONFLICT ({', '.join(by)}) DO UPDATE SET {changed}"
    db.execute(sql, [*columns.values(), row_hash(columns)])


def is_sound(row: Mapping[str, Any], columns: tuple[str, ...], proof: str = "row_hash") -> bool:
    """Tell whether a row is exactly what was written; a value of a kind that nobody writes, as bytes, is not, and a column
    whose name was hit neither."""
    try:
        return bool(row_hash({name: row[name] for name in columns}) == row[proof])
    except (TypeError, ValueError, KeyError):
        return False


def hash_run(db: Database, run: str) -> str:
    """Write the hash of a run as it stands now, and return it."""
    proof = ""
    for row in db.query("SELECT * FROM runs WHERE id = ?", [run]):
        proof = row_hash({name: row[name] for name in RUN})
        db.execute("UPDATE runs SET row_hash = ? WHERE id = ?", [proof, run])
    return proof


def prove_run(db: Database, run: str) -> None:
    """Write the hash of a run as it stands now, and tell the ledger, in the transaction that wrote it."""
    proof = hash_run(db, run)
    sql = (
        "SELECT started, ended, workflow, occurrence, batch, outcome, sent, json_extract(trajectory, '$.procedure') AS procedure,"
        " json_extract(trajectory, '$.version') AS version FROM runs WHERE id = ?"
    )
    for row in db.query(sql, [run]):
        detail = {name: row[name] for name in ("outcome", "sent", "procedure", "version", "batch", "occurrence") if row[name]}
        who = ledger.SCHEDULE if row["occurrence"] else ledger.me()
        ledger.write(
            db, "ended" if row["ended"] else "begun", at=row["ended"] or row["started"], who=who, about=run,
            workflow=row["workflow"], detail={**detail, "proof": proof},
        )


def put_entry(db: Database, columns: Mapping[str, Any], *, carried: bool = False) -> None:
    """Write an entry of the journal over what is known under its key and generation, and tell the ledger."""
    put(db, "journal", columns, by=("key", "generation"))
    who, workflow = ledger.of_run(db, columns["run"])
    detail = {
        "commit": columns["name"], "entry": ledger.entry_of(columns), "again": columns["again"], "proof": row_hash(columns),
        "carried": carried or None,
    }  # fmt: skip
    ledger.write(db, columns["state"], at=columns["changed"], who=who, about=columns["run"], workflow=workflow, detail=detail)


def require_sound_run(row: Mapping[str, Any]) -> None:
    """Raise StoreCorrupt where what became of a run is not what was written: whether it sent anything is not known then."""
    if not is_sound(row, RUN):
        do = "Run `rpa verify`, then restore a backup with `rpa restore FILE`."
        raise StoreCorrupt(f"run {row['id']} of {row['workflow']} is not what was written", do=do, where=row["id"])


def text_hash(text: str) -> str:
    """Return the hash of one long text, as a trajectory's."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def damaged(db: Database) -> list[str]:
    """Return one line for every row that is not what was written, and what it is about; empty means all is well."""
    from . import facts
    from .batches import kept, rows

    own = [*_runs(db), *_journal(db), *facts.damaged(db), *kept.damaged(db), *rows.damaged(db)]
    return [*own, *ledger.damaged(db)]


def _journal(db: Database) -> Iterator[str]:
    known = set()
    for row in db.query("SELECT * FROM journal ORDER BY key, generation"):
        known.add(row["key"])
        if not is_sound(row, JOURNAL):
            yield f"journal entry {row['key']} (commit {row['name']} of run {row['run']}) is not what was written"
        if row["facts"] is not None and not is_sound(row, FACTS, "facts_hash"):
            yield f"the facts of journal entry {row['key']} (commit {row['name']}) are not what was written"
    for row in db.query("SELECT * FROM journal_history ORDER BY id"):
        if not is_sound(row, HISTORY):
            yield f"journal history {row['id']} (commit {row['key']}) is not what was written"
        elif row["key"] not in known:
            yield f"journal entry {row['key']} of run {row['run']} is missing"


def _runs(db: Database) -> Iterator[str]:
    for row in db.query("SELECT * FROM runs ORDER BY id"):
        if not is_sound(row, RUN):
            yield f"run {row['id']} is not what was written"
        if row["trajectory"] is not None:
            if text_hash(row["trajectory"]) != row["trajectory_hash"]:
                yield f"the trajectory of run {row['id']} is not what was written"
            elif changed := _untrue(row):
                yield f"run {row['id']} does not say what its trajectory says: {', '.join(changed)}"
        if row["verdict"] is not None and row["verdict_hash"] and text_hash(row["verdict"]) != row["verdict_hash"]:
            yield f"the verdict of run {row['id']} is not what was written"


def _untrue(row: Mapping[str, Any]) -> list[str]:
    said = json.loads(row["trajectory"])
    wrong = [name for name in _TOLD if row[name] != said.get(name)]
    return wrong + ([] if (row["id"], row["workflow"]) == (said["run"], said["workflow"]) else ["id"])
