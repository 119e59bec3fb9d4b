"""YAML as plain data: a strict reader that knows every key's line, and a writer that people like to read.

Only what a person can see is read: no aliases, anchors, tags, merge keys or second documents. Scalars follow
YAML 1.2, so that `on`, `no`, dates and numbers with leading zeros stay text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from rpa_agent.domain.errors import WorkflowInvalid

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
LINE_WIDTH = 100

KeyPath = tuple[str | int, ...]
_TEXT = "tag:yaml.org,2002:str"
_NUMBER_STARTS = "-+.0123456789"
_SCALARS: tuple[tuple[str, str, str], ...] = (
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    # longer digits and leading zeros are customer numbers, not quantities
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,17})$", _NUMBER_STARTS),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*(?:e[-+]?[0-9]{1,3})?|[0-9]+e[-+]?[0-9]{1,3})$", _NUMBER_STARTS),
)


class YamlText:
    """A parsed file: its data, and where every key stands."""

    def __init__(self, data: Any, lines: Mapping[KeyPath, int], written: Mapping[KeyPath, str]) -> None:
        self.data = data
        self._lines = lines
        self._written = written

    def line(self, path: KeyPath) -> int:
        """Return the line (from 1) of a key, or of the nearest enclosing one that exists."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def written(self, path: KeyPath) -> str | None:
        """Return a scalar as the person wrote it, or None when there is none at this path."""
        return self._written.get(path)


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader that composes nodes only; what cannot be seen in the text is refused while composing."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        peek: Any = self.peek_event
        event = peek()
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(line, "anchors and aliases (`&name`, `*name`) are not allowed; write it out")
        if getattr(event, "tag", None):
            raise _Refused(line, f"the tag `{event.tag}` is not allowed; write a plain value")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _Refused(line, f"nested deeper than {MAX_DEPTH} levels")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Texts(_PlainLoader):
    """Reads every scalar as the text that was written."""

    yaml_implicit_resolvers: dict[str, Any] = {}


class _Values(_PlainLoader):
    """Reads scalars by the core rules of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}


class _Dumper(yaml.SafeDumper):
    """Writes what `_Values` reads back unchanged."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


for _class in (_Values, _Dumper):
    for _kind, _regex, _first in _SCALARS:
        starts = [*_first, ""] if _kind == "null" else [*_first]
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(_regex), starts)
# quoted on writing, because other readers would see a number, a date or a time
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:merge", re.compile(r"^(?:<<|=|[-+]?[0-9][0-9_:.-]*)$"), [*"<=", *_NUMBER_STARTS]
)


