"""Builds from a foreign recording: what no page has shown yet is marked so, and what might send counts as sending."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..domain.errors import ImportInvalid
from ..domain.procedure import Procedure, Step
from ..domain.recording import Act, Recording
from ..domain.target import Target, Variant
from ..domain.template import HOLE, abstract, whole_name
from ..domain.values import same_value
from ..domain.workflow import Check, CommitRule, Workflow
from . import Built, build_procedure, told
from .parameters import slug

FROM = "import"
SOMEWHERE = Check(url="{base}/**")  # stands where the file tells nothing that proves success, until a page does
UNSEEN = "may send: it was imported, and no page has shown yet what it does"
_PRESSED = {"click", "dblclick"}
_HARMLESS_ROLES = {
    "link", "option", "tab", "menuitem", "treeitem", "textbox", "searchbox", "combobox", "listbox", "spinbutton",
    "checkbox", "radio", "switch", "heading", "columnheader", "slider",
}  # fmt: skip
# Only texts inside of a locator can be a value of this run; an id that is spelled like one is the page's own.
_TEXTS = re.compile(
    r'((?:\[name=|internal:text=|internal:has-text=|internal:has=|text=|normalize-space\(\)=))'
    r"""("(?:[^"\\]|\\.)*"|'[^']*'|/(?:[^/\\]|\\.)+/)"""
)


def build_imported(
    recording: Recording, *, checks: Sequence[Check], name: str, task: str, site: str, salt: str
) -> Built:
    """Build from a foreign recording; raises ParamsInvalid when it shows nothing."""
    built = build_procedure(recording, name=name, task=task, site=site, salt=salt)
    shown = _shown(built, recording.acts)
    foreign = {act.locators for act in recording.acts if act.locators}
    steps: list[Step] = []
    for step in built.procedure.steps:
        steps.append(_marked(step, foreign, shown, steps))
    procedure = built.procedure.but(steps=tuple(steps))
    workflow = built.workflow.but(
        commits=tuple(CommitRule(name=s.commit) for s in procedure.commits() if s.commit),
        success=_checks(checks, recording, built.workflow, shown),
    )
    return told(_called_as_given(_with_words(built, procedure, workflow)))


def _marked(step: Step, foreign: set[tuple[str, ...]], shown: Mapping[str, str], before: Sequence[Step]) -> Step:
    """Note where the target comes from, and take a button for what it may be until somebody has seen what it sends."""
    if step.target is None:
        # Enter without a field may send a form as a button does.
        return _sending(step, before) if step.kind == "press" and step.value == "Enter" else step
    step = step.but(target=_foreign(step.target, foreign, shown))
    if step.to is not None:
        step = step.but(to=_foreign(step.to, foreign, shown))
    assert step.target is not None
    role = step.target.variants[0].fingerprint.role
    may_send = (step.kind in _PRESSED and role not in _HARMLESS_ROLES) or (
        step.kind == "press" and step.value == "Enter"
    )
    return _sending(step, before) if may_send and step.effect == "none" else step


def _sending(step: Step, before: Sequence[Step]) -> Step:
    if _logs_in(before):
        return step.but(effect="draft", reason="logs in: it follows a password")
    words = step.target.variants[0].fingerprint.name if step.target else "enter"
    base = re.sub(r"_+", "-", slug(HOLE.sub("", words) or step.kind))[:55].strip("-") or "send"
    taken = {s.commit for s in before}
    name = next(n for n in (base, *(f"{base}-{k}" for k in range(2, 3000))) if n not in taken)
    return step.but(effect="commit", commit=name, reason=UNSEEN)


def _logs_in(before: Sequence[Step]) -> bool:
    """Tell whether the last thing entered was a secret of a login that nothing has sent yet."""
    for step in reversed(before):
        if step.effect != "none" or step.kind == "goto":
            return False
        if step.kind in {"fill", "select"}:
            return "secrets." in (step.value or "")
    return False


