"""The ledger: every act leaves a line in its own transaction, and whatever was done to lines afterwards is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from wall import Wall

from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.ops import ledger
from rpa_agent.ops.office import Office
from rpa_agent.ops.tables import RUNS
from rpa_agent.store.sqlite import Database

RULES = {"pay": [Schedule(cron="0 7 * * *")]}


async def worked(path: Path) -> str:
    """One run that sent something, one that waits and is decided, a pause: return the first run."""
    async with Office.open(path / "runs.db", lambda: RULES, clock=Wall()) as office:
        run, other = [await office.runs.begin_run("pay") for _ in range(2)]
        await office.journal.arm("K", name="file", run=run)
        await office.journal.sent("K")
        await office.journal.settle("K", "confirmed")
        for id_, more in ((run, {"outcome": "succeeded", "sent": "sent"}), (other, {"outcome": "needs_person", "sent": "nothing"})):
            plain = {"run": id_, "workflow": "pay", "site": "s", "procedure": "p", "version": 3, "started": ""}
            await office.runs.end_run(Trajectory.model_validate(plain | more))
        await office.inbox.add(other, "pay", "no button is surely Save")
        await office.resolve(other, how="skip", who="Ada", reason="paid by hand")
        await office.occurrences.pause("pay", who="Ada", because="year end")
        await office.occurrences.resume("pay", who="Bob")
    return run


def problems(path: Path) -> list[str]:
    with closing(sqlite3.connect(path / "runs.db")) as conn:
        return list(ledger.damaged(Database(conn)))


def tamper(path: Path, *statements: str) -> None:
    """Do what somebody with the file at hand can do: take the guards off and write."""
    with closing(sqlite3.connect(path / "runs.db", isolation_level=None)) as conn:
        conn.execute("DROP TRIGGER ledger_no_update")
        conn.execute("DROP TRIGGER ledger_no_delete")
        for sql in statements:
            assert conn.execute(sql).rowcount, sql


async def test_who_did_what_when_and_with_which_version(tmp_path: Path) -> None:
    """In order, with the person where one decided and the procedure's version where one ran."""
    run = await worked(tmp_path)
    async with Office.open(tmp_path / "runs.db", lambda: RULES) as office:
        lines = list(reversed(await office.ledger.lines()))
        assert [line.what for line in lines] == [
            "begun", "begun", "armed", "sent", "confirmed", "ended", "ended", "decided", "paused", "resumed",
        ]
        assert [line.seq for line in lines] == list(range(1, 11))
        by_what = {line.what: line for line in lines if line.about in (run, "pay") or line.what == "decided"}
        assert {by_what[w].who for w in ("decided", "paused")} == {"Ada"} and by_what["resumed"].who == "Bob"
        assert (by_what["ended"].detail["version"], by_what["ended"].detail["outcome"]) == (3, "succeeded")
        assert (by_what["sent"].detail["commit"], by_what["sent"].workflow) == ("file", "pay")
        assert [line.what for line in await office.ledger.lines(run)] == ["ended", "confirmed", "sent", "armed", "begun"]
    assert problems(tmp_path) == []


