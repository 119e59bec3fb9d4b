"""Trials of `rpa run`: one invoice each, its run killed once or more, started again until it is done or waits for a person."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from rpa_agent.domain.points import OF_A_RUN, Point

from .lane import MODES, Ended, Lane, Mode

ARMS = ("probe", "no probe", "naive")
MOST_RUNS = 6  # after its kills a trial is run so often until it is done or parked
AFTER_SENT: tuple[Point, ...] = ("sent", "settling", "settled")  # where a kill leaves most behind


@dataclass(frozen=True)
class Kill:
    """Where a run is killed: at a named point, or after a share of the time that a run takes."""

    point: Point | None = None
    after: float | None = None

    def words(self) -> str:
        return self.point or "at random"


@dataclass(frozen=True)
class Trial:
    """One invoice: what kind of agent, what kind of site, and the kills in order."""

    arm: str
    mode: Mode
    kills: tuple[Kill, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of an invoice; ``effects`` is the site's own count, ``fell`` where the kills fell."""

    trial: Trial
    number: str
    effects: int
    parked: bool
    done: bool
    fell: tuple[str, ...] = ()
    recovery_s: float | None = None
    why: str = ""

    @property
    def kills(self) -> int:
        return len(self.fell)

    @property
    def double(self) -> bool:
        return self.effects > 1

    @property
    def lost(self) -> bool:
        """It counts as done and is not there, or it is neither done nor before a person."""
        return (self.done and self.effects == 0) or not (self.done or self.parked)


def planned(arm: str, seed: int = 7) -> Iterator[Trial]:
    """Yield trials of one arm without end: every point in every mode in turn, mixed with random times."""
    dice = random.Random(f"{seed} {arm}")
    every = [(point, mode) for mode in MODES for point in OF_A_RUN]
    dice.shuffle(every)
    for point, mode in cycle(every):
        kills = [Kill(point=point)]
        while dice.random() < 0.75:
            kills.append(_any_time(dice) if dice.random() < 0.6 else Kill(dice.choice(AFTER_SENT)))
        if dice.random() < 0.3:
            kills[0] = _any_time(dice)
        yield Trial(arm, mode, tuple(kills))


def _any_time(dice: random.Random) -> Kill:
    return Kill(after=dice.uniform(0.02, 1.0))


def done(lane: Lane, trial: Trial) -> list[Outcome]:
    """Do one trial; the site counts."""
    number = lane.number()
    fell: list[str] = []
    recovery, last = 0.0, Ended(None, 0.0)
    for kill in trial.kills:
        after = None if kill.after is None else kill.after * lane.healthy_s
        last = lane.run(number, mode=trial.mode, env={"RPA_CRASH_AT": kill.point or ""}, kill_after=after)
        _forget(lane, trial)
        if not last.killed:
            break
        fell.append(kill.words())
    for _ in range(MOST_RUNS):
        if last.code == 0 or (last.code == 4 and trial.arm != "naive"):
            break
        last = lane.run(number, mode=trial.mode if trial.mode != "lost" else "plain")  # the answers come again
        recovery += last.seconds
        _forget(lane, trial)
    why = "" if last.code == 0 else last.said[-300:]
    effects = lane.entered().get(number, 0)
    return [Outcome(trial, number, effects, last.code == 4, last.code == 0, tuple(fell), recovery, why)]


def brought_to_an_end(lane: Lane, number: str, *, mode: Mode = "plain") -> Ended:
    """Run it again until it is done, or a person is asked for twice in a row: once may be for another run that went on."""
    last = lane.run(number, mode=mode)
    for _ in range(MOST_RUNS):
        if last.code == 0:
            break
        before, last = last, lane.run(number, mode=mode)
        if before.code == last.code == 4:
            break
    return last


def judged(lane: Lane, trial: Trial, number: str, last: Ended, fell: Sequence[str] = ()) -> Outcome:
    """Return what became of an invoice whose last command line ended so."""
    why = "" if last.code == 0 else last.said[-300:]
    return Outcome(trial, number, lane.entered().get(number, 0), last.code == 4, last.code == 0, tuple(fell), why=why)


def _forget(lane: Lane, trial: Trial) -> None:
    """The naive agent starts again from nothing, as a script does that is simply run again."""
    if trial.arm == "naive":
        for path in lane.state.glob("runs.db*"):
            path.unlink()


def by_arm(outcomes: Sequence[Outcome]) -> list[tuple[object, ...]]:
    """Return a line per arm and mode: invoices, kills, double, lost, parked."""
    rows: list[tuple[object, ...]] = []
    for arm in dict.fromkeys(o.trial.arm for o in outcomes):
        modes = [m for m in MODES if any(o.trial.arm == arm and o.trial.mode == m for o in outcomes)]
        for mode in modes if len(modes) == 1 else [*modes, "all"]:
            of = [o for o in outcomes if o.trial.arm == arm and mode in {o.trial.mode, "all"}]
            sums = [sum(getattr(o, name) for o in of) for name in ("kills", "double", "lost", "parked")]
            rows.append((arm, mode, len(of), *sums))
    return rows
