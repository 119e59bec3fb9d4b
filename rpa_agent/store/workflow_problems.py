"""What is wrong with a workflow file, in the words of the person who wrote it: line, key, what is allowed."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from rpa_agent.domain.workflow import NAME, Workflow

from .yaml_text import KeyPath, YamlText

_EXPECTED = {
    "string_type": "expected text",
    "int_type": "expected a whole number", "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number", "float_parsing": "expected a number",
    "bool_type": "expected true or false", "bool_parsing": "expected true or false",
    "tuple_type": "expected a list", "list_type": "expected a list",
    "dict_type": "expected keys and values", "model_type": "expected keys and values",
    "model_attributes_type": "expected keys and values",
    "string_too_short": "must not be empty",
}


@dataclass(frozen=True)
class Problem:
    """One thing to correct."""

    line: int
    path: KeyPath
    what: str

    def words(self) -> str:
        """Return the problem as one line of text."""
        key = ".".join(str(p) for p in self.path)
        return f"line {self.line}, {key}: {self.what}" if key else f"line {self.line}: {self.what}"


def problems_of(error: ValidationError, text: YamlText, model: type[BaseModel] = Workflow) -> list[Problem]:
    """Return every problem once, in the order of the file; ``model`` is what the file should describe."""
    found: dict[KeyPath, Problem] = {}
    for detail in error.errors(include_url=False, include_context=True):
        path, value = _walk(detail["loc"], text.data, detail["type"])
        if detail["type"] == "literal_error" and isinstance(value, list | Mapping):
            continue        # the branch of a union that was not meant
        what = _what(detail, path, value, text, model)
        if path in found and found[path].what != what:
            what = _joined(found[path].what, what)
        found[path] = Problem(text.line(path), path, what)
    return sorted(found.values(), key=lambda p: (p.line, str(p.path))) or [Problem(1, (), f"this is no {model.__name__.lower()}")]


def _joined(first: str, second: str) -> str:
    """Return one sentence for the branches of a union."""
    if first.startswith("expected ") and second.startswith("expected "):
        return first if second.removeprefix("expected ") in first else f"{first} or {second.removeprefix('expected ')}"
    if first.startswith("expected ") and "; allowed: " in second:
        return f"{first} or {second.rpartition('; allowed: ')[2]}"
    return first


def _walk(loc: tuple[int | str, ...], data: Any, kind: str) -> tuple[KeyPath, Any]:
    """Return where an error really is: pydantic also names the branches of unions."""
    path: list[str | int] = []
    for i, part in enumerate(loc):
        inside = part in data if isinstance(data, Mapping) else isinstance(data, list) and isinstance(part, int)
        if inside:
            data = data[part]
        elif kind == "missing" and i == len(loc) - 1:
            data = None
        else:
            continue
        path.append(part)
    return tuple(path), data


def _what(detail: Any, path: KeyPath, value: Any, text: YamlText, model: type[BaseModel]) -> str:
    """Return what is wrong and what is allowed."""
    kind, context = detail["type"], detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return _unknown_key(str(path[-1]), allowed_keys(path[:-1], model))
        case "missing":
            return "this key is missing"
        case "literal_error":
            return _not_among(value, _choices(context.get("expected", "")))
        case "value_error":
            return str(context.get("error", detail["msg"]))
        case "string_pattern_mismatch" if context.get("pattern") == NAME:
            return f"{value!r} is not a name: small letters, digits and hyphens, 64 at most"
        case "string_type" if (written := text.written(path)) is not None:
            return f'expected text; write it in quotes: "{written}"' if written else "expected text; there is no value"
        case _ if kind in _EXPECTED:
            return _EXPECTED[kind]
        case _:
            message: str = detail["msg"]
            return message.replace("Input should be", "must be").removeprefix("Value error, ")


def _unknown_key(key: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(key, allowed, n=1)
    hint = f"did you mean `{close[0]}`? " if close else ""
    return f"unknown key; {hint}allowed here: {', '.join(allowed)}" if allowed else "unknown key"


def _not_among(value: Any, choices: list[str]) -> str:
    close = difflib.get_close_matches(str(value), choices, n=1)
    hint = f"did you mean `{close[0]}`? " if close else ""
    return f"{value!r} is not allowed; {hint}allowed: {', '.join(choices)}"


def _choices(expected: str) -> list[str]:
    return [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",")]


def allowed_keys(path: KeyPath, root: type[BaseModel] = Workflow) -> list[str]:
    """Return the keys a file may have below ``path``; none where any key is allowed."""
    kind: Any = root
    for part in path:
        kind = _below(kind, part)
    model = _model(kind)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _below(kind: Any, part: str | int) -> Any:
    if (model := _model(kind)) is not None:
        for name, field in model.model_fields.items():
            if part in (field.alias, name):
                return field.annotation
        return None
    for option in _options(kind):
        if get_origin(option) in (tuple, list) and isinstance(part, int):
            return get_args(option)[0]
        if get_origin(option) in (dict, Mapping) and isinstance(part, str):
            return get_args(option)[1]
        if _model(option) is not None:
            return _below(option, part)
    return None


def _options(kind: Any) -> tuple[Any, ...]:
    """Return the branches of a union, annotations stripped; the type itself when it is none."""
    if get_origin(kind) is Annotated:
        return _options(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(option for branch in get_args(kind) for option in _options(branch))
    return () if get_origin(kind) is Literal else (kind,)


def _model(kind: Any) -> type[BaseModel] | None:
    for option in _options(kind):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None
