"""ON TRIAL: what a run may try ahead of the ladder where a step breaks, and whom that is credited to afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from .domain.change import Lent, Recall
from .domain.looks import among, same_look
from .domain.ports import ProcedureMemory
from .domain.structure import shared_prefix
from .domain.target import Variant
from .domain.trajectory import StepOutcome, Trajectory
from .domain.verdict import AddVariant, Verdict


def version_used(recall: Recall, trajectory: Trajectory) -> int:
    """Return the version to credit: the candidate where one of the looks it added was needed or misled, else the one
    that ran."""
    if recall.candidate is None:
        return recall.version.number
    on_trial = looks_on_trial(recall)
    known = _known(recall)
    own = {s: range(known[s], known[s] + len(looks)) for s, looks in on_trial.items()}
    touched = any(
        s.needless == "trial" or any(v in own.get(s.id, ()) for v in (s.variant, *s.misled)) for s in trajectory.steps
    )
    return recall.candidate.number if touched else recall.version.number


def credited(verdict: Verdict, recall: Recall, trajectory: Trajectory) -> Verdict:
    """Return the verdict with what became of all that was injected: the looks that were needed, lent, or misled.

    A look that misled is only held against it where something else then did the very same step.
    """
    used = recall.candidate if recall.candidate is not None and verdict.version == recall.candidate.number else recall.version
    places = {s.id: s.target.variants for s in used.document.steps if s.target}
    seen, failed, borrowed, misled, back = [], [], [], [], []
    for step in trajectory.steps:
        look = look_of(recall, step.id, step.variant)
        if verdict.met and step.status == "ok" and look is not None and (at := _place(look, places.get(step.id, ()))) >= 0:
            seen.append((step.id, at))
        if step.unproven and step.status == "ok" and look is not None:
            borrowed += [one for one in recall.lent if one.step == step.id and one.variant == look]
        wrong = [w for v in step.misled if (w := look_of(recall, step.id, v)) is not None and v >= _known(recall)[step.id]]
        failed += [(step.id, at) for w in wrong if (at := _place(w, places.get(step.id, ()))) >= 0]
        if step.status in {"ok", "repaired"}:
            misled += [AddVariant(step=step.id, variant=w) for w in wrong]
            back += _added_since(recall, step) if step.went_back else []
    return verdict.but(
        variants_seen=tuple(seen), variants_failed=tuple(failed), borrowed=tuple(borrowed), misled=tuple(misled),
        went_back=tuple(back), earlier=recall.earlier.number if recall.earlier else None,
        tried=tuple(s.id for s in trajectory.steps if s.unproven or s.misled or s.needless == "trial"),
        base=recall.version.number,
        beside=recall.candidate.number if recall.candidate else None,
    )


def _known(recall: Recall) -> dict[str, int]:
    return {s.id: len(s.target.variants) for s in recall.version.document.steps if s.target}


def look_of(recall: Recall, step_id: str, index: int) -> Variant | None:
    """Return the look of a step by its place among all that the run knew: the version's own, on trial, lent."""
    own = next((s.target.variants for s in recall.version.document.steps if s.id == step_id and s.target), ())
    lent = tuple(one.variant for one in recall.lent if one.step == step_id)
    every = (*own, *looks_on_trial(recall).get(step_id, ()), *lent)
    return every[index] if 0 <= index < len(every) else None


def _place(look: Variant, looks: Sequence[Variant]) -> int:
    return next((i for i, one in enumerate(looks) if same_look(look, one)), -1)


def _added_since(recall: Recall, step: StepOutcome) -> list[AddVariant]:
    before = looks_of_parent(recall, step.id) or 0
    own = next((s.target.variants for s in recall.version.document.steps if s.id == step.id and s.target), ())
    return [AddVariant(step=step.id, variant=v) for v in own[before:]] if before else []


