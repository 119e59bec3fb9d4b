"""Fitting what a procedure's traits say: logistic regression in which more in common never counts against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np

from rpa_agent.memory.fit import STANDING_OUT, TRAITS, Traits, Weights, probabilities, rows_of

FOLDS = 5
_PENALTY = 3.3          # of squared weights, each trait scaled to its spread
FALSE_ACCEPTS = 0.05


@dataclass
class Asked:
    """One query: the pool it was answered from, which of them are right, and the pools of the harder questions.

    ``gone`` is the pool after everything that fits was removed from memory; ``reworded`` after what is worded the same was.
    """

    template: str
    pool: list[Traits]
    right: list[bool]
    gone: list[Traits]
    known: bool                                                 # something in memory fits
    reworded: list[Traits] = field(default_factory=list)
    reworded_right: list[bool] = field(default_factory=list)


def folds(asked: Sequence[Asked], *, seed: int) -> list[int]:
    """Return the fold of each query; all of a template are in one."""
    templates = sorted({a.template for a in asked})
    Random(seed).shuffle(templates)
    place = {t: i % FOLDS for i, t in enumerate(templates)}
    return [place[a.template] for a in asked]


def fitted(asked: Sequence[Asked], *, meaning: bool, without: frozenset[str] = frozenset()) -> Weights:
    """Fit weights and floor; traits named in ``without`` count nothing."""
    from scipy.optimize import minimize

    rows, right, of = [], [], []
    for a in asked:
        for pool, truth in ((a.pool, a.right), (a.gone, [False] * len(a.gone))):
            rows += rows_of(pool, meaning=meaning)
            right += truth
            of += [a.template] * len(pool)
    names = [n for n in TRAITS if meaning or n != "meaning"]
    above = [n for n in STANDING_OUT if meaning or n != "meaning"]
    used = np.array([n not in without for n in names] + [f"z {n}" not in without for n in above])
    x, y = np.array(rows), np.array(right, float)
    spread = x.std(0) + 1e-6
    x = x / spread * used
    many = Counter(of)
    each = np.array([many[t] ** -0.5 for t in of])      # a template with many intents does not outweigh the others
    each /= each.mean()

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ p[:-1] + p[-1]
        wrong = each * (1 / (1 + np.exp(-z)) - y)
        cost = float((each * (np.logaddexp(0, z) - y * z)).sum() + _PENALTY / 2 * (p[:-1] ** 2).sum())
        return cost, np.append(x.T @ wrong + _PENALTY * p[:-1], wrong.sum())

    bounds = [(0, None)] * len(spread) + [(None, None)]
    p = minimize(loss, np.zeros(len(spread) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    by = (p[:-1] / spread * used).tolist()
    weights = Weights(
        float(p[-1]), dict(zip(names, by, strict=False)), dict(zip(above, by[len(names):], strict=True)), 0.0
    )
    best = [max(probabilities(a.gone, weights), default=0.0) for a in asked]
    return Weights(weights.bias, weights.traits, weights.standing_out, float(np.quantile(best, 1 - FALSE_ACCEPTS)))
