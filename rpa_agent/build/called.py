"""Gives what was built the names that its workflow uses: a value is known by what it is, whatever the page calls its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..domain.template import HOLE, whole_name
from ..domain.values import same_value
from ..domain.workflow import CommitRule, Workflow
from . import Built, told
from .telling.renaming import renamed, without

_MEANWHILE = "renamed_{}"      # two names may change places


def called_as_in(workflow: Workflow, built: Built, *, values: Mapping[str, str], secrets: Mapping[str, str]) -> Built:
    """Return what was built with the parameters and secrets of a workflow, by the values that were entered.

    ``values`` and ``secrets`` are those of the workflow. What was entered and is none of them is constant.
    """
    entered = {**built.examples, **{f"secrets.{n}": v for n, v in built.secrets.items()}}
    names = {old: _name_of(value, values, secrets) for old, value in entered.items()}
    plain = tuple(CommitRule(name=c.name) for c in built.workflow.commits)
    mine = built.workflow.but(params=workflow.params, secrets=workflow.secrets, success=workflow.success, commits=plain, rows=None)
    built = replace(built, workflow=built.workflow.but(params={}, secrets=(), commits=plain, rows=None))
    for at, old in enumerate(entered):
        if names[old] is not None:
            built = renamed(built, old, _MEANWHILE.format(at))
    for at, old in enumerate(entered):
        if (new := names[old]) is not None:
            built = renamed(built, _MEANWHILE.format(at), new)
        elif not old.startswith("secrets."):
            built = _constant(built, old, built.shown.get(old) or entered[old])
    used = {n for s in built.procedure.steps if s.value for n in [whole_name(s.value)] if n} | set(_holes(built))
    procedure = built.procedure.but(
        params=tuple(n for n in workflow.params if n in used),
        secrets=tuple(n for n in workflow.secrets if f"secrets.{n}" in used),
    )
    examples = {n: v for n, v in values.items() if n in workflow.params}
    return told(replace(built, procedure=procedure, workflow=mine, examples=examples, secrets=dict(secrets)))


def _name_of(value: str, values: Mapping[str, str], secrets: Mapping[str, str]) -> str | None:
    if (secret := next((n for n, v in secrets.items() if v == value), None)) is not None:
        return f"secrets.{secret}"
    exact = next((n for n, v in values.items() if v == value), None)
    return exact or next((n for n, v in values.items() if v and same_value(value, v)), None)


def _constant(built: Built, name: str, value: str) -> Built:
    """Put a value in the place of its name where a step enters it; elsewhere nothing is known by it any more."""
    built = without(built, name, value=value)
    steps = tuple(
        s.but(value=HOLE.sub(lambda m: value if m[1] == name else m[0], s.value)) if s.value and name in s.value else s
        for s in built.procedure.steps
    )
    return replace(built, procedure=built.procedure.but(steps=steps))


def _holes(built: Built) -> set[str]:
    return {m[1] for m in HOLE.finditer(built.procedure.model_dump_json())}
