"""ADOPT: a workflow that nobody has shown takes over what another one of its site does, as a candidate with its own checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .domain.adoption import why_not
from .domain.change import Recall
from .domain.errors import NoProcedure
from .domain.procedure import Procedure, Status, Version
from .domain.workflow import Workflow

_LOOKED_AT = 5


class SharedMemory(Protocol):
    """What adopting needs of memory."""

    async def search(self, query: str, *, site: str | None = None, k: int = 3) -> Sequence[Recall]:
        """Return what fits a task, the site's own first."""

    def says_the_same(self, task: str, other: str) -> bool:
        """Tell whether two tasks ask for the same work in the same words."""

    def says_what_to_do(self, task: str, other: str) -> bool:
        """Tell whether the other says the word that the task begins with: what is to be done."""

    async def add(
        self, document: Procedure, *, workflow: str, author: str, status: Status, evidence: Sequence[str] = (), note: str = ""
    ) -> Version:
        """Add a version for a workflow."""


async def adopt_procedure(workflow: Workflow, memory: SharedMemory, *, person: bool = False) -> Recall | None:
    """Return the procedure that a workflow without one has taken over; None where nothing fits, or it must not.

    Without a ``person`` it is taken only where the workflow says ``adopt: auto`` and both tasks ask for the same in the same
    words: one word may be the difference between approving and refusing. Else NoProcedure tells what a person can take over;
    what does not even say what is to be done must be named by the person.
    """
    if workflow.adopt == "never" and not person:
        return None
    found = await memory.search(workflow.task, site=workflow.site_name(), k=_LOOKED_AT)
    fit = next((r for r in found if r.arm == "same_site" and not _why_not(workflow, r)), None)
    if fit is None:
        return None
    task = fit.version.document.task
    if not memory.says_what_to_do(workflow.task, task):
        raise NoProcedure(
            f"no procedure is known for {workflow.name}; {fit.version.procedure} ({task!r}) has the same inputs on this site, "
            f"but nothing says that it does this: {workflow.task!r}", where=workflow.name,
            do=f"Show it: `rpa record {workflow.name} --url URL`. Only if both are the same work: "
            f"`rpa memory adopt {workflow.name} --from {fit.version.procedure}`.",
        )
    if person or (workflow.adopt == "auto" and memory.says_the_same(workflow.task, task)):
        return await take_over(workflow, fit, memory)
    raise NoProcedure(
        f"no procedure is known for {workflow.name}; {fit.version.procedure} ({task!r}) seems to do the same on this site with "
        f"the same inputs (fits {fit.similarity:.2f})", where=workflow.name,
        do=f"Take it over with `rpa memory adopt {workflow.name}`, or show it: `rpa record {workflow.name} --url URL`.",
    )


async def adopt_named(workflow: Workflow, version: Version, memory: SharedMemory) -> Recall:
    """Let a workflow take over the procedure that a person named; raises NoProcedure where it cannot serve it."""
    recall = Recall(version=version, value=0.5, reason="named by a person", arm="same_site")
    if why := _why_not(workflow, recall):
        raise NoProcedure(
            f"{version.procedure} cannot do {workflow.name}: {why}", where=workflow.name,
            do=f"Show it: `rpa record {workflow.name} --url URL`.",
        )
    return await take_over(workflow, recall, memory)


def _why_not(workflow: Workflow, recall: Recall) -> str:
    if recall.version.status != "active":
        return f"it is {recall.version.status}"
    return why_not(workflow, recall.version.document)


async def take_over(workflow: Workflow, recall: Recall, memory: SharedMemory) -> Recall:
    """Add the procedure to the workflow's own as a candidate; what it came from is not touched."""
    source = f"{recall.version.procedure} version {recall.version.number}"
    version = await memory.add(
        recall.version.document.but(task=workflow.task), workflow=workflow.name, author=f"adopted from {source}",
        status="candidate", note=recall.reason,
    )
    return recall.but(version=version, candidate=None, reason=f"adopted from {source}: {recall.reason}", arm="own", value=0.5)
