"""A submission whose answer was lost, on the practice site: the site is asked, and what it says decides."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from shell import NAME, Shell

from fixtures.backoffice import Backoffice

NUMBER = "N-7"
HTTP = {"http": {"get": "/api/invoices?number={{ invoice_number }}", "json": {"count": 1}}}
VISIBLE = {"visible": "{{ invoice_number }}", "open": "/invoices?q={{ invoice_number }}"}


def once(probe: dict[str, Any], *, authoritative: bool = True) -> list[dict[str, Any]]:
    asked = {**probe, "authoritative": authoritative, "settle": "300ms"}
    return [{"name": "save-new-invoice", "once": {"key": ["invoice_number"], "per": "ever"}, "probe": asked}]


def run(rpa: Shell) -> tuple[int, dict[str, Any]]:
    return rpa.run("--examples", "--param", f"invoice_number={NUMBER}")


def entered(site: Backoffice) -> int:
    return site.count("invoice.create", NUMBER)


def killed_at(rpa: Shell, point: str) -> None:
    """Run in a process of its own that dies at this point."""
    login = ["--env-file", str(rpa.project / "secrets.env")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPA_CRASH_AT", point)
        process = rpa.start("run", NAME, "--examples", "--param", f"invoice_number={NUMBER}", "--json", *login)
    code, out, err = process.end()
    assert (code, out) == (-signal.SIGKILL, ""), err


def journal(rpa: Shell) -> list[str]:
    with closing(sqlite3.connect(rpa.project / ".rpa" / "runs.db")) as db:
        rows = db.execute("SELECT state, receipt FROM journal")
        return [state for state, receipt in rows if "demonstration" not in json.loads(receipt or "{}").values()]


@pytest.mark.parametrize("probe", [HTTP, VISIBLE], ids=["http", "visible"])
def test_an_answer_that_is_lost_is_asked_for(rpa: Shell, backoffice: Backoffice, probe: dict[str, Any]) -> None:
    """It arrived, and the site says so: the run succeeds, and tells that it was asked."""
    rpa.edit(commits=once(probe))
    killed_at(rpa, "sending")  # all but the submission has been done once, so that the login below is known to work
    process_loses_its_answer(rpa, backoffice)
    assert entered(backoffice) == 1
    assert journal(rpa) == ["confirmed"]
    assert run(rpa)[1]["commits"][0]["state"] == "already"
    assert entered(backoffice) == 1


def process_loses_its_answer(rpa: Shell, site: Backoffice) -> None:
    login = ["--env-file", str(rpa.project / "secrets.env")]
    before = site.count("login.ok")
    process = rpa.start("run", NAME, "--examples", "--param", f"invoice_number={NUMBER}", "--json", *login)
    process.until(lambda: site.count("login.ok") > before)
    site.configure(lose_answers=True)
    code, out, err = process.end()
    site.configure(lose_answers=False)
    answer = json.loads(out)
    assert (code, answer["outcome"], answer["sent"]) == (0, "succeeded", "sent"), err or answer["stopped"]
    assert answer["commits"][0]["asked"]


@pytest.mark.parametrize("point", ["sent", "settling"])
def test_killed_in_doubt_the_next_run_asks_and_goes_on(rpa: Shell, backoffice: Backoffice, point: str) -> None:
    """What did not arrive is sent now, what arrived is not; nobody is asked."""
    rpa.edit(commits=once(HTTP))
    killed_at(rpa, point)
    assert journal(rpa) == ["sent"]
    before = entered(backoffice)
    code, answer = run(rpa)
    assert (code, answer["outcome"]) == (0, "succeeded"), answer
    assert entered(backoffice) == 1
    assert answer["commits"][0]["state"] == ("already" if before else "confirmed")
    assert rpa.items("inbox") == []


def test_a_no_that_is_not_authoritative_settles_nothing(rpa: Shell, backoffice: Backoffice) -> None:
    """The commit waits for a person, and is not sent again; their word frees it."""
    rpa.edit(commits=once(HTTP, authoritative=False))
    killed_at(rpa, "sent")
    assert entered(backoffice) == 0
    assert run(rpa)[0] == 4
    assert entered(backoffice) == 0
    (item, *_) = rpa.items("inbox")
    assert rpa("resolve", item["run"], "--retry", "--reason", "it is not in the list") == 0
    assert run(rpa)[0] == 0
    assert entered(backoffice) == 1
