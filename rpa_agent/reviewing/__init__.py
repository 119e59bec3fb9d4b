"""A person reviews repairs: keeps them, undoes them, or wants to be asked each time; every decision says who and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ..domain.change import Interruption, MemoryChange, NewVersion, StatusChange
from ..domain.errors import NoProcedure, UsageInvalid, VersionMovedOn
from ..domain.frozen import Frozen
from ..domain.procedure import Procedure, Version
from ..domain.verdict import AddVariant, Edit, LearnInterruption, Verdict
from ..memory import Memory
from ..ops.office import Office
from ..ops.reviews import Decision
from ..ops.runs import Run
from ..store.hashes import canonical
from ..store.workflow_files import ask_before_repairs, find_workflow
from .edits import (
    as_plain,
    edits_in,
    elements_of,
    know_the_same,
    looks_of,
    mark_of,
    unknown_to,
    with_looks,
    without_looks,
)

REFUSED = 10_000  # a look that a person refused counts as having failed more often than it can ever be seen
_LIVE = ("active", "suspect", "candidate")

__all__ = ["Decided", "Review", "edits_in", "keep", "mark_of", "undo", "waiting"]


class Review(Frozen):
    """Repairs that wait for a person: of one run, and of ``times`` runs that repaired the very same."""

    run: str
    workflow: str
    state: Literal["used", "proposed"]
    started: str
    procedure: str
    times: int = 1
    version: int | None = None  # the candidate version that memory made of it; None: memory has not learned it
    edits: tuple[Edit, ...] = ()


class Decided(Frozen):
    """What a decision did: the version in use from now on, where it changed."""

    run: str
    workflow: str
    decision: Decision
    who: str
    because: str
    version: int | None = None


async def waiting(office: Office, memory: Memory | None, *, workflow: str | None = None) -> list[Review]:
    """Return the repairs nobody has decided on, latest first; what is in use by its own proof does not wait."""
    decided = await office.reviews.marks()
    found: dict[str, Review] = {}
    for run in await office.runs.taught(workflow):
        mark = mark_of(run.verdict) if run.verdict else ""
        if run.verdict is None or mark in decided:
            continue
        if mark in found:
            found[mark] = found[mark].but(times=found[mark].times + 1)
            continue
        review = await _review(run, run.verdict, memory)
        if review is not None:
            found[mark] = review
    return list(found.values())


async def _review(run: Run, verdict: Verdict, memory: Memory | None) -> Review | None:
    versions = await _versions(memory, verdict.procedure)
    current = _current(versions)
    if current is not None and not unknown_to(current.document, edits_in(verdict)) and looks_of(edits_in(verdict)):
        return None
    written = next((v for v in versions if run.id in v.evidence), None)
    return Review(
        run=run.id, workflow=run.workflow, state="proposed" if verdict.proposed else "used", started=run.started,
        procedure=verdict.procedure, edits=edits_in(verdict),
        version=written.number if written and written.status == "candidate" else None,
    )


async def keep(office: Office, memory: Memory, run: str, *, workflows: Path, who: str, reason: str) -> Decided:
    """Make a run's repairs part of the version in use: a person's word is evidence enough.

    Raises UsageInvalid where there is nothing to decide, VersionMovedOn where the procedure is another one by now,
    WorkflowInvalid where its workflow is gone, NoProcedure.
    """
    verdict = await _undecided(office, run)
    find_workflow(workflows, verdict.workflow)
    versions, why = await memory.versions(verdict.procedure), f"kept by {who}: {reason}"
    refused = {canonical(e) for e in await memory.rejected(verdict.procedure)}
    if any(canonical(e) in refused for e in as_plain(edits_in(verdict))):
        raise VersionMovedOn("this repair was undone meanwhile", where=run)
    written = next((v for v in versions if run in v.evidence), None)
    current = _current(versions)
    if current is None:
        raise NoProcedure(f"nothing of {verdict.workflow} is in use any more", where=verdict.workflow)
    if written is not None and written.status == "candidate":
        await memory.set_status(verdict.procedure, written.number, "active", why)
        version: int | None = written.number
    else:
        version = await _add(memory, verdict, current, versions, why=why)
    decided = Decided(run=run, workflow=verdict.workflow, decision="keep", who=who, because=reason, version=version)
    await _note(office, verdict, decided)
    return decided


async def _add(
    memory: Memory, verdict: Verdict, current: Version, versions: Sequence[Version], *, why: str
) -> int | None:
    """Add looks to the version in use, and to the candidate that came after it; return the version in use then."""
    known = {s.id for s in current.document.steps if s.target}
    if any(e.step not in known for e in looks_of(edits_in(verdict))):
        raise VersionMovedOn(
            f"{verdict.workflow} has other steps by now: version {current.number} is in use, the repair was one of version"
            f" {verdict.version}", where=verdict.run,
        )
    bars = tuple(
        Interruption(site=e.site, words=e.words, variant=e.variant)
        for e in edits_in(verdict)
        if isinstance(e, LearnInterruption)
    )
    looks = unknown_to(current.document, edits_in(verdict))
    new = _version(current, with_looks(current.document, looks), verdict.run, why, looks=looks) if looks else None
    if new is not None and current.status == "suspect":
        new = new.but(status="active")
    written = await memory.apply(
        MemoryChange(
            run=f"{verdict.run}:keep", procedure=verdict.procedure, new_version=new, interruptions=bars,
            elements=elements_of(current.document, verdict, looks),
        )
    )
    later = next((v for v in versions if v.status == "candidate" and v.number > current.number), None)
    if later is not None and looks:
        more = unknown_to(later.document, looks)
        again = _version(later, with_looks(later.document, more), verdict.run, why, looks=more)
        gone = StatusChange(procedure=later.procedure, version=later.number, status="retired", why=why)
        await memory.apply(
            MemoryChange(run=f"{verdict.run}:keep:{later.number}", procedure=later.procedure, new_version=again, statuses=(gone,))
        )
    return written.number if written else current.number


async def undo(
    office: Office, memory: Memory, run: str, *, who: str, reason: str, ask: Path | None = None
) -> Decided:
    """Take a run's repairs out of every version in use. They are kept as rejected and not proposed again.

    With ``ask``, the folder of the workflow files, they may be proposed again: the workflow asks before each repair
    from now on. Raises as ``keep`` does.
    """
    verdict = await _undecided(office, run)
    if ask is not None:
        find_workflow(ask, verdict.workflow)
    edits, why = edits_in(verdict), f"undone by {who}: {reason}"
    versions = await _versions(memory, verdict.procedure)
    first = _current(versions) or (versions[0] if versions else None)
    if first is not None and ask is None:
        bars = tuple(
            Interruption(site=e.site, words=e.words, variant=e.variant.but(seen=0, failed=REFUSED))
            for e in edits
            if isinstance(e, LearnInterruption)
        )
        refused = tuple(
            seen.but(variant=seen.variant.but(seen=0, failed=REFUSED))
            for seen in elements_of(first.document, verdict, looks_of(edits))
        )
        await memory.apply(
            MemoryChange(
                run=f"{run}:undo", procedure=verdict.procedure, rejected=tuple(as_plain(edits)), elements=refused,
                interruptions=bars,
            )
        )
    for version in (v for v in versions if v.status in _LIVE):
        await _take_out(memory, version, versions, verdict, why=why)
    after = _current(await _versions(memory, verdict.procedure))
    if ask is not None:
        ask_before_repairs(ask, verdict.workflow)
    decided = Decided(
        run=run, workflow=verdict.workflow, decision="undo" if ask is None else "ask", who=who, because=reason,
        version=after.number if after else None,
    )
    await _note(office, verdict, decided)
    return decided


async def _take_out(
    memory: Memory, version: Version, versions: Sequence[Version], verdict: Verdict, *, why: str
) -> None:
    """Replace a version by one without the looks: an earlier one that knows just that, else a new one."""
    document = without_looks(version.document, looks_of(edits_in(verdict)))
    if document == version.document:
        return
    same = next((v for v in versions if v.number != version.number and know_the_same(v.document, document)), None)
    gone = StatusChange(procedure=version.procedure, version=version.number, status="retired", why=why)
    back: tuple[StatusChange, ...] = (gone,)
    new = None
    if same is None:
        new = _version(version, document, verdict.run, why, looks=())
    elif version.status != "candidate":
        back = (StatusChange(procedure=version.procedure, version=same.number, status="active", why=why), gone)
    await memory.apply(
        MemoryChange(run=f"{verdict.run}:undo:{version.number}", procedure=version.procedure, new_version=new, statuses=back)
    )


def _version(parent: Version, document: Procedure, run: str, why: str, *, looks: Sequence[AddVariant]) -> NewVersion:
    return NewVersion(
        document=document, parent=parent.number, status=parent.status, author="person", note=why,
        evidence=(*parent.evidence, run) if looks else parent.evidence, edits=tuple(as_plain(looks)),
    )


def _current(versions: Sequence[Version]) -> Version | None:
    return next((v for status in ("active", "suspect") for v in versions if v.status == status), None)


async def _versions(memory: Memory | None, procedure: str) -> list[Version]:
    if memory is None:
        return []
    try:
        return await memory.versions(procedure)
    except NoProcedure:
        return []


async def _undecided(office: Office, run: str) -> Verdict:
    verdict = (await office.runs.get(run)).verdict
    if verdict is None or not edits_in(verdict):
        raise UsageInvalid(f"the run {run} has no repair to decide on", do="Look at `rpa review list`.", where=run)
    if (before := await office.reviews.of(mark_of(verdict))) is not None:
        when = before.at[:19].replace("T", " ")
        raise UsageInvalid(f"it was decided already: {before.decision} by {before.who} at {when} UTC", where=run)
    return verdict


async def _note(office: Office, verdict: Verdict, decided: Decided) -> None:
    await office.reviews.add(
        mark_of(verdict), run=decided.run, workflow=decided.workflow, decision=decided.decision, who=decided.who,
        because=decided.because,
    )
