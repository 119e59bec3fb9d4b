"""UPDATE: a verdict adds, promotes, suspects or retires a version, with evidence and a way back."""

from __future__ import annotations

from ..domain.change import Recall
from ..domain.errors import VersionMovedOn
from ..domain.looks import same_look, with_variant
from ..domain.policy import Learning
from ..domain.ports import Model, ProcedureMemory
from ..domain.procedure import Version
from ..domain.verdict import Verdict
from ..domain.workflow import RepairMode
from . import memp
from .guarded import decide, element_key
from .status import GUARDED, doubtful

__all__ = ["decide", "doubtful", "element_key", "same_look", "update_memory", "with_variant"]

_TRIES = 20  # other processes write too; each time it is decided anew on what is there by then


async def update_memory(
    memory: ProcedureMemory, recall: Recall, verdict: Verdict, *, mode: RepairMode, rule: Learning = GUARDED,
    model: Model | None = None,
) -> Version | None:
    """Apply a verdict in one memory transaction, once per run; return the version it wrote, if any.

    What is known by now counts, not what was known when the run began: runs side by side add to one another. ``model`` is
    asked by the strategy ``adjustment`` alone; without one it changes nothing after a failed run.
    """
    revision = ""
    if model is not None and memp.wants_revision(verdict, rule):
        revision = await model.answer(memp.SYSTEM, memp.prompt(recall.version.document, verdict), seconds=memp.ASK_SECONDS)
    for _ in range(_TRIES - 1):
        try:
            return await _update(memory, recall, verdict, mode=mode, rule=rule, revision=revision)
        except VersionMovedOn:
            continue
    return await _update(memory, recall, verdict, mode=mode, rule=rule, revision=revision)


async def _update(
    memory: ProcedureMemory, recall: Recall, verdict: Verdict, *, mode: RepairMode, rule: Learning, revision: str
) -> Version | None:
    versions = await memory.versions(verdict.procedure)
    by_number = {v.number: v for v in versions}
    used = by_number[verdict.version]
    candidate = next((v for v in versions if v.status == "candidate" and v.number != recall.version.number), None)
    refused = await memory.rejected_looks(verdict.procedure)
    current = next((v for v in versions if v.status == "active"), by_number.get(recall.version.number, recall.version))
    kept_in = await memory.rejected_spares(verdict.procedure)
    now = recall.but(version=current, candidate=candidate, refused=tuple(refused), kept_in=tuple(kept_in))
    uses = await memory.ran(verdict.procedure, verdict.version, last=rule.looks_back)
    if rule.update == "guarded":
        change = decide(verdict, now, used, uses, mode=mode, refused=refused, rule=rule)
    else:
        change = memp.decide(verdict, now.but(version=used), versions, uses, rule=rule, revision=revision)
    return await memory.apply(change.but(after=versions[0].number))
