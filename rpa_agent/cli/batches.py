"""One batch looked at afterwards: its totals, its rows and how to go on; and its result file written again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import UsageInvalid
from ..domain.texts import in_short
from .out import answer, answer_json, answer_table, say
from .place import local

if TYPE_CHECKING:
    from ..ops.batches import Batch
    from ..ops.batches.rows import BatchRow
    from ..ops.office import Office
    from ..ops.settings import Settings

_LONGEST = 70


async def found(office: Office, name: str) -> tuple[Batch, list[BatchRow]] | None:
    """Return a batch with its rows; None where nothing is called so."""
    batch = await office.batches.get(name)
    return (batch, await office.batches.rows(name)) if batch else None


def show_batch(
    settings: Settings, batch: Batch, rows: Sequence[BatchRow], *, results: Path | None, as_json: bool
) -> int:
    """Tell a batch and its rows; with ``results`` write its result file there."""
    from ..batch import results_again

    if results is not None:
        results_again(settings, batch, rows, results)
        say(f"wrote {results}")
    if as_json:
        answer_json({"schema": 1, **as_item(batch, totals_of(batch, rows)), "items": [_row(row) for row in rows]})
        return 0
    for line in _told(settings, batch, rows):
        answer(line)
    answer_table(
        [
            (r.number, r.key, (r.outcome or r.state).replace("_", " "), r.attempts or "", r.run, in_short(r.reason, _LONGEST))
            for r in rows
        ],
        "ROW", "KEY", "OUTCOME", "RUNS", "LAST RUN", "WHY",
    )  # fmt: skip
    return 0


def totals_of(batch: Batch, rows: Sequence[BatchRow]) -> dict[str, int]:
    """Return how many rows came to which end; those of a batch without rows are what was noted of them."""
    from ..ops.batches.rows import totals

    return totals(rows) if rows else batch.totals


def in_short_of(batch: Batch, rows: Sequence[BatchRow]) -> str:
    """Return a batch in one line: how its rows stand now, and how to go on where some are left."""
    died = [row for row in rows if row.state == "running" and not batch.alive]
    counts = totals_of(batch, [row for row in rows if row not in died]) | ({"cut_off": len(died)} if died else {})
    told = f"{batch.rows} rows: " + (", ".join(f"{n} {o.replace('_', ' ')}" for o, n in counts.items()) or "none")
    if not _left(rows) or batch.alive or batch.followed_by or batch.occurrence:
        return told
    return f"{told}. `rpa run {batch.workflow}` with the same file goes on there"


def _left(rows: Sequence[BatchRow]) -> int:
    return sum(row.state in ("pending", "running") for row in rows)


def as_item(batch: Batch, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return a batch as an item of a JSON list."""
    plain = batch.model_dump(exclude={"id", "alive", "totals", "rows"})
    return {"batch": batch.id, "state": _state(batch), "rows": batch.rows, "by_outcome": dict(counts), **plain}


def _state(batch: Batch) -> str:
    if batch.followed_by:
        return "followed"
    return "running" if batch.alive else "ended" if batch.ended else "cut_off"


def _row(row: BatchRow) -> dict[str, Any]:
    return row.model_dump(exclude={"batch", "given"})


def line_of(batch: Batch, counts: Mapping[str, int]) -> tuple[object, ...]:
    """Return a batch as a line of a table."""
    told = ", ".join(f"{n} {o.replace('_', ' ')}" for o, n in counts.items())
    return batch.id, batch.workflow, local(batch.started), _state(batch).replace("_", " "), batch.rows, told


def _told(settings: Settings, batch: Batch, rows: Sequence[BatchRow]) -> Iterator[str]:
    from ..batch import input_kept

    counts = ", ".join(f"{n} {o.replace('_', ' ')}" for o, n in totals_of(batch, rows).items()) or "none"
    yield f"{batch.workflow}: {batch.rows} rows: {counts}."
    left = _left(rows)
    if batch.followed_by:
        yield f"Its file was changed; batch {batch.followed_by} went on with what was left."
    elif batch.alive:
        yield "It is running."
    elif left:
        yield f"{left} rows were not done. `rpa run {batch.workflow}` with the same file goes on there."
    yield ""
    yield f"batch      {batch.id}"
    yield f"input      {batch.input}"
    kept = input_kept(settings.state, batch.input_hash)
    if kept.exists():
        yield f"kept as    {kept}"
    yield f"time       {local(batch.started)}" + (f" to {local(batch.ended)}" if batch.ended else "")
    if batch.again:
        yield f"again      {batch.again}"
    if batch.results:
        yield f"results    {batch.results}"
    yield ""


def no_results(run: str) -> UsageInvalid:
    """Return the error for --results where one run is asked for."""
    return UsageInvalid(f"{run} is a run; --results writes those of a batch", do="Name a batch, as `rpa runs` lists them.")
