"""What `rpa run` does around the agent: values, secrets, rows, the answer and its exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..domain.errors import EnvironmentUnfit, ParamsInvalid, UsageInvalid
from ..domain.result import exit_code, run_json
from ..domain.workflow import RepairMode, Rows, Workflow
from .out import answer, answer_json, say

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..domain.trajectory import Trajectory
    from ..ops.secrets import SecretSources
    from ..ops.settings import Settings
    from ..store.rows import Row
    from .place import Place

WORST = (5, 4, 1, 0)


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for, or a due time."""

    name: str
    params: Mapping[str, str]
    examples: bool = False
    rows: Path | None = None
    base_url: str | None = None
    repair: str | None = None
    again: str | None = None
    as_json: bool = False
    occurrence: str | None = None
    today: date | None = None  # the due time's original local date


async def run_workflow(place: Place, wanted: Wanted, *, env_file: Path | None = None) -> int:
    """Run once, or once per row; return the exit code."""
    from ..agent import Agent
    from ..ops.telemetry import log_to
    from ..store.workflow_files import find_workflow

    settings = place.settings
    workflow = find_workflow(settings.workflows_dir, wanted.name)
    secrets = secrets_for(place, env_file)
    rows = rows_of(settings, workflow, wanted)  # all that can be wrong with files is told before anything is opened
    end_logging = log_to("warning", settings.log_file, secrets.redactions)
    try:
        async with Agent.open(settings) as agent:
            return await work(agent, settings, workflow, wanted, secrets, rows)
    finally:
        end_logging()


def secrets_for(place: Place, env_file: Path | None) -> SecretSources:
    """Return the secrets at hand, and see to it that nobody prints them."""
    from ..ops.secrets import gather
    from ..ops.settings import playwright_debug

    if playwright_debug():
        raise UsageInvalid("DEBUG=pw:* prints typed passwords", do="Unset DEBUG.")
    secrets = gather(env_file)
    place.redactions = secrets.redactions
    for warning in secrets.warnings:
        say(warning)
    return secrets


async def work(
    agent: Agent,
    settings: Settings,
    workflow: Workflow,
    wanted: Wanted,
    secrets: SecretSources,
    rows: Sequence[Row] | None,
) -> int:
    """Do one run, or one per row; tell each, and return the exit code."""
    try:
        if rows is not None:
            return await _batch(agent, settings, workflow, wanted, secrets, rows)
        result = await agent.run(order(settings, workflow, wanted, secrets, params_of(settings, workflow, wanted)))
    except asyncio.CancelledError:
        for run in await agent.office.runs.recent(workflow.name, 1):
            if run.trajectory and run.outcome == "cancelled":
                _tell(run.trajectory, wanted)
        raise
    _tell(result.trajectory, wanted, written=result.version_written)
    return exit_code(result.trajectory)


def order(
    settings: Settings,
    workflow: Workflow,
    wanted: Wanted,
    secrets: SecretSources,
    params: Mapping[str, str],
    row: Row | None = None,
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
        has_rows=row is not None,
        row_key=row.key if row and workflow.rows and workflow.rows.key else "",
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


def rows_of(settings: Settings, workflow: Workflow, wanted: Wanted) -> Sequence[Row] | None:
    """Return the rows to run, the whole file checked; None for a single run."""
    from ..store.rows import read_rows_csv

    # on a command line values mean one run; those of a schedule hold for all its rows
    single = wanted.examples or (bool(wanted.params) and wanted.occurrence is None)
    if wanted.rows is None and (workflow.rows is None or single):
        return None
    if wanted.examples:
        raise UsageInvalid("--rows and --examples exclude each other")
    path = wanted.rows or settings.project / (workflow.rows.file if workflow.rows else "")
    if not path.is_file():
        raise ParamsInvalid(f"the row file {path} does not exist", do="Name it with --rows FILE.", where=str(path))
    rules = (workflow.rows or Rows(file=str(path))).model_copy(update={"file": str(path)})
    found = read_rows_csv(path, rows=rules, params=workflow.params, locale=workflow.locale)
    from ..domain.values import check_params

    today = wanted.today or datetime.now().astimezone().date()
    for row in found:  # the whole file is checked before the first row runs
        try:
            check_params(workflow.params, {**wanted.params, **row.values}, today=today)
        except ParamsInvalid as e:
            raise ParamsInvalid(
                f"row {row.number}: {e.message}", do="Correct the file; nothing was sent.", where=str(path)
            ) from e
    return found


async def _batch(
    agent: Agent, settings: Settings, workflow: Workflow, wanted: Wanted, secrets: SecretSources, rows: Sequence[Row]
) -> int:
    batch = await agent.office.runs.begin_batch(workflow.name, rows=len(rows), occurrence=wanted.occurrence)
    counts: dict[str, int] = {}
    codes: list[int] = []
    limit = workflow.rows.stop_after_in_a_row if workflow.rows else 5
    in_a_row = 0
    try:
        for row in rows:
            one = order(settings, workflow, wanted, secrets, {**wanted.params, **row.values}, row)
            outcome, code = await _row(agent, replace(one, batch=batch), wanted, row)
            counts[outcome] = counts.get(outcome, 0) + 1
            codes.append(code)
            in_a_row = in_a_row + 1 if outcome in {"failed", "needs_person"} else 0
            if in_a_row >= limit:
                say(f"stopped after {in_a_row} rows in a row that did not succeed")
                break
    finally:  # cancelled or refused, the batch says how far it came
        if not_begun := len(rows) - len(codes):
            say(f"{not_begun} rows were not done")
            counts["not_begun"] = not_begun
        await agent.office.runs.end_batch(batch, counts)
    if wanted.as_json:
        answer_json({"schema": 1, "summary": True, "rows": len(rows), "by_outcome": counts})
    else:
        answer(f"{len(rows)} rows: " + (", ".join(f"{n} {o.replace('_', ' ')}" for o, n in counts.items()) or "none"))
    return worst(codes)


async def _row(agent: Agent, one: Order, wanted: Wanted, row: Row) -> tuple[str, int]:
    """Run one row; a site or browser that is out of order ends this row, and the next one is tried."""
    try:
        result = await agent.run(one)
    except EnvironmentUnfit as e:
        if not e.run:
            raise
        run = await agent.office.runs.get(e.run)
        if run.trajectory:
            _tell(run.trajectory, wanted, row=row)
        return run.outcome or "failed", e.exit_code
    _tell(result.trajectory, wanted, row=row, written=result.version_written)
    return result.trajectory.outcome, exit_code(result.trajectory)


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of a batch: the worst of 5 > 4 > 1 > 0."""
    seen = set(codes)
    return next((c for c in WORST if c in seen), 0)


def _tell(trajectory: Trajectory, wanted: Wanted, *, row: Row | None = None, written: int | None = None) -> None:
    from ..ops.notify import sentence_for

    if wanted.as_json:
        answer_json(run_json(trajectory, version_written=written))
        return
    prefix = f"row {row.number}: " if row else ""
    answer(prefix + sentence_for(trajectory))
    if trajectory.outcome != "succeeded":
        say(f"more: rpa show {trajectory.run}")
