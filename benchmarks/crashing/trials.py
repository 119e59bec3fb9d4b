"""Trials: one invoice each, its run killed once or more, started again until it is done or waits for a person."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from rpa_agent.domain.points import POINTS, Point

from .lane import Ended, Lane

MODES = ("plain", "slow", "lost", "double")
ARMS = ("probe", "no probe", "naive")
MOST_RUNS = 6  # after its kills a trial is run so often until it is done or parked
LONGEST_RUN_S = 3.0  # random kills fall into this stretch of a run
AFTER_SENT: tuple[Point, ...] = ("sent", "settling", "settled")  # where a kill leaves most behind


@dataclass(frozen=True)
class Kill:
    """Where a run is killed: at a named point, or after so many seconds."""

    point: Point | None = None
    after: float | None = None

    def words(self) -> str:
        return self.point or "at random"


@dataclass(frozen=True)
class Trial:
    """One invoice: what kind of site, what kind of agent, and the kills in order."""

    arm: str
    mode: str
    kills: tuple[Kill, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a trial; ``effects`` is the site's own count."""

    trial: Trial
    kills: int
    effects: int
    parked: bool
    done: bool
    recovery_s: float
    why: str = ""

    @property
    def double(self) -> bool:
        return self.effects > 1

    @property
    def lost(self) -> bool:
        """It counts as done and is not there, or it is neither done nor before a person."""
        return (self.done and self.effects == 0) or not (self.done or self.parked)


def planned(arm: str, wanted: int, seed: int = 7) -> Iterator[Trial]:
    """Yield trials of one arm with so many kills in all: every point in every mode, then mixed with random times."""
    dice = random.Random(f"{seed} {arm}")
    every = [(point, mode) for mode in MODES for point in POINTS]
    dice.shuffle(every)
    given = 0
    for point, mode in islice(cycle(every), wanted):
        kills = [Kill(point=point)]
        while dice.random() < 0.45:
            kills.append(Kill(after=dice.uniform(0.1, LONGEST_RUN_S)) if dice.random() < 0.6 else Kill(dice.choice(AFTER_SENT)))
        if dice.random() < 0.3:
            kills[0] = Kill(after=dice.uniform(0.1, LONGEST_RUN_S))
        given += len(kills)
        yield Trial(arm, mode, tuple(kills))
        if given >= wanted:
            return


def done(lane: Lane, trial: Trial) -> Outcome:
    """Do one trial; the site counts."""
    number = f"K-{next(lane.numbers)}"
    state = lane.project / ".rpa"
    killed, recovery, last = 0, 0.0, Ended(None, 0.0)
    with lane.faults(trial.mode):
        for kill in trial.kills:
            env = {"RPA_CRASH_AT": kill.point or ""}
            last = lane.run(number, state=state, env=env, kill_after=kill.after)
            killed += last.killed
            _forget(lane, trial)
            if not last.killed:
                break
    for _ in range(MOST_RUNS):
        if last.code in (0, 4) and not (trial.arm == "naive" and last.code == 4):
            break
        last = lane.run(number, state=state)
        recovery += last.seconds
        _forget(lane, trial)
    why = "" if last.code == 0 else last.said[-300:]
    return Outcome(trial, killed, lane.entered(number), last.code == 4, last.code == 0, recovery, why)


def _forget(lane: Lane, trial: Trial) -> None:
    """The naive agent starts again from nothing, as a script does that is simply run again."""
    if trial.arm == "naive":
        for path in (lane.project / ".rpa").glob("runs.db*"):
            path.unlink()


def by_arm(outcomes: Sequence[Outcome]) -> list[tuple[object, ...]]:
    """Return a line per arm and mode: trials, kills, double, lost, parked."""
    rows: list[tuple[object, ...]] = []
    for arm in ARMS:
        for mode in (*MODES, "all"):
            of = [o for o in outcomes if o.trial.arm == arm and mode in {o.trial.mode, "all"}]
            if of:
                sums = [sum(getattr(o, name) for o in of) for name in ("kills", "double", "lost", "parked")]
                rows.append((arm, mode, len(of), *sums))
    return rows


def keep_runs_away(lane: Lane) -> None:
    """Forget artifacts of trials, which would fill a disk."""
    shutil.rmtree(lane.project / ".rpa" / "artifacts", ignore_errors=True)
