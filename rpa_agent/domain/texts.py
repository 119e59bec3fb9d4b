"""Texts of pages and people as they are told: on one line, and not longer than there is room for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


def in_short(text: str, most: int) -> str:
    """Return a text on one line of at most ``most`` characters; what was cut off is shown as an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def object_in(said: str) -> str | None:
    """Return the JSON object in what a model said, with whatever it said around it left away; None where there is none."""
    found = _OBJECT.search(said)
    return found[0] if found else None


def each_text(value: Any, fn: Callable[[str], str]) -> Any:
    """Return plain data with every text in it changed by ``fn``; keys stay."""
    match value:
        case str():
            return fn(value)
        case dict():
            return {key: each_text(one, fn) for key, one in value.items()}
        case list():
            return [each_text(one, fn) for one in value]
        case _:
            return value
