"""Processes that race over one runs.db: for due times, each to be claimed once, and for commits, each to be armed by one."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rpa_agent.domain.errors import NeedsPerson
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.office import Office

RACERS = 2
_WORKFLOWS = 50
_RULE = Schedule.model_validate({"every": "1m", "misfire": "run_all", "overlap": "allow", "grace": "30d"})
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Race:
    """``claims`` were made; so many due times or commits were taken twice, or by nobody."""

    claims: int
    double: int
    lost: int


class BrokenOff(RuntimeError):
    """A process that raced ended with an error: what it took is not known, so nothing is counted."""


def race(*, due: int, commits: int) -> Race:
    """Let processes race over so many due times, and then over so many commits that every one of them wants.

    Raises BrokenOff where one of them did not come through.
    """
    with TemporaryDirectory(prefix="rpa-race-") as folder:
        path = Path(folder) / "runs.db"
        wanted = asyncio.run(_made_due(path, due))
        claimed, sent = Counter[str](), Counter[str]()
        command = [sys.executable, "-m", "benchmarks.crashing.racing", str(path), str(commits)]
        heard = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        racers = [subprocess.Popen(command, cwd=_ROOT, **heard) for _ in range(RACERS)]  # type: ignore[call-overload]
        for one in racers:
            out, err = one.communicate()
            if one.returncode != 0:
                raise BrokenOff(err.strip().splitlines()[-1] if err.strip() else f"ended with {one.returncode}")
            said = json.loads(out)
            claimed.update(said["claimed"])
            sent.update(said["sent"])
        keys = {f"KEY-{n}" for n in range(commits)}
        double = sum(n > 1 for n in (*claimed.values(), *sent.values()))
        return Race(claimed.total() + sent.total(), double, len(wanted - set(claimed)) + len(keys - set(sent)))


async def _made_due(path: Path, wanted: int) -> set[str]:
    """Let so many due times pass while nobody looks; return their names."""
    minutes = wanted // _WORKFLOWS
    now = datetime.now(UTC)
    rules = _rules()
    async with Office.open(path, lambda: rules, clock=lambda: now - timedelta(minutes=minutes, seconds=1)) as office:
        await office.occurrences.materialise()
    async with Office.open(path, lambda: rules, clock=lambda: now) as office:
        await office.occurrences.materialise()
        return {o.id for o in await office.occurrences.all() if o.state == "due"}


def _rules() -> dict[str, Sequence[Schedule]]:
    return {f"w{n:02}": [_RULE] for n in range(_WORKFLOWS)}


async def _take(path: Path, commits: int) -> dict[str, Any]:
    claimed, sent = list[str](), list[str]()
    async with Office.open(path, _rules) as office:
        while (occurrence := await office.occurrences.claim()) is not None:
            claimed.append(occurrence.id)
            await office.occurrences.finish(occurrence, "succeeded")
        for n in range(commits):
            run = await office.runs.begin_run("w00")
            try:
                await office.journal.arm(f"KEY-{n}", name="pay", run=run)
                await office.journal.sent(f"KEY-{n}")
            except NeedsPerson:
                continue
            sent.append(f"KEY-{n}")
            await office.journal.settle(f"KEY-{n}", "confirmed")
    return {"claimed": claimed, "sent": sent}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_take(Path(sys.argv[1]), int(sys.argv[2])))))
