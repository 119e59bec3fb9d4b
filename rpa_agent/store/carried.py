"""A parked run, or what was shown for it, as one file that goes from machine to machine; what was changed on the way is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ..domain.errors import ImportInvalid, UsageInvalid
from .hashes import canonical
from .text_files import write_atomically

RUN, LESSON = "rpa-agent parked run", "rpa-agent lesson"
SCHEMA, MOST = 1, 8_000_000  # bytes of a file; a procedure with all its pages has less than a tenth


def carry(path: Path, kind: str, content: dict[str, Any]) -> None:
    """Write a file of this kind with its hash; raises UsageInvalid where it exists, StoreReadOnly where it cannot be written."""
    if path.exists():
        raise UsageInvalid(f"{path} exists already; nothing was written", do="Name a new file.", where=str(path))
    text = canonical({"kind": kind, "schema": SCHEMA, "content": content, "sha256": _digest(kind, content)})
    if len(text) > MOST:
        raise UsageInvalid(f"this would be {len(text)} bytes, more than the {MOST} that are read; nothing was written")
    write_atomically(path, text, private=True)  # it holds the values of the run


def carried(path: Path, kind: str) -> dict[str, Any]:
    """Return the content of a file of this kind; raises ImportInvalid where it is none, or not what was written."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST + 1)
    except OSError as e:
        raise ImportInvalid(f"{path} cannot be read: {e.strerror or e}", do="Check the name.", where=str(path)) from e
    if len(text) > MOST:
        raise ImportInvalid(f"{path} is longer than {MOST} bytes; nothing was read of it", where=str(path))
    try:
        found = json.loads(text)
        known = isinstance(found, dict) and found.get("kind") == kind and isinstance(found.get("content"), dict)
    except (ValueError, RecursionError):
        known = False
    if not known:
        raise ImportInvalid(f"{path} is no {kind.removeprefix('rpa-agent ')}; nothing was done", where=str(path))
    if found.get("schema") != SCHEMA:
        raise ImportInvalid(f"{path} was written by another version (schema {found.get('schema')!r})", where=str(path))
    if found.get("sha256") != _digest(kind, found["content"]):
        raise ImportInvalid(f"{path} is not what was written: it was changed or cut off; nothing was done", where=str(path))
    content: dict[str, Any] = found["content"]
    return content


def _digest(kind: str, content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical([kind, SCHEMA, content]).encode()).hexdigest()
