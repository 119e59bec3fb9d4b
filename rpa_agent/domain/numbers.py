"""How sites write numbers: read in every way that is possible, written again exactly as one was shown."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_FAMILIES = (
    ("1.234,50", ".", ","),
    ("1,234.50", ",", "."),
    ("1 234,50", " ", ","),
    ("1 234.50", " ", "."),
    ("1'234.50", "'", "."),
)
_MONEY = (
    r"[€$£¥₹₽₺₩₪₫฿]|US\$|C\$|A\$|R\$|CHF|Fr\.|kr\.?|zł|Kč|Ft|lei|EUR|USD|GBP|JPY|CNY|SEK|NOK|DKK|PLN|CZK|HUF|RON|RUB|TRY"
    r"|INR|AUD|CAD|NZD|ZAR|BRL|MXN|SGD|HKD|KRW|ILS|THB"
)
_AROUND = re.compile(rf"^(?P<before>(?:{_MONEY})\s*)?(?P<body>.*?)(?P<after>\s*(?:{_MONEY}|%|‰))?$", re.DOTALL)
_BODY = re.compile(r"^[+-]?[\d.,' ]*\d-?$")
_SAMPLE = re.compile(r"^1(?P<group>\D)?234(?:(?P<point>[.,])(?P<frac>50*)?)?(?P<minus>-)?$")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2009\u202f\u2007"), " ")
_PLAIN = str.maketrans({**_SPACES, ord("’"): "'", ord("−"): "-"})


def decimal_formats(text: str) -> dict[str, Decimal]:
    """Return every reading of ``text`` as a number, by format sample; two readings mean it is ambiguous.

    Samples name families: ``1.234,50`` (grouped, comma), ``1234,50``, ``1,234.50``, ``1234.50``, ``1234``. A currency or
    percent sign around it, any narrow space or apostrophe between the groups, and a minus after it are understood.
    """
    _, raw, _ = _parts(text)
    if not _BODY.match(raw) or len(raw) > 60:
        return {}
    sign, body = (raw[0], raw[1:]) if raw[0] in "+-" else ("", raw)
    if body.endswith("-"):
        if sign or body[:-1].isdigit():  # "12-" is the beginning of something else
            return {}
        sign, body = "-", body[:-1]
    readings: dict[str, Decimal] = {}
    for sample, group, point in _FAMILIES:
        whole, _, frac = body.partition(point)
        groups = whole.split(group)
        if not all(g.isdigit() for g in groups) or (frac and not frac.isdigit()) or (point in body and not frac):
            continue
        grouped = len(groups) > 1
        if grouped and (not 1 <= len(groups[0]) <= 3 or groups[0][0] == "0" or any(len(g) != 3 for g in groups[1:])):
            continue
        name = sample if grouped else ("1234" if not frac else sample.replace(group, ""))
        readings.setdefault(name, Decimal(f"{sign}{''.join(groups)}{'.' + frac if frac else ''}"))
    return readings


def _parts(text: str) -> tuple[str, str, str]:
    """Return what stands before a number, the number in plain signs, and what stands after it."""
    m = _AROUND.match(text.strip())
    if m is None:
        return "", text.strip(), ""
    return m["before"] or "", m["body"].strip().translate(_PLAIN), m["after"] or ""


def unit_of(text: str) -> str:
    """Return the currency or percent sign around a number."""
    before, _, after = _parts(text)
    return (before + after).strip()


def decimal_as_written(text: str, family: str) -> str:
    """Return the format that writes a number exactly as ``text`` does: signs around it, its own spaces, its decimals."""
    before, body, after = _parts(text)
    m = _SAMPLE.match(family)
    if m is None:
        return family
    own = m["group"] or ""
    if own:
        own = next((c for c in text if c.translate(_PLAIN) == m["group"]), own)
    frac = body.rstrip("-").rpartition(m["point"])[2] if m["point"] and m["point"] in body else ""
    shown = f"{m['point']}5{'0' * (len(frac) - 1)}" if frac.isdigit() else m["point"] or ""
    return f"{before}1{own}234{shown}{'-' if body.endswith('-') else ''}{after}"


def decimal_family(fmt: str) -> str:
    """Return the family of an exact format."""
    _, body, _ = _parts(fmt)
    m = _SAMPLE.match(body)
    if m is None:
        return fmt
    # "1.234," is what a whole number with groups was written in: its family has decimals all the same.
    return f"1{m['group'] or ''}234{(m['point'] + '50') if m['point'] and (m['frac'] or m['group']) else ''}"


def read_decimal(text: str, fmt: str) -> Decimal | None:
    """Return the number that ``text`` is where numbers are written in this format; None when it is none."""
    readings = decimal_formats(text)
    family = decimal_family(fmt)
    if family in readings:
        return readings[family]
    point = "," if ",50" in family or _parts(fmt)[1].endswith(",") else "."
    fitting = {v for f, v in readings.items() if f == "1234" or f.endswith(point + "50")}
    return fitting.pop() if len(fitting) == 1 else None


def write_decimal(value: Decimal, fmt: str) -> str:
    """Write a number the way ``fmt`` (a sample such as ``1.234,50``) does; at least as many decimals as given."""
    before, _, after = _parts(fmt)
    body = fmt.strip()[len(before) : len(fmt.strip()) - len(after)].strip()
    m = _SAMPLE.match(body)
    group, point, frac, trailing = (m["group"], m["point"], m["frac"], m["minus"]) if m else ("", ".", "", "")
    places = max(len(frac or ""), -int(value.as_tuple().exponent or 0))
    whole, _, rest = f"{abs(value):,.{places}f}".partition(".")
    text = whole.replace(",", group or "") + ((point or ".") + rest if rest else "")
    if value < 0:
        text = f"{text}-" if trailing else f"-{text}"
    return before + text + after


def parse_decimal(text: str) -> Decimal:
    """Read a number as files and the command line write it (``1234.50``); raises ValueError."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation as e:
        raise ValueError(f"{text!r} is not a number; write it as 1234.50") from e
    if not value.is_finite() or abs(value.adjusted()) > 40:
        raise ValueError(f"{text!r} is not a number that a site could take; write it as 1234.50")
    return value
