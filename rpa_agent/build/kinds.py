"""Infers what kind of value was typed and how the site writes it; what the demonstration leaves open is said so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from ..domain.recording import Act, Recording
from ..domain.styled import STYLED
from ..domain.values import (
    as_written,
    comma_in,
    date_formats,
    decimal_formats,
    is_date_format,
    preferred,
    undecided,
)

Kind = Literal["string", "integer", "decimal", "date", "boolean", "choice", "email", "file"]
MOST_OPTIONS = 30  # more of them are a list of records, which grows

_CODE_WORDS = re.compile(
    r"\b(no|nr|number|nummer|id|code|iban|bic|zip|plz|postal|postcode|phone|tel|telefon|mobile|fax|account|konto|reference"
    r"|ref|vat|ustid|steuernummer|serial|isbn|ean|sku)\b",
    re.IGNORECASE,
)
_AMOUNT_WORDS = re.compile(
    r"\b(amount|price|total|sum|betrag|preis|summe|net|netto|gross|brutto|quantity|qty|menge|rate|cost|kosten|montant|prix"
    r"|importe|precio|importo|prezzo|bedrag|prijs|discount|rabatt|tax|weight|gewicht)\b",
    re.IGNORECASE,
)
_COUNT_WORDS = re.compile(
    r"\b(count|anzahl|stück|pieces|copies|persons|personen|guests|nights|nächte|days|tage|hours|stunden|people|adults"
    r"|children|seats|items|units|nombre|cantidad|aantal)\b|\b(number|anzahl) of\b",
    re.IGNORECASE,
)
_CANONICAL = {"number", "range", "date", "month", "week", "time", "datetime-local"}  # widgets that say it the same anywhere
_EMAIL = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.[^\s@<>(),;:]{2,}")
_DATE_HINT = re.compile(r"(?<![a-z])(dd?|mm?|y{2,4})([./-])(dd?|mm?)\2(dd?|mm?|y{2,4})(?![a-z])")
_HINT_LETTERS = str.maketrans({"t": "d", "j": "y", "a": "y", "g": "d"})  # tt.mm.jjjj, jj/mm/aaaa, gg/mm/aaaa


@dataclass(frozen=True)
class Typed:
    """One value: its type, its canonical text, the format it was written in, and every reading where there are several."""

    kind: Kind
    canonical: str
    format: str | None = None
    readings: Mapping[str, str] = field(default_factory=dict)  # format -> canonical value; empty where it is plain
    open: bool = False  # nothing told which reading was meant
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What a demonstration tells about how its site writes numbers and dates."""

    language: str = ""
    comma: bool | None = None
    month_first: bool | None = None
    later: tuple[tuple[float, str], ...] = ()  # what pages showed, and when

    @classmethod
    def of(cls, recording: Recording) -> Evidence:
        """Gather it from all that was typed or shown and can be read in one way only."""
        typed = [
            a.value
            for a in recording.acts
            if a.value and a.kind in {"fill", "select"} and not a.secret and a.input_type not in _CANONICAL
        ]
        shown = [s.text for s in recording.shown if len(s.text) <= 40]
        return cls(
            language=recording.language,
            comma=_one(_comma_of(typed), _comma_of(shown)),
            month_first=_one(_month_first_of(typed), _month_first_of(shown)),
            later=tuple((s.at, s.text) for s in recording.shown if len(s.text) <= 40),
        )


def _one(*groups: Iterable[bool]) -> bool | None:
    """The answer of the first group that has one, where it agrees with itself."""
    for group in groups:
        if answers := set(group):
            return answers.pop() if len(answers) == 1 else None
    return None


def _comma_of(texts: Iterable[str]) -> set[bool]:
    out = set()
    for text in texts:
        readings = decimal_formats(text)
        if len(set(readings.values())) == 1 and any(f != "1234" for f in readings):
            out.add(all(",50" in f for f in readings))
    return out


def _month_first_of(texts: Iterable[str]) -> set[bool]:
    # Only slashes leave it open; whoever writes points or dashes begins with the day.
    return {next(iter(r)).startswith("mm") for t in texts if "/" in t and len(r := _slashed(t)) == 1}


def _slashed(text: str) -> dict[str, date]:
    return {f: d for f, d in date_formats(text).items() if f.startswith(("dd/", "mm/"))}


# ---- one value ------------------------------------------------------------------------------------------------------


def kind_of(act: Act, evidence: Evidence) -> Typed:
    """Return what a typed or chosen value is."""
    value = act.value or ""
    if act.kind == "upload":
        return Typed("file", value)
    if act.kind == "check":
        return Typed("choice", value, options=act.options)
    if act.kind == "select":
        return _chosen(act, value)
    if act.styled:
        return Typed("string", value, STYLED)
    label = f"{act.element.label} {act.element.name}" if act.element else ""
    return kind_of_text(value, label, evidence, act=act)


def _chosen(act: Act, value: str) -> Typed:
    """A list that was seen whole is a choice; one that is searched, or long, is a list of records."""
    fp = act.element
    if "\n" in value or fp is None:
        return Typed("string", value)
    if act.options:
        whole = value in act.options and len(act.options) <= MOST_OPTIONS and fp.capability != "fill"
        return Typed("choice", value, options=act.options) if whole else Typed("string", value)
    return Typed("choice" if fp.tag == "select" else "string", value)


