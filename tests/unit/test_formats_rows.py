"""Rows of a batch from files: every way of writing is read once and the same, and doubt is a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.workflow import Param, Rows
from rpa_agent.formats.rows import Row, read_rows, rows_in
from rpa_agent.formats.sheets import read_sheet

PARAMS = {
    "number": Param(), "amount": Param(type="decimal"), "due": Param(type="date", required=False),
    "count": Param(type="integer", required=False),
}
ROWS = Rows(file="x.csv", key="number", columns={"Betrag": "amount"})


def read(folder: Path, text: str | bytes, *, locale: str | None = None, rows: Rows = ROWS) -> tuple[Row, ...]:
    path = folder / "rows.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rows(path, rows=rows, params=PARAMS, locale=locale)


def refused(folder: Path, text: str | bytes, *, locale: str | None = None) -> str:
    with pytest.raises(ParamsInvalid) as caught:
        read(folder, text, locale=locale)
    return caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "Number;Betrag;Due\nA-1;1.234,50;31.12.2026\n\n;;\nA-2;7;01.02.2026\n",
        "\ufeffNumber,Betrag,Due\nA-1,\"1,234.50\",2026-12-31\n\n,,\nA-2,7.00,2026-02-01\n",
        "number\tBetrag\tDue\tNote\r\nA-1\t1234.50\t31.12.2026\tx\r\n\r\n\t\t\r\nA-2\t7\t01.02.2026\r\n",
    ],
)
def test_every_spreadsheets_csv_is_read_as_the_same_rows(tmp_path: Path, text: str) -> None:
    """Delimiter, BOM, decimal comma and date order are found; empty rows are skipped and still counted."""
    first, second = read(tmp_path, text)
    assert (first.number, first.key, first.values["amount"], first.values["due"]) == (2, "A-1", "1234.5", "2026-12-31")
    assert (second.number, second.values["due"]) == (5, "2026-02-01")
    assert float(second.values["amount"]) == 7


def test_a_number_with_two_meanings_is_refused_until_the_locale_decides(tmp_path: Path) -> None:
    """`1.234` alone may be a thousand: a question is better than a wrong amount."""
    text = "number;Betrag\nA-1;1.234\n"
    assert refused(tmp_path, text) == "row 2, column 'Betrag': '1.234' can mean 1.234 or 1234"
    assert read(tmp_path, text, locale="de_DE")[0].values["amount"] == "1234"
    assert read(tmp_path, text, locale="en_US")[0].values["amount"] == "1.234"


def test_another_cell_of_the_column_can_settle_the_doubt(tmp_path: Path) -> None:
    """One column has one way of writing."""
    rows = read(tmp_path, "number;Betrag;Due\nA-1;1.234;03/04/2026\nA-2;0,50;31/12/2026\n")
    assert [r.values["amount"] for r in rows] == ["1234", "0.5"]
    assert rows[0].values["due"] == "2026-04-03"


def test_a_column_in_two_ways_of_writing_is_refused(tmp_path: Path) -> None:
    """Row and column are named."""
    message = refused(tmp_path, "number;Betrag\nA-1;1.234,50\nA-2;1,234.50\n")
    assert message == "row 3, column 'Betrag': '1,234.50' is written unlike the rows before"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("number;Betrag\nA-1;abc\n", "row 2, column 'Betrag': 'abc' is not a number"),
        ("number;Betrag;Due\nA-1;1,50;soon\n", "row 2, column 'Due': 'soon' is not a date"),
        ("number;Betrag;count\nA-1;1,50;1,5\n", "row 2, column 'count': '1,5' is not a number"),
        ("number;Betrag\n;1,50\n", "row 2: the key 'number' is empty"),
        ("number;Betrag\nA;1,50\nB;2,50\nA;3,50\n", "row 4: number 'A' stands in row 2 already"),
        ("number;Summe\nA;1\n", "there is no column 'Betrag'; there are: number, Summe"),
        ("Betrag;betrag;Betrag\n1;2;3\n", "the column 'Betrag' stands there twice"),
        ("Betrag;Due\n1,50;31.12.2026\n", "no column holds the key 'number'"),
        ("number;Betrag;Due\nA;1,50;31.12.2026;x\n", "row 2 has 4 cells, the header has 3"),
        ('number;Betrag\nA;"1,50\n', "this is not a CSV table"),
        (b"number;Betrag\nA\x81;1\n", "row 2 is not cp1252 text"),
        (b"PK\x03\x04rest", "the workbook is damaged"),
        (b"\xd0\xcf\x11\xe0rest", "save it as .xlsx without a password"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(tmp_path: Path, text: str | bytes, words: str) -> None:
    """As the spreadsheet counts them."""
    assert words in refused(tmp_path, text)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """A clerk corrects a file once, not once per cell; what is too much to read is counted."""
    told = refused(tmp_path, "number;Betrag;Due\nA;abc;soon\nA;1,50;31.12.2026;x\n;2,50;\n").splitlines()
    assert told[0] == "5 things are wrong:"
    assert [line.strip() for line in told[1:]] == [
        "row 2, column 'Betrag': 'abc' is not a number",
        "row 2, column 'Due': 'soon' is not a date",
        "row 3 has 4 cells, the header has 3",
        "row 3: number 'A' stands in row 2 already",
        "row 4: the key 'number' is empty",
    ]
    many = refused(tmp_path, "number;Betrag\n" + "".join(f"A{n};x\n" for n in range(50))).splitlines()
    assert (many[0], len(many), many[-1].strip()) == ("50 things are wrong:", 22, "and 30 more")


def test_what_every_row_needs_is_asked_for_before_the_first_runs(tmp_path: Path) -> None:
    """An empty cell is named; a column that is not there is said once, not once per row."""
    path = tmp_path / "rows.csv"
    path.write_text("number;Betrag\nA;1,50\nB;\nC;\n")
    params = {**PARAMS, "supplier": Param()}
    with pytest.raises(ParamsInvalid) as caught:
        rows_in(read_sheet(path, ROWS), rows=ROWS, params=params, given=())
    assert [line.strip() for line in caught.value.message.splitlines()[1:]] == [
        "no column holds 'supplier' (string), which every row needs; it is missing",
        "row 3, column 'Betrag' is empty; amount is missing",
        "row 4, column 'Betrag' is empty; amount is missing",
    ]
    path.write_text("number;Betrag\nA;1,50\n")
    assert rows_in(read_sheet(path, ROWS), rows=ROWS, params=params, given=("supplier",))


def test_a_batch_has_an_end(tmp_path: Path) -> None:
    """More rows than one batch takes are refused as a whole."""
    sheet = read_sheet(_written(tmp_path, "number;Betrag\nA;1\n"), ROWS)
    with pytest.raises(ParamsInvalid, match="100000 are the most"):
        rows_in(replace(sheet, rows=sheet.rows * 100_001), rows=ROWS, params=PARAMS)


def _written(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(text)
    return path


def test_a_missing_file_says_where_it_is_named(tmp_path: Path) -> None:
    """The remedy names the workflow's key and the option."""
    with pytest.raises(ParamsInvalid) as caught:
        read_rows(tmp_path / "none.csv", rows=ROWS, params=PARAMS)
    assert "--rows FILE" in caught.value.remedy


