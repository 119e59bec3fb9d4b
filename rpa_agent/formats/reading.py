"""Reads a foreign recording from its bytes: size and nesting bounded, the format found by what is in it."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

from ..domain.errors import ImportInvalid
from .given import Format, Imported

MOST_BYTES = 20_000_000
DEEPEST = 60  # levels of lists and objects; recordings have about ten
FORMATS: tuple[str, ...] = get_args(Format)


def read_recording(data: bytes, *, as_: str | None = None, where: str = "") -> Imported:
    """Return what the file shows; raises ImportInvalid saying what is wrong and where. Nothing in it is executed."""
    if as_ is not None and as_ not in FORMATS:
        raise ImportInvalid(f"{as_!r} is no known format", do=f"Write one of {', '.join(FORMATS)}.", where=where)
    try:
        text = _text_of(data)
        plain = _json_of(text) if as_ != "playwright" else None
        match as_ or _found(text, plain):
            case "devtools":
                from .devtools import read_devtools

                return read_devtools(plain)
            case "browser-use":
                from .browser_use import read_browser_use

                return read_browser_use(plain)
            case _:
                from .codegen import read_codegen

                return read_codegen(text)
    except ImportInvalid as e:
        e.where = e.where or where
        raise


def _text_of(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise ImportInvalid(
            f"it has {len(data) / 1e6:.0f} MB, and recordings up to {MOST_BYTES / 1e6:.0f} MB are read",
            do="Export the recording without pictures.",
        )
    if not data.strip():
        raise ImportInvalid("it is empty")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise ImportInvalid(f"it is not a text file (byte {e.start} is no UTF-8)") from e
    if "\x00" in text:
        raise ImportInvalid("it is not a text file (it holds zero bytes)")
    return text


def _json_of(text: str) -> Any:
    """Return the JSON data, or None where the text does not even begin like some."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    if _depth(text) > DEEPEST:
        raise ImportInvalid(f"it nests deeper than {DEEPEST} levels, which no recording does")
    try:
        return json.loads(text)
    except json.JSONDecodeError as e:
        cut = e.pos >= len(text.rstrip()) - 1 and not e.msg.startswith("Extra")
        why = "it ends in the middle: the file is cut off" if cut else f"it is no JSON: {e.msg}"
        raise ImportInvalid(f"line {e.lineno}, column {e.colno}: {why}") from e
    except (RecursionError, ValueError) as e:  # a number with too many digits, for one
        raise ImportInvalid(f"it is no JSON that can be read: {e}") from e


def _depth(text: str) -> int:
    """Return how deep brackets nest, texts left out; found before a parser has to climb down there."""
    deepest = level = 0
    for m in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        if m[0] in "[{":
            level += 1
            deepest = max(deepest, level)
        elif m[0] in "]}":
            level -= 1
    return deepest


def _found(text: str, plain: Any) -> str:
    if isinstance(plain, dict) and isinstance(plain.get("steps"), list):
        return "devtools"
    if isinstance(plain, dict) and isinstance(plain.get("history"), list):
        return "browser-use"
    if plain is not None:
        raise ImportInvalid(
            "it is JSON, but no recording that is known here",
            do="A DevTools recording has `steps`, a browser-use history has `history`.",
        )
    if re.search(r"\b(playwright|page\d*\.(goto|get_by_\w+|locator|click|fill)\s*\()", text):
        return "playwright"
    raise ImportInvalid(
        "it is no recording that is known here", do=f"Known are {', '.join(FORMATS)}; say which it is with --as."
    )
