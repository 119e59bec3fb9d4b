"""What is due by a walk over every minute of a zone's clock: slow, simple, and without any code of the product.

Each case holds the rule as a workflow file would, and says for a whole zone which UTC minutes it means.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from holidays import country_holidays

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_MOVES = 10     # days that a holiday is followed at most; no public holidays of the countries below last longer


class Walk:
    """Every minute of a stretch as one zone's clock shows it."""

    def __init__(self, zone: str, first: datetime, last: datetime) -> None:
        self.zone, self.first, self.last = ZoneInfo(zone), first, last
        n = int((last - first) / MINUTE)
        self.minutes = [first + i * MINUTE for i in range(1, n + 1)]
        self.walls = [m.astimezone(self.zone).replace(tzinfo=None) for m in self.minutes]

    @cached_property
    def _highest(self) -> list[datetime]:
        """What the clock has shown at most so far; it never goes back, unlike the clock."""
        shown, out = datetime.min, []
        for wall in self.walls:
            shown = max(shown, wall)
            out.append(shown)
        return out

    def at(self, wall: datetime) -> datetime | None:
        """Return the first minute at which the clock shows ``wall``, or has just skipped it."""
        i = bisect_left(self._highest, wall)
        before = self.first.astimezone(self.zone).replace(tzinfo=None)
        return self.minutes[i] if i < len(self.minutes) and wall > before else None

    def where(self, true: Callable[[datetime], bool]) -> set[datetime]:
        """Return all minutes whose wall time fulfils a condition."""
        return {m for m, wall in zip(self.minutes, self.walls, strict=True) if true(wall)}

    def dates(self) -> list[date]:
        first, last = self.walls[0].date() - 15 * DAY, self.walls[-1].date() + 15 * DAY
        return [first + i * DAY for i in range((last - first).days + 1)]

    def of_dates(self, dates: Iterable[date], *times: time) -> set[datetime]:
        found = (self.at(datetime.combine(day, at)) for day in dates for at in times)
        return {m for m in found if m is not None}


@dataclass(frozen=True)
class Case:
    """A rule as a workflow file says it, without its zone, and what it means."""

    kind: str
    rule: dict[str, Any]
    due: Callable[[Walk], set[datetime]]


def _rest(country: str) -> Callable[[date], bool]:
    known = country_holidays(country)
    return lambda day: day in known


_DE, _US = _rest("DE"), _rest("US")


def _works(day: date, rest: Callable[[date], bool]) -> bool:
    return day.weekday() < 5 and not rest(day)


def _moved(day: date, step: timedelta, rest: Callable[[date], bool]) -> date:
    while not _works(day, rest):
        day += step
    return day


def _nth(walk: Walk, n: int, rest: Callable[[date], bool]) -> set[date]:
    months: dict[tuple[int, int], list[date]] = {}
    first, last = walk.dates()[0].replace(day=1), walk.dates()[-1] + 31 * DAY
    day = first
    while day <= last:
        if _works(day, rest):
            months.setdefault((day.year, day.month), []).append(day)
        day += DAY
    full = [days for month, days in months.items() if month != (last.year, last.month)]
    return {days[n - 1] if n > 0 else days[n] for days in full if len(days) >= abs(n)}


def _every(walk: Walk, span: timedelta) -> set[datetime]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return {m for m in walk.minutes if not (m - epoch) % span}


Meant = Callable[[Walk], set[datetime]]


def _daily(at: time, on: Callable[[date], bool] = lambda day: True) -> Meant:
    return lambda walk: walk.of_dates((day for day in walk.dates() if on(day)), at)


def _shifted(at: time, on: Callable[[date], bool], step: timedelta, rest: Callable[[date], bool]) -> Meant:
    def due(walk: Walk) -> set[datetime]:
        wider = [walk.dates()[0] - _MOVES * DAY + i * DAY for i in range(len(walk.dates()) + 2 * _MOVES)]
        return walk.of_dates({_moved(day, step, rest) if rest(day) else day for day in wider if on(day)}, at)

    return due


CASES = (
    Case("daily, in the gap and the fold", {"cron": "30 2 * * *"}, _daily(time(2, 30))),
    Case("daily at midnight", {"cron": "0 0 * * *"}, _daily(time(0, 0))),
    Case("working days", {"cron": "0 7 * * mon-fri"}, _daily(time(7), lambda d: d.weekday() < 5)),
    Case("Sunday as 7", {"cron": "15 1 * * 7"}, _daily(time(1, 15), lambda d: d.weekday() == 6)),
    Case("day of month or weekday", {"cron": "5 4 13 * fri"}, _daily(time(4, 5), lambda d: d.day == 13 or d.weekday() == 4)),
    Case("29 February", {"cron": "0 9 29 2 *"}, _daily(time(9), lambda d: (d.month, d.day) == (2, 29))),
    Case("twice a day", {"cron": "0 6,18 * * *"}, lambda walk: walk.of_dates(walk.dates(), time(6), time(18))),
    Case("every 20 minutes by the clock", {"cron": "*/20 * * * *"}, lambda walk: walk.where(lambda w: w.minute % 20 == 0)),
    Case("every sixth hour", {"cron": "10 */6 * * *"}, lambda walk: walk.where(lambda w: w.minute == 10 and w.hour % 6 == 0)),
    Case("interval of 90 minutes", {"every": "90m"}, lambda walk: _every(walk, timedelta(minutes=90))),
    Case("interval of a day", {"every": "1d"}, lambda walk: _every(walk, timedelta(days=1))),
    Case("one date", {"date": "2027-03-28", "at": "02:30"}, _daily(time(2, 30), lambda d: d == date(2027, 3, 28))),
    Case(
        "last business day", {"business_day": "last", "at": "18:00", "holidays": "DE"},
        lambda walk: walk.of_dates(_nth(walk, -1, _DE), time(18)),
    ),
    Case(
        "third business day", {"business_day": 3, "at": "00:30", "holidays": "US"},
        lambda walk: walk.of_dates(_nth(walk, 3, _US), time(0, 30)),
    ),
    Case(
        "without holidays", {"cron": "0 8 * * *", "holidays": "DE"}, _daily(time(8), lambda d: not _DE(d)),
    ),
    Case(
        "holidays moved before", {"cron": "45 5 1 * *", "holidays": "DE", "on_holiday": "before"},
        _shifted(time(5, 45), lambda d: d.day == 1, -DAY, _DE),
    ),
    Case(
        "holidays moved after", {"cron": "45 5 1,25 * *", "holidays": "US", "on_holiday": "after"},
        _shifted(time(5, 45), lambda d: d.day in (1, 25), DAY, _US),
    ),
    Case(
        "from a first to a last date", {"cron": "0 7 * * *", "starts": "2026-03-01", "ends": "2027-10-31"},
        _daily(time(7), lambda d: date(2026, 3, 1) <= d <= date(2027, 10, 31)),
    ),
)
