"""Reads one sheet of an .xlsx workbook: its own numbers and dates exactly, and a clear word on every cell that is neither."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import ParamsInvalid
from ..domain.workflow import Rows
from .sheets import Exact, Sheet, check_titles, letters, wrong

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MAX_UNPACKED = 400_000_000  # bytes; a small file that unpacks to more is a bomb


def read_workbook(path: Path, raw: bytes, rows: Rows) -> Sheet:
    """Return the chosen sheet, or the only one; raises ParamsInvalid naming the cell."""
    values, formulas = _opened(path, raw, computed=True), _opened(path, raw, computed=False)
    sheet = _chosen(path, values, rows.sheet)
    written = formulas[sheet.title]
    first = _first_row(path, sheet, rows.header)
    titles, last = _titles(path, sheet, first)
    body, problems = [], list[str]()
    for line in sheet.iter_rows(min_row=last + 1, max_col=len(titles)):
        number = int(line[0].row or 0)
        cells = tuple(_text(cell, written.cell(number, at + 1), problems) for at, cell in enumerate(line))
        if any(cells):
            body.append((number, cells))
    return Sheet(path, "xlsx", titles, tuple(body), read_as=f"sheet {sheet.title!r}", problems=tuple(problems))


def _opened(path: Path, raw: bytes, *, computed: bool) -> Workbook:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise wrong(path, f"the workbook unpacks to more than {MAX_UNPACKED // 1_000_000} MB")
            if "xl/workbook.xml" not in packed.namelist():
                raise wrong(path, "this is no .xlsx workbook; save it as .xlsx or as CSV UTF-8")
        return load_workbook(io.BytesIO(raw), data_only=computed, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError, OSError, EOFError) as e:
        # A ParseError of broken XML is a SyntaxError.
        raise wrong(path, f"the workbook is damaged: {str(e) or type(e).__name__}") from e


def _chosen(path: Path, book: Workbook, wanted: int | str | None) -> Worksheet:
    sheets = book.worksheets
    names = ", ".join(repr(s.title) for s in sheets)
    match wanted:
        case None:
            filled = [s for s in sheets if s.sheet_state == "visible" and _has_content(s)]
            if len(filled) > 1:
                raise ParamsInvalid(
                    f"the workbook has several sheets: {names}", do="Say `rows: sheet:` in the workflow.", where=str(path)
                )
            if not filled:
                raise wrong(path, "the workbook is empty")
            return filled[0]
        case int():
            if not 1 <= wanted <= len(sheets):
                raise wrong(path, f"there is no sheet {wanted}; there are: {names}")
            return sheets[wanted - 1]
        case _:
            found = next((s for s in sheets if s.title.casefold() == wanted.casefold()), None)
            if found is None:
                raise wrong(path, f"there is no sheet {wanted!r}; there are: {names}")
            return found


def _has_content(sheet: Worksheet) -> bool:
    return any(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row)


# ---- the header ---------------------------------------------------------------------------------------------------------


def _first_row(path: Path, sheet: Worksheet, given: int | None) -> int:
    """Return the header's first row: the one given, else the first that names at least two columns or the only one."""
    if given is not None:
        if given > sheet.max_row or not any(c.value is not None for c in sheet[given]):
            raise wrong(path, f"row {given} is to be the header, and it is empty")
        return given
    counts = (sum(value is not None for value in row) for row in sheet.iter_rows(values_only=True, min_row=1))
    filled = [(number, count) for number, count in enumerate(counts, start=1) if count]
    if not filled:
        raise wrong(path, "the sheet is empty")
    widest = max(count for _, count in filled)
    # A title above the table stands alone in its row.
    return next((n for n, count in filled if count >= 2), filled[0][0]) if widest > 1 else filled[0][0]


def _titles(path: Path, sheet: Worksheet, first: int) -> tuple[tuple[str, ...], int]:
    """Return the titles and the header's last row: cells merged downwards make a header of several rows."""
    down = [r for r in sheet.merged_cells.ranges if r.min_row <= first <= r.max_row]
    last = max((r.max_row for r in down), default=first)
    above = {
        (row, column): str(sheet.cell(r.min_row, r.min_col).value or "").strip()
        for r in sheet.merged_cells.ranges
        if r.min_row <= last and r.max_row >= first
        for row in range(r.min_row, r.max_row + 1)
        for column in range(r.min_col, r.max_col + 1)
    }
    titles = []
    for column in range(1, sheet.max_column + 1):
        said = [above.get((row, column), str(sheet.cell(row, column).value or "").strip()) for row in range(first, last + 1)]
        titles.append(" ".join(dict.fromkeys(s for s in said if s)))
    while titles and not titles[-1]:
        titles.pop()
    wide = next((r for r in down if r.max_col > r.min_col and last == first and r.min_row == first), None)
    if wide is not None:
        at = f"{letters(wide.min_col - 1)}{first}:{letters(wide.max_col - 1)}{first}"
        raise ParamsInvalid(
            f"the header {at} is merged over {wide.max_col - wide.min_col + 1} columns",
            do="Say `rows: header:` with the number of the row that names every column.",
            where=str(path),
        )
    check_titles(path, titles)
    return tuple(titles), last


# ---- cells --------------------------------------------------------------------------------------------------------------


def _text(cell: Cell | MergedCell, written: Cell | MergedCell, problems: list[str]) -> str:
    """Return a cell's value: text as written, the workbook's own numbers and dates exactly; note one that has none."""
    value: Any = cell.value
    at = f"cell {cell.coordinate}"
    if value is None:
        if _is_formula(written.value):
            problems.append(f"{at} holds a formula without a value; open the workbook, let it calculate, and save it")
        return ""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return Exact(_with_zeros(str(value), cell.number_format))
        case float():
            # Fifteen digits are what a spreadsheet shows; the sixteenth is the error of its arithmetic.
            text = format(value, ".15g")
            return Exact(_plain(text) if "e" in text else _with_zeros(text, cell.number_format))
        case datetime():
            return Exact(value.date().isoformat() if value.time() == time() else value.isoformat(sep=" "))
        case date():
            return Exact(value.isoformat())
        case _:
            text = str(value).strip()
            if cell.data_type == "e":
                problems.append(f"{at} holds the error {text}")
                return ""
            return text


def _is_formula(value: object) -> bool:
    return (isinstance(value, str) and value.startswith("=")) or type(value).__name__ in {"ArrayFormula", "DataTableFormula"}


def _with_zeros(text: str, shown_as: str | None) -> str:
    """A number shown as 00123 is a code: its zeros count."""
    zeros: Sequence[str] = (shown_as or "").split(";")
    mask = zeros[0].strip('"') if zeros else ""
    return text.zfill(len(mask)) if len(mask) > 1 and set(mask) == {"0"} and text.isdigit() else text


def _plain(text: str) -> str:
    from decimal import Decimal

    return format(Decimal(text), "f")
