"""Gives a parameter another name, or takes it out, wherever a procedure and its workflow speak of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ...domain.procedure import Procedure
from ...domain.template import HOLE
from ...domain.texts import each_text
from ...domain.workflow import Workflow

if TYPE_CHECKING:
    from .. import Built

V = TypeVar("V")
_WORD = re.compile(r"(\"[^\"]*\"|'[^']*')|\b([A-Za-z_]\w*)\b")
_ASKED = re.compile(r"^\s*\{\{.*\}\}\s*$", re.DOTALL)


def renamed(built: Built, old: str, new: str) -> Built:
    """Return what was built with a parameter called otherwise; where ``new`` is known already, both become one."""
    fn = other_name(old, new)
    procedure = built.procedure.model_dump(mode="json", by_alias=True)
    for step in procedure["steps"]:
        step["when"] = _in_condition(step["when"], old, new)
    procedure = each_text(procedure, fn)
    for request in _requests(procedure):
        request["fields"] = {field: new if name == old else name for field, name in request["fields"].items()}
        request["within"] = {new if name == old else name: field for name, field in request["within"].items()}
    procedure["params"] = list(dict.fromkeys(new if p == old else p for p in procedure["params"]))
    workflow = each_text(built.workflow.model_dump(mode="json", by_alias=True), fn)
    workflow["params"] = _keys(workflow["params"], old, new)
    for rule in workflow["commits"]:
        if rule["once"]:
            rule["once"]["key"] = list(dict.fromkeys(new if k == old else k for k in rule["once"]["key"]))
    if workflow["rows"]:
        rows = workflow["rows"]
        rows["key"] = new if rows["key"] == old else rows["key"]
        rows["columns"] = {column: new if p == old else p for column, p in rows["columns"].items()}
    return replace(
        built,
        procedure=Procedure.model_validate(procedure),
        workflow=Workflow.model_validate(workflow),
        examples=_keys(built.examples, old, new),
        shown=_keys(built.shown, old, new),
        rows=tuple(_keys(row, old, new) for row in built.rows),
        remarks={f"params.{new}" if k == f"params.{old}" else k: v for k, v in built.remarks.items()},
        identifying=new if built.identifying == old else built.identifying,
    )


def without(built: Built, name: str, *, value: str = "") -> Built:
    """Return what was built with no word of a parameter but in the values that steps type.

    In addresses and texts ``*`` stands in its place; an element is no longer recognised by it. Where ``value`` is
    given, it is put in the place of its name in checks only.
    """
    procedure = built.procedure.model_dump(mode="json", by_alias=True)
    gone, empty = _filled(name, "*"), _filled(name, "")
    for step in procedure["steps"]:
        kept = step["value"]
        for part in ("target", "to"):
            step[part] = each_text(step[part], empty)
        step.update({k: each_text(v, gone) for k, v in step.items() if k not in {"target", "to", "when"}})
        step["value"] = kept
    procedure["pages"] = each_text(procedure["pages"], gone)
    for request in _requests(procedure):
        request["fields"] = {field: "" if p == name else p for field, p in request["fields"].items()}
        request["within"] = {p: field for p, field in request["within"].items() if p != name}
    procedure["params"] = [p for p in procedure["params"] if p != name]
    workflow = each_text(built.workflow.model_dump(mode="json", by_alias=True), _filled(name, value or "*"))
    workflow["params"] = {p: v for p, v in workflow["params"].items() if p != name}
    for rule in workflow["commits"]:
        if rule["once"] and not (keys := [k for k in rule["once"]["key"] if k != name]):
            rule["once"] = None
        elif rule["once"]:
            rule["once"]["key"] = keys
    if workflow["rows"]:
        workflow["rows"]["columns"] = {c: p for c, p in workflow["rows"]["columns"].items() if p != name}
    return replace(
        built,
        procedure=Procedure.model_validate(procedure),
        workflow=Workflow.model_validate(workflow),
        examples={k: v for k, v in built.examples.items() if k != name},
        shown={k: v for k, v in built.shown.items() if k != name},
        rows=tuple({k: v for k, v in row.items() if k != name} for row in built.rows),
        remarks={k: v for k, v in built.remarks.items() if k != f"params.{name}"},
        identifying="" if built.identifying == name else built.identifying,
    )


def other_name(old: str, new: str) -> Callable[[str], str]:
    """Return what calls a value otherwise in a template."""
    def fn(text: str) -> str:
        return HOLE.sub(lambda m: m[0].replace(m[1], new, 1) if m[1] == old else m[0], text)

    return fn


def _filled(name: str, text: str) -> Callable[[str], str]:
    def fn(template: str) -> str:
        return HOLE.sub(lambda m: text if m[1] == name else m[0], template)

    return fn


def _in_condition(when: str | None, old: str, new: str) -> str | None:
    """Names in a condition on parameters stand alone; what is in quotes is a value."""
    if when is None or not _ASKED.match(when):
        return when
    return _WORD.sub(lambda m: new if m[2] == old else m[0], when)


def _keys(values: Mapping[str, V], old: str, new: str) -> dict[str, V]:
    out: dict[str, V] = {}
    for name, value in values.items():
        out.setdefault(new if name == old else name, value)
    return out


def _requests(procedure: dict[str, Any]) -> list[dict[str, Any]]:
    return [r for step in procedure["steps"] for r in step["expect"]["requests"]]
