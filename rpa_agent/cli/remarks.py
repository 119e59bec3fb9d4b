"""What is valid in a workflow file and still looks like a slip: names that nothing fills, patterns that never match."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain.template import names_in
from ..domain.workflow import Check, Workflow


def remarks_on(workflow: Workflow) -> Iterator[str]:
    """Yield one line per likely slip."""
    known = {*workflow.params, *workflow.outputs, *(f"outputs.{n}" for n in workflow.outputs), "today"}
    for key, template in _templates(workflow):
        for name in names_in(template):
            if name not in known and not name.startswith("secrets."):
                yield f"{key}: {{{{ {name} }}}} is no parameter and no output; it matches any text"
            if name.startswith("secrets."):
                yield f"{key}: a secret does not belong here; it would be compared with text on the page"
    yield from _patterns(workflow)
    if workflow.rows and workflow.rows.key and workflow.rows.key not in workflow.params:
        yield f"rows.key: {workflow.rows.key!r} is no parameter"
    for column, param in (workflow.rows.columns if workflow.rows else {}).items():
        if param not in workflow.params:
            yield f"rows.columns.{column}: {param!r} is no parameter"
    for section in ("exceptions", "commits"):
        names = [rule.name for rule in getattr(workflow, section)]
        for name in sorted({n for n in names if names.count(n) > 1}):
            yield f"{section}: the name {name!r} is used twice"


def _templates(workflow: Workflow) -> Iterator[tuple[str, str]]:
    for i, check in enumerate(workflow.checks()):
        yield from _of_check(f"success.{i}", check)
    for i, rule in enumerate(workflow.exceptions):
        yield from _of_check(f"exceptions.{i}.when", rule.when)
    for i, commit in enumerate(workflow.commits):
        if commit.probe and commit.probe.http:
            yield f"commits.{i}.probe.http", commit.probe.http.get
        if commit.probe and commit.probe.visible:
            yield f"commits.{i}.probe.visible", commit.probe.visible
    if workflow.judge:
        yield "judge", workflow.judge


def _of_check(key: str, check: Check) -> Iterator[tuple[str, str]]:
    for kind in ("visible", "hidden", "url"):
        if text := getattr(check, kind):
            yield f"{key}.{kind}", text
    if check.http:
        yield f"{key}.http.get", check.http.get


def _patterns(workflow: Workflow) -> Iterator[str]:
    for i, check in enumerate(workflow.checks()):
        for name, regex in (check.output or {}).items():
            if name not in workflow.outputs:
                yield f"success.{i}.output: {name!r} is not among the outputs"
            try:
                re.compile(regex)
            except re.error as e:
                yield f"success.{i}.output.{name}: {regex!r} is no regular expression ({e})"
