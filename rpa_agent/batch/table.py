"""The row file of a batch: read once, checked as a whole, kept as it was given, and written back with what became of each row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import ParamsInvalid, UsageInvalid
from ..domain.values import check_params
from ..domain.workflow import Output, Rows, Workflow
from ..ops.batches import Batch
from ..ops.batches.rows import BatchRow

if TYPE_CHECKING:
    from ..formats.results import Became
    from ..formats.rows import Row
    from ..formats.sheets import Sheet
    from ..ops.office import Office
    from ..ops.settings import Settings
    from ..planning import Order


@dataclass(frozen=True)
class Table:
    """A row file that was checked: its content, the table in it, and its rows as parameters."""

    sheet: Sheet
    rows: Sequence[Row]
    raw: bytes
    hash: str  # SHA-256 of the content
    by_key: bool


def read_table(path: Path, workflow: Workflow, *, given: Mapping[str, str], today: date) -> Table:
    """Return a row file, checked as a whole; raises one ParamsInvalid that names every cell that is wrong.

    ``given`` are values that hold for all rows.
    """
    from ..formats.sheets import read_bytes, read_sheet

    raw = read_bytes(path)  # once: what is checked is what is run, whoever edits the file meanwhile
    rules = (workflow.rows or Rows(file=str(path))).model_copy(update={"file": str(path)})
    return _checked(read_sheet(path, rules, raw=raw), raw, workflow, rules=rules, given=given, today=today)


def _checked(
    sheet: Sheet, raw: bytes, workflow: Workflow, *, rules: Rows, given: Mapping[str, str], today: date
) -> Table:
    from ..formats.rows import rows_in

    rows = rows_in(sheet, rows=rules, params=workflow.params, locale=workflow.locale, given=given)
    for row in rows:
        try:
            check_params(workflow.params, {**given, **row.values}, today=today)
        except ParamsInvalid as e:
            do = "Correct the file; nothing was sent."
            raise ParamsInvalid(f"row {row.number}: {e.message}", do=do, where=str(sheet.path)) from e
    return Table(sheet, rows, raw, hashlib.sha256(raw).hexdigest(), by_key=rules.key is not None)


async def table_from(
    office: Office, state: Path, workflow: Workflow, *, types: Mapping[str, Output], order: Order
) -> Table:
    """Return what another workflow brought back as rows of this one; ``types`` are its outputs. Raises NeedsPerson where there
    is nothing new, and ParamsInvalid that names what is wrong with it."""
    from ..ops.handed_on import Taker

    assert workflow.rows is not None, "its rows come from another workflow"
    source, name = workflow.rows.source
    taker = Taker(workflow=workflow.name, source=source, occurrence=order.occurrence)
    path = await office.handed_on.take(taker, lambda outputs: _lines(outputs, types, name), kept=partial(input_kept, state))
    today = order.today or datetime.now().astimezone().date()
    if path.stat().st_size:
        return read_table(path, workflow, given=order.params, today=today)
    from ..formats.sheets import Sheet

    return Table(Sheet(path, "jsonl", (), ()), (), b"", hashlib.sha256(b"").hexdigest(), by_key=workflow.rows.key is not None)


def _lines(outputs: Mapping[str, Any], types: Mapping[str, Output], table: str) -> list[str]:
    """Return the rows that one run brought back, as JSON lines whose numbers are numbers: `1.500` is not read twice."""
    if table:
        kinds = types[table].columns if table in types else {}
        records = outputs.get(table) or []
        return [_line(record, kinds) for record in records if isinstance(record, Mapping)]
    plain = {n: v for n, v in outputs.items() if not isinstance(v, list)}
    return [_line(plain, {n: o.type for n, o in types.items()})]


def _line(record: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    def value(name: str, said: Any) -> str:
        if kinds.get(name) in ("decimal", "integer") and said not in (None, ""):
            with suppress(InvalidOperation):
                return format(Decimal(str(said)), "f")
        return json.dumps(said, ensure_ascii=False)

    return "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {value(name, said)}" for name, said in record.items()) + "}"


def input_kept(state: Path, input_hash: str) -> Path:
    """Return where the file that a batch was given is kept, whatever its kind."""
    return state / "inputs" / input_hash[:32]


def keep_input(state: Path, table: Table) -> None:
    from ..store.text_files import write_bytes_atomically

    write_bytes_atomically(input_kept(state, table.hash), table.raw, private=True)


def results_again(settings: Settings, batch: Batch, rows: Sequence[BatchRow], path: Path) -> None:
    """Write a batch's result file from what is kept of it; raises UsageInvalid where its input is not kept any more."""
    from ..formats.results import ResultFile
    from ..formats.sheets import read_sheet
    from ..store.workflow_files import find_workflow

    kept = input_kept(settings.state, batch.input_hash)
    if not kept.is_file():
        raise UsageInvalid(f"the input of batch {batch.id} is not kept any more", where=str(kept))
    workflow = find_workflow(settings.workflows_dir, batch.workflow)
    rules = (workflow.rows or Rows(file="")).model_copy(update={"file": batch.input})
    sheet = read_sheet(Path(batch.input), rules, raw=kept.read_bytes())
    ResultFile(path, sheet, tuple(workflow.outputs), {row.number: became(row) for row in rows}).close()


def became(row: BatchRow) -> Became:
    """Return a row as the result file tells it."""
    from ..formats.results import Became

    return Became(row.counted_as(), row.reason, row.outputs, row.run)
