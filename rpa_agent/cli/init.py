"""`init`: the folders and files of a new project; what is there already is never touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..domain.errors import SettingsInvalid
from .out import answer, answer_json, say
from .place import Json, place_of

IGNORED = (".rpa/", "data/*.examples.yaml", "*.env", "*.yaml.bak", "*.db-wal", "*.db-shm")
_SETTINGS = """\
# Settings of this project. Flags and environment variables (RPA_BROWSER, RPA_STATE, …) come before this file.

# state = ".rpa"                 # working memory, runs and artifacts; keep it out of version control
# browser = "/usr/bin/chromium"  # default: found by itself, see `rpa doctor`
# log_level = "info"
# keep_pictures_days = 30        # pictures and traces of runs
# keep_runs_days = 365           # runs and batches; what waits for a person stays in any case
# parallel = 2                   # due times that `rpa serve` runs side by side

# digest_at = "07:30"            # every morning, also when all is well; to `default` below, or digest_to
# heartbeat_url = "https://…"    # asked for every minute while `rpa serve` is well
# breaker = 3                    # failures in a row with one fault that pause a workflow; 0 = never

# [notify]                       # who is told: addresses as Apprise writes them
# default = "mailto://user:password@mail.example.com"   # for workflows that name nobody; try it: rpa notify test
"""
_EXAMPLE = """\
# yaml-language-server: $schema=../schemas/workflow.schema.json
# An example to read and change. `rpa record NAME --url URL` writes such a file from a demonstration.
schema: 1
name: example
task: Look up an order and note its state
base_url: https://shop.example.com
start: /orders
params:
  number: {type: string}
outputs:
  state: {type: string, text: "State: {{ state }}"}
success:                          # all must hold
  - visible: "Order {{ number }}"
# schedule:
#   - {cron: "0 7 * * mon-fri", timezone: Europe/Berlin}
"""


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("init")(init)


def init(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="The project folder; default: --project.")] = None,
    json_: Json = False,
) -> int:
    """Make a project: folders, settings, an example workflow. Nothing that exists is changed or overwritten."""
    from ..store.text_files import write_atomically
    from ..store.workflow_files import json_schema

    project = (folder or place_of(ctx).project).expanduser().absolute()
    _make_folder(project)
    fresh = not _holds_workflows(project)
    created = [f"{name}/" for name in ("workflows", "data", "schemas") if _make_folder(project / name)]
    files = {"rpa.toml": _SETTINGS, "schemas/workflow.schema.json": json.dumps(json_schema(), indent=2) + "\n"}
    if fresh:
        files["workflows/example.yaml"] = _EXAMPLE
    for name, text in files.items():
        if not (project / name).exists():
            write_atomically(project / name, text)
            created.append(name)
    if _ignore(project / ".gitignore"):
        created.append(".gitignore")
    if json_:
        answer_json({"schema": 1, "project": str(project), "created": created})
        return 0
    for name in created:
        answer(name)
    say(f"{project} is ready. Next: `rpa record NAME --url URL`, or `rpa doctor`.")
    return 0


def _make_folder(folder: Path) -> bool:
    if folder.is_dir():
        return False
    try:
        folder.mkdir(parents=True)
    except OSError as e:
        do = "Choose another folder, or move what stands in its place."
        raise SettingsInvalid(f"{folder} cannot be made: {e.strerror}", do=do, where=str(folder)) from e
    return True


def _holds_workflows(project: Path) -> bool:
    folder = project / "workflows"
    return folder.is_dir() and any(folder.iterdir())


def _ignore(path: Path) -> bool:
    """Add the missing lines; return whether there were any."""
    from ..store.text_files import write_atomically

    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsInvalid(f"{path} cannot be read as text", do="Make it a UTF-8 text file.", where=str(path)) from e
    missing = [line for line in IGNORED if line not in before.splitlines()]
    if missing:
        gap = "" if not before or before.endswith("\n") else "\n"
        write_atomically(path, before + gap + "".join(f"{line}\n" for line in missing))
    return bool(missing)