class _Refused(Exception):
    """Something in the text that is not read, with its line."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def read_yaml(path: Path, *, as_text: bool = False) -> YamlText:
    """Return the one mapping a file holds; raises WorkflowInvalid with file and line.

    ``as_text`` keeps every scalar as it was written (``1234.50`` stays ``1234.50``).
    """
    return yaml_of(_read_text(path), path, as_text=as_text)


def yaml_of(text: str, path: Path | str, *, as_text: bool = False) -> YamlText:
    """Return the one mapping a text holds; raises WorkflowInvalid naming ``path`` and the line."""
    try:
        return _parse(text, as_text=as_text)
    except _Refused as e:
        raise WorkflowInvalid(f"line {e.line}: {e.why}", where=f"{path}:{e.line}") from e
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        line = mark.line + 1 if mark else 1
        hint = "; a text with `: ` inside needs quotes" if "mapping values" in (e.problem or "") else ""
        problem = f"line {line}: this is not YAML: {e.problem}{hint}"
        raise WorkflowInvalid(problem, where=f"{path}:{line}") from e
    except yaml.YAMLError as e:
        raise WorkflowInvalid(f"this is not YAML: {' '.join(str(e).split())}", where=str(path)) from e


def _parse(text: str, *, as_text: bool = False) -> YamlText:
    """Return the one mapping a text holds; raises yaml.YAMLError or _Refused."""
    loader = (_Texts if as_text else _Values)(text)
    try:
        node = loader.get_single_node()
    except yaml.composer.ComposerError as e:
        if e.problem and "another document" in e.problem and e.problem_mark:
            raise _Refused(e.problem_mark.line + 1, "a second document (`---`) is not allowed") from e
        raise
    finally:
        loader.dispose()
    if node is None:
        raise _Refused(1, "the file is empty")
    if not isinstance(node, yaml.MappingNode):
        raise _Refused(node.start_mark.line + 1, "expected keys and values (`name: …`)")
    lines: dict[KeyPath, int] = {}
    written: dict[KeyPath, str] = {}
    return YamlText(_plain(node, (), lines, written), lines, written)


def _plain(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], written: dict[KeyPath, str]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case yaml.MappingNode():
            out: dict[str, Any] = {}
            for key, value in node.value:
                name, line = _key(key), key.start_mark.line + 1
                if name in out:
                    first = lines[(*path, name)]
                    raise _Refused(line, f"the key `{name}` stands here twice (first in line {first})")
                lines[(*path, name)] = line
                out[name] = _plain(value, (*path, name), lines, written)
            return out
        case yaml.SequenceNode():
            return [_plain(item, (*path, i), lines, written) for i, item in enumerate(node.value)]
        case _:
            written[path] = node.value
            return _scalar(node.tag, node.value)


def _key(node: yaml.Node) -> str:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise _Refused(line, "a key must be a plain word; a value that starts with `{` needs quotes")
    if node.value == "<<" and node.style is None:
        raise _Refused(line, "merge keys (`<<`) are not allowed; write the keys out")
    return str(node.value)


def _scalar(tag: str, text: str) -> Hashable:
    match tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.casefold() == "true"
        case "int":
            return int(text)
        case "float":
            return float(text) if math.isfinite(float(text)) else text
        case _:
            return text


def _read_text(path: Path) -> str:
    """Return the text of a file of bounded size; raises WorkflowInvalid."""
    try:
        if path.exists() and not path.is_file():
            raise WorkflowInvalid("this is not a file", where=str(path))
        with path.open("rb") as f:
            raw = f.read(MAX_BYTES + 1)
    except FileNotFoundError as e:
        do = "Check the name and --project."
        raise WorkflowInvalid(f"there is no file {path}", do=do, where=str(path)) from e
    except (OSError, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
        raise WorkflowInvalid(f"cannot be read: {why}", where=str(path)) from e
    if len(raw) > MAX_BYTES:
        raise WorkflowInvalid(f"the file is larger than {MAX_BYTES // 1_000_000} MB", where=str(path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        problem = f"line {line}: the file is not UTF-8 text; save it as UTF-8"
        raise WorkflowInvalid(problem, where=f"{path}:{line}") from e


def write_yaml(
    data: Mapping[str, Any], *, header: str = "", comments: Mapping[str, str] | None = None
) -> str:
    """Return data as YAML: one key per line, small mappings and lists in one line, comments above their key.

    ``comments`` maps key paths such as ``commits`` or ``params.supplier`` to text.
    """
    dumper_node = _node(data, indent=0, room=LINE_WIDTH)
    text = str(yaml.serialize(
        dumper_node, Dumper=_Dumper, allow_unicode=True, width=10**9, explicit_start=False, explicit_end=False
    ))
    if comments:
        text = _with_comments(text, comments)
    return f"# {header}\n{text}" if header else text


def _node(value: Any, *, indent: int, room: int) -> yaml.Node:
    """Return the node for a value, written in one line where it fits into ``room`` columns."""
    match value:
        case Mapping():
            pairs = [
                (_leaf(str(k)), _node(v, indent=indent + 2, room=room - 2 - len(str(k))))
                for k, v in value.items()
            ]
            flow = indent > 0 and _width(value) <= room
            return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=flow or not pairs)
        case list() | tuple():
            items = [_node(v, indent=indent + 2, room=room - 2) for v in value]
            flow = all(not isinstance(v, Mapping | list | tuple) for v in value) and _width(value) <= room
            return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=flow)
        case _:
            return _leaf(value)


def _width(value: Any) -> int:
    """Return about how many columns a value takes in one line."""
    match value:
        case Mapping():
            return 2 + sum(len(str(k)) + 4 + _width(v) for k, v in value.items())
        case list() | tuple():
            return 2 + sum(2 + _width(v) for v in value)
        case _:
            return len(str(value)) + 2


def _leaf(value: Any) -> yaml.ScalarNode:
    match value:
        case None:
            return yaml.ScalarNode("tag:yaml.org,2002:null", "null")
        case bool():
            return yaml.ScalarNode("tag:yaml.org,2002:bool", "true" if value else "false")
        case int():
            return yaml.ScalarNode("tag:yaml.org,2002:int", str(value))
        case float():
            return yaml.ScalarNode("tag:yaml.org,2002:float", repr(value))
        case _:
            text = str(value)
            if not text.isprintable() or ("{{" in text and not re.search(r"[\\\"]", text)):
                return yaml.ScalarNode(_TEXT, text, style='"')
            return yaml.ScalarNode(_TEXT, text)


def _with_comments(text: str, comments: Mapping[str, str]) -> str:
    parsed, lines = _parse(text), text.splitlines()
    above: dict[int, list[str]] = {}
    for dotted, comment in comments.items():
        path: KeyPath = tuple(int(p) if p.isdigit() else p for p in dotted.split("."))
        at = parsed.line(path) - 1
        pad = " " * (len(lines[at]) - len(lines[at].lstrip(" ")))
        for part in comment.splitlines():
            shown = "".join(c if c.isprintable() else " " for c in part)
            above.setdefault(at, []).append(f"{pad}# {shown}".rstrip())
    return "".join(f"{line}\n" for i, original in enumerate(lines) for line in (*above.get(i, ()), original))
