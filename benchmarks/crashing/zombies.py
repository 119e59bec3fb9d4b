"""Processes that stand still (SIGSTOP) at a point of their run while another takes their work, and then wake up (SIGCONT)."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from rpa_agent.domain.points import Point

from .lane import Lane
from .trials import Outcome, Trial, brought_to_an_end, judged

ARM = "zombie"
LEASE_S = "1"
POINTS: tuple[Point, ...] = ("sent", "armed", "sent", "sending", "sent", "arming", "settling", "sent", "opened", "settled", "kept")


@dataclass(frozen=True)
class Zombie:
    """One that stands still at ``point``; another starts ``before`` seconds later, and it wakes up ``after`` that."""

    point: Point
    before: float
    after: float


def planned(wanted: int, seed: int = 7) -> Iterator[Zombie]:
    """Yield so many; half of them, and more, stand between the journal's `sent` and the request."""
    dice = random.Random(seed)
    for n in range(wanted):
        yield Zombie(POINTS[n % len(POINTS)], dice.uniform(0.0, 2.0), dice.uniform(0.0, 3.0))


def done(lane: Lane, zombie: Zombie) -> list[Outcome]:
    """Let both of them go for one invoice, and then what is left be done."""
    number = lane.number()
    first = lane.run(number, env={"RPA_CRASH_AT": f"{zombie.point}:1:stop", "RPA_LEASE": LEASE_S})
    if first.stopped is None:
        return [judged(lane, Trial(ARM, "plain"), number, first)]
    time.sleep(zombie.before)  # part of the trial: it is late, or not yet
    waker = threading.Timer(zombie.after, _wake, [first.stopped])
    waker.start()
    lane.run(number, env={"RPA_LEASE": LEASE_S})
    waker.join()
    woken = lane.resume(first.stopped)
    how = "ended before its work was taken" if woken.killed else "woke up in time and went on"
    last = brought_to_an_end(lane, number)
    return [judged(lane, Trial(ARM, "plain"), number, last, [f"{zombie.point}: {how}"])]


def _wake(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
