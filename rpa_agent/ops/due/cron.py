"""Cron lines: five fields with names, ranges, steps and lists, read strictly and explained well."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rpa_agent.domain.errors import WorkflowInvalid

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}
_WEEKDAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_PART = re.compile(r"^(?:(\*)|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:/([0-9]+))?$")
_LONGEST = 500
_DO = "Write minute, hour, day of month, month and weekday, as in '0 7 * * mon-fri'."


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: dict[str, int]


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of month", 1, 31, {}),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 7, _WEEKDAYS),
)


@dataclass(frozen=True)
class Cron:
    """A cron line as sets. ``weekdays`` counts from Sunday = 0, as POSIX does."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    fixed: bool             # the hour field does not start with *: clock times of a day rather than elapsed time

    def on(self, day: date) -> bool:
        """Tell whether the line names this date; two restricted day fields mean either, as POSIX says."""
        if day.month not in self.months:
            return False
        in_days, in_weekdays = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (in_days and in_weekdays) if self.any_day or self.any_weekday else (in_days or in_weekdays)


@lru_cache(maxsize=4096)
def parse_cron(line: str) -> Cron:
    """Return the meaning of a cron line; raises WorkflowInvalid naming the field and what is allowed there."""
    if len(line) > _LONGEST:
        raise WorkflowInvalid(f"a cron line has at most {_LONGEST} characters, not {len(line)}", do=_DO, where="cron")
    parts = line.lower().split()
    if len(parts) != 5:
        raise WorkflowInvalid(f"cron {line!r} has {len(parts)} fields and needs five", do=_DO, where="cron")
    fields = [_values(line, text, field) for text, field in zip(parts, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = fields
    cron = Cron(
        minutes=tuple(sorted(minutes)), hours=tuple(sorted(hours)), days=days, months=months,
        weekdays=frozenset(n % 7 for n in weekdays),
        any_day=parts[2].startswith("*"), any_weekday=parts[4].startswith("*"), fixed=not parts[1].startswith("*"),
    )
    longest = max(calendar.monthrange(2024, month)[1] for month in months)
    if cron.any_weekday and min(days) > longest:
        raise WorkflowInvalid(f"cron {line!r} never comes: no such day in that month", do=_DO, where="cron")
    return cron


def _values(line: str, text: str, field: _Field) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        m = _PART.match(part)
        if m is None:
            raise _wrong(line, part, field, "is neither a number, a range, a step nor *")
        star, first, last, step = m.groups()
        if step is not None and int(step) == 0:
            raise _wrong(line, part, field, "has a step of 0")
        low = field.low if star else _number(line, first, field)
        if last is not None:
            high = _number(line, last, field)
            if field.name == "weekday" and high == 0 and low > 0:
                high = 7        # fri-sun: Sunday closes the week as well as opening it
        elif star or step is not None:
            high = 6 if field.name == "weekday" else field.high
        else:
            high = low
        if high < low:
            raise _wrong(line, part, field, "runs backwards")
        found.update(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def _number(line: str, text: str, field: _Field) -> int:
    value = field.names.get(text)
    if value is None:
        value = int(text) if text.isdigit() else -1
    if not field.low <= value <= field.high:
        raise _wrong(line, text, field, "is not allowed")
    return value


def _wrong(line: str, part: str, field: _Field, why: str) -> WorkflowInvalid:
    names = f" or {', '.join(field.names)}" if field.names else ""
    allowed = f"allowed: {field.low}-{field.high}{names}"
    return WorkflowInvalid(f"cron {line!r}: {part!r} {why} as {field.name} ({allowed})", do=_DO, where="cron")
