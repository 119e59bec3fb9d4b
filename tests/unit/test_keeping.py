"""What was learned and done proves itself, is copied while in use, and comes back without forgetting what was sent."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from shell import Shell

from rpa_agent.domain.errors import StoreCorrupt
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.memory import Memory
from rpa_agent.ops.batches import Given
from rpa_agent.ops.office import Office
from rpa_agent.ops.settings import Settings


@pytest.fixture
def rpa(project: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A project in which one commit was confirmed by a run of a batch."""
    shell = Shell(project, capsys)

    async def work(office: Office) -> None:
        rows = ((2, "A", {"number": "A"}),)
        given = Given(workflow="pay", environment="http://x", input="in.csv", input_hash="h", day="2026-11-22", rows=rows)
        batch = (await office.batches.begin(given)).batch.id
        run = await office.runs.begin_run("pay", batch=batch, row=2)
        await send(office, "KEY-1", run)
        plain = {"run": run, "workflow": "pay", "site": "s", "procedure": "p", "version": 1, "started": "", "sent": "sent"}
        await office.runs.end_run(Trajectory.model_validate({**plain, "outcome": "succeeded", "params": {"amount": "100"}}))

    in_office(shell, work)

    async def learn() -> None:
        settings = Settings.load(project)
        async with Memory.open(settings.memory, seed=settings.seed):
            pass

    asyncio.run(learn())
    return shell


def in_office(rpa: Shell, work: Callable[[Office], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with Office.open(runs_db(rpa)) as office:
            await work(office)

    asyncio.run(inside())


async def send(office: Office, key: str, run: str = "r") -> None:
    await office.journal.arm(key, name="pay-out", run=run)
    await office.journal.sent(key)
    await office.journal.settle(key, "confirmed")


def runs_db(rpa: Shell) -> Path:
    return rpa.project / ".rpa" / "runs.db"


def state(rpa: Shell, key: str) -> str | None:
    found: list[str | None] = []

    async def look(office: Office) -> None:
        found.append(await office.journal.state(key))

    in_office(rpa, look)
    return found[0]


# ---- verify ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE journal SET state = 'not_done'", "journal entry KEY-1"),
        ("UPDATE journal SET receipt = '{\"number\": \"9\"}'", "journal entry KEY-1"),
        ("UPDATE journal SET key = 'KEY-2'", "journal entry KEY-1"),
        ("DELETE FROM journal", "is missing"),
        ("UPDATE journal_history SET note = 'x'", "journal history"),
        ("UPDATE batches SET rows = 9", "batch "),
        ("UPDATE batch_rows SET given = '{}'", "row 2 of batch"),
        ("UPDATE runs SET trajectory = replace(trajectory, '100', '900')", "the trajectory of run"),
        ("UPDATE runs SET outcome = 'failed'", "does not say what its trajectory says: outcome"),
    ],
)
def test_what_was_changed_outside_is_told_row_by_row(rpa: Shell, change: str, told: str) -> None:
    """A file that was edited, or lost a bit, is not believed."""
    assert rpa("verify") == 0 and "Everything is what was written" in rpa.err
    with sqlite3.connect(runs_db(rpa)) as plain:
        plain.execute(change)
    code, answer = rpa.json("verify")
    assert (code, answer["sound"]) == (5, False)
    assert any(told in item["problem"] for item in answer["items"])
    assert rpa("verify") == 5 and "runs.db: " in rpa.out and "rpa restore FILE" in rpa.err


@pytest.mark.parametrize("change", ["UPDATE journal SET state = 'not_done'", "UPDATE journal SET key = 'KEY-2'"])
def test_nothing_is_sent_on_a_journal_that_is_not_what_was_written(rpa: Shell, change: str) -> None:
    """A confirmed commit that reads as not done would be sent twice."""
    with sqlite3.connect(runs_db(rpa)) as plain:
        plain.execute(change)
    with pytest.raises(StoreCorrupt, match="nothing was sent"):
        in_office(rpa, lambda office: send(office, "KEY-1"))


def test_a_damaged_page_is_told(rpa: Shell) -> None:
    """What is no database any more is one line, not a traceback."""
    path = runs_db(rpa)
    raw = bytearray(path.read_bytes())
    raw[4096:8192] = b"\xff" * 4096
    path.write_bytes(raw)
    assert rpa("verify") == 5 and rpa.out.startswith("runs.db: ")


# ---- backup and restore ------------------------------------------------------------------------------------------------