def kind_of_text(value: str, label: str, evidence: Evidence, *, act: Act | None = None) -> Typed:
    """Return what a text is, from how it is written and what its field is called."""
    text, input_type = value.strip(), act.input_type if act else ""
    if dates := date_formats(text):
        if act is not None:  # in a calendar the day itself was clicked
            dates = {f: d for f, d in dates.items() if d.day == act.day} or dates
        return _settled("date", {f: d.isoformat() for f, d in dates.items()}, text, evidence, act)
    if input_type == "email" or _EMAIL.fullmatch(text):
        return Typed("email" if _EMAIL.fullmatch(text) else "string", value)
    count = bool(_COUNT_WORDS.search(label))
    if _CODE_WORDS.search(label) and not count and input_type not in {"number", "range"}:
        return Typed("string", value)
    numbers = decimal_formats(text)
    if input_type in {"number", "range"}:
        numbers = {f: v for f, v in numbers.items() if f in {"1234", "1234.50"}}
    figure = bool(re.search(r"[.,'’%]|[^\d\s+-]", text)) or input_type in {"number", "range"}
    if not numbers or not (figure or count or _AMOUNT_WORDS.search(label)) or re.match(r"0\d", text):
        return Typed("string", value)
    if set(numbers) == {"1234"}:
        whole = count or (input_type == "number" and text.lstrip("+-").isdigit())
        return Typed("integer" if whole else "decimal", format(numbers["1234"], "f"), _whole_format(text, evidence, act))
    return _settled("decimal", {f: format(v, "f") for f, v in numbers.items()}, text, evidence, act)


def _whole_format(text: str, evidence: Evidence, act: Act | None) -> str:
    """A number without decimals does not show how they are written: the field's hint or other values may."""
    hint = act.element.placeholder if act and act.element else ""
    if re.fullmatch(r"[\d.]*\d,\d+", hint):
        return "1234,50"
    if re.fullmatch(r"[\d,]*\d\.\d+", hint):
        return "1234.50"
    fmt = as_written(text, "1234")
    comma = evidence.comma if evidence.comma is not None else comma_in(evidence.language)
    return fmt.replace("1234", "1234,") if comma and (not act or act.input_type not in {"number", "range"}) else fmt


def _settled(kind: Kind, readings: Mapping[str, str], text: str, evidence: Evidence, act: Act | None) -> Typed:
    """Choose the reading that the demonstration proves, else the language's; else leave it open."""
    if len(set(readings.values())) == 1:
        spoken = _of_language(readings, evidence.language)
        family = spoken if "(" in spoken else preferred(tuple(readings), evidence.language) or spoken
        return Typed(kind, readings[family], as_written(text, family))
    exact = {as_written(text, f): c for f, c in readings.items()}
    families = {as_written(text, f): f for f in readings}
    if proved := _proved(readings, evidence, act):
        return Typed(kind, readings[proved], as_written(text, proved))
    told = preferred(tuple(readings), evidence.language)
    if told is not None:
        return Typed(kind, readings[told], as_written(text, told), {families[f]: c for f, c in exact.items()})
    return Typed(kind, next(iter(exact.values())), undecided(tuple(exact)), exact, open=True)


def _of_language(readings: Mapping[str, str], language: str) -> str:
    """Months are called alike in several languages: the page's own is meant."""
    tag = f"({language[:2].casefold()})"
    return next((f for f in readings if f.endswith(tag)), next(iter(readings)))


def _proved(readings: Mapping[str, str], evidence: Evidence, act: Act | None) -> str | None:
    """Return the reading that the field's hint, what a page showed afterwards, or other values prove."""
    families = tuple(readings)
    if hinted := _hinted(families, act):
        return hinted
    after = act.at if act is not None else 0.0
    seen = {_only_reading(text) for at, text in evidence.later if at >= after}
    if len(confirmed := [f for f, c in readings.items() if _plain(c) in seen]) == 1:
        return confirmed[0]
    if is_date_format(families[0]):
        first = evidence.month_first
        return next((f for f in families if first is not None and f.startswith("mm") is first), None)
    comma = evidence.comma
    return next((f for f in families if comma is not None and (",50" in f) is comma), None)


def _hinted(families: Sequence[str], act: Act | None) -> str | None:
    fp = act.element if act else None
    if fp is None:
        return None
    for text in (fp.placeholder, fp.label, fp.name, fp.title, *fp.near):
        plain = text.casefold()
        for spelling in (plain, re.sub(r"jj(?=[/.-]mm)", "dd", plain).translate(_HINT_LETTERS)):
            if m := _DATE_HINT.search(spelling):
                order = "".join(p[0] for p in (m[1], m[3], m[4]))
                return next((f for f in families if is_date_format(f) and _order(f) == order), None)
    if m := re.fullmatch(r"[\d., ]*\d([.,])\d{1,2}", fp.placeholder):
        return next((f for f in families if not is_date_format(f) and f"{m[1]}50" in f), None)
    return None


def _order(family: str) -> str:
    return "".join(dict.fromkeys(c for c in family if c in "dmy"))


def _only_reading(text: str) -> str:
    """Return what a text means where it means one thing: the ISO date or the plain number."""
    dates = {d.isoformat() for d in date_formats(text).values()}
    if dates:
        return dates.pop() if len(dates) == 1 else ""
    numbers = set(decimal_formats(text).values())
    return _plain(format(numbers.pop(), "f")) if len(numbers) == 1 else ""


def _plain(canonical: str) -> str:
    return format(Decimal(canonical).normalize(), "f") if re.fullmatch(r"-?[\d.]+", canonical) else canonical


__all__ = ["MOST_OPTIONS", "Evidence", "Kind", "Typed", "kind_of", "kind_of_text"]
