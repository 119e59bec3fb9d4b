"""AS SHOWN: where what was learned since may have led a run astray and nothing was sent, it is done anew without that.

Memory is there to keep runs going. A look that was learned wrongly, a step left out that is needed, an element that another
procedure found: none of it may end a run that would come through without. So the way that was shown stays open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .domain.binding import secret_of
from .domain.change import Recall
from .domain.identity import identity, likeness
from .domain.looks import among
from .domain.plan import Plan
from .domain.procedure import READS, Procedure, Version
from .domain.target import Variant
from .domain.trajectory import Fault, StepOutcome, Trajectory
from .domain.verdict import AddVariant, Verdict
from .on_trial import credited, look_of, looks_on_trial, spare_on_trial
from .outlasting import Died

_SHOWN_BY = frozenset({"recording", "person"})
# What the site, the data or the login is to blame for comes out the same a second time.
_NOT_MEMORY: frozenset[Fault] = frozenset({"data", "login", "infrastructure"})
_SAME_NAME, _SAME_ELEMENT = 0.8, 0.7


class Versions(Protocol):
    """The versions of procedures, as memory keeps them."""

    async def version(self, procedure: str, number: int) -> Version:
        """Return one of them; raises NoProcedure."""


class LedAstray(Died):  # no failure of the run: it goes on
    """What was learned may have ended the run; it may be done anew as it was shown."""


@dataclass(frozen=True)
class Astray:
    """A first try that what was learned may have ended, and the versions from the one that ran back to what was shown."""

    recall: Recall
    trajectory: Trajectory
    lineage: tuple[Version, ...]

    def shown(self) -> Recall:
        """Return what to do now."""
        return Recall(version=self.lineage[-1], reason="as it was shown, without what was learned since")


class Way:
    """The way that a run goes: as memory knows it, and once that has led astray, as it was shown.

    ``open`` is false under Memp's strategies: there a run goes by what memory says, whatever becomes of it.
    """

    def __init__(self, recall: Recall, memory: Versions, *, open: bool = True) -> None:
        self.recall, self._memory, self._open = recall, memory, open
        self.astray: Astray | None = None

    async def require_not_astray(self, plan: Plan, trajectory: Trajectory, verdict: Verdict) -> None:
        """Raise LedAstray where the run is to be done anew, once; ``recall`` has to be what it knew at its end."""
        if not self._open or self.astray is not None or verdict.met or verdict.exception:
            return
        if plan.ask is not None or plan.repair == "propose" or not nothing_left(trajectory, self.recall.version.document):
            return  # a person watches, or wants to be asked
        recall = self.recall
        lineage = await back_to_what_was_shown(recall.version, self._memory)
        if not had_a_say(recall, lineage[-1].document, trajectory):
            return
        self.astray = Astray(recall, trajectory, lineage)
        self.recall = self.astray.shown()
        raise LedAstray(f"with what was learned it ended at step {len(trajectory.steps)}: {trajectory.stopped}")

    def told(self, trajectory: Trajectory) -> Trajectory:
        """Return a trajectory with what the first try cost, and why that ended where this one did not come through either."""
        return told_of_both(self.astray, trajectory) if self.astray else trajectory

    def credited(self, verdict: Verdict, trajectory: Trajectory) -> Verdict:
        """Return the verdict with what became of all that was injected, in the first try too."""
        verdict = credited(verdict, self.recall, trajectory)
        return blamed(self.astray, verdict, trajectory) if self.astray else verdict

    def of(self) -> Recall:
        """Return what the verdict is taken in for: the version that is in use."""
        return self.astray.recall if self.astray else self.recall


async def back_to_what_was_shown(version: Version, memory: Versions) -> tuple[Version, ...]:
    """Return a version and those it came from, the last one being what was shown, or what a person made of it."""
    lineage = [version]
    while version.parent is not None and version.author not in _SHOWN_BY:
        version = await memory.version(version.procedure, version.parent)
        lineage.append(version)
    return tuple(lineage)


def nothing_left(trajectory: Trajectory, document: Procedure) -> bool:
    """Tell whether a run that did not come through may be done anew: whatever it did, the site has taken nothing of it but
    a login."""
    if trajectory.outcome not in {"failed", "needs_person", "succeeded"} or trajectory.fault in _NOT_MEMORY:
        return False
    if trajectory.sent != "nothing" or trajectory.unknown_requests or any(c.state != "not_done" for c in trajectory.commits):
        return False
    login = _login(document)
    return not any(r.method not in READS for s in trajectory.steps if s.id not in login for r in s.signals.requests)


def _login(document: Procedure) -> set[str]:
    """Return the steps from a secret on up to the one that sends it."""
    found, typed = set(), False
    for step in document.steps:
        typed = step.effect != "commit" and (typed or secret_of(step) is not None)
        if typed:
            found.add(step.id)
        typed = typed and all(r.method in READS for r in step.expect.requests)
    return found


def had_a_say(recall: Recall, shown: Procedure, trajectory: Trajectory) -> bool:
    """Tell whether anything that was learned was used, tried, or known of the step that the run ended at."""
    many = _looks(shown)
    learned = {s for s, looks in _looks(recall.version.document).items() if looks > many.get(s, 0)}
    learned |= {*looks_on_trial(recall), *spare_on_trial(recall), *(one.step for one in recall.lent)}
    return any(
        s.variant >= many.get(s.id, 0) or s.misled or s.unproven or s.went_back
        or s.needless in {"trial", "known"}
        or (s.repair is not None and s.repair.by == "memory")
        or (s.status in {"failed", "refused"} and s.id in learned)
        for s in trajectory.steps
    )  # fmt: skip


def told_of_both(astray: Astray, second: Trajectory) -> Trajectory:
    """Return the second try; where it broke off too, with both reasons, and the kind of end of the one that came further."""
    first = astray.trajectory
    second = second.but(duration_ms=first.duration_ms + second.duration_ms, asked=first.asked.and_(second.asked))
    if second.outcome not in {"failed", "needs_person"}:
        return second
    second = second.but(stopped=f"{first.stopped}; done anew as it was shown: {second.stopped}")
    if second.sent != "nothing" or len(second.steps) >= len(first.steps) or first.outcome == "succeeded":
        return second
    return second.but(outcome=first.outcome, fault=first.fault)


def blamed(astray: Astray, verdict: Verdict, second: Trajectory) -> Verdict:
    """Return the verdict with the learned looks that named something else in the first try than did the step now.

    Those on trial are refuted; from those in use memory goes back to the version that had none of them.
    """
    recall, places = astray.recall, _looks(astray.lineage[-1].document)
    verdict = verdict.but(
        base=recall.version.number, beside=recall.candidate.number if recall.candidate else None,
        earlier=recall.earlier.number if recall.earlier else None,
    )  # fmt: skip
    if not verdict.met:
        return verdict
    did = {s.id: one for s in second.steps if (one := _did(s, verdict, astray.lineage[-1].document)) is not None}
    known = _looks(recall.version.document)
    misled: list[AddVariant] = []
    back: list[AddVariant] = []
    for step in astray.trajectory.steps:
        for at in dict.fromkeys((step.variant, *step.misled)):
            look = look_of(recall, step.id, at)
            if step.id not in did or look is None or at < places.get(step.id, 0) or not _another(look, did[step.id]):
                continue
            (back if at < known.get(step.id, 0) else misled).append(AddVariant(step=step.id, variant=look))
    before = _newest_without(back, astray.lineage)
    if not back or before is None:
        return verdict.but(misled=(*verdict.misled, *misled))
    return verdict.but(misled=(*verdict.misled, *misled), went_back=tuple(back), earlier=before.number)


def _looks(document: Procedure) -> dict[str, int]:
    return {s.id: len(s.target.variants) for s in document.steps if s.target}


def _did(step: StepOutcome, verdict: Verdict, shown: Procedure) -> Variant | None:
    """Return the look of what did a step."""
    if step.status == "repaired":
        return next((e.variant for e in verdict.edits if isinstance(e, AddVariant) and e.step == step.id), None)
    looks = next((s.target.variants for s in shown.steps if s.id == step.id and s.target), ())
    return looks[step.variant] if step.status == "ok" and 0 <= step.variant < len(looks) else None


def _another(look: Variant, did: Variant) -> bool:
    a, b = look.fingerprint, did.fingerprint
    return likeness(a.name, b.name) < _SAME_NAME or identity(a, b) < _SAME_ELEMENT


def _newest_without(back: Sequence[AddVariant], lineage: Sequence[Version]) -> Version | None:
    for version in lineage[1:]:
        looks = {s.id: s.target.variants for s in version.document.steps if s.target}
        if not any(among(e.variant, looks.get(e.step, ())) for e in back):
            return version
    return None
