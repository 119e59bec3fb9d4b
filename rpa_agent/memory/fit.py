"""Whether a procedure fits a task: one calibrated probability from what the two share and how far it stands out.

The weights were fitted by `python -m benchmarks retrieval --fit`; its page says how well they hold on tasks that they were
not fitted on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TRAITS = ("order", "opening", "words", "meaning")
STANDING_OUT = ("order", "words", "meaning")        # of which it also counts how far it is above all others
# What unrelated tasks have in common: (mean, spread). In a small memory these stand in for the others that are not there,
# so that the best of two is not taken for good.
UNRELATED = {"order": (0.25, 0.1), "words": (0.15, 0.12), "meaning": (0.25, 0.13)}
POOL = 30
# Among few procedures less looks alike by chance. (procedures, floor) at which 5 % of the queries that nothing fits are
# accepted when so many are drawn from WebArena's, somewhat raised: an office's own tasks are closer to each other.
_FLOORS = ((10, 0.03), (30, 0.15), (100, 0.55))
_MANY = 300             # from here on the floor of the weights


@dataclass(frozen=True)
class Traits:
    """What a procedure has in common with a task, each 0..1; without a model there is no meaning."""

    order: float
    opening: float
    words: float
    meaning: float | None = None


@dataclass(frozen=True)
class Weights:
    """How much each trait says, how much it says to stand out in it, and where the floor lies, as a probability."""

    bias: float
    traits: Mapping[str, float]
    standing_out: Mapping[str, float]
    floor: float


WITH_MEANING = Weights(
    bias=-10.01, traits={"order": 5.55, "opening": 4.02, "words": 0.0, "meaning": 0.0},
    standing_out={"order": 1.30, "words": 0.15, "meaning": 0.24}, floor=0.75,
)
WORDS_ONLY = Weights(
    bias=-10.23, traits={"order": 5.93, "opening": 3.99, "words": 0.0}, standing_out={"order": 1.31, "words": 0.30},
    floor=0.72,
)


def weights_for(pool: Sequence[Traits]) -> Weights:
    """Return the weights that fit what is known of the pool."""
    return WITH_MEANING if pool and all(t.meaning is not None for t in pool) else WORDS_ONLY


def floor_at(procedures: int, weights: Weights) -> float:
    """Return the probability below which nothing fits, in a memory of so many procedures."""
    table = (*_FLOORS, (_MANY, weights.floor))
    sizes = [math.log(size) for size, _ in table]
    size = math.log(max(procedures, 1))
    if size <= sizes[0]:
        return table[0][1]
    for i in range(1, len(table)):
        if size < sizes[i]:
            share = (size - sizes[i - 1]) / (sizes[i] - sizes[i - 1])
            return table[i - 1][1] + share * (table[i][1] - table[i - 1][1])
    return weights.floor


def rows_of(pool: Sequence[Traits], *, meaning: bool) -> list[list[float]]:
    """Return for each its traits, then how many spreads it stands above the pool in those of STANDING_OUT."""
    names = TRAITS if meaning else TRAITS[:3]
    columns = {name: [float(getattr(t, name) or 0.0) for t in pool] for name in names}
    above = [_above(columns[name], *UNRELATED[name]) for name in STANDING_OUT if name in names]
    return [list(row) for row in zip(*columns.values(), *above, strict=True)]


def _above(values: Sequence[float], usual: float, spread: float) -> list[float]:
    others = max(POOL - len(values), 0)
    n = len(values) + others
    mean = (sum(values) + others * usual) / n
    square = (sum((v - mean) ** 2 for v in values) + others * (spread**2 + (usual - mean) ** 2)) / n
    return [(v - mean) / max(math.sqrt(square), spread / 2) for v in values]


def probabilities(pool: Sequence[Traits], weights: Weights | None = None) -> list[float]:
    """Return for each of a pool, 0..1, how probable it is that it is what was asked for."""
    weights = weights or weights_for(pool)
    meaning = "meaning" in weights.traits
    by = [*weights.traits.values(), *weights.standing_out.values()]
    return [
        1 / (1 + math.exp(-max(-60.0, min(60.0, weights.bias + sum(w * x for w, x in zip(by, row, strict=True))))))
        for row in rows_of(pool, meaning=meaning)
    ]