def test_what_windows_programs_write_is_read(tmp_path: Path) -> None:
    """Old exports are cp1252; another encoding can be named."""
    assert read(tmp_path, "number;Betrag\nMüller €;1,50\n".encode("cp1252"))[0].key == "Müller €"
    named = ROWS.model_copy(update={"encoding": "cp437"})
    assert read(tmp_path, "number;Betrag\nMüller;1,50\n".encode("cp437"), rows=named)[0].key == "Müller"
    with pytest.raises(ParamsInvalid, match="no encoding 'klingon'"):
        read(tmp_path, "x;y\n", rows=ROWS.model_copy(update={"encoding": "klingon"}))


def test_a_delimiter_that_is_named_counts(tmp_path: Path) -> None:
    """By the workflow, or by the line that Excel understands."""
    odd = "number~Betrag\nA;1~2,50\n"
    assert read(tmp_path, odd, rows=ROWS.model_copy(update={"delimiter": "~"}))[0].key == "A;1"
    (row,) = read(tmp_path, "sep=~\n" + odd)
    assert (row.number, row.key) == (3, "A;1")


def test_a_header_further_down_is_named_by_its_row(tmp_path: Path) -> None:
    """Exports often begin with a title."""
    below = ROWS.model_copy(update={"header": 3})
    (row,) = read(tmp_path, "Invoices of May\n\nnumber;Betrag\nA-1;2,50\n", rows=below)
    assert (row.number, row.values["amount"]) == (4, "2.5")


