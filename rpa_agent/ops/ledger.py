"""The ledger: who did what, when, and with which version; each line proves the one before it, and none is ever changed.

It is added to in the very transaction that does what it tells. It holds names, ids and reasons, no values of records.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.hashes import row_hash
from rpa_agent.store.sqlite import Database, Shelf

SCHEDULE, OFFICE = "schedule", "rpa"     # who begins what is due, and who does what nobody asked for
_LINE = ("seq", "at", "who", "what", "about", "workflow", "detail", "before")
JOURNALED = ("planned", "armed", "sent", "confirmed", "ambiguous", "not_done")
_NAMED = 20         # of what is missing so many are named one by one


class Line(Frozen):
    """One line. ``about`` is the run, batch, account or workflow; ``detail`` the version, the outcome, a reason."""

    seq: int
    at: str
    who: str
    what: str
    about: str
    workflow: str = ""
    detail: dict[str, Any] = {}
    hash: str


class Ledger:
    """The ledger of one state folder, to be read."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def lines(self, about: str | None = None, n: int = 50) -> list[Line]:
        """Return the latest lines, newest first, of all or of one thing."""
        sql = "SELECT * FROM ledger WHERE ? IS NULL OR about = ? OR workflow = ? ORDER BY seq DESC LIMIT ?"
        rows = await self._shelf.read(lambda db: list(db.query(sql, [about, about, about, n])))
        return [_line(row) for row in rows]


def write(
    db: Database, what: str, *, at: str, who: str, about: str, workflow: str = "", detail: Mapping[str, Any] | None = None
) -> None:
    """Add a line inside somebody's transaction. ``detail`` leaves out what is None."""
    last = db.execute("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchone() or (0, "")
    told = {name: value for name, value in (detail or {}).items() if value is not None}
    line = {
        "seq": last[0] + 1, "at": at, "who": who, "what": what, "about": about, "workflow": workflow,
        "detail": json.dumps(told, ensure_ascii=False, sort_keys=True), "before": last[1],
    }  # fmt: skip
    names = ", ".join((*_LINE, "hash"))
    db.execute(f"INSERT INTO ledger ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*line.values(), row_hash(line)])


def me() -> str:
    """Return the user whose process this is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"       # a container's user may have no name


def of_run(db: Database, run: str) -> tuple[str, str]:
    """Return who began a run, and its workflow."""
    found = db.execute("SELECT occurrence, workflow FROM runs WHERE id = ?", [run]).fetchone()
    return (me(), "") if found is None else (SCHEDULE if found[0] else me(), str(found[1]))


def head(db: Database) -> str:
    """Return the hash of the last line, which proves all before it; nothing where there is none."""
    found = db.execute("SELECT hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    return str(found[0]) if found else ""


def holds(db: Database, hash_: str) -> bool:
    """Tell whether a hash that was noted earlier is still that of a line."""
    return db.execute("SELECT 1 FROM ledger WHERE hash = ?", [hash_]).fetchone() is not None


def damaged(db: Database) -> Iterator[str]:
    """Yield one line for each that was changed, removed or put in, and for what the ledger tells and runs.db has not."""
    yield from _chain(db)
    yield from _runs(db)
    yield from _commits(db)


def _chain(db: Database) -> Iterator[str]:
    expected, before, broken = 1, "", False
    for row in db.query("SELECT * FROM ledger ORDER BY seq"):
        called = f"line {row['seq']} of the ledger ({row['what']} {row['about']})"
        if row["seq"] != expected:
            gone = f"line {expected}" if row["seq"] == expected + 1 else f"lines {expected} to {row['seq'] - 1}"
            yield f"{gone} of the ledger {'is' if row['seq'] == expected + 1 else 'are'} missing"
        if not _is_sound(row):
            yield f"{called} is not what was written"
        elif row["seq"] == expected and row["before"] != before and not broken:
            yield f"{called} does not follow the line before it: one was put in or removed there"
        broken = not _is_sound(row)     # the next one proves what this one was
        expected, before = row["seq"] + 1, row["hash"]


def _is_sound(row: Mapping[str, Any]) -> bool:
    try:
        return bool(row_hash({name: row[name] for name in _LINE}) == row["hash"])
    except (TypeError, ValueError):
        return False


def _runs(db: Database) -> Iterator[str]:
    """What became of a run is told here as well: one that is gone, or was written anew together with its hash, shows."""
    told = _last(db, ("begun", "ended", "removed"))
    for row in db.query("SELECT id, row_hash FROM runs ORDER BY id"):
        line = told.pop(row["id"], None)
        if line is None:
            yield f"the ledger does not tell of run {row['id']}"
        elif line["what"] == "removed" or line["detail"].get("proof") != row["row_hash"]:
            yield f"run {row['id']} is not as the ledger tells it"
    gone = [about for about, line in told.items() if line["what"] != "removed"]
    yield from (f"run {run} is told in the ledger and missing" for run in gone[:_NAMED])
    if len(gone) > _NAMED:
        yield f"and {len(gone) - _NAMED} more runs are told in the ledger and missing"


def _commits(db: Database) -> Iterator[str]:
    """What was sent is told here as well."""
    told = _last(db, JOURNALED, key="entry")
    for row in db.query("SELECT key, generation, name, run, row_hash FROM journal ORDER BY key, generation"):
        line = told.pop(entry_of(row), None)
        if line is None:
            yield f"the ledger does not tell of journal entry {row['key']} (commit {row['name']} of run {row['run']})"
        elif line["detail"].get("proof") != row["row_hash"]:
            yield f"journal entry {row['key']} (commit {row['name']}) is not as the ledger tells it"
    for line in list(told.values())[:_NAMED]:
        yield f"journal entry {line['detail']['entry']} of run {line['about']} is told in the ledger and missing"


def entry_of(row: Mapping[str, Any]) -> str:
    """Return the name of a journal entry in the ledger."""
    return f"{row['key']} {row['generation']}"


def _last(db: Database, kinds: tuple[str, ...], *, key: str = "") -> dict[str, dict[str, Any]]:
    """Return the last line of these kinds for each thing they are about."""
    found = {}
    marks = ", ".join("?" * len(kinds))
    for row in db.query(f"SELECT * FROM ledger WHERE what IN ({marks}) ORDER BY seq", list(kinds)):
        try:
            detail = json.loads(row["detail"])
        except ValueError:
            continue        # told above
        found[str(detail.get(key) if key else row["about"])] = row | {"detail": detail}
    return found


def _line(row: Mapping[str, Any]) -> Line:
    return Line.model_validate({**{n: row[n] for n in Line.model_fields}, "detail": json.loads(row["detail"])})
