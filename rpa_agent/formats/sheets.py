"""A row file as it was written: titles, rows and the place of every cell, whether CSV, workbook or JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..domain.errors import ParamsInvalid
from ..domain.workflow import Rows

MAX_BYTES = 50_000_000
DO = "Correct the file; nothing was sent."
MAX_ROWS = 100_000  # of one batch
_SHOWN = 20  # problems told one by one; the rest is counted
_DELIMITERS = ";,\t|"
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

Kind = Literal["csv", "xlsx", "jsonl"]


class Exact(str):
    """A number or date that the file itself marks as one: canonical text that needs no second reading."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """A table as it stands in its file. Rows carry the number under which a person finds them."""

    path: Path
    kind: Kind
    titles: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    read_as: str = ""  # "cp1252, ;" or "sheet 'Invoices'": what was found out about the file
    delimiter: str = ","
    problems: tuple[str, ...] = ()  # what is wrong with single rows and cells, each named

    def place(self, number: int, at: int) -> str:
        """Return where a cell stands, as a person finds it: ``cell B3 (column 'Amount')``."""
        title = self.titles[at] if at < len(self.titles) else ""
        match self.kind:
            case "xlsx":
                return f"cell {letters(at)}{number} (column {title!r})"
            case "csv":
                return f"row {number}, column {title!r}"
            case "jsonl":
                return f"line {number}, {title!r}"


def letters(at: int) -> str:
    """Return a spreadsheet's name of a column: 0 is A, 26 is AA."""
    out, left = "", at + 1
    while left:
        left, rest = divmod(left - 1, 26)
        out = chr(ord("A") + rest) + out
    return out


def read_sheet(path: Path, rows: Rows, *, raw: bytes | None = None) -> Sheet:
    """Return the table of a file, or of the bytes that were read from it; what it is, is seen from its content.

    Raises ParamsInvalid where it is no table; what is wrong with single cells is in the sheet's ``problems``.
    """
    if raw is None:
        raw = read_bytes(path)
    if raw.startswith(_WORKBOOK):
        from .workbook import read_workbook  # loads openpyxl

        return read_workbook(path, raw, rows)
    if raw.startswith(_OLD_WORKBOOK):
        raise wrong(path, "this is an old .xls workbook, or one with a password; save it as .xlsx without a password")
    if rows.sheet is not None:
        raise wrong(path, "`sheet:` is given and this is no .xlsx workbook")
    text, encoding = _text(path, raw, rows.encoding)
    if path.suffix.lower() in {".jsonl", ".ndjson"} or (path.suffix.lower() != ".csv" and text.lstrip().startswith("{")):
        return _json_lines(path, text)
    return _csv(path, text, encoding, rows)


def wrong(path: Path, what: str) -> ParamsInvalid:
    """Return the error for a file that cannot be taken as it is."""
    return ParamsInvalid(what, do=DO, where=str(path))


def all_wrong(path: Path, problems: Sequence[str], *, do: str = "") -> ParamsInvalid:
    """Return one error for everything that is wrong with a file, so that it is corrected in one go."""
    if len(problems) == 1:
        return ParamsInvalid(problems[0], do=do or DO, where=str(path))
    shown = "".join(f"\n  {problem}" for problem in problems[:_SHOWN])
    more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return ParamsInvalid(f"{len(problems)} things are wrong:{shown}{more}", do=do or DO, where=str(path))


def check_titles(path: Path, titles: Sequence[str]) -> None:
    """Raise ParamsInvalid where two columns are called the same."""
    named = [t for t in titles if t]
    if twice := sorted({t for t in named if named.count(t) > 1}):
        raise wrong(path, f"the column {twice[0]!r} stands there twice")


# ---- bytes and text ---------------------------------------------------------------------------------------------------


def read_bytes(path: Path) -> bytes:
    """Return a row file's content; raises ParamsInvalid where there is none or too much."""
    try:
        with path.open("rb") as f:
            raw = f.read(MAX_BYTES + 1)
    except OSError as e:
        do = "Check `rows: file:` in the workflow, or give --rows FILE."
        raise ParamsInvalid(f"the rows cannot be read: {e.strerror}", do=do, where=str(path)) from e
    if len(raw) > MAX_BYTES:
        raise wrong(path, f"the file is larger than {MAX_BYTES // 1_000_000} MB")
    if not raw.strip():
        raise wrong(path, "the file is empty")
    return raw


def _text(path: Path, raw: bytes, encoding: str | None) -> tuple[str, str]:
    """Return the text and its encoding: the one given, else what a mark says, UTF-8, or what Windows programs write."""
    if encoding is not None:
        return _decoded(path, raw, encoding), encoding
    if raw.startswith(_UTF16):
        return _decoded(path, raw, "utf-16"), "utf-16"
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return _decoded(path, raw, "cp1252"), "cp1252"


