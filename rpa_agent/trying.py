"""TRY AGAIN: one order, done again after a pause where a technical fault ended it and nothing is in doubt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .domain.errors import BrowserMissing, EnvironmentUnfit, StoreUnfit
from .domain.retry import due_again, keys_last, may_be_tried_again

if TYPE_CHECKING:
    from .agent import Agent, Order, Result
    from .domain.trajectory import Trajectory

Wait = Callable[[timedelta], Awaitable[None]]


@dataclass(frozen=True)
class PutOff:
    """A run that did not come through and is to be tried again ``until`` then."""

    trajectory: Trajectory
    until: datetime
    tries: int


async def run_and_retry(
    agent: Agent, order: Order, *, tries: int = 0, tell: Callable[[PutOff], None], wait: Wait | None = None
) -> Result | PutOff:
    """Do one run, and again by the workflow's `retries:`; ``tries`` counts those made before.

    Waits with ``wait``; without it the answer says when to come back. Raises what ``Agent.run`` raises once no try is left.
    """
    while True:
        tries += 1
        error: EnvironmentUnfit | None = None
        result: Result | None = None
        try:
            result = await agent.run(order)
            trajectory: Trajectory | None = result.trajectory
        except EnvironmentUnfit as e:
            error, trajectory = e, await _closed_as(agent, e)
        put_off = _put_off(agent, order, trajectory, tries)
        if put_off is None:
            if result is None:
                assert error is not None, "a run ends with a result or an error"
                raise error
            return result
        tell(put_off)
        if wait is None:
            return put_off
        await wait(put_off.until - agent.office.clock())


async def _closed_as(agent: Agent, error: EnvironmentUnfit) -> Trajectory | None:
    """Return how the run that an error ended was closed; None for errors that waiting does not mend."""
    if not error.run or isinstance(error, StoreUnfit | BrowserMissing):
        return None
    return (await agent.office.runs.get(error.run)).trajectory


def _put_off(agent: Agent, order: Order, trajectory: Trajectory | None, tries: int) -> PutOff | None:
    guarded = order.again is None and keys_last(order.workflow, has_rows=False, occurrence=order.occurrence)
    if trajectory is None or not may_be_tried_again(trajectory, guarded=guarded):
        return None
    now = agent.office.clock()
    until = due_again(order.workflow.retries, tries, now=now, not_before=trajectory.not_before)
    return None if until is None else PutOff(trajectory, until, tries)
