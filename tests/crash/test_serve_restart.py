"""Serving processes that are killed, restarted, doubled or asked to end: no due time twice, none lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

import pytest
from sampled import sampled

from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.office import Office

SERVING = Path(__file__).with_name("serving.py")
POINTS = ["claimed", "begun", "armed", "sent", "effect", "confirmed", "ended"]
BOUND = 90.0        # seconds after which a test gives up; a healthy one needs a few


@dataclass(frozen=True)
class Place:
    """One state folder with due times waiting in it, and the ledger of everything that was sent."""

    folder: Path
    rules: dict[str, list[dict[str, str]]]

    @property
    def arguments(self) -> list[str]:
        names = {"--runs": "runs.db", "--rules": "rules.json", "--ledger": "ledger"}
        return [text for flag, name in names.items() for text in (flag, str(self.folder / name))]

    @asynccontextmanager
    async def office(self) -> AsyncIterator[Office]:
        rules = {name: [Schedule.model_validate(r) for r in rs] for name, rs in self.rules.items()}
        async with Office.open(self.folder / "runs.db", lambda: rules) as office:
            yield office

    def effects(self) -> Counter[str]:
        ledger = self.folder / "ledger"
        return Counter(ledger.read_text().split() if ledger.exists() else [])

    async def states(self) -> Counter[str]:
        async with self.office() as office:
            return Counter(o.state for o in await office.occurrences.all())


async def place_with(folder: Path, due: int) -> Place:
    """Let ``due`` workflows become due half an hour ago, while nobody was serving."""
    now = datetime.now(UTC)
    then = now - timedelta(minutes=30)
    rule = {"cron": f"{then.minute} {then.hour} * * *", "grace": "2h"}
    place = Place(folder, {f"w{n:03}": [rule] for n in range(due)})
    (folder / "rules.json").write_text(json.dumps(place.rules))
    rules = {name: [Schedule.model_validate(rule)] for name in place.rules}
    async with Office.open(folder / "runs.db", lambda: rules, clock=lambda: now - timedelta(minutes=40)) as office:
        await office.occurrences.materialise()
    return place


@asynccontextmanager
async def serving(place: Place, *options: str) -> AsyncIterator[Process]:
    """Start a serving process; whatever happens it is gone afterwards."""
    command = [sys.executable, str(SERVING), *place.arguments, *options]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(process: Process, point: str, times: int) -> int:
    """Read what the process says until it has reached ``point`` so often, or has ended; return how often it did."""
    assert process.stdout
    seen = 0
    async with asyncio.timeout(BOUND):
        while seen < times and (line := await process.stdout.readline()):
            seen += line.split()[0].decode() == point
    return seen


async def until_states(place: Place, reached: Callable[[Counter[str]], bool]) -> None:
    """Look at the due times, from outside, until they are as wanted."""
    async with asyncio.timeout(BOUND):
        for pause in repeat(0.05):
            if reached(await place.states()):
                return
            await asyncio.sleep(pause)


async def end(process: Process) -> int:
    """Ask the process to end and return its exit code."""
    process.terminate()
    async with asyncio.timeout(BOUND):
        await process.communicate()
    assert process.returncode is not None
    return process.returncode


@pytest.mark.parametrize("probe", [False, True])
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_every_point_and_restarted(tmp_path: Path, point: str, probe: bool) -> None:
    """Sent at most once; done after the restart, or before a person where nobody can know."""
    place = await place_with(tmp_path, due=1)
    options = ["--probe"] if probe else []
    async with serving(place, *options, "--crash-at", point) as first:
        async with asyncio.timeout(BOUND):
            await first.communicate()
        assert first.returncode == -signal.SIGKILL
    in_doubt = point in ("sent", "effect") and not probe
    async with serving(place, *options) as second:
        if in_doubt:
            await until_states(place, lambda states: states["parked"] == 1)
        else:
            await until(second, "ended", 1)
        assert await end(second) == 0
    assert await place.states() == {"parked" if in_doubt else "done": 1}
    assert sum(place.effects().values()) == (0 if (in_doubt and point == "sent") else 1)


@pytest.mark.parametrize("probe", sampled([False, True], True))
async def test_killed_again_and_again(tmp_path: Path, probe: bool) -> None:
    """Twenty due times, a process killed at random lines until all is settled: no effect twice, no due time lost."""
    place, dice, kills = await place_with(tmp_path, due=20), random.Random(7), 0
    options = ["--parallel", "3", *(["--probe"] if probe else [])]
    open_states = {"due", "running"}
    for _ in range(40):
        async with serving(place, *options) as process:
            with contextlib.suppress(TimeoutError):     # near the end there are fewer lines left than asked for
                async with asyncio.timeout(3):
                    await until(process, dice.choice(POINTS[:-1]), dice.randint(1, 6))
            process.kill()
            kills += 1
            await process.wait()
        if not open_states & set(await place.states()) and sum((await place.states()).values()) == 20:
            break
    async with serving(place, *options):
        await until_states(place, lambda states: not open_states & set(states))
    states, effects = await place.states(), place.effects()
    assert kills >= 5 and set(effects.values()) == {1}
    assert states["done"] + states["parked"] == 20
    if probe:
        assert states["parked"] == 0 and len(effects) == 20
    async with place.office() as office:
        assert len(await office.inbox.items()) == states["parked"]


async def test_two_services_race_over_one_file(tmp_path: Path) -> None:
    """150 due at once, two processes with four places each: every one done, none twice."""
    place = await place_with(tmp_path, due=150)
    async with serving(place, "--parallel", "4") as a, serving(place, "--parallel", "4") as b:
        await until_states(place, lambda states: states["done"] == 150)
        codes = await asyncio.gather(end(a), end(b))
    assert list(codes) == [0, 0]
    effects = place.effects()
    assert (len(effects), sum(effects.values())) == (150, 150)
    async with place.office() as office:
        occurrences = await office.occurrences.all()
        assert [(o.state, o.outcome, o.attempts) for o in occurrences] == [("done", "succeeded", 1)] * 150
        owners = {r.occurrence for r in await office.runs.recent(n=1000)}
        assert len(owners) == 150


@pytest.mark.parametrize("ask", [signal.SIGTERM, signal.SIGINT])
async def test_asked_to_end_it_finishes_what_runs(tmp_path: Path, ask: signal.Signals) -> None:
    """No new run is begun, the one in hand is finished, the rest stays due for the next start."""
    place = await place_with(tmp_path, due=3)
    async with serving(place, "--parallel", "1", "--pause", "0.5") as process:
        await until(process, "armed", 1)
        process.send_signal(ask)
        async with asyncio.timeout(BOUND):
            await process.communicate()
        assert process.returncode == 0
    assert await place.states() == {"done": 1, "due": 2}
    async with serving(place) as process:
        await until(process, "ended", 2)
        await end(process)
    assert await place.states() == {"done": 3}
    assert set(place.effects().values()) == {1}


async def test_killed_while_materialising(tmp_path: Path) -> None:
    """Ten kills right at the start: nothing is missed and nothing comes twice."""
    place, dice = await place_with(tmp_path, due=40), random.Random(11)
    for _ in range(10):
        async with serving(place) as process:
            await asyncio.sleep(dice.uniform(0.2, 0.7))     # any moment of start-up is as good as another
            process.kill()
            await process.wait()
    async with serving(place, "--probe", "--parallel", "4"):
        await until_states(place, lambda states: states["done"] + states["parked"] == 40)
    states = await place.states()
    assert states["done"] + states["parked"] == 40 and set(place.effects().values()) == {1}
