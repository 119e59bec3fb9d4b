"""The ladder: asks whether it is a break at all, then lets one rung after the other propose until one has something."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from rpa_agent.domain.identity import identity
from rpa_agent.domain.ports import Model, Rung
from rpa_agent.domain.proposal import Break, Candidate, Confirm, Dismiss, EditSteps, Proposal, Reveal, Survey, UseTarget
from rpa_agent.domain.target import Variant
from rpa_agent.domain.trajectory import Weighed

from .circumstances import no_break
from .known_again import known_again
from .language import Language, language

if TYPE_CHECKING:
    from .rungs.memory import KnownLooks

Refused = Callable[[str], Awaitable[Sequence[Variant]]]  # by the id of a step
_THE_SAME = 0.85
_LEAST_S = 0.5    # what each rung has, however late it is
Weigh = Callable[[Break, Survey], tuple[Weighed, ...]]


class Ladder:
    """Rungs in order. It proposes and never acts; the run tries proposals in order and comes back with the refuted."""

    name = "ladder"

    def __init__(self, rungs: Sequence[Rung], words: Language, *, weigh: Weigh | None = None, salt: str = "") -> None:
        self._rungs, self._words, self._weigh, self._salt = tuple(rungs), words, weigh, salt

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return proposals, best first, within ``budget`` seconds; empty when nothing can be proved."""
        if park := no_break(break_, view, self._words):
            return [park]
        if break_.why == "no_signals":
            from .in_its_place import not_taken
            from .login_page import barred
            from .needed import complaint

            words = self._words
            if park := barred(break_, view, words) or not_taken(break_, view) or complaint(break_, view, words):
                return [park]
        deadline = time.monotonic() + budget
        told = known_again(break_, view, self._words, self._salt)
        for rung in self._order(break_):
            if rung.name == "model" and (named := self._named(break_, view)):
                return named  # nothing that a model could mend
            # A slow start of the first rungs (loading them, on a busy machine) must not keep the last from being asked.
            left = max(deadline - time.monotonic(), min(budget, _LEAST_S))
            if left <= 0:
                break
            # A model and an explorer are told no more than what was kept.
            asked = break_ if rung.name in ("model", "explore") else told
            fresh = [p for p in await rung.propose(asked, view, left) if not already_tried(p, break_.tried)]
            if break_.why == "covered":
                # What is covered cannot be used, whichever rung finds it.
                fresh = [p for p in fresh if not (isinstance(p, UseTarget) and p.candidate.covered_by)]
            if fresh:
                return fresh
        return self._named(break_, view)

    def _named(self, break_: Break, view: Survey) -> list[Proposal]:
        """Nothing mends it: where the page at hand is not the one that was shown at all, say which it is."""
        if break_.why == "identity":
            return []  # it is looked for once more
        from .in_its_place import in_its_place

        park = in_its_place(break_, view, self._words)
        return [park] if park is not None else []

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        """Return what was to be considered for a break, likeliest first: nobody acts on it, a person reads it."""
        return self._weigh(known_again(break_, view, self._words, self._salt), view) if self._weigh else ()

    def _order(self, break_: Break) -> list[Rung]:
        structure = [r for r in self._rungs if r.name == "structure"]
        others = [r for r in self._rungs if r.name != "structure"]
        match break_.why:
            case "covered":
                return structure + others
            case "no_signals":
                return structure    # the element was acted on: finding another one would act twice
            case _:
                return list(self._rungs)


class LadderOnDemand:
    """The default ladder, put up at the first break: a healthy run pays nothing for it."""

    name = Ladder.name

    def __init__(
        self, known: KnownLooks | None = None, refused: Refused | None = None, *,
        model: Model | None = None, hide: Callable[[str], str] = str, salt: str = "",
    ) -> None:
        """``model`` is asked last, of texts that went through ``hide``; without one a person is asked at once.

        By ``salt``, the memory's, texts that were kept as shape and hashes are known again; without it they tell nothing.
        """
        self._known, self._refused, self._model, self._hide, self._salt = known, refused, model, hide, salt
        self._ladder: Ladder | None = None

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        found = await self._put_up().propose(break_, view, budget)
        if not found or self._refused is None:
            return found
        looks = await self._refused(break_.step.id)
        return [p for p in found if not _was_refused(p, looks)]

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        return self._put_up().weigh(break_, view)

    def _put_up(self) -> Ladder:
        self._ladder = self._ladder or default_ladder(
            known=self._known, model=self._model, hide=self._hide, salt=self._salt
        )
        return self._ladder


def _was_refused(proposal: Proposal, looks: Sequence[Variant]) -> bool:
    """Tell whether a person took this back before: by the element, whatever rung finds it now."""
    match proposal:
        case UseTarget() | Dismiss():
            live = proposal.candidate.fingerprint
            return any(identity(v.fingerprint, live) >= _THE_SAME and not v.via for v in looks)
        case Reveal():
            live = proposal.candidate.fingerprint
            return any(identity(way.fingerprint, live) >= _THE_SAME for v in looks for way in v.via[:1])
        case EditSteps(insert=(first, *_)):
            return any(identity(way.fingerprint, first.candidate.fingerprint) >= _THE_SAME for v in looks for way in v.via[:1])
        case EditSteps(instead=Candidate(fingerprint=live)):
            return any(identity(v.fingerprint, live) >= _THE_SAME and not v.via for v in looks)
        case _:
            return False


def already_tried(proposal: Proposal, tried: Sequence[str]) -> bool:
    """Tell whether this proposal was refuted: by the address or words of its element, or by its kind and words."""
    match proposal:
        case UseTarget() | Dismiss() | Reveal() | Confirm():
            candidate = proposal.candidate
            called = candidate.fingerprint.words()
            return any(key in tried for key in (candidate.ref, called, f"{proposal.kind} {called}"))
        case _:
            return proposal.kind in tried


def default_ladder(
    *, synonyms: bool = True, known: KnownLooks | None = None, model: Model | None = None,
    hide: Callable[[str], str] = str, salt: str = "",
) -> Ladder:
    """Return the ladder: alternate, memory, fingerprint, structure, and the model where there is one.

    ``known`` returns the looks that the site's element memory has of a target; without it there is no such rung.
    """
    # What ranks is loaded before any budget of seconds begins: on a busy machine that alone takes longer than a look.
    import_module("scipy.optimize")
    import_module("rpa_agent.repair.search")
    from .calibrate import calibration
    from .rungs.alternate import AlternateRung
    from .rungs.fingerprint import FingerprintRung
    from .rungs.memory import MemoryRung
    from .rungs.structure import StructureRung
    from .sheet import Sheets

    words = language(synonyms=synonyms)
    sheets = Sheets(words)
    remembered = [MemoryRung(sheets, known)] if known is not None else []
    fingerprint = FingerprintRung(sheets, calibration())
    rungs: list[Rung] = [AlternateRung(sheets), *remembered, fingerprint, StructureRung(sheets)]
    if model is not None:
        from .rungs.explore import ExploreRung
        from .rungs.model import ModelRung

        rungs += [ModelRung(sheets, model, hide), ExploreRung()]
    return Ladder(rungs, words, weigh=fingerprint.weigh, salt=salt)
