"""Lets a process die, or stand still, at a named point of a run, as RPA_CRASH_AT asks: for tests and benchmarks alone."""

from __future__ import annotations

import os
import re
import signal

from rpa_agent.domain.errors import SettingsInvalid
from rpa_agent.domain.points import POINTS, Point, Reached, unwatched

_ASKED = re.compile(r"(?P<point>[a-z_]+)(?::(?P<nth>[1-9]\d{0,3}))?(?::(?P<how>kill|stop))?")


def reached_for(asked: str | None) -> Reached:
    """Return what is told of the points: ``sent``, ``sent:2`` (the second time), ``sent:1:stop``; None watches none.

    Raises SettingsInvalid for a point that does not exist.
    """
    if not asked:
        return unwatched
    found = _ASKED.fullmatch(asked)
    if found is None or found["point"] not in POINTS:
        raise SettingsInvalid(f"RPA_CRASH_AT={asked!r} names no point (known: {', '.join(POINTS)})", where="RPA_CRASH_AT")
    wanted, left = found["point"], int(found["nth"] or 1)
    number = signal.SIGSTOP if found["how"] == "stop" else signal.SIGKILL

    def reached(point: Point) -> None:
        nonlocal left
        if point == wanted:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), number)

    return reached
