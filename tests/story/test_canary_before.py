"""The canary where no run begins: whatever a command stumbles over, no secret is in what it says and in what it leaves.

The secret is where people put one by mistake, too: in a workflow file, in a setting, as a parameter, in a file to import.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from canary import Mark, Searcher
from shell import NAME, Shell, become_due

SECRET = 'Zwirbel "7" & <fink>/ü+=\'ß'
BROKEN = f"name: broken\ntask: Water the plants\nbase_url: http://127.0.0.1:9\n{{}}: {json.dumps(SECRET)}\n"
UNKNOWN = "name: unknown\ntask: Water the plants\nbase_url: http://127.0.0.1:9\nsite: elsewhere\nsuccess: none\n"
RUN = ("run", NAME, "--examples", "--env-file", "secrets.env")
GIVEN = "data/broken.yaml"
Put = Callable[[Path], None]


def written(path: str, text: str) -> Put:
    def put(project: Path) -> None:
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text, "utf-8")

    return put


def nothing(project: Path) -> None:
    """The command is enough."""


def of_tomorrow(project: Path) -> None:
    with closing(sqlite3.connect(project / ".rpa" / "runs.db")) as db:
        db.execute("PRAGMA user_version = 999")


def damaged(project: Path) -> None:
    (project / ".rpa" / "runs.db").write_bytes(f"{SECRET} was a database once ".encode() * 400)


def of_another(project: Path) -> None:
    (project / ".rpa" / "runs.db").unlink()
    shutil.copyfile(project / ".rpa" / "memory.db", project / ".rpa" / "runs.db")


# The error's code, what is there before, the command, and what its environment says besides.
BEFORE: tuple[tuple[str, Put, tuple[str, ...], dict[str, str]], ...] = (
    ("usage", nothing, (*RUN, "--trace", SECRET), {}),
    ("workflow_invalid", written("workflows/broken.yaml", BROKEN.format("password")), ("run", "broken", *RUN[2:]), {}),
    ("account_invalid", written("accounts/broken.yaml", BROKEN.format("password")), ("login", "broken"), {}),
    ("settings_invalid", nothing, RUN, {"RPA_STEP_TIMEOUT": SECRET}),
    ("params_invalid", nothing, (*RUN, "--param", f"due_date={SECRET}"), {}),
    ("import_invalid", written(GIVEN, f"await page.fill('#p', {SECRET!r}"), ("import", GIVEN), {}),
    ("procedure_invalid", written(GIVEN, BROKEN.format("steps")), ("procedure", "edit", NAME, "--file", GIVEN), {}),
    ("no_procedure", written("workflows/unknown.yaml", UNKNOWN), ("run", "unknown", *RUN[2:]), {}),
    ("browser_missing", nothing, RUN, {"RPA_BROWSER": f"/nowhere/{SECRET}"}),
    ("store_too_new", of_tomorrow, RUN, {}),
    ("store_corrupt", damaged, RUN, {}),
    ("store", of_another, RUN, {}),
)


@pytest.mark.parametrize(("code", "put", "args", "env"), BEFORE, ids=[one[0] for one in BEFORE])
def test_what_fails_before_a_run_tells_no_secret(
    rpa: Shell, monkeypatch: pytest.MonkeyPatch, code: str, put: Put, args: tuple[str, ...], env: dict[str, str]
) -> None:
    """With the error that was meant, and without a traceback."""
    own = {str(path) for path in rpa.project.rglob("*")}
    put(rpa.project)
    planted = [path for path in rpa.project.rglob("*") if path.name == "broken.yaml" or code == "store_corrupt"]
    for name, value in {"RPA_SECRET_PASSWORD": SECRET, "RPA_KEYRING": "false", **env}.items():
        monkeypatch.setenv(name, value)
    whole = [str(rpa.project / a) if a.startswith("data/") or a == "secrets.env" else a for a in args]
    ended, told = rpa.json(*whole)
    assert (ended != 0, told["error"]["code"]) == (True, code), (rpa.out, rpa.err)
    searcher = Searcher([Mark("the secret", SECRET)])
    assert "Traceback" not in rpa.err
    assert searcher.text(rpa.out + rpa.err, "what was said") == []
    assert searcher.folder(rpa.project, leave_out=planted) == []
    assert own <= {str(path) for path in rpa.project.rglob("*")}, "nothing that was there is gone"


def test_a_due_time_whose_values_are_none_is_told_without_secrets(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wrote a password where a date belongs; what is wrong with it is told to everybody who looks."""
    monkeypatch.setenv("RPA_SECRET_PASSWORD", SECRET)
    monkeypatch.setenv("RPA_KEYRING", "false")
    become_due(rpa.project, {"params": {"due_date": SECRET}})
    rpa("serve", "--once", "--env-file", str(rpa.project / "secrets.env"))
    searcher = Searcher([Mark("the secret", SECRET)])
    said = rpa.out + rpa.err
    for args in (("inbox",), ("today",), ("runs", "--json")):
        rpa(*args)
        said += rpa.out + rpa.err
    assert "due_date" in said
    assert searcher.text(said, "what was said") == []