# ---- JSON lines -----------------------------------------------------------------------------------------------------


def lines(folder: Path, text: str) -> tuple[Row, ...]:
    path = folder / "rows.jsonl"
    path.write_text(text)
    return read_rows(path, rows=ROWS, params=PARAMS)


def test_json_lines_are_rows(tmp_path: Path) -> None:
    """Numbers are taken as written, to the last digit; null is an empty cell."""
    first, second = lines(
        tmp_path,
        '{"number": "A-1", "betrag": 0.10, "due": "2026-12-31"}\n\n{"number": 2, "betrag": 12345678901234567.89, "due": null}\n',
    )
    assert (first.number, first.values) == (1, {"number": "A-1", "amount": "0.1", "due": "2026-12-31"})
    assert (second.number, second.values) == (3, {"number": "2", "amount": "12345678901234567.89"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"number": "A-1"', "line 1 is not JSON"),
        ('{"number": "A"}\n[1]\n', "line 2 is no object"),
        ('{"number": "A", "betrag": [1]}\n', "line 1, 'betrag' holds a list or an object"),
        ('{"number": "A", "betrag": 1, "betrag": 2}\n', "line 1, 'betrag' stands there twice"),
        ('{"number": "A", "betrag": "viel"}\n', "line 1, 'betrag': 'viel' is not a number"),
        ("[" * 100_000, "line 1 is not JSON"),
    ],
)
def test_what_is_wrong_in_json_lines_is_named_by_line_and_name(tmp_path: Path, text: str, words: str) -> None:
    """As an editor counts them."""
    with pytest.raises(ParamsInvalid) as caught:
        lines(tmp_path, text)
    assert words in caught.value.message


# ---- workbooks ------------------------------------------------------------------------------------------------------


def workbook(folder: Path, *cells: tuple[str, object], merged: Sequence[str] = (), shown: dict[str, str] | None = None) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    for name, value in cells:
        sheet[name] = value
    for area in merged:
        sheet.merge_cells(area)
    for name, number_format in (shown or {}).items():
        sheet[name].number_format = number_format
    path = folder / "rows.xlsx"
    book.save(path)
    return path


HEADER = (("A1", "Number"), ("B1", "Betrag"), ("C1", "Due"))


def from_workbook(path: Path, rows: Rows = ROWS) -> tuple[Row, ...]:
    return read_rows(path, rows=rows, params=PARAMS)


def test_a_workbooks_numbers_and_dates_need_no_reading(tmp_path: Path) -> None:
    """Beside them, texts that look like numbers are read by column as in CSV."""
    first, second, third = from_workbook(
        workbook(
            tmp_path, *HEADER, ("A2", "A-1"), ("B2", 1234.5), ("C2", date(2026, 12, 31)),
            ("A3", "A-2"), ("B3", "1.234,50"), ("C3", "31.12.2026"), ("A5", "A-3"), ("B5", 0.1 + 0.2), ("C5", datetime(2026, 2, 1)),
        )
    )  # fmt: skip
    assert first.values == {"number": "A-1", "amount": "1234.5", "due": "2026-12-31"}
    assert second.values == {"number": "A-2", "amount": "1234.5", "due": "2026-12-31"}
    assert (third.number, third.values) == (5, {"number": "A-3", "amount": "0.3", "due": "2026-02-01"})


