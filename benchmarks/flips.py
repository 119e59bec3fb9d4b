"""Single flipped bytes inside hashed rows of memory.db and runs.db: how many `rpa verify` notices, out of how many."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rpa_agent.memory.rows import verify_rows
from rpa_agent.ops import proofs
from rpa_agent.ops.batches import kept, rows
from rpa_agent.store.backup import Verify, copy, problems

_HEAD = 24      # bytes before a cell, where SQLite keeps the kinds and lengths of a row
_CLEAR = 6      # bytes of a cell from which on its place in the file is searched for
_RUNS = (*proofs.RUN, "trajectory", "verdict", "verdict_hash", "row_hash")
_MEMORY = ("procedure", "number", "parent", "document", "script", "author", "evidence", "note", "created", "know_how", "row_hash")
RUNS_ROWS: Mapping[str, Sequence[str]] = {
    "journal": (*proofs.JOURNAL, "row_hash", "origin", "workflow", "facts", "facts_hash"),
    "journal_history": (*proofs.HISTORY, "row_hash"), "batches": (*kept.HASHED, "row_hash"),
    "batch_rows": (*rows.HASHED, "row_hash"), "runs": _RUNS,
}  # fmt: skip
MEMORY_ROWS: Mapping[str, Sequence[str]] = {"versions": _MEMORY}


@dataclass(frozen=True)
class Flips:
    """``made`` bytes were flipped that changed or spoilt a hashed row; those in ``missed`` were not noticed, by place."""

    made: int
    missed: tuple[str, ...] = ()

    def __add__(self, other: Flips) -> Flips:
        return Flips(self.made + other.made, (*self.missed, *other.missed))


def flips_in_state(state: Path, *, wanted: int, seed: int = 0) -> Flips:
    """Flip ``wanted`` bytes in copies of a state folder's databases, two of three in runs.db. What is in use stays as it is.

    Raises ValueError where there are no hashed rows.
    """
    in_runs = flip_bytes(state / "runs.db", RUNS_ROWS, proofs.damaged, wanted=wanted - wanted // 3, seed=seed)
    return in_runs + flip_bytes(state / "memory.db", MEMORY_ROWS, verify_rows, wanted=wanted // 3, seed=seed)


def flip_bytes(
    path: Path, rows: Mapping[str, Sequence[str]], verify: Verify, *, wanted: int, seed: int = 0
) -> Flips:
    """Flip single random bytes of hashed cells in a copy of a database, one at a time, and ask whether it is noticed."""
    chosen = random.Random(seed)
    with TemporaryDirectory(prefix="rpa-flips-") as folder:
        one = Path(folder) / path.name
        copy(path, one)
        raw, before = one.read_bytes(), _content(one, rows)
        places = list(_places(raw, before))
        if not places:
            raise ValueError(f"{path} holds no hashed rows")
        made, missed = 0, list[str]()
        for _ in range(20 * wanted):
            if made == wanted:
                break
            start, length = chosen.choice(places)
            at, bit = start + chosen.randrange(length), 1 << chosen.randrange(8)
            with one.open("r+b") as f:
                _write(f, at, raw[at] ^ bit)
                if _content(one, rows) != before:       # else the byte was a copy in an index or in free space
                    made += 1
                    if not problems(one, verify):
                        missed.append(f"{path.name} byte {at} bit {bit}")
                _write(f, at, raw[at])
        return Flips(made, tuple(missed))


def _write(f: Any, at: int, value: int) -> None:
    f.seek(at)
    f.write(bytes([value]))
    f.flush()


def _content(path: Path, rows: Mapping[str, Sequence[str]]) -> list[tuple[Any, ...]] | None:
    """Return all hashed cells; None where they cannot be read any more."""
    found: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as conn:
        conn.text_factory = bytes
        try:
            for table, names in rows.items():
                found += [(table, *row) for row in conn.execute(f"SELECT {', '.join(names)} FROM {table} NOT INDEXED")]
        except (sqlite3.DatabaseError, UnicodeDecodeError):     # the latter where what SQLite quotes is no text any more
            return None
    return sorted(found, key=repr)


def _places(raw: bytes, cells: list[tuple[Any, ...]] | None) -> Iterator[tuple[int, int]]:
    """Yield where hashed cells and what describes them stand in the file; a long one by the pieces that its pages hold."""
    for cell in {c for row in cells or () for c in row[1:] if isinstance(c, bytes) and len(c) >= _CLEAR}:
        for start in range(0, len(cell), 512):
            piece = cell[start : start + 512]
            at = raw.find(piece)
            while at >= 0 and len(piece) >= _CLEAR:
                yield at, len(piece)
                if not start:
                    yield max(0, at - _HEAD), min(at, _HEAD)
                at = raw.find(piece, at + 1)
