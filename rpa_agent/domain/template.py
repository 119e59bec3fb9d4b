"""Templates: `{{ name }}`, `{{ secrets.name }}` and `{{ today + 30 }}`, and nothing more: no scripting language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from .errors import ParamsInvalid

HOLE = re.compile(r"\{\{\s*([a-zA-Z_][\w.]*)\s*(?:([+-])\s*(\d+)\s*)?\}\}")
WHOLE = re.compile(rf"^\s*{HOLE.pattern}\s*$")


def names_in(template: str) -> tuple[str, ...]:
    """Return the names a template uses, in order, without repeats."""
    return tuple(dict.fromkeys(m.group(1) for m in HOLE.finditer(template)))


def whole_name(template: str) -> str | None:
    """Return the name when the template is exactly one plain hole, else None."""
    m = WHOLE.match(template)
    return m.group(1) if m and not m.group(2) else None


def render(template: str, values: Mapping[str, str], today: date) -> str:
    """Fill every hole; ``{{ today + n }}`` counts days. Raises ParamsInvalid when a name has no value."""

    def fill(m: re.Match[str]) -> str:
        name, sign, days = m.group(1), m.group(2), m.group(3)
        if name == "today":
            return (today + timedelta(days=int(f"{sign or '+'}{days or 0}"))).isoformat()
        if sign:
            raise ParamsInvalid(f"only today can be counted from, not {name!r}", where=template)
        if name not in values:
            raise ParamsInvalid(f"the parameter {name!r} has no value", where=template)
        return values[name]

    return HOLE.sub(fill, template)


def pattern(template: str, values: Mapping[str, str] | None = None, *, hole: str = ".+?") -> re.Pattern[str]:
    """Return a regex for a text template: ``*`` is any text, a hole is its value when known, else ``hole``.

    A value's blanks around it are left out: no page shows them."""
    out, at = [], 0
    for m in HOLE.finditer(template):
        out.append(_stars(template[at : m.start()]))
        known = values.get(m.group(1)) if values else None
        out.append(re.escape(known.strip() or known) if known is not None else hole)
        at = m.end()
    out.append(_stars(template[at:]))
    return re.compile("".join(out), re.IGNORECASE | re.DOTALL)


def stands_alone(word: str, text: str) -> bool:
    """Tell whether a record's name stands for itself in a text: 7 is neither in 71 nor in RE-7-2 nor in 7,50.

    The page is asked by the same rule, so what is taken for a row's key here is found as one there.
    """
    return standing_at(word, text) is not None


def standing_at(word: str, text: str) -> int | None:
    """Return where a word first stands alone in a text, or None where it does not."""
    before, after = r"(?:^|[\s(\[{\"'„“«#:;|·–—])", r"(?=$|[\s)\]}\"'“”»:;|·–—]|[.,!?](?:\s|$))"
    found = re.search(f"{before}({re.escape(word)}){after}", text) if word else None
    return found.start(1) if found else None


_QUOTE, _DASH = "\ue000", "\ue001"       # stand for any quote and any dash; no text has letters from there
_LOOSE = str.maketrans(dict.fromkeys("\"'“”„«»‘’`´", _QUOTE) | dict.fromkeys("-–—−", _DASH) | {"…": "..."})


def _stars(text: str) -> str:
    """Return a regex for plain text; quotes, dashes and white space match however a site's typography writes them."""
    parts = (re.escape(re.sub(r"\s+", " ", part.translate(_LOOSE))) for part in text.split("*"))
    loose = ".*".join(parts)
    return (
        loose.replace(r"\.\.\.", r"(?:\.\.\.|…)").replace(_QUOTE, "[\"'“”„«»‘’`´]").replace(_DASH, "[-–—−]")
        .replace("\\ ", r"\s+")
    )


def abstract(text: str, values: Mapping[str, str], *, accept: Callable[[str], bool] | None = None) -> str:
    """Replace every known value in ``text`` by its hole, longest first, on word boundaries.

    Values of one character, and those that ``accept`` refuses, stay: a quantity of 1 would eat every 1.
    """
    known: dict[str, str] = {}
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        if len(value) >= 2 and value in text and (accept is None or accept(value)):
            known.setdefault(value, name)
    if not known:
        return text
    # In one pass over the text, and never inside a hole: a value may be called like another parameter.
    any_value = "|".join(re.escape(value) for value in known)
    held = re.compile(rf"{HOLE.pattern}|(?<!\w)(?P<value>{any_value})(?!\w)")
    return held.sub(lambda m: f"{{{{ {known[m['value']]} }}}}" if m["value"] else m[0], text)
