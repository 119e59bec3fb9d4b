"""What one run at a time may do, of all processes that share a state folder: a lock of the system on a file.

Nothing of it is written to a database, and the system takes it back from a process that dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from rpa_agent.domain.errors import StoreReadOnly

_LONGEST = 200  # of what is read back as the name of a run
LOOK_S = 0.05  # how often a run that waits for another process looks whether it is over


class Turn:
    """The turn at one file. The file stays: to take it away would let two have a turn at once."""

    _waiting: ClassVar[defaultdict[Path, set[asyncio.Future[None]]]] = defaultdict(set)  # those of this process

    def __init__(self, path: Path) -> None:
        self._path, self._held = path, -1

    @property
    def taken(self) -> bool:
        return self._held >= 0

    def take(self, run: str) -> bool:
        """Take the turn for a run where nobody has it; return whether it is ours now. Raises StoreReadOnly."""
        if self.taken:
            return True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            held = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as e:
            raise StoreReadOnly(f"{self._path} cannot be written: {e.strerror}; nothing was typed", where=str(self._path)) from e
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            return False
        os.ftruncate(held, 0)
        os.write(held, run.encode())
        self._held = held
        return True

    async def come(self, run: str, *, seconds: float, meanwhile: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Wait for the turn; return whether it came in time. ``meanwhile`` is asked at each look, and may raise."""
        deadline = time.monotonic() + seconds
        while not self.take(run):
            if time.monotonic() >= deadline:
                return False
            if meanwhile is not None:
                await meanwhile()
            await self.wait(LOOK_S)
        return True

    def holder(self) -> str:
        """Return the run that had the turn last."""
        with self._path.open("rb") as file:
            return file.read(_LONGEST).decode(errors="replace")

    async def wait(self, seconds: float) -> None:
        """Return once somebody of this process gave it back, or after that time: what others hold has to be looked at."""
        given_back = asyncio.get_running_loop().create_future()
        waiting = self._waiting[self._path]
        waiting.add(given_back)
        try:
            await asyncio.wait([given_back], timeout=seconds)
        finally:
            waiting.discard(given_back)
            if not waiting:
                self._waiting.pop(self._path, None)

    def give_back(self) -> None:
        """Let the next one have it; nothing happens where it is not ours."""
        if self.taken:
            os.close(self._held)
            self._held = -1
            for one in tuple(self._waiting.get(self._path, ())):
                one.get_loop().call_soon_threadsafe(_wake, one)


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
