"""Looks of targets: when two are one, and how one more becomes known. Looks are only ever added."""

from __future__ import annotations

from collections.abc import Iterable

from .identity import identity
from .procedure import Procedure
from .target import Variant

SAME_LOOK = 0.995  # above this a look is known already


def same_look(a: Variant, b: Variant) -> bool:
    """Tell whether two looks are one: the same element, reached the same way."""
    same_way = [v.search for v in a.via] == [v.search for v in b.via] and len(a.then) == len(b.then)
    return (
        same_way
        and identity(a.fingerprint, b.fingerprint) >= SAME_LOOK
        and identity(b.fingerprint, a.fingerprint) >= SAME_LOOK
    )


def among(look: Variant, looks: Iterable[Variant]) -> bool:
    """Tell whether a look is one of these."""
    return any(same_look(look, one) for one in looks)


def with_variant(document: Procedure, step_id: str, variant: Variant) -> Procedure | None:
    """Return the document with one more look of a step's target, or None when it is known already."""
    steps = list(document.steps)
    for i, step in enumerate(steps):
        if step.id != step_id or step.target is None:
            continue
        if among(variant, step.target.variants):
            return None
        target = step.target.model_copy(update={"variants": (*step.target.variants, variant)})
        steps[i] = step.model_copy(update={"target": target})
        return document.model_copy(update={"steps": tuple(steps)})
    return None


def with_spare(document: Procedure, step_id: str) -> Procedure | None:
    """Return the document with a step that may be left out, or None where it is not there or may be already."""
    steps = tuple(s.but(spare=True) if s.id == step_id else s for s in document.steps)
    return None if steps == document.steps else document.but(steps=steps)
