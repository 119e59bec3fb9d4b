"""Bringing in a pack from elsewhere: everything is doubted, all of it is checked first, and it arrives untrusted."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import math
import re
import zlib
from array import array
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from ..domain.errors import ImportInvalid, StoreTooNew
from ..domain.frozen import Frozen
from ..domain.procedure import Procedure
from ..domain.workflow import NAME
from ..store.files import MAGIC, door
from ..store.hashes import canonical
from ..store.sqlite import Database
from .changes import find_or_add_procedure, index_words, insert, log, same_know_how
from .pack import KIND, SCHEMA
from .procedures import Memory
from .rows import know_how, one, plain, proof
from .words import searchable

MOST_BYTES = 64_000_000         # unpacked
MOST_IN_LINE = 4_000_000
MOST_LINES = 50_000
_CHUNK = 1 << 20
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")     # what a terminal obeys or turns around
_ADDRESS = re.compile(r"(?:\{base\}|https?://|\{\{|/)")

_Short = Annotated[str, Field(max_length=200)]
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{32,64}$")]


class _Head(Frozen):
    kind: Literal["procedure"]
    id: Annotated[str, Field(min_length=1, max_length=100)]
    site: Annotated[str, Field(min_length=1, max_length=253)]
    workflow: Annotated[str, Field(pattern=NAME)]


class _Version(Frozen):
    kind: Literal["version"]
    procedure: _Short
    number: Annotated[int, Field(ge=1, le=1_000_000)]
    parent: int | None
    document: Annotated[str, Field(max_length=MOST_IN_LINE)]
    script: str
    author: _Short
    evidence: Annotated[str, Field(max_length=100_000)]
    note: Annotated[str, Field(max_length=10_000)]
    created: Annotated[str, Field(max_length=40)]
    row_hash: _Hash


class _Vector(Frozen):
    kind: Literal["vector"]
    id: _Short
    model: Annotated[str, Field(min_length=1, max_length=100)]
    text_hash: _Hash
    vector: Annotated[str, Field(max_length=50_000)]


_Line = TypeAdapter[_Head | _Version | _Vector](Annotated[_Head | _Version | _Vector, Field(discriminator="kind")])


class Pack(Frozen):
    """A pack that was read whole and holds what it says."""

    procedures: tuple[_Head, ...] = ()
    versions: tuple[tuple[_Version, Procedure], ...] = ()
    vectors: tuple[_Vector, ...] = ()


class Imported(Frozen):
    """What a pack brought."""

    procedures: int = 0
    versions: int = 0       # new ones, all untrusted
    known: int = 0          # versions that were here already, whatever their status


def read_pack(path: Path) -> Pack:
    """Read and check a pack; raises ImportInvalid naming the line, StoreTooNew for one of a newer rpa-agent.

    Nothing in it is executed, no name in it becomes a path, and no more than MOST_BYTES of it is ever unpacked.
    """
    lines = _text(path).split("\n")
    if len(lines) < 3 or lines[-1]:
        raise _unfit(path, "its end is missing")
    if len(lines) > MOST_LINES:
        raise _unfit(path, f"it has more than {MOST_LINES} lines")
    for number, line in enumerate(lines, 1):
        if len(line) > MOST_IN_LINE:
            raise _unfit(path, f"line {number} is longer than {MOST_IN_LINE // 1_000_000} MB")
    _check_ends(path, lines)
    procedures: dict[str, _Head] = {}
    versions: list[tuple[_Version, Procedure]] = []
    vectors: list[_Vector] = []
    for number, text in enumerate(lines[1:-2], 2):
        try:
            match _Line.validate_python(json.loads(text)):
                case _Head() as head:
                    _require_plain(head.id, head.site)
                    if head.id in procedures:
                        raise ValueError(f"procedure {head.id} is there twice")
                    procedures[head.id] = head
                case _Version() as version:
                    versions.append((version, _document(version, procedures)))
                case _Vector() as vector:
                    _numbers(vector)
                    vectors.append(vector)
        except ValidationError as e:
            first = e.errors(include_url=False, include_input=False)[0]
            raise _unfit(path, f"line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from e
        except (ValueError, RecursionError, binascii.Error) as e:
            raise _unfit(path, f"line {number}: {e}") from e
    return Pack(procedures=tuple(procedures.values()), versions=tuple(versions), vectors=tuple(vectors))


def _unfit(path: Path, why: str) -> ImportInvalid:
    return ImportInvalid(f"{path}: {why}; nothing was brought in", do="Export it again where it came from.", where=str(path))


def _text(path: Path) -> str:
    """Unpack no more than is allowed, however much it would become."""
    parts, size = [], 0
    with door(path):
        with path.open("rb") as f:
            if f.read(len(MAGIC)) == MAGIC:
                raise ImportInvalid(
                    f"{path} is a whole memory.db and no pack; nothing was brought in",
                    do=f"Where you trust it: `rpa memory merge {path}`.", where=str(path),
                )
        try:
            with gzip.open(path, "rb") as f:
                while part := f.read(_CHUNK):
                    size += len(part)
                    if size > MOST_BYTES:
                        raise _unfit(path, f"it unpacks to more than {MOST_BYTES // 1_000_000} MB")
                    parts.append(part)
        except (EOFError, gzip.BadGzipFile, zlib.error) as e:
            raise _unfit(path, f"it is no pack, or its end is missing ({e})") from e
    try:
        return b"".join(parts).decode("utf-8")
    except UnicodeDecodeError as e:
        raise _unfit(path, "it is not UTF-8 text") from e


def _check_ends(path: Path, lines: list[str]) -> None:
    try:
        first, last = json.loads(lines[0]), json.loads(lines[-2])
        if first.get("pack") != KIND:
            raise _unfit(path, "it is no pack of rpa-agent")
        if first.get("schema") != SCHEMA:
            other = f"another version of rpa-agent (schema {first.get('schema')!r})"
            raise StoreTooNew(f"{path} was written by {other}", where=str(path))
        body = "\n".join(lines[:-2]) + "\n"
        if last.get("kind") != "end" or last.get("lines") != len(lines) - 3:
            raise _unfit(path, "its end is missing")
        if last.get("sha256") != hashlib.sha256(body.encode()).hexdigest():
            raise _unfit(path, "it is not what was written: its hash does not match")
    except (ValueError, AttributeError, RecursionError) as e:
        raise _unfit(path, f"it is no pack of rpa-agent ({type(e).__name__})") from e


def _document(version: _Version, procedures: dict[str, _Head]) -> Procedure:
    """Return a version's document; raises ValueError where it is not what was written or would be more than know-how."""
    head = procedures.get(version.procedure)
    if head is None:
        raise ValueError(f"a version of {version.procedure}, which is not in the pack")
    if proof(version.model_dump()) != version.row_hash:
        raise ValueError(f"version {version.number} is not what was written: its hash does not match")
    data = json.loads(version.document)
    if not isinstance(data, dict) or data.get("schema", 1) != 1:
        raise ValueError("a document of another schema")
    document = Procedure.model_validate(data)
    if (document.procedure, document.site) != (head.id, head.site):
        raise ValueError(f"version {version.number} is of another procedure or site than it says")
    evidence = json.loads(version.evidence)
    if not isinstance(evidence, list) or not all(isinstance(e, str) for e in evidence):
        raise ValueError("evidence that is no list of runs")
    _require_plain(document.task, version.author, version.note, version.created, document.script, *document.facts)
    for step in document.steps:
        if step.kind == "goto" and step.value is not None and not _ADDRESS.match(step.value):
            raise ValueError(f"step {step.id} opens {step.value[:40]!r}, which is no address of a site")
    return document


