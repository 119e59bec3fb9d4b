"""DISTILLING: what memory knows of a workflow, and how its runs went, become know-how in words; what runs stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .asking import hiding, model_for
from .domain.errors import ModelUnavailable, UsageInvalid
from .showing import known_version

if TYPE_CHECKING:
    from .agent import Agent
    from .domain.ports import Secrets
    from .domain.procedure import Version
    from .domain.workflow import Workflow

_RUNS = 30      # the latest that are told of


async def distil_workflow(agent: Agent, workflow: Workflow, *, secrets: Secrets) -> Version:
    """Have a model write down how a workflow is done, as a version with the same steps and the model's name as its author.

    Raises UsageInvalid without a model, NoProcedure, ModelUnavailable where it has nothing fit for use: nothing is changed then.
    """
    from .build.telling.sentences import script_of
    from .llm.script import distil

    version = await known_version(agent, workflow.site_name(), workflow.name)
    if not version.document.steps:
        raise UsageInvalid(f"of {workflow.name} only a script is known already")
    runs = [r.trajectory for r in await agent.office.runs.recent(workflow.name, _RUNS) if r.trajectory is not None]
    hide = hiding(secrets, *(t.params for t in runs))
    told = "\n".join(script_of(version.document, workflow.checks()))
    opened = model_for(
        agent.settings, agent.office, secrets=secrets, budget=workflow.budget, role="script", workflow=workflow.name
    )
    async with opened as model:
        if model is None:
            why = "a script is distilled by a model, and none is set; nothing was changed"
            raise UsageInvalid(why, do="Set model_url in rpa.toml.")
        written = await distil(model, workflow.task, [told], [t.stopped for t in runs if t.stopped], hide=hide)
        if written is None:
            raise ModelUnavailable(f"{model.name} wrote no script that is fit for use; nothing was changed")
        document = version.document.but(
            script="\n".join(written.script), facts=tuple(dict.fromkeys((*version.document.facts, *written.facts)))
        )
        return await agent.memory.add(
            document, workflow=workflow.name, author=model.name, status=version.status, after=version.number,
            note=f"its script was distilled from {len(runs)} runs; the steps are those of version {version.number}",
        )  # fmt: skip
