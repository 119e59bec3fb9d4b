"""What a run may teach: one more look of an element, or that a step may be left out. Lessons are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from ..domain.change import Recall
from ..domain.looks import among, with_spare, with_variant
from ..domain.procedure import Procedure, Version
from ..domain.verdict import AddVariant, LeaveOut, Verdict

Lesson = AddVariant | LeaveOut


def with_lessons(document: Procedure, lessons: Sequence[Lesson]) -> tuple[Procedure, list[Lesson]]:
    """Return the document with these lessons, and those of them that were new to it."""
    added = []
    for edit in lessons:
        match edit:
            case AddVariant():
                wiser = with_variant(document, edit.step, edit.variant)
            case LeaveOut():
                wiser = with_spare(document, edit.step)
            case _:
                assert_never(edit)
        if wiser is not None:
            document = wiser
            added.append(edit)
    return document, added


def named(added: Sequence[Lesson]) -> str:
    """Return in words what was added."""
    looks = sum(isinstance(e, AddVariant) for e in added)
    steps = len(added) - looks
    said = [f"{looks} look{'s' if looks != 1 else ''} added"] if looks else []
    said += [f"{steps} step{'s' if steps != 1 else ''} that may be left out"] if steps else []
    return ", ".join(said)


def plain_edits(edits: Sequence[Lesson]) -> tuple[dict[str, Any], ...]:
    return tuple(e.model_dump(mode="json") for e in edits)


def added_by(version: Version, candidate: Version) -> list[Lesson]:
    """Return what a candidate knows more than the version in use: looks, and steps that may be left out."""
    known = {s.id: s.target.variants for s in version.document.steps if s.target}
    fixed = {s.id for s in version.document.steps if not s.spare}
    looks = [
        AddVariant(step=s.id, variant=v)
        for s in candidate.document.steps
        if s.target and s.id in known
        for v in s.target.variants
        if not among(v, known[s.id])
    ]
    return [*looks, *(LeaveOut(step=s.id) for s in candidate.document.steps if s.spare and s.id in fixed)]


def left_of(recall: Recall, candidate: Version, gone: Sequence[Lesson]) -> list[Lesson]:
    """Return what a candidate added and nothing has refuted, neither before nor now."""
    refused = [*recall.refused, *((e.step, e.variant) for e in gone if isinstance(e, AddVariant))]
    kept_in = {*recall.kept_in, *(e.step for e in gone if isinstance(e, LeaveOut))}
    return [
        e for e in added_by(recall.version, candidate)
        if not (e.step in kept_in if isinstance(e, LeaveOut) else among(e.variant, (v for s, v in refused if s == e.step)))
    ]


def seen_again(verdict: Verdict, candidate: Version, edit: Lesson) -> bool:
    """Tell whether a lesson was needed again after the run that found it, this run included."""
    if isinstance(edit, LeaveOut):
        return edit.step in verdict.spared
    variants = next(s.target.variants for s in candidate.document.steps if s.id == edit.step and s.target)
    at = next(i for i, v in enumerate(variants) if v == edit.variant)
    return edit.variant.seen + ((edit.step, at) in verdict.variants_seen) > (edit.variant.came_from != "person")
