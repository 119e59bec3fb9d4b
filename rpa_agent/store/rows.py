"""Rows of a batch from a CSV file: delimiter found, headers matched to parameters, numbers and dates read by column.

A column is read in one way for all its cells. `1.234` may be a thousand or one and a bit: when no other cell and
no `locale` decides, the file is refused, because a wrong amount is worse than a question.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.values import date_formats, decimal_formats
from rpa_agent.domain.workflow import Param, Rows

MAX_BYTES = 50_000_000
_DELIMITERS = ";,\t|"
_DO = "Correct the file; nothing was sent."
_AMERICAN = ("en_US", "en_CA", "en_PH")
_POINT = ("en", "zh", "ja", "ko", "he", "th")


class Row(Frozen):
    """One row: its number as a spreadsheet shows it (the header is 1), its key, and values as canonical text."""

    number: int
    key: str
    values: dict[str, str]


def read_rows_csv(
    path: Path, *, rows: Rows, params: Mapping[str, Param], locale: str | None = None
) -> tuple[Row, ...]:
    """Return the rows of a CSV file; raises ParamsInvalid naming row and column. Empty cells are left out."""
    table = _table(path)
    header, body = table[0][1], [(n, cells) for n, cells in table[1:] if any(c.strip() for c in cells)]
    columns = _columns(header, rows=rows, params=params, where=str(path))
    for number, cells in body:
        if len(cells) > len(header) and any(c.strip() for c in cells[len(header):]):
            raise _wrong(path, f"row {number} has {len(cells)} cells, the header has {len(header)}")
    values: list[dict[str, str]] = [{} for _ in body]
    for at, name in columns.items():
        column = [(number, cells[at].strip() if at < len(cells) else "") for number, cells in body]
        read = _column(column, name=name, param=params[name], title=header[at], locale=locale, where=str(path))
        for row, text in zip(values, read, strict=True):
            if text:
                row[name] = text
    return _keyed(path, [n for n, _ in body], values, rows.key)


def _keyed(path: Path, numbers: Sequence[int], values: Sequence[dict[str, str]], key: str | None) -> tuple[Row, ...]:
    seen: dict[str, int] = {}
    out = []
    for number, row in zip(numbers, values, strict=True):
        name = row.get(key, "") if key else str(number)
        if not name:
            raise _wrong(path, f"row {number}: the key {key!r} is empty")
        if name in seen:
            raise _wrong(path, f"row {number}: {key} {name!r} stands in row {seen[name]} already")
        seen[name] = number
        out.append(Row(number=number, key=name, values=row))
    return tuple(out)


def _table(path: Path) -> list[tuple[int, list[str]]]:
    """Return all records with their numbers; the first is the header."""
    text = _text(path)
    delimiter = max(_DELIMITERS, key=lambda d: _regularity(text, d))
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as e:
        raise _wrong(path, f"this is not a CSV table: {e}") from e
    table = [(i, cells) for i, cells in enumerate(records, start=1) if any(c.strip() for c in cells)]
    if not table:
        raise _wrong(path, "the file is empty")
    return table


def _regularity(text: str, delimiter: str) -> tuple[int, int]:
    """Return how well a delimiter fits: as many columns as the header in as many of the first rows as possible."""
    reader = csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=delimiter)
    widths = [len(cells) for cells, _ in zip(reader, range(20), strict=False) if cells]
    if not widths or widths[0] < 2:
        return 0, 0
    return sum(w == widths[0] for w in widths), widths[0]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as f:
            raw = f.read(MAX_BYTES + 1)
    except OSError as e:
        do = "Check `rows: file:` in the workflow, or give --rows FILE."
        raise ParamsInvalid(f"the rows cannot be read: {e.strerror}", do=do, where=str(path)) from e
    if len(raw) > MAX_BYTES:
        raise _wrong(path, f"the file is larger than {MAX_BYTES // 1_000_000} MB")
    if raw.startswith(b"PK\x03\x04"):
        raise _wrong(path, "this is a workbook, not a CSV table; save it as CSV UTF-8")
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as e:
        row = raw.count(b"\n", 0, e.start) + 1
        raise _wrong(path, f"row {row} is not UTF-8 text; save the table as CSV UTF-8") from e


def _columns(header: Sequence[str], *, rows: Rows, params: Mapping[str, Param], where: str) -> dict[int, str]:
    """Return which column holds which parameter."""
    titles = [title.strip() for title in header]
    if twice := sorted({t for t in titles if t and titles.count(t) > 1}):
        raise ParamsInvalid(f"the column {twice[0]!r} stands there twice", do=_DO, where=where)
    folded = {title.casefold(): at for at, title in enumerate(titles)}
    columns: dict[int, str] = {}
    for title, name in rows.columns.items():
        if name not in params:
            do = "Correct `rows: columns:` in the workflow."
            raise ParamsInvalid(f"the column {title!r} is for {name!r}, which is no parameter", do=do, where=where)
        if title.casefold() not in folded:
            raise ParamsInvalid(f"there is no column {title!r}; there are: {', '.join(titles)}", do=_DO, where=where)
        columns[folded[title.casefold()]] = name
    for name in params:
        if name not in columns.values() and (at := folded.get(name.casefold())) is not None and at not in columns:
            columns[at] = name
    if params and not columns:
        why = f"no column is named after a parameter; there are: {', '.join(titles)[:200]!r}"
        raise ParamsInvalid(why, do=f"Name the columns {', '.join(params)}; nothing was sent.", where=where)
    if rows.key and rows.key not in columns.values():
        there = ", ".join(titles)
        raise ParamsInvalid(f"no column holds the key {rows.key!r}; there are: {there}", do=_DO, where=where)
    return columns


def _column(
    cells: Sequence[tuple[int, str]], *, name: str, param: Param, title: str, locale: str | None, where: str
) -> list[str]:
    """Return a column's cells as canonical text, all read in the same way."""
    place = f"column {title!r}"
    match param.type:
        case "date":
            dates = [(n, c, {f: d.isoformat() for f, d in date_formats(c).items()}) for n, c in cells]
            read = _one_reading(dates, prefer=_date_order(locale), place=place, kind="date", where=where)
        case "decimal" | "integer":
            whole = param.type == "integer"
            numbers = [(n, c, _by_point(decimal_formats(c), whole=whole)) for n, c in cells]
            read = _one_reading(numbers, prefer=_point(locale), place=place, kind="number", where=where)
        case _:
            read = [cell for _, cell in cells]
    out = []
    for (number, _), text in zip(cells, read, strict=True):
        try:
            out.append(param.canonical(text) if text else "")
        except ValueError as e:
            raise ParamsInvalid(f"row {number}, {place} ({name}): {e}", do=_DO, where=where) from e
    return out


