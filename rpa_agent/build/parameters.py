"""Finds what changes per run: typed and chosen values become parameters named after their labels, or secrets."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..domain.recording import Act, Recording, RowSeen
from ..domain.template import abstract
from ..domain.values import date_formats, decimal_formats
from ..domain.workflow import Param

_CODE_WORDS = re.compile(
    r"\b(no|nr|number|nummer|id|code|iban|bic|zip|plz|postal|phone|tel|fax|account|konto|reference|ref)\b", re.I
)
_AMOUNT_WORDS = re.compile(
    r"\b(amount|price|total|sum|betrag|preis|summe|net|gross|quantity|qty|menge|rate|cost)\b", re.I
)


@dataclass
class Found:
    """Parameters and secrets of a demonstration. ``value_of`` maps an act's index to its template."""

    params: dict[str, Param] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)  # canonical values
    shown: dict[str, str] = field(default_factory=dict)  # values as the site showed them
    formats: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    value_of: dict[int, str] = field(default_factory=dict)
    format_of: dict[int, str] = field(default_factory=dict)
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)


def slug(text: str) -> str:
    """Return a name: small letters, digits and underscores."""
    plain = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40] or "value"


def find_parameters(acts: Sequence[Act], recording: Recording) -> Found:
    """Name every typed or chosen value; the same value typed into fields of the same name is one parameter."""
    found = Found()
    for i, act in enumerate(acts):
        if act.element is not None and act.kind not in {"fill", "select", "upload", "press"}:
            _record_chosen(act, found)
        if act.kind not in {"fill", "select", "upload"} or act.value is None or act.element is None:
            continue
        base = slug(
            act.element.label or act.element.name or act.element.placeholder or act.element.name_attr or act.kind
        )
        if act.secret or (act.kind == "fill" and login_form(acts, i)):
            value = recording.secrets.get(act.value, "") if act.secret else act.value
            name = _free(base, value, found.secrets, taken=found.params)
            found.secrets[name] = value
            found.value_of[i] = f"{{{{ secrets.{name} }}}}"
            continue
        kind, canonical, fmt, readings = _typed(act, recording.language)
        name = _free(base, canonical, found.examples, taken=found.secrets)
        found.params.setdefault(name, Param(type=kind, label=act.element.label or act.element.name))
        found.examples[name], found.shown[name] = canonical, act.value
        found.value_of[i] = f"{{{{ {name} }}}}"
        if fmt:
            found.formats[name] = found.format_of[i] = fmt
        if len(readings) > 1:
            found.ambiguous[name] = readings
    return found


def login_form(acts: Sequence[Act], i: int) -> bool:
    """Tell whether an act belongs to a login: one password and at most one other text in its form, on its page.

    A form with more fields or a repeated password creates or changes an account, which is work and not a login. So is
    a password asked for on a later page: it confirms something.
    """
    first = next((a for a in acts if a.secret), None)
    if first is None or urlsplit(first.url).path != urlsplit(acts[i].url).path:
        return False
    beside = [a for a in acts if a.kind in {"fill", "select"} and a.url == acts[i].url and _form(a) == _form(acts[i])]
    passwords = [a for a in beside if a.secret]
    return len(passwords) == 1 and len(beside) - len(passwords) <= 1


def _record_chosen(act: Act, found: Found) -> None:
    """A record that was picked from a list is a value of this run: its own text, or the text that names its row."""
    fp, row = act.element, act.row
    if fp is None or not fp.in_data or fp.capability in {"fill", "select", "upload"}:
        return
    texts = (fp.name, *(row.cells if row else ()))
    if any(abstract(t, found.shown) != t for t in texts if t):
        return  # a parameter names it already
    alone = fp.unique.get("name", 1) < 2 and fp.capability == "click"
    if alone and fp.name and len(fp.name) <= 80:
        header = row.headers[row.own] if row and 0 <= row.own < len(row.headers) else ""
        _add_record(found, header or fp.heading or "record", fp.name)
    elif row and row.count > 1 and (at := _naming_cell(row)) is not None:
        header = row.headers[at] if at < len(row.headers) else ""
        _add_record(found, header or "row", row.cells[at])