def _require_plain(*texts: str) -> None:
    if found := next((t for t in texts if _HIDDEN.search(t)), None):
        raise ValueError(f"a text with hidden characters: {found[:40]!r}")


def _numbers(vector: _Vector) -> bytes:
    """Return a vector's bytes; raises ValueError unless it is a unit vector."""
    raw = base64.b64decode(vector.vector, validate=True)
    if not raw or len(raw) % 4 or len(raw) > 16_384:
        raise ValueError("a vector of a wrong size")
    length = math.sqrt(sum(x * x for x in array("f", raw)))
    if not 0.99 < length < 1.01:        # also false where a number is none
        raise ValueError("a vector that is no unit vector")
    return raw


async def import_pack(memory: Memory, path: Path) -> Imported:
    """Bring in a pack in one transaction: all of it or nothing; twice brings no more than once.

    Versions that are not known here arrive untrusted: used only under a person's eyes until they have proved themselves.
    What is here is not changed. Raises as ``read_pack``.
    """
    pack = read_pack(path)
    at, origin = memory.now(), path.name
    return await memory.shelf.write(lambda db: _bring_in(db, pack, origin, at))


def _bring_in(db: Database, pack: Pack, origin: str, at: str) -> Imported:
    brought = {"procedures": 0, "versions": 0, "known": 0}
    for head in pack.procedures:
        found = [(v, d) for v, d in pack.versions if v.procedure == head.id]
        if not found:
            continue
        name = find_or_add_procedure(db, found[-1][1], head.workflow, at)
        fresh = one(db, "SELECT 1 FROM versions WHERE procedure = ?", [name]) is None
        brought["procedures"] += fresh
        numbers: dict[int, int] = {}
        for version, document in found:
            number, new = _version(db, name, version, document, numbers)
            numbers[version.number] = number
            brought["versions" if new else "known"] += 1
            if new:
                log(db, name, number, "imported", f"untrusted, version {version.number} of {origin}", at)
        if fresh:
            index_words(db, name, searchable(found[-1][1]))
            _vectors(db, name, [v for v in pack.vectors if v.id == head.id])
    return Imported(**brought)


def _version(
    db: Database, name: str, theirs: _Version, document: Procedure, numbers: dict[int, int]
) -> tuple[int, bool]:
    """Append a version as untrusted unless what it knows is known; return its number here, and whether it is new."""
    there, _ = plain(document.but(procedure=name))
    known = same_know_how(db, name, document)
    if known is not None:
        return known, False
    number = 1 + int(one(db, "SELECT coalesce(max(number), 0) FROM versions WHERE procedure = ?", [name]))
    row: dict[str, Any] = {
        **theirs.model_dump(exclude={"kind", "row_hash"}), "procedure": name, "number": number,
        "parent": numbers.get(theirs.parent) if theirs.parent is not None else None, "document": canonical(there),
        "script": document.script,
    }
    insert(db, "versions", {**row, "row_hash": proof(row), "status": "untrusted", "know_how": know_how(there)})
    for fact in dict.fromkeys(document.facts):
        insert(db, "facts", {"procedure": name, "version": number, "fact": fact})
    return number, True


def _vectors(db: Database, name: str, vectors: list[_Vector]) -> None:
    """Keep vectors of a new procedure's own task, where no other has that task: they can mislead about nothing else."""
    own = one(db, "SELECT text_hash FROM procedures WHERE id = ?", [name])
    if one(db, "SELECT count(*) FROM procedures WHERE text_hash = ?", [own]) != 1:
        return
    for vector in vectors:
        if vector.text_hash == own:
            row = {"model": vector.model, "text_hash": own, "vector": _numbers(vector)}
            insert(db, "embeddings", row, unless_there=True)
