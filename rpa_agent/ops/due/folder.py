"""Files that come into a folder are due times: one for every content, once it has been still for a while."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from loguru import logger

from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.spans import seconds

from .calendar import Due

LARGEST = 200 * 1024 * 1024
MOST = 1000             # files of one folder looked at in one go; the rest at the next look
_BLOCK = 1 << 20


class Arrived(Frozen):
    """A file that came, with the due time that it is."""

    path: Path
    due: Due


def arrived(rule: Schedule, *, now: datetime) -> list[Arrived]:
    """Return what lies in the folder and has not changed for a while, in order of age.

    Half-written files wait: their age is told by the file system's clock, and so are links and folders left out.
    """
    zone, still = ZoneInfo(rule.timezone), timedelta(seconds=seconds(rule.stable_for))
    found = []
    for path in sorted(_files(Path(rule.folder or ""), rule.pattern))[:MOST]:
        try:
            stat = path.stat()
            at = datetime.fromtimestamp(stat.st_mtime, tz=zone)
            if now - at < still:
                continue
            if stat.st_size > LARGEST:
                _too_large(str(path), stat.st_mtime_ns)
                continue
            label = digest(path)
        except OSError as e:        # it was taken away between looking and reading, or it is not for us
            logger.warning("{} cannot be read now: {}", path, e.strerror)
            continue
        found.append((at, Arrived(path=path, due=Due(instant=now, day=now.astimezone(zone).date(), label=label))))
    return [one for _, one in sorted(found, key=lambda f: (f[0], f[1].path))]


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError as e:
        _not_seen(str(folder), e.strerror or type(e).__name__)
        return
    for path in entries:
        hidden = path.name.startswith((".", "~$"))      # what editors and Excel keep beside an open file
        if not hidden and fnmatchcase(path.name.lower(), pattern.lower()) and path.is_file() and not path.is_symlink():
            yield path


def digest(path: Path) -> str:
    """Return the hash of a file's content, hex SHA-256; raises OSError."""
    stat = path.stat()
    # the time of change cannot be set, unlike the time of modification: what was written anew is read anew
    return _digest(str(path), stat.st_ctime_ns, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4 * MOST)
def _digest(path: str, *_state: int) -> str:
    found = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


@lru_cache(maxsize=MOST)
def _too_large(path: str, _modified: int) -> None:
    logger.error("{} is left lying: it is larger than {} MB", path, LARGEST >> 20)


@lru_cache(maxsize=MOST)
def _not_seen(folder: str, why: str) -> None:
    """Say it once, not at every look."""
    logger.error("the folder {} cannot be looked into: {}. Nothing comes from it.", folder, why)
