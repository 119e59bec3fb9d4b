"""Writes what runs brought back: the outputs of one run, or a batch's rows as they were with what became of each."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from ..domain.errors import UsageInvalid
from ..store.text_files import write_atomically, write_bytes_atomically
from .rows import OWN
from .sheets import Sheet

Format = Literal["csv", "xlsx", "json", "jsonl"]
_SHARE = 20  # a file is rewritten when so many times as long as writing takes has passed
_LONGEST = 32_767  # characters that a workbook's cell can hold
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def format_of(path: Path) -> Format:
    """Return the format that a file's ending names; raises UsageInvalid."""
    match path.suffix.lower():
        case ".csv":
            return "csv"
        case ".xlsx":
            return "xlsx"
        case ".json":
            return "json"
        case ".jsonl" | ".ndjson":
            return "jsonl"
        case other:
            raise UsageInvalid(f"results cannot be written as {other or path.name!r}", do="Use .csv, .xlsx, .json or .jsonl.")


def free_path(path: Path) -> Path:
    """Return the path, or the first ``name-2``, ``name-3`` … that does not exist: results are never written over."""
    if not path.exists():
        return path
    return next(p for n in range(2, 1_000_000) if not (p := path.with_stem(f"{path.stem}-{n}")).exists())


@dataclass(frozen=True)
class Became:
    """What became of one row: outcome, reason in plain words, outputs, and the run that did it."""

    outcome: str
    reason: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""


class ResultFile:
    """A batch's rows as they were given, with outcome, reason, outputs and run. The file is complete at any moment: it
    grows by being replaced, at most a twentieth of the time, and is written a last time by `close`."""

    def __init__(
        self, path: Path, sheet: Sheet, outputs: Sequence[str], became: Mapping[int, Became] | None = None
    ) -> None:
        self.path = path
        self._sheet = sheet
        self._outputs = tuple(outputs)
        self._format = format_of(path)
        self._became: dict[int, Became] = dict(became or {})
        self._one_at_a_time = Lock()  # a write that was not waited for must not put older rows over newer ones
        self._written_at, self._took = 0.0, 0.0

    def add(self, number: int, became: Became) -> None:
        """Note a row's end; raises StoreReadOnly where the file cannot be written."""
        self._became[number] = became
        if time.monotonic() - self._written_at >= self._took * _SHARE:
            self._write()

    def close(self) -> None:
        """Write all that is known; rows that were not begun say so."""
        self._write()

    def _write(self) -> None:
        with self._one_at_a_time:
            started = time.monotonic()
            titles, at = self._columns()
            rows = [self._row(number, cells, at) for number, cells in self._sheet.rows]
            _write_table(self.path, self._format, titles, rows, delimiter=self._sheet.delimiter)
            self._written_at = time.monotonic()
            self._took = self._written_at - started

    def _columns(self) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Return the titles, and which of the input's columns stay: a result file that is run again gets its own anew."""
        ours = {t.casefold() for t in (*OWN, *self._outputs)}
        at = tuple(i for i, t in enumerate(self._sheet.titles) if t.casefold() not in ours)
        kept = tuple(self._sheet.titles[i] for i in at)
        return (*kept, "outcome", "reason", *self._outputs, "run"), at

    def _row(self, number: int, cells: Sequence[str], at: Sequence[int]) -> list[Any]:
        became = self._became.get(number, Became("not_begun"))
        given = [cells[i] for i in at]
        return [*given, became.outcome, became.reason, *(became.outputs.get(o, "") for o in self._outputs), became.run]


def write_outputs(path: Path, outputs: Mapping[str, Any]) -> None:
    """Write the outputs of one run. A table becomes its records; several become sheets of a workbook.

    Raises UsageInvalid where the format cannot hold them, StoreReadOnly where the file cannot be written.
    """
    chosen = format_of(path)
    tables = {name: value for name, value in outputs.items() if isinstance(value, list | tuple)}
    single = {name: value for name, value in outputs.items() if name not in tables}
    match chosen:
        case "json":
            write_atomically(path, json.dumps(outputs, ensure_ascii=False, indent=2, default=str) + "\n")
        case "xlsx":
            sheets = {name: _records(value) for name, value in tables.items()}
            if single or not sheets:
                sheets = {"outputs": (tuple(single), [list(single.values())]), **sheets}
            _write_workbook(path, sheets)
        case _:
            if len(tables) > 1 or (tables and single):
                raise UsageInvalid(
                    f"{path.name} cannot hold {' and '.join(outputs)} together", do="Write them to an .xlsx or .json file."
                )
            titles, rows = _records(next(iter(tables.values()))) if tables else (tuple(single), [list(single.values())])
            _write_table(path, chosen, titles, rows)


def _records(table: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], list[list[Any]]]:
    titles = tuple(dict.fromkeys(t for record in table for t in record))
    return titles, [[record.get(t, "") for t in titles] for record in table]


def _write_table(
    path: Path, chosen: Format, titles: Sequence[str], rows: Sequence[Sequence[Any]], *, delimiter: str = ","
) -> None:
    match chosen:
        case "csv":
            write_atomically(path, _csv_text(titles, rows, delimiter))
        case "xlsx":
            _write_workbook(path, {"results": (tuple(titles), rows)})
        case "json":
            records = [dict(zip(titles, row, strict=True)) for row in rows]
            write_atomically(path, json.dumps(records, ensure_ascii=False, indent=2, default=str) + "\n")
        case "jsonl":
            lines = (json.dumps(dict(zip(titles, row, strict=True)), ensure_ascii=False, default=str) for row in rows)
            write_atomically(path, "".join(line + "\n" for line in lines))


def _csv_text(titles: Sequence[str], rows: Sequence[Sequence[Any]], delimiter: str) -> str:
    """Return CSV with a byte order mark, by which Excel knows that it is UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows([_harmless(_flat(v)) for v in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _flat(value: Any) -> str:
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return "" if value is None else str(value)


def _harmless(text: str) -> str:
    """A text from a web page must not become a formula where the file is opened; a number may begin with a sign."""
    if not text.startswith(_FORMULA):
        return text
    rest = text.lstrip("+-")
    return text if rest[:1].isdigit() and not set(rest) - set("0123456789.,' ") else "'" + text


def _write_workbook(path: Path, sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[Any]]]]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = Workbook()
    del book[book.sheetnames[0]]  # the empty one it begins with
    for name, (titles, rows) in sheets.items():
        sheet = book.create_sheet(_sheet_name(name, book.sheetnames))
        for line, values in enumerate((titles, *rows), start=1):
            for column, value in enumerate(values, start=1):
                cell = sheet.cell(line, column)
                # All is text: a code keeps its zeros, and nothing is taken for a formula.
                cell.value = ILLEGAL_CHARACTERS_RE.sub("", _flat(value))[:_LONGEST]
                cell.data_type = "s"
                if line == 1:
                    cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    held = io.BytesIO()
    book.save(held)
    write_bytes_atomically(path, held.getvalue())


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    plain = "".join("_" if c in "[]:*?/\\'" else c for c in name)[:28] or "sheet"
    return next(n for n in (plain, *(f"{plain}_{k}" for k in range(2, 100))) if n not in taken)
