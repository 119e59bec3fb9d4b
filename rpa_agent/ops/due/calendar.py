"""When a schedule is due: pure, the same after a restart, and exactly once per local date whatever the clocks do.

Fixed-time cron names clock times of a date. A time that the clocks skip comes at the first valid instant after the
gap, a time that they repeat comes the first time only. A cron line whose hour starts with ``*``, and an interval,
follow elapsed time: they come at every instant that matches.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from rpa_agent.domain.errors import WorkflowInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.workflow import Schedule, seconds

from .cron import Cron, parse_cron

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HORIZON = timedelta(days=366 * 9)      # 29 February is up to eight years away
_HOUR = timedelta(hours=1)


class Due(Frozen):
    """One due time: its instant in UTC, its original local date, and its name, unique within the schedule."""

    instant: datetime
    day: date
    label: str


def check_schedule(schedule: Schedule) -> None:
    """Raise WorkflowInvalid when a schedule can never be computed; for validation before anything runs."""
    if schedule.cron is not None:
        parse_cron(schedule.cron)
    elif not 1 <= seconds(schedule.every or "") <= 366 * 86400:
        raise WorkflowInvalid(f"every: {schedule.every} is not between 1s and 366d", where="every")
    for name, span, days in (("grace", schedule.grace, 31), ("jitter", schedule.jitter, 1)):
        if seconds(span) > days * 86400:
            raise WorkflowInvalid(f"{name}: {span} is longer than {days}d", where=name)
    if schedule.holidays is not None:
        _is_holiday(schedule.holidays, date(2024, 1, 1))


def due_between(schedule: Schedule, after: datetime, until: datetime) -> list[Due]:
    """Return what is due later than ``after`` and not later than ``until``, in order."""
    return list(dues(schedule, after, until))


def next_due(schedule: Schedule, after: datetime) -> Due | None:
    """Return the first due time later than ``after``, or None when none comes in nine years."""
    return next(dues(schedule, after, after + _HORIZON), None)


def dues(schedule: Schedule, after: datetime, until: datetime) -> Iterator[Due]:
    """Yield the due times later than ``after`` and not later than ``until``, in order, without holidays."""
    check_schedule(schedule)
    after, until, zone = after.astimezone(UTC), until.astimezone(UTC), ZoneInfo(schedule.timezone)
    if schedule.cron is None:
        found = _intervals(timedelta(seconds=seconds(schedule.every or "")), after, zone)
    else:
        cron = parse_cron(schedule.cron)
        found = _clock_times(cron, after, until, zone) if cron.fixed else _matching_minutes(cron, after, until, zone)
    for due in takewhile(lambda due: due.instant <= until, found):
        if schedule.holidays is None or not _is_holiday(schedule.holidays, due.day):
            yield due


def _intervals(period: timedelta, after: datetime, zone: ZoneInfo) -> Iterator[Due]:
    """Count from a fixed epoch, so that a restart does not shift the beat."""
    n = (after - _EPOCH) // period + 1
    while True:
        instant = _EPOCH + n * period
        yield Due(instant=instant, day=instant.astimezone(zone).date(), label=_utc_label(instant))
        n += 1


def _clock_times(cron: Cron, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Due]:
    day, last = after.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date() + timedelta(days=1)
    latest = after
    while day <= last:
        if cron.on(day):
            for hour in cron.hours:
                for minute in cron.minutes:
                    wall = datetime.combine(day, time(hour, minute))
                    instant = first_instant(wall, zone)
                    if instant > latest:        # two times of one gap fall together and come once
                        latest = instant
                        yield Due(instant=instant, day=day, label=wall.isoformat(timespec="minutes"))
        day += timedelta(days=1)


def _matching_minutes(cron: Cron, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Due]:
    hour = after.replace(minute=0, second=0, microsecond=0)
    hours = frozenset(cron.hours)
    while hour <= until:
        start = hour.astimezone(zone)
        steady = start.utcoffset() == (hour + _HOUR).astimezone(zone).utcoffset()
        # where the clocks do not change within the hour, the minutes follow from its start
        minutes = sorted((minute - start.minute) % 60 for minute in cron.minutes) if steady else range(60)
        for instant in (hour + timedelta(minutes=minute) for minute in minutes):
            wall = start + (instant - hour) if steady else instant.astimezone(zone)
            if instant > after and wall.minute in cron.minutes and wall.hour in hours and cron.on(wall.date()):
                yield Due(instant=instant, day=wall.date(), label=_utc_label(instant))
        hour += _HOUR


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first UTC instant at which a clock in ``zone`` shows ``wall``, or has just skipped it."""
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # in a gap the offsets before (fold 0) and after (fold 1) give instants on both sides of the change of clocks
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), instant
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def _utc_label(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat(timespec="seconds" if instant.microsecond == 0 else "auto") + "Z"


def _is_holiday(code: str, day: date) -> bool:
    return day in _holidays(code, day.year)


@lru_cache(maxsize=256)
def _holidays(code: str, year: int) -> frozenset[date]:
    """Return the public holidays of a country such as ``DE``, or of a part of it such as ``DE-BY``."""
    from holidays import country_holidays  # takes a while to load, and few schedules need it

    country, _, part = code.upper().partition("-")
    try:
        return frozenset(country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError as e:
        raise WorkflowInvalid(
            f"holidays: {code!r} is not known; write a country as DE or a part of it as DE-BY", where="holidays"
        ) from e
