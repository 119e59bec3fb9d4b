"""A disk that is full from the middle of a run on: what cannot be journaled is not sent, and later all is done once."""

from __future__ import annotations

import resource
import signal
import sqlite3
from contextlib import closing

import psutil
import pytest
from shell import NAME, Process, Shell

from fixtures.backoffice import Backoffice

NUMBER = "N-11"
PROBED = {
    "name": "save-new-invoice",
    "once": {"key": ["invoice_number"]},
    "probe": {
        "http": {"get": "/api/invoices?number={{ invoice_number }}", "json": {"count": 1}},
        "authoritative": True,
        "settle": "300ms",
    },
}


def stopped_at(rpa: Shell, point: str) -> Process:
    """Start a run and return it when it stands still at a point."""
    login = ["--env-file", str(rpa.project / "secrets.env")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPA_CRASH_AT", f"{point}:1:stop")
        process = rpa.start("run", NAME, "--examples", "--param", f"invoice_number={NUMBER}", "--json", *login)
    process.until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
    return process


def states(rpa: Shell) -> list[str]:
    """Return how far the journal says the commit came, but for the demonstration's."""
    with closing(sqlite3.connect(rpa.project / ".rpa" / "runs.db")) as db:
        sql = "SELECT h.state FROM journal_history h JOIN journal j USING (key) WHERE j.facts LIKE ? ORDER BY h.id"
        return [state for (state,) in db.execute(sql, [f'%"{NUMBER}"%'])]


@pytest.mark.parametrize(("point", "entered"), [("arming", 0), ("sending", 0), ("settling", 1)])
def test_what_cannot_be_journaled_is_not_sent(rpa: Shell, backoffice: Backoffice, point: str, entered: int) -> None:
    """It ends as an error of the environment with no word of success; with room again the invoice is there once."""
    rpa.edit(commits=[PROBED])
    process = stopped_at(rpa, point)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    process.signal(signal.SIGCONT)
    code, out, err = process.end()
    assert code == 5, (out, err)
    assert "Traceback" not in err
    assert backoffice.count("invoice.create", NUMBER) == entered
    assert ("sent" in states(rpa)) == bool(entered)
    again, answer = rpa.run("--examples", "--param", f"invoice_number={NUMBER}")
    assert (again, answer["outcome"]) == (0, "succeeded"), rpa.err
    assert "was cut off" in rpa.err
    assert backoffice.count("invoice.create", NUMBER) == 1
