"""What a batch tells while it works, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.result import EXIT
from ..domain.retry import worst
from ..ops.batches import Batch, Begun
from ..ops.batches.rows import BatchRow, totals

if TYPE_CHECKING:
    from ..domain.trajectory import Trajectory


@dataclass(frozen=True)
class Began:
    """The batch is in hand; ``left`` rows are to be done now."""

    begun: Begun
    left: int


@dataclass(frozen=True)
class RowBegins:
    row: BatchRow


@dataclass(frozen=True)
class RowEnded:
    """A row came to its end, or ``row.due`` says when it is tried again."""

    row: BatchRow
    trajectory: Trajectory
    written: int | None = None


@dataclass(frozen=True)
class Waiting:
    """Nothing can be done before ``until``."""

    until: datetime
    rows: int


@dataclass(frozen=True)
class ResultsUnwritten:
    """The result file cannot be written; the batch goes on, and runs.db keeps what the file would say."""

    why: str


@dataclass(frozen=True)
class BatchEnd:
    """How a batch ended. ``later`` is when it wants to go on; ``stopped`` says why rows were left."""

    batch: Batch
    rows: tuple[BatchRow, ...]
    results: Path
    stopped: str = ""
    later: datetime | None = None
    cancelled: bool = False
    called_off: bool = False  # a person cancelled it
    written: bool = True  # the result file holds all of them

    def totals(self) -> dict[str, int]:
        return totals(self.rows)

    def code(self) -> int:
        """Return the exit code: the worst of its rows."""
        if self.called_off:
            return EXIT["cancelled"]
        return worst(code for row in self.rows if (code := row.code()) is not None)


Event = Began | RowBegins | RowEnded | Waiting | ResultsUnwritten | BatchEnd
Tell = Callable[[Event], None]
