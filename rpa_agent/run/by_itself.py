"""Knows again what pages sent by themselves while the work was shown, as a heartbeat, so that a repair does not stop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..domain.gate import Change
from ..domain.procedure import READS, Ambient
from ..domain.urls import symbolic
from ..store.by_itself import bears, is_figure, known_by


@dataclass(frozen=True)
class ByItself:
    """What was shown to leave without any act, the salt it was kept with, and this run's values, which it must not carry."""

    shown: Sequence[Ambient]
    salt: str
    values: Mapping[str, str]

    def knows(self, change: Change) -> bool:
        """Tell whether a change is the very same as one of those, but for figures and times that are others each time."""
        if change.method in READS or change.hop_of or (carried := change.carried) is None:
            return False
        origin = symbolic(change.url, change.base)
        alike = [a for a in self.shown if (a.method, a.origin) == (change.method, origin)]
        return bool(alike) and not bears(change.url, carried, self.values.values()) and any(
            all(is_figure(carried.get(n, "")) for n in a.counts)
            and known_by(self.salt, change.method, change.url, change.base, carried, a.counts) == a.digest
            for a in alike
        )
