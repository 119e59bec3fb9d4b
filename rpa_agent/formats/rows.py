"""Rows of a batch from a table: headers matched to parameters, numbers and dates read by column.

A column is read in one way for all its cells. `1.234` may be a thousand or one and a bit: when no other cell and
no `locale` decides, the file is refused, because a wrong amount is worse than a question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from ..domain.errors import ParamsInvalid
from ..domain.frozen import Frozen
from ..domain.values import date_formats, decimal_formats
from ..domain.workflow import Param, Rows
from .sheets import DO, Exact, Sheet, read_sheet, wrong

_AMERICAN = ("en_US", "en_CA", "en_PH")
_POINT = ("en", "zh", "ja", "ko", "he", "th")
OWN = ("outcome", "reason", "run")  # columns that a result file adds; it may be given as input again


class Row(Frozen):
    """One row: its number as its file shows it (a spreadsheet's header is 1), its key, and values as canonical text."""

    number: int
    key: str
    values: dict[str, str]


def read_rows(path: Path, *, rows: Rows, params: Mapping[str, Param], locale: str | None = None) -> tuple[Row, ...]:
    """Return the rows of a CSV, .xlsx or JSON-lines file; raises ParamsInvalid naming the cell. Empty cells are left out."""
    return rows_in(read_sheet(path, rows), rows=rows, params=params, locale=locale)


def rows_in(sheet: Sheet, *, rows: Rows, params: Mapping[str, Param], locale: str | None = None) -> tuple[Row, ...]:
    """Return the rows of a table that was read; raises ParamsInvalid naming the cell."""
    columns = _columns(sheet, rows=rows, params=params)
    values: list[dict[str, str]] = [{} for _ in sheet.rows]
    for at, name in columns.items():
        read = _column(sheet, at, name=name, param=params[name], locale=locale)
        for row, text in zip(values, read, strict=True):
            if text:
                row[name] = text
    return _keyed(sheet, values, rows.key)


def _keyed(sheet: Sheet, values: Sequence[dict[str, str]], key: str | None) -> tuple[Row, ...]:
    seen: dict[str, int] = {}
    out = []
    word = "line" if sheet.kind == "jsonl" else "row"
    for (number, _), row in zip(sheet.rows, values, strict=True):
        name = row.get(key, "") if key else str(number)
        if not name:
            raise wrong(sheet.path, f"{word} {number}: the key {key!r} is empty")
        if name in seen:
            raise wrong(sheet.path, f"{word} {number}: {key} {name!r} stands in {word} {seen[name]} already")
        seen[name] = number
        out.append(Row(number=number, key=name, values=row))
    return tuple(out)


def _columns(sheet: Sheet, *, rows: Rows, params: Mapping[str, Param]) -> dict[int, str]:
    """Return which column holds which parameter."""
    where, titles = str(sheet.path), [title.strip() for title in sheet.titles]
    folded = {title.casefold(): at for at, title in enumerate(titles)}
    columns: dict[int, str] = {}
    for title, name in rows.columns.items():
        if name not in params:
            do = "Correct `rows: columns:` in the workflow."
            raise ParamsInvalid(f"the column {title!r} is for {name!r}, which is no parameter", do=do, where=where)
        if title.casefold() not in folded:
            raise ParamsInvalid(f"there is no column {title!r}; there are: {', '.join(titles)}", do=DO, where=where)
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


def _column(sheet: Sheet, at: int, *, name: str, param: Param, locale: str | None) -> list[str]:
    """Return a column's cells as canonical text, all read in the same way."""
    cells = [(number, cells[at]) for number, cells in sheet.rows]
    match param.type:
        case "date":
            dates = [(n, c, {f: d.isoformat() for f, d in date_formats(c).items()}) for n, c in cells]
            read = _one_reading(sheet, at, dates, prefer=_date_order(locale), kind="date")
        case "decimal" | "integer":
            numbers = [(n, c, _by_point(c, whole=param.type == "integer")) for n, c in cells]
            read = _one_reading(sheet, at, numbers, prefer=_point(locale), kind="number")
        case _:
            read = [cell for _, cell in cells]
    out = []
    for (number, _), text in zip(cells, read, strict=True):
        try:
            out.append(param.canonical(text) if text else "")
        except ValueError as e:
            raise ParamsInvalid(f"{sheet.place(number, at)} ({name}): {e}", do=DO, where=str(sheet.path)) from e
    return out


def _one_reading(
    sheet: Sheet, at: int, cells: Sequence[tuple[int, str, Mapping[str, str]]], *, prefer: str, kind: str
) -> list[str]:
    """Return every cell in the one way of reading that fits them all; what the file marks as exact is read so."""
    fitting: set[str] | None = None
    for number, cell, readings in cells:
        if not cell:
            continue
        if not readings:
            raise wrong(sheet.path, f"{sheet.place(number, at)}: {cell!r} is not a {kind}")
        if isinstance(cell, Exact):
            continue
        rest = set(readings) if fitting is None else fitting & set(readings)
        if not rest:
            raise wrong(sheet.path, f"{sheet.place(number, at)}: {cell!r} is written unlike the rows before")
        fitting = rest
    chosen = prefer if fitting and prefer in fitting else min(fitting or {""})
    for number, cell, readings in cells:
        if not cell or isinstance(cell, Exact) or chosen == prefer:
            continue
        if len(meanings := {readings[f] for f in fitting or ()}) > 1:
            do = "Say `locale:` in the workflow (de_DE, en_US, …), or write dates as 2026-12-31 and amounts as 1234.50."
            why = f"{sheet.place(number, at)}: {cell!r} can mean {' or '.join(sorted(meanings))}"
            raise ParamsInvalid(why, do=do, where=str(sheet.path))
    return [
        "" if not cell else next(iter(readings.values())) if isinstance(cell, Exact) else readings[chosen]
        for _, cell, readings in cells
    ]


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
