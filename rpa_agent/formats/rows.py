"""Rows of a batch from a table: headers matched to parameters, numbers and dates read by column.

A column is read in one way for all its cells. `1.234` may be a thousand or one and a bit: when no other cell and
no `locale` decides, the file is refused, because a wrong amount is worse than a question.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ..domain.errors import ParamsInvalid
from ..domain.frozen import Frozen
from ..domain.values import date_formats, decimal_formats
from ..domain.workflow import Param, Rows
from .sheets import DO, MAX_ROWS, Exact, Sheet, all_wrong, read_sheet

_FIRST_NUMBER = re.compile(r"(?:row|line|cell) [A-Z]*(\d+)")
_AMERICAN = ("en_US", "en_CA", "en_PH")
_POINT = ("en", "zh", "ja", "ko", "he", "th")
_SAY_LOCALE = "Say `locale:` in the workflow (de_DE, en_US, …), or write dates as 2026-12-31 and amounts as 1234.50."
OWN = ("outcome", "reason", "run")  # columns that a result file adds; it may be given as input again


class Row(Frozen):
    """One row: its number as its file shows it (a spreadsheet's header is 1), its key, and values as canonical text."""

    number: int
    key: str
    values: dict[str, str]


@dataclass
class _Found:
    """What is wrong with a file, in the order in which it is found, and what to do where that is something special."""

    problems: list[str]
    do: str = ""

    def add(self, problem: str, *, do: str = "") -> None:
        self.problems.append(problem)
        self.do = self.do or do


def read_rows(path: Path, *, rows: Rows, params: Mapping[str, Param], locale: str | None = None) -> tuple[Row, ...]:
    """Return the rows of a CSV, .xlsx or JSON-lines file; raises ParamsInvalid naming every cell that is wrong.

    Empty cells are left out."""
    return rows_in(read_sheet(path, rows), rows=rows, params=params, locale=locale)


def rows_in(
    sheet: Sheet, *, rows: Rows, params: Mapping[str, Param], locale: str | None = None,
    given: Collection[str] | None = None,
) -> tuple[Row, ...]:
    """Return the rows of a table that was read; raises one ParamsInvalid that names every cell that is wrong.

    ``given`` names the parameters that have a value besides the file; with it, every other one must have its own.
    """
    if len(sheet.rows) > MAX_ROWS:
        why = f"the file has {len(sheet.rows)} rows; {MAX_ROWS} are the most of one batch"
        raise ParamsInvalid(why, do="Split it into several files; nothing was sent.", where=str(sheet.path))
    found = _Found(list(sheet.problems))
    try:
        columns = _columns(sheet, rows=rows, params=params)
    except ParamsInvalid as e:
        raise all_wrong(sheet.path, [*sheet.problems, e.message], do=e.remedy) from e
    values: list[dict[str, str]] = [{} for _ in sheet.rows]
    for at, name in columns.items():
        read = _column(sheet, at, name=name, param=params[name], locale=locale, found=found)
        for row, text in zip(values, read, strict=True):
            if text:
                row[name] = text
    keyed = _keyed(sheet, values, rows.key, found)
    if given is not None:
        _require(sheet, columns, {n: p for n, p in params.items() if n not in given and n != rows.key}, found)
    if found.problems:
        raise all_wrong(sheet.path, sorted(dict.fromkeys(found.problems), key=_row_of), do=found.do)
    return keyed


def _row_of(problem: str) -> int:
    """Return the row that a problem names first, so that a person goes through the file once; 0 for the file's own."""
    named = _FIRST_NUMBER.match(problem)
    return int(named[1]) if named else 0


def _require(sheet: Sheet, columns: Mapping[int, str], params: Mapping[str, Param], found: _Found) -> None:
    """Note every cell that is empty and must not be, and every parameter that has no column."""
    at = {name: column for column, name in columns.items()}
    for name, param in params.items():
        if not param.required or param.default is not None:
            continue
        if name not in at:
            found.add(f"no column holds {name!r} ({param.type}), which every row needs; it is missing")
            continue
        empty = (number for number, cells in sheet.rows if not cells[at[name]])
        found.problems += [f"{sheet.place(number, at[name])} is empty; {name} is missing" for number in empty]


def _word(sheet: Sheet) -> str:
    return "line" if sheet.kind == "jsonl" else "row"


def _keyed(sheet: Sheet, values: Sequence[dict[str, str]], key: str | None, found: _Found) -> tuple[Row, ...]:
    seen: dict[str, int] = {}
    out = []
    word = _word(sheet)
    for (number, _), row in zip(sheet.rows, values, strict=True):
        name = row.get(key, "") if key else str(number)
        if not name:
            found.add(f"{word} {number}: the key {key!r} is empty")
        elif name in seen:
            found.add(f"{word} {number}: {key} {name!r} stands in {word} {seen[name]} already")
        else:
            seen[name] = number
        out.append(Row(number=number, key=name, values=row))
    return tuple(out)


def _columns(sheet: Sheet, *, rows: Rows, params: Mapping[str, Param]) -> dict[int, str]:
    """Return which column holds which parameter."""
    where, titles = str(sheet.path), [title.strip() for title in sheet.titles]
    folded = {title.casefold(): at for at, title in enumerate(titles)}
    columns: dict[int, str] = {}
    if missing := [title for title in rows.columns if title.casefold() not in folded]:
        named = " and ".join(repr(title) for title in missing)
        raise ParamsInvalid(f"there is no column {named}; there are: {', '.join(titles)}", do=DO, where=where)
    for title, name in rows.columns.items():
        if name not in params:
            do = "Correct `rows: columns:` in the workflow."
            raise ParamsInvalid(f"the column {title!r} is for {name!r}, which is no parameter", do=do, where=where)
        columns[folded[title.casefold()]] = name
    for name, param in params.items():
        wanted = (name, name.replace("_", " "), param.label)
        found = next((at for w in wanted if w and (at := folded.get(w.casefold())) is not None), None)
        if name not in columns.values() and found is not None and found not in columns:
            columns[found] = name
    if params and not columns:
        why = f"no column is named after a parameter; there are: {', '.join(titles)[:200]!r}"
        raise ParamsInvalid(why, do=f"Name the columns {', '.join(params)}; nothing was sent.", where=where)
    if rows.key and rows.key not in columns.values():
        raise ParamsInvalid(f"no column holds the key {rows.key!r}; there are: {', '.join(titles)}", do=DO, where=where)
    return columns


def _column(sheet: Sheet, at: int, *, name: str, param: Param, locale: str | None, found: _Found) -> list[str]:
    """Return a column's cells as canonical text, all read in the same way; what cannot be read is noted and empty."""
    cells = [(number, cells[at]) for number, cells in sheet.rows]
    match param.type:
        case "date":
            dates = [(n, c, {f: d.isoformat() for f, d in date_formats(c).items()}) for n, c in cells]
            read = _one_reading(sheet, at, dates, prefer=_date_order(locale), kind="date", found=found)
        case "decimal" | "integer":
            numbers = [(n, c, _by_point(c, whole=param.type == "integer")) for n, c in cells]
            read = _one_reading(sheet, at, numbers, prefer=_point(locale), kind="number", found=found)
        case _:
            read = [cell for _, cell in cells]
    out = []
    for (number, _), text in zip(cells, read, strict=True):
        try:
            out.append(param.canonical(text) if text else "")
        except ValueError as e:
            found.add(f"{sheet.place(number, at)} ({name}): {e}")
            out.append("")
    return out


def _one_reading(
    sheet: Sheet, at: int, cells: Sequence[tuple[int, str, Mapping[str, str]]], *, prefer: str, kind: str, found: _Found
) -> list[str]:
    """Return every cell in the one way of reading that fits them all; what the file marks as exact is read so."""
    fitting: set[str] | None = None
    unlike: set[int] = set()
    for number, cell, readings in cells:
        if not cell:
            continue
        if not readings:
            found.add(f"{sheet.place(number, at)}: {cell!r} is not a {kind}")
        elif not isinstance(cell, Exact):
            rest = set(readings) if fitting is None else fitting & set(readings)
            if rest:
                fitting = rest
            else:
                found.add(f"{sheet.place(number, at)}: {cell!r} is written unlike the rows before")
                unlike.add(number)
    chosen = prefer if fitting and prefer in fitting else min(fitting or {""})
    plain = [(n, c, r) for n, c, r in cells if c and r and n not in unlike and not isinstance(c, Exact)]
    for number, cell, readings in plain if chosen != prefer else ():
        if len(meanings := {readings[f] for f in fitting or ()}) > 1:
            found.add(f"{sheet.place(number, at)}: {cell!r} can mean {' or '.join(sorted(meanings))}", do=_SAY_LOCALE)
    return [
        "" if not cell or not readings or number in unlike
        else next(iter(readings.values())) if isinstance(cell, Exact) else readings[chosen]
        for number, cell, readings in cells
    ]  # fmt: skip


def _by_point(cell: str, *, whole: bool) -> dict[str, str]:
    """Return the readings by decimal point alone; a number without either can be read both ways."""
    if isinstance(cell, Exact):
        return _exact_number(cell, whole=whole)
    out: dict[str, str] = {}
    for fmt, value in decimal_formats(cell).items():
        if whole and value != int(value):
            continue
        for point in (",", ".") if fmt == "1234" else (",",) if fmt.endswith(",50") else (".",):
            out.setdefault(point, str(int(value)) if whole else format(value, "f"))
    return out


def _exact_number(cell: Exact, *, whole: bool) -> dict[str, str]:
    from decimal import InvalidOperation

    try:
        value = Decimal(cell)
    except InvalidOperation:
        return {}
    if not value.is_finite() or (whole and value != int(value)):
        return {}
    return {"": str(int(value)) if whole else format(value, "f")}


def _point(locale: str | None) -> str:
    if not locale:
        return ""
    return "." if locale.startswith(_POINT) or locale == "de_CH" else ","


def _date_order(locale: str | None) -> str:
    if not locale:
        return ""
    return "mm/dd/yyyy" if locale in _AMERICAN else "dd/mm/yyyy"