def _naming_cell(row: RowSeen) -> int | None:
    """Return the cell that names the record: unique in its column, words before figures, the first of them."""
    unique = [i for i, only in enumerate(row.unique) if only and i != row.own and row.cells[i]]
    lettered = [i for i in unique if re.search(r"[^\W\d_]{2}", row.cells[i]) and not date_formats(row.cells[i])]
    return next(iter(lettered or unique), None)


def without_records(text: str, acts: Sequence[Act]) -> str:
    """Return a text with ``*`` for what it tells of the records that were worked on beyond this run's parameters."""
    rows = [a.row for a in acts if a.row is not None]
    cells = {
        c
        for r in rows
        for i, c in enumerate(r.cells)
        if len(c) > 2 and i != r.own and i < len(r.unique) and r.unique[i]
    }
    for cell in sorted(cells, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(cell)}(?!\w)", "*", text)
    return text


def _add_record(found: Found, label: str, value: str) -> None:
    name = _free(slug(label), value, found.examples, taken=found.secrets)
    found.params.setdefault(name, Param(type="string", label=label))
    found.examples[name] = found.shown[name] = value


def _form(act: Act) -> str:
    return act.element.form if act.element else ""


def _free(base: str, value: str, have: dict[str, str], *, taken: Container[str]) -> str:
    names = [base, *(f"{base}_{n}" for n in range(2, 100))]
    for name in names:
        if (name not in have or have[name] == value) and name not in taken:
            return name
    raise ValueError(f"more than 99 fields are called {base!r}")


def _typed(act: Act, language: str) -> tuple[str, str, str | None, tuple[str, ...]]:
    """Return (type, canonical value, format, possible readings) of a typed or chosen value."""
    text, label = (act.value or "").strip(), f"{act.element.label} {act.element.name}" if act.element else ""
    if act.kind == "upload":
        return "file", act.value or "", None, ()
    if act.kind == "select":
        return "choice" if act.element and act.element.tag == "select" else "string", act.value or "", None, ()
    if dates := date_formats(text):
        fmt = _prefer(
            dates, ("mm/dd/yyyy",) if language.lower() == "en-us" else ("dd/mm/yyyy", "dd.mm.yyyy", "yyyy-mm-dd")
        )
        return "date", dates[fmt].isoformat(), fmt, tuple(dates) if len(set(dates.values())) > 1 else ()
    if _CODE_WORDS.search(label) and act.input_type != "number":
        return "string", act.value or "", None, ()
    numbers = decimal_formats(text)
    decorated = any(c in text for c in ".,'") or bool(_AMOUNT_WORDS.search(label)) or act.input_type == "number"
    if numbers and decorated and not (text.startswith("0") and len(text) > 1 and text[1].isdigit()):
        comma = language.lower().startswith(("de", "fr", "it", "es", "nl", "pl", "sv", "da", "nb", "fi"))
        fmt = _prefer(numbers, ("1.234,50", "1234,50") if comma else ("1,234.50", "1234.50"))
        if fmt == "1234" and not (act.element and act.element.placeholder):
            return ("integer" if act.input_type == "number" else "decimal"), format(numbers[fmt], "f"), fmt, ()
        if fmt == "1234":
            fmt = _format_from_placeholder(act.element.placeholder if act.element else "") or fmt
            return "decimal", format(numbers["1234"], "f"), fmt, ()
        return "decimal", format(numbers[fmt], "f"), fmt, tuple(numbers) if len(set(numbers.values())) > 1 else ()
    return "string", act.value or "", None, ()


def _format_from_placeholder(placeholder: str) -> str | None:
    if re.fullmatch(r"[\d.]*\d,\d\d", placeholder):
        return "1234,50"
    return "1234.50" if re.fullmatch(r"[\d,]*\d\.\d\d", placeholder) else None


def _prefer(readings: Mapping[str, object], order: tuple[str, ...]) -> str:
    return next((f for f in order if f in readings), next(iter(readings)))
