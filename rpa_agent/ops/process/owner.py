"""Who holds a claim: a process, told apart from later ones with the same number, and whether it still lives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

_PROC = Path("/proc/self")
_SLACK = 1.5        # the boot time is known in whole seconds only


@dataclass(frozen=True)
class Owner:
    """A process by number, start in seconds after boot (a stepped clock does not move it) and a random token."""

    pid: int
    started: float
    token: str

    @classmethod
    def me(cls) -> Self:
        """Return this process; the same value for its whole life."""
        return cls(*_this_process(os.getpid()))

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self | None:
        """Return the owner that a row names in its ``owner_*`` columns, if any."""
        return cls(row["owner_pid"], row["owner_started"], row["owner_token"]) if row["owner_pid"] else None

    def lives(self) -> bool:
        """Tell whether this very process is still there."""
        me = Owner.me()
        if self.token == me.token:
            return True
        if self.pid == me.pid:
            return False        # the number was given to us after its holder had gone, as containers do
        try:
            return abs(after_boot(self.pid) - self.started) <= _SLACK
        except ProcessLookupError:
            return False


@lru_cache(maxsize=8)
def _this_process(pid: int) -> tuple[int, float, str]:
    return pid, after_boot(pid), token_hex(8)


def after_boot(pid: int) -> float:
    """Return when a process started; raises ProcessLookupError for one that has ended, though its parent did not notice."""
    if not _PROC.exists():
        return _asked_of_the_system(pid)
    try:
        line = (_PROC.parent / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError) as e:
        raise ProcessLookupError(pid) from e
    fields = line.rsplit(")", 1)[1].split()     # the name before may hold spaces and brackets
    if fields[0] in {"Z", "X"}:
        raise ProcessLookupError(pid)
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _asked_of_the_system(pid: int) -> float:
    """Do the same where there is no /proc; psutil knows how, and takes its time to load."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return float(process.create_time() - psutil.boot_time())
    except psutil.NoSuchProcess as e:
        raise ProcessLookupError(pid) from e
    raise ProcessLookupError(pid)
