"""What `rpa run` does with a row file: the whole file checked first, one run per row, and a file of what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..domain.errors import EnvironmentUnfit, ParamsInvalid, UsageInvalid
from ..domain.result import exit_code
from ..domain.workflow import Rows, Workflow
from .out import answer, answer_json, say
from .running import Wanted, order, results_path, tell

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..domain.trajectory import Trajectory
    from ..formats.results import ResultFile
    from ..formats.rows import Row
    from ..formats.sheets import Sheet
    from ..ops.secrets import SecretSources
    from ..ops.settings import Settings

WORST = (5, 4, 1, 0)


@dataclass(frozen=True)
class Table:
    """The rows to run, and the file's table that they were read from."""

    sheet: Sheet
    rows: Sequence[Row]


@dataclass(frozen=True)
class _Ended:
    """How one row ended."""

    outcome: str
    code: int
    trajectory: Trajectory | None = None


def table_of(settings: Settings, workflow: Workflow, wanted: Wanted) -> Table | None:
    """Return the rows to run, the whole file checked; None for a single run."""
    from ..domain.values import check_params
    from ..formats.rows import rows_in
    from ..formats.sheets import read_sheet

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
    sheet = read_sheet(path, rules)
    found = rows_in(sheet, rows=rules, params=workflow.params, locale=workflow.locale)
    today = wanted.today or datetime.now().astimezone().date()
    for row in found:  # the whole file is checked before the first row runs
        try:
            check_params(workflow.params, {**wanted.params, **row.values}, today=today)
        except ParamsInvalid as e:
            raise ParamsInvalid(
                f"row {row.number}: {e.message}", do="Correct the file; nothing was sent.", where=str(path)
            ) from e
    results_path(settings, workflow, wanted)
    return Table(sheet, found)


async def run_batch(
    agent: Agent, settings: Settings, workflow: Workflow, wanted: Wanted, secrets: SecretSources, table: Table
) -> int:
    """Run every row; return the worst exit code."""
    rows = table.rows
    batch = await agent.office.runs.begin_batch(workflow.name, rows=len(rows), occurrence=wanted.occurrence)
    results = _result_file(settings, workflow, wanted, table, batch)
    counts: dict[str, int] = {}
    codes: list[int] = []
    limit = workflow.rows.stop_after_in_a_row if workflow.rows else 5
    in_a_row = 0
    try:
        for row in rows:
            one = order(settings, workflow, wanted, secrets, {**wanted.params, **row.values}, row)
            ended = await _row(agent, replace(one, batch=batch), wanted, row)
            _note(results, row, ended)
            counts[ended.outcome] = counts.get(ended.outcome, 0) + 1
            codes.append(ended.code)
            in_a_row = in_a_row + 1 if ended.outcome in {"failed", "needs_person"} else 0
            if in_a_row >= limit:
                say(f"stopped after {in_a_row} rows in a row that did not succeed")
                break
    finally:  # cancelled or refused, the batch says how far it came
        if not_begun := len(rows) - len(codes):
            say(f"{not_begun} rows were not done")
            counts["not_begun"] = not_begun
        results.close()
        await agent.office.runs.end_batch(batch, counts)
    if wanted.as_json:
        answer_json(
            {"schema": 1, "summary": True, "rows": len(rows), "by_outcome": counts, "results": str(results.path)}
        )
    else:
        answer(f"{len(rows)} rows: " + (", ".join(f"{n} {o.replace('_', ' ')}" for o, n in counts.items()) or "none"))
        say(f"wrote {results.path}")
    return worst(codes)


def _result_file(settings: Settings, workflow: Workflow, wanted: Wanted, table: Table, batch: str) -> ResultFile:
    from ..formats.results import ResultFile, free_path

    path = results_path(settings, workflow, wanted)
    if path is None:
        path = settings.state / "results" / f"{workflow.name}-{batch}.{table.sheet.kind}"
    return ResultFile(path if wanted.results else free_path(path), table.sheet, tuple(workflow.outputs))


def _note(results: ResultFile, row: Row, ended: _Ended) -> None:
    from ..formats.results import Became
    from ..ops.notify import reason_for

    t = ended.trajectory
    reason = reason_for(t) if t is not None else ""
    results.add(row.number, Became(ended.outcome, reason, t.outputs if t else {}, t.run if t else ""))


async def _row(agent: Agent, one: Order, wanted: Wanted, row: Row) -> _Ended:
    """Run one row; a site or browser that is out of order ends this row, and the next one is tried."""
    try:
        result = await agent.run(one)
    except EnvironmentUnfit as e:
        if not e.run:
            raise
        run = await agent.office.runs.get(e.run)
        if run.trajectory:
            tell(run.trajectory, wanted, row=row)
        return _Ended(run.outcome or "failed", e.exit_code, run.trajectory)
    tell(result.trajectory, wanted, row=row, written=result.version_written)
    return _Ended(result.trajectory.outcome, exit_code(result.trajectory), result.trajectory)


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of a batch: the worst of 5 > 4 > 1 > 0."""
    seen = set(codes)
    return next((c for c in WORST if c in seen), 0)
