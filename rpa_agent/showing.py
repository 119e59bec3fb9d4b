"""Around a demonstration: what was shown is kept until a person agrees, remembered, merged, and rehearsed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from .domain.errors import NoProcedure
from .domain.plan import Plan
from .domain.procedure import Version
from .domain.values import check_params
from .retrieve import document_to_run, retrieve_procedure

if TYPE_CHECKING:
    from .agent import Agent, Order
    from .browser.page import LivePage
    from .build import Built
    from .run.context import Rungs
    from .run.rehearse import Rehearsed


async def keep(agent: Agent, built: Built, *, demonstration: Built | None = None, after: Version | None = None) -> Version:
    """Remember what a person agreed to, and journal what was sent while showing it.

    ``demonstration`` is what this time was shown, where ``built`` holds several; ``after`` the version it goes on from.
    """
    name = built.workflow.name
    if after is None:
        from .build.memp import kept

        known = kept(built.procedure, agent.settings.learning.build)
        version = await agent.memory.add(known, workflow=name, author="recording")
        await agent.journal_demonstration(built, version.procedure)
        return version
    # What was sent counts as sent, whatever becomes of the version; its run is the new version's evidence.
    await agent.journal_demonstration(demonstration or built, after.procedure)
    evidence = tuple(run.id for run in await agent.office.runs.recent(name, 1))
    return await agent.memory.add(
        built.procedure,
        workflow=name,
        author="recording",
        evidence=evidence,
        note="one more demonstration was merged with what was known",
        after=after.number,
    )


async def known_version(agent: Agent, site: str, workflow: str) -> Version:
    """Return the version in use, the newest where none is; raises NoProcedure."""
    known = await agent.memory.known(site=site, workflow=workflow)
    if not known:
        raise NoProcedure(f"no procedure is known for {workflow} on {site}", where=workflow)
    active = next((v for v in known if v.status == "active"), None)
    return active or (await agent.memory.versions(known[0].procedure))[0]


async def rehearse(agent: Agent, order: Order, *, ladder: Rungs | None = None) -> Rehearsed:
    """Do everything up to the first commit, under a gate that lets no change pass which was not shown before it.

    It is done in the browser that runs at night. Nothing is sent, journaled or learned; repaired only with a ``ladder``,
    so as to see what else would break.
    """
    from .lockout import OwnLogin, require_untried
    from .ops.clock import new_id
    from .repair.ladder import LadderOnDemand
    from .run.rehearse import rehearse_procedure

    workflow, today = order.workflow, order.today or _local_day()
    params = check_params(workflow.params, order.params, today=today)
    recall = await retrieve_procedure(workflow, agent.memory, approved=True)
    if recall is None:
        raise NoProcedure(f"no procedure is known for {workflow.name}", where=workflow.name)
    document = document_to_run(recall).document
    for name in dict.fromkeys((*workflow.secrets, *document.secrets)):
        order.secrets.reveal(name)  # missing secrets are told before anything is opened
    await require_untried(agent.office, order, document, run="")
    plan = Plan(
        run=new_id(datetime.now(UTC)),
        values=params,
        params=workflow.params,
        today=today,
        repair="off" if ladder is None else "this_run",
        step_seconds=agent.settings.step_timeout,
        minutes=workflow.budget.minutes,
        salt=agent.memory.salt,
    )
    async with (
        agent.opened(order, plan.run, document) as (page, _),
        OwnLogin(agent.office, order, document, run=plan.run, state=agent.settings.state) as own,
    ):
        rehearsed = await rehearse_procedure(
            document, page, own.guarding(plan), ladder=ladder or LadderOnDemand(salt=agent.memory.salt),
            journal=agent.office.journal, start=workflow.start,
        )  # fmt: skip
        if rehearsed.done is not None:
            await own.note(rehearsed.done)
        return await _pictured(agent, page, rehearsed, plan.run)


async def _pictured(agent: Agent, page: LivePage, rehearsed: Rehearsed, run: str) -> Rehearsed:
    """Keep a masked picture of the filled form."""
    from dataclasses import replace

    from .domain.errors import RpaAgentError

    folder = agent.settings.artifacts / f"rehearsal-{run}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        await page.screenshot(str(folder / "form.png"))
    except RpaAgentError:
        return rehearsed  # a page that is gone has nothing to show
    return replace(rehearsed, picture=str(folder / "form.png"))


def _local_day() -> date:
    return datetime.now().astimezone().date()
