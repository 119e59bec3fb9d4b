"""Fits repair/calibration.json on changed pages of the practice site: generations 1 and 2, half of the kinds of change.

Removed, duplicated and exchanged targets are the negatives. Folds are whole screens. What is printed is out of fold; what
is written is fitted on all of them. Run it with `python scripts/fit_calibration.py [--cases N] [--write]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.repair import SEED, gathered  # noqa: E402
from benchmarks.repair.counted import Case  # noqa: E402
from benchmarks.repair.screens import changes  # noqa: E402
from rpa_agent.repair.calibrate import Facts  # noqa: E402

FILE = ROOT / "rpa_agent" / "repair" / "calibration.json"
NAMES = tuple(f.name for f in fields(Facts))
AGAINST = {"crowd"}     # the more there were to choose from, the less is sure; every other fact speaks for
# Where a fit begins and what it is drawn back to: weights set by hand after the published likenesses. Changed pages of one
# site tell little of how much a name is worth on others, and most of what they would tell is left to the objections.
START = {
    "score": 5.0, "margin": 1.5, "agreement": 2.5, "name_equal": 1.5, "reading": 2.0, "coded_equal": 2.3, "role_equal": 0.5,
    "unique": 0.5, "crowd": -0.5, "assigned": 1.0, "kin": 1.0, "codes": 0.5, "leads_same": 3.0,
}  # fmt: skip
START_INTERCEPT = -7.0
RIDGE = 32.0            # how strongly: one wrong among 350 that no rule objects to is too little to move the weights by more
ABOUT = (
    "Turns the facts about a found element into a probability that it is the one meant: 1 / (1 + exp(-(intercept + sum of"
    " weight * fact))). Every fact lies in 0..1. Written by scripts/fit_calibration.py."
)


def fit(x: np.ndarray, y: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Return intercept and weights of a logistic regression drawn to `START`, whose weights keep the sign of their fact."""
    start = np.array([START_INTERCEPT, *(START[n] for n in NAMES)])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = w[0] + x @ w[1:]
        p = 1 / (1 + np.exp(-z))
        miss = p - y
        away = w - start
        value = float(np.sum(np.logaddexp(0, z) - y * z) + ridge * np.sum(away**2))
        return value, np.concatenate([[miss.sum()], x.T @ miss]) + 2 * ridge * away

    bounds = [(None, None)] + [(None, 0.0) if n in AGAINST else (0.0, None) for n in NAMES]
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)


def probability(w: np.ndarray, x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-(w[0] + x @ w[1:])))


def expected_calibration_error(p: np.ndarray, y: np.ndarray, bins: int = 10) -> float:
    """Return the mean distance between what was said and what was so, over ten bins of equal width."""
    at = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[at == b].mean() - y[at == b].mean()) * (at == b).mean() for b in range(bins) if (at == b).any()))


def out_of_fold(x: np.ndarray, y: np.ndarray, screens: np.ndarray, ridge: float) -> np.ndarray:
    """Return the probability of each case by a fit that never saw its screen."""
    held_out = np.zeros(len(y))
    for screen in np.unique(screens):
        inside = screens == screen
        held_out[inside] = probability(fit(x[~inside], y[~inside], ridge), x[inside])
    return held_out


def of_cases(cases: list[Case]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return facts, whether it was right, whether a rule objected, and the screen, of every case that was rated."""
    rated = [(c, c.best) for c in cases if c.best is not None]
    x = np.array([[best.facts[n] for n in NAMES] for _, best in rated])
    y = np.array([float(best.right) for _, best in rated])
    objected = np.array([bool(best.objection) for _, best in rated])
    return x, y, objected, np.array([c.screen for c, _ in rated])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2500)
    parser.add_argument("--write", action="store_true", help="write calibration.json")
    given = parser.parse_args()
    allowed = [c for c in changes(seeds=(11, 12, 13), generations=(1, 2)) if c.fitted]
    cases, lost = asyncio.run(gathered(given.cases, seed=SEED + 1, only=allowed))
    report(cases, lost, write=given.write)
    return 0


def report(cases: list[Case], lost: list[str], *, write: bool) -> None:
    """Print what the fit is worth out of fold, and write it where asked."""
    x, y, objected, screens = of_cases(cases)
    rated, free = len(y), ~objected
    x, y, screens = x[free], y[free], screens[free]     # what a rule objects to is never asked how probable it is
    before = json.loads(FILE.read_text(encoding="utf-8"))
    for ridge in (0.5, 2.0, 8.0, 32.0):
        p = np.clip(out_of_fold(x, y, screens, ridge), 1e-6, 1 - 1e-6)
        print(f"drawn back by {ridge}: log loss {float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))):.4f}")
    held_out = out_of_fold(x, y, screens, RIDGE)
    print(f"{len(cases)} cases, {len(lost)} could not be done; rated {rated}")
    print(f"without objection {len(y)}, of these right {int(y.sum())}")
    print(f"out of fold: ECE {expected_calibration_error(held_out, y):.3f}")
    for effect, least in before["thresholds"].items():
        taken = held_out >= least
        wrong = int((taken & (y == 0)).sum())
        left = int((~taken & (y == 1)).sum())
        print(f"  {effect} (>= {least}): taken {int(taken.sum())}, wrong {wrong}, right ones left {left}")
    w = fit(x, y)
    weights = {n: round(float(v), 3) for n, v in zip(NAMES, w[1:], strict=True)}
    print(json.dumps({"intercept": round(float(w[0]), 3), "weights": weights}, indent=2))
    if write:
        fitted = {"about": ABOUT, "fitted": True, "cases": len(y), "seed": SEED + 1, "intercept": round(float(w[0]), 3),
                  "weights": weights, "thresholds": before["thresholds"]}  # fmt: skip
        FILE.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
        print(f"wrote {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
