"""What a person pointed at while showing: texts that prove success, and texts that announce a business exception."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..domain.recording import Act, Recording
from ..domain.template import abstract
from ..domain.workflow import Check, ExceptionRule
from .found import Found
from .parameters import without_records
from .success import loosened

_LONGEST = 160


def marked_checks(acts: Sequence[Act], found: Found, recording: Recording) -> list[Check]:
    """Return one check per text that was marked as proof of success, this run's values as parameters."""
    texts = [_template(m.text, acts, found) for m in recording.marks if m.kind == "success"]
    return [Check(visible=text) for text in dict.fromkeys(t for t in texts if _says_something(t))]


def marked_exceptions(acts: Sequence[Act], found: Found, recording: Recording) -> tuple[ExceptionRule, ...]:
    """Return one rule per text that was marked as a business exception; the row is skipped, until people decide else."""
    rules: dict[str, ExceptionRule] = {}
    for mark in recording.marks:
        text = _template(mark.text, acts, found)
        if mark.kind == "exception" and _says_something(text):
            name = re.sub(r"[^\w]+", "-", (mark.name or text).casefold()).strip("-_")[:60] or "exception"
            rules[name] = ExceptionRule(name=name, when=Check(visible=text))
    return tuple(rules.values())


def _template(text: str, acts: Sequence[Act], found: Found) -> str:
    said = " ".join(text.split())[:_LONGEST]
    return loosened(without_records(abstract(said, found.said()), acts))


def _says_something(template: str) -> bool:
    """A text that was all figures would fit every page."""
    return bool(re.search(r"[^\W\d_]{2}", re.sub(r"\{\{.*?\}\}", "", template))) or "{{" in template
