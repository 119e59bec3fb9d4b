"""An element that named this run's record when it was shown, and names another record now."""

from __future__ import annotations

from ..domain.procedure import Step
from ..domain.target import Fingerprint
from ..domain.template import names_in, pattern, whole_name
from .context import Context

_TEXTS = ("name", "label", "text", "title", "alt", "heading", "dialog")
_SHORTEST = 4  # a shorter value may stand in a text by chance
_NUMBER = r"\S*\d\S*"


def of_another_record(ctx: Context, step: Step, live: Fingerprint) -> str:
    """Return the text by which a live element belongs to another record than the step's, or an empty text.

    A text counts that says what was shown around a record's number, and another number: "Invoice RE-8" where this run is
    about RE-7. What names no record any more says nothing.
    """
    shown = next((s.target for s in ctx.steps if s.id == step.id), None)
    for variant in shown.variants if shown else ():
        for trait in _TEXTS:
            template, said = getattr(variant.fingerprint, trait), getattr(live, trait)
            if said and "{{" in template and _names_another(ctx, template, said.strip()):
                return str(said)
    return ""


def _names_another(ctx: Context, template: str, said: str) -> bool:
    names = names_in(template)
    if len(names) != 1 or whole_name(template) or not _numbers_a_record(ctx, names[0]):
        return False
    around = pattern(template, hole=_NUMBER).fullmatch(said)
    return around is not None and pattern(template, ctx.shown).fullmatch(said) is None


def _numbers_a_record(ctx: Context, name: str) -> bool:
    value, param = ctx.shown.get(name, ""), ctx.plan.params.get(name)
    return param is not None and param.type == "string" and len(value) >= _SHORTEST and any(c.isdigit() for c in value)
