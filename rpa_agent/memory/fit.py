"""Whether a procedure fits a task: one calibrated probability that it is said alike, or else that it means the same.

A task is asked for in the words that were shown, or in others. What speaks for the one says nothing about the other: where
the words differ, the small ones that two sentences share by chance must not outweigh what they mean. So each is judged by
itself, and either is enough. The weights were fitted by `python -m benchmarks retrieval --fit`; its page says how well they
hold on tasks that they were not fitted on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SAID = ("order", "opening", "verb", "words")        # traits of a task said alike, and of which it also counts how far
SAID_ABOVE = ("order", "words")                     # above all others they are
MEANT = MEANT_ABOVE = ("meaning",)
# What unrelated tasks have in common: (mean, spread). In a small memory these stand in for the others that are not there,
# so that the best of two is not taken for good.
UNRELATED = {"order": (0.25, 0.1), "words": (0.15, 0.12), "meaning": (0.25, 0.13)}
POOL = 30
# Among few procedures less looks alike by chance. (procedures, floor) at which 5 % of the queries that nothing fits are
# accepted when so many are drawn from an office's tasks (`benchmarks/wordings`).
_FLOORS = ((5, 0.03), (12, 0.08), (30, 0.5))
MANY = 300             # from here on the floor of the weights
_EVERY_WORD = 0.999
_BEHIND = 0.2           # so far that experience does not bring it before the other again


@dataclass(frozen=True)
class Traits:
    """What a procedure has in common with a task, each 0..1; without a model there is no meaning.

    ``verb`` is whether it says the word that the task begins with; ``covered`` how much of the task it says.
    """

    order: float
    opening: float
    words: float
    meaning: float | None = None
    verb: float = 0.0
    covered: float = 0.0


@dataclass(frozen=True)
class Side:
    """How much each trait says, and how much it says to stand out in it."""

    bias: float
    traits: Mapping[str, float]
    standing_out: Mapping[str, float]


@dataclass(frozen=True)
class Weights:
    """What tells that a task is said alike, and what that it means the same; the floor is a probability."""

    said: Side
    meant: Side | None
    floor: float


WITH_MEANING = Weights(
    Side(-12.81, {"order": 7.22, "opening": 3.52, "verb": 1.88, "words": 0.0}, {"order": 1.75, "words": 0.0}),
    Side(-6.21, {"meaning": 0.0}, {"meaning": 1.58}),
    floor=0.70,
)
WORDS_ONLY = Weights(
    Side(-7.69, {"order": 5.16, "opening": 2.10, "verb": 0.61, "words": 0.0}, {"order": 0.62, "words": 0.47}), None,
    floor=0.66,
)


def weights_for(pool: Sequence[Traits], *, known_model: bool = True) -> Weights:
    """Return the weights that fit what is known of the pool.

    What unrelated tasks have in common by the vectors of another model than all-MiniLM-L6-v2 is not known: in a pool
    that is not full it would have to be, and words decide.
    """
    meant = pool and all(t.meaning is not None for t in pool) and (known_model or len(pool) >= POOL)
    return WITH_MEANING if meant else WORDS_ONLY


def floor_at(procedures: int, weights: Weights) -> float:
    """Return the probability below which nothing fits, in a memory of so many procedures."""
    table = (*_FLOORS, (MANY, weights.floor))
    sizes = [math.log(size) for size, _ in table]
    size = math.log(max(procedures, 1))
    if size <= sizes[0]:
        return table[0][1]
    for i in range(1, len(table)):
        if size < sizes[i]:
            share = (size - sizes[i - 1]) / (sizes[i] - sizes[i - 1])
            return table[i - 1][1] + share * (table[i][1] - table[i - 1][1])
    return weights.floor


def rows_of(pool: Sequence[Traits], *, traits: Sequence[str], above: Sequence[str]) -> list[list[float]]:
    """Return for each the traits named, then how many spreads it stands above the pool in those named in ``above``."""
    columns = {name: [float(getattr(t, name) or 0.0) for t in pool] for name in traits}
    return [list(row) for row in zip(*columns.values(), *(_above(columns[n], *UNRELATED[n]) for n in above), strict=True)]


def _above(values: Sequence[float], usual: float, spread: float) -> list[float]:
    others = max(POOL - len(values), 0)
    n = len(values) + others
    mean = (sum(values) + others * usual) / n
    square = (sum((v - mean) ** 2 for v in values) + others * (spread**2 + (usual - mean) ** 2)) / n
    return [(v - mean) / max(math.sqrt(square), spread / 2) for v in values]


def probabilities(pool: Sequence[Traits], weights: Weights | None = None) -> list[float]:
    """Return for each of a pool, 0..1, how probable it is that it is what was asked for."""
    weights = weights or weights_for(pool)
    sides = [_by_side(pool, side) for side in (weights.said, weights.meant) if side is not None]
    return _outdone(pool, [1 - math.prod(1 - p for p in of_one) for of_one in zip(*sides, strict=True)])


def _by_side(pool: Sequence[Traits], side: Side) -> list[float]:
    by = [*side.traits.values(), *side.standing_out.values()]
    rows = rows_of(pool, traits=tuple(side.traits), above=tuple(side.standing_out))
    sums = (side.bias + sum(w * x for w, x in zip(by, row, strict=True)) for row in rows)
    return [1 / (1 + math.exp(-max(-60.0, min(60.0, z)))) for z in sums]


def _outdone(pool: Sequence[Traits], fits: Sequence[float]) -> list[float]:
    """Put what lacks the task's verb well behind what says every word of it: to *file* an invoice is not to *approve* one."""
    saying = [p for t, p in zip(pool, fits, strict=True) if t.verb and t.covered >= _EVERY_WORD]
    if not saying:
        return list(fits)
    return [p if t.verb else min(p, _BEHIND * max(saying)) for t, p in zip(pool, fits, strict=True)]
