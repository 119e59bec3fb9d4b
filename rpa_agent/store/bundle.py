"""One file that holds several databases as they stood together, each proved before it counts, on the way in and out."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..domain.errors import StoreCorrupt, StoreUnfit, UsageInvalid
from .backup import Verify, copy, prove, require_unused, restore
from .database import Database
from .files import door, inspect, replace, scratch
from .migrations import Migrations, migrate

_MANIFEST, _SCHEMA = "backup.json", 1
_MOST = 64 * 1024**3        # bytes of one database; more than that is no backup of ours
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Part:
    """A database of a bundle: where it is, how it came to its shape, and what proves its rows."""

    path: Path
    migrations: Migrations
    verify: Verify


def pack(parts: Mapping[str, Part], target: Path, *, made: str) -> None:
    """Copy databases that may be in use into one new file, in the order given.

    Raises UsageInvalid where ``target`` exists, StoreCorrupt where a copy does not prove itself; nothing is left then.
    """
    if target.exists():
        raise UsageInvalid(f"{target} exists already", do="Name a new file.", where=str(target))
    with door(target), scratch(target) as temp, ExitStack() as stack:
        manifest: dict[str, Any] = {"schema": _SCHEMA, "made": made, "parts": {}}
        copies = []
        for name, part in parts.items():
            one = stack.enter_context(scratch(target))
            brought_up(part)
            copy(part.path, one)
            prove(one, part.path, part.verify)
            manifest["parts"][name] = {"sha256": _digest(one), "bytes": one.stat().st_size}
            copies.append((name, one))
        temp.touch(mode=0o600)      # it holds what people entered
        with zipfile.ZipFile(temp, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(_MANIFEST, json.dumps(manifest, indent=1))
            for name, one in copies:
                packed.write(one, name)
        replace(temp, target)


@dataclass(frozen=True)
class Unpacked:
    """The proved databases of a bundle in a folder that will be gone, and when they were copied."""

    made: str
    files: Mapping[str, Path]


@contextmanager
def unpacked(source: Path, parts: Mapping[str, Part]) -> Iterator[Unpacked]:
    """Give the databases of a bundle, each proved; raises StoreCorrupt, StoreTooNew or StoreUnfit."""
    with TemporaryDirectory(prefix="rpa-restore-") as folder:
        with door(source):
            made = _extract(source, parts, Path(folder))
        files = {name: Path(folder) / name for name in parts}
        for name, file in files.items():
            with door(source):
                inspect(file, parts[name].migrations)
                _migrate(file, parts[name].migrations)
            prove(file, source, parts[name].verify)
        yield Unpacked(made, files)


def put_in_place(found: Unpacked, parts: Mapping[str, Part]) -> dict[str, Path]:
    """Let unpacked databases take the places of those in use before; return where the former ones went.

    Raises StoreLocked while a process has one of them open; nothing has changed then.
    """
    require_free(parts)
    aside = {}
    for name, part in parts.items():
        former = restore(found.files[name], part.path, verify=part.verify)
        if former is not None:
            aside[name] = former
    return aside


def require_free(parts: Mapping[str, Part]) -> None:
    """Raise StoreLocked while a process has one of these databases open."""
    for part in parts.values():
        if part.path.exists():
            with door(part.path):
                require_unused(part.path)


def brought_up(part: Part) -> None:
    """Bring a database of an older version to this one's shape, as every command that opens it does; one that is
    damaged is left as it is."""
    try:
        with door(part.path):
            inspect(part.path, part.migrations)
            _migrate(part.path, part.migrations)
    except StoreCorrupt:
        return      # what is wrong with it is told by whoever looks at it


def _migrate(path: Path, migrations: Migrations) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        if conn.execute("PRAGMA user_version").fetchone()[0] < migrations.latest:
            migrate(Database(conn), migrations)


def _extract(source: Path, parts: Mapping[str, Part], folder: Path) -> str:
    if not source.is_file():
        raise StoreUnfit(f"{source} does not exist", do="Check the path.", where=str(source))
    try:
        with zipfile.ZipFile(source) as packed:
            manifest = json.loads(packed.read(_MANIFEST)) if _size(packed, _MANIFEST) < _CHUNK else {}
            known = manifest["parts"] if manifest.get("schema") == _SCHEMA else {}
            for name in parts:
                _one(packed, name, folder / name, wanted=known[name])
            return str(manifest["made"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, NotImplementedError, EOFError) as e:
        raise StoreCorrupt(f"{source} is no whole backup; nothing was changed", do="Use another one.", where=str(source)) from e


def _size(packed: zipfile.ZipFile, name: str) -> int:
    return packed.getinfo(name).file_size


def _one(packed: zipfile.ZipFile, name: str, target: Path, *, wanted: Mapping[str, Any]) -> None:
    if _size(packed, name) != wanted["bytes"] or not 0 < wanted["bytes"] < _MOST:
        raise ValueError(name)
    with packed.open(name) as one, target.open("wb") as out:
        while chunk := one.read(_CHUNK):
            out.write(chunk)
    if _digest(target) != wanted["sha256"]:
        raise ValueError(name)


def _digest(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
