"""What changed between two versions, for people; and the whole memory as one stable text, for comparing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..domain.procedure import Procedure, Step, Version
from ..store.sqlite import Database
from .procedures import Memory
from .rows import Row, look, plain, rows, to_version

_PLAIN = (
    "kind", "effect", "commit", "optional", "spare", "when", "value", "format", "tab", "answer", "output", "table", "point",
    "to_point", "keys",
)


def diff(a: Version, b: Version) -> list[str]:
    """Return one readable line per difference from ``a`` to ``b``; empty when they know the same."""
    return [
        *([f"status: {a.status} -> {b.status}"] if a.status != b.status else []),
        *_steps(a.document, b.document),
        *_sets("parameter", a.document.params, b.document.params),
        *_sets("secret", a.document.secrets, b.document.secrets),
        *_sets("fact", a.document.facts, b.document.facts),
        *_sets("page", tuple(a.document.pages), tuple(b.document.pages)),
        *([f"task: {a.document.task!r} -> {b.document.task!r}"] if a.document.task != b.document.task else []),
        *(["script changed"] if a.document.script != b.document.script else []),
    ]


def _steps(a: Procedure, b: Procedure) -> Iterator[str]:
    before = {step.id: (number, step) for number, step in enumerate(a.steps, 1)}
    after = {step.id: (number, step) for number, step in enumerate(b.steps, 1)}
    for number, step in before.values():
        if step.id not in after:
            yield f"step {number} {_called(step)}: removed"
    kept = [step_id for step_id in before if step_id in after]
    order = [step_id for step_id in after if step_id in before]
    for number, step in after.values():
        name = f"step {number} {_called(step)}"
        if step.id not in before:
            yield f"{name}: added, {step.kind}{', optional' if step.optional else ''}"
            continue
        if kept.index(step.id) != order.index(step.id):
            yield f"{name}: moved, was step {before[step.id][0]}"
        yield from (f"{name}: {line}" for line in _step(before[step.id][1], step))


def _called(step: Step) -> str:
    if step.target is None or not step.target.variants:
        return f"({step.kind})"
    first = step.target.variants[0].fingerprint
    return repr(first.name or first.label or first.placeholder or first.title or first.text or first.tag)


def _step(a: Step, b: Step) -> Iterator[str]:
    for trait in _PLAIN:
        if getattr(a, trait) != getattr(b, trait):
            yield f"{trait}: {getattr(a, trait)!r} -> {getattr(b, trait)!r}"
    if a.expect != b.expect:
        changed = [name for name in type(a.expect).model_fields if getattr(a.expect, name) != getattr(b.expect, name)]
        yield f"expects something else ({', '.join(changed)})"
    known = {look(v) for v in a.target.variants} if a.target else set()
    now = {look(v) for v in b.target.variants} if b.target else set()
    for variant in b.target.variants if b.target else ():
        if look(variant) not in known:
            yield f"also known as {variant.fingerprint.words()} ({variant.came_from})"
    for variant in a.target.variants if a.target else ():
        if look(variant) not in now:
            yield f"no longer known as {variant.fingerprint.words()}"


def _sets(what: str, a: tuple[str, ...], b: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{what} removed: {x}" for x in a if x not in b)
    yield from (f"{what} added: {x}" for x in b if x not in a)


async def dump(memory: Memory) -> str:
    """Return the whole memory as text, equal for memories of equal content: sorted, with dates and without caches."""
    return await memory.shelf.read(_dump)


def _dump(db: Database) -> str:
    lines: list[str] = []
    for row in rows(db, "SELECT * FROM procedures ORDER BY id"):
        lines.append(f"procedure {row['id']}: {row['workflow']} on {row['site']}: {row['task']}")
        for version in rows(db, "SELECT * FROM versions WHERE procedure = ? ORDER BY number", [row["id"]]):
            lines += _version_lines(db, version)
        for sql, title in _OF_PROCEDURE:
            lines += [f"  {title} {_flat(found)}" for found in rows(db, sql, [row["id"]])]
    for sql, title in _OF_SITES:
        lines += [f"{title} {_flat(found)}" for found in rows(db, sql)]
    return "\n".join(lines) + ("\n" if lines else "")


def _version_lines(db: Database, row: Row) -> Iterator[str]:
    version = to_version(row, ())
    parent = f", after {version.parent}" if version.parent is not None else ""
    evidence = f", evidence {', '.join(version.evidence)}" if version.evidence else ""
    yield f"  version {version.number}{parent}: {version.status}, by {version.author}, {version.created[:10]}{evidence}"
    if version.note:
        yield f"    note: {version.note}"
    text = json.dumps(plain(version.document)[0], sort_keys=True, ensure_ascii=False, indent=1)
    yield from (f"    {line}" for line in text.splitlines())
    key = [version.procedure, version.number]
    for found in rows(db, "SELECT step, variant, seen, failed, last FROM counts WHERE procedure = ? AND version = ? "
                          "ORDER BY step, variant", key):
        yield f"    count {_flat(found)}"


def _flat(row: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in row.items() if value not in (None, ""))


_OF_PROCEDURE = (
    ("SELECT version, run, outcome, fault, own_fault, clean, row, day FROM uses WHERE procedure = ? "
     "ORDER BY version, run", "use"),
    ("SELECT version, accepted, edit FROM edits WHERE procedure = ? ORDER BY version, edit, accepted", "edit"),
    ("SELECT version, substr(at, 1, 10) AS day, what, why, run FROM history WHERE procedure = ? "
     "ORDER BY substr(at, 1, 10), id", "event"),
)
_OF_SITES = (
    ("SELECT name FROM sites ORDER BY name", "site"),
    ("SELECT site, key, look, seen, failed, last, variant FROM elements ORDER BY site, key, look", "element"),
    ("SELECT site, words, look, seen, failed, last, variant FROM interruptions ORDER BY site, words, look",
     "interruption"),
)
