"""Typed values and how sites write them: decimals with comma or point, dates in their orders, compared by value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from .errors import ParamsInvalid

if TYPE_CHECKING:
    from .workflow import Param

_NUMBER = re.compile(r"^[+-]?[\d.,'\s\u00a0]*\d$")
_DATE_FORMATS: tuple[tuple[str, str], ...] = (
    ("yyyy-mm-dd", r"^(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})$"),
    ("yyyy/mm/dd", r"^(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})$"),
    ("dd.mm.yyyy", r"^(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})$"),
    ("dd/mm/yyyy", r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})$"),
    ("mm/dd/yyyy", r"^(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})$"),
    ("dd-mm-yyyy", r"^(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})$"),
)


def date_formats(text: str) -> dict[str, date]:
    """Return every reading of ``text`` as a date, by format name; empty when it is none."""
    readings: dict[str, date] = {}
    for name, regex in _DATE_FORMATS:
        if m := re.match(regex, text.strip()):
            try:
                readings[name] = date(int(m["y"]), int(m["m"]), int(m["d"]))
            except ValueError:
                continue
    return readings


def write_date(value: date, fmt: str) -> str:
    """Write a date in a named format such as ``dd.mm.yyyy``."""
    return (
        fmt.replace("yyyy", f"{value.year:04d}").replace("mm", f"{value.month:02d}").replace("dd", f"{value.day:02d}")
    )


def decimal_formats(text: str) -> dict[str, Decimal]:
    """Return every reading of ``text`` as a number, by format sample; two readings mean it is ambiguous.

    Formats are samples: ``1.234,50`` (grouped, comma), ``1234,50``, ``1,234.50``, ``1234.50``, ``1234``.
    """
    raw = text.strip().replace("\u00a0", " ")
    if not _NUMBER.match(raw):
        return {}
    sign, body = (raw[0], raw[1:]) if raw[0] in "+-" else ("", raw)
    readings: dict[str, Decimal] = {}
    for sample, group, point in (
        ("1.234,50", ".", ","),
        ("1,234.50", ",", "."),
        ("1 234,50", " ", ","),
        ("1'234.50", "'", "."),
    ):
        whole, _, frac = body.partition(point)
        groups = whole.split(group)
        if not all(g.isdigit() for g in groups) or (frac and not frac.isdigit()) or (point in body and not frac):
            continue
        grouped = len(groups) > 1
        if grouped and (not 1 <= len(groups[0]) <= 3 or any(len(g) != 3 for g in groups[1:])):
            continue
        name = sample if grouped else ("1234" if not frac else sample.replace(group, ""))
        readings.setdefault(name, Decimal(f"{sign}{''.join(groups)}{'.' + frac if frac else ''}"))
    return readings


def write_decimal(value: Decimal, fmt: str) -> str:
    """Write a number the way ``fmt`` (a sample such as ``1.234,50``) does; at least as many decimals as given."""
    point = "," if fmt.endswith(",50") else "."
    group = next((g for g in (".", ",", "'", " ") if g in fmt[:2]), "")
    places = max(2 if fmt.endswith("50") and fmt != "1234" else 0, -int(value.as_tuple().exponent or 0))
    text = f"{value:,.{places}f}"
    whole, _, frac = text.partition(".")
    return whole.replace(",", group) + (point + frac if frac else "")


def parse_decimal(text: str) -> Decimal:
    """Read a number as files and the command line write it (``1234.50``); raises ValueError."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation as e:
        raise ValueError(f"{text!r} is not a number; write it as 1234.50") from e
    if not value.is_finite() or abs(value.adjusted()) > 40:
        raise ValueError(f"{text!r} is not a number that a site could take; write it as 1234.50")
    return value


def same_value(shown: str, meant: str) -> bool:
    """Tell whether a site shows the value that was meant, whatever its way of writing numbers and dates."""
    a, b = " ".join(shown.split()), " ".join(meant.split())
    if a == b or a.casefold() == b.casefold():
        return True
    dates_a, dates_b = set(date_formats(a).values()), set(date_formats(b).values())
    if dates_a and dates_b:
        return bool(dates_a & dates_b)
    numbers_a, numbers_b = set(decimal_formats(a).values()), set(decimal_formats(b).values())
    return bool(numbers_a and numbers_b and numbers_a & numbers_b)


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


def spell(value: str, kind: str, fmt: str | None) -> str:
    """Write a canonical value as the site wrote it when it was shown."""
    if fmt and kind == "date":
        return write_date(date.fromisoformat(value), fmt)
    if fmt and kind in {"decimal", "integer"}:
        return write_decimal(Decimal(value), fmt)
    return value
