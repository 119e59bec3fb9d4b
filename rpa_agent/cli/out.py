"""What a command says: data to stdout, talk to stderr, nothing that could drive the terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from ..domain.errors import RpaAgentError

# How a command's own words lose the secrets it works with: set at the border, for this invocation.
hides: ContextVar[Callable[[str], str]] = ContextVar("hides", default=str)
# Who gets what is said, in the place of stderr: the log of a service that nobody watches.
said_to: ContextVar[Callable[[str], None] | None] = ContextVar("said_to", default=None)


def harmless(text: str) -> str:
    """Return text without control and direction characters: what a page calls its buttons is not ours to obey."""
    if text.isprintable():
        return text
    return "".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text)


def say(text: str) -> None:
    """Tell the person something that is not the answer; a program that collects what is said gets it by ``said_to``."""
    told = harmless(hides.get()(text))
    if (listens := said_to.get()) is not None:
        listens(told)
        return
    print(told, file=sys.stderr, flush=True)  # noqa: T201  # the one place that talks


def answer(text: str) -> None:
    """Give a part of the answer as text."""
    print(harmless(hides.get()(text)), flush=True)  # noqa: T201  # the one place that answers


def answer_json(value: Mapping[str, Any]) -> None:
    """Give one JSON object on one line."""
    if (hide := hides.get()) is not str:
        from ..ops.secret.hiding import redacted_value
        from ..ops.secret.secretless import OURS

        value = redacted_value(value, hide, keep=OURS, texts_only=True)
    unicode_safe = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not unicode_safe, default=str), flush=True)  # noqa: T201


def answer_items(items: Iterable[Mapping[str, Any]], **more: Any) -> None:
    """Give a list in the form all commands share."""
    answer_json({"schema": 1, "items": list(items), **more})


def answer_table(rows: Sequence[Sequence[object]], *titles: str) -> None:
    """Give rows in aligned columns under their titles; nothing when there are none."""
    if not rows:
        return
    cells = [titles, *[[harmless(str(c)).replace("\n", " ").replace("\t", " ") for c in row] for row in rows]]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        answer("  ".join(c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)).rstrip())


def _width(text: str) -> int:
    """Return the columns a text takes on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def answer_error(error: RpaAgentError, *, as_json: bool) -> None:
    """Say what went wrong and what to do next: as the contract's JSON object, or in two lines to stderr."""
    if as_json:
        answer_json({"schema": 1, "error": error.as_json()})
        return
    where = f"{error.where}: " if error.where and error.where not in error.message else ""
    say(f"rpa: {where}{error.message}")
    if error.remedy:
        say(f"     {error.remedy}")
