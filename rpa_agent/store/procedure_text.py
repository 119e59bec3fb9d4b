"""A procedure as text that people read and edit: YAML that is the same for the same know-how, and checked on its way back.

What the text leaves out (defaults, counts of how often a look matched) is put back from the version it was made of. Rows
of a page's elements are one line each: ``role | name | tag | …``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ..domain.condition import Shown, parameters_of, parse, problems
from ..domain.errors import ProcedureInvalid, WorkflowInvalid
from ..domain.procedure import Procedure, Step
from ..domain.target import Variant
from ..domain.template import HOLE, names_in
from ..domain.workflow import NAME, Param
from .workflow_problems import Problem, problems_of
from .yaml_text import MAX_BYTES, KeyPath, YamlText, write_yaml, yaml_of

_COUNTED = ("seen", "failed", "last")
_FIRST = ("id", "kind", "when", "optional", "spare", "value", "effect", "commit", "reason", "format", "tab", "output", "answer")
_NEEDS_TARGET = {"click", "dblclick", "rightclick", "fill", "select", "check", "uncheck", "upload", "drag", "hover", "read"}
_MASKED_HOLE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def to_text(
    procedure: Procedure, *, version: int | None = None, header: str = "", sentences: Sequence[str] = ()
) -> str:
    """Return a procedure as YAML; ``version`` says which version it was, so that another one is not overwritten.

    ``sentences`` stand as comments above the steps.
    """
    data = procedure.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    out: dict[str, Any] = {"schema": 1, "procedure": procedure.procedure}
    if version is not None:
        out["version"] = version
    out.update({k: data[k] for k in ("site", "task", "params", "secrets") if k in data})
    out["steps"] = [_step(s) for s in data["steps"]]
    if procedure.pages:
        out["pages"] = {name: _page(page) for name, page in sorted(data["pages"].items())}
    if procedure.script:
        out["script"] = procedure.script.split("\n")
    if procedure.facts:
        out["facts"] = data["facts"]
    if procedure.ambient:
        out["ambient"] = data["ambient"]
    return write_yaml(out, header=header, comments={f"steps.{i}": text for i, text in enumerate(sentences)})


def _step(data: dict[str, Any]) -> dict[str, Any]:
    """What it does comes first, how it is recognised and what follows it come last."""
    out = {k: data[k] for k in _FIRST if k in data}
    if isinstance(when := out.get("when"), str) and isinstance(condition := parse(when), Shown):
        out["when"] = {"visible" if condition.shown else "hidden": condition.text}
    out.update({k: v for k, v in data.items() if k not in out and k not in {"target", "to", "expect"}})
    if "target" in data:
        out["target"] = _without_counts(data["target"])
    if "to" in data:
        out["to"] = data["to"]
    if "expect" in data:
        out["expect"] = data["expect"]
    return out


def _without_counts(target: dict[str, Any]) -> dict[str, Any]:
    """Counts are bookkeeping: they change with every run, and would make another text of the same know-how."""
    variants = [{k: v for k, v in variant.items() if k not in _COUNTED} for variant in target.get("variants", ())]
    return {**target, "variants": variants}


def _page(data: dict[str, Any]) -> dict[str, Any]:
    if "elements" not in data:
        return data
    return {**data, "elements": [_row(cells) for cells in data["elements"]]}


def _row(cells: Sequence[str]) -> str | None:
    return " | ".join(c.replace("\\", "\\\\").replace("|", "\\|") for c in cells) if cells else None


def _cells(row: str | None) -> list[str]:
    if row is None:
        return []
    cells: list[str] = []
    cell, escaped = "", False
    for c in row:
        if escaped:
            cell, escaped = cell + c, False
        elif c == "\\":
            escaped = True
        elif c == "|":
            cells.append(cell.removesuffix(" ").removeprefix(" " if cells else ""))
            cell = ""
        else:
            cell += c
    cells.append(cell.removeprefix(" " if cells else ""))
    return cells


# ---- back -----------------------------------------------------------------------------------------------------------


def version_in(text: str, where: str) -> int | None:
    """Return the version that a text was made of, where it says so; raises ProcedureInvalid."""
    found = _read(text, where).data.get("version")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def from_text(text: str, before: Procedure, params: Mapping[str, Param] | None, *, where: str) -> Procedure:
    """Return the procedure that an edited text describes; raises ProcedureInvalid naming line and key of all problems.

    ``params`` are the workflow's parameters with their types, where there is a workflow file.
    """
    parsed = _read(text, where)
    data, found = _plain(parsed)
    if found:
        raise _invalid(found, where)
    try:
        procedure = Procedure.model_validate(data)
    except ValidationError as e:
        raise _invalid(problems_of(e, parsed, Procedure), where) from e
    known = {p.what for p in _slips(before, before, params, parsed)}  # what was so before is not this edit's slip
    slips = (p for p in _slips(procedure, before, params, parsed) if p.what not in known)
    if found := sorted(slips, key=lambda p: p.line):
        raise _invalid(found, where)
    return _counted(procedure, before)


def _read(text: str, where: str) -> YamlText:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise ProcedureInvalid(f"the text is larger than {MAX_BYTES // 1_000_000} MB", where=where)
    try:
        return yaml_of(text, where)
    except WorkflowInvalid as e:
        raise ProcedureInvalid(e.message, where=e.where) from e


def _invalid(found: Sequence[Problem], where: str) -> ProcedureInvalid:
    return ProcedureInvalid("\n".join(p.words() for p in found[:50]), where=f"{where}:{found[0].line}")


def _plain(parsed: YamlText) -> tuple[dict[str, Any], list[Problem]]:
    """Return the document's data as memory holds it, and what in the text has another shape."""
    data, found = dict(parsed.data), []
    data.pop("version", None)

    def wrong(path: KeyPath, what: str) -> None:
        found.append(Problem(parsed.line(path), path, what))

    if isinstance(script := data.get("script"), list):
        if all(isinstance(line, str) for line in script):
            data["script"] = "\n".join(script)
        else:
            wrong(("script",), "expected a list of texts; put quotes around them")
    pages = data.get("pages")
    if isinstance(pages, dict):
        data["pages"] = {name: _page_data(name, page, wrong) for name, page in pages.items()}
    steps = data.get("steps")
    if isinstance(steps, list):
        data["steps"] = [_step_data(i, s, wrong) for i, s in enumerate(steps)]
    return data, found


