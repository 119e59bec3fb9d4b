"""What `rpa run` does around the agent: values, secrets, rows, the answer and its exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..domain.errors import UsageInvalid
from ..domain.result import exit_code, run_json
from ..domain.workflow import RepairMode, TraceMode, Workflow
from .out import answer, answer_json, say
from .place import local

if TYPE_CHECKING:
    from ..agent import Agent, Order, Result
    from ..batch import Table
    from ..domain.supervision import AskPerson
    from ..domain.trajectory import Trajectory
    from ..ops.secret.secrets import SecretSources
    from ..ops.settings import Settings
    from ..trying import PutOff
    from .batch import Ended
    from .place import Place


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for, or a due time."""

    name: str
    params: Mapping[str, str]
    examples: bool = False
    rows: Path | None = None
    results: Path | None = None
    base_url: str | None = None
    repair: str | None = None
    again: str | None = None
    as_json: bool = False
    occurrence: str | None = None
    today: date | None = None  # the due time's original local date
    trace: TraceMode = "off"
    ask: AskPerson | None = None  # the person who watches
    until: datetime | None = None  # nothing of it is done later
    leave: Callable[[], bool] | None = None  # whether no further row is to begin, for now


async def run_workflow(place: Place, wanted: Wanted, *, env_file: Path | None = None) -> int:
    """Run once, or once per row; return the exit code."""
    from ..agent import Agent
    from ..ops.telemetry import log_to
    from ..store.workflow_files import find_workflow
    from .batch import table_of

    settings = place.settings
    workflow = find_workflow(settings.workflows_dir, wanted.name)
    secrets = secrets_for(place, env_file)
    table = table_of(settings, workflow, wanted)  # all that can be wrong with files is told before anything is opened
    end_logging = log_to("warning", settings.log_file, secrets.hide)
    try:
        async with Agent.open(settings) as agent:
            for line in agent.cut_off:
                say(line)
            return (await work(agent, settings, workflow, wanted, secrets, table)).code
    finally:
        end_logging()


def secrets_for(place: Place, env_file: Path | None) -> SecretSources:
    """Return the secrets at hand, and see to it that nobody prints them."""
    from ..ops.settings import playwright_debug
    from .secrets import secrets_at

    if playwright_debug():
        raise UsageInvalid("DEBUG=pw:* prints typed passwords", do="Unset DEBUG.")
    secrets = secrets_at(place, env_file)
    for warning in secrets.warnings:
        say(warning)
    return secrets


async def work(
    agent: Agent,
    settings: Settings,
    workflow: Workflow,
    wanted: Wanted,
    secrets: SecretSources,
    table: Table | None,
    *,
    tries: int = 0,
) -> Ended:
    """Do one run, or one per row; tell each. ``tries`` counts those that a due time has had before."""
    from ..agent import Result
    from .batch import Ended, from_another, run_rows, table_handed_on

    if from_another(workflow, wanted):
        table = await table_handed_on(agent, settings, workflow, order(settings, workflow, wanted, secrets, wanted.params))
    if table is not None:
        return await run_rows(agent, settings, workflow, wanted, secrets, table)
    one = order(settings, workflow, wanted, secrets, params_of(settings, workflow, wanted))
    try:
        result = await _run(agent, one, wanted, tries=tries)
    except asyncio.CancelledError:
        for run in await agent.office.runs.recent(workflow.name, 1):
            if run.trajectory and run.outcome == "cancelled":
                tell(run.trajectory, wanted)
        raise
    tell(result.trajectory, wanted, written=result.version_written if isinstance(result, Result) else None)
    if not isinstance(result, Result):
        return Ended(exit_code(result.trajectory), result.until, result.trajectory.stopped)
    keep_outputs(settings, workflow, wanted, result.trajectory)
    return Ended(exit_code(result.trajectory))


async def _run(agent: Agent, one: Order, wanted: Wanted, *, tries: int) -> Result | PutOff:
    """Do one run. A due time comes back later to be tried again; by hand that is waited for where the workflow says so."""
    from ..trying import run_and_retry
    from .batch import pause

    def tell_pause(put_off: PutOff) -> None:
        until = local(put_off.until)
        say(f"{put_off.trajectory.stopped or 'a technical fault'}. Try {put_off.tries + 1} is made at {until}.")

    if wanted.occurrence is None and "retries" not in one.workflow.model_fields_set:
        return await agent.run(one)
    wait = pause if wanted.occurrence is None else None
    return await run_and_retry(agent, one, tries=tries, tell=tell_pause, wait=wait)


def order(
    settings: Settings,
    workflow: Workflow,
    wanted: Wanted,
    secrets: SecretSources,
    params: Mapping[str, str],
) -> Order:
    """Return the order for one run."""
    from ..agent import Order

    base = wanted.base_url or settings.base_url_for(workflow.name) or workflow.base_url
    if not base.startswith(("http://", "https://")):
        raise UsageInvalid(f"--base-url {base!r} is not an http(s) address")
    return Order(
        workflow=workflow,
        params=params,
        secrets=secrets,
        base_url=base.rstrip("/"),
        repair=cast(RepairMode | None, wanted.repair),
        again=wanted.again,
        today=wanted.today,
        occurrence=wanted.occurrence,
        trace=wanted.trace,
        ask=wanted.ask,
        until=wanted.until,
    )


def params_of(settings: Settings, workflow: Workflow, wanted: Wanted) -> dict[str, str]:
    """Return the values of a single run; raises ParamsInvalid when examples are asked for and there are none."""
    from ..store.workflow_files import read_examples

    params: dict[str, str] = {}
    if wanted.examples and workflow.params:
        known = read_examples(settings.data_dir / f"{workflow.name}.examples.yaml")
        params.update({k: v for k, v in known.items() if k in workflow.params})
    params.update(wanted.params)
    return params


def keep_outputs(settings: Settings, workflow: Workflow, wanted: Wanted, trajectory: Trajectory) -> None:
    """Write what a single run brought back where the workflow or the command line says so."""
    path = results_path(settings, workflow, wanted)
    if path is None or not trajectory.outputs:
        return
    from ..formats.results import free_path, write_outputs

    path = path if wanted.results else free_path(path)
    write_outputs(path, trajectory.outputs)
    say(f"wrote {path}")


def results_path(settings: Settings, workflow: Workflow, wanted: Wanted) -> Path | None:
    """Return where results go: the file that was asked for, else the workflow's, with this day in its name."""
    from ..formats.results import format_of

    path = wanted.results
    if path is None and workflow.results:
        from ..domain.template import render

        path = settings.project / render(workflow.results, {}, wanted.today or datetime.now().astimezone().date())
    if path is not None:
        format_of(path)  # told before anything is opened
    return path


def tell(trajectory: Trajectory, wanted: Wanted, *, written: int | None = None) -> None:
    from ..ops.notify import sentence_for

    if wanted.as_json:
        answer_json(run_json(trajectory, version_written=written))
        return
    answer(sentence_for(trajectory))
    if trajectory.outcome != "succeeded":
        say(f"more: rpa show {trajectory.run}")
