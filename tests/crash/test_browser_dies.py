"""A browser that does not start or dies, and a run that is interrupted: closed in runs.db, never sent twice."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from shell import NAME, Process, Shell

from fixtures.backoffice import Backoffice

ONCE = [{"name": "save-new-invoice", "once": {"key": ["invoice_number"], "per": "ever"}}]
NUMBER = "N-7"


def started(rpa: Shell) -> Process:
    login = ["--env-file", str(rpa.project / "secrets.env")]
    return rpa.start("run", NAME, "--examples", "--param", f"invoice_number={NUMBER}", "--json", *login)


def again(rpa: Shell) -> tuple[int, dict[str, Any]]:
    return rpa.run("--examples", "--param", f"invoice_number={NUMBER}")


def journal(rpa: Shell) -> list[str]:
    """Return the states of all commits but the demonstration's."""
    with closing(sqlite3.connect(rpa.project / ".rpa" / "runs.db")) as db:
        sql = "SELECT state FROM journal WHERE receipt NOT LIKE '%demonstration%' OR receipt IS NULL"
        return [state for (state,) in db.execute(sql)]


def kill_browser(process: Process) -> None:
    (browser,) = process.browsers()
    browser.kill()


def logged_in(site: Backoffice) -> bool:
    return bool(site.count("login.ok"))


def entered(site: Backoffice) -> int:
    return site.count("invoice.create", NUMBER)


# ---- it does not start -----------------------------------------------------------------------------------------------


def no_browser(folder: Path) -> Path:
    """A program that takes the arguments and never becomes a browser."""
    path = folder / "browser"
    path.write_text("#!/bin/sh\necho this is no browser >&2\nexit 3\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("browser", "code"),
    [
        ("/nowhere/chromium", "browser_missing"),
        ("a folder", "browser_missing"),
        ("no permission", "browser_missing"),
        ("/bin/false", "browser"),
        ("exits at once", "browser"),
    ],
)
def test_a_browser_that_cannot_start_is_told(
    rpa: Shell, backoffice: Backoffice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, browser: str, code: str
) -> None:
    """Exit 5, what to do, nothing sent, and the run is closed."""
    program = no_browser(tmp_path)
    match browser:
        case "a folder":
            browser = str(tmp_path)
        case "no permission":
            program.chmod(0o644)
            browser = str(program)
        case "exits at once":
            browser = str(program)
    monkeypatch.setenv("RPA_BROWSER", browser)
    exit_code, answer = rpa.run("--examples")
    assert (exit_code, answer["error"]["code"]) == (5, code)
    assert browser in answer["error"]["message"] and "RPA_BROWSER" in answer["error"]["do"]
    assert "Traceback" not in rpa.err
    last = rpa.items("runs")[0]
    assert (last["outcome"], last["fault"], last["sent"], last["state"]) == (
        "failed",
        "infrastructure",
        "nothing",
        "ended",
    )
    assert backoffice.truth()["requests"] == []


# ---- it dies ---------------------------------------------------------------------------------------------------------


def test_a_browser_that_dies_before_a_commit_sends_nothing(rpa: Shell, backoffice: Backoffice) -> None:
    """Twice it goes on in a new one by itself; the third time it is failed for infrastructure, and nothing was armed."""
    rpa.edit(commits=ONCE)
    backoffice.configure(lag_ms=150)
    process = started(rpa)
    for logins in (1, 2, 3):
        process.until(lambda logins=logins: backoffice.count("login.ok") == logins)
        kill_browser(process)
    code, out, err = process.end()
    answer = json.loads(out)
    assert (code, answer["outcome"], answer["fault"], answer["sent"]) == (5, "failed", "infrastructure", "nothing"), err
    assert len(answer["begun_again"]) == 2
    assert (journal(rpa), rpa.items("inbox"), entered(backoffice)) == ([], [], 0)
    backoffice.configure(lag_ms=0)
    assert again(rpa)[0] == 0
    assert entered(backoffice) == 1


def test_a_browser_that_dies_once_is_outlasted(rpa: Shell, backoffice: Backoffice) -> None:
    """Nothing had left, so the run logs in again in a new browser and does the work, once; it says so."""
    rpa.edit(commits=ONCE)
    backoffice.configure(lag_ms=150)
    process = started(rpa)
    process.until(lambda: logged_in(backoffice))
    kill_browser(process)
    code, out, err = process.end()
    answer = json.loads(out)
    assert (code, answer["outcome"], answer["sent"]) == (0, "succeeded", "sent"), err
    assert len(answer["begun_again"]) == 1
    assert (entered(backoffice), journal(rpa)) == (1, ["confirmed"])
    assert rpa("show", answer["run"]) == 0
    assert "nothing had been sent, and it was begun again" in rpa.out


