"""Every spelling in which a secret may turn up, and texts without them: for logs, answers, the ledger and traces."""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "•••"
SHORTEST = 2  # one sign is no secret that could be hidden: every text would be full of holes
_SHORT = 4  # below this a text occurs inside ordinary words
_CODE = 8  # so do figures inside longer figures: one-time codes, PINs
_PART = 6  # so much of a secret's beginning is hidden where a text says that it was cut within it
_PART_AT_END = 8  # and so much at its end, where it may also just be a word
_CUT_FROM = 40  # shorter texts are not cut
_CUT = re.compile(r"…|\Z")
_LINE = 8  # from this length on a line of a longer secret is hidden by itself

# Behind what a short text begins: no letter or figure, unless that ends an escape of JSON or of an address.
_BEFORE = re.compile(r"(?:^|[^0-9A-Za-z]|%[0-9A-Fa-f]{2}|\\[nrtbf]|\\u[0-9A-Fa-f]{4})$")


def longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each text once: a secret that contains another one must not leave its rest behind."""
    return tuple(sorted({t for t in texts if t}, key=lambda text: (-len(text), text)))


@lru_cache(maxsize=1024)
def variants(value: str) -> tuple[str, ...]:
    """Return every spelling of ``value`` to search for and redact: plain, URL, base64, JSON, HTML; longest first."""
    if len(value) < SHORTEST:
        return ()
    forms = {value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD"))}
    if "\n" in value or "\r" in value:  # a key of several lines is also met with other line ends, or line by line
        lines = value.splitlines()
        forms |= {"\n".join(lines), "\r\n".join(lines), *(x for line in lines if len(x := line.strip()) >= _LINE)}
    return longest_first(spelling for form in forms for spelling in _spellings(form))


def _spellings(value: str) -> Iterable[str]:
    yield value
    yield repr(value)[1:-1]
    yield from _as_json(value)
    for once in (quote(value, "", errors="replace"), quote(value, errors="replace"), quote_plus(value, errors="replace")):
        for url in (once, quote(once, safe="")):
            yield from (url, re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), url))
    markup = html.escape(value)
    yield from (markup, html.escape(value, quote=False), markup.encode("ascii", "xmlcharrefreplace").decode())
    yield from (markup.replace("&#x27;", apostrophe) for apostrophe in ("&#39;", "&apos;", "'"))
    yield from _base64(value.encode("utf-8", "replace"))


def _as_json(value: str) -> Iterable[str]:
    """Yield it as JSON writes it, as JSON that stands in JSON, and with signs escaped that HTML would take for its own."""
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (once, once.replace("/", "\\/"), json.dumps(once, ensure_ascii=ascii_only)[1:-1])
        for_html = once
        for sign in "<>&'":
            for_html = for_html.replace(sign, f"\\u{ord(sign):04x}")
        yield from (for_html, re.sub(r"\\u[0-9a-f]{4}", lambda m: "\\u" + m[0][2:].upper(), for_html))


def _base64(raw: bytes) -> Iterable[str]:
    """Yield the encodings alone and inside longer data (``user:password``), at each of the three alignments."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(raw).decode()
        yield from (whole, whole.rstrip("="))
        for shift in (1, 2):
            text = encode(b"\0" * shift + raw).decode().rstrip("=")
            core = text[shift + 1 : (shift + len(raw)) * 8 // 6]
            if len(core) >= 6:      # shorter pieces occur in any text
                yield core
        inner = whole[: len(raw) * 8 // 6]
        if len(inner) >= 6:
            yield inner


def stands_apart(secret: str) -> bool:
    """Tell whether a text is hidden only where it stands apart: as a part of others it means nothing."""
    return len(secret) < _SHORT or (len(secret) <= _CODE and secret.isdecimal())


@lru_cache(maxsize=256)
def _apart(secret: str) -> re.Pattern[str]:
    return re.compile(re.escape(secret) + r"(?![0-9A-Za-z])")


def _where_apart(secret: str, text: str) -> str:
    def put(found: re.Match[str]) -> str:
        before = text[max(0, found.start() - 6) : found.start()]
        return HIDDEN if _BEFORE.search(before) else found[0]

    return _apart(secret).sub(put, text)


def redacted(text: str, hidden: Iterable[str], own: Iterable[str] = ()) -> str:
    """Return ``text`` with every hidden text replaced; give the longest first, as ``redactions`` does.

    ``own`` are names that people gave in clear: an account called after its user, the folder of the project. Within one
    of them a secret stays, since it is no secret there and the name would be of no use without it.
    """
    own, hidden = tuple(own), tuple(hidden)
    for secret in hidden:
        if secret and secret in text:
            around = longest_first(word for word in own if secret != word and secret in word and word in text)
            text = _outside(secret, around, text) if around else _without(secret, text)
    return _without_parts(text, hidden) if len(text) >= _CUT_FROM else text


def _without_parts(text: str, hidden: tuple[str, ...]) -> str:
    """Hide what is left of a secret where a text was cut short: at its end, or where it says so."""
    for cut in reversed([found.start() for found in _CUT.finditer(text)]):
        least = _PART if cut < len(text) else _PART_AT_END
        starts = (at for secret in hidden if (at := _part_before(cut, secret, text, least)) is not None)
        if (at := next(starts, None)) is not None:
            text = text[:at] + HIDDEN + text[cut:]
    return text


def _part_before(cut: int, secret: str, text: str, least: int) -> int | None:
    if len(secret) <= least or stands_apart(secret):
        return None
    at = text.find(secret[:least], max(0, cut - len(secret) + 1), cut)
    while at >= 0 and not secret.startswith(text[at:cut]):
        at = text.find(secret[:least], at + 1, cut)
    return at if at >= 0 else None


def _without(secret: str, text: str) -> str:
    return _where_apart(secret, text) if stands_apart(secret) else text.replace(secret, HIDDEN)


def _outside(secret: str, own: tuple[str, ...], text: str) -> str:
    """Hide a secret wherever it does not stand within one of our own words."""
    ends = (re.escape(word) + ("" if word.endswith("_") else r"(?![0-9A-Za-z])") for word in own)
    pieces = re.split(rf"(?<![0-9A-Za-z])({'|'.join(ends)})", text)
    return "".join(piece if i % 2 else _without(secret, piece) for i, piece in enumerate(pieces))


def redacted_value(
    value: Any, hide: Callable[[str], str], *, keep: frozenset[str] = frozenset(), texts_only: bool = False
) -> Any:
    """Return a value made of mappings and lists with every text hidden, numbers too: a PIN may travel as one.

    What stands under a key in ``keep`` is ours and stays. With ``texts_only`` so do keys and numbers, for whoever needs
    the same shape again.
    """
    match value:
        case dict():
            return {
                k if texts_only else hide(str(k)): v
                if k in keep
                else redacted_value(v, hide, keep=keep, texts_only=texts_only)
                for k, v in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [redacted_value(v, hide, keep=keep, texts_only=texts_only) for v in value]
        case None | bool():
            return value
        case int() | float() | Decimal():
            return value if texts_only or (text := hide(str(value))) == str(value) else text
        case _:
            return hide(str(value))
