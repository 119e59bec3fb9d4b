"""Commands about workflow files: `validate` and `schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ..domain.errors import PersonMustEdit, RpaAgentError, UsageInvalid
from .out import answer, answer_items, answer_json, say
from .place import Json, settings_of

SCHEMA_FILE = "schemas/workflow.schema.json"


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("validate")(validate)
    app.command("schema")(schema)


def validate(
    ctx: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(help="Workflow files; default: all of the project.")] = None,
    json_: Json = False,
) -> int:
    """Check workflow files: every problem with its line, its key and what is allowed."""
    from ..store.workflow_files import workflow_paths

    paths = files or workflow_paths(settings_of(ctx).workflows_dir)
    if not paths:
        folder = settings_of(ctx).workflows_dir
        do = "Run `rpa init`, or point --project to the right folder."
        raise UsageInvalid(f"there are no workflow files in {folder}", do=do, where=str(folder))
    items = [_checked(path) for path in paths]
    if json_:
        answer_items(items)
    else:
        for item in items:
            _show(item)
    return 0 if all(item["valid"] for item in items) else PersonMustEdit.exit_code


def _checked(path: Path) -> dict[str, Any]:
    from ..store.workflow_files import read_workflow
    from .remarks import remarks_on

    try:
        workflow = read_workflow(path)
    except RpaAgentError as e:
        return {"file": str(path), "valid": False, "problems": e.message.split("\n"), "remarks": []}
    return {"file": str(path), "valid": True, "problems": [], "remarks": list(remarks_on(workflow))}


def _show(item: dict[str, Any]) -> None:
    answer(f"{item['file']}: {'valid' if item['valid'] else 'not valid'}")
    for problem in item["problems"]:
        answer(f"  {problem}")
    for remark in item["remarks"]:
        answer(f"  remark: {remark}")


def schema(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help=f"Only tell whether {SCHEMA_FILE} is current.")] = False,
    write: Annotated[bool, typer.Option("--write", help=f"Write {SCHEMA_FILE} of the project.")] = False,
) -> int:
    """Print the JSON schema of workflow files, for editors and other tools."""
    from ..store.text_files import write_atomically
    from ..store.workflow_files import json_schema

    wanted = json_schema()
    path = settings_of(ctx).project / SCHEMA_FILE if check or write else Path()
    if check:
        if _read(path) == wanted:
            say(f"{path} is current")
            return 0
        raise PersonMustEdit(f"{path} is not current", do="Run `rpa schema --write`.", where=str(path))
    if write:
        changed = write_atomically(path, json.dumps(wanted, indent=2, ensure_ascii=False) + "\n")
        say(f"{path} {'written' if changed else 'was current'}")
        return 0
    answer_json(wanted)
    return 0


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
