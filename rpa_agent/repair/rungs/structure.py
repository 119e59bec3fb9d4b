"""The rung for pages that changed around the target: bars in the way, hidden parts, extra questions, needless steps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rpa_agent.domain.procedure import Step
from rpa_agent.domain.proposal import Break, Candidate, Proposal, Skip, Survey
from rpa_agent.domain.template import pattern

from ..choices import choices
from ..closing import confirms, dismissals
from ..given import already_given
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
        if proposals:
            return proposals
        if "skip" not in break_.tried and (given := already_given(break_, view)):
            return [given]
        if break_.why != "missing":
            return []
        if park := complaint(break_, view, language):
            return [park]
        return [*choices(break_, view, language), *self._skips(break_, view), *reveals(break_, view, language)]

    def _skips(self, break_: Break, view: Survey) -> list[Proposal]:
        if "skip" in break_.tried:
            return []
        step, following = break_.step, self._next_needed(break_)
        if following is None or following.target is None or following.effect == "commit":
            return []
        if not (step.optional or _harmless(step)) or not _already_there(break_, view):
            return []
        hit = self._is_there(following, view)
        if hit is None:
            return []
        score, candidate = hit
        why = "the step is optional" if step.optional else "the step only leads there"
        return [Skip(by="structure", confidence=round(score, 4), evidence=(
            f"the next target, {candidate.fingerprint.words()}, is already there (identity {score:.2f})", why))]

    def _next_needed(self, break_: Break) -> Step | None:
        """Return the first later step that does more than lead somewhere: a shorter way there has none of the others."""
        for step in break_.upcoming:
            if step.target is None or not _harmless(step):
                return step if step.target else None
        return next(iter(break_.upcoming), None)

    def _is_there(self, step: Step, view: Survey) -> tuple[float, Candidate] | None:
        sheet = self._sheets.of(view)
        hits = [hit for v in (step.target.variants if step.target else ()) if (hit := sure(v.fingerprint, sheet))]
        return hits[0] if hits and len({candidate.ref for _, candidate in hits}) == 1 else None


def _harmless(step: Step) -> bool:
    return step.effect == "none" and step.kind in _SKIPPABLE


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
