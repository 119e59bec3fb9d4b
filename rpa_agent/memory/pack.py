"""Know-how in one file: gzipped JSON lines, each version with its hash and vector, closed by the hash of all."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ..domain.frozen import Frozen
from ..store.files import door, replace, scratch
from ..store.hashes import canonical
from ..store.sqlite import Database
from .procedures import Memory
from .rows import PROVED, one, rows, to_version

KIND, SCHEMA = "rpa-agent memory pack", 1


class Exported(Frozen):
    """What a pack holds."""

    procedures: int
    versions: int
    vectors: int


async def write_pack(memory: Memory, path: Path, *, only: Collection[str] = ()) -> Exported:
    """Write the procedures named in ``only`` (ids; empty: all) to one file, replaced in one step.

    It holds their versions but the retired ones, and vectors of their tasks: no uses, no runs, no salt, no values. Equal
    memories make equal files. Raises StoreCorrupt when a version is not what was written.
    """
    lines = await memory.shelf.read(lambda db: [canonical(line) for line in _lines(db, only)])
    count = {kind: sum(f'"kind":"{kind}"' in line for line in lines) for kind in ("procedure", "version", "vector")}
    text = "\n".join([canonical({"kind": "pack", "pack": KIND, "schema": SCHEMA}), *lines]) + "\n"
    end = canonical({"kind": "end", "lines": len(lines), "sha256": hashlib.sha256(text.encode()).hexdigest()})
    with door(path), scratch(path) as temp:
        # no name and no time in its head: the same know-how is the same file
        temp.write_bytes(gzip.compress(f"{text}{end}\n".encode(), mtime=0))
        replace(temp, path)
    return Exported(procedures=count["procedure"], versions=count["version"], vectors=count["vector"])


def _lines(db: Database, only: Collection[str]) -> Iterator[dict[str, Any]]:
    for found in rows(db, "SELECT id, site, workflow, text_hash FROM procedures ORDER BY site, workflow"):
        if only and found["id"] not in only:
            continue
        versions = rows(db, "SELECT * FROM versions WHERE procedure = ? AND status <> 'retired' ORDER BY number", [found["id"]])
        if not versions:
            continue
        yield {"kind": "procedure", "id": found["id"], "site": found["site"], "workflow": found["workflow"]}
        for version in versions:
            to_version(version, ())
            yield {"kind": "version", "row_hash": version["row_hash"], **{column: version[column] for column in PROVED}}
        for model in rows(db, "SELECT DISTINCT model FROM embeddings ORDER BY model"):
            key = [model["model"], found["text_hash"]]
            vector = one(db, "SELECT vector FROM embeddings WHERE model = ? AND text_hash = ?", key)
            if vector is not None:
                yield {
                    "kind": "vector", "id": found["id"], "model": model["model"], "text_hash": found["text_hash"],
                    "vector": base64.b64encode(vector).decode("ascii"),
                }
