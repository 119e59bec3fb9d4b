"""What is written to memory, each function inside the caller's transaction; versions are only ever added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from ..domain.change import Counts, MemoryChange, NewVersion, Use
from ..domain.errors import NoProcedure, VersionMovedOn
from ..domain.procedure import Procedure, Status
from ..store.hashes import canonical, digest
from ..store.sqlite import Database
from .elements import remember_element, remember_interruption
from .rows import Row, know_how, looks_known, one, plain, proof, rows
from .words import Searchable, searchable


def ensure_site(db: Database, site: str, at: str) -> None:
    db.conn.execute("INSERT OR IGNORE INTO sites VALUES (?, ?)", [site, at])


def require(db: Database, procedure: str, number: int | None = None) -> None:
    """Raise NoProcedure unless the procedure, and the version if given, is known."""
    if one(db, "SELECT 1 FROM procedures WHERE id = ?", [procedure]) is None:
        raise NoProcedure(f"there is no procedure {procedure!r}", do="Run `rpa memory list`.")
    if number is not None and status_of(db, procedure, number) is None:
        raise NoProcedure(
            f"procedure {procedure} has no version {number}", do=f"Run `rpa memory history {procedure}`."
        )


def status_of(db: Database, procedure: str, number: int) -> str | None:
    found: str | None = one(db, "SELECT status FROM versions WHERE procedure = ? AND number = ?", [procedure, number])
    return found


def active(db: Database, procedure: str) -> int | None:
    """Return the number of the active version."""
    found: int | None = one(db, "SELECT number FROM versions WHERE procedure = ? AND status = 'active'", [procedure])
    return found


def find_or_add_procedure(db: Database, document: Procedure, workflow: str, at: str) -> str:
    """Return the id of the workflow's procedure on this site, made when there is none."""
    found = one(db, "SELECT id FROM procedures WHERE site = ? AND workflow = ?", [document.site, workflow])
    if found is not None:
        return str(found)
    ensure_site(db, document.site, at)
    name = document.procedure
    if one(db, "SELECT 1 FROM procedures WHERE id = ?", [name]) is not None:
        # the id is another workflow's already: a copied or renamed file; each keeps its own history
        name = f"{name}_{digest(canonical([document.site, workflow]), 6)}"
    db.conn.execute(
        "INSERT INTO procedures (id, site, workflow, task, created) VALUES (?, ?, ?, ?, ?)",
        [name, document.site, workflow, document.task, at],
    )
    return name


def same_know_how(db: Database, procedure: str, document: Procedure) -> int | None:
    """Return the newest version that knows exactly this, whichever rpa-agent wrote it down."""
    wanted = know_how(plain(document)[0])
    found: int | None = one(
        db, "SELECT max(number) FROM versions WHERE procedure = ? AND know_how = ?", [procedure, wanted],
    )
    if found is not None:
        return found
    # an earlier rpa-agent had no word for some fields: its digest is of another text about the same
    for row in rows(db, "SELECT number, document FROM versions WHERE procedure = ? ORDER BY number DESC", [procedure]):
        try:
            written = Procedure.model_validate_json(row["document"])
        except ValidationError:  # damaged, or of a later one: `rpa verify` tells
            continue
        if know_how(plain(written)[0]) == wanted:
            return int(row["number"])
    return None


def add_version(db: Database, procedure: str, new: NewVersion, *, parent: int | None, at: str, run: str = "") -> int:
    """Append a version; an active one retires the one before it. Returns its number."""
    document, counts = plain(new.document.but(procedure=procedure))
    number = int(one(db, "SELECT coalesce(max(number), 0) FROM versions WHERE procedure = ?", [procedure])) + 1
    row: Row = {
        "procedure": procedure, "number": number, "parent": parent, "document": canonical(document),
        "script": new.document.script, "author": new.author, "evidence": canonical(list(new.evidence)),
        "note": new.note, "created": at,
    }
    if new.status == "active":
        _retire_active(db, procedure, f"superseded by version {number}", at, run)
    row.update(row_hash=proof(row), status=new.status, know_how=know_how(document))
    insert(db, "versions", row)
    why = f"{new.status}, by {new.author}" + (f": {new.note}" if new.note else "")
    log(db, procedure, number, "added", why, at, run)
    for fact in dict.fromkeys(new.document.facts):
        insert(db, "facts", {"procedure": procedure, "version": number, "fact": fact})
    add_counts(db, procedure, number, counts)
    for edit in new.edits:
        _add_edit(db, procedure, number, edit, True, at, run)
    if new.status == "active" or number == 1:
        index_words(db, procedure, searchable(new.document))
    return number


