"""Which version runs: the active one, with a candidate beside it, and never one that is not trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from memory_making import document, step

from rpa_agent.domain.change import Use
from rpa_agent.domain.errors import NeedsPerson
from rpa_agent.domain.ports import ProcedureMemory
from rpa_agent.domain.procedure import Procedure, Status, Version
from rpa_agent.domain.workflow import Workflow
from rpa_agent.retrieve import document_to_run, retrieve_procedure

WORKFLOW = Workflow.model_validate(
    {"name": "pay", "task": "Pay", "base_url": "http://x", "success": "none", "site": "office"}
)
HARMLESS = document(steps=(step("s1", "Open"),))


class FakeMemory:
    """A memory that knows these versions."""

    def __init__(self, *versions: Version) -> None:
        self._versions = versions
        self.asked: list[tuple[str, str]] = []

    async def known(self, *, site: str, workflow: str) -> Sequence[Version]:
        self.asked.append((site, workflow))
        return sorted(self._versions, key=lambda v: -v.number)

    async def ran(self, procedure: str, number: int, *, last: int) -> Sequence[Use]:
        return []


def version(number: int, status: Status, doc: Procedure | None = None) -> Version:
    return Version(procedure="p_1", number=number, status=status, document=doc or document())


async def retrieved(*versions: Version, **more: Any) -> tuple[int, int | None, int] | None:
    recall = await retrieve_procedure(WORKFLOW, cast(ProcedureMemory, FakeMemory(*versions)), **more)
    if recall is None:
        return None
    return (
        recall.version.number,
        recall.candidate.number if recall.candidate else None,
        document_to_run(recall).number,
    )


async def test_the_active_version_runs_with_a_newer_candidate_beside_it() -> None:
    """What runs is the active one; the newest candidate is asked where it breaks, also one that came before it and still
    has looks to prove."""
    assert await retrieved(version(1, "active")) == (1, None, 1)
    assert await retrieved(version(1, "active"), version(2, "candidate")) == (1, 2, 1)
    assert await retrieved(version(1, "candidate"), version(2, "active")) == (2, 1, 2)
    assert await retrieved(version(1, "active"), version(2, "candidate"), version(3, "candidate")) == (1, 3, 1)


async def test_without_an_active_version_a_candidate_runs_alone() -> None:
    """And nothing at all where nothing is known or trusted."""
    assert await retrieved(version(3, "candidate")) == (3, None, 3)
    assert await retrieved() is None
    assert await retrieved(version(1, "untrusted")) is None


async def test_a_suspect_commits_only_after_approval() -> None:
    """One that commits nothing may be tried."""
    with pytest.raises(NeedsPerson, match="after approval"):
        await retrieved(version(1, "suspect"))
    assert await retrieved(version(1, "suspect"), approved=True) == (1, None, 1)
    assert await retrieved(version(1, "suspect", HARMLESS)) == (1, None, 1)


async def test_memory_is_asked_for_this_workflow_on_its_site() -> None:
    """Not for any procedure that looks alike."""
    memory = FakeMemory()
    await retrieve_procedure(WORKFLOW, cast(ProcedureMemory, memory))
    assert memory.asked == [("office", "pay")]
