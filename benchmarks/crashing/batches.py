"""A file of rows whose `rpa run` is killed again and again and given again: every row once, or before a person."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from itertools import count

import yaml

from rpa_agent.domain.points import OF_A_RUN, OF_ROWS, Point

from ..flow import NAME
from .lane import Lane
from .trials import Kill, Outcome, Trial

ARM = "batch"
_ROWS = 6
_POINTS: tuple[Point, ...] = (*OF_A_RUN, *OF_ROWS, *OF_ROWS)
_AGAIN = 6
_names = count(1)


def planned(seed: int = 7) -> Iterator[tuple[Kill, ...]]:
    """Yield the kills of one file after another, without end."""
    dice = random.Random(seed)
    while True:
        yield tuple(Kill(dice.choice(_POINTS)) if dice.random() < 0.5 else Kill(after=dice.uniform(0.1, 2.0)) for _ in range(16))


def done(lane: Lane, kills: tuple[Kill, ...]) -> list[Outcome]:
    """Enter one file of invoices."""
    name = f"desk-{next(_names)}"
    numbers = [f"B-{name}-{n}" for n in range(_ROWS)]
    path = lane.project / "data" / f"{name}.csv"
    values = yaml.safe_load((lane.project / "data" / f"{NAME}.examples.yaml").read_text())
    with path.open("w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, list(values), delimiter=";")
        writer.writeheader()
        writer.writerows({**values, "invoice_number": number} for number in numbers)
    lane.behave("plain")
    lane.use(probe=True, more={"rows": {"file": f"data/{name}.csv", "key": "invoice_number"}, "locale": "en_US"})
    fell: list[str] = []
    for kill in kills:
        after = None if kill.after is None else kill.after * lane.healthy_s
        ended = lane.rpa(["run", NAME], env={"RPA_CRASH_AT": kill.point or ""}, kill_after=after)
        if not ended.killed:
            break
        fell.append(kill.words())
    for _ in range(_AGAIN):
        if lane.rpa(["run", NAME]).code == 0:
            break
    return _judged(lane, numbers, fell)


def _judged(lane: Lane, numbers: list[str], fell: list[str]) -> list[Outcome]:
    rows = lane.rows("SELECT key, state, reason FROM batch_rows ORDER BY changed")
    states = {key: (state, reason) for key, state, reason in rows}
    effects, found = lane.entered(), list[Outcome]()
    for number in numbers:
        state, reason = states.get(number, ("never begun", ""))
        of = tuple(fell) if number == numbers[0] else ()
        parked, ok, why = state == "parked", state == "succeeded", f"{state} {reason}"
        found.append(Outcome(Trial(ARM, "plain"), number, effects.get(number, 0), parked, ok, of, why=why))
    return found