def looks_on_trial(recall: Recall) -> dict[str, tuple[Variant, ...]]:
    """Return by step what the candidate knows more than the version that runs, without what was refused since."""
    if recall.candidate is None:
        return {}
    newer = {s.id: s.target for s in recall.candidate.document.steps if s.target}
    more = {
        s.id: tuple(
            v for v in newer[s.id].variants
            if not among(v, (*s.target.variants, *refused_of(recall, s.id)))
        )
        for s in recall.version.document.steps
        if s.target and s.id in newer
    }
    return {step: tuple(sorted(looks, key=lambda v: v.failed - v.seen)) for step, looks in more.items() if looks}


def looks_of_parent(recall: Recall, step_id: str) -> int | None:
    """Return how many of a step's looks the parent of a promoted version had, where looks were added since."""
    if recall.earlier is None:
        return None
    before = next((s.target.variants for s in recall.earlier.document.steps if s.id == step_id and s.target), ())
    now = next((s.target.variants for s in recall.version.document.steps if s.id == step_id and s.target), ())
    if not before or len(now) <= len(before):
        return None
    return len(before) if all(same_look(a, b) for a, b in zip(before, now, strict=False)) else None


def spare_on_trial(recall: Recall) -> frozenset[str]:
    """Return the steps that the candidate may leave out and the version that runs may not, without those refused since."""
    if recall.candidate is None:
        return frozenset()
    fixed = {s.id for s in recall.version.document.steps if not s.spare}
    return frozenset(s.id for s in recall.candidate.document.steps if s.spare and s.id in fixed - {*recall.kept_in})


def refused_of(recall: Recall, step_id: str) -> list[Variant]:
    """Return the looks of a step that were rejected."""
    return [look for step, look in recall.refused if step == step_id]


class Trial:
    """What is on trial in one run, by step: its candidate's looks, then those that other procedures of the site lend;
    and, of a promoted version, how many looks its parent had.

    All of it is asked for at the first break only: a healthy run pays nothing.
    """

    def __init__(self, recall: Recall, memory: ProcedureMemory) -> None:
        self.recall, self._memory, self._asked = recall, memory, False

    async def looks(self, step: str) -> tuple[Variant, ...]:
        """Return what is to be tried for a step, in order."""
        await self._ask()
        lent = (one.variant for one in self.recall.lent if one.step == step)
        return (*looks_on_trial(self.recall).get(step, ()), *lent)

    async def looks_of_parent(self, step: str) -> int | None:
        """Return how many of a step's looks the version's parent had, where some were added since; else None."""
        await self._ask()
        return looks_of_parent(self.recall, step)

    async def spare(self, step: str) -> bool:
        """Tell whether it is on trial that a step may be left out."""
        await self._ask()
        return step in spare_on_trial(self.recall)

    async def _ask(self) -> None:
        if self._asked:
            return
        self._asked, version = True, self.recall.version
        refused = await self._memory.rejected_looks(version.procedure)
        kept_in = await self._memory.rejected_spares(version.procedure)
        self.recall = self.recall.but(refused=tuple(refused), kept_in=tuple(kept_in))
        if version.parent is not None and version.status in {"active", "suspect"}:
            self.recall = self.recall.but(earlier=await self._memory.version(version.procedure, version.parent))
        self.recall = self.recall.but(lent=await lent_looks(self.recall, self._memory))


async def lent_looks(recall: Recall, memory: ProcedureMemory) -> tuple[Lent, ...]:
    """Return what other procedures of the site know of the steps that they share with this one from the beginning."""
    mine, found = recall.version.document, []
    known = {s.id: list(s.target.variants) for s in mine.steps if s.target}
    for step, looks in looks_on_trial(recall).items():
        known[step].extend(looks)
    for other in await memory.neighbours(mine.site, recall.version.procedure):
        shared = shared_prefix(mine, other.document)
        for own, theirs in zip(mine.steps[:shared], other.document.steps[:shared], strict=True):
            for look in theirs.target.variants if own.target and theirs.target else ():
                if look.seen > look.failed and not among(look, (*known[own.id], *refused_of(recall, own.id))):
                    known[own.id].append(look)
                    found.append(Lent(step=own.id, variant=look, procedure=other.procedure, version=other.number))
    return tuple(sorted(found, key=lambda one: one.variant.failed - one.variant.seen))