def test_a_backup_is_made_while_runs_go_on_and_is_one_private_file(rpa: Shell) -> None:
    """Both databases are in it and proved; a second one never replaces the first."""

    async def work(office: Office) -> None:
        await send(office, "KEY-2")
        code = await asyncio.to_thread(rpa, "backup", str(rpa.project / "b.zip"))
        assert code == 0, rpa.err

    in_office(rpa, work)
    file = rpa.project / "b.zip"
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(zipfile.ZipFile(file).namelist()) == ["backup.json", "memory.db", "runs.db"]
    assert rpa("verify", str(file)) == 0
    assert rpa("backup", str(file)) == 2
    assert rpa.json("backup")[1]["backup"].startswith(str(rpa.project / ".rpa" / "backups"))
    assert {p.name for p in rpa.project.iterdir()} == {"b.zip", "workflows", "data", ".rpa"}, "nothing is left beside it"


def test_a_restore_does_not_forget_what_was_sent_since(rpa: Shell) -> None:
    """Otherwise the same payment would leave a second time. What was there is put aside."""
    file = str(rpa.project / "b.zip")
    assert rpa("backup", file) == 0
    in_office(rpa, lambda office: send(office, "KEY-2"))
    code, answer = rpa.json("restore", file)
    assert (code, answer["commits_carried"], answer["commits_lost"]) == (0, 1, "")
    assert [Path(p).name for p in answer["aside"]] == ["runs.db.before-restore-1", "memory.db.before-restore-1"]
    assert (state(rpa, "KEY-1"), state(rpa, "KEY-2")) == ("confirmed", "confirmed")
    assert rpa("verify") == 0


def test_a_restore_over_a_damaged_file_says_what_may_be_missing(rpa: Shell) -> None:
    """The drill: the file is lost, the backup comes back, and a person is told from when on to look at the site."""
    file = str(rpa.project / "b.zip")
    assert rpa("backup", file) == 0
    in_office(rpa, lambda office: send(office, "KEY-2"))
    runs_db(rpa).write_bytes(b"gone")
    assert rpa("restore", file) == 0
    assert "look at the site for what was sent since then" in rpa.err
    assert rpa("verify") == 0 and state(rpa, "KEY-1") == "confirmed"
    (item,) = rpa.items("inbox")
    assert "restored from a backup" in item["reason"]


def test_a_restore_waits_for_nobody_and_changes_nothing_while_somebody_works(rpa: Shell) -> None:
    """A running service would go on writing into the file that was put aside."""
    file = str(rpa.project / "b.zip")
    assert rpa("backup", file) == 0

    async def work(office: Office) -> None:
        await send(office, "KEY-2")
        assert await asyncio.to_thread(rpa, "restore", file) == 5
        assert "in use" in rpa.err

    in_office(rpa, work)
    assert state(rpa, "KEY-2") == "confirmed"
    assert not list((rpa.project / ".rpa").glob("*.before-restore-*"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "missing", "no-part", "bomb"])
def test_a_backup_that_is_not_whole_is_refused(rpa: Shell, damage: str) -> None:
    """And what is in use stays as it is."""
    file = rpa.project / "b.zip"
    assert rpa("backup", str(file)) == 0
    raw = file.read_bytes()
    match damage:
        case "cut":
            file.write_bytes(raw[: len(raw) // 2])
        case "flipped":
            file.write_bytes(raw[:3000] + bytes([raw[3000] ^ 1]) + raw[3001:])
        case "text":
            file.write_text("no backup")
        case "missing":
            file.unlink()
        case _:
            with zipfile.ZipFile(file) as packed:
                manifest, runs = json.loads(packed.read("backup.json")), packed.read("runs.db")
            manifest["parts"]["memory.db"]["bytes"] = 1 << 50
            with zipfile.ZipFile(file, "w") as packed:
                packed.writestr("backup.json", json.dumps(manifest))
                packed.writestr("runs.db", runs)
                if damage == "bomb":
                    packed.writestr("memory.db", b"x")
    if damage != "missing":
        assert rpa("verify", str(file)) == 5 and "This backup cannot be used" in rpa.err and "end `rpa serve`" not in rpa.err
    assert rpa("restore", str(file)) == 5, rpa.err
    assert state(rpa, "KEY-1") == "confirmed"
    assert not list((rpa.project / ".rpa").glob("*.before-restore-*"))


def test_every_flipped_bit_inside_a_hashed_row_is_noticed(rpa: Shell) -> None:
    """Wherever it falls: in what was sent, in a row of a batch, in what a run did."""
    from benchmarks.flips import RUNS_ROWS, flip_bytes
    from rpa_agent.ops.proofs import damaged

    found = flip_bytes(runs_db(rpa), RUNS_ROWS, damaged, wanted=60, seed=5)
    assert (found.made, found.missed) == (60, ())
