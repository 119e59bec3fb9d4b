"""Corrects the value that a step enters: what it is called, how it is read, whether it varies or is a secret."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

from ...domain.procedure import Procedure, Step
from ...domain.template import abstract, names_in, whole_name
from ...domain.values import as_written, canonical, is_date_format, spell
from ...domain.workflow import Param, Workflow
from .. import Built
from ..found import named_by_page
from .renaming import renamed, without
from .sentences import values_of

ENTERS = {"fill", "select", "upload"}
_DAYS = re.compile(r"^(?:([+-])\s*(\d{1,4}))?$")
_PARAM_NAME = re.compile(r"^[a-z_][a-z0-9_]{0,63}$")


class Refused(Exception):
    """This correction cannot be made; the message says why and what can be written."""


def nothing_after(rest: str) -> None:
    if rest:
        raise Refused(f"nothing is expected after it, not {rest!r}")


def _name_of(built: Built, step: Step) -> str:
    name = next((n for n in values_of(step) if n in built.workflow.params), None)
    if name is not None:
        return name
    if any(n.startswith("secrets.") for n in names_in(step.value or "")):
        raise Refused("it enters a secret; say “not-secret N” first if it is none")
    raise Refused("this step enters no value that varies")


def with_param(built: Built, name: str, **changes: object) -> Built:
    params = {**built.workflow.params, name: built.workflow.params[name].but(**changes)}
    return replace(built, workflow=built.workflow.but(params=params))


def constant(built: Built, step: Step, rest: str) -> Built:
    """The value stays in the workflow file, not in memory: it is the person's data, and can still be given."""
    if output := named_by_page(step):
        built, step = _no_longer_read(built, step, output)
    name = _name_of(built, step)
    value = rest.strip("\"'“”") or built.examples.get(name, "")
    if not value:
        raise Refused(f"there is no example of {name}; say “N constant VALUE”")
    if "{{" in value:
        raise Refused("a constant value cannot hold {{")
    if built.workflow.rows and built.workflow.rows.key == name:
        raise Refused(f"{name} tells the rows apart, so it varies")
    return with_param(built, name, default=_canonical(built.workflow.params[name], value))


def _no_longer_read(built: Built, step: Step, output: str) -> tuple[Built, Step]:
    """What the page named becomes a value of the workflow; as an example it has what the page named when it was shown."""
    was, value = f"{{{{ outputs.{output} }}}}", built.shown.get(f"outputs.{output}", "")
    kept = built.procedure.but(steps=tuple(s for s in built.procedure.steps if s.output != output or s.kind != "read"))
    text = kept.model_dump_json(by_alias=True).replace(was, f"{{{{ {output} }}}}")
    procedure = Procedure.model_validate_json(text)
    workflow = built.workflow.but(
        params={**built.workflow.params, output: Param()},
        outputs={n: o for n, o in built.workflow.outputs.items() if n != output},
    )
    changed = replace(
        built,
        procedure=procedure.but(params=(*procedure.params, output)),
        workflow=workflow,
        examples={**built.examples, output: value},
        shown={**{n: v for n, v in built.shown.items() if n != f"outputs.{output}"}, output: value},
    )
    return changed, changed.procedure.step(step.id)


def _canonical(param: Param, value: str) -> str:
    try:
        return param.canonical(value)
    except ValueError as e:
        raise Refused(str(e)) from e


def varies(built: Built, step: Step, rest: str) -> Built:
    nothing_after(rest)
    return with_param(built, _name_of(built, step), default=None)


def on_the_day(built: Built, step: Step, rest: str) -> Built:
    name, days = _name_of(built, step), _DAYS.match(rest)
    if days is None:
        raise Refused("say “today”, “today + 30” or “today - 1”")
    if built.workflow.params[name].type != "date":
        raise Refused(f"{name} is no date but {built.workflow.params[name].type}")
    return with_param(built, name, default=f"{{{{ today{f' {days[1]} {days[2]}' if days[1] else ''} }}}}")


def called(built: Built, step: Step, rest: str) -> Built:
    if step.kind == "read" and step.output and step.output != rest:
        raise Refused("what a step reads is called otherwise in the workflow file and with `rpa procedure edit`")
    old = _name_of(built, step)
    if not _PARAM_NAME.match(rest):
        raise Refused(f"{rest!r} is no name: small letters, digits and _ only")
    if rest in {*built.workflow.secrets, *built.workflow.outputs}:
        raise Refused(f"{rest!r} is a secret or an output already")
    if rest in built.workflow.params and rest != old and built.examples.get(rest) != built.examples.get(old):
        raise Refused(f"{rest!r} is another value already")
    return renamed(built, old, rest)


