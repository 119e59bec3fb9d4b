"""How sites write dates: read in every way that is possible, written again exactly as one was shown."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

# Full names; a site's short form is the beginning of one, or stands in _SHORT.
_MONTHS = {
    "en": "january february march april may june july august september october november december",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
_SHORT = {
    "de": "jan feb mär apr mai jun jul aug sep okt nov dez",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
# "1.2.24" is a version or a clause as often as a date: with points a short year counts only after two full numbers.
_FIGURES = (
    "yyyy-mm-dd", "yyyy/mm/dd", "yyyy.mm.dd", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy", "dd-mm-yyyy",
    "dd.mm.yy", "dd/mm/yy", "mm/dd/yy", "dd-mm-yy", "yyyy年mm月dd日",
)  # fmt: skip
_WORDS = ("dd mmm yyyy", "dd. mmm yyyy", "dd-mmm-yyyy", "mmm dd, yyyy", "mmm dd yyyy", "dd de mmm de yyyy")
_TOKEN = re.compile(r"(?<![a-z])(yyyy|yy|mmmm|mmm|mm|m|dd|d)(?![a-z])")
_CENTURY = 69  # of a year with two digits, as POSIX has it: 68 is 2068, 69 is 1969


@cache
def _named(language: str) -> dict[str, int]:
    names = {name: i for i, name in enumerate(_MONTHS[language].split(), 1)}
    names.update({name.rstrip("."): i for i, name in enumerate(_short(language), 1)})
    return names


def _short(language: str) -> list[str]:
    return _SHORT[language].split() if language in _SHORT else [name[:3] for name in _MONTHS[language].split()]


@cache
def _regex(family: str) -> re.Pattern[str]:
    """Return the regex of a family; days and months of one figure belong to it, except in 1.2.24."""
    long = "yyyy" in family or "/" in family
    part = {
        "yyyy": r"(?P<y>\d{4})", "yy": r"(?P<y>\d{2})", "mmm": r"(?P<m>[^\W\d_]{3,10})\.?",
        "mm": rf"(?P<m>\d{{{'1,2' if long else '2'}}})", "dd": rf"(?P<d>\d{{{'1,2' if long else '2'}}})",
    }  # fmt: skip
    out, at = "", 0
    for token in _TOKEN.finditer(family):
        out += re.escape(family[at : token.start()]) + part[token.group()]
        at = token.end()
    return re.compile(f"^{out}{re.escape(family[at:])}$")


def date_formats(text: str) -> dict[str, date]:
    """Return every reading of ``text`` as a date, by format name; empty when it is none.

    Names are families: ``dd.mm.yyyy`` also reads 3.4.2026. A month's name ends in its language: ``dd mmm yyyy (de)``.
    """
    plain = " ".join(text.split()).replace("\u2011", "-")
    if not 6 <= len(plain) <= 32 or not plain.strip("日")[-1:].isdigit():
        return {}
    readings: dict[str, date] = {}
    for family in _FIGURES:
        if m := _regex(family).match(plain):
            _keep(readings, family, m["y"], int(m["m"]), m["d"])
    for family in _WORDS if not readings and re.search(r"[^\W\d_]{3}", plain) else ():
        if m := _regex(family).match(plain):
            for language in _MONTHS:
                if month := _named(language).get(m["m"].casefold()):
                    _keep(readings, f"{family} ({language})", m["y"], month, m["d"])
    return readings


def _keep(readings: dict[str, date], name: str, year: str, month: int, day: str) -> None:
    whole = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < _CENTURY else 1900)
    try:
        readings[name] = date(whole, month, int(day))
    except ValueError:
        return


def date_as_written(text: str, family: str) -> str:
    """Return the format that writes a date exactly as ``text`` does: one figure or two, the month short or in full."""
    plain = " ".join(text.split())
    pattern, _, language = family.partition(" (")
    m = _regex(pattern).match(plain)
    if m is None:
        return family
    if m["d"][0] != "0" and (len(m["d"]) == 1 or (m["m"].isdigit() and len(m["m"]) == 1)):
        pattern = pattern.replace("dd", "d")
    if m["m"].isdigit():
        single = m["m"][0] != "0" and (len(m["m"]) == 1 or len(m["d"]) == 1)
        pattern = re.sub(r"(?<![a-z])mm(?![a-z])", "m", pattern) if single else pattern
    elif language and m["m"].casefold() in _MONTHS[language.rstrip(")")].split() and len(m["m"]) > 3:
        pattern = pattern.replace("mmm", "mmmm")
    return f"{pattern} ({language}" if language else pattern


def date_family(fmt: str) -> str:
    """Return the family of an exact format."""
    wide = re.sub(r"(?<![a-z])(d|m)(?![a-z])", r"\1\1", fmt)
    return wide.replace("mmmm", "mmm")


def read_date(text: str, fmt: str) -> date | None:
    """Return the date that ``text`` is in this format, None when it is none."""
    return date_formats(text).get(date_family(fmt))


def write_date(value: date, fmt: str) -> str:
    """Write a date in a named format such as ``dd.mm.yyyy`` or ``d. mmmm yyyy (de)``."""
    pattern, _, rest = fmt.partition(" (")
    language = rest.rstrip(")") or "en"

    def part(m: re.Match[str]) -> str:
        match m.group():
            case "yyyy":
                return f"{value.year:04d}"
            case "yy":
                return f"{value.year % 100:02d}"
            case "mm" | "m":
                return f"{value.month:0{len(m.group())}d}"
            case "dd" | "d":
                return f"{value.day:0{len(m.group())}d}"
            case "mmmm":
                return _cased(_MONTHS[language].split()[value.month - 1], language)
            case _:
                return _cased(_short(language)[value.month - 1], language)

    return _TOKEN.sub(part, pattern)


def _cased(month: str, language: str) -> str:
    return month.capitalize() if language in {"en", "de"} else month
