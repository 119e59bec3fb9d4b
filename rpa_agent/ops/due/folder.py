"""Files that come into a folder are due times: one for every content, once it has been still for a while."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from loguru import logger

from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.spans import seconds

LARGEST = 200 * 1024 * 1024
MOST = 1000             # files of one folder read in one go; the rest at the next look
_BLOCK = 1 << 20


class Arrived(NamedTuple):
    """A file that lies in a folder, by what it holds: ``label`` is the hash of its content, hex SHA-256."""

    path: str
    label: str


@dataclass(frozen=True)
class Came:
    """What lies in a folder, in order of age. It is not ``whole`` while files are there that were not read yet."""

    files: tuple[Arrived, ...] = ()
    whole: bool = True


class _State(NamedTuple):
    """What tells a file from what it was. The time of change cannot be set, unlike that of modification: what was written
    anew is read anew."""

    changed: int
    modified: int
    size: int


class Folders:
    """The folders that are watched. A file is read once and remembered for as long as it lies there as it is."""

    def __init__(self) -> None:
        self._read: dict[tuple[str | None, str], dict[str, tuple[_State, str]]] = {}

    def look(self, rule: Schedule, *, now: datetime) -> Came:
        """Return what lies in the folder and has not changed for a while.

        Half-written files wait: their age is told by the file system's clock. Links and folders are left out.
        """
        latest = (now.timestamp() - seconds(rule.stable_for)) * 1e9
        known = self._read.setdefault((rule.folder, rule.pattern), {})
        there = dict(_files(rule.folder or "", rule.pattern))
        for path in known.keys() - there.keys():
            del known[path]     # it was taken away
        still = [(state.modified, path) for path, state in there.items() if state.modified <= latest and _fits(path, state)]
        new = [path for _, path in sorted(still) if path not in known or known[path][0] != there[path]]
        tried = read = 0
        while tried < len(new) and read < MOST:
            path, tried = new[tried], tried + 1
            try:
                known[path] = there[path], digest(path)
                read += 1
            except OSError as e:    # it was taken away between looking and reading, or it is not for us
                known.pop(path, None)
                logger.warning("{} cannot be read now: {}", path, e.strerror)
        late = frozenset(new[tried:])
        files = tuple(Arrived(path, known[path][1]) for _, path in sorted(still) if path in known and path not in late)
        return Came(files, whole=not late)


def _fits(path: str, state: _State) -> bool:
    if state.size > LARGEST:
        _too_large(path, state.modified)
    return state.size <= LARGEST


def _files(folder: str, pattern: str) -> Iterator[tuple[str, _State]]:
    try:
        entries = list(os.scandir(folder))
    except OSError as e:
        _not_seen(folder, e.strerror or type(e).__name__)
        return
    for entry in entries:
        hidden = entry.name.startswith((".", "~$"))     # what editors and Excel keep beside an open file
        if hidden or not fnmatchcase(entry.name.lower(), pattern.lower()):
            continue
        told = entry.path.encode(errors="backslashreplace").decode()
        if told != entry.path:
            _not_named(told)
            continue        # no text holds its name, so nothing of it could be written down
        try:
            if entry.is_file(follow_symlinks=False):
                stat = entry.stat(follow_symlinks=False)
                yield entry.path, _State(stat.st_ctime_ns, stat.st_mtime_ns, stat.st_size)
        except FileNotFoundError:
            continue        # it was taken away meanwhile
        except OSError as e:
            logger.warning("{} cannot be looked at now: {}", entry.path, e.strerror)


def digest(path: Path | str) -> str:
    """Return the hash of a file's content, hex SHA-256; raises OSError."""
    found = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


@lru_cache(maxsize=MOST)
def _too_large(path: str, _modified: int) -> None:
    logger.error("{} is left lying: it is larger than {} MB", path, LARGEST >> 20)


@lru_cache(maxsize=MOST)
def _not_named(path: str) -> None:
    logger.error("{} is left lying: its name is not UTF-8. Give it another one.", path)


@lru_cache(maxsize=MOST)
def _not_seen(folder: str, why: str) -> None:
    """Say it once, not at every look."""
    logger.error("the folder {} cannot be looked into: {}. Nothing comes from it.", folder, why)
