"""UPDATE: a verdict adds, promotes, suspects or retires a version, with evidence and a way back."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from .domain.change import Counts, ElementSeen, Interruption, MemoryChange, NewVersion, Recall, StatusChange, Use
from .domain.identity import identity
from .domain.ports import ProcedureMemory
from .domain.procedure import Procedure, Version
from .domain.target import Target, Variant
from .domain.verdict import AddVariant, LearnInterruption, Verdict
from .domain.workflow import RepairMode
from .store.hashes import digest

CLEAN_RUNS = 2  # a candidate becomes active after this many clean runs of different rows or days
FAULTS_IN_A_ROW = 2  # an active version becomes suspect after this many own faults in a row
RETIRE_RUNS, RETIRE_SURE = 5, 0.90
SAME_LOOK = 0.995  # above this a look is known already


async def update_memory(
    memory: ProcedureMemory, recall: Recall, verdict: Verdict, *, mode: RepairMode
) -> Version | None:
    """Apply a verdict in one memory transaction, once per run; return the version it wrote, if any."""
    used = await memory.version(verdict.procedure, verdict.version)
    uses = await memory.uses(verdict.procedure, verdict.version)
    return await memory.apply(decide(verdict, recall, used, uses, mode=mode))


def decide(verdict: Verdict, recall: Recall, used: Version, uses: Sequence[Use], *, mode: RepairMode) -> MemoryChange:
    """Return what a verdict does to memory; a pure function of what is known."""
    repaired = any(isinstance(e, AddVariant | LearnInterruption) for e in verdict.edits)
    use = Use(
        run=verdict.run,
        procedure=verdict.procedure,
        version=verdict.version,
        outcome=verdict.outcome,
        fault=verdict.fault,
        own_fault=verdict.own_fault,
        clean=verdict.met and not repaired,
        row=verdict.row,
        day=verdict.day,
    )
    history = [u for u in uses if u.run != use.run] + [use]
    learned = _learn(verdict, recall) if verdict.met and mode == "remember" else None
    looks = tuple(
        ElementSeen(site=recall.version.document.site, key=element_key(step_target), variant=e.variant)
        for e in verdict.edits
        if isinstance(e, AddVariant)
        if (step_target := _target(recall.version.document, e.step)) is not None
    )
    return MemoryChange(
        run=verdict.run,
        procedure=verdict.procedure,
        use=use,
        new_version=learned,
        statuses=_statuses(used, history),
        counts=tuple(Counts(step=s, variant=v, seen=1, day=verdict.day) for s, v in verdict.variants_seen),
        counted_version=verdict.version,
        elements=looks if mode == "remember" else (),
        interruptions=tuple(
            Interruption(site=e.site, words=e.words, variant=e.variant)
            for e in verdict.edits
            if isinstance(e, LearnInterruption)
        )
        if mode == "remember"
        else (),
    )


def _learn(verdict: Verdict, recall: Recall) -> NewVersion | None:
    """Add what proved itself to the newest document: looks are added, nothing known is changed or removed."""
    parent = recall.candidate or recall.version
    document, added = parent.document, []
    for edit in verdict.edits:
        if isinstance(edit, AddVariant) and (changed := with_variant(document, edit.step, edit.variant)) is not None:
            document = changed
            added.append(edit.model_dump(mode="json"))
    if not added:
        return None
    rungs = sorted({e.variant.came_from for e in verdict.edits if isinstance(e, AddVariant)})
    return NewVersion(
        document=document,
        parent=parent.number,
        status="candidate",
        author=", ".join(rungs),
        evidence=(verdict.run,),
        note=f"{len(added)} look{'s' if len(added) != 1 else ''} added after a run that met its checks",
        edits=tuple(added),
    )


def with_variant(document: Procedure, step_id: str, variant: Variant) -> Procedure | None:
    """Return the document with one more look of a step's target, or None when it is known already."""
    steps = list(document.steps)
    for i, step in enumerate(steps):
        if step.id != step_id or step.target is None:
            continue
        if any(same_look(v, variant) for v in step.target.variants):
            return None
        target = step.target.model_copy(update={"variants": (*step.target.variants, variant)})
        steps[i] = step.model_copy(update={"target": target})
        return document.model_copy(update={"steps": tuple(steps)})
    return None


def same_look(a: Variant, b: Variant) -> bool:
    """Tell whether two looks are one: the same element, reached the same way."""
    same_way = len(a.via) == len(b.via) and len(a.then) == len(b.then)
    return (
        same_way
        and identity(a.fingerprint, b.fingerprint) >= SAME_LOOK
        and identity(b.fingerprint, a.fingerprint) >= SAME_LOOK
    )


def _target(document: Procedure, step_id: str) -> Target | None:
    return next((s.target for s in document.steps if s.id == step_id), None)


def element_key(target: Target) -> str:
    """Return what names an element across procedures of a site: the traits it was first recorded with."""
    fp = target.variants[0].fingerprint
    return digest("|".join((fp.role, fp.name, fp.label, fp.test_id, fp.name_attr, fp.form)))


# ---- the status table -----------------------------------------------------------------------------------------------


def _statuses(used: Version, history: Sequence[Use]) -> tuple[StatusChange, ...]:
    def change(status: str, why: str) -> tuple[StatusChange, ...]:
        return (
            StatusChange.model_validate(
                {"procedure": used.procedure, "version": used.number, "status": status, "why": why}
            ),
        )

    match used.status:
        case "candidate":
            proofs = {(u.row, u.day) for u in history if u.clean}
            if len(proofs) >= CLEAN_RUNS:
                return change("active", f"{len(proofs)} clean runs of different rows or days")
        case "active":
            faults = 0
            for use in reversed(history):
                if not use.own_fault:
                    break
                faults += 1
            if faults >= FAULTS_IN_A_ROW:
                return change("suspect", f"{faults} own faults in a row")
        case "suspect":
            if history[-1].clean:
                return change("active", "a clean run after being suspect")
        case _:
            return ()
    if doubtful(history):
        return change("retired", f"more likely to fail than to succeed ({RETIRE_SURE:.0%} sure)")
    return ()


def doubtful(history: Sequence[Use]) -> bool:
    """Tell whether the posterior of success is below one half with 90 %, counting own faults only."""
    good = sum(u.outcome == "succeeded" for u in history)
    bad = sum(u.own_fault for u in history)
    n = good + bad
    if n < RETIRE_RUNS:
        return False
    # P(p < 1/2) under Beta(1 + good, 1 + bad) equals a binomial tail.
    tail = sum(comb(n + 1, k) for k in range(good + 1, n + 2)) / 2 ** (n + 1)
    return bool(tail >= RETIRE_SURE)
