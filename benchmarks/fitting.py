"""Fitting what a procedure's traits say: two logistic regressions, either of which is enough, fitted as one.

More in common never counts against a procedure. Queries whose tasks are said in other words are asked too: where each has a
sibling worded the same, nothing would be learned of what it is to mean the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from rpa_agent.memory.fit import MEANT, MEANT_ABOVE, SAID, SAID_ABOVE, Side, Traits, Weights, probabilities, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 5
_PENALTY = 3.3          # of squared weights, each trait scaled to its spread
FALSE_ACCEPTS = 0.05
_NEVER = 1e-12
# Many tasks are equally good, and one more in the last digits of a sum put another of them first from run to run.
_DIGITS = 5


@dataclass
class Asked:
    """One query: the pool it was answered from, which of them are right, and the pools of the harder questions.

    ``gone`` is the pool after everything that fits was removed from memory; ``reworded`` after what is worded the same was.
    ``share`` is how much it counts in fitting, where one task is asked for in several memories.
    """

    template: str
    pool: list[Traits]
    right: list[bool]
    gone: list[Traits]
    known: bool                                                 # something in memory fits
    reworded: list[Traits] = field(default_factory=list)
    reworded_right: list[bool] = field(default_factory=list)
    share: float = 1.0

    def questions(self) -> Iterator[tuple[list[Traits], list[bool]]]:
        """Yield every pool with what is right in it."""
        yield self.pool, self.right
        yield self.gone, [False] * len(self.gone)
        yield self.reworded, self.reworded_right


def folds(asked: Sequence[Asked], *, seed: int) -> list[int]:
    """Return the fold of each query; all of a template are in one."""
    templates = sorted({a.template for a in asked})
    Random(seed).shuffle(templates)
    place = {t: i % FOLDS for i, t in enumerate(templates)}
    return [place[a.template] for a in asked]


@dataclass
class _Columns:
    """The traits of one side in all pools, scaled; unused ones are zero."""

    traits: tuple[str, ...]
    above: tuple[str, ...]
    x: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(
        cls, pools: Sequence[Sequence[Traits]], traits: tuple[str, ...], above: tuple[str, ...], without: frozenset[str]
    ) -> _Columns:
        x = np.array([row for pool in pools for row in rows_of(pool, traits=traits, above=above)])
        used = np.array([n not in without for n in traits] + [f"z {n}" not in without for n in above])
        scale = used / (x.std(0) + 1e-6)
        return cls(traits, above, x * scale, scale)

    def side(self, found: NDArray[np.float64]) -> Side:
        by = np.round(found[:-1] * self.scale, _DIGITS).tolist()
        many = len(self.traits)
        traits = dict(zip(self.traits, by[:many], strict=True))
        return Side(round(float(found[-1]), _DIGITS), traits, dict(zip(self.above, by[many:], strict=True)))


def fitted(
    asked: Sequence[Asked], *, meaning: bool, without: frozenset[str] = frozenset(), floor_among: Sequence[Asked] = ()
) -> Weights:
    """Fit weights and floor; traits named in ``without`` count nothing; the floor is that of ``floor_among``, else of all."""
    from scipy.optimize import minimize

    pools, right, each = _questions(asked)
    columns = [_Columns.of(pools, SAID, SAID_ABOVE, without)]
    if meaning:
        columns.append(_Columns.of(pools, MEANT, MEANT_ABOVE, without))
    ends = np.cumsum([c.x.shape[1] + 1 for c in columns])

    def loss(p: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        parts = np.split(p, ends[:-1])
        sums = [c.x @ part[:-1] + part[-1] for c, part in zip(columns, parts, strict=True)]
        neither = np.sum([np.logaddexp(0, z) for z in sums], axis=0)        # minus the logarithm of its probability
        fits = np.maximum(-np.expm1(-neither), _NEVER)
        cost = float((each * np.where(right, -np.log(fits), neither)).sum())
        slope = each * np.where(right, -np.exp(-neither) / fits, 1.0)
        out = []
        for c, part, z in zip(columns, parts, sums, strict=True):
            by = slope / (1 + np.exp(-z))
            out.append(np.append(c.x.T @ by + _PENALTY * part[:-1], by.sum()))
            cost += _PENALTY / 2 * float((part[:-1] ** 2).sum())
        return cost, np.concatenate(out)

    start = np.concatenate([np.append(np.ones(c.x.shape[1]), b) for c, b in zip(columns, (-8.0, -4.0), strict=False)])
    bounds = [b for c in columns for b in [(0.0, None)] * c.x.shape[1] + [(None, None)]]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000}).x
    sides = [c.side(part) for c, part in zip(columns, np.split(found, ends[:-1]), strict=True)]
    weights = Weights(sides[0], sides[1] if meaning else None, 0.0)
    best = [max(probabilities(a.gone, weights), default=0.0) for a in floor_among or asked]
    return replace(weights, floor=round(float(np.quantile(best, 1 - FALSE_ACCEPTS)), _DIGITS))


def _questions(asked: Sequence[Asked]) -> tuple[list[list[Traits]], NDArray[np.bool_], NDArray[np.float64]]:
    """Return every pool, and of each procedure in them whether it is right and how much it counts."""
    pools: list[list[Traits]] = []
    right: list[bool] = []
    of: list[tuple[str, float]] = []
    for a in asked:
        for pool, truth in a.questions():
            pools.append(pool)
            right += truth
            of += [(a.template, a.share)] * len(pool)
    many = Counter(t for t, _ in of)
    each = np.array([share * many[t] ** -0.5 for t, share in of])    # a template with many intents does not outweigh the others
    return pools, np.array(right, bool), each / each.mean()