def of_type(built: Built, step: Step, rest: str) -> Built:
    name, kinds = _name_of(built, step), get_args(Param.model_fields["type"].annotation)
    if rest not in kinds:
        raise Refused(f"{rest!r} is no type; known: {', '.join(kinds)}")
    param = built.workflow.params[name].but(type=rest)
    if example := built.examples.get(name):
        _canonical(param, example)
    return with_param(built, name, type=rest)


def reading(built: Built, step: Step, rest: str) -> Built:
    name = _name_of(built, step)
    param = built.workflow.params[name]
    shown = built.shown.get(name) or _as_shown(built.examples.get(name, ""), param.type, step.format)
    if not shown:
        raise Refused(f"there is no example of {name} to read")
    try:
        value = canonical(shown, rest)
    except (ValueError, KeyError) as e:
        raise Refused(f"{rest!r} is no way of writing a date or number; as in dd.mm.yyyy or 1.234,50") from e
    if value is None:
        raise Refused(f"“{shown}” cannot be read as {rest}")
    kind = "date" if is_date_format(rest) else "decimal" if param.type != "integer" else "integer"
    fmt = as_written(shown, rest)
    steps = tuple(
        s.but(format=fmt) if whole_name(s.value or "") == name and s.kind in ENTERS else s
        for s in built.procedure.steps
    )
    changed = replace(
        built,
        procedure=built.procedure.but(steps=steps),
        examples={**built.examples, name: value},
        remarks={k: v for k, v in built.remarks.items() if k != f"params.{name}"},
    )
    return with_param(changed, name, type=kind)


def _as_shown(value: str, kind: str, fmt: str | None) -> str:
    return spell(value, kind, (fmt or "").split(" | ")[0] or None) if value else ""


def secret(built: Built, step: Step, rest: str) -> Built:
    nothing_after(rest)
    if any(n.startswith("secrets.") for n in names_in(step.value or "")):
        return built
    name = _name_of(built, step)
    if whole_name(step.value or "") != name:
        raise Refused("it is only a part of what is typed; a secret is typed alone")
    if built.workflow.rows and built.workflow.rows.key == name:
        raise Refused(f"{name} tells the rows apart, so it is written in the row file")
    value = built.shown.get(name) or built.examples.get(name, "")
    changed = without(built, name)
    steps = tuple(
        s.but(value=f"{{{{ secrets.{name} }}}}", format=None) if whole_name(s.value or "") == name else s
        for s in changed.procedure.steps
    )
    return replace(
        changed,
        procedure=changed.procedure.but(steps=steps, secrets=(*changed.procedure.secrets, name)),
        workflow=changed.workflow.but(secrets=(*changed.workflow.secrets, name)),
        secrets={**changed.secrets, **({name: value} if value else {})},
    )


def not_secret(built: Built, step: Step, rest: str) -> Built:
    nothing_after(rest)
    hole = whole_name(step.value or "") or ""
    name = hole.removeprefix("secrets.")
    if not hole.startswith("secrets."):
        raise Refused("it enters no secret")
    if step.target and any(v.fingerprint.type == "password" for v in step.target.variants):
        raise Refused("the field hides what is typed, so it stays secret")
    value = built.secrets.get(name, "")
    changed = without_secret(built, name)
    steps = tuple(
        s.but(value=f"{{{{ {name} }}}}") if whole_name(s.value or "") == hole else s for s in changed.procedure.steps
    )
    if value:  # what was kept of it in clear, as a heading that greets the user, varies from now on
        text = Procedure.model_validate(changed.procedure.but(steps=steps).model_dump(by_alias=True))
        steps = tuple(_abstracted(s, {name: value}) for s in text.steps)
    workflow: Workflow = changed.workflow.but(params={**changed.workflow.params, name: Param()})
    return replace(
        changed,
        procedure=changed.procedure.but(steps=steps, params=(*changed.procedure.params, name)),
        workflow=workflow,
        examples={**changed.examples, **({name: value} if value else {})},
        shown={**changed.shown, **({name: value} if value else {})},
    )


def _abstracted(step: Step, values: dict[str, str]) -> Step:
    texts = tuple(abstract(t, values) for t in step.expect.texts)
    return step.but(expect=step.expect.but(texts=texts, dialog=abstract(step.expect.dialog, values)))


def without_secret(built: Built, name: str) -> Built:
    return replace(
        built,
        procedure=built.procedure.but(secrets=tuple(s for s in built.procedure.secrets if s != name)),
        workflow=built.workflow.but(secrets=tuple(s for s in built.workflow.secrets if s != name)),
        secrets={k: v for k, v in built.secrets.items() if k != name},
    )
