"""The rung that asks the site's element memory: what a repair of another procedure learned of this very element."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from rpa_agent.domain.proposal import Break, Candidate, Proposal, Survey, UseTarget
from rpa_agent.domain.target import Target, Variant

from .alternate import sure

if TYPE_CHECKING:
    from ..sheet import Sheets

KnownLooks = Callable[[Target], Awaitable[Sequence[Variant]]]


class MemoryRung:
    """Accepts an element whose identity agrees with a look that another procedure of the site proved.

    A look that failed more often than it was seen is not offered: others came after it.
    """

    name = "memory"

    def __init__(self, sheets: Sheets, known: KnownLooks) -> None:
        self._sheets, self._known = sheets, known

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return the element that the known looks agree on, or nothing where they point to several."""
        target = break_.step.target
        if target is None or not view.candidates or budget <= 0:
            return []
        own = {v.fingerprint.words() for v in target.variants}
        looks = [v for v in await self._known(target) if v.fingerprint.words() not in own and v.seen > v.failed]
        if not looks:
            return []
        sheet = self._sheets.of(view)
        found: list[tuple[float, Candidate]] = []
        for look in looks:
            hit = sure(look.fingerprint, sheet, break_.tried, break_.page)
            if hit is not None:
                found.append(hit)
        if len({candidate.ref for _, candidate in found}) != 1:
            return []
        score, candidate = max(found, key=lambda hit: hit[0])
        if not self._may_stand_for(target, candidate, view, break_):
            return []
        return [UseTarget(
            by="memory", confidence=round(score, 4), candidate=candidate,
            evidence=(f"another procedure of this site found it as {candidate.fingerprint.words()}, identity {score:.2f}",),
        )]

    def _may_stand_for(self, target: Target, candidate: Candidate, view: Survey, break_: Break) -> bool:
        """Tell whether the element could mean what was shown at all: a wrong lesson makes no Delete of Save."""
        from ..pool import eligible

        able = eligible(target.variants[0].fingerprint, self._sheets.of(view), break_.tried)
        return any(able[at] for at, c in enumerate(view.candidates) if c.ref == candidate.ref)
