"""GUARDED, our own strategy and the default: delta edits with evidence, proved before they count, and a way back.

Memp updates its memory by ``U = Add(M_new) - Del(M_obs) + Update(M_est)`` and changes entries in place. Here nothing is
overwritten or erased: a lesson is a new version that is tried only where the version in use breaks, becomes active by
clean runs that needed it, and goes back by itself where it misleads.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.change import Counts, ElementSeen, Interruption, MemoryChange, NewVersion, Recall, StatusChange, Use
from ..domain.looks import among
from ..domain.policy import Learning
from ..domain.procedure import Procedure, Version
from ..domain.structure import traits
from ..domain.target import Target, Variant
from ..domain.verdict import AddVariant, LearnInterruption, LeaveOut, Verdict
from ..domain.workflow import RepairMode
from ..store.hashes import digest
from .lessons import Lesson, added_by, left_of, named, plain_edits, seen_again, with_lessons
from .status import GUARDED, changed, faults_in_a_row, status_after

Refused = Sequence[tuple[str, Variant]]


def decide(
    verdict: Verdict, recall: Recall, used: Version, uses: Sequence[Use], *, mode: RepairMode, refused: Refused = (),
    rule: Learning = GUARDED,
) -> MemoryChange:
    """Return what a verdict does to memory; a pure function of what is known.

    ``used`` is the version to credit and ``uses`` what it was used for; ``refused`` are the looks rejected before.
    """
    use = use_of(verdict, used)
    history = [u for u in uses if u.run != use.run and u.part == "ran"] + [use]
    remembers = mode == "remember"
    gone = rejected_by(verdict, recall, used, history)
    learned = None
    if verdict.met and remembers and not verdict.went_back:
        learned = _learn(verdict, recall, [*refused, *((e.step, e.variant) for e in gone if isinstance(e, AddVariant))])
    promoted, statuses = _after(verdict, recall, used, history, gone=gone, rule=rule)
    if learned is not None and recall.candidate is not None and not any(
        s.version == recall.candidate.number for s in statuses
    ):
        statuses = (*statuses, changed(recall.candidate, "retired", "carried on by the version that adds to it"))
    return MemoryChange(
        run=verdict.run,
        procedure=verdict.procedure,
        use=use,
        others=others_of(verdict, use),
        new_version=learned or promoted,
        statuses=statuses,
        counts=_counts(verdict),
        counted_version=verdict.version,
        elements=_seen(verdict, recall) if remembers and verdict.met else (),
        interruptions=_bars(verdict) if remembers else (),
        rejected=tuple(e.model_dump(mode="json") for e in gone),
    )


# ---- credit ---------------------------------------------------------------------------------------------------------


def use_of(verdict: Verdict, used: Version) -> Use:
    """Return the credit of the version that ran. Only a run that needed no repair and no help of others is clean."""
    helped = verdict.borrowed or verdict.went_back or _repaired(verdict)
    # with a look on trial, checks that were not met are the look's to answer for, until something else is known
    on_trial = used.status == "candidate" and verdict.outcome == "failed" and verdict.fault == "unknown"
    return Use(
        run=verdict.run,
        procedure=verdict.procedure,
        version=verdict.version,
        outcome=verdict.outcome,
        fault=verdict.fault,
        own_fault=verdict.own_fault or on_trial,
        clean=verdict.met and not helped,
        row=verdict.row,
        day=verdict.day,
    )


def others_of(verdict: Verdict, use: Use) -> tuple[Use, ...]:
    """Return the credit of what else was injected: it lay beside, or lent a look. It proves nothing of them."""
    at_hand = {verdict.base, verdict.beside} - {use.version, None}
    plain = use.but(own_fault=False, clean=False)
    beside = tuple(plain.but(version=n, part="beside") for n in sorted(n for n in at_hand if n is not None))
    lenders = dict.fromkeys((b.procedure, b.version) for b in verdict.borrowed)
    return (*beside, *(plain.but(procedure=p, version=n, part="lent") for p, n in lenders))


def _repaired(verdict: Verdict) -> bool:
    return bool(verdict.needless) or any(isinstance(e, AddVariant | LearnInterruption) for e in verdict.edits)


def _counts(verdict: Verdict) -> tuple[Counts, ...]:
    seen = [Counts(step=s, variant=v, seen=1, day=verdict.day) for s, v in verdict.variants_seen]
    return (*seen, *(Counts(step=s, variant=v, failed=1, day=verdict.day) for s, v in verdict.variants_failed))


# ---- lessons --------------------------------------------------------------------------------------------------------


def _learn(verdict: Verdict, recall: Recall, refused: Refused) -> NewVersion | None:
    """Add what proved itself to the newest document: looks are added, and that a step may be left out; nothing known is
    changed or removed."""
    parent = recall.candidate or recall.version
    lent = [AddVariant(step=b.step, variant=b.variant.but(seen=1, failed=0, came_from="memory")) for b in verdict.borrowed]
    wanted = [e for e in verdict.edits if isinstance(e, AddVariant)] + lent
    looks = [e for e in wanted if not among(e.variant, (v for s, v in refused if s == e.step))]
    by = verdict.needless_by
    spare = [LeaveOut(step=s, by=by.get(s, "structure")) for s in verdict.needless if s not in recall.kept_in]
    document, added = with_lessons(parent.document, [*looks, *spare])
    if not added:
        return None
    lenders = sorted({f"{b.procedure}@{b.version}" for b in verdict.borrowed})
    return NewVersion(
        document=document,
        parent=parent.number,
        status="candidate",
        author=", ".join(sorted({e.variant.came_from if isinstance(e, AddVariant) else e.by for e in added})),
        evidence=(verdict.run, *lenders),
        note=f"{named(added)} after a run that met its checks",
        edits=plain_edits(added),
    )


def _seen(verdict: Verdict, recall: Recall) -> tuple[ElementSeen, ...]:
    """Return the looks for the site's element memory, so that every procedure with the element is offered them."""
    return tuple(
        ElementSeen(site=recall.version.document.site, key=element_key(target), variant=e.variant)
        for e in verdict.edits
        if isinstance(e, AddVariant)
        if (target := _target(recall.version.document, e.step)) is not None
    )


