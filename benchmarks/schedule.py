"""`schedule`: every due time exactly once, against a walk over every minute; a thousand at once; schedulers that race."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.office import Office

from .report import Figure, Report, Table
from .timetable.race import BEGIN, rules
from .timetable.walk import CASES, Walk

ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kathmandu",
)
FIRST, LAST, LAST_QUICK = (datetime(y, m, 1, tzinfo=UTC) for y, m in ((2026, 1), (2028, 1), (2026, 5)))
AT_ONCE = 1000
RACERS, WORKFLOWS, MINUTES = 4, 100, 100
SEED = 20261127
_AGAIN = 0.01       # of the looks are by an office opened anew, as after a restart
_BACK = 0.01        # of the looks come after the clock was set back, by up to two days


def measure(*, quick: bool) -> Report:
    """Walk, materialise and race on real files."""
    return asyncio.run(_measure(quick))


async def _measure(quick: bool) -> Report:
    last = LAST_QUICK if quick else LAST
    report = Report(
        "schedule",
        baseline="a walk over every minute of each zone's clock, written without any code of the product",
        how=f"A fake clock goes from {FIRST:%Y-%m-%d} to {last:%Y-%m-%d} in steps of a minute to a day (seed {SEED}); at each step "
        "the service looks, as it does when it serves, and half of the time what is due is marked as done. Now and then it is "
        "restarted, or the clock is set back by up to two days and goes on from there. What is in runs.db afterwards is "
        f"compared with the walk: {len(CASES)} kinds of rules in {2 if quick else len(ZONES)} zones. The races are processes on "
        "one file.",
    )
    found = [await _zone(zone, last) for zone in (ZONES[:2] if quick else ZONES)]
    totals = {name: sum(getattr(one, name) for one in found) for name in ("expected", "double", "lost")}
    at_once = median([await _at_once() for _ in range(1 if quick else 5)])
    race = _race(20 if quick else WORKFLOWS, 10 if quick else MINUTES)
    report.figures += [
        Figure("occurrences", totals["expected"], "due times that the walk found"),
        Figure("double", totals["double"], "due times too many: twice, or where the walk has none", "<= 0"),
        Figure("lost", totals["lost"], "due times that the walk has and runs.db has not", "<= 0"),
        Figure("materialise_1000_s", round(at_once, 3), f"seconds until {AT_ONCE} due at once are written, median", "<= 2"),
        Figure("race_occurrences", race["due"], f"due times that {RACERS} schedulers raced over"),
        Figure("race_double", race["double"], "claimed by more than one, or written twice", "<= 0"),
        Figure("race_lost", race["lost"], "claimed by nobody", "<= 0"),
    ]
    report.tables += [
        Table("By zone", ("zone", "due", "double", "lost", "looks", "restarts", "clock set back"), [
            (f.zone, f.expected, f.double, f.lost, f.looks, f.restarts, f.set_back) for f in found
        ]),
        Table("By kind of rule, all zones", ("kind", "due", "wrong"), [
            (case.kind, sum(f.kinds[case.kind][0] for f in found), sum(f.kinds[case.kind][1] for f in found)) for case in CASES
        ]),
        Table("Claimed by each racer", ("racer", "claimed"), list(enumerate(race["each"], 1))),
    ]
    report.not_run += race["failed"]
    return report


@dataclass(frozen=True)
class Zone:
    """What one zone came to; ``kinds`` has due and wrong ones by kind of rule."""

    zone: str
    expected: int
    double: int
    lost: int
    looks: int
    restarts: int
    set_back: int
    kinds: dict[str, tuple[int, int]]


async def _zone(zone: str, last: datetime) -> Zone:
    walk = Walk(zone, FIRST, last)
    given = {"timezone": zone, "misfire": "run_all", "grace": "31d", "overlap": "allow"}
    known: dict[str, tuple[Schedule, ...]] = {
        f"k{n}": (Schedule.model_validate({**case.rule, **given}),) for n, case in enumerate(CASES)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.db"
        told = await _live(path, known, last, random.Random(f"{SEED} {zone}"))
        with sqlite3.connect(path) as db:
            rows = db.execute("SELECT workflow, due, state FROM occurrences WHERE state IN ('due', 'running', 'done')").fetchall()
    double = lost = 0
    kinds = {}
    for n, case in enumerate(CASES):
        expected = case.due(walk)
        there = Counter(datetime.fromisoformat(due) for workflow, due, _ in rows if workflow == f"k{n}")
        many = sum(times - 1 for times in there.values()) + len(there.keys() - expected)
        missing = len(expected - there.keys())
        double, lost = double + many, lost + missing
        kinds[case.kind] = (len(expected), many + missing)
    return Zone(zone=zone, expected=sum(n for n, _ in kinds.values()), double=double, lost=lost, kinds=kinds, **told)


async def _live(path: Path, known: dict[str, tuple[Schedule, ...]], last: datetime, dice: random.Random) -> dict[str, int]:
    """Look again and again until the clock has reached ``last``; what runs is not of interest here."""
    wall = _Wall(FIRST)
    told = Counter(looks=0, restarts=0, set_back=0)
    while wall.now < last:
        async with Office.open(path, lambda: known, clock=wall) as office:
            told["restarts"] += 1
            while True:
                await office.occurrences.materialise()
                told["looks"] += 1
                if dice.random() < 0.5:     # so that some were done when the clock goes back, and some were not
                    with sqlite3.connect(path) as db:
                        db.execute("UPDATE occurrences SET state = 'done' WHERE state = 'due'")
                if wall.now >= last:
                    break
                if dice.random() < _BACK:
                    wall.now = max(FIRST, wall.now - timedelta(minutes=dice.randint(1, 2880)))
                    told["set_back"] += 1
                wall.now = min(last, wall.now + timedelta(minutes=round(1440 ** dice.random())))
                if dice.random() < _AGAIN:
                    break
    return dict(told)


class _Wall:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def _at_once() -> float:
    """Return how long it takes to write down what is due at once."""
    known = {f"w{n}": (Schedule(cron="0 9 * * *", timezone="Europe/Berlin"),) for n in range(AT_ONCE)}
    now = datetime(2026, 11, 23, 7, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        async with Office.open(Path(folder) / "runs.db", lambda: known, clock=lambda: now) as office:
            await office.occurrences.materialise()
            now = datetime(2026, 11, 23, 8, tzinfo=UTC)
            begun = time.perf_counter()
            found = await office.occurrences.materialise()
            took = time.perf_counter() - begun
    if len(found) != AT_ONCE:
        raise RuntimeError(f"{len(found)} of {AT_ONCE} were written")
    return took


def _race(workflows: int, minutes: int) -> dict[str, Any]:
    """Let processes look and claim on one file; each writes what it claimed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.db"
        _seen_first(path, workflows)
        speed = minutes * 60 / max(2.0, workflows * minutes / 500)
        args = [str(path), str(workflows), str(minutes), str(time.time()), str(speed)]
        racers = [
            subprocess.Popen([sys.executable, "-m", "benchmarks.timetable.race", *args], stdout=subprocess.PIPE, text=True)
            for _ in range(RACERS)
        ]
        claimed = [racer.communicate(timeout=900)[0].split() for racer in racers]
        with sqlite3.connect(path) as db:
            (written,) = db.execute("SELECT count(*) FROM occurrences").fetchone()
            (distinct,) = db.execute("SELECT count(DISTINCT workflow || due) FROM occurrences").fetchone()
    due, all_ = workflows * minutes, Counter(one for each in claimed for one in each)
    return {
        "due": due, "double": sum(n - 1 for n in all_.values()) + written - distinct, "lost": due - len(all_),
        "each": [len(each) for each in claimed],
        "failed": [f"racer {n}: exit code {r.returncode}" for n, r in enumerate(racers, 1) if r.returncode],
    }


def _seen_first(path: Path, workflows: int) -> None:
    """Let the rules be seen before the race begins, so that all their due times count."""

    async def look() -> None:
        known = rules(workflows)
        async with Office.open(path, lambda: known, clock=lambda: BEGIN) as office:
            await office.occurrences.materialise()

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:     # this thread's loop is busy with us
        pool.submit(asyncio.run, look()).result()
