"""What trials came to, kept in a file as they end, so that a measurement that was broken off goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from .lane import Came


class Kept:
    """Trials by name, a line each. A file belongs to one state of the program: another one is measured anew."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: dict[str, Came] = {}
        for line in file.read_text(encoding="utf-8").splitlines() if file is not None and file.is_file() else ():
            trial = _whole(line)
            if trial is not None:
                self._known[trial[0]] = trial[1]

    def __len__(self) -> int:
        return len(self._known)

    async def trial(self, name: str, run: Callable[[], Awaitable[Came]]) -> Came:
        """Return what a trial came to, run now unless it is known."""
        if name not in self._known:
            came = self._known[name] = await run()
            if self._file is not None:
                with self._file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps({"trial": name, **asdict(came), "repaired_by": sorted(came.repaired_by)}) + "\n")
        return self._known[name]


def _whole(line: str) -> tuple[str, Came] | None:
    """Return a line's trial; None for one that was cut off."""
    try:
        plain: dict[str, Any] = json.loads(line)
        told = {f.name: plain[f.name] for f in fields(Came)}
    except (ValueError, KeyError):
        return None
    listed = {name: tuple(told[name]) for name in ("forbidden", "secrets", "written", "tokens")}
    return plain["trial"], Came(**{**told, **listed, "repaired_by": frozenset(told["repaired_by"])})
