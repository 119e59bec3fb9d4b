"""Typed values and how sites write them: compared by value, checked, and spelled as the site showed them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from .dates import date_as_written, date_family, date_formats, read_date, write_date
from .errors import ParamsInvalid
from .numbers import (
    decimal_as_written,
    decimal_family,
    decimal_formats,
    parse_decimal,
    read_decimal,
    unit_of,
    write_decimal,
)
from .styled import STYLED, plain

if TYPE_CHECKING:
    from .workflow import Param

__all__ = [
    "as_written", "canonical", "check_params", "comma_in", "date_formats", "decimal_formats", "file_names",
    "format_family", "is_date_format",
    "month_first_in", "parse_decimal", "preferred", "same_value", "spell", "undecided", "write_date", "write_decimal",
]  # fmt: skip

_OR = " | "  # stands between the formats of a demonstration that did not tell which one it was
_DIGIT = re.compile(r"\d")
_COMMA = {
    "de", "fr", "it", "es", "nl", "pl", "sv", "da", "nb", "nn", "no", "fi", "pt", "cs", "sk", "hu", "ru", "uk", "tr", "el",
    "ro", "bg", "hr", "sl", "sr", "lt", "lv", "et", "ca", "id", "vi",
}  # fmt: skip
_POINT = {"en", "ja", "zh", "ko", "th", "he", "ms", "hi", "ga", "mt", "cy"}
_POINT_THERE = {"de-ch", "de-li", "it-ch", "es-mx", "es-us", "es-gt", "es-pr", "es-hn", "es-ni", "es-sv", "es-pa"}
_MONTH_FIRST = {"en-us", "en-ph", "es-us", "es-pr", "fil-ph", "en-pr"}
_YEAR_FIRST = {"ja", "zh", "ko", "hu", "lt", "sv", "fa"}


# ---- what a locale says --------------------------------------------------------------------------------------------


def comma_in(locale: str | None) -> bool | None:
    """Tell whether decimals are written with a comma where this is spoken; None when that is not known."""
    tag = (locale or "").replace("_", "-").casefold()
    if tag in _POINT_THERE:
        return False
    language = tag.partition("-")[0]
    return True if language in _COMMA else False if language in _POINT else None


def month_first_in(locale: str | None) -> bool | None:
    """Tell whether 03/04 is a day in March where this is spoken; None when that is not known, as for plain English."""
    tag = (locale or "").replace("_", "-").casefold()
    if tag in _MONTH_FIRST:
        return True
    language = tag.partition("-")[0]
    if language not in _COMMA | _POINT or language in _YEAR_FIRST or tag == "en":
        return None
    return False


def preferred(formats: Sequence[str], locale: str | None) -> str | None:
    """Return the one of several formats that fits a locale; None where it does not tell."""
    if is_date_format(formats[0]):
        first = month_first_in(locale)
        fitting = [f for f in formats if first is not None and date_family(f).startswith("mm") is first]
    else:
        comma = comma_in(locale)
        fitting = [f for f in formats if comma is not None and (",50" in decimal_family(f)) is comma]
    return fitting[0] if fitting else None


# ---- formats -------------------------------------------------------------------------------------------------------


def is_date_format(fmt: str) -> bool:
    """Tell a date's format from a number's."""
    return "yy" in fmt


def as_written(text: str, family: str) -> str:
    """Return the format that writes a value exactly as ``text`` does."""
    return date_as_written(text, family) if is_date_format(family) else decimal_as_written(text, family)


def format_family(fmt: str) -> str:
    """Return the common name of an exact format: 1.234,50 for whatever is written with these signs."""
    return date_family(fmt) if is_date_format(fmt) else decimal_family(fmt)


def undecided(formats: Sequence[str]) -> str:
    """Return the format of a value that can be read in several ways; such a value is not typed until one is chosen."""
    return _OR.join(dict.fromkeys(formats))


def canonical(text: str, fmt: str) -> str | None:
    """Return the ISO date or plain decimal that ``text`` is in this format; None when it is none."""
    if is_date_format(fmt):
        day = read_date(text, fmt)
        return day.isoformat() if day is not None else None
    value = read_decimal(text, fmt)
    return format(value, "f") if value is not None else None


def same_value(shown: str, meant: str, fmt: str | None = None) -> bool:
    """Tell whether a site shows the value that was meant, whatever its way of writing numbers and dates.

    With the format in which ``meant`` is written, both are read in that one way only: 1.234 is then not 1,234.
    """
    a, b = " ".join(shown.split()), " ".join(meant.split())
    if a == b or a.casefold() == b.casefold():
        return True
    if not (_DIGIT.search(a) and _DIGIT.search(b)):
        return False  # only numbers and dates are written in several ways
    # A field that adds a currency to what was typed may mean another one; a request that leaves it out means the same.
    if (unit := unit_of(a)) and decimal_formats(a) and unit != unit_of(b):
        return False
    if fmt and fmt != STYLED and _OR not in fmt and (one := canonical(b, fmt)) is not None:
        own = canonical(a, fmt)
        return _equal(own, one) if own is not None else any(_equal(r, one) for r in _readings(a, is_date_format(fmt)))
    dates_a, dates_b = set(date_formats(a).values()), set(date_formats(b).values())
    if dates_a and dates_b:
        return bool(dates_a & dates_b)
    numbers_a, numbers_b = set(decimal_formats(a).values()), set(decimal_formats(b).values())
    return bool(numbers_a and numbers_b and numbers_a & numbers_b)


def _readings(text: str, dates: bool) -> list[str]:
    if dates:
        return [day.isoformat() for day in date_formats(text).values()]
    return [format(number, "f") for number in decimal_formats(text).values()]


def _equal(a: str, b: str) -> bool:
    """Tell whether two canonical values are one: 120.0 and 120 are."""
    return a == b or (a.count("-") < 2 and b.count("-") < 2 and Decimal(a) == Decimal(b))


def spell(value: str, kind: str, fmt: str | None, locale: str | None = None) -> str:
    """Write a canonical value as the site wrote it when it was shown.

    Raises ParamsInvalid where the demonstration did not tell how it is written and the ways differ for this value.
    """
    if fmt == STYLED:
        return plain(value)
    if not fmt or kind not in {"date", "decimal", "integer"}:
        return value
    formats = fmt.split(_OR)
    chosen = formats[0] if len(formats) == 1 else preferred(formats, locale)
    written = [_write(value, kind, f) for f in ([chosen] if chosen else formats)]
    if len(set(written)) > 1:
        why = f"{value} could be written {' or '.join(written)} here: the demonstration did not tell {' from '.join(formats)}"
        do = "Say `locale:` in the workflow (en_US, en_GB, de_DE, …), or choose the format of the step; nothing was sent."
        raise ParamsInvalid(why, do=do)
    return written[0]


def _write(value: str, kind: str, fmt: str) -> str:
    if kind == "date":
        return write_date(date.fromisoformat(value), fmt) if is_date_format(fmt) else value
    return value if is_date_format(fmt) else write_decimal(Decimal(value), fmt)


# ---- parameters ----------------------------------------------------------------------------------------------------


def check_params(params: Mapping[str, Param], given: Mapping[str, str], *, today: date) -> dict[str, str]:
    """Return the run's parameters as canonical text (ISO dates, plain decimals), defaults filled in.

    Raises ParamsInvalid naming every missing, unknown or mistyped parameter at once.
    """
    from .template import render

    problems, out = [], {}
    for name in given:
        if name not in params:
            problems.append(f"{name}: unknown (known: {', '.join(params) or 'none'})")
    for name, param in params.items():
        text = given.get(name)
        if text is None and param.default is not None:
            text = render(str(param.default), {}, today)
        if text is None:
            if param.required:
                problems.append(f"{name}: missing ({param.type})")
            continue
        try:
            out[name] = param.canonical(text)
        except ValueError as e:
            problems.append(f"{name}: {e}")
    if problems:
        raise ParamsInvalid("; ".join(problems))
    return out


def file_names(paths: str) -> str:
    """Return what a site shows of files, one per line: their names without the folders they lie in."""
    return "\n".join(re.split(r"[/\\]", path)[-1] for path in paths.split("\n"))


def holds_words(text: str, value: str) -> bool:
    """Tell whether what a page made of a value, HTML or JSON, holds all words of it, whatever stands between them."""
    from html import unescape  # most procedures write into no editor

    written = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    said = unescape(re.sub(r"<[^<>]*>", "", written)).casefold()
    return all(word in said for word in re.findall(r"\w{2,}", value.casefold()))


def same_code(a: str, b: str) -> bool:
    """Tell whether two texts are one code, but for what a mask puts between its signs: (493) 098-7654 and 4930987654."""
    return _respaced(a) == _respaced(b) != ""


def _respaced(text: str) -> str:
    """Return a code without what a mask puts between its signs; nothing where a sign could be part of a figure."""
    bare = re.sub(r"[\s()/+-]", "", text)
    return bare.casefold() if len(bare) > 3 and re.fullmatch(r"\w+", bare) and not text.lstrip().startswith("-") else ""
