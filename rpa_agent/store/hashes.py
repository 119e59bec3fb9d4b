"""Canonical JSON, digests, and the masking of business text to its shape plus salted token hashes."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..domain.template import HOLE

MAX_TOKENS = 32         # a cell may hold a whole letter; its first words are enough to know it again
_TOKEN = re.compile(r"\d+(?:[.,'’]\d+)*|[^\W\d_]+")
_MASKED = re.compile(r"#h:((?:[0-9a-f]{4}(?:,[0-9a-f]{4})*)?)$")
_SHAPE = re.compile(r"Aa|A|a|9")


def canonical(value: Any) -> str:
    """Return the one JSON text of a plain value: sorted keys, no spaces, no escapes; raises ValueError on NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def row_hash(columns: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row's immutable columns."""
    return _sha(canonical(dict(columns)))


def digest(text: str, length: int = 16) -> str:
    """Return a short name for a text."""
    return _sha(text)[:length]


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def mask(text: str, salt: str) -> str:
    """Return a text's shape and salted token hashes: ``Muster GmbH 4711`` -> ``Aa Aa 9#h:1a2b,3c4d,5e6f``.

    Holes such as ``{{ number }}`` stay, and a masked text stays as it is. Hashes have 16 bits on purpose: enough to
    recognise a row, too few to be sure of a guess.
    """
    text = " ".join(text.split())
    if not text or is_masked(text):
        return text
    shape: list[str] = []
    hashes: list[str] = []
    at = 0
    for hole in HOLE.finditer(text):
        shape += [_shape(text[at : hole.start()], hashes, salt), hole.group(0)]
        at = hole.end()
    shape.append(_shape(text[at:], hashes, salt))
    return f"{''.join(shape)}#h:{','.join(hashes)}"


def is_masked(text: str) -> bool:
    """Tell whether a text holds only a shape, holes and as many hashes as the shape has tokens."""
    m = _MASKED.search(text)
    if not m:
        return False
    shape = HOLE.sub(" ", text[: m.start()])
    tokens = [t.group(0) for t in _TOKEN.finditer(shape)]
    hashes = m.group(1).split(",") if m.group(1) else []
    return len(tokens) == len(hashes) and all(_SHAPE.fullmatch(t) for t in tokens)


def hashes_in(masked: str) -> tuple[str, ...] | None:
    """Return the token hashes of a masked text in order; None where it is no masked text, or a hole of it was filled."""
    m = _MASKED.search(masked) if is_masked(masked) and not HOLE.search(masked) else None
    return None if m is None else tuple(t for t in m.group(1).split(",") if t)


def _shape(text: str, hashes: list[str], salt: str) -> str:
    out: list[str] = []
    at = 0
    for token in _TOKEN.finditer(text):
        if len(hashes) >= MAX_TOKENS:
            return "".join(out)
        out += [text[at : token.start()], _kind(token.group(0))]
        hashes.append(_salted(token.group(0), salt))
        at = token.end()
    out.append(text[at:])
    return "".join(out)


def _kind(token: str) -> str:
    if token[0].isdecimal():
        return "9"
    if token.isupper():
        return "A"
    return "a" if token.islower() or not token[0].isupper() else "Aa"


@lru_cache(maxsize=16384)
def _salted(token: str, salt: str) -> str:
    key = hashlib.sha256(salt.encode()).digest()
    return hashlib.blake2s(token.casefold().encode("utf-8", "surrogatepass"), key=key, digest_size=2).hexdigest()


def masked_likeness(masked: str, clear: str, salt: str) -> float:
    """Return 0..1: how likely a clear (or masked) text is the one that was masked; shape alone gives at most 0.2."""
    other = mask(clear, salt)
    if masked == other:
        return 1.0
    a, b = _parts(masked), _parts(other)
    same_shape = 1.0 if a[0] == b[0] else 0.5 * _dice(Counter(a[0].split()), Counter(b[0].split()))
    return 0.2 * same_shape + 0.8 * _dice(a[1], b[1])


def _parts(masked: str) -> tuple[str, Counter[str]]:
    m = _MASKED.search(masked)
    return (masked[: m.start()], Counter(t for t in m.group(1).split(",") if t)) if m else (masked, Counter())


def _dice(a: Counter[str], b: Counter[str]) -> float:
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 0.0
