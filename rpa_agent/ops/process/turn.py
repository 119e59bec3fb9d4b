"""What one run at a time may do, of all processes that share a state folder: a lock of the system on a file.

Nothing of it is written to a database, and the system takes it back from a process that dies.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from rpa_agent.domain.errors import StoreReadOnly

_LONGEST = 200  # of what is read back as the name of a run


class Turn:
    """The turn at one file. The file stays: to take it away would let two have a turn at once."""

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

    def holder(self) -> str:
        """Return the run that had the turn last."""
        with self._path.open("rb") as file:
            return file.read(_LONGEST).decode(errors="replace")

    def give_back(self) -> None:
        """Let the next one have it; nothing happens where it is not ours."""
        if self.taken:
            os.close(self._held)
            self._held = -1
