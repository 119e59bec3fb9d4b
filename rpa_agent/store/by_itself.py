"""How a change that pages send by themselves is known again: by a salted digest of its address and of all that it carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from ..domain.urls import symbolic
from ..domain.values import same_code, same_value
from .hashes import canonical, digest

_FIGURE = re.compile(r"\d{1,16}(\.\d{1,9})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_IN_A_TEXT = 3  # a shorter value is in many a text


def known_by(salt: str, method: str, url: str, base: str, carried: Mapping[str, str], counts: Iterable[str] = ()) -> str:
    """Return what names a change, but for what the fields ``counts`` hold; they must be there all the same."""
    held = {name: None if name in set(counts) else value for name, value in carried.items()}
    parts = urlsplit(url)
    address = f"{symbolic(url, base)}{parts.path or '/'}?{parts.query}"
    return digest(canonical([salt, method, address, held]), 32)


def is_figure(text: str) -> bool:
    """Tell whether a field holds a count or a time, as a page makes them by itself."""
    return _FIGURE.fullmatch(text.strip('"')) is not None


def bears(url: str, carried: Mapping[str, str], values: Iterable[str]) -> bool:
    """Tell whether a change carries one of these values, in whatever way it is written, in its body or its address."""
    parts = urlsplit(url)
    address = (*map(unquote, parts.path.split("/")), *(v for _, v in parse_qsl(parts.query)))
    held = [t for t in (*(t.strip('"') for t in carried.values()), *address) if t]
    return any(_holds(t, line) for v in values for line in v.split("\n") if line for t in held)


def _holds(text: str, value: str) -> bool:
    inside = len(value.strip()) >= _IN_A_TEXT and value.strip().casefold() in text.casefold()
    return inside or same_value(text, value) or same_code(text, value)
