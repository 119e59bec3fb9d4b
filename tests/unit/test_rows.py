"""Rows of a batch from CSV: every way of writing is read once and the same, and doubt is a refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.workflow import Param, Rows
from rpa_agent.store.rows import Row, read_rows_csv

PARAMS = {
    "number": Param(), "amount": Param(type="decimal"), "due": Param(type="date", required=False),
    "count": Param(type="integer", required=False),
}
ROWS = Rows(file="x.csv", key="number", columns={"Betrag": "amount"})


def read(folder: Path, text: str | bytes, *, locale: str | None = None, rows: Rows = ROWS) -> tuple[Row, ...]:
    path = folder / "rows.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rows_csv(path, rows=rows, params=PARAMS, locale=locale)


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
        (b"number;Betrag\nM\xfcller;1\n", "row 2 is not UTF-8 text"),
        (b"PK\x03\x04rest", "this is a workbook"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(tmp_path: Path, text: str | bytes, words: str) -> None:
    """As the spreadsheet counts them."""
    assert words in refused(tmp_path, text)


def test_a_missing_file_says_where_it_is_named(tmp_path: Path) -> None:
    """The remedy names the workflow's key and the option."""
    with pytest.raises(ParamsInvalid) as caught:
        read_rows_csv(tmp_path / "none.csv", rows=ROWS, params=PARAMS)
    assert "--rows FILE" in caught.value.remedy