def insert(db: Database, table: str, row: Row, *, unless_there: bool = False) -> None:
    columns, holes = ", ".join(row), ", ".join(f":{column}" for column in row)
    db.conn.execute(f"INSERT {'OR IGNORE ' if unless_there else ''}INTO {table} ({columns}) VALUES ({holes})", row)


def log(db: Database, procedure: str, version: int | None, what: str, why: str, at: str, run: str = "") -> None:
    insert(db, "history", {
        "at": at, "procedure": procedure, "version": version, "what": what, "why": why, "run": run,
    })


def add_counts(db: Database, procedure: str, version: int, counts: Iterable[Counts]) -> None:
    """Add to how often variants matched or failed."""
    db.conn.executemany(
        "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "seen = seen + excluded.seen, failed = failed + excluded.failed, last = max(last, excluded.last)",
        [[procedure, version, c.step, c.variant, c.seen, c.failed, c.day] for c in counts],
    )


def index_words(db: Database, procedure: str, text: Searchable) -> None:
    """Make the procedure findable by what its version in use is about; who holds words and vectors is told (`changes_told`)."""
    n = one(db, "SELECT n FROM procedures WHERE id = ?", [procedure])
    meant = text.meant()
    db.conn.execute(
        "UPDATE procedures SET task = ?, search_text = ?, text_hash = ? WHERE n = ?",
        [text.clear_task, meant, digest(meant, 32), n],
    )
    db.conn.execute("DELETE FROM words WHERE rowid = ?", [n])
    db.conn.execute(
        "INSERT INTO words (rowid, task, slots, facts) VALUES (?, ?, ?, ?)", [n, text.task, text.slots, text.facts]
    )


def change_status(db: Database, procedure: str, number: int, status: Status, why: str, at: str, run: str = "") -> None:
    """Give a version another status; becoming active retires the one before it. Same status: nothing happens."""
    require(db, procedure, number)
    before = status_of(db, procedure, number)
    if before == status:
        return
    if status == "active":
        _retire_active(db, procedure, f"superseded by version {number}", at, run)
    _write_status(db, procedure, number, status)
    log(db, procedure, number, f"{before} -> {status}", why, at, run)
    if status == "active":
        document = one(db, "SELECT document FROM versions WHERE procedure = ? AND number = ?", [procedure, number])
        index_words(db, procedure, searchable(Procedure.model_validate_json(document)))


def _retire_active(db: Database, procedure: str, why: str, at: str, run: str) -> None:
    former = active(db, procedure)
    if former is not None:
        _write_status(db, procedure, former, "retired")
        log(db, procedure, former, "active -> retired", why, at, run)


def _write_status(db: Database, procedure: str, number: int, status: Status) -> None:
    db.conn.execute("UPDATE versions SET status = ? WHERE procedure = ? AND number = ?", [status, procedure, number])


def _add_edit(
    db: Database, procedure: str, version: int | None, edit: object, accepted: bool, at: str, run: str
) -> None:
    insert(db, "edits", {
        "at": at, "run": run, "procedure": procedure, "version": version, "accepted": int(accepted),
        "edit": canonical(edit),
    })


def go_back(db: Database, procedure: str, number: int | None, why: str, at: str) -> int:
    """Make an earlier version active again; the edits since then are rejected. Returns the version's number."""
    require(db, procedure, number)
    now = active(db, procedure) or _newest_suspect(db, procedure)
    lineage = rows(db, "SELECT number, parent FROM versions WHERE procedure = ?", [procedure])
    parents = {row["number"]: row["parent"] for row in lineage}
    back = number if number is not None else parents.get(now or -1)
    if back is None:
        raise NoProcedure(
            f"procedure {procedure} has no earlier version to go back to",
            do=f"Name one of `rpa memory history {procedure}`.",
        )
    undone, at_version = [], now
    while at_version is not None and at_version != back and at_version not in undone:
        undone.append(at_version)
        at_version = parents.get(at_version)
    _settle_edits(db, procedure, undone if at_version == back else [now], False)
    _settle_edits(db, procedure, [back], True)
    if now is not None and now != back:
        change_status(db, procedure, now, "retired", f"rolled back to version {back}: {why}", at)
    change_status(db, procedure, back, "active", why, at)
    return back


