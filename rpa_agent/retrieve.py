"""RETRIEVE: a workflow and what memory knows become the procedure that fits, or none."""

from __future__ import annotations

from collections.abc import Sequence

from .domain.account import Account, login_name
from .domain.change import Recall, Use
from .domain.errors import NeedsPerson, NoProcedure
from .domain.policy import Learning
from .domain.ports import ProcedureMemory
from .domain.procedure import Version
from .domain.workflow import Workflow


async def retrieve_procedure(workflow: Workflow, memory: ProcedureMemory, *, approved: bool = False) -> Recall | None:
    """Return the workflow's own procedure: its active version, and beside it a newer candidate to try where it breaks.

    A suspect version runs only where it commits nothing or a person ``approved`` it; else NeedsPerson is raised.
    Untrusted versions never run unattended.
    """
    known = await memory.known(site=workflow.site_name(), workflow=workflow.name)
    active = next((v for v in known if v.status == "active"), None)
    suspect = next((v for v in known if v.status == "suspect"), None)
    candidate = next((v for v in known if v.status == "candidate"), None)
    version = active or suspect or candidate
    if version is None:
        return None
    if version.status == "suspect" and version.document.commits() and not approved:
        raise NeedsPerson(
            f"{workflow.name} failed twice in a row by its own fault; version {version.number} commits only after approval",
            do=f"Look at `rpa memory history {version.procedure}`; record it again or roll back.",
        )
    if not version.document.steps:
        raise NeedsPerson(
            f"of {workflow.name} only a script in words is known, which runs nothing without a model; nothing was opened",
            fault="unknown",
            do="Show it again without `build = \"script\"` in rpa.toml.",
        )
    newer = candidate if candidate is not None and candidate.number != version.number else None
    return Recall(
        version=version,
        candidate=newer,
        value=value_of(await memory.ran(version.procedure, version.number, last=Learning().looks_back)),
        reason=f"own procedure, version {version.number} {version.status}"
        + (f", candidate {newer.number}" if newer else ""),
    )


async def retrieve_login(account: Account, memory: ProcedureMemory) -> Recall:
    """Return an account's login procedure, which is nobody's workflow; raises NoProcedure."""
    known = await memory.known(site=account.site_name(), workflow=login_name(account.name))
    version = next((v for status in ("active", "suspect", "candidate") for v in known if v.status == status), None)
    if version is None:
        raise NoProcedure(
            f"nobody has shown how {account.name} logs in", where=account.name,
            do=f"Show it once: `rpa login {account.name} --url {account.base_url}{account.start}`.",
        )  # fmt: skip
    newer = next((v for v in known if v.status == "candidate" and v.number != version.number), None)
    reason = f"login of {account.name}, version {version.number} {version.status}"
    return Recall(version=version, candidate=newer, reason=reason)


async def why_none(workflow: Workflow, memory: ProcedureMemory) -> NoProcedure | NeedsPerson:
    """Return in words why nothing was retrieved: nothing is known, or it was imported and has yet to prove itself."""
    known = await memory.known(site=workflow.site_name(), workflow=workflow.name)
    if any(v.status == "untrusted" for v in known):
        return NeedsPerson(
            f"{workflow.name} was imported and never ran here; nothing was opened",
            fault="unknown",
            do=f"Do it once under your eyes: `rpa run {workflow.name} --supervised`.",
        )
    return NoProcedure(f"no procedure is known for {workflow.name}", where=workflow.name)


def value_of(uses: Sequence[Use]) -> float:
    """Return the expected success of a version: successes over its own successes and faults, starting from one half."""
    uses = [u for u in uses if u.part == "ran"]
    good = sum(u.outcome == "succeeded" for u in uses)
    bad = sum(u.own_fault for u in uses)
    return (good + 1) / (good + bad + 2)


def document_to_run(recall: Recall) -> Version:
    """Return the version whose document runs; what a candidate knows more is tried where a step of it breaks."""
    return recall.version
