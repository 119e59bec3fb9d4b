"""Outputs of a demonstration: what was read, copied or downloaded, its type, and the later values that use it."""

from __future__ import annotations

import re
from typing import Literal

from ..domain.recording import Act, TableSeen
from ..domain.target import Fingerprint
from ..domain.template import abstract
from ..domain.values import same_value
from ..domain.workflow import Output
from .found import Found
from .kinds import Evidence, Kind, kind_of, kind_of_text
from .naming import name_of, slug
from .origins import words_before

Scalar = Literal["string", "integer", "decimal", "date"]
_SCALAR = {"integer", "decimal", "date"}
_VERBS = {"was", "is", "has", "the", "new", "your", "created", "ist", "wurde", "der", "die", "das", "neue", "neuer", "and"}


def find_output(i: int, act: Act, found: Found, evidence: Evidence) -> None:
    """Note what an act brings back: a text or a table that is read, or a file."""
    if act.kind == "read" and act.table is not None:
        _table(i, act, act.table, found, evidence)
    elif act.kind == "read" and act.value:
        _text(i, act, found, evidence)
    elif act.download:
        stem = re.sub(r"[\W\d_]+", " ", abstract(act.download, found.shown).rpartition(".")[0])
        name = _free(slug(act.output or stem if act.output or stem.strip() else "download"), found)
        found.outputs[name] = Output(type="file")
        found.output_of[i] = name


def _text(i: int, act: Act, found: Found, evidence: Evidence) -> None:
    text = " ".join((act.value or "").split())
    piece = act.read_back or text
    name = _free(slug(act.output) if act.output else _called(act, text, " ".join(piece.split())), found)
    said = f"{act.element.label if act.element else ''} {_column(act)}"
    typed = kind_of_text(piece, said, evidence)
    kind: Kind = typed.kind if typed.kind in _SCALAR and not typed.open else "string"
    if act.names_next:  # a name of something on the page is a text, and is no value that other texts would hold
        found.outputs[name], found.output_of[i], found.named_of[i + 1] = Output(type="string"), name, name
        found.named[f"outputs.{name}"] = piece
        return
    found.outputs[name] = Output(type=_output_type(kind))
    found.output_of[i] = name
    found.shown[f"outputs.{name}"] = piece if kind == "string" else " ".join(piece.split())
    if kind in _SCALAR and typed.format:
        found.format_of[i] = found.formats[f"outputs.{name}"] = typed.format


def _called(act: Act, text: str, piece: str) -> str:
    fp = act.element or Fingerprint(tag="")
    if piece != text:
        return next((slug(w) for w in words_before(text, piece) if w.casefold() not in _VERBS), slug(fp.label or "value"))
    if column := _column(act):
        return slug(column)
    return name_of(act.but(element=fp.model_copy(update={"name": "", "title": "", "placeholder": ""})))


def _column(act: Act) -> str:
    return act.row.headers[act.row.own] if act.row and 0 <= act.row.own < len(act.row.headers) else ""


def _table(i: int, act: Act, table: TableSeen, found: Found, evidence: Evidence) -> None:
    """Name the columns after their headers; a column is of the type that all its cells have."""
    columns: dict[str, str] = {}
    types: dict[str, Kind] = {}
    formats: set[str] = set()
    for at, header in enumerate(table.headers):
        cells = [row[at] for row in table.rows if at < len(row) and row[at]]
        if not header and not cells:
            continue
        name = slug(header) if header else f"column_{at + 1}"
        while name in columns:
            name = f"{name}_{at + 1}"
        # A column is known by its header, and by its place where that names none or several.
        columns[name] = header if header and table.headers.count(header) == 1 else f"#{at + 1}"
        typed = [kind_of_text(c, header, evidence) for c in cells]
        kinds = {t.kind for t in typed}
        whole = kinds == {"integer"} or kinds <= {"integer", "decimal"}
        kind: Kind = "decimal" if whole and len(kinds) > 1 else next(iter(kinds)) if len(kinds) == 1 else "string"
        types[name] = kind if kind in _SCALAR and not any(t.open for t in typed) else "string"
        formats |= {t.format for t in typed if t.format and types[name] == "date"}
    name = _free(slug(act.output or (act.element.heading if act.element else "") or "table"), found)
    found.outputs[name] = Output(type="table", columns={n: _output_type(t) for n, t in types.items()})
    found.output_of[i] = name
    found.columns_of[i] = columns


def _output_type(kind: Kind) -> Scalar:
    match kind:
        case "integer" | "decimal" | "date":
            return kind
        case _:
            return "string"


def from_output(i: int, act: Act, found: Found, evidence: Evidence) -> bool:
    """Tell whether a typed value is an output read before, or a text around one; then it becomes a template of it."""
    value = (act.value or "").strip()
    if act.kind == "upload" or not value:
        return False
    for full, text in found.shown.items():
        name = full.removeprefix("outputs.")
        if name == full or name not in found.outputs:
            continue
        hole = f"{{{{ {full} }}}}"
        scalar = found.outputs[name].type in _SCALAR
        if value.casefold() == text.strip().casefold() or (scalar and same_value(value, text)):
            found.value_of[i] = hole
            if scalar and (fmt := kind_of(act, evidence).format):
                found.format_of[i] = fmt
            return True
        if len(text) >= 4 and act.kind == "fill" and (held := abstract(value, {full: text})) != value:
            found.value_of[i] = held
            return True
    return False


def _free(base: str, found: Found) -> str:
    names = [base, *(f"{base}_{n}" for n in range(2, 100))]
    return next(n for n in names if n not in found.outputs and n not in found.params and n not in found.secrets)