def _page_data(name: str, page: Any, wrong: Any) -> Any:
    if not isinstance(page, dict) or not isinstance(page.get("elements"), list):
        return page
    rows = []
    for i, row in enumerate(page["elements"]):
        if row is not None and not isinstance(row, str):
            wrong(("pages", name, "elements", i), "expected one text: role | name | tag | …")
            continue
        rows.append(_cells(row))
    return {**page, "elements": rows}


def _step_data(index: int, step: Any, wrong: Any) -> Any:
    when = step.get("when") if isinstance(step, dict) else None
    if not isinstance(when, dict):
        return step
    if len(when) == 1 and (key := next(iter(when))) in {"visible", "hidden"} and isinstance(when[key], str):
        return {**step, "when": f'{key}: "{when[key]}"' if '"' not in when[key] else f"{key}: {when[key]}"}
    wrong(("steps", index, "when"), 'expected "{{ amount > 10000 }}", {visible: TEXT} or {hidden: TEXT}')
    return step


def _slips(
    procedure: Procedure, before: Procedure, params: Mapping[str, Param] | None, parsed: YamlText
) -> Iterator[Problem]:
    """What no single value shows: names that nothing gives, ids that stand twice, pages that are not there."""

    def slip(path: KeyPath, what: str) -> Problem:
        return Problem(parsed.line(path), path, what)

    for key in ("procedure", "site"):
        if getattr(procedure, key) != getattr(before, key):
            yield slip((key,), f"this is {getattr(before, key)!r} for life; record another workflow instead")
    if not procedure.steps:
        yield slip(("steps",), "a procedure has at least one step")
    for i, name in enumerate(procedure.params):
        if params is not None and name not in params:
            yield slip(("params", i), f"{name!r} is no parameter of the workflow file (known: {', '.join(params)})")
    seen: dict[str, int] = {}
    commits: dict[str, int] = {}
    for i, step in enumerate(procedure.steps):
        if step.id in seen:
            yield slip(("steps", i, "id"), f"{step.id!r} is the id of step {seen[step.id] + 1} too")
        seen.setdefault(step.id, i)
        yield from (slip(("steps", i, *path), what) for path, what in _of_step(step, procedure, commits, i))
        for path, what in _of_templates(step, procedure, params):
            yield slip(("steps", i, *path), what)


