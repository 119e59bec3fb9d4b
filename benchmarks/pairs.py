"""Numbers from interleaved pairs: medians of paired ratios, with intervals from a seeded bootstrap."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

SEED, DRAWS = 20_417, 2000


@dataclass(frozen=True)
class Estimate:
    """A median and where the true one lies with 95 %."""

    value: float
    low: float
    high: float

    @property
    def interval(self) -> tuple[float, float]:
        return self.low, self.high


def estimate(values: Sequence[float], of: Callable[[Sequence[float]], float] = median) -> Estimate | None:
    """Return the statistic of ``values`` with its bootstrap interval; None when there are no values."""
    if not values:
        return None
    chance = random.Random(SEED)
    drawn = sorted(of(chance.choices(values, k=len(values))) for _ in range(DRAWS))
    return Estimate(of(values), drawn[int(DRAWS * 0.025)], drawn[int(DRAWS * 0.975)])


def ratios(pairs: Sequence[tuple[float, float]]) -> list[float]:
    """Return ours / baseline for every pair (ours, baseline)."""
    return [ours / baseline for ours, baseline in pairs if baseline > 0]