def _bars(verdict: Verdict) -> tuple[Interruption, ...]:
    return tuple(e.learned() for e in verdict.edits if isinstance(e, LearnInterruption))


def _target(document: Procedure, step_id: str) -> Target | None:
    return next((s.target for s in document.steps if s.id == step_id), None)


def element_key(target: Target) -> str:
    """Return what names an element across procedures of a site: the traits it was first recorded with."""
    return digest("|".join(traits(target.variants[0].fingerprint)))


# ---- what becomes of versions -----------------------------------------------------------------------------------------


def rejected_by(verdict: Verdict, recall: Recall, used: Version, history: Sequence[Use]) -> tuple[Lesson, ...]:
    """Return the lessons that this run refutes for good: they are kept, and not tried or proposed again.

    Looks that misled while something else did the step, those that a promoted version went back from, and those of a
    candidate that failed twice in a row by its own fault.
    """
    kept = verdict.went_back if recall.version.author != "person" else ()
    gone: list[Lesson] = [*verdict.misled, *kept]
    candidate = recall.candidate
    if candidate is not None and used.number == candidate.number and faults_in_a_row(history) >= GUARDED.faults_in_a_row:
        gone += [e for e in added_by(recall.version, candidate) if _on_trial_in(verdict, e)]
    return tuple(gone)


def _only_adds(version: Version, candidate: Version) -> bool:
    """Tell whether a candidate does the steps of the version in use: one from another memory may do others."""
    plain = [[s.model_copy(update={"target": None, "spare": False}) for s in v.document.steps] for v in (version, candidate)]
    return plain[0] == plain[1]


def _on_trial_in(verdict: Verdict, edit: Lesson) -> bool:
    return edit.step in verdict.tried


def _after(
    verdict: Verdict, recall: Recall, used: Version, history: Sequence[Use], *, gone: Sequence[Lesson], rule: Learning
) -> tuple[NewVersion | None, tuple[StatusChange, ...]]:
    """Return the version that a promotion writes, where it has to, and the statuses that change."""
    candidate = recall.candidate
    if verdict.went_back and verdict.earlier is not None and recall.version.number == verdict.base:
        if recall.version.author == "person":
            return None, ()  # what a person kept, a person takes back; the run went on all the same
        why = f"rolled back: what version {recall.version.number} added misled, the look of its parent did the step"
        parent = StatusChange(procedure=used.procedure, version=verdict.earlier, status="active", why=why)
        return None, (parent,)
    left = left_of(recall, candidate, gone) if candidate is not None else []
    if candidate is not None and gone and not left:
        return None, (changed(candidate, "retired", "all that it added was refuted"),)
    after = status_after(used, history, rule=rule)
    if after is None:
        return None, ()
    if after.status != "active" or candidate is None or used.number != candidate.number:
        return None, (after,)
    proved = [e for e in left if seen_again(verdict, candidate, e)]
    if len(proved) == len(added_by(recall.version, candidate)) and _only_adds(recall.version, candidate):
        return None, (after,)
    if not proved:
        return None, ()
    # Some of what it added has proved itself and the rest has not been needed: only the first becomes known.
    document, _ = with_lessons(recall.version.document, proved)
    new = NewVersion(
        document=document, parent=recall.version.number, status="active", author=candidate.author,
        evidence=(*candidate.evidence, verdict.run), edits=plain_edits(proved),
        note=f"{after.why}; of version {candidate.number} it takes what they needed",
    )
    return new, ()
