"""Tells whether what is measured could show that a run failed."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.procedure import READS, Procedure
from ..domain.workflow import Check, Workflow


def out_of_sight(procedure: Procedure, workflow: Workflow) -> bool:
    """Tell whether all that is measured is an address that the work begins at: every run would meet it, whatever it did.

    A commit whose request was seen is known by the site's answer to it.
    """
    return not _answered(procedure) and bool(workflow.checks()) and _where_it_began(workflow.checks(), workflow)


def only_gone(procedure: Procedure, workflow: Workflow) -> str:
    """Return the text whose absence is all that speaks of success; empty where anything else does."""
    checks = workflow.checks()
    gone = next((c.hidden for c in checks if c.hidden is not None), None) or ""
    others = [c for c in checks if c.hidden is None]
    return gone if not _answered(procedure) and _where_it_began(others, workflow) else ""


def _answered(procedure: Procedure) -> bool:
    return any(r.method not in READS for s in procedure.commits() for r in s.expect.requests)


def _where_it_began(checks: Sequence[Check], workflow: Workflow) -> bool:
    start = workflow.start.partition("?")[0]
    return all(c.url is not None and c.url.removeprefix("**").replace("{base}", "") == start for c in checks)
