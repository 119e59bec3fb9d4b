"""A demonstration of two records: one procedure, a row file, and a batch that does each record once."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shell import Shell

from fixtures.backoffice import Backoffice
from fixtures.demonstrations.enter_two_invoices import FIRST, SECOND
from rpa_agent.cli.border import run_command

SCRIPTS = Path(__file__).parents[2] / "fixtures" / "demonstrations"
LAST = "RE-26406"  # on the last page of the approvals


class Desk:
    """An empty project at the practice site."""

    def __init__(self, folder: Path, site: Backoffice, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.site = folder, site
        self.rpa = Shell(folder, capsys)

    def show(self, script: str) -> str:
        """Record a demonstration; return the workflow's name."""
        name = script.replace("_", "-")
        args = ["--url", f"{self.site.base_url}/", "--site", "backoffice", "--script", str(SCRIPTS / f"{script}.py")]
        args += ["--secrets-to", str(self.folder / "secrets.env"), "--project", str(self.folder)]
        assert run_command(["record", name, *args]) == 0
        return name

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "data" / f"{name}.rows.csv").open(encoding="utf-8", newline="") as f:
            return list(csv.DictReader(f))

    def add_row(self, name: str, **values: str) -> None:
        path = self.folder / "data" / f"{name}.rows.csv"
        columns = list(self.rows(name)[0])
        with path.open("a", encoding="utf-8", newline="") as f:
            csv.DictWriter(f, columns, restval="", lineterminator="\n").writerow(values)

    def run_rows(self, name: str) -> dict[str, Any]:
        """Run all rows; return the summary."""
        code, summary = self.rpa.json("run", name, "--env-file", str(self.folder / "secrets.env"))
        assert (code, summary.get("summary")) == (0, True), (self.rpa.out, self.rpa.err)
        return dict(summary)


@pytest.fixture
def desk(project: Path, backoffice: Backoffice, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    desk = Desk(project, backoffice, capsys)
    yield desk
    desk.rpa.close()


def test_two_approvals_are_two_rows_that_are_done_and_a_third_is_done_once(desk: Desk) -> None:
    """What was shown is not approved again by the batch; a record from the last page is found there."""
    name = desk.show("approve_two_invoices")
    shown = [row["invoice_number"] for row in desk.rows(name)]
    assert len(set(shown)) == 2
    assert [desk.site.count("invoice.approve", number) for number in shown] == [1, 1]

    desk.add_row(name, invoice_number=LAST)
    summary = desk.run_rows(name)
    assert (summary["rows"], summary["by_outcome"]) == (3, {"succeeded": 3})
    assert [desk.site.count("invoice.approve", number) for number in (*shown, LAST)] == [1, 1, 1]
    assert desk.site.count("invoice.approve") == 3


def test_two_invoices_entered_in_two_ways_are_one_procedure_with_a_note_that_may_be_left_out(desk: Desk) -> None:
    """Neither is entered again; a third without a note is entered with its own values."""
    name = desk.show("enter_two_invoices")
    rows = desk.rows(name)
    assert [(r["invoice_number"], r["note"]) for r in rows] == [(FIRST[1], ""), (SECOND[1], "ask Kim")]
    desk.add_row(name, **{**rows[0], "invoice_number": "RE-20419", "amount": "5.75"})
    assert desk.run_rows(name)["by_outcome"] == {"succeeded": 3}
    assert desk.site.count("invoice.create") == 3
    entered = next(e for e in desk.site.truth()["effects"] if e["key"] == "RE-20419")
    assert (entered["data"]["amount"], entered["data"]["note"]) == ("5.75", "")
