"""A process that stands still is ended before its work is taken, and what one started dies with it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from shell import NAME, Process, Shell

from fixtures.backoffice import Backoffice
from rpa_agent.ops.office import Office

NUMBER = "N-9"
ONCE = {"name": "save-new-invoice", "once": {"key": ["invoice_number"]}}
PROBE = {
    "http": {"get": "/api/invoices?number={{ invoice_number }}", "json": {"count": 1}},
    "authoritative": True, "settle": "300ms",
}  # fmt: skip


def started(rpa: Shell, **env: str) -> Process:
    login = ["--env-file", str(rpa.project / "secrets.env")]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        return rpa.start("run", NAME, "--examples", "--param", f"invoice_number={NUMBER}", "--json", *login)


def stopped(process: Process) -> bool:
    return psutil.Process(process.pid).status() == psutil.STATUS_STOPPED


def lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:  # taken away between the two
        return False


WRITES = """
import os, signal, sqlite3, sys
from rpa_agent.ops.process.owner import Owner
me = Owner.me()
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("INSERT INTO workers (token, pid, started, beat) VALUES (?, ?, ?, 0)", [me.token, me.pid, me.started])
db.execute("BEGIN IMMEDIATE")
os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_one_that_stands_still_while_it_writes_is_ended_too(tmp_path: Path) -> None:
    """Nobody else could write meanwhile, not even that he is there."""
    path = tmp_path / "runs.db"

    async def be_heard_of(then: Callable[[], object] = lambda: None) -> None:
        async with Office.open(path, lease=0.2) as office, office.leases.held():
            then()

    asyncio.run(be_heard_of())
    with subprocess.Popen([sys.executable, "-c", WRITES, str(path)]) as zombie:
        try:
            os.waitid(os.P_PID, zombie.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            assert zombie.poll() is None
            asyncio.run(be_heard_of(lambda: zombie.wait()))
            assert zombie.returncode == -signal.SIGKILL
        finally:
            zombie.kill()


@pytest.mark.parametrize("point", ["armed", "sent"])
def test_one_that_stands_still_is_ended_before_its_work_is_taken(
    rpa: Shell, backoffice: Backoffice, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Also between the journal and the request: what comes after it asks the site, and enters the invoice once."""
    rpa.edit(commits=[{**ONCE, "probe": PROBE}])
    zombie = started(rpa, RPA_CRASH_AT=f"{point}:1:stop", RPA_LEASE="2")
    zombie.until(lambda: stopped(zombie))
    monkeypatch.setenv("RPA_LEASE", "2")
    tree = [psutil.Process(zombie.pid), *psutil.Process(zombie.pid).children(recursive=True)]
    deadline = Deadline(rpa)
    deadline.until_late()
    code, answer = rpa.run("--examples", "--param", f"invoice_number={NUMBER}")
    assert (code, answer["outcome"]) == (0, "succeeded"), rpa.err
    assert "was cut off" in rpa.err and ("Nothing was sent" in rpa.err) == (point == "armed")
    assert zombie.end()[0] == -signal.SIGKILL
    assert not [p for p in tree if lives(p)]
    assert backoffice.count("invoice.create", NUMBER) == 1


class Deadline:
    """Looks at the heartbeats in runs.db until the last one is older than the lease."""

    def __init__(self, rpa: Shell) -> None:
        self._path = rpa.project / ".rpa" / "runs.db"

    def until_late(self) -> None:
        import sqlite3
        import time
        from contextlib import closing

        end = time.monotonic() + 20
        while time.monotonic() < end:
            with closing(sqlite3.connect(self._path)) as db:
                sql = "SELECT max((julianday('now') - 2440587.5) * 86400.0 - beat) FROM workers"
                if (db.execute(sql).fetchone()[0] or 0) > 2:
                    return
            time.sleep(0.05)
        raise AssertionError("it never came to that")


def test_the_browser_dies_with_a_process_that_is_killed(rpa: Shell, backoffice: Backoffice) -> None:
    """SIGKILL for `rpa` alone: driver and browser are gone at once, and nothing more reaches the site."""
    rpa.edit(commits=[ONCE])
    backoffice.configure(lag_ms=150)
    process = started(rpa)
    process.until(lambda: backoffice.count("login.ok"))
    below = psutil.Process(process.pid).children(recursive=True)
    assert any("chrom" in p.name() or "headless" in p.name() for p in below)
    os.kill(process.pid, signal.SIGKILL)
    process.end()
    _gone, alive = psutil.wait_procs(below, timeout=60)
    assert alive == []
    assert backoffice.count("invoice.create", NUMBER) == 0
    code, answer = rpa.run("--examples", "--param", f"invoice_number={NUMBER}")
    assert code == 0, answer
    assert "Nothing was sent; run it again." in rpa.err
    assert json.loads(rpa.out)["outcome"] == "succeeded"
