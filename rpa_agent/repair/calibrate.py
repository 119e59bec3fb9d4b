"""From facts about a found element to a probability, and to the least probability that each kind of step demands."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from rpa_agent.domain.procedure import Effect, Step

_ENTERS = {"fill", "select", "check", "uncheck", "upload"}


@dataclass(frozen=True)
class Facts:
    """What speaks for a candidate, each fact in 0..1."""

    score: float            # blended likeness
    margin: float           # lead over the next best; 1 = 0.3 or more
    agreement: float        # share of the rankers whose unique favourite it is
    name_equal: float       # 1 when a person reads the same name
    reading: float          # how like the names read or mean
    coded_equal: float      # 1 when a test id, field name or speaking id is the same
    role_equal: float
    unique: float           # 1 / number of candidates with its name
    crowd: float            # how many candidates there were, 1 = a thousand
    assigned: float         # 1 when the assignment of all recorded elements gives it to this one
    kin: float              # share of the recorded neighbours that stand beside it again
    codes: float            # how like its codes (id, field name, test id) are to the recorded ones
    leads_same: float       # 1 when it leads to the recorded address, and nothing else on the page does


@dataclass(frozen=True)
class Calibration:
    """A logistic function with readable coefficients, and the thresholds per effect."""

    intercept: float
    weights: dict[str, float]
    thresholds: dict[Effect, float]

    def probability(self, facts: Facts) -> float:
        """Return the probability that the candidate is the element meant."""
        z = self.intercept + sum(self.weights[name] * fact for name, fact in asdict(facts).items())
        return 1 / (1 + math.exp(-z))

    def demanded(self, step: Step) -> float:
        """Return the least probability for this step; entering a value counts as a draft at least."""
        return self.thresholds[risk(step)]


def risk(step: Step) -> Effect:
    """Return the effect class by which a step is judged: a value in the wrong field is sent later, by another step."""
    return "draft" if step.effect == "none" and step.kind in _ENTERS else step.effect


@cache
def calibration() -> Calibration:
    """Return the shipped coefficients, read on first use."""
    loaded = json.loads((Path(__file__).parent / "calibration.json").read_text(encoding="utf-8"))
    return Calibration(loaded["intercept"], loaded["weights"], loaded["thresholds"])
