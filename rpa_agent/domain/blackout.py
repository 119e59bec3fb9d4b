"""Stretches in which nothing may start: a time of every day, weekdays, dates, or a time of some weekdays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIMES = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})$")
_DATES = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*/\s*(\d{4}-\d{2}-\d{2}))?$")
_FORMS = "write it as '22:00-23:30', 'sun 00:00-06:00', 'sat,sun' or '2026-12-24/2026-12-27'"


@dataclass(frozen=True)
class Blackout:
    """One stretch by the clock of a schedule's zone. Dates include the last one; a time may pass midnight."""

    weekdays: frozenset[int] = frozenset(range(7))     # Monday is 0
    first: date | None = None
    last: date | None = None
    start: time | None = None
    end: time | None = None

    def covers(self, wall: datetime) -> bool:
        """Tell whether a clock that shows ``wall`` is inside."""
        if self.start is None or self.end is None:
            return self._on(wall.date())
        now = wall.time()
        if self.start < self.end:
            return self._on(wall.date()) and self.start <= now < self.end
        # past midnight it is still the evening before that counts
        return (self._on(wall.date()) and now >= self.start) or (self._on(wall.date() - _DAY) and now < self.end)

    def after(self, wall: datetime) -> datetime:
        """Return the first moment at which this stretch, which covers ``wall``, may be over."""
        if self.end is not None:
            today = datetime.combine(wall.date(), self.end)
            return today if today > wall else today + _DAY
        return datetime.combine(wall.date() + _DAY, time())

    def _on(self, day: date) -> bool:
        if day.weekday() not in self.weekdays:
            return False
        return self.first is None or self.last is None or self.first <= day <= self.last


_DAY = timedelta(days=1)


def parse_blackout(text: str) -> Blackout:
    """Return a stretch from its text; raises ValueError saying how it is written."""
    rest, times = text.strip().lower(), None
    if found := _TIMES.search(rest):
        times, rest = (_clock(found[1], text), _clock(found[2], text)), rest[: found.start()].strip()
        if times[0] == times[1]:
            raise ValueError(f"{text!r} begins and ends at the same time; leave the times out for whole days")
    start, end = times or (None, None)
    if found := _DATES.match(rest):
        first = _date(found[1], text)
        last = _date(found[2], text) if found[2] else first
        if last < first:
            raise ValueError(f"{text!r} ends before it begins")
        return Blackout(first=first, last=last, start=start, end=end)
    if rest:
        return Blackout(weekdays=_days(rest, text), start=start, end=end)
    if times is None:
        raise ValueError(f"{text!r} is no stretch of time; {_FORMS}")
    return Blackout(start=start, end=end)


def over_at(stretches: tuple[Blackout, ...], wall: datetime) -> datetime | None:
    """Return when a clock that shows ``wall`` is first outside all stretches: ``wall`` itself if it is now, None if not
    within a year."""
    latest = wall + timedelta(days=366)
    while covering := [s for s in stretches if s.covers(wall)]:
        wall = max(s.after(wall) for s in covering)
        if wall > latest:
            return None
    return wall


def _days(text: str, whole: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in _WEEKDAYS or (last or first) not in _WEEKDAYS:
            raise ValueError(f"{whole!r} is no stretch of time; {_FORMS}")
        low, high = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
        found |= {n % 7 for n in range(low, high + 1 if high >= low else high + 8)}
    return frozenset(found)


def _clock(text: str, whole: str) -> time:
    try:
        return time.fromisoformat(text.zfill(5))
    except ValueError as e:
        raise ValueError(f"{whole!r}: {text} is no time of day; {_FORMS}") from e


def _date(text: str, whole: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise ValueError(f"{whole!r}: {text} is no date; {_FORMS}") from e
