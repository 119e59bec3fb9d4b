"""Bringing in what another memory knows, without losing or changing anything on this side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..domain.errors import StoreCorrupt, StoreUnfit
from ..domain.frozen import Frozen
from ..domain.procedure import Procedure, Status
from ..store import backup
from ..store.files import door, inspect
from ..store.hashes import canonical
from ..store.sqlite import Database
from .changes import active, change_status, find_or_add_procedure, index_words, insert, log, same_know_how, status_of
from .procedures import Memory
from .rows import Row, know_how, one, plain, proof, rows, verify_rows
from .schema import MEMORY
from .words import searchable


class Merged(Frozen):
    """What a merge brought."""

    procedures: int = 0         # new procedures
    versions: int = 0           # new versions; of procedures active here they come in as candidates
    known: int = 0              # versions that were here already
    trusted: int = 0            # of them, those that were untrusted here and are trusted from now on
    uses: int = 0
    edits: int = 0
    elements: int = 0
    interruptions: int = 0
    salt_differs: bool = False  # masked texts of the two cannot be compared

    def words(self) -> str:
        """Return the summary as one sentence."""
        brought = f"{self.procedures} procedures, {self.versions} versions, {self.uses} uses, {self.elements} elements"
        vouched = f"; {self.trusted} of them were untrusted and are trusted now" if self.trusted else ""
        other = "; its masked texts were made with another salt" if self.salt_differs else ""
        return f"brought {brought}; {self.known} versions were known already{vouched}{other}"


async def merge(memory: Memory, seed: Path) -> Merged:
    """Bring in what another memory knows; merging twice brings nothing more.

    Versions that know the same are one; what a pack had brought untrusted is trusted where the other memory trusts it. New
    versions of a procedure that is active here come in as candidates. Raises StoreCorrupt, StoreTooNew or StoreUnfit when
    the other file cannot be trusted; nothing has changed then.
    """
    with door(seed):
        _require_no_pack(seed)
        inspect(seed, MEMORY)
    with TemporaryDirectory() as folder:
        # a copy, because the other file may have an older shape and is only ever read
        copied = Path(folder) / seed.name
        backup.seed(seed, copied)
        async with Memory.open(copied) as other:
            theirs = await other.shelf.read(_read_all)
            differs = other.salt != memory.salt
    at = memory.now()
    return await memory.shelf.write(lambda db: _Merge(db, theirs, seed.name, at).run(differs))


def _require_no_pack(path: Path) -> None:
    with path.open("rb") as f:
        if f.read(len(_GZIP)) == _GZIP:
            raise StoreUnfit(
                "it is a pack and no memory.db; nothing was merged", do=f"Bring it in with `rpa memory import {path}`."
            )


_TRUSTED: dict[str, Status] = {"active": "active", "candidate": "candidate", "suspect": "suspect"}
_GZIP = b"\x1f\x8b"
_ORDER = {
    "sites": "name", "procedures": "id", "versions": "procedure, number", "history": "id", "counts": "procedure, step",
    "facts": "procedure", "uses": "id", "edits": "id", "applied": "at", "elements": "site", "interruptions": "site",
    "embeddings": "model",
}


def _read_all(db: Database) -> dict[str, list[Row]]:
    problems = verify_rows(db)
    if problems:
        raise StoreCorrupt(f"nothing was merged: {problems[0]}", do="Use another copy of the file.")
    return {table: rows(db, f"SELECT * FROM {table} ORDER BY {order}") for table, order in _ORDER.items()}


@dataclass
class _Merge:
    """One merge inside its transaction."""

    db: Database
    theirs: dict[str, list[Row]]
    origin: str
    at: str
    trusted: int = 0

    def run(self, salt_differs: bool) -> Merged:
        counted = ("procedures", "versions", "uses", "edits", "elements", "interruptions")
        before = {table: self._count(table) for table in counted}
        for table in ("sites", "embeddings"):
            for row in self.theirs[table]:
                insert(self.db, table, row, unless_there=True)
        for row in self.theirs["procedures"]:
            self._procedure(row)
        for table in ("elements", "interruptions"):
            for row in self.theirs[table]:
                self._upsert(table, row)
        brought = {table: self._count(table) - n for table, n in before.items()}
        known = len(self.theirs["versions"]) - brought["versions"]
        return Merged(known=known, trusted=self.trusted, salt_differs=salt_differs, **brought)

    def _count(self, table: str) -> int:
        return int(one(self.db, f"SELECT count(*) FROM {table}"))

    def _of(self, table: str, procedure: str) -> list[Row]:
        return [row for row in self.theirs[table] if row["procedure"] == procedure]

    def _procedure(self, row: Row) -> None:
        versions = self._of("versions", row["id"])
        if not versions:
            return
        in_use = next((v for v in versions if v["status"] == "active"), versions[-1])
        document = Procedure.model_validate_json(in_use["document"]).but(procedure=row["id"], site=row["site"])
        name = find_or_add_procedure(self.db, document, row["workflow"], row["created"])
        fresh = one(self.db, "SELECT 1 FROM versions WHERE procedure = ?", [name]) is None
        numbers: dict[int, int] = {}
        for version in versions:
            numbers[version["number"]] = self._version(name, version, numbers)
        self._books(row["id"], name, numbers)
        if fresh:
            index_words(self.db, name, searchable(document))

    def _version(self, name: str, theirs: Row, numbers: dict[int, int]) -> int:
        """Append a version unless it is known; return its number here."""
        document = Procedure.model_validate_json(theirs["document"]).but(procedure=name)
        known = same_know_how(self.db, name, document)
        if known is not None:
            self._trust(name, known, theirs["status"])
            return known
        number = 1 + int(one(self.db, "SELECT coalesce(max(number), 0) FROM versions WHERE procedure = ?", [name]))
        written, _ = plain(document)
        row = {
            **theirs, "procedure": name, "number": number, "parent": numbers.get(theirs["parent"]),
            "document": canonical(written), "know_how": know_how(written),
        }
        if row["status"] == "active" and active(self.db, name) is not None:
            row["status"] = "candidate"
        insert(self.db, "versions", {**row, "row_hash": proof(row)})
        log(self.db, name, number, "merged", f"{row['status']}, version {theirs['number']} of {self.origin}", self.at)
        return number

    def _trust(self, name: str, number: int, theirs: str) -> None:
        """Give a version that came untrusted the standing that it has in a memory that is trusted."""
        if status_of(self.db, name, number) != "untrusted" or theirs not in _TRUSTED:
            return
        status: Status = "candidate" if theirs == "active" and active(self.db, name) is not None else _TRUSTED[theirs]
        change_status(self.db, name, number, status, f"{self.origin} trusts it", self.at)
        self.trusted += 1

    def _books(self, theirs: str, name: str, numbers: dict[int, int]) -> None:
        """Bring in what was counted and noted about a procedure, under this side's version numbers."""
        for table in ("facts", "uses", "applied", "counts", "edits", "history"):
            for row in self._of(table, theirs):
                row = {k: v for k, v in row.items() if k != "id"} | {"procedure": name}
                row["version"] = numbers.get(row["version"]) if row["version"] is not None else None
                if table == "counts":
                    self._upsert(table, row)
                elif table in {"edits", "history"}:
                    self._unless_same(table, row)
                else:
                    insert(self.db, table, row, unless_there=True)

    def _unless_same(self, table: str, row: Row) -> None:
        # whether an edit counts as rejected is decided here, not there
        same = " AND ".join(f"{column} IS :{column}" for column in row if column != "accepted")
        if self.db.conn.execute(f"SELECT 1 FROM {table} WHERE {same}", row).fetchone() is None:
            insert(self.db, table, row)

    def _upsert(self, table: str, row: Row) -> None:
        # the larger count, not the sum: both sides may have started from the same seed
        columns, holes = ", ".join(row), ", ".join(f":{column}" for column in row)
        self.db.conn.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({holes}) ON CONFLICT DO UPDATE SET "
            "seen = max(seen, excluded.seen), failed = max(failed, excluded.failed), last = max(last, excluded.last)",
            row,
        )