def test_a_browser_that_dies_while_sending_leaves_a_doubt(rpa: Shell, backoffice: Backoffice) -> None:
    """The request may have arrived: it is not sent again until a person has looked."""
    rpa.edit(commits=ONCE, exceptions=[{"name": "duplicate", "when": {"visible": "*already exists*"}}])
    process = sending(rpa, backoffice)
    kill_browser(process)
    code, out, err = process.end()
    answer = json.loads(out)
    assert (code, answer["outcome"], answer["fault"], answer["sent"]) == (
        4,
        "needs_person",
        "infrastructure",
        "unknown",
    ), err
    assert (journal(rpa), [i["run"] for i in rpa.items("inbox")]) == (["ambiguous"], [answer["run"]])
    backoffice.configure(lag_ms=0)
    before = entered(backoffice)
    assert again(rpa)[0] == 4
    assert entered(backoffice) == before <= 1
    decision = "--done-by-hand" if before else "--retry"
    assert rpa("resolve", answer["run"], decision, "--reason", "looked at the list of invoices") == 0
    assert again(rpa)[0] == 0
    assert entered(backoffice) == 1


def sending(rpa: Shell, site: Backoffice) -> Process:
    """Start a run and return it while its commit is on the way."""
    site.configure(lag_ms=100)
    process = started(rpa)
    process.until(lambda: logged_in(site))
    site.configure(lag_ms=600)
    process.until(lambda: "sent" in journal(rpa))
    return process


# ---- it is interrupted -----------------------------------------------------------------------------------------------


def test_an_interrupted_run_is_closed(rpa: Shell, backoffice: Backoffice) -> None:
    """Ctrl-C reaches Playwright's driver too, and still: 130, told, closed, nothing armed."""
    rpa.edit(commits=ONCE)
    backoffice.configure(lag_ms=150)
    process = started(rpa)
    process.until(lambda: logged_in(backoffice))
    process.signal(signal.SIGINT, group=True)
    code, out, err = process.end()
    answer = json.loads(out)
    assert (code, answer["outcome"], answer["sent"]) == (130, "cancelled", "nothing"), err
    assert "cancelled" in err and "Traceback" not in err
    last = rpa.items("runs")[0]
    assert (last["run"], last["outcome"], last["state"]) == (answer["run"], "cancelled", "ended")
    assert (journal(rpa), rpa.items("inbox"), entered(backoffice)) == ([], [], 0)


def test_a_run_interrupted_while_the_browser_starts_is_closed(
    rpa: Shell, backoffice: Backoffice, tmp_path: Path
) -> None:
    """Before anything was begun there is nothing to tell but that."""
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPA_BROWSER", str(slow))
        process = started(rpa)
        process.until(lambda: [r for r in rpa.items("runs") if r["state"] == "running"])
        process.until(lambda: process.below("sleep"))
        process.signal(signal.SIGINT)
        code, _, err = process.end()
    assert code == 130 and "Traceback" not in err
    last = rpa.items("runs")[0]
    assert (last["outcome"], last["sent"], last["state"]) == ("cancelled", "nothing", "ended")
    assert backoffice.truth()["requests"] == []


def test_a_run_interrupted_while_sending_leaves_a_doubt(rpa: Shell, backoffice: Backoffice) -> None:
    """What may have arrived waits for a person, although nobody meant to ask one."""
    rpa.edit(commits=ONCE)
    process = sending(rpa, backoffice)
    process.signal(signal.SIGINT, group=True)
    code, out, err = process.end()
    answer = json.loads(out)
    assert (code, answer["outcome"], answer["sent"]) == (130, "cancelled", "unknown"), err
    assert "not known" in rpa_sentence(rpa, answer["run"])
    assert (journal(rpa), [i["run"] for i in rpa.items("inbox")]) == (["ambiguous"], [answer["run"]])
    assert entered(backoffice) <= 1


def rpa_sentence(rpa: Shell, run: str) -> str:
    assert rpa("show", run) == 0
    return rpa.out.splitlines()[0]


def test_a_killed_run_is_told_as_cut_off_and_taken_over(rpa: Shell, backoffice: Backoffice) -> None:
    """SIGKILL leaves no word: the lists say so, and the next service closes it and asks about what was in flight."""
    rpa.edit(commits=ONCE)
    process = sending(rpa, backoffice)
    browsers = process.browsers()
    process.signal(signal.SIGKILL, group=True)
    process.end()
    for browser in browsers:
        browser.wait(30)
    backoffice.configure(lag_ms=0)
    (cut, *_) = rpa.items("runs")
    assert (cut["state"], cut["outcome"], journal(rpa)) == ("cut_off", None, ["sent"])
    assert rpa("serve", "--once") == 0
    assert cut["run"] in [i["run"] for i in rpa.items("inbox")]
    assert next(r["state"] for r in rpa.items("runs") if r["run"] == cut["run"]) == "ended"
    assert entered(backoffice) <= 1