def test_a_codes_zeros_are_kept(tmp_path: Path) -> None:
    """Whether it is kept as text or as a number that is shown with them."""
    path = workbook(tmp_path, *HEADER, ("A2", "007"), ("B2", 1), ("A3", 42), ("B3", 1), shown={"A3": "00000"})
    assert [row.key for row in from_workbook(path)] == ["007", "00042"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([("A2", "A"), ("B2", "=1+1")], "cell B2 holds a formula without a value"),
        ([("A2", "A"), ("B2", "viel")], "cell B2 (column 'Betrag'): 'viel' is not a number"),
        ([("A2", "A"), ("B2", 1), ("C2", 45000)], "cell C2 (column 'Due'): '45000' is not a date"),
        ([("A2", "A"), ("B2", 1), ("C2", datetime(2026, 1, 2, 3, 4))], "cell C2 (column 'Due'): '2026-01-02 03:04:00' is not"),
        ([("A2", "A"), ("B2", "1.234")], "cell B2 (column 'Betrag'): '1.234' can mean"),
        ([("A2", "A"), ("A3", "A"), ("B2", 1), ("B3", 1)], "row 3: number 'A' stands in row 2 already"),
        ([("A2", "A"), ("B2", "#N/A")], "cell B2 holds the error #N/A"),
    ],
)
def test_what_is_wrong_in_a_workbook_is_named_by_its_cell(
    tmp_path: Path, cells: Sequence[tuple[str, object]], words: str
) -> None:
    """As the spreadsheet names it."""
    with pytest.raises(ParamsInvalid) as caught:
        from_workbook(workbook(tmp_path, *HEADER, *cells))
    assert words in caught.value.message


def test_a_header_over_two_rows_is_read_as_one(tmp_path: Path) -> None:
    """Cells merged downwards show how far it goes; a group's title comes before its columns'."""
    path = workbook(
        tmp_path, ("A1", "Number"), ("B1", "Total"), ("B2", "net"), ("C2", "gross"), ("A3", "A-1"), ("B3", 1), ("C3", 2),
        merged=("A1:A2", "B1:C1"),
    )  # fmt: skip
    (row,) = from_workbook(path, Rows(file="x", key="number", columns={"Total gross": "amount"}))
    assert row.values["amount"] == "2"


def test_a_header_merged_sideways_is_asked_about(tmp_path: Path) -> None:
    """Which row names every column cannot be guessed; the workflow can say it."""
    path = workbook(
        tmp_path, ("A1", "Invoices"), ("B1", "Total"), ("A2", "Number"), ("B2", "Betrag"), ("C2", "Due"), ("A3", "A-1"), ("B3", 1),
        merged=("B1:C1",),
    )  # fmt: skip
    with pytest.raises(ParamsInvalid, match="the header B1:C1 is merged over 2 columns"):
        from_workbook(path)
    (row,) = from_workbook(path, ROWS.model_copy(update={"header": 2}))
    assert row.values == {"number": "A-1", "amount": "1"}


def test_the_sheet_is_named_where_there_are_several(tmp_path: Path) -> None:
    """By its name or its place."""
    path = workbook(tmp_path, *HEADER, ("A2", "A-1"), ("B2", 1))
    book = load_workbook(path)
    second = book.create_sheet("Second")
    second.append(["number", "Betrag"])
    second.append(["B-1", 2])
    book.save(path)
    with pytest.raises(ParamsInvalid, match="several sheets: 'Sheet', 'Second'"):
        from_workbook(path)
    assert from_workbook(path, ROWS.model_copy(update={"sheet": "second"}))[0].key == "B-1"
    assert from_workbook(path, ROWS.model_copy(update={"sheet": 1}))[0].key == "A-1"
    with pytest.raises(ParamsInvalid, match="there is no sheet 3"):
        from_workbook(path, ROWS.model_copy(update={"sheet": 3}))


def test_a_workbook_cut_off_in_the_middle_is_refused(tmp_path: Path) -> None:
    """Whatever is left of it."""
    path = workbook(tmp_path, *HEADER, ("A2", "A-1"), ("B2", 1))
    whole = path.read_bytes()
    for part in (100, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:part])
        with pytest.raises(ParamsInvalid, match="the workbook is damaged"):
            from_workbook(path)
