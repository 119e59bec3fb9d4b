"""Commands about workflow and account files: `validate` and `schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ..domain.errors import PersonMustEdit, RpaAgentError, UsageInvalid
from .out import answer, answer_items, answer_json, say
from .place import Json, settings_of

SCHEMA_FILES = {"workflow": "schemas/workflow.schema.json", "account": "schemas/account.schema.json"}
Kind = Literal["workflow", "account"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("validate")(validate)
    app.command("schema")(schema)


def validate(
    ctx: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(help="Workflow or account files; default: all of the project.")] = None,
    json_: Json = False,
) -> int:
    """Check workflow and account files: every problem with its line, its key and what is allowed."""
    from ..store.workflow_files import workflow_paths

    settings = settings_of(ctx)
    paths = files or [*workflow_paths(settings.workflows_dir), *workflow_paths(settings.accounts_dir)]
    if not paths:
        folder = settings.workflows_dir
        do = "Run `rpa init`, or point --project to the right folder."
        raise UsageInvalid(f"there are no workflow files in {folder}", do=do, where=str(folder))
    items = [_checked(path, settings.accounts_dir.name) for path in paths]
    if json_:
        answer_items(items)
    else:
        for item in items:
            _show(item)
    return 0 if all(item["valid"] for item in items) else PersonMustEdit.exit_code


def _checked(path: Path, accounts: str) -> dict[str, Any]:
    """``accounts`` names the folder beside the workflows' that account files stand in."""
    from ..store.account_files import find_account, read_account
    from ..store.workflow_files import read_workflow
    from .remarks import remarks_on

    try:
        if path.absolute().parent.name == accounts:
            read_account(path)
            return {"file": str(path), "valid": True, "problems": [], "remarks": []}
        workflow = read_workflow(path)
        if workflow.account is not None:
            find_account(path.absolute().parent.parent / accounts, workflow.account)
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
    kind: Annotated[Kind, typer.Argument(help="The files that it describes.")] = "workflow",
    check: Annotated[bool, typer.Option("--check", help="Only tell whether the project's schemas/ are current.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write all of them into the project's schemas/.")] = False,
) -> int:
    """Print the JSON schema of workflow or account files, for editors and other tools."""
    from ..store.account_files import account_schema
    from ..store.text_files import write_atomically
    from ..store.workflow_files import json_schema

    made = {"workflow": json_schema, "account": account_schema}
    if not (check or write):
        answer_json(made[kind]())
        return 0
    for name, file in SCHEMA_FILES.items():
        path, wanted = settings_of(ctx).project / file, made[name]()
        if check and _read(path) != wanted:
            raise PersonMustEdit(f"{path} is not current", do="Run `rpa schema --write`.", where=str(path))
        changed = write and write_atomically(path, json.dumps(wanted, indent=2, ensure_ascii=False) + "\n")
        say(f"{path} {'written' if changed else 'is current'}")
    return 0


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