def _decoded(path: Path, raw: bytes, encoding: str) -> str:
    try:
        return raw.decode("utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    except UnicodeError as e:
        row = raw.count(b"\n", 0, getattr(e, "start", 0)) + 1
        raise ParamsInvalid(
            f"row {row} is not {encoding} text",
            do="Save the table as CSV UTF-8, or name its `rows: encoding:`; nothing was sent.",
            where=str(path),
        ) from e
    except LookupError as e:
        raise ParamsInvalid(
            f"there is no encoding {encoding!r}", do="Write it as utf-8, cp1252 or utf-16.", where="rows.encoding"
        ) from e


# ---- CSV --------------------------------------------------------------------------------------------------------------


def _csv(path: Path, text: str, encoding: str, rows: Rows) -> Sheet:
    delimiter, text, skipped = _delimiter(text, rows.delimiter)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        records = [(number + skipped, tuple(c.strip() for c in cells)) for number, cells in enumerate(reader, start=1)]
    except csv.Error as e:
        raise wrong(path, f"this is not a CSV table: {e}") from e
    filled = [(number, cells) for number, cells in records if any(cells)]
    if rows.header is not None:
        filled = [(number, cells) for number, cells in filled if number >= rows.header]
        if not filled or filled[0][0] != rows.header:
            raise wrong(path, f"row {rows.header} is to be the header, and it is empty")
    if not filled:
        raise wrong(path, "the file is empty")
    titles, body = filled[0][1], filled[1:]
    check_titles(path, titles)
    width = len(titles)
    problems = tuple(f"row {n} has {len(cells)} cells, the header has {width}" for n, cells in body if any(cells[width:]))
    padded = tuple((number, (*cells[:width], *[""] * (width - len(cells)))) for number, cells in body)
    read_as = f"{encoding}, {'tab' if delimiter == chr(9) else delimiter}"
    return Sheet(path, "csv", titles, padded, read_as=read_as, delimiter=delimiter, problems=problems)


def _delimiter(text: str, given: str | None) -> tuple[str, str, int]:
    """Return the delimiter, the text without the line that names it, and how many lines that were."""
    if given:
        return ("\t" if given in {"tab", "\\t"} else given), text, 0
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4], rest, 1  # how Excel is told
    return max(_DELIMITERS, key=lambda d: _regularity(text, d)), text, 0


def _regularity(text: str, delimiter: str) -> tuple[int, int]:
    """Return how well a delimiter fits: as many columns as the header in as many of the first rows as possible."""
    reader = csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=delimiter)
    widths = [len(cells) for cells, _ in zip(reader, range(20), strict=False) if cells]
    if not widths or widths[0] < 2:
        return 0, 0
    return sum(w == widths[0] for w in widths), widths[0]


# ---- JSON lines ---------------------------------------------------------------------------------------------------------


def _json_lines(path: Path, text: str) -> Sheet:
    records: list[tuple[int, dict[str, str]]] = []
    titles: dict[str, None] = {}
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            record = _json_record(number, line, problems)
            records.append((number, record))
            titles.update(dict.fromkeys(record))
    if not records:
        raise wrong(path, "the file is empty")
    rows = tuple((number, tuple(record.get(t, "") for t in titles)) for number, record in records)
    return Sheet(path, "jsonl", tuple(titles), rows, read_as="JSON lines", problems=tuple(problems))


def _json_record(number: int, line: str, problems: list[str]) -> dict[str, str]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if twice := next((k for k, _ in pairs if [n for n, _ in pairs].count(k) > 1), None):
            problems.append(f"line {number}, {twice!r} stands there twice")
        return dict(pairs)

    try:
        # Numbers stay as written: a float would turn 0.10 into 0.1000000000000000055.
        found = json.loads(line, object_pairs_hook=once, parse_float=Exact, parse_int=Exact, parse_constant=str)
    except (ValueError, RecursionError) as e:
        problems.append(f"line {number} is not JSON: {e}")
        return {}
    if not isinstance(found, dict):
        problems.append(f'line {number} is no object as {{"number": "A-1", "amount": 12.50}}')
        return {}
    return {title: _json_value(number, title, value, problems) for title, value in found.items()}


def _json_value(number: int, title: str, value: Any, problems: list[str]) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Exact():
            return value
        case str():
            return value.strip()
        case _:
            problems.append(f"line {number}, {title!r} holds a list or an object; one value is needed")
            return ""
