"""What a restore must not lose: commits that were journaled after the backup was made are carried into what is restored.

A restored journal that does not know them would let them be sent a second time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from rpa_agent.domain.errors import RpaAgentError
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.backup import reader
from rpa_agent.store.files import door
from rpa_agent.store.sqlite import Database

from . import facts, inbox, proofs
from .clock import new_id, stamp
from .proofs import FACTS, HISTORY, JOURNAL

_WORKFLOW = "restore"


class Carried(Frozen):
    """What was carried. ``lost`` says that the former file could not be read in whole, so that commits may be missing."""

    entries: int = 0
    lost: str = ""


def carry_journal(former: Path, restored: Path) -> Carried:
    """Write what the former runs.db knows of commits, and the restored one does not, into the restored one."""
    if not former.exists():
        return Carried()
    entries, history, lost = _read(former)
    with door(restored), closing(sqlite3.connect(restored, isolation_level=None)) as conn:
        db = Database(conn)
        conn.execute("BEGIN IMMEDIATE")
        known = {(r["key"], r["generation"]): r["changed"] for r in db.query("SELECT * FROM journal")}
        newer = [e for e in entries if known.get((e["key"], e["generation"]), "") < e["changed"]]
        for entry in newer:
            proofs.put_entry(db, {name: entry[name] for name in JOURNAL}, carried=True)
            if entry.get("facts"):
                facts.keep(db, entry["key"], entry["generation"], facts.Facts.model_validate_json(entry["facts"]))
        lines = {_line(row) for row in db.query("SELECT * FROM journal_history")}
        for line in history:
            if _line(line) not in lines:
                proofs.put(db, "journal_history", {name: line[name] for name in HISTORY})
        conn.execute("COMMIT")
    return Carried(entries=len(newer), lost=lost)


def tell_loss(restored: Path, *, made: str, why: str, now: datetime) -> None:
    """Put before a person that commits since a backup may be missing in the restored journal."""
    look = "Look at the site for what was sent since then before you run again."
    reason = f"runs.db was restored from a backup of {made}; {why}. {look}"
    item = inbox.Item(id=new_id(now), run=f"restored-{new_id(now)}", workflow=_WORKFLOW, reason=reason, added=stamp(now))
    with door(restored), closing(sqlite3.connect(restored, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        inbox.put(Database(conn), item)
        conn.execute("COMMIT")


def _read(former: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
    try:
        with door(former), closing(reader(former)) as conn:
            db = Database(conn)
            entries, history = (list(db.query(f"SELECT * FROM {table}")) for table in ("journal", "journal_history"))
    except RpaAgentError as e:
        return [], [], f"the former one could not be read ({e.message})"
    sound = [e for e in entries if "row_hash" not in e or _whole(e)]
    told = [line for line in history if "row_hash" not in line or proofs.is_sound(line, HISTORY)]
    bad = len(entries) - len(sound)
    return sound, told, f"{bad} entries of the former journal were damaged" if bad else ""


def _whole(entry: Mapping[str, Any]) -> bool:
    return proofs.is_sound(entry, JOURNAL) and (entry["facts"] is None or proofs.is_sound(entry, FACTS, "facts_hash"))


def _line(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in HISTORY)
