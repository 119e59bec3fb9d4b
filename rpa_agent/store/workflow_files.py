"""Workflow files and their example values: read strictly, found by name, written so that people like to read them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rpa_agent.domain.errors import ParamsInvalid, RpaAgentError, WorkflowInvalid
from rpa_agent.domain.workflow import NAME, Workflow

from .text_files import write_atomically
from .workflow_problems import problems_of
from .yaml_text import read_yaml, write_yaml

SCHEMA_LINE = "yaml-language-server: $schema=../schemas/workflow.schema.json"
_EXAMPLES_LINE = "Example values for `rpa run NAME --examples`; keep them out of version control."
_SUFFIXES = (".yaml", ".yml")
_ALWAYS_WRITTEN = {"params": "type", "outputs": "type"}


def read_workflow(path: Path) -> Workflow:
    """Return the workflow a file describes; raises WorkflowInvalid naming file, line, key and what is allowed."""
    text = read_yaml(path)
    try:
        return Workflow.model_validate(text.data)
    except ValidationError as e:
        problems = problems_of(e, text)
        first = problems[0]
        raise WorkflowInvalid("\n".join(p.words() for p in problems), where=f"{path}:{first.line}") from e


def workflow_paths(folder: Path) -> list[Path]:
    """Return the workflow files of a folder in the order of their names; none when there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix in _SUFFIXES and not p.name.startswith("."))


def all_workflows(folder: Path) -> tuple[list[Workflow], list[RpaAgentError]]:
    """Return every valid workflow of a folder, and one error for every file that is not."""
    found: dict[str, Workflow] = {}
    errors: list[RpaAgentError] = []
    for path in workflow_paths(folder):
        try:
            workflow = read_workflow(path)
        except RpaAgentError as e:
            errors.append(e)
            continue
        if workflow.name in found:
            why = f"line 1, name: another file of this folder is named {workflow.name!r} too"
            errors.append(WorkflowInvalid(why, where=f"{path}:1"))
            continue
        found[workflow.name] = workflow
    return list(found.values()), errors


def find_workflow(folder: Path, name: str) -> Workflow:
    """Return the workflow of this name; raises WorkflowInvalid listing the known names."""
    for suffix in _SUFFIXES if re.fullmatch(NAME, name) else ():
        path = folder / f"{name}{suffix}"
        if path.exists():
            workflow = read_workflow(path)
            if workflow.name != name:
                do = "Give the file and its `name:` the same name."
                raise WorkflowInvalid(f"this file's name is {workflow.name!r}, not {name!r}", do=do, where=str(path))
            return workflow
    workflows, errors = all_workflows(folder)
    for workflow in workflows:
        if workflow.name == name:
            return workflow
    raise _unknown(folder, name, [w.name for w in workflows], bool(errors))


def _unknown(folder: Path, name: str, known: list[str], some_invalid: bool) -> WorkflowInvalid:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    listed = f"known here: {', '.join(known)}" if known else "there is no workflow here yet"
    more = "; some files are not valid, see `rpa validate`" if some_invalid else ""
    do = "Check the name and --project, or show it once with `rpa record NAME --url URL`."
    return WorkflowInvalid(f"no workflow is named {name!r}; {hint}{listed}{more}", do=do, where=str(folder))


def write_workflow(path: Path, workflow: Workflow, comments: Mapping[str, str] | None = None) -> bool:
    """Write a workflow file; return False when it says this already.

    A file with other content is kept as NAME.yaml.bak. ``comments`` maps key paths (``commits``,
    ``params.supplier``, ``success.0``) to text that stands above the key.
    """
    text = write_yaml(workflow_data(workflow), header=SCHEMA_LINE, comments=comments)
    return write_atomically(path, text, keep_other_as=".bak")


def ask_before_repairs(folder: Path, name: str) -> None:
    """Set ``repair: propose`` in a workflow's file and leave all else of it as it is; raises WorkflowInvalid."""
    path = next(p for p in workflow_paths(folder) if _is_named(p, name))
    before = path.read_text(encoding="utf-8")
    line = "repair: propose"
    after, n = re.subn(r"(?m)^repair:[^#\n]*?(?=[ \t]*(?:#.*)?$)", line, before, count=1)
    if not n:
        after = f"{before.rstrip(chr(10))}\n{line}\n"
    write_atomically(path, after, keep_other_as=".bak")
    try:
        if read_workflow(path).repair == "propose":
            return
        why = "the key repair: was not found"
    except WorkflowInvalid as e:
        why = e.message
    write_atomically(path, before)
    raise WorkflowInvalid(f"`{line}` could not be written: {why}", do=f"Write `{line}` into it yourself.", where=str(path))


def _is_named(path: Path, name: str) -> bool:
    try:
        return read_workflow(path).name == name
    except RpaAgentError:
        return False


def workflow_data(workflow: Workflow) -> dict[str, Any]:
    """Return the plain data of a workflow as its file says it: no nulls, no defaults, types always named."""
    said = workflow.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
    everything = workflow.model_dump(mode="json", by_alias=True)
    for section, key in _ALWAYS_WRITTEN.items():
        for name, entry in said.get(section, {}).items():
            said[section][name] = {key: everything[section][name][key], **entry}
    return {"schema": 1, **{key: said[key] for key in everything if key in said and key != "schema"}}


def read_examples(path: Path) -> dict[str, str]:
    """Return example values as they are written; raises ParamsInvalid when there are none."""
    if not path.exists():
        do = f"Write one `name: value` line per parameter into {path}, or give --param name=value."
        raise ParamsInvalid("there are no example values for this workflow", do=do, where=str(path))
    text = read_yaml(path, as_text=True)
    for name, value in text.data.items():
        if not isinstance(value, str):
            line = text.line((name,))
            why = f"line {line}, {name}: expected one value, not a list or keys"
            raise WorkflowInvalid(why, where=f"{path}:{line}")
    return dict(text.data)


def write_examples(path: Path, values: Mapping[str, str]) -> bool:
    """Write example values, readable by their owner only; return False when the file says this already."""
    text = write_yaml(dict(values), header=_EXAMPLES_LINE)
    return write_atomically(path, text, keep_other_as=".bak", private=True)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of workflow files, for editors and other tools."""
    schema = Workflow.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "rpa-agent workflow"}
