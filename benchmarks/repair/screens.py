"""What is shown and changed: the screens of the practice site, the steps shown on each, and the ways they are changed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixtures.backoffice import KINDS

SCREENS = {
    "invoices": "/invoices", "invoice-new": "/invoices/new", "invoice": "/invoices/2", "suppliers": "/suppliers",
    "supplier-new": "/suppliers/new", "supplier": "/suppliers/2", "approvals": "/approvals", "payments": "/payments",
    "payment-confirm": "/payments/confirm?ids=2&ids=3", "customers": "/customers", "customer": "/customers/2",
    "reports": "/reports", "messages": "/messages", "settings": "/settings",
}  # fmt: skip
FIT_GENERATIONS = (1, 2)
# Half of the kinds, drawn once: what the calibration is fitted on. The rest and generations 3 and 4 are only measured.
FIT_KINDS = tuple(sorted(random.Random(20_261_122).sample(sorted(set(KINDS) - {"removed-target"}), 11)))
AIMED = (
    "relabel", "translate", "wrap", "change-tag", "icon-only", "label-to-placeholder", "button-to-link",
    "select-to-combobox", "removed-target", "duplicate-twin", "rename-id-class", "strip-attributes",
)  # fmt: skip
ONE_ROW = ("removed-target",)
SHARED = ("rename-id-class", "strip-attributes", "reorder", "move-section", "wrap")  # what often comes along
_SENDS = (".save", ".update", ".delete", ".discard", ".approve", ".reject", ".release", ".send")


@dataclass(frozen=True)
class Change:
    """One way in which a screen differs from how it was shown: another generation, or a kind of mutation with its seed."""

    shown: int  # the generation it was shown in
    now: int
    kind: str = ""  # empty: only the generation differs
    seed: int = 0
    with_: str = ""  # a second kind, all over the page: a release rarely changes one thing alone

    @property
    def words(self) -> str:
        return self.kind or f"generation {self.shown} as {self.now}"

    @property
    def aimed(self) -> bool:
        """Tell whether it is done to the very element that was meant, one page for each; others change the whole page."""
        return self.kind in AIMED

    @property
    def fitted(self) -> bool:
        """Tell whether the calibration may have seen its like."""
        kinds = {k for k in (self.kind, self.with_) if k}
        return {self.shown, self.now} <= set(FIT_GENERATIONS) and kinds <= {*FIT_KINDS, "removed-target"}

    def mutate(self, truth: str, key: str) -> list[str]:
        """Return what the site is told to do to its pages."""
        one_row = f"/{key}" if key and self.kind in ONE_ROW else ""
        kind = f"{self.kind}:{truth}{one_row}" if self.aimed else self.kind
        return [k for k in (kind, self.with_) if k]


def changes(*, seeds: Sequence[int], generations: Sequence[int] = (1, 2, 3, 4)) -> Iterator[Change]:
    """Return every change: each kind in each generation and seed, alone and with another, and each generation as another."""
    for seed in seeds:
        for generation in generations:
            for n, kind in enumerate(KINDS):
                yield Change(generation, generation, kind, seed)
                also = SHARED[(n + seed + generation) % len(SHARED)]
                if also != kind:
                    yield Change(generation, generation, kind, seed, also)
            for also in SHARED:  # what is gone must be refused whatever else changed: the most cases are of these
                yield Change(generation, generation, "removed-target", seed, also)
    for shown in generations:
        for now in generations:
            if shown != now:
                yield Change(shown, now)


def sends(truth: str) -> bool:
    """Tell whether an element sends what matters, by the tag that only the benchmark reads."""
    return truth.endswith(_SENDS)


def leads_away(truth: str) -> bool:
    """Tell whether an element belongs to the frame of every page and is shown on one screen only."""
    return truth.startswith(("nav.", "notice.", "cookies.", "banner.", "decoy.", "step.", "extra."))
