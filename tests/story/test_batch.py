"""A file of invoices on the practice site: killed, refused, slow and given twice, every invoice is entered once."""

from __future__ import annotations

import csv
import json
import resource
import signal
from typing import Any

import pytest
from shell import NAME, Shell

from fixtures.backoffice import Backoffice

HEADER = "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
ROW = "Müller Transporte GmbH;{};2026-11-03;2026-12-03;{};USD;4000 IT and telephony\n"
SIX = [f"B-{n}" for n in range(1, 7)]


@pytest.fixture
def desk(rpa: Shell) -> Shell:
    """The project with six invoices on the desk."""
    rpa.edit(rows={"file": "data/desk.csv", "key": "invoice_number"}, locale="de_DE")
    lay(rpa, *SIX)
    return rpa


def lay(rpa: Shell, *numbers: str) -> None:
    lines = [ROW.format(number, f"1{n},50") for n, number in enumerate(numbers)]
    (rpa.project / "data" / "desk.csv").write_text(HEADER + "".join(lines))


def entered(site: Backoffice, *numbers: str) -> list[int]:
    return [site.count("invoice.create", number) for number in numbers]


def results(rpa: Shell) -> list[dict[str, str]]:
    (path,) = (rpa.project / ".rpa" / "results").iterdir()
    with path.open(encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f, delimiter=";"))


def test_killed_in_the_middle_and_given_again_every_invoice_is_entered_once(desk: Shell, backoffice: Backoffice) -> None:
    """The result file is whole at any moment; what may have arrived waits for a person, all else is done."""
    backoffice.configure(lag_ms=30)
    seen: list[list[str]] = []

    def third_is_there() -> bool:
        folder = desk.project / ".rpa" / "results"
        if folder.exists() and any(not p.name.startswith(".") for p in folder.iterdir()):
            path = next(p for p in folder.iterdir() if not p.name.startswith("."))
            with path.open(encoding="utf-8-sig", newline="") as f:
                rows = list(csv.DictReader(f, delimiter=";"))
            assert [row["invoice_number"] for row in rows] == SIX
            seen.append([row["outcome"] for row in rows])
        return backoffice.count("invoice.create") >= 3

    process = desk.start("run", NAME, "--env-file", str(desk.project / "secrets.env"), "--json")
    process.until(third_is_there)
    process.signal(signal.SIGKILL, group=True)
    process.end()
    assert any("succeeded" in outcomes and "not_begun" in outcomes for outcomes in seen)

    code, summary = desk.run()
    assert entered(backoffice, *SIX) == [1] * 6, summary
    assert "going on with batch" in desk.err
    assert sum(summary["by_outcome"].values()) == summary["rows"] == 6
    assert summary["by_outcome"].get("succeeded", 0) >= 5, summary
    if code == 4:       # the third had left, and nobody had heard the answer
        (row,) = [r for r in desk.json("show", summary["batch"])[1]["items"] if r["state"] == "parked"]
        assert desk("resolve", row["run"], "--done-by-hand", "--reason", "it is there", "--who", "Ada") == 0
        code, summary = desk.run()
    assert (code, summary["by_outcome"]) == (0, {"succeeded": 6})
    assert entered(backoffice, *SIX) == [1] * 6
    assert {row["outcome"] for row in results(desk)} == {"succeeded"}


def test_asked_to_end_it_says_how_far_it_is(desk: Shell, backoffice: Backoffice) -> None:
    """SIGTERM closes the row at hand; the same file goes on in the same result file."""
    lay(desk, *SIX[:3])
    backoffice.configure(lag_ms=60)
    process = desk.start("run", NAME, "--env-file", str(desk.project / "secrets.env"))
    process.until(lambda: backoffice.count("invoice.create") == 1 and backoffice.count("login.ok") == 2)
    process.signal(signal.SIGTERM)
    code, out, err = process.end()
    assert code == 130, err
    assert "1 of 3 rows are done" in err and f"`rpa run {NAME}` goes on there" in err
    assert "3 rows: 1 succeeded" in out
    backoffice.configure(lag_ms=0)
    code, summary = desk.run()
    assert (code, summary["by_outcome"]) == (0, {"succeeded": 3})
    assert entered(backoffice, *SIX[:3]) == [1] * 3
    assert [row["outcome"] for row in results(desk)] == ["succeeded"] * 3
    assert desk("show", summary["batch"]) == 0 and "3 rows: 3 succeeded" in desk.out
    again = desk.project / "again.jsonl"
    assert desk("show", summary["batch"], "--results", str(again)) == 0
    assert [json.loads(line)["invoice_number"] for line in again.read_text().splitlines()] == SIX[:3]


def test_a_row_that_the_site_refuses_and_one_that_waits_stop_nobody(desk: Shell, backoffice: Backoffice) -> None:
    """Refusals are counted apart and not tried again; each row is one line of JSON, then the totals."""
    desk.edit(
        exceptions=[{"name": "duplicate", "when": {"visible": "*already exists*"}, "then": "skip_row"}],
        retries={"technical": 2, "backoff": ["0s"]},
    )
    there = "2025/0103"     # this supplier's invoice is in the site's first data
    lay(desk, "B-1")
    assert desk.run()[0] == 0
    lay(desk, there, "B-2", "B-3")
    code, summary = desk.run()
    lines: list[dict[str, Any]] = [json.loads(line) for line in desk.out.splitlines()]
    assert (code, summary["by_outcome"]) == (1, {"business_exception": 1, "succeeded": 2})
    assert [(line["row"], line["key"], line["outcome"]) for line in lines[:-1]] == [
        (2, there, "business_exception"), (3, "B-2", "succeeded"), (4, "B-3", "succeeded"),
    ]  # fmt: skip
    assert entered(backoffice, "B-2", "B-3") == [1, 1]
    assert "the file has changed: new: rows 2, 3, 4" in desk.err



def test_a_full_disk_sends_nothing_that_cannot_be_journaled(desk: Shell, backoffice: Backoffice) -> None:
    """The batch ends and says so; with space again it goes on, and every invoice is entered once."""
    lay(desk, *SIX[:3])
    backoffice.configure(lag_ms=20)
    process = desk.start("run", NAME, "--env-file", str(desk.project / "secrets.env"), "--json")
    process.until(lambda: backoffice.count("invoice.create") >= 1)
    log = desk.project / ".rpa" / "runs.db-wal"
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, resource.RLIM_INFINITY))
    code, out, err = process.end()
    error = json.loads(out.splitlines()[-1])["error"]
    assert (code, error["code"]) == (5, "store"), err
    assert "disk" in error["message"]
    assert sum(entered(backoffice, *SIX[:3])) < 3

    code, summary = desk.run()
    assert entered(backoffice, *SIX[:3]) == [1] * 3, "what was sent was known, what was not is sent now"
    assert summary["by_outcome"].get("needs_person", 0) <= 1, summary
