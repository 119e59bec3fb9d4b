"""A workflow that logs in by itself: a refused password is typed once, whatever comes after it."""

from __future__ import annotations

import signal

import psutil
import pytest
from shell import NAME, Process, Shell

from fixtures.backoffice import PASSWORD, Backoffice

HEADER = "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
ROW = "Müller Transporte GmbH;{};2026-11-03;2026-12-03;10,50;USD;4000 IT and telephony\n"


def attempts(site: Backoffice) -> list[str]:
    return [one["outcome"] for one in site.truth()["sign_ins"]]


def test_a_refused_password_is_typed_once_for_all_rows_and_runs(rpa: Shell, backoffice: Backoffice) -> None:
    """The batch stops, the next run types nothing, and the right password is used by itself."""
    login = rpa.project / "secrets.env"
    right = login.read_text("utf-8")
    login.write_text(right.replace(PASSWORD, "hunter2"), "utf-8")
    (rpa.project / "data" / "desk.csv").write_text(HEADER + "".join(ROW.format(f"L-{n}") for n in range(4)), "utf-8")
    rpa.edit(rows={"file": "data/desk.csv", "key": "invoice_number"}, locale="de_DE")
    assert rpa("run", NAME, "--env-file", str(login)) == 4, rpa.err
    assert attempts(backoffice) == ["wrong-password"]
    assert "stopped because" in rpa.out + rpa.err and "refused" in rpa.out + rpa.err
    code, told = rpa.run("--examples")
    assert (code, told["error"]["code"], attempts(backoffice)) == (4, "login", ["wrong-password"])
    assert "nothing was typed" in told["error"]["message"] and "rpa secret set" in told["error"]["do"]
    login.write_text(right, "utf-8")
    assert rpa("run", NAME, "--env-file", str(login)) == 0, (rpa.out, rpa.err)
    assert attempts(backoffice)[1:] == ["accepted"] * 4
    assert [backoffice.count("invoice.create", f"L-{n}") for n in range(4)] == [1] * 4


def test_a_person_says_that_it_may_be_tried_again(rpa: Shell, backoffice: Backoffice) -> None:
    """The password was right all along, and the site wrong."""
    backoffice.configure(password="of-last-night")
    assert rpa.run("--examples", "--param", "invoice_number=L-9")[0] == 4
    backoffice.configure(password=PASSWORD)
    number = ("--param", "invoice_number=L-9")
    assert rpa.run("--examples", *number)[0] == 4
    (first, *_) = rpa.items("inbox")
    assert "refused" in first["reason"]
    assert rpa("resolve", first["run"], "--retry", "--reason", "the site had the old one", "--who", "Ada") == 0
    code, told = rpa.run("--examples", *number)
    assert (code, told["outcome"], attempts(backoffice)) == (0, "succeeded", ["wrong-password", "accepted"]), rpa.err


def test_two_runs_at_once_type_a_wrong_password_once(
    rpa: Shell, backoffice: Backoffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both stand before the login when nothing is refused yet: one types, the other waits for the answer and types nothing."""
    login = rpa.project / "secrets.env"
    login.write_text(login.read_text("utf-8").replace(PASSWORD, "hunter2"), "utf-8")
    monkeypatch.setenv("RPA_CRASH_AT", "opened:1:stop")
    given = ("run", NAME, "--env-file", str(login), "--examples")
    runs = [rpa.start(*given, "--param", f"invoice_number=L-{n}") for n in range(2)]
    for run in runs:
        run.until(lambda run=run: stands_still(run))  # type: ignore[misc]
    for run in runs:
        run.signal(signal.SIGCONT)
    said = [run.end() for run in runs]
    assert ([code for code, _, _ in said], attempts(backoffice)) == ([4, 4], ["wrong-password"]), said
    assert sorted("nothing was typed" in out + err for _, out, err in said) == [False, True], said


def stands_still(run: Process) -> bool:
    return bool(psutil.Process(run.pid).status() == psutil.STATUS_STOPPED)
