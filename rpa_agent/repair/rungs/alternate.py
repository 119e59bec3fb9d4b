"""The rung that tries the other known looks of the target: A/B variants and earlier or later versions of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rpa_agent.domain.identity import identity
from rpa_agent.domain.procedure import Page
from rpa_agent.domain.proposal import Break, Candidate, Proposal, Survey, UseTarget
from rpa_agent.domain.target import Fingerprint

if TYPE_CHECKING:
    from ..sheet import Sheet, Sheets

LEAST = 0.85
_MARGIN = 0.05
_LOOKED_AT = 8      # exact scores are computed for the best few only


class AlternateRung:
    """Accepts an element whose own identity agrees with one known look, clearly before every other element."""

    name = "alternate"

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return the element that one of the target's known looks describes without doubt, or nothing."""
        if break_.step.target is None or not view.candidates or budget <= 0:
            return []
        sheet = self._sheets.of(view)
        found = [
            (score, number, candidate)
            for number, variant in enumerate(break_.step.target.variants)
            if (hit := sure(variant.fingerprint, sheet, break_.tried, break_.page)) is not None
            for score, candidate in [hit]
        ]
        if not found or len({candidate.ref for _, _, candidate in found}) > 1:
            return []       # two known looks that point to different elements prove nothing
        score, number, candidate = max(found, key=lambda hit: hit[0])
        return [UseTarget(
            by="alternate", confidence=round(score, 4), candidate=candidate,
            evidence=(f"known look {number + 1} of the target, identity {score:.2f}, no other element comes near",),
        )]


def sure(
    recorded: Fingerprint, sheet: Sheet, tried: tuple[str, ...] = (), page: Page | None = None
) -> tuple[float, Candidate] | None:
    """Return the one candidate whose identity is that of the recorded element, with its score, or None."""
    import numpy as np

    from ..alike import individual, misplaced, reads_same
    from ..assign import bystanders, likeness_to
    from ..namesakes import namesake_refuted
    from ..pool import eligible

    if not individual(recorded):
        return None         # its kind and place are any other's as well, once it is gone
    pool = eligible(recorded, sheet, tried)
    pool[list(bystanders(recorded, page, sheet))] = False
    likely = np.argsort(np.where(pool, likeness_to(recorded, sheet), -1.0))[::-1][:_LOOKED_AT]
    scored = sorted(((identity(recorded, sheet.prints[at]), int(at)) for at in likely if pool[at]), reverse=True)
    if not scored or scored[0][0] < LEAST or misplaced(recorded, sheet.prints[scored[0][1]]):
        return None
    if len(scored) > 1 and scored[0][0] - scored[1][0] < _MARGIN:
        return None
    if namesake_refuted(recorded, tried, sheet) and not reads_same(recorded, sheet.prints[scored[0][1]]):
        return None
    return scored[0][0], sheet.candidates[scored[0][1]]
