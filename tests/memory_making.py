"""Small documents and memories for the tests of memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rpa_agent.domain.change import Counts, MemoryChange, NewVersion, Use
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.memory import Memory

SITE, WORKFLOW = "backoffice", "enter-supplier-invoice"


def look(name: str, **more: Any) -> Variant:
    fingerprint = Fingerprint(tag="button", role="button", name=name, capability="click")
    return Variant(fingerprint=fingerprint, locators=(f'role=button[name="{name}"]',), **more)


def step(step_id: str, *names: str, **more: Any) -> Step:
    return Step(id=step_id, kind="click", target=Target(variants=tuple(look(n) for n in names)), **more)


def document(
    task: str = "Enter a supplier invoice", *, procedure: str = "p_1", site: str = SITE,
    steps: tuple[Step, ...] | None = None, **more: Any,
) -> Procedure:
    steps = steps or (step("s1", "New"), step("s2", "Save", effect="commit", commit="file-invoice"))
    return Procedure(procedure=procedure, site=site, task=task, steps=steps, **more)


def with_variant(doc: Procedure, step_id: str, name: str) -> Procedure:
    """Return the document with one more known look of a step's target."""
    def changed(s: Step) -> Step:
        if s.id != step_id or s.target is None:
            return s
        return s.but(target=s.target.but(variants=(*s.target.variants, look(name, came_from="fingerprint"))))

    return doc.but(steps=tuple(changed(s) for s in doc.steps))


def learned(run: str, doc: Procedure, *, parent: int = 1, status: str = "candidate", **more: Any) -> MemoryChange:
    """Return what one repaired run teaches: a use, counts and a new version."""
    return MemoryChange(
        run=run, procedure="p_1", counted_version=parent,
        use=Use(run=run, procedure="p_1", version=parent, outcome="succeeded"),
        counts=(Counts(step="s1", variant=0, seen=1, day="2026-11-22"),),
        new_version=NewVersion(
            document=doc, parent=parent, status=status, author="fingerprint", evidence=(run,),
            edits=({"op": "add_variant", "step": "s2", "run": run},),
        ),
        **more,
    )


async def make_seed(path: Path, *tasks: str) -> None:
    """Write a memory that knows one procedure per task."""
    async with Memory.open(path) as memory:
        for number, task in enumerate(tasks, 1):
            await memory.add(document(task, procedure=f"p_{number}"), workflow=f"w{number}", author="recording")