async def test_nothing_of_ours_can_change_or_remove_a_line(tmp_path: Path) -> None:
    """A slip in the code is refused by the database itself."""
    await worked(tmp_path)
    with closing(sqlite3.connect(tmp_path / "runs.db")) as conn:
        for sql in ("UPDATE ledger SET who = 'x'", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                conn.execute(sql)


@pytest.mark.parametrize(("done", "told"), [
    (["UPDATE ledger SET who = 'Eve' WHERE what = 'decided'"], ["line 8 of the ledger (decided"]),
    (["DELETE FROM ledger WHERE seq = 9"], ["line 9 of the ledger is missing"]),
    (["DELETE FROM ledger WHERE seq IN (3, 4)"], ["lines 3 to 4 of the ledger are missing"]),
    (["DELETE FROM ledger WHERE seq > 6"], ["is not as the ledger tells it"]),      # the end of a run that is there
    (["DELETE FROM ledger"], ["the ledger does not tell of run", "the ledger does not tell of journal entry K"]),
    (["DELETE FROM runs WHERE outcome = 'succeeded'"], ["is told in the ledger and missing"]),
    (["DELETE FROM journal_history", "DELETE FROM journal"], ["journal entry K 1 of run"]),
    (["UPDATE ledger SET seq = 11 WHERE seq = 10", "UPDATE ledger SET seq = 10 WHERE seq = 9", "UPDATE ledger SET seq = 9 WHERE"
      " seq = 11"], ["line 9 of the ledger (resumed", "line 10 of the ledger (paused"]),
])
async def test_what_was_removed_changed_or_moved_is_named(tmp_path: Path, done: list[str], told: list[str]) -> None:
    """By the line, or by the run and the commit that are not told any more."""
    await worked(tmp_path)
    tamper(tmp_path, *done)
    found = problems(tmp_path)
    for words in told:
        assert any(words in line for line in found), found


def forge_run(db: Database) -> None:
    """Write over a run, and its hash with it."""
    from rpa_agent.ops.proofs import hash_run

    db.execute("UPDATE runs SET outcome = 'failed', sent = 'nothing' WHERE outcome = 'succeeded'")
    for (run,) in db.execute("SELECT id FROM runs").fetchall():
        hash_run(db, run)


def forge_commit(db: Database) -> None:
    """Put a commit into the journal that never was, with its hash."""
    from rpa_agent.ops import proofs

    row = next(iter(db.query("SELECT * FROM journal")))
    proofs.put(db, "journal", {name: row[name] for name in proofs.JOURNAL} | {"key": "J"})


def forge_line(db: Database) -> None:
    """Put a line in between two others, with its hash and a number that is free."""
    db.execute("UPDATE ledger SET seq = seq + 100 WHERE seq > 5")
    last = next(iter(db.query("SELECT * FROM ledger WHERE seq = 5")))
    line = {n: last[n] for n in ledger._LINE} | {"seq": 6, "what": "decided", "before": last["hash"]}
    names = ", ".join((*line, "hash"))
    db.execute(f"INSERT INTO ledger ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*line.values(), ledger.row_hash(line)])
    db.execute("UPDATE ledger SET seq = seq - 99 WHERE seq > 100")


@pytest.mark.parametrize(("forge", "told"), [
    (forge_run, "is not as the ledger tells it"), (forge_commit, "the ledger does not tell of journal entry J"),
    (forge_line, "line 7 of the ledger"),
])
async def test_what_was_written_anew_together_with_its_hash_shows_too(
    tmp_path: Path, forge: Callable[[Database], None], told: str
) -> None:
    """A hash beside its row proves little by itself; the chain does."""
    await worked(tmp_path)
    tamper(tmp_path)
    with closing(sqlite3.connect(tmp_path / "runs.db", isolation_level=None)) as conn:
        forge(Database(conn))
    assert any(told in line for line in problems(tmp_path))


async def test_a_noted_hash_shows_a_ledger_that_was_written_anew_as_a_whole(tmp_path: Path) -> None:
    """Who has the file can make another chain; not one that holds the hash that was noted elsewhere."""
    await worked(tmp_path)
    with closing(sqlite3.connect(tmp_path / "runs.db")) as conn:
        noted = ledger.head(Database(conn))
        assert noted and ledger.holds(Database(conn), noted)
    tamper(tmp_path, "DELETE FROM ledger WHERE seq > 7")
    with closing(sqlite3.connect(tmp_path / "runs.db")) as conn:
        assert not ledger.holds(Database(conn), noted)


async def test_what_there_was_before_the_ledger_is_told_as_it_stands(tmp_path: Path) -> None:
    """A state folder of an earlier version goes on; its runs and commits are under the chain from then on."""
    run = await worked(tmp_path)
    tamper(tmp_path, "DELETE FROM ledger")
    steps = [step for step in RUNS.steps if step.__name__ == "ledger"]
    with closing(sqlite3.connect(tmp_path / "runs.db", isolation_level=None)) as conn:
        conn.execute("DROP TABLE ledger")
        steps[0](Database(conn))
        told = [row["what"] for row in Database(conn).query("SELECT * FROM ledger WHERE about = ? ORDER BY seq", [run])]
    assert told == ["ended", "confirmed"]
    assert problems(tmp_path) == []
