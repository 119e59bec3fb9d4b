"""The command line from the outside: exit codes, JSON errors, global options, project files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from rpa_agent.cli import app as app_module
from rpa_agent.cli.border import run_command
from rpa_agent.domain.errors import NeedsPerson, StoreLocked

WORKFLOW = "name: pay\ntask: Pay\nbase_url: http://localhost:1\nsuccess: none\n"


class Shell:
    """Runs commands and keeps what they said."""

    def __init__(self, capture: pytest.CaptureFixture[str], project: Path) -> None:
        self._capture, self._project = capture, project

    def __call__(self, *args: str) -> tuple[int, str, str]:
        code = run_command([*args, "--project", str(self._project)])
        return code, *self._capture.readouterr()

    def json(self, *args: str) -> tuple[int, dict[str, Any]]:
        code, out, _ = self(*args, "--json")
        return code, json.loads(out)


@pytest.fixture
def rpa(capsys: pytest.CaptureFixture[str], project: Path) -> Shell:
    return Shell(capsys, project)


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (NeedsPerson("approve it"), 4, "rpa: approve it"),
        (StoreLocked(), 5, "rpa: The database is locked"),
        (KeyboardInterrupt(), 130, "cancelled"),
        (typer.Abort(), 130, "cancelled"),
        (ZeroDivisionError("secret 42"), 5, "this is a defect of rpa-agent: ZeroDivisionError"),
    ],
)
def test_every_end_has_its_exit_code(
    rpa: Shell, monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int, words: str
) -> None:
    """What a command raises becomes a code and words, never a traceback."""

    class Concern:
        @staticmethod
        def add_to(app: typer.Typer) -> None:
            @app.command("fail")
            def fail() -> None:
                raise raised

    monkeypatch.setattr(app_module, "CONCERNS", (*app_module.CONCERNS, Concern))
    got, out, err = rpa("fail")
    assert (got, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


def test_a_defect_leaves_its_traceback_in_the_log_without_secrets(
    rpa: Shell, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    """The person reads where it is; the file holds the details, redacted."""

    class Concern:
        @staticmethod
        def add_to(app: typer.Typer) -> None:
            @app.command("fail")
            def fail() -> None:
                raise ZeroDivisionError("with hunter2-and-more")

    monkeypatch.setenv("RPA_SECRET_BACKOFFICE", "hunter2-and-more")
    monkeypatch.setattr(app_module, "CONCERNS", (*app_module.CONCERNS, Concern))
    _, _, err = rpa("fail")
    log = (project / ".rpa" / "log" / "rpa.jsonl").read_text()
    assert "rpa.jsonl" in err
    assert "ZeroDivisionError" in log
    assert "hunter2" not in log + err


def test_an_unknown_command_is_a_usage_error_with_a_hint(rpa: Shell) -> None:
    """Exit 2, and as JSON when JSON was asked for."""
    code, _, err = rpa("vlidate")
    assert code == 2
    assert "No such command 'vlidate'" in err
    code, answer = rpa.json("memory", "shw")
    assert (code, answer["error"]["code"]) == (2, "usage")
    assert answer["error"]["do"] == "Read `rpa memory --help`."


def test_a_command_alone_shows_what_there_is(rpa: Shell) -> None:
    """`rpa` and `rpa memory` explain themselves and count as wrong usage."""
    code, _, err = rpa("memory")
    assert code == 2
    assert "rollback" in err


def test_global_options_may_stand_anywhere_but_not_behind_two_dashes(rpa: Shell, project: Path, tmp_path: Path) -> None:
    """`rpa validate --project X` and `rpa --project X validate` are the same."""
    (project / "workflows" / "pay.yaml").write_text(WORKFLOW)
    assert rpa("validate")[0] == 0
    assert run_command([f"--project={project}", "validate"]) == 0
    assert run_command(["validate", "--", "--project", str(project)]) == 3


def test_a_missing_project_folder_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit 3: a person must correct it."""
    assert run_command(["validate", "--project", str(tmp_path / "none")]) == 3
    assert "none does not exist" in capsys.readouterr().err


