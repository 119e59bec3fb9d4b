"""The status table: what a version's uses make of it. Pure; the figures are those of `domain/policy.py`."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from ..domain.change import StatusChange, Use
from ..domain.policy import Learning
from ..domain.procedure import Version

GUARDED = Learning()


def proofs(history: Sequence[Use]) -> int:
    """Return how many clean runs of different rows or days there are."""
    return len({(u.row, u.day) for u in history if u.clean})


def faults_in_a_row(history: Sequence[Use]) -> int:
    """Return how many own faults there are at the end, without anything else between them."""
    faults = 0
    for use in reversed(history):
        if not use.own_fault:
            break
        faults += 1
    return faults


def doubtful(history: Sequence[Use], *, rule: Learning = GUARDED) -> bool:
    """Tell whether the posterior of success is below one half with the certainty asked for, own faults only."""
    good = sum(u.outcome == "succeeded" and not u.own_fault for u in history)
    bad = sum(u.own_fault for u in history)
    n = good + bad
    if n < rule.retire_runs:
        return False
    # P(p < 1/2) under Beta(1 + good, 1 + bad) equals a binomial tail.
    tail = sum(comb(n + 1, k) for k in range(good + 1, n + 2)) / 2 ** (n + 1)
    return bool(tail >= rule.retire_sure)


def status_after(used: Version, history: Sequence[Use], *, rule: Learning = GUARDED) -> StatusChange | None:
    """Return the status that a version gets from what its runs proved, the last one included; None: it keeps its own."""
    match used.status:
        case "candidate":
            if (n := proofs(history)) >= rule.clean_runs:
                return changed(used, "active", f"{n} clean runs of different rows or days")
        case "active":
            if (n := faults_in_a_row(history)) >= rule.faults_in_a_row:
                return changed(used, "suspect", f"{n} own faults in a row")
        case "suspect":
            if history[-1].clean:
                return changed(used, "active", "a clean run after being suspect")
        case _:
            return None  # untrusted and retired versions are moved by people
    if doubtful(history, rule=rule):
        return changed(used, "retired", f"more likely to fail than to succeed ({rule.retire_sure:.0%} sure)")
    return None


def changed(version: Version, status: str, why: str) -> StatusChange:
    return StatusChange.model_validate(
        {"procedure": version.procedure, "version": version.number, "status": status, "why": why}
    )
