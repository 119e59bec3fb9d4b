"""What `rpa run` and `rpa serve` do with a row file: find it, give it to the batch, and tell what becomes of its rows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..domain.errors import ParamsInvalid, UsageInvalid
from ..domain.workflow import Workflow
from .running import Wanted, order, results_path

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..batch import BatchEnd, Table
    from ..ops.secret.secrets import SecretSources
    from ..ops.settings import Settings


@dataclass(frozen=True)
class Ended:
    """How a command's work ended: its exit code, and when it wants to go on."""

    code: int
    later: datetime | None = None
    reason: str = ""


def table_of(settings: Settings, workflow: Workflow, wanted: Wanted) -> Table | None:
    """Return the rows to run, the whole file checked; None for a single run."""
    if wanted.rows is None and (workflow.rows is None or workflow.rows.from_ is not None or _single(wanted)):
        return None     # what another workflow brought back is in the office, which is not open yet
    from ..batch import read_table

    if wanted.examples:
        raise UsageInvalid("--rows and --examples exclude each other")
    path = wanted.rows or settings.project / (workflow.rows.file if workflow.rows else "")
    if not path.is_file():
        said = "is not a file" if path.exists() else "does not exist"
        raise ParamsInvalid(f"the row file {path} {said}", do="Name it with --rows FILE.", where=str(path))
    if wanted.results is not None and wanted.results.resolve() == path.resolve():
        do = "Name another file with --results, or leave it out. Nothing was sent."
        raise UsageInvalid(f"the results would be written over the row file {path}", do=do)
    today = wanted.today or datetime.now().astimezone().date()
    table = read_table(path, workflow, given=wanted.params, today=today)
    results_path(settings, workflow, wanted)
    return table


async def table_handed_on(agent: Agent, settings: Settings, workflow: Workflow, shared: Order) -> Table:
    """Return what another workflow brought back as rows; raises WorkflowInvalid where there is no such workflow or output."""
    from ..batch import table_from
    from ..domain.errors import WorkflowInvalid
    from ..store.workflow_files import find_workflow

    source, name = workflow.rows.source if workflow.rows else ("", "")
    types = find_workflow(settings.workflows_dir, source).outputs
    if name and (name not in types or types[name].type != "table"):
        raise WorkflowInvalid(f"rows: from: {source} has no output {name!r} that is a table", where=workflow.name)
    if not types:
        raise WorkflowInvalid(f"rows: from: {source} has no outputs", where=workflow.name)
    return await table_from(agent.office, settings.state, workflow, types=types, order=shared)


def from_another(workflow: Workflow, wanted: Wanted) -> bool:
    """Tell whether the rows to run are what another workflow brought back."""
    return wanted.rows is None and workflow.rows is not None and workflow.rows.from_ is not None and not _single(wanted)


def _single(wanted: Wanted) -> bool:
    """On a command line values mean one run; those of a schedule hold for all its rows."""
    return wanted.examples or (bool(wanted.params) and wanted.occurrence is None)


async def run_rows(
    agent: Agent, settings: Settings, workflow: Workflow, wanted: Wanted, secrets: SecretSources, table: Table
) -> Ended:
    """Run what is left of the rows; return the worst exit code."""
    from ..batch import Job, run_batch
    from .batch_view import teller

    shared = order(settings, workflow, wanted, secrets, wanted.params)
    job = Job(shared, table, results_path(settings, workflow, wanted), replace_results=wanted.results is not None)
    by_hand = wanted.occurrence is None
    with teller(wanted, table) as tell:
        leave = {} if wanted.leave is None else {"leave": wanted.leave}
        end = await run_batch(agent, job, tell=tell, wait=pause if by_hand else None, **leave)
    left = wanted.leave is not None and wanted.leave()
    return Ended(end.code(), end.later, _why_later(end, left=left))


async def pause(span: timedelta) -> None:
    """Wait between tries; Ctrl-C ends it."""
    await asyncio.sleep(max(0.0, span.total_seconds()))


def _why_later(end: BatchEnd, *, left: bool) -> str:
    n = sum(row.state == "pending" for row in end.rows)
    rows = f"{n} row{'s' if n != 1 else ''} of {len(end.rows)}"
    why = f"the service was asked to end, {rows} are left" if left else f"{rows} to be tried again"
    return why if end.later else ""
