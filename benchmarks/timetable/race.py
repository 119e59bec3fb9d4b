"""One of several schedulers that race: looks, claims and finishes until the stretch is over, and says what it claimed."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.office import Office

BEGIN = datetime(2026, 11, 23, 6, tzinfo=UTC)
RULE = Schedule(every="1m", misfire="run_all", overlap="allow", grace="31d")


def rules(workflows: int) -> dict[str, tuple[Schedule, ...]]:
    return {f"w{n}": (RULE,) for n in range(workflows)}


async def race(path: Path, workflows: int, minutes: int, started: float, speed: float) -> None:
    """All racers read one clock: it began at ``started`` (seconds) and runs ``speed`` times as fast."""

    def clock() -> datetime:
        return BEGIN + min(timedelta(seconds=(time.time() - started) * speed), timedelta(minutes=minutes, seconds=30))

    known = rules(workflows)
    async with Office.open(path, lambda: known, clock=clock) as office:
        idle = 0
        while idle < 3:
            over = clock() >= BEGIN + timedelta(minutes=minutes)
            await office.occurrences.materialise()
            claimed = None
            while (occurrence := await office.occurrences.claim()) is not None:
                claimed = occurrence
                print(occurrence.id, flush=True)
                await office.occurrences.finish(occurrence, "succeeded")
            idle = idle + 1 if over and claimed is None else 0


if __name__ == "__main__":
    asyncio.run(race(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])))