def _one_reading(
    cells: Sequence[tuple[int, str, Mapping[str, str]]], *, prefer: str, place: str, kind: str, where: str
) -> list[str]:
    """Return every cell in the one way of reading that fits them all."""
    fitting: set[str] | None = None
    for number, cell, readings in cells:
        if not cell:
            continue
        if not readings:
            raise ParamsInvalid(f"row {number}, {place}: {cell!r} is not a {kind}", do=_DO, where=where)
        rest = set(readings) if fitting is None else fitting & set(readings)
        if not rest:
            why = f"row {number}, {place}: {cell!r} is written unlike the rows before"
            raise ParamsInvalid(why, do=_DO, where=where)
        fitting = rest
    chosen = prefer if fitting and prefer in fitting else min(fitting or {""})
    for number, cell, readings in cells:
        if cell and chosen != prefer and len({readings[f] for f in fitting or ()}) > 1:
            meanings = " or ".join(sorted({readings[f] for f in fitting or ()}))
            do = "Say `locale:` in the workflow (de_DE, en_US, …), or write dates as 2026-12-31 and amounts as 1234.50."
            raise ParamsInvalid(f"row {number}, {place}: {cell!r} can mean {meanings}", do=do, where=where)
    return [readings[chosen] if cell else "" for _, cell, readings in cells]


def _by_point(readings: Mapping[str, Decimal], *, whole: bool) -> dict[str, str]:
    """Return the readings by decimal point alone; a number without either can be read both ways."""
    out: dict[str, str] = {}
    for fmt, value in readings.items():
        if whole and value != int(value):
            continue
        for point in (",", ".") if fmt == "1234" else (",",) if fmt.endswith(",50") else (".",):
            out.setdefault(point, str(int(value)) if whole else format(value, "f"))
    return out


def _point(locale: str | None) -> str:
    if not locale:
        return ""
    return "." if locale.startswith(_POINT) or locale == "de_CH" else ","


def _date_order(locale: str | None) -> str:
    if not locale:
        return ""
    return "mm/dd/yyyy" if locale in _AMERICAN else "dd/mm/yyyy"


def _wrong(path: Path, what: str) -> ParamsInvalid:
    return ParamsInvalid(what, do=_DO, where=str(path))
