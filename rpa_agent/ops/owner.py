"""Who holds a claim: a process, told apart from later ones with the same number, and whether it still lives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from secrets import token_hex
from typing import Any, Self

import psutil

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
            return abs(_after_boot(self.pid) - self.started) <= _SLACK
        except psutil.NoSuchProcess:
            return False


@lru_cache(maxsize=8)
def _this_process(pid: int) -> tuple[int, float, str]:
    return pid, _after_boot(pid), token_hex(8)


def _after_boot(pid: int) -> float:
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.NoSuchProcess(pid)     # it has ended and only waits to be noticed by its parent
    return float(process.create_time() - psutil.boot_time())
