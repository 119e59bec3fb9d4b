"""Gives the elements of a page to all recorded steps at once, so that no two steps claim one element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rpa_agent.domain.procedure import Page, Step
from rpa_agent.domain.target import Fingerprint

from .distance import Floats
from .pool import eligible
from .rank import RANKERS, blend
from .sheet import Sheet

NONE_COST = 0.55        # giving a target no element costs as much as an element that is 0.45 like it
_NEVER = 10.0
_CHEAP = ("lexical", "structural", "naming")


@dataclass(frozen=True)
class Assignment:
    """Which candidate each recorded target got (-1 = none), and how like it is; the broken target is number 0."""

    targets: tuple[Fingerprint, ...]
    chosen: tuple[int, ...]
    likeness: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def mine(self) -> int:
        """The candidate that the broken target got, -1 = none."""
        return self.chosen[0]

    def claimed(self) -> dict[int, int]:
        """Return candidate -> number of the recorded sibling that got it."""
        return {at: number for number, at in enumerate(self.chosen) if number and at >= 0}

    def taken(self, margin: float = 0.0) -> set[int]:
        """Return the candidates that are more like a recorded sibling, which got them, than like the target."""
        return {at for at, n in self.claimed().items() if self.likeness[n, at] > self.likeness[0, at] + margin}


def assign(recorded: Fingerprint, known: Sequence[Step], sheet: Sheet) -> Assignment:
    """Assign every recorded target of the page to at most one candidate, at the least total cost."""
    from scipy.optimize import linear_sum_assignment

    targets = (recorded, *siblings(recorded, known))
    likeness = np.array([likeness_to(target, sheet) for target in targets]).reshape(len(targets), len(sheet))
    allowed = np.array([eligible(target, sheet) for target in targets]).reshape(likeness.shape)
    none = np.where(np.eye(len(targets), dtype=bool), NONE_COST, _NEVER)
    rows, columns = linear_sum_assignment(np.hstack([np.where(allowed, 1 - likeness, _NEVER), none]))
    chosen = [-1] * len(targets)
    for row, column in zip(rows, columns, strict=True):
        if column < len(sheet) and allowed[row, column]:
            chosen[row] = int(column)
    return Assignment(targets, tuple(chosen), likeness)


def likeness_to(target: Fingerprint, sheet: Sheet) -> Floats:
    """Return the blended likeness of all candidates, from the rankers that are cheap enough for every sibling."""
    return blend({name: RANKERS[name](target, sheet) for name in _CHEAP})


def siblings(recorded: Fingerprint, known: Sequence[Step]) -> list[Fingerprint]:
    """Return the other elements recorded on the page, each once though several steps may act on it."""
    found = {element_key(recorded): recorded}
    for step in known:
        if step.target and step.target.variants:
            fingerprint = step.target.variants[0].fingerprint
            if "{{" not in (fingerprint.row.key if fingerprint.row else ""):
                found.setdefault(element_key(fingerprint), fingerprint)
    return list(found.values())[1:]


def element_key(fingerprint: Fingerprint) -> tuple[object, ...]:
    """Return what two recordings of one element have in common."""
    f = fingerprint
    row = (f.row.key, f.row.column) if f.row else ()
    named = (f.tag, f.role, f.type, f.name, f.label, f.name_attr, f.test_id, f.id)
    return (*named, f.form, f.heading, f.path, f.index, *row)


def bystanders(recorded: Fingerprint, page: Page | None, sheet: Sheet) -> set[int]:
    """Return the candidates that stood on the recorded page already, as other elements than the target."""
    if page is None:
        return set()
    mine = (recorded.role, recorded.name, recorded.name_attr)
    rows = [row for row in page.elements if len(row) >= 9]
    # Of what stands among records a page's rows keep no name: without one it may be the target itself.
    unnamed = (recorded.role, "", recorded.name_attr) if recorded.in_data else mine
    others = {key for row in rows if (key := (row[0], row[1], row[5])) not in (mine, unnamed) and (key[1] or key[2])}
    # Of elements called like the target only the place tells which is which.
    elsewhere = {(row[7], row[8]) for row in rows if (row[0], row[1], row[5]) == mine and row[7] != recorded.heading}
    return {
        at for at, p in enumerate(sheet.prints)
        if (key := (p.role, p.name, p.name_attr)) in others or (key == mine and (p.heading, p.path) in elsewhere)
    }