def _newest_suspect(db: Database, procedure: str) -> int | None:
    found: int | None = one(
        db, "SELECT max(number) FROM versions WHERE procedure = ? AND status = 'suspect'", [procedure]
    )
    return found


def _settle_edits(db: Database, procedure: str, versions: Sequence[int | None], accepted: bool) -> None:
    """Keep the edits of versions as accepted, or as rejected so that they are not proposed again."""
    for version in versions:
        db.conn.execute(
            "UPDATE edits SET accepted = ? WHERE procedure = ? AND version = ?", [int(accepted), procedure, version]
        )


def add_use(db: Database, use: Use, at: str) -> None:
    """Credit a version for a run, once."""
    require(db, use.procedure, use.version)
    row = use.model_dump()
    insert(db, "uses", {
        **row, "own_fault": int(use.own_fault), "clean": int(use.clean), "at": use.at or at,
    }, unless_there=True)


def apply_change(db: Database, change: MemoryChange, at: str) -> int | None:
    """Do all that one verdict does; the second time the same run asks, only tell which version it wrote."""
    require(db, change.procedure)
    before = rows(db, "SELECT version FROM applied WHERE run = ? AND procedure = ?", [change.run, change.procedure])
    if before:
        found: int | None = before[0]["version"]
        return found
    newest = one(db, "SELECT max(number) FROM versions WHERE procedure = ?", [change.procedure])
    if change.after is not None and newest != change.after:
        raise VersionMovedOn(f"version {newest} of {change.procedure} came after version {change.after}")
    for use in (*filter(None, (change.use,)), *change.others):
        add_use(db, use, at)
    if change.counts:
        require(db, change.procedure, change.counted_version)
        add_counts(db, change.procedure, change.counted_version, change.counts)
    written = None
    if change.new_version is not None:
        require(db, change.procedure, change.new_version.parent)
        written = _add_or_revive(db, change, change.new_version, at)
    for status in change.statuses:
        change_status(db, status.procedure, status.version, status.status, status.why, at, change.run)
    for element in change.elements:
        ensure_site(db, element.site, at)
        remember_element(db, element)
    for interruption in change.interruptions:
        ensure_site(db, interruption.site, at)
        remember_interruption(db, interruption)
    _reject(db, change, at)
    insert(db, "applied", {"run": change.run, "procedure": change.procedure, "version": written, "at": at})
    return written


def _add_or_revive(db: Database, change: MemoryChange, new: NewVersion, at: str) -> int:
    """Add a version; one that knows the very same and was retired is taken up again instead, with all its history."""
    wanted = looks_known(new.document)
    for row in rows(db, _RETIRED, [change.procedure]):
        if new.status == "candidate" and looks_known(Procedure.model_validate_json(row["document"])) == wanted:
            number = int(row["number"])
            change_status(db, change.procedure, number, "candidate", f"learned again: {new.note}", at, change.run)
            return number
    return add_version(db, change.procedure, new, parent=new.parent, at=at, run=change.run)


_RETIRED = "SELECT number, document FROM versions WHERE procedure = ? AND status = 'retired' ORDER BY number DESC LIMIT 20"


def _reject(db: Database, change: MemoryChange, at: str) -> None:
    version = change.use.version if change.use else change.counted_version or None
    for edit in change.rejected:
        # what was accepted with a version is rejected with it, wherever it stands
        db.conn.execute(
            "UPDATE edits SET accepted = 0 WHERE procedure = ? AND edit = ?", [change.procedure, canonical(edit)]
        )
        _add_edit(db, change.procedure, version, edit, False, at, change.run)
    if change.rejected:
        log(db, change.procedure, version, "rejected", f"{len(change.rejected)} edits", at, change.run)


def rejected_edits(db: Database, procedure: str) -> list[dict[str, object]]:
    found = rows(db, "SELECT edit FROM edits WHERE procedure = ? AND accepted = 0 ORDER BY id", [procedure])
    return [json.loads(text) for text in dict.fromkeys(row["edit"] for row in found)]
