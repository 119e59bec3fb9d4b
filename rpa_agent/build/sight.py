"""Tells whether what is measured could show that a run failed."""

from __future__ import annotations

from ..domain.procedure import READS, Procedure
from ..domain.workflow import Workflow


def out_of_sight(procedure: Procedure, workflow: Workflow) -> bool:
    """Tell whether all that is measured is an address that the work begins at: every run would meet it, whatever it did.

    A commit whose request was seen is known by the site's answer to it.
    """
    start = workflow.start.partition("?")[0]
    answered = any(r.method not in READS for s in procedure.commits() for r in s.expect.requests)
    return not answered and bool(workflow.checks()) and all(
        c.url is not None and c.url.removeprefix("**").replace("{base}", "") == start for c in workflow.checks()
    )
