"""A person watches a recorded workflow: each commit is theirs to allow, and silence allows nothing."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shell import NAME, Shell

from fixtures.backoffice import Backoffice

ROWS = (
    "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
    "Müller Transporte GmbH;W-1;2026-11-03;2026-12-03;11,50;USD;4000 IT and telephony\n"
    "Müller Transporte GmbH;W-2;2026-11-03;2026-12-03;12,50;USD;4000 IT and telephony\n"
    "Müller Transporte GmbH;W-3;2026-11-03;2026-12-03;13,50;USD;4000 IT and telephony\n"
)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What is piped as the answers, line by line."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def watched(rpa: Shell, *args: str) -> tuple[int, list[dict[str, Any]]]:
    """Run under supervision; return the exit code and what stdout holds, which is JSON and nothing else."""
    code = rpa("run", NAME, "--env-file", str(rpa.project / "secrets.env"), "--supervised", "--json", *args)
    return code, [json.loads(line) for line in rpa.out.splitlines()]


def test_yes_sends_and_the_person_saw_what_the_page_held(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]
) -> None:
    """Each value stands beside what its field shows, as the site writes it; no secret is told."""
    says("perhaps\nyes\n")
    code, (answer,) = watched(rpa, "--examples", "--param", "invoice_number=W-7", "--param", "amount=1234.50")
    assert (code, answer["outcome"], answer["sent"]) == (0, "succeeded", "sent")
    assert backoffice.count("invoice.create", "W-7") == 1
    assert "W-7  |  the page shows W-7" in rpa.err
    assert "Write yes, skip or stop." in rpa.err
    assert "backoffice" not in rpa.err.casefold()
    kept = rpa.json("show", answer["run"])[1]
    (commit,) = kept["commits"]
    evidence = commit["evidence"]
    assert "W-7" in evidence["values"].values() and "1.234,50" in evidence["values"].values()
    assert [r.split(": ")[1] for r in evidence["requests"]] == ["answered 3xx"]
    assert all((Path(kept["artifacts"]) / evidence[name]).stat().st_size > 1000 for name in ("before", "after"))
    (entry,) = kept["journal"]
    assert entry["receipt"]["request"] == evidence["requests"][0] and "W-7" in entry["receipt"]["values"]


@pytest.mark.parametrize(("answers", "left_out"), [("skip\n", True), ("stop\n", False), ("", False)])
def test_skip_stop_and_silence_send_nothing(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None], answers: str, left_out: bool
) -> None:
    """The run is kept as cancelled, its key stays free, and the next run does the work."""
    says(answers)
    code, (answer,) = watched(rpa, "--examples")
    assert (code, answer["outcome"], answer["sent"]) == (130, "cancelled", "nothing")
    assert ("left out" in answer["stopped"]) is left_out
    assert (backoffice.count("invoice.create"), rpa.items("inbox")) == (0, [])
    assert rpa.run("--examples")[0] == 0
    assert backoffice.count("invoice.create") == 1


def test_rows_are_asked_for_one_by_one(rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]) -> None:
    """A row that is left out keeps its place for the next run; stop ends the batch where it is."""
    (rpa.project / "data" / "desk.csv").write_text(ROWS)
    rpa.edit(rows={"file": "data/desk.csv", "key": "invoice_number"}, locale="de_DE")
    says("yes\nskip\nyes\n")
    code, (*lines, summary) = watched(rpa)
    assert (code, [line["outcome"] for line in lines]) == (1, ["succeeded", "cancelled", "succeeded"])
    assert summary["by_outcome"] == {"succeeded": 2, "pending": 1}
    assert [backoffice.count("invoice.create", f"W-{n}") for n in (1, 2, 3)] == [1, 0, 1]
    says("stop\n")
    assert watched(rpa)[0] == 130
    says("yes\n")
    code, (*lines, summary) = watched(rpa)
    assert (code, [line["key"] for line in lines], summary["by_outcome"]) == (0, ["W-2"], {"succeeded": 3})
    assert [backoffice.count("invoice.create", f"W-{n}") for n in (1, 2, 3)] == [1, 1, 1]


def test_where_nobody_can_answer_nothing_begins(
    rpa: Shell, backoffice: Backoffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a scheduler there is no terminal: refused before a browser is opened."""
    with Path("/dev/null").open() as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        code, (answer,) = watched(rpa, "--examples")
    assert (code, answer["error"]["code"]) == (2, "usage")
    assert "pipe the answers" in answer["error"]["do"]
    assert backoffice.truth()["requests"] == []
