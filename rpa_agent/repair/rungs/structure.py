"""The rung for pages that changed around the target: bars in the way, hidden parts, extra questions, needless steps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rpa_agent.domain.proposal import Break, Proposal, Skip, Survey
from rpa_agent.domain.template import pattern

from ..closing import confirms, dismissals
from ..needed import complaint
from ..opening import reveals
from .alternate import sure

if TYPE_CHECKING:
    from ..sheet import Sheets

_SKIPPABLE = {"click", "hover", "scroll"}


class StructureRung:
    """Proposes to close, open, confirm or skip, never to send anything."""

    name = "structure"

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return ways around the break that change nothing on the server, the most plausible first."""
        if budget <= 0:
            return []
        language = self._sheets.language
        if break_.why == "no_signals":
            return [*confirms(break_, view, language), *dismissals(break_, view, language)]
        proposals: list[Proposal] = [*dismissals(break_, view, language)]
        if proposals or break_.why != "missing":
            return proposals
        if park := complaint(break_, view, language):
            return [park]
        return [*self._skips(break_, view), *reveals(break_, view, language)]

    def _skips(self, break_: Break, view: Survey) -> list[Proposal]:
        step, following = break_.step, next(iter(break_.upcoming), None)
        if "skip" in break_.tried or following is None or following.target is None:
            return []
        harmless = step.effect == "none" and step.kind in _SKIPPABLE and following.effect != "commit"
        if not (step.optional or harmless) or not _already_there(break_, view):
            return []
        sheet = self._sheets.of(view)
        hits = [hit for v in following.target.variants if (hit := sure(v.fingerprint, sheet))]
        if not hits or len({candidate.ref for _, candidate in hits}) > 1:
            return []
        score, candidate = hits[0]
        why = "the step is optional" if step.optional else "the step only leads there"
        return [Skip(by="structure", confidence=round(score, 4), evidence=(
            f"the next target, {candidate.fingerprint.words()}, is already there (identity {score:.2f})", why))]


def _already_there(break_: Break, view: Survey) -> bool:
    """Tell whether the page is the one the step led to, as far as its recorded signals say."""
    step = break_.step
    fingerprint = step.target.variants[0].fingerprint if step.target and step.target.variants else None
    if fingerprint and fingerprint.row and fingerprint.row.key:
        return False        # it chose a record: the next page exists for every record
    if step.expect.popup or step.expect.download or step.expect.dialog:
        return False
    if not step.expect.url:
        return True
    path = urlsplit(step.expect.url.replace("{base}", "")).path or "/"
    return pattern(path).fullmatch(urlsplit(view.url).path) is not None
