"""Serving for real: due times enter invoices on the practice site, and what goes wrong is told and loses nothing."""

from __future__ import annotations

import json
import signal
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from shell import NAME, Shell, become_due

from fixtures.backoffice import Backoffice

FAR_WEST = "Pacific/Pago_Pago"      # it is still yesterday there when a new day begins in UTC


def due(rpa: Shell, **rule: object) -> datetime:
    """Give the workflow a schedule that became due at the last midnight UTC; return that moment."""
    return become_due(rpa.project, rule)


def serve_once(rpa: Shell, *args: str, secrets: bool = True) -> int:
    login = ["--env-file", str(rpa.project / "secrets.env")] if secrets else []
    return rpa("serve", "--once", *login, *args)


def test_a_due_time_is_run_once_with_its_original_date(rpa: Shell, backoffice: Backoffice) -> None:
    """`{{ today }}` is the schedule's own day, not the clock's; the next look finds nothing left to do."""
    midnight = due(rpa, timezone=FAR_WEST)
    examples = rpa.project / "data" / f"{NAME}.examples.yaml"
    lines = [line for line in examples.read_text().splitlines() if not line.startswith("invoice_date")]
    examples.write_text("\n".join(lines) + "\n")
    workflow = rpa.project / "workflows" / f"{NAME}.yaml"
    workflow.write_text(workflow.read_text().replace("  invoice_date:", "  invoice_date:\n    default: '{{ today }}'"))

    assert serve_once(rpa) == 0, rpa.err
    assert "is done" in rpa.out
    (effect,) = [e for e in backoffice.truth()["effects"] if e["kind"] == "invoice.create"]
    assert effect["count"] == 1
    assert effect["data"]["invoice_date"] == midnight.astimezone(ZoneInfo(FAR_WEST)).date().isoformat()

    assert serve_once(rpa) == 0
    assert "Nothing is due." in rpa.err
    assert backoffice.count("invoice.create") == 1
    (run, _) = rpa.items("runs", NAME)
    assert (run["outcome"], run["sent"], bool(run["occurrence"])) == ("succeeded", "sent", True)


def test_rows_of_a_file_are_worked_off_and_not_repeated(rpa: Shell, backoffice: Backoffice) -> None:
    """Each row is one run; a due time later finds them done and sends nothing."""
    header = "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
    row = "Müller Transporte GmbH;{};2026-11-03;2026-12-03;{};USD;4000 IT and telephony\n"
    (rpa.project / "data" / "desk.csv").write_text(header + row.format("S-1", "10,50") + row.format("S-2", "20,75"))
    rpa.edit(rows={"file": "data/desk.csv", "key": "invoice_number"}, locale="de_DE")
    due(rpa, examples=False)
    assert serve_once(rpa) == 0, rpa.err
    assert "2 rows: 2 succeeded" in rpa.out
    due(rpa, examples=False, grace="2d", params={"currency": "USD"})      # another rule, so another due time
    assert serve_once(rpa) == 0, rpa.err
    assert "was not sent again" in rpa.out
    assert {key: backoffice.count("invoice.create", key) for key in ("S-1", "S-2")} == {"S-1": 1, "S-2": 1}


def test_what_a_person_must_put_right_waits_and_is_done_later(rpa: Shell, backoffice: Backoffice) -> None:
    """A missing secret sends nothing and is in the inbox; once decided, the same due time is done."""
    due(rpa)
    assert serve_once(rpa, secrets=False) == 4
    (item,) = rpa.items("inbox")
    assert "secret" in item["reason"] and "RPA_SECRET_" in item["reason"]
    assert backoffice.truth()["requests"] == []
    (told, *_) = [i for i in rpa.items("today") if i["part"] == "waits"]
    assert told["run"] == item["run"]

    assert rpa("resolve", item["run"], "--retry", "--reason", "the secret is there now", "--who", "Ada") == 0
    assert serve_once(rpa) == 0, rpa.err
    assert backoffice.count("invoice.create") == 1
    assert rpa.items("inbox") == []


def test_a_site_that_is_down_ends_the_due_time_only(rpa: Shell, backoffice: Backoffice) -> None:
    """Nobody has to decide anything: it is tried again by policy; when no try is left the day's report says that nothing
    was sent."""
    due(rpa)
    backoffice.configure(down=True)
    assert serve_once(rpa) == 5
    (coming,) = [i for i in rpa.items("today") if i["part"] == "coming" and "tried again" in i["words"]]
    assert "does not answer" in coming["words"]
    assert serve_once(rpa) == 0 and "Nothing is due." in rpa.err, "not before its pause is over"

    rpa.edit(retries={"technical": 1, "backoff": ["0s"]})
    due(rpa, params={"currency": "USD"})      # another rule, so another due time
    assert serve_once(rpa) == 5
    assert len(rpa.items("runs", NAME)) == 4, "shown, tried once, and twice where the second try is the last"
    assert rpa.items("inbox") == []
    (ran,) = [i for i in rpa.items("today") if i["part"] == "ran" and i["outcome"] == "failed"]
    assert "Nothing was sent" in ran["words"] and "does not answer" in ran["words"]
    assert backoffice.count("invoice.create") == 0


def test_a_workflow_file_that_is_not_valid_does_not_stop_the_others(rpa: Shell, backoffice: Backoffice) -> None:
    """It is named with its problem and left out."""
    due(rpa)
    (rpa.project / "workflows" / "broken.yaml").write_text("name: broken\nschedul: [\n")
    assert serve_once(rpa) == 0, rpa.err
    assert "broken.yaml" in rpa.err
    assert all(json.loads(line)["level"] for line in rpa.err.splitlines()), "no terminal: what it says is JSON, a line each"
    assert backoffice.count("invoice.create") == 1


def test_asked_to_end_it_finishes_what_is_running(rpa: Shell, backoffice: Backoffice) -> None:
    """SIGTERM in the middle of a run: the run ends well, then the service does."""
    due(rpa)
    backoffice.configure(lag_ms=100)
    service = rpa.start("serve", "--env-file", str(rpa.project / "secrets.env"), "--json")
    service.until(lambda: any(r["path"] == "/login" for r in backoffice.truth()["requests"]))
    service.signal(signal.SIGTERM)
    code, out, err = service.end()
    assert code == 0, err
    assert '"outcome": "succeeded"' in out
    assert "finished" in err
    assert backoffice.count("invoice.create") == 1
    assert next(i for i in rpa.items("today") if i["part"] == "ran" and i["outcome"] == "succeeded")


@pytest.mark.parametrize("args", [["--parallel", "0"], ["--env-file", "nowhere.env"]])
def test_wrong_options_are_refused_before_anything_is_opened(rpa: Shell, args: list[str], tmp_path: Path) -> None:
    """A usage error or a missing file is told with its exit code."""
    state = tmp_path / "state"
    assert rpa("serve", "--once", "--state", str(state), *args) in {2, 3}
    assert not state.exists()
    assert rpa.err.startswith("rpa: ")
