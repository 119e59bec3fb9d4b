"""The points of a run at which a crash would leave something behind, each by name; whoever watches is told of them.

Nothing is told to nobody: on the healthy path the callable is ``unwatched``. A test that kills a process at each of
them in turn has killed it between every two things that are written or sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

Point = Literal[
    "recovered",  # what dead processes left was resolved
    "begun",  # the run is in runs.db
    "opened",  # its browser and page are there
    "arming",  # the commit is about to be armed
    "armed",
    "sending",  # it is about to be journaled as sent
    "sent",  # it is journaled, and the request has not left
    "settling",  # what followed was seen, or the site was asked whether it arrived, and it is about to be journaled
    "settled",
    "ran",  # every step is over
    "measured",  # the checks were measured
    "kept",  # the trajectory is in runs.db
    "judged",  # the verdict is
    "told",  # what waits for a person is in the inbox
    "learned",  # memory took it in
    "applied",  # and runs.db knows that it did
    "materialised",  # what became due is in runs.db
    "claimed",  # a due time is this process's
    "finished",  # and what became of it is known
    "row_kept",  # what became of a row of a batch is in runs.db
]
POINTS: tuple[Point, ...] = get_args(Point)
OF_DUE_TIMES: tuple[Point, ...] = ("materialised", "claimed", "finished")
OF_ROWS: tuple[Point, ...] = ("row_kept",)
OF_A_RUN: tuple[Point, ...] = tuple(point for point in POINTS if point not in {*OF_DUE_TIMES, *OF_ROWS})
Reached = Callable[[Point], None]


def unwatched(point: Point) -> None:
    """Nobody watches."""
