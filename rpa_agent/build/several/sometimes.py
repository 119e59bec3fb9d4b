"""Steps that some demonstrations had and others had not: done when a value is given, on a condition, or if it is there.

What always stands on the page is never done merely because it is there: a box that was ticked once and left alone once
is the person's decision, and becomes a yes-or-no parameter unless another value explains it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from ...domain.errors import UsageInvalid
from ...domain.procedure import Page, Step
from ...domain.template import HOLE, whole_name
from ...domain.workflow import Param
from ..parameters import slug

ENOUGH = 3  # demonstrations before a value may explain by its size or kind why a step was done
_ENTERS = {"fill", "select", "upload"}
_NUMBERS = {"decimal", "integer"}


@dataclass(frozen=True)
class Demo:
    """One demonstration: its values by parameter, and the steps it had."""

    values: Mapping[str, str]
    steps: frozenset[str]


@dataclass
class ToldApart:
    """Steps and parameters with what was found out."""

    steps: list[Step] = field(default_factory=list)
    params: dict[str, Param] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


def told_apart(
    steps: Sequence[Step], demos: Sequence[Demo], params: Mapping[str, Param], pages: Mapping[str, Page]
) -> ToldApart:
    """Return the steps with what decides about each that was not in every demonstration.

    Raises UsageInvalid where something was sent in some of them only and nothing explains it.
    """
    out = ToldApart(params=dict(params))
    for step in steps:
        had = [step.id in d.steps for d in demos]
        name = whole_name(step.value or "")
        if all(had) or not any(had) or step.when:
            out.steps.append(step)
        elif step.kind in _ENTERS and name in out.params:
            out.params[name] = out.params[name].but(required=False, default=None)
            out.steps.append(step)  # a value that is not given is not entered
        elif when := _explained(had, demos, out.params, _entered(steps, demos)):
            condition, sure = when
            visible = _stands_there(step, pages)
            out.steps.append(step.but(when=condition, optional=step.effect != "commit" and not sure and not visible))
        elif step.effect == "commit":
            raise UsageInvalid(
                f"{step.target.words() if step.target else step.id} sends something in some demonstrations only, and no"
                " value explains when",
                do="Record it under a name of its own, or say its condition with `rpa procedure edit`.",
            )
        elif step.target is None and step.kind != "press":
            out.remarks["steps"] = f"going to {step.value or 'another page'} was left out: not every demonstration did"
        elif _stands_there(step, pages) and step.kind not in {"hover", "scroll", "read"}:
            out.steps.append(_decided(step, had, out))
        else:
            out.steps.append(step.but(optional=True))
    return out


def _entered(steps: Sequence[Step], demos: Sequence[Demo]) -> dict[str, list[bool]]:
    """Return for each parameter in which demonstrations it was entered."""
    names = ((whole_name(s.value or ""), s) for s in steps if s.kind in _ENTERS)
    return {n: [s.id in d.steps for d in demos] for n, s in names if n is not None}


def _explained(
    had: Sequence[bool], demos: Sequence[Demo], params: Mapping[str, Param], entered: Mapping[str, list[bool]]
) -> tuple[str, bool] | None:
    """Return the one condition that fits every demonstration and whether it leaves nothing open; None if none, or many."""
    given = [n for n in params if entered.get(n) == had]
    if given:
        return f"{{{{ {given[0]} is given }}}}", True
    if len(demos) < ENOUGH:
        return None
    found = [c for n, p in params.items() for c in _by_value(n, p, had, demos)]
    return found[0] if len(found) == 1 else None


def _by_value(name: str, param: Param, had: Sequence[bool], demos: Sequence[Demo]) -> Iterator[tuple[str, bool]]:
    values = [d.values.get(name) for d in demos]
    if any(v is None for v in values):
        return
    yes = [v for v, h in zip(values, had, strict=True) if h and v is not None]
    no = [v for v, h in zip(values, had, strict=True) if not h and v is not None]
    if param.type in _NUMBERS:
        yield from _by_size(name, yes, no)
    elif param.type == "boolean" and len(set(yes)) == 1 and not set(yes) & set(no):
        yield f"{{{{ {name} == {yes[0]} }}}}", True
    elif param.type == "choice" and len(set(yes)) == 1 and yes[0] not in no and '"' not in yes[0]:
        yield f'{{{{ {name} == "{yes[0]}" }}}}', True


def _by_size(name: str, yes: Sequence[str], no: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Between the largest without and the smallest with it nothing was shown; there the page decides."""
    try:
        more, less = [Decimal(v) for v in yes], [Decimal(v) for v in no]
    except InvalidOperation:
        return
    if min(more) > max(less):
        yield f"{{{{ {name} > {max(less).normalize():f} }}}}", False
    elif max(more) < min(less):
        yield f"{{{{ {name} < {min(less).normalize():f} }}}}", False


def _stands_there(step: Step, pages: Mapping[str, Page]) -> bool:
    """Tell whether the element was on the page from the beginning, also where it was left alone."""
    page = pages.get(step.target.page) if step.target else None
    if page is None or step.target is None:
        return False
    fp = step.target.variants[0].fingerprint
    names = {fp.name, fp.label} - {""}
    return any(len(row) > 1 and row[0] == fp.role and row[1] in names for row in page.elements)


def _decided(step: Step, had: Sequence[bool], out: ToldApart) -> Step:
    """Whether it is done is a value of the run, which is no unless it is given."""
    fp = step.target.variants[0].fingerprint if step.target else None
    words = HOLE.sub("", fp.name or fp.label) if fp and "#h:" not in fp.name else step.kind
    base = slug(words)
    name = next(n for n in (base, *(f"{base}_{k}" for k in range(2, 1000))) if n not in out.params)
    out.params[name] = Param(type="boolean", default=False, label=words)
    out.examples[name] = "true" if had[-1] else "false"
    return step.but(when=f"{{{{ {name} }}}}")
