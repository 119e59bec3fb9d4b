"""What was learned wrongly ends no run: nothing was sent, so it is done anew as it was shown, and the lesson is taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from shell import NAME, Shell

from fixtures.backoffice import Backoffice
from rpa_agent.domain.change import MemoryChange, NewVersion
from rpa_agent.domain.looks import with_variant
from rpa_agent.domain.procedure import Step, Version
from rpa_agent.domain.target import Variant
from rpa_agent.memory import Memory
from rpa_agent.ops.settings import Settings


async def taught(project: Path) -> tuple[str, str]:
    """Teach the link that opens the invoices to be the one beside it; return the procedure and the step."""
    async with Memory.open(Settings.load(project).memory) as memory:
        [shown] = await memory.known(site="backoffice", workflow=NAME)
        step = next(s for s in shown.document.steps if s.target and s.target.variants[0].fingerprint.name == "Invoices")
        document = with_variant(shown.document, step.id, beside(step))
        assert document is not None
        lesson = NewVersion.model_validate({
            "document": document, "parent": shown.number, "status": "active", "author": "fingerprint", "evidence": ("earlier",),
        })  # fmt: skip
        await memory.apply(MemoryChange(run="earlier", procedure=shown.procedure, new_version=lesson))
        return shown.procedure, step.id


def beside(step: Step) -> Variant:
    assert step.target is not None
    was = step.target.variants[0]
    other = was.fingerprint.model_copy(update={"name": "Customers", "text": "Customers", "href": "/customers"})
    return was.model_copy(update={
        "fingerprint": other, "locators": ('role=link[name="Customers"]',), "came_from": "fingerprint", "seen": 3,
    })  # fmt: skip


async def versions(project: Path, procedure: str) -> list[Version]:
    async with Memory.open(Settings.load(project).memory) as memory:
        return await memory.versions(procedure)


async def rejected(project: Path, procedure: str) -> list[tuple[str, Variant]]:
    async with Memory.open(Settings.load(project).memory) as memory:
        return await memory.rejected_looks(procedure)


def test_a_wrong_look_in_use_ends_no_run(rpa: Shell, backoffice: Backoffice) -> None:
    """Where the menu was renamed, only the wrong entry has a known name: it leads to a page without the next step."""
    procedure, step = asyncio.run(taught(rpa.project))
    backoffice.configure(generation=2)
    code, done = rpa.run("--examples", "--param", "invoice_number=R-1")
    assert (code, backoffice.count("invoice.create", "R-1")) == (0, 1), done["stopped"]
    [why] = done["begun_again"]
    assert why.startswith("with what was learned it ended at step 6: ")
    assert step in {s["id"] for s in done["steps"] if s["status"] == "repaired"}
    assert rpa("show", done["run"]) == 0
    assert f"{why}; nothing had been sent, and it was begun again" in " ".join(rpa.out.split())

    now = asyncio.run(versions(rpa.project, procedure))
    assert [(v.number, v.status) for v in now] == [(2, "retired"), (1, "active")]
    assert [s for s, _ in asyncio.run(rejected(rpa.project, procedure))] == [step]
