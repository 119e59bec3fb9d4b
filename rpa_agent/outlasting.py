"""A run outlasts its browser: where that died and nothing of a commit had left, the work begins again in a new one."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from loguru import logger

from .domain.errors import BrowserGone

if TYPE_CHECKING:
    from .domain.plan import Plan
    from .domain.trajectory import Trajectory

T = TypeVar("T")
MOST = 2  # a page that takes its browser down every time is not opened for ever


class Died(Exception):  # no failure of the run: it goes on
    """A try came to an end that is not the run's, as where the browser went away; ``args[0]`` says where in words."""


async def outlast(plan: Plan, attempt: Callable[[Plan, tuple[str, ...]], Awaitable[T]]) -> T:
    """Return what an attempt came to, made again where it raised Died; all of them share the run's minutes.

    Each attempt gets what became of those before it. What a login left, drafts included, is entered again from the start:
    the pages that were open are gone with the browser, as for a technical fault that is tried again.
    """
    deadline = time.monotonic() + plan.minutes * 60
    before: tuple[str, ...] = ()
    while True:
        left = max(0.0, (deadline - time.monotonic()) / 60)
        try:
            return await attempt(replace(plan, minutes=left) if before else plan, before)
        except Died as e:
            before = (*before, str(e))
            logger.warning("run {}: {}; nothing was sent, it is begun again", plan.run, str(e).partition(":")[0])


def require_alive(died: bool, ended: Trajectory | BrowserGone, before: tuple[str, ...]) -> None:
    """Raise Died where a run ended since its browser died, and may begin again: nothing was sent and nothing is in doubt."""
    if not died or len(before) >= MOST:
        return
    if isinstance(ended, BrowserGone):
        raise Died("the browser died before the first step")
    open_ = any(commit.state != "not_done" for commit in ended.commits)
    if ended.outcome == "failed" and ended.fault == "infrastructure" and ended.sent == "nothing" and not open_:
        raise Died(f"the browser died at step {len(ended.steps)}")