def _of_step(
    step: Step, procedure: Procedure, commits: dict[str, int], index: int
) -> Iterator[tuple[KeyPath, str]]:
    if not re.fullmatch(r"[\w-]{1,40}", step.id):
        yield ("id",), f"{step.id!r} is no id: letters, digits, - and _, 40 at most"
    if step.effect == "commit" and not step.commit:
        yield ("effect",), "a step that sends needs a name: `commit: file-invoice`"
    if step.commit and step.effect != "commit":
        yield ("commit",), f"a step of effect {step.effect} has no commit name"
    if step.commit and not re.match(NAME, step.commit):
        yield ("commit",), f"{step.commit!r} is not a name: small letters, digits and hyphens, 64 at most"
    if step.commit and commits.setdefault(step.commit, index) != index:
        yield ("commit",), f"step {commits[step.commit] + 1} sends as {step.commit!r} already"
    for part, target in (("target", step.target), ("to", step.to)):
        if target is not None and target.page and target.page not in procedure.pages:
            yield (part, "page"), f"there is no page {target.page!r} (known: {', '.join(procedure.pages) or 'none'})"
    yield from _of_kind(step)


def _of_kind(step: Step) -> Iterator[tuple[KeyPath, str]]:
    """What a step of this kind cannot do without."""
    if step.kind in _NEEDS_TARGET and (step.target is None or not step.target.variants):
        yield ("kind",), f"a step of kind {step.kind} needs a target with at least one variant"
    if step.kind == "goto" and not step.value:
        yield ("kind",), 'a step of kind goto needs a value: "{base}/invoices"'
    if step.kind == "read" and not step.output:
        yield ("kind",), "a step of kind read needs the name of its output"
    if step.tab < 0:
        yield ("tab",), "tabs are counted from 0"


def _of_templates(
    step: Step, procedure: Procedure, params: Mapping[str, Param] | None
) -> Iterator[tuple[KeyPath, str]]:
    outputs = {f"outputs.{s.output}" for s in procedure.steps if s.output}
    known = {*procedure.params, *(f"secrets.{s}" for s in procedure.secrets), *outputs, "today"}
    listed = ", ".join(sorted(known))
    data = step.model_dump(mode="json", exclude={"when"})
    for path, text in _texts(data, ()):
        if "{{" not in text:
            continue
        if "{{" in HOLE.sub("", text):
            bad = next(iter(_MASKED_HOLE.findall(HOLE.sub("", text))), text[:40])
            yield path, f"{bad!r} is no template: write {{{{ name }}}}, {{{{ secrets.name }}}} or {{{{ today + 30 }}}}"
        for name in names_in(text):
            if name not in known:
                yield path, f"{name!r} is no parameter, secret or output here (known: {listed})"
    for field, name in ((f, n) for r in step.expect.requests for f, n in r.fields.items()):
        if name and name not in known:
            yield ("expect", "requests"), f"the field {field!r} carries {name!r}, which is no parameter"
    for field, name in ((f, n) for r in step.expect.requests for n, f in r.within.items()):
        if name not in known:
            yield ("expect", "requests"), f"the field {field!r} carries {name!r}, which is no parameter"
    if step.when is not None:
        condition = parse(step.when)
        types = {n: params[n].type if params and n in params else "string" for n in procedure.params}
        told = problems(condition, types) if params is not None else []
        unknown = [n for n in parameters_of(condition) if n not in types]
        for what in told or [f"{n!r} is no parameter" for n in unknown]:
            yield ("when",), what


def _texts(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for key, inner in value.items():
                yield from _texts(inner, (*path, key))
        case list():
            for i, inner in enumerate(value):
                yield from _texts(inner, (*path, i))


def _counted(procedure: Procedure, before: Procedure) -> Procedure:
    """Give every look that was known the counts that it had."""
    known = {s.id: s for s in before.steps}

    def counted(step: Step) -> Step:
        was = known[step.id].target if step.id in known else None
        if step.target is None or was is None:
            return step
        variants = tuple(_with_counts(v, was.variants) for v in step.target.variants)
        return step.but(target=step.target.but(variants=variants))

    return procedure.but(steps=tuple(counted(s) for s in procedure.steps))


def _with_counts(variant: Variant, known: Sequence[Variant]) -> Variant:
    was = next((v for v in known if v.fingerprint == variant.fingerprint), None)
    return variant.but(seen=was.seen, failed=was.failed, last=was.last) if was else variant
