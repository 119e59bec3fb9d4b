"""Rows to values and back: the proof of every version, and the bookkeeping that stays outside of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ..domain.change import Counts, Use
from ..domain.errors import StoreCorrupt, StoreTooNew
from ..domain.frozen import Frozen
from ..domain.procedure import Procedure, Version
from ..domain.target import Variant
from ..store.hashes import canonical, digest, row_hash
from ..store.sqlite import Database

PROVED = ("procedure", "number", "parent", "document", "script", "author", "evidence", "note", "created")
# Where an element stood that day says nothing about its look; its picture and the box behind it are asked for by repairs alone,
# and looks that were kept before these were known are still the same.
_PLACE = ("box", "viewport", "index", "unique", "picture", "behind")
Row = dict[str, Any]


class ProcedureLine(Frozen):
    """A procedure as the list shows it."""

    id: str
    site: str
    workflow: str
    task: str
    created: str
    active: int | None
    versions: int
    uses: int
    successes: int
    last_used: str = ""
    standing: str = ""      # the best status that any of its versions has
    same_as: str = ""       # the procedure that goes on for this one, since both do the same
    asleep: str = ""        # since when it is not offered to others

    @property
    def instead(self) -> str:
        """Return in words why it is not found by others; empty where it is."""
        return f"same as {self.same_as}" if self.same_as else f"asleep since {self.asleep[:10]}" if self.asleep else ""


class Event(Frozen):
    """One thing that happened to a procedure."""

    at: str
    version: int | None
    what: str
    why: str = ""
    run: str = ""


def rows(db: Database, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
    """Return all rows of a question as dicts."""
    cursor = db.conn.execute(sql, params)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


AMONG = "IN (SELECT value FROM json_each(?))"


def listed(ns: Iterable[int]) -> str:
    """Return numbers as the one value that AMONG asks for: what is asked stays the same, however many they are, and is
    compiled once."""
    return f"[{','.join(map(str, ns))}]"


def one(db: Database, sql: str, params: Sequence[Any] = ()) -> Any:
    """Return the first value of the first row, None when there is none."""
    row = db.conn.execute(sql, params).fetchone()
    return row[0] if row else None


def proof(row: Mapping[str, Any]) -> str:
    """Return the hash that a version's row must carry."""
    return row_hash({column: row[column] for column in PROVED})


def plain(document: Procedure) -> tuple[dict[str, Any], list[Counts]]:
    """Split a document into know-how, which is proved, and counts, which change without a new version."""
    out = document.model_dump(mode="json", by_alias=True)
    counts: list[Counts] = []
    for step in out["steps"]:
        for index, variant in enumerate((step["target"] or {}).get("variants", ())):
            if variant["seen"] or variant["failed"] or variant["last"]:
                counts.append(Counts(
                    step=step["id"], variant=index, seen=variant["seen"], failed=variant["failed"], day=variant["last"]
                ))
            variant.update(seen=0, failed=0, last="")
    return out, counts


def know_how(document: Mapping[str, Any]) -> str:
    """Return the digest of what a plain document knows, whatever procedure it belongs to: equal means the same."""
    return digest(canonical({**document, "procedure": ""}), 32)


def looks_known(document: Procedure) -> str:
    """Return the digest of a document's structure: its steps and the looks of each, whenever and however they came."""
    steps = [
        [step.model_dump(mode="json", exclude={"target"}), sorted(_way(v) for v in step.target.variants) if step.target else []]
        for step in document.steps
    ]
    return digest(canonical(steps), 32)


def _way(variant: Variant) -> list[str]:
    return [look(variant), *(f"{look(v)}{v.search}" for v in variant.via), "then", *map(look, variant.then)]


def look(variant: Variant) -> str:
    """Return the digest of how an element looks, wherever it stood."""
    return digest(canonical(variant.fingerprint.model_dump(mode="json", exclude=set(_PLACE))))


def to_version(row: Row, counts: Iterable[Row]) -> Version:
    """Return a proved version with its counts; raises StoreCorrupt or StoreTooNew naming procedure and version."""
    name = f"version {row['number']} of procedure {row['procedure']}"
    if proof(row) != row["row_hash"]:
        raise StoreCorrupt(
            f"{name} is not what was written: its row hash does not match",
            do="Run `rpa verify`, then `rpa memory rollback` to a sound version or restore a backup.",
        )
    try:
        plain_document = json.loads(row["document"])
        if plain_document.get("schema", 1) > 1:
            raise StoreTooNew(f"{name} was written by a newer version of rpa-agent")
        return Version(
            procedure=row["procedure"], number=row["number"], status=row["status"],
            document=Procedure.model_validate(_counted(plain_document, counts)), parent=row["parent"],
            author=row["author"], evidence=tuple(json.loads(row["evidence"])), note=row["note"],
            created=row["created"], row_hash=row["row_hash"],
        )
    except (ValidationError, ValueError, TypeError, AttributeError) as e:
        raise StoreCorrupt(f"{name} cannot be read: {e}", do="Run `rpa verify`.") from e


def _counted(document: dict[str, Any], counts: Iterable[Row]) -> dict[str, Any]:
    known = {step["id"]: step for step in document["steps"]}
    for count in counts:
        variants = ((known.get(count["step"]) or {}).get("target") or {}).get("variants", ())
        if 0 <= count["variant"] < len(variants):
            variants[count["variant"]].update(seen=count["seen"], failed=count["failed"], last=count["last"])
    return document


def to_variant(row: Row) -> Variant:
    """Return an element's look with its counts."""
    return Variant.model_validate_json(row["variant"]).but(seen=row["seen"], failed=row["failed"], last=row["last"])


def to_use(row: Row) -> Use:
    return Use(
        run=row["run"], procedure=row["procedure"], version=row["version"], outcome=row["outcome"], fault=row["fault"],
        own_fault=bool(row["own_fault"]), clean=bool(row["clean"]), row=row["row"], day=row["day"], at=row["at"],
        part=row["part"],
    )


def fetch_versions(db: Database, where: str, params: Sequence[Any]) -> list[Version]:
    """Return the proved versions that match, newest first."""
    found = rows(db, f"SELECT * FROM versions WHERE {where} ORDER BY procedure, number DESC", params)
    out = []
    for row in found:
        key = (row["procedure"], row["number"])
        out.append(to_version(row, rows(db, "SELECT * FROM counts WHERE procedure = ? AND version = ?", key)))
    return out


def verify_rows(db: Database) -> list[str]:
    """Return one line for every version that is not what was written or cannot be read."""
    problems = []
    for row in rows(db, "SELECT * FROM versions ORDER BY procedure, number"):
        try:
            to_version(row, ())
        except (StoreCorrupt, StoreTooNew) as e:
            problems.append(e.message)
            continue
        # of the text as it was written: a later rpa-agent knows fields that it had no word for
        if know_how(json.loads(row["document"])) != row["know_how"]:
            problems.append(f"version {row['number']} of procedure {row['procedure']}: its digest does not match")
    return problems
