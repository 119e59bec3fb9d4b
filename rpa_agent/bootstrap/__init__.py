"""BOOTSTRAP: a task that nobody has shown is tried out in a sandbox several times; the best try becomes a candidate.

All of it happens in a scratch state folder, with a memory and an office of its own: whatever ends it half-way, nothing of it
is kept. What stays is one version at the very end, and what was asked of the model, which counts as any other asking.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..asking import hiding, model_for
from ..domain.errors import NoProcedure, ParamsInvalid, RpaAgentError, StepError, UsageInvalid
from ..domain.exploring import Explored
from ..domain.trajectory import Asked, Trajectory
from ..domain.values import check_params
from ..exploring import compiled, explored, explored_by_browser_use
from ..ops.clock import new_id
from ..ops.sandbox import require_sandbox, reset
from ..retrieve import retrieve_procedure, why_none
from .tries import Bootstrapped, Try, Wanted, cost, enough

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..build import Built
    from ..domain.workflow import Sandbox
    from ..ops.settings import Settings

Tell = Callable[[str], None]
_SCRATCH = "bootstrap-"
_ANOTHER_WAY = 0.7      # the temperature of every try after the first: the same one again teaches nothing

__all__ = ["Bootstrapped", "Try", "Wanted", "bootstrap", "cost", "enough"]


async def bootstrap(agent: Agent, order: Order, wanted: Wanted, *, tell: Tell) -> Bootstrapped:
    """Explore a workflow's task in its sandbox, and remember the best way as a candidate.

    Raises before anything is opened: WorkflowInvalid (no sandbox), UsageInvalid (no model, known already, no check),
    ParamsInvalid, SecretMissing. SiteUnreachable where the sandbox cannot be reset.
    """
    sandbox, order = await _prepared(agent, order)
    booked: dict[int, str] = {}
    known, came = Bootstrapped(), time.monotonic()
    guide = await _guide(agent, order)
    async with _scratch(agent) as trial:
        for number in range(1, wanted.candidates + 1):
            if why := enough(known, wanted):
                known.ended = why
                break
            await reset(sandbox, agent.settings.project)
            known.under_way = Asked()
            try:
                one = await _tried(agent, trial, order, replace(wanted, guide=guide), sandbox, number, known)
            except BaseException:
                await _book_asked(agent, order, known.under_way, "cancelled", "it was broken off")
                raise
            known.tries.append(one)
            booked[number] = await _book(agent, order, one)
            known.asked = known.asked.and_(one.asked)
            tell(f"{one.words()}; so far {cost(known.asked)}, {time.monotonic() - came:.0f} s")
        known.ended = known.ended or f"all {wanted.candidates} tries were made"
        fit = sorted((t for t in known.tries if t.fits), key=Try.rank)
        if not fit or fit[0].built is None:
            return known
        known.built = await _with_script(agent, order, fit, [t for t in known.tries if not t.fits], known)
    known.version = await agent.memory.add(
        known.built.procedure, workflow=order.workflow.name, author=known.asked.model or "exploration", status="candidate",
        evidence=(booked[fit[0].number],),
        note=f"explored in a sandbox, the best of {len(known.tries)}: all checks met when it was replayed without a model",
    )
    return known


async def _prepared(agent: Agent, order: Order) -> tuple[Sandbox, Order]:
    """Return the sandbox and the order as it is tried there; raises what is wrong before anything is opened."""
    workflow = order.workflow
    sandbox = require_sandbox(workflow)
    if agent.settings.model_url is None:
        raise UsageInvalid(
            "exploring needs a model, and none is set; nothing was opened",
            do=f"Set model_url in rpa.toml, or show the work: `rpa record {workflow.name} --url {workflow.base_url}`.",
        )
    if agent.settings.explorer == "browser-use":
        from ..llm.browser_use_agent import require_installed

        require_installed()
    if not workflow.checks() and workflow.judge is None:
        raise UsageInvalid(f"{workflow.name} has neither checks nor a judge, so no try could be told from another")
    if workflow.account is not None:
        raise UsageInvalid(
            f"{workflow.name} begins logged in as {workflow.account}, and a sandbox has no such login",
            do="Let the task include the login, or show the work with `rpa record`.",
        )
    if await retrieve_procedure(workflow, agent.memory, approved=True) is not None or not isinstance(
        await why_none(workflow, agent.memory), NoProcedure
    ):
        raise UsageInvalid(
            f"{workflow.name} is known already; nothing was opened",
            do=f"Look at `rpa procedure show {workflow.name}`; what is known is repaired by runs, or shown again.",
        )
    today = order.today or datetime.now().astimezone().date()
    params = check_params(workflow.params, order.params, today=today)
    for name in workflow.secrets:
        order.secrets.reveal(name)
    return sandbox, replace(order, params=params, base_url=sandbox.base_url.rstrip("/"), repair="off", today=today)


async def _guide(agent: Agent, order: Order) -> str:
    """Return the script of what memory knows nearest to the task: know-how in words, for a model to lean on."""
    found = await agent.memory.search(order.workflow.task, site=order.workflow.site_name(), k=1)
    return found[0].version.document.script if found else ""


@asynccontextmanager
async def _scratch(agent: Agent) -> AsyncIterator[Agent]:
    """Open an agent whose state is thrown away; what it builds fits the memory at hand, whose salt it has."""
    from ..agent import Agent as Another
    from ..store.backup import copy

    state = agent.settings.state
    for left in state.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)     # of one that was killed
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=state) as folder:
        copy(agent.settings.memory, Path(folder) / agent.settings.memory.name)
        settings = agent.settings.model_copy(update={"state": Path(folder)})
        async with Another.open(settings) as trial:
            yield trial


async def _tried(
    agent: Agent, trial: Agent, order: Order, wanted: Wanted, sandbox: Sandbox, number: int, known: Bootstrapped
) -> Try:  # fmt: skip
    """Explore once; walk the way again for the recorder; and do it a third time as a run does, which measures it."""
    spent, settings = known.asked.usd or 0.0, agent.settings
    left = max(0.0, wanted.most_usd - spent) if wanted.most_usd is not None else float("inf")
    opened = model_for(
        settings.model_copy(update={"model_tokens": settings.explore_tokens}), agent.office, secrets=order.secrets,
        budget=order.workflow.budget.but(model_usd=left, model_tokens=None), role="explore",
        workflow=order.workflow.name, temperature=_ANOTHER_WAY if number > 1 else 0.0,
    )  # fmt: skip
    hide = hiding(order.secrets, order.params)
    async with opened as model:
        assert model is not None
        try:
            if _by_browser_use(settings):
                found = await explored_by_browser_use(
                    trial, order, model, guide=wanted.guide, asked=model.asked, most_moves=wanted.most_moves
                )
            else:
                found = await explored(
                    trial, order, model, guide=wanted.guide, hide=hide, asked=model.asked, most_moves=wanted.most_moves
                )
        except StepError as e:
            found = Explored(done=False, said=e.message, asked=model.asked())
        finally:
            known.under_way = model.asked()
    if not found.done:
        return Try(number, found, why=found.said or "the model gave up")
    try:
        await reset(sandbox, settings.project)
        built = await compiled(trial, order, found)
        if unused := [n for n, p in order.workflow.params.items() if p.required and n not in built.procedure.params]:
            return Try(number, found, built, why=f"it does not use {', '.join(unused)}")
        await reset(sandbox, settings.project)
        replayed = await _replayed(trial, order, built, number)
    except (StepError, ParamsInvalid, UsageInvalid) as e:
        return Try(number, found, why=e.message)
    except RpaAgentError as e:
        if e.exit_code != 4:
            raise       # the sandbox, the browser or the store is out of order: the next try would meet the same
        return Try(number, found, why=e.message)
    return Try(number, found, built, replayed, why=replayed.stopped or "a step had to be repaired")


def _by_browser_use(settings: Settings) -> bool:
    from ..llm.browser_use_agent import is_installed

    return settings.explorer == "browser-use" or (settings.explorer == "auto" and is_installed())


async def _replayed(trial: Agent, order: Order, built: Built, number: int) -> Trajectory:
    """Run what was built as it will run at night, without a model and without repair; each try is a procedure of its own."""
    workflow = order.workflow.but(name=f"{order.workflow.name[:50]}-{number}")
    await trial.memory.add(
        built.procedure.but(procedure=f"{built.procedure.procedure}_{number}"), workflow=workflow.name, author="exploration"
    )
    result = await trial.run(replace(order, workflow=workflow, again=f"try {number}"))
    return result.trajectory


async def _with_script(
    agent: Agent, order: Order, fit: Sequence[Try], out: Sequence[Try], known: Bootstrapped
) -> Built:
    """Return the best with the script that a model distils from all tries; what was told by rule stays where it has none."""
    from ..llm.script import distil

    built = fit[0].built
    assert built is not None
    hide = hiding(order.secrets, order.params)
    async with model_for(agent.settings, agent.office, secrets=order.secrets, role="script") as model:
        if model is None:
            return built
        worked = [t.built.procedure.script for t in fit if t.built is not None]
        written = await distil(model, order.workflow.task, worked, [t.why for t in out], hide=hide)
        known.asked = known.asked.and_(model.asked())
        await _book_asked(agent, order, model.asked(), "succeeded", "a script was distilled")
    if written is None:
        return built
    facts = tuple(dict.fromkeys((*built.procedure.facts, *written.facts)))
    return replace(built, procedure=built.procedure.but(script="\n".join(written.script), facts=facts))


async def _book(agent: Agent, order: Order, one: Try) -> str:
    return await _book_asked(agent, order, one.asked, "succeeded" if one.fits else "failed", "" if one.fits else one.why)


async def _book_asked(agent: Agent, order: Order, asked: Asked, outcome: str, why: str) -> str:
    """Keep what was asked, so that it counts against the day, as a run of nothing that is known; return its id."""
    now = agent.office.clock()
    booked = Trajectory.model_validate({
        "run": new_id(now), "workflow": f"bootstrap:{order.workflow.name}", "site": order.workflow.site_name(),
        "procedure": "", "version": 0, "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "outcome": outcome, "stopped": why, "asked": asked,
    })  # fmt: skip
    await agent.office.runs.end_run(booked)
    return booked.run
