"""`rpa serve` killed while it writes down what is due, claims it, works on it and writes how it ended; then started again."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from rpa_agent.domain.points import OF_DUE_TIMES, Point
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.office import Office

from ..flow import NAME
from .lane import Lane
from .trials import Kill, Outcome, Trial

ARM = "scheduler"
POINTS: tuple[Point, ...] = (*OF_DUE_TIMES, "recovered", "begun", "opened", "armed", "sent", "settled", "kept", "applied")
_ROUNDS = 6  # of serving what is left
_names = count(1)


def planned(most: int, seed: int = 7) -> Iterator[tuple[Kill, ...]]:
    """Yield the kills of one round after another, so many in each, without end."""
    dice = random.Random(seed)
    while True:
        yield tuple(
            Kill(dice.choice(POINTS)) if dice.random() < 0.5 else Kill(after=dice.uniform(0.1, 2.0)) for _ in range(most)
        )


def done(lane: Lane, kills: tuple[Kill, ...]) -> list[Outcome]:
    """Let some due times have passed while nobody served, serve them under kills, and bring the rest to its end."""
    then, batch = datetime.now(UTC) - timedelta(minutes=30), next(_names)
    numbers = [f"S-{batch}-{n}" for n in range(max(2, len(kills) // 3))]
    rules: list[dict[str, Any]] = [
        {"cron": f"{then.minute} {then.hour} * * *", "grace": "2h", "examples": True, "params": {"invoice_number": number},
         "overlap": "allow"} for number in numbers
    ]  # fmt: skip
    lane.behave("plain")
    lane.use(probe=True, more={"schedule": rules})
    asyncio.run(_seen_before(lane, rules))
    fell: list[str] = []
    for kill in kills:
        after = 2.5 * lane.healthy_s if kill.after is None else kill.after * lane.healthy_s
        ended = lane.rpa(["serve", "--parallel", "2"], env={"RPA_CRASH_AT": kill.point or ""}, kill_after=after)
        if ended.killed:
            fell.append(kill.words())
        if not _open(lane, numbers):
            break
    for _ in range(_ROUNDS):
        if not _open(lane, numbers):
            break
        lane.rpa(["serve", "--once", "--parallel", "2"])
    return _judged(lane, numbers, fell)


async def _seen_before(lane: Lane, rules: list[dict[str, Any]]) -> None:
    """Let the office know the rules from before they were due: what is new starts now."""
    known = {NAME: [Schedule.model_validate(rule) for rule in rules]}
    earlier = datetime.now(UTC) - timedelta(minutes=40)
    async with Office.open(lane.state / "runs.db", lambda: known, clock=lambda: earlier) as office:
        await office.occurrences.materialise()


def _states(lane: Lane) -> dict[str, tuple[str, str | None, str]]:
    """Return state, outcome and reason of every due time by its invoice."""
    found = lane.rows("SELECT params, state, outcome, reason FROM occurrences")
    return {json.loads(params).get("invoice_number", ""): tuple(said) for params, *said in found}


def _open(lane: Lane, numbers: list[str]) -> bool:
    states = _states(lane)
    return any(states.get(n, ("", None, ""))[0] in {"", "due", "running"} for n in numbers)


def _judged(lane: Lane, numbers: list[str], fell: list[str]) -> list[Outcome]:
    states, effects, found = _states(lane), lane.entered(), list[Outcome]()
    for number in numbers:
        state, outcome, reason = states.get(number, ("never due", None, ""))
        parked = state == "parked" or (state == "done" and outcome == "needs_person")
        ok = state == "done" and outcome == "succeeded"
        of = tuple(fell) if number == numbers[0] else ()
        why = f"{state} {outcome or reason}"
        found.append(Outcome(Trial(ARM, "plain"), number, effects.get(number, 0), parked, ok, of, why=why))
    return found
