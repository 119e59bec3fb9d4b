"""When a schedule is due: pure, the same after a restart, and exactly once per local date whatever the clocks do.

Fixed-time cron names clock times of a date. A time that the clocks skip comes at the first valid instant after the
gap, a time that they repeat comes the first time only. A cron line whose hour starts with ``*``, and an interval,
follow elapsed time: they come at every instant that matches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from rpa_agent.domain.errors import WorkflowInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.schedule import Schedule, clock_time
from rpa_agent.domain.spans import seconds

from .cron import Cron, parse_cron
from .workdays import DAY, LONGEST, Workdays

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
        cron = parse_cron(schedule.cron)
        if schedule.on_holiday != "skip" and not cron.fixed:
            raise WorkflowInvalid("on_holiday: a cron line that comes every hour cannot be moved", where="on_holiday")
    elif schedule.every is not None and not 1 <= seconds(schedule.every) <= 366 * 86400:
        raise WorkflowInvalid(f"every: {schedule.every} is not between 1s and 366d", where="every")
    for name, span, days in (("grace", schedule.grace, 31), ("jitter", schedule.jitter, 1), ("stable_for", schedule.stable_for, 1)):
        if seconds(span) > days * 86400:
            raise WorkflowInvalid(f"{name}: {span} is longer than {days}d", where=name)
    Workdays(schedule.holidays)


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
    if schedule.starts is not None:     # nothing before it is looked at, however long ago the last look was
        after = max(after, first_instant(datetime.combine(schedule.starts, time()), zone) - timedelta(microseconds=1))
    workdays = Workdays(schedule.holidays)
    for due in takewhile(lambda due: due.instant <= until, _found(schedule, after, until, workdays)):
        if schedule.starts is not None and due.day < schedule.starts:
            continue
        if schedule.ends is not None and due.day > schedule.ends:
            if due.day > schedule.ends + LONGEST * DAY:     # one that moved may still come
                return
            continue
        if schedule.on_holiday != "skip" or not workdays.is_holiday(due.day):
            yield due


def _found(schedule: Schedule, after: datetime, until: datetime, workdays: Workdays) -> Iterator[Due]:
    zone = ZoneInfo(schedule.timezone)
    if schedule.folder is not None:
        return iter(())     # files are seen, not computed
    if schedule.every is not None:
        return _intervals(timedelta(seconds=seconds(schedule.every)), after, zone)
    times: tuple[time, ...]
    named: Callable[[date], bool]
    if schedule.cron is not None:
        cron = parse_cron(schedule.cron)
        if not cron.fixed:
            return _matching_minutes(cron, after, until, zone)
        times, named = _times(cron), cron.on
    else:
        times, named = (clock_time(schedule.at or ""),), _named_day(schedule, workdays)
    way = schedule.on_holiday

    def originals(day: date) -> Iterator[date]:
        """Yield the dates whose due times come on this day: its own, then those of holidays that move to it."""
        if way == "skip" or not workdays.is_holiday(day):
            yield day
        if way != "skip":
            yield from workdays.moved_to(day, way)

    return _clock_times(times, lambda day: [d for d in originals(day) if named(d)], after, until, zone)


def _times(cron: Cron) -> tuple[time, ...]:
    return tuple(time(hour, minute) for hour in cron.hours for minute in cron.minutes)


def _named_day(schedule: Schedule, workdays: Workdays) -> Callable[[date], bool]:
    which = schedule.business_day
    if which is None:
        return lambda day: day == schedule.date
    nth = cache(lambda year, month: workdays.nth(year, month, which))
    return lambda day: bool(day == nth(day.year, day.month))


def _intervals(period: timedelta, after: datetime, zone: ZoneInfo) -> Iterator[Due]:
    """Count from a fixed epoch, so that a restart does not shift the beat."""
    n = (after - _EPOCH) // period + 1
    while True:
        instant = _EPOCH + n * period
        yield Due(instant=instant, day=instant.astimezone(zone).date(), label=_utc_label(instant))
        n += 1


def _clock_times(
    times: tuple[time, ...], originals: Callable[[date], list[date]], after: datetime, until: datetime, zone: ZoneInfo
) -> Iterator[Due]:
    day, last = after.astimezone(zone).date() - DAY, until.astimezone(zone).date() + DAY
    latest = after
    while day <= last:
        of_day = originals(day)
        for at in times if of_day else ():
            instant = first_instant(datetime.combine(day, at), zone)
            if instant > latest:        # two times of one gap fall together and come once, and so do two dates of one day
                latest = instant
                label = datetime.combine(of_day[0], at).isoformat(timespec="minutes")
                yield Due(instant=instant, day=of_day[0], label=label)
        day += DAY


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