def _foreign(target: Target, foreign: set[tuple[str, ...]], shown: Mapping[str, str]) -> Target:
    def of(variant: Variant) -> Variant:
        if variant.locators not in foreign:
            return variant
        locators = tuple(_templated(locator, shown) for locator in variant.locators)
        row = variant.fingerprint.row
        if row is not None and HOLE.search(row.key):
            # A way that names the row of the recording would act on that row whatever this run's value is.
            locators = tuple(locator for locator in locators if HOLE.search(locator))
            if not locators:
                raise ImportInvalid(
                    f"{variant.fingerprint.words()}: the text that names its row cannot be told from the rest",
                    do="Name the row by its text alone, as in get_by_role(\"row\").filter(has_text=\"RE-1\").",
                )
        return variant.but(locators=locators, came_from=FROM, seen=0, first="", last="")

    return target.but(variants=tuple(of(v) for v in target.variants))


def _templated(locator: str, shown: Mapping[str, str]) -> str:
    """Return a locator with this run's values as holes, so that it names another record in another run."""
    return _TEXTS.sub(lambda m: m[1] + abstract(m[2], shown), locator)


def _shown(built: Built, acts: Sequence[Act]) -> dict[str, str]:
    """Return the values as the recording wrote them, by parameter."""
    shown: dict[str, str] = {}
    for name, value in built.examples.items():
        typed = (a.value for a in acts if a.value and not a.secret and (a.value == value or same_value(a.value, value)))
        shown[name] = next(typed, value)
    return shown


def _checks(
    given: Sequence[Check], recording: Recording, workflow: Workflow, shown: Mapping[str, str]
) -> tuple[Check, ...]:
    """Return what the file itself asserts, with values as holes; else the page that its last act led to."""

    def held(check: Check) -> Check:
        fields = {k: v for k in ("visible", "hidden", "url") if (v := getattr(check, k)) is not None}
        return Check.model_validate({k: abstract(v, shown) for k, v in fields.items()})

    if given:
        return tuple(dict.fromkeys(held(c) for c in given))
    ended = recording.acts[-1]
    return workflow.checks() if ended.url_after.partition("#")[0] != ended.url.partition("#")[0] else (SOMEWHERE,)


def _with_words(built: Built, procedure: Procedure, workflow: Workflow) -> Built:
    from dataclasses import replace

    return replace(built, procedure=procedure, workflow=workflow)


def _called_as_given(built: Built) -> Built:
    """A recording that holds holes instead of values, as our own export does, keeps their names and has no examples."""
    from dataclasses import replace

    names = {
        name: hole for name, value in built.examples.items() if (hole := whole_name(value)) and hole.isidentifier()
    }
    if not any(HOLE.search(v) for v in built.examples.values()):
        return built
    examples = {names.get(n, n): v for n, v in built.examples.items() if not HOLE.search(v)}
    taken = set(built.examples) - set(names)
    names = {n: h for n, h in names.items() if h not in taken and "." not in h}

    def renamed(text: str) -> str:
        return HOLE.sub(lambda m: f"{{{{ {names[m[1]]} }}}}" if m[1] in names and not m[2] else m[0], text)

    procedure = Procedure.model_validate_json(renamed(built.procedure.model_dump_json(by_alias=True)))
    procedure = procedure.but(params=tuple(names.get(p, p) for p in procedure.params))
    workflow = Workflow.model_validate_json(renamed(built.workflow.model_dump_json(by_alias=True)))
    workflow = workflow.but(params={names.get(n, n): p for n, p in workflow.params.items()})
    sentences = tuple(renamed(line) for line in built.sentences)
    return replace(built, procedure=procedure, workflow=workflow, examples=examples, sentences=sentences)


def foreign_steps(procedure: Procedure) -> tuple[Step, ...]:
    """Return the steps that no page has shown yet."""
    return tuple(s for s in procedure.steps if s.target and s.target.variants[0].came_from == FROM)


__all__ = ["FROM", "build_imported", "foreign_steps"]
