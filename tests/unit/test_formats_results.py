"""What runs brought back, written as CSV, workbook or JSON: nothing lost, nothing that a spreadsheet would execute."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.workflow import Rows
from rpa_agent.formats.results import Became, ResultFile, free_path, write_outputs
from rpa_agent.formats.sheets import Sheet, read_sheet

GIVEN = "Nummer;Betrag;Notiz\nA-1;1.234,50;=x\nA-2;007;\n"
DONE = Became("succeeded", "", {"invoice": "INV-7"}, "r1")


def given(folder: Path, text: str = GIVEN) -> Sheet:
    path = folder / "in.csv"
    path.write_text(text)
    return read_sheet(path, Rows(file=str(path)))


def table(path: Path, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=delimiter))


def test_a_result_file_is_the_input_and_what_became_of_it(tmp_path: Path) -> None:
    """Cells stay as they were given, rows that were not begun say so."""
    results = ResultFile(tmp_path / "out.csv", given(tmp_path), ("invoice",))
    results.add(2, DONE)
    results.close()
    assert table(tmp_path / "out.csv") == [
        ["Nummer", "Betrag", "Notiz", "outcome", "reason", "invoice", "run"],
        ["A-1", "1.234,50", "'=x", "succeeded", "", "INV-7", "r1"],
        ["A-2", "007", "", "not_begun", "", "", ""],
    ]


def test_a_result_file_can_be_run_again(tmp_path: Path) -> None:
    """Its own columns are written anew, not twice."""
    first = tmp_path / "out.csv"
    results = ResultFile(first, given(tmp_path), ("invoice",))
    results.add(2, DONE)
    results.close()
    again = ResultFile(tmp_path / "again.csv", read_sheet(first, Rows(file="x")), ("invoice",))
    again.add(3, Became("failed", "the site was down", {}, "r2"))
    again.close()
    titles, first_row, second_row = table(tmp_path / "again.csv")
    assert titles == ["Nummer", "Betrag", "Notiz", "outcome", "reason", "invoice", "run"]
    assert first_row[3] == "not_begun"
    assert second_row[3:] == ["failed", "the site was down", "", "r2"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl", "json"])
def test_a_result_file_is_complete_at_any_moment(tmp_path: Path, ending: str) -> None:
    """Whoever opens it while the batch runs sees all rows."""
    out = tmp_path / f"out.{ending}"
    ResultFile(out, given(tmp_path), ()).add(2, DONE)
    if ending == "json":
        outcomes = [r["outcome"] for r in json.loads(out.read_text())]
    else:
        sheet = read_sheet(out, Rows(file="x"))
        outcomes = [cells[sheet.titles.index("outcome")] for _, cells in sheet.rows]
    assert outcomes == ["succeeded", "not_begun"]


def test_a_workbook_holds_texts_and_no_formulas(tmp_path: Path) -> None:
    """A code keeps its zeros; what a page said is not calculated; letters that no workbook can hold are left out."""
    out = tmp_path / "out.xlsx"
    write_outputs(out, {"code": "007", "said": "=HYPERLINK(1)\x07", "rows": [{"a": "1"}, {"a": "2", "b": "-3"}]})
    book = load_workbook(out)
    assert book.sheetnames == ["outputs", "rows"]
    assert [[(c.value, c.data_type) for c in row] for row in book["outputs"].iter_rows()] == [
        [("code", "s"), ("said", "s")],
        [("007", "s"), ("=HYPERLINK(1)", "s")],
    ]
    assert [[c.value for c in row] for row in book["rows"].iter_rows()] == [["a", "b"], ["1", None], ["2", "-3"]]


@pytest.mark.parametrize(
    ("text", "written"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("+49 30 1", "+49 30 1"), ("-12,50", "-12,50"), ("-2+cmd", "'-2+cmd"), ("plain", "plain")],
)
def test_a_spreadsheet_does_not_execute_what_a_page_said(tmp_path: Path, text: str, written: str) -> None:
    """Signed numbers stay numbers."""
    write_outputs(tmp_path / "out.csv", {"said": text})
    assert table(tmp_path / "out.csv", ",")[1] == [written]


def test_a_table_becomes_its_records(tmp_path: Path) -> None:
    """One table fills a CSV file; JSON takes everything as it is."""
    write_outputs(tmp_path / "out.csv", {"rows": [{"number": "1", "net": "2.50"}]})
    assert table(tmp_path / "out.csv", ",") == [["number", "net"], ["1", "2.50"]]
    outputs = {"id": "7", "rows": [{"number": "1"}]}
    write_outputs(tmp_path / "out.json", outputs)
    assert json.loads((tmp_path / "out.json").read_text()) == outputs


def test_what_a_file_cannot_hold_is_said(tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(UsageInvalid, match="cannot hold id and rows together"):
        write_outputs(tmp_path / "out.csv", {"id": "7", "rows": [{"number": "1"}]})
    with pytest.raises(UsageInvalid, match=r"cannot be written as '.pdf'"):
        write_outputs(tmp_path / "out.pdf", {"id": "7"})
    assert not list(tmp_path.iterdir())


def test_results_are_never_written_over(tmp_path: Path) -> None:
    """A second file of the same day gets a number."""
    (tmp_path / "day.csv").touch()
    (tmp_path / "day-2.csv").touch()
    assert free_path(tmp_path / "day.csv").name == "day-3.csv"
    assert free_path(tmp_path / "other.csv").name == "other.csv"