def test_validate_names_every_problem(rpa: Shell, project: Path) -> None:
    """One line per problem, exit 3, and the same as JSON."""
    (project / "workflows" / "pay.yaml").write_text(WORKFLOW + "gate: learnt\nadopt: maybe\n")
    code, out, _ = rpa("validate")
    assert code == 3
    assert "  line 5, gate: 'learnt' is not allowed; did you mean `learned`?" in out
    code, answer = rpa.json("validate")
    assert (code, answer["items"][0]["valid"], len(answer["items"][0]["problems"])) == (3, False, 2)


def test_validate_remarks_on_names_that_nothing_fills(rpa: Shell, project: Path) -> None:
    """A slip that is allowed is said and does not fail."""
    text = WORKFLOW.replace("success: none", "success: [{visible: 'Invoice {{ nmber }}'}, {output: {id: '('}}]")
    (project / "workflows" / "pay.yaml").write_text(text)
    code, out, _ = rpa("validate")
    assert code == 0
    assert "remark: success.0.visible: {{ nmber }} is no parameter and no output" in out
    assert "is no regular expression" in out


def test_validate_without_any_file_says_what_to_do(rpa: Shell) -> None:
    """An empty project is not silently fine."""
    code, _, err = rpa("validate")
    assert (code, "rpa init" in err) == (2, True)


def test_init_makes_a_valid_project_and_never_overwrites(rpa: Shell, project: Path) -> None:
    """Twice is the same as once; what a person wrote stays."""
    (project / "rpa.toml").write_text("# mine\n")
    (project / ".gitignore").write_text("mine")
    code, answer = rpa.json("init")
    assert code == 0
    assert "workflows/example.yaml" in answer["created"]
    assert (project / "rpa.toml").read_text() == "# mine\n"
    assert (project / ".gitignore").read_text().splitlines()[:2] == ["mine", ".rpa/"]
    assert rpa.json("init")[1]["created"] == []
    assert rpa("validate")[0] == 0


def test_init_does_not_add_an_example_to_workflows_that_exist(rpa: Shell, project: Path) -> None:
    """Who has workflows needs no example."""
    (project / "workflows" / "pay.yaml").write_text(WORKFLOW)
    rpa("init")
    assert not (project / "workflows" / "example.yaml").exists()


def test_init_stops_where_a_file_stands_in_the_way(rpa: Shell, tmp_path: Path) -> None:
    """Exit 3 and the path, not a traceback."""
    (tmp_path / "taken").write_text("")
    code, _, err = rpa("init", str(tmp_path / "taken"))
    assert (code, "taken cannot be made" in err) == (3, True)


def test_the_schema_is_checked_against_its_file(rpa: Shell, project: Path) -> None:
    """`--check` fails until `--write` was run."""
    assert rpa("schema", "--check")[0] == 3
    assert rpa("schema", "--write")[0] == 0
    assert rpa("schema", "--check")[0] == 0
    assert json.loads(rpa("schema")[1])["title"] == "rpa-agent workflow"


def test_doctor_refuses_playwrights_debug_log(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """That log holds every typed password."""
    monkeypatch.setenv("DEBUG", "pw:api")
    monkeypatch.setenv("RPA_BROWSER", "no-such-browser")
    code, answer = rpa.json("doctor")
    states = {item["about"]: item["state"] for item in answer["items"]}
    assert (code, answer["fit"]) == (5, False)
    assert (states["debug"], states["browser"], states["memory"]) == ("fail", "fail", "ok")
    assert all(item["do"] for item in answer["items"] if item["state"] == "fail")


def test_doctor_starts_the_browser_for_real(rpa: Shell) -> None:
    """Its version is the proof."""
    _, answer = rpa.json("doctor")
    browser = next(item for item in answer["items"] if item["about"] == "browser")
    assert (browser["state"], browser["words"].startswith("started: ")) == ("ok", True)


def test_the_version_is_one_line(rpa: Shell) -> None:
    """For scripts."""
    assert rpa("--version")[1].startswith("rpa-agent")
