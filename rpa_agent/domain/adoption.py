"""Whether a workflow that nobody has shown can run what another one does: the same site, inputs, secrets and commits."""

from __future__ import annotations

from .procedure import Procedure
from .workflow import Workflow


def why_not(workflow: Workflow, document: Procedure) -> str:
    """Return in words why a procedure cannot serve a workflow; empty where it can.

    Inputs bind by name, one to one: a procedure that leaves an input unused does something else, and one that wants more
    would have to guess. What it commits must be declared, and the workflow's own checks must be there to prove it.
    """
    if document.site != workflow.site_name():
        return f"it is of another site ({document.site})"
    wanted, given = set(document.params), set(workflow.params)
    if missing := sorted(wanted - given):
        return f"it also needs {', '.join(missing)}"
    if unused := sorted(given - wanted):
        return f"it has no use for {', '.join(unused)}"
    if secrets := sorted(set(document.secrets) - set(workflow.secrets)):
        return f"it needs the secrets {', '.join(secrets)}"
    declared = {c.name for c in workflow.commits}
    if sends := sorted({s.commit for s in document.steps if s.effect == "commit" and s.commit} - declared):
        return f"it sends {', '.join(sends)}, which the workflow does not declare under commits"
    if not document.commits() and workflow.commits:
        return "it sends nothing, and the workflow declares commits"
    if not workflow.checks():
        return "the workflow has no checks that could prove it"
    return ""
