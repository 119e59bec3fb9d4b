"""Memory and runs.db that cannot be used: exit 5 and what to do before anything is sent, and the file left as it was."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from shell import NAME, Process, Shell

from fixtures.backoffice import Backoffice

MEMORY, RUNS = "memory.db", "runs.db"


@pytest.fixture(scope="module")
def waiting(_shown_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A run whose runs.db another program holds. It waits half a minute, so it is started before the other tests."""
    project = shutil.copytree(_shown_once, tmp_path_factory.mktemp("held") / "project")
    with held(project / ".rpa" / RUNS):
        run = ["run", NAME, "--examples", "--env-file", str(project / "secrets.env"), "--json"]
        process = Process([*run, "--project", str(project)])
        yield process
        process.kill()


@pytest.mark.usefixtures("waiting")
def test_the_state_is_sound_to_begin_with(rpa: Shell) -> None:
    """What the other tests damage was whole before."""
    assert len(rpa.items("runs")) == 1


def store(rpa: Shell, name: str) -> Path:
    return rpa.project / ".rpa" / name


def refused(rpa: Shell, backoffice: Backoffice) -> dict[str, str]:
    """Run and return the error; nothing reached the site."""
    code, answer = rpa.run("--examples")
    assert code == 5, answer
    assert backoffice.truth()["requests"] == []
    error: dict[str, str] = answer["error"]
    return error


def settled(path: Path) -> None:
    """Put everything into the one file, as after a clean end."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("name", [MEMORY, RUNS])
@pytest.mark.parametrize("damage", ["rubbish", "cut short", "overwritten in the middle"])
def test_a_damaged_database_is_told_and_left_as_it_is(
    rpa: Shell, backoffice: Backoffice, name: str, damage: str
) -> None:
    """Somebody may still rescue it: the message says what to do, the bytes stay."""
    path = store(rpa, name)
    settled(path)
    raw = path.read_bytes()
    match damage:
        case "rubbish":
            path.write_bytes(b"this was a database once " * 400)
        case "cut short":
            path.write_bytes(raw[: len(raw) // 3])
        case _:
            path.write_bytes(raw[:4096] + b"\xaa" * (len(raw) - 8192) + raw[-4096:])
    before = path.read_bytes()
    error = refused(rpa, backoffice)
    assert error["code"] == "store_corrupt"
    assert name in error["where"] + error["message"] and "backup" in error["do"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", [MEMORY, RUNS])
def test_a_database_of_a_newer_version_is_left_alone(rpa: Shell, backoffice: Backoffice, name: str) -> None:
    """An old installation must not write into what a new one made."""
    path = store(rpa, name)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 999")
    settled(path)
    before = path.read_bytes()
    error = refused(rpa, backoffice)
    assert error["code"] == "store_too_new" and "Upgrade" in error["do"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", [MEMORY, RUNS])
def test_a_database_of_something_else_is_left_alone(rpa: Shell, backoffice: Backoffice, name: str) -> None:
    """One swapped for the other, too."""
    other = store(rpa, RUNS if name == MEMORY else MEMORY)
    settled(other)
    path = store(rpa, name)
    for rest in path.parent.glob(f"{name}-*"):
        rest.unlink()
    shutil.copyfile(other, path)
    before = path.read_bytes()
    error = refused(rpa, backoffice)
    assert error["code"] == "store" and "--state" in error["do"]
    assert path.read_bytes() == before


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another program has the database for itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.execute("ROLLBACK")


def test_a_memory_that_another_program_holds_is_told(rpa: Shell, backoffice: Backoffice) -> None:
    """After a short wait, with what to do."""
    with held(store(rpa, MEMORY)):
        error = refused(rpa, backoffice)
    assert error["code"] == "store_locked" and "Wait" in error["do"]
    assert rpa("serve", "--once") == 0  # when it is free again all is well


def test_a_memory_that_cannot_take_the_lesson_does_not_undo_the_work(rpa: Shell, backoffice: Backoffice) -> None:
    """Locked only for writing: the invoice is entered and told as such; the lesson is taken in later."""
    path = store(rpa, MEMORY)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        code, answer = rpa.run("--examples")
        db.execute("ROLLBACK")
    assert (code, answer["outcome"], answer["sent"]) == (0, "succeeded", "sent")
    assert "locked" in rpa.err and "later" in rpa.err
    uses = "SELECT count(*) FROM uses WHERE run = ?"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute(uses, [answer["run"]]).fetchone() == (0,)
    assert rpa("serve", "--once") == 0
    with closing(sqlite3.connect(path)) as db:
        assert db.execute(uses, [answer["run"]]).fetchone() == (1,)
    assert backoffice.count("invoice.create") == 1


# Even as root, permissions must count: without this capability root may write only where the mode says so.
PLAIN_USER = """
import ctypes, os, sys
if os.geteuid() == 0:
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-m", "rpa_agent", *sys.argv[1:]])
"""


@pytest.mark.parametrize("what", ["files", "folder"])
def test_a_state_that_cannot_be_written_is_told(rpa: Shell, backoffice: Backoffice, what: str) -> None:
    """Files or folder without write permission: nothing is sent that could not be noted down."""
    state = rpa.project / ".rpa"
    for path in (store(rpa, MEMORY), store(rpa, RUNS)):
        settled(path)
        path.chmod(0o444 if what == "files" else 0o666)
    state.chmod(0o777 if what == "files" else 0o555)
    run = ["run", NAME, "--examples", "--env-file", str(rpa.project / "secrets.env"), "--json"]
    process = Process([*run, "--project", str(rpa.project)], by=(sys.executable, "-c", PLAIN_USER))
    code, out, err = process.end()
    state.chmod(0o755)
    error = json.loads(out)["error"]
    assert (code, error["code"]) == (5, "store_read_only"), (error, err)
    assert "write permission" in error["do"] and ".rpa" in error["where"] + error["message"]
    assert backoffice.truth()["requests"] == []


def test_a_folder_in_the_place_of_a_database_is_told(rpa: Shell, backoffice: Backoffice) -> None:
    """A mistaken copy; nothing in it is touched."""
    for rest in store(rpa, RUNS).parent.glob(f"{RUNS}*"):
        rest.unlink()
    store(rpa, RUNS).mkdir()
    error = refused(rpa, backoffice)
    assert error["code"].startswith("store") and error["do"]
    assert store(rpa, RUNS).is_dir()


def test_the_lists_say_the_same_of_a_damaged_database(rpa: Shell) -> None:
    """Whatever looks into runs.db answers alike."""
    for rest in store(rpa, RUNS).parent.glob(f"{RUNS}-*"):
        rest.unlink()
    store(rpa, RUNS).write_bytes(b"rubbish " * 2000)
    for command in (["runs"], ["today"], ["inbox"], ["show", "01A"], ["resolve", "01A", "--skip", "--reason", "x"]):
        code, answer = rpa.json(*command)
        assert (code, answer["error"]["code"]) == (5, "store_corrupt"), command


def test_runs_that_another_program_holds_are_told(waiting: Process) -> None:
    """After the wait that several processes grant each other."""
    code, out, _ = waiting.end()
    error = json.loads(out)["error"]
    assert (code, error["code"]) == (5, "store_locked")
    assert RUNS in error["where"] + error["message"] and "Wait" in error["do"]
