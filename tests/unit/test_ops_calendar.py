"""Due times: cron read strictly, one per local date whatever the clocks do, holidays left out, restarts harmless."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpa_agent.domain.errors import WorkflowInvalid
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.due.calendar import Due, check_schedule, due_between, next_due
from rpa_agent.ops.due.cron import parse_cron

ZONES = [
    "Europe/Berlin",        # changes at 02:00 local
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Africa/Cairo",         # changes at midnight, so 00:30 does not exist once a year
    "America/Santiago",     # changes at midnight, the other half of the year
    "Asia/Kathmandu",       # never changes, offset 5:45
]
FROM, TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
YEAR_LATER = FROM + timedelta(days=365)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instants(schedule: Schedule, after: str, until: str) -> list[str]:
    return [due.instant.strftime("%m-%d %H:%M") for due in due_between(schedule, at(after), at(until))]


@pytest.mark.parametrize("zone", ZONES)
@given(hour=st.integers(0, 23), minute=st.integers(0, 59))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_fixed_time_comes_once_per_local_date_for_two_years(zone: str, hour: int, minute: int) -> None:
    """No date is left out and none comes twice, and the clock shows the time or has just skipped it."""
    schedule = Schedule(cron=f"{minute} {hour} * * *", timezone=zone)
    found = due_between(schedule, FROM, TO)
    days = Counter(due.day for due in found)
    first, last = FROM.astimezone(ZoneInfo(zone)).date(), TO.astimezone(ZoneInfo(zone)).date()
    inner = [first + timedelta(days=n) for n in range(1, (last - first).days)]
    assert all(days[day] == 1 for day in inner) and set(days.values()) == {1}
    assert len({due.label for due in found}) == len(found) == len({due.instant for due in found})
    for due in found:
        wall = due.instant.astimezone(ZoneInfo(zone))
        asked = datetime.combine(due.day, datetime.min.time()).replace(hour=hour, minute=minute)
        late = wall.replace(tzinfo=None) - asked
        assert timedelta(0) <= late <= timedelta(hours=1) and wall.fold == 0
        if late:
            before = (due.instant - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
            assert before.replace(tzinfo=None) < asked, "the first valid instant after the gap"


@pytest.mark.parametrize("zone", ZONES)
@given(cuts=st.lists(st.integers(0, 365 * 24 * 60), max_size=6))
@settings(max_examples=6, deadline=None, derandomize=True)
def test_looking_in_pieces_finds_the_same(zone: str, cuts: list[int]) -> None:
    """Wherever a process stops and starts again, nothing is lost or found twice."""
    edges = sorted({FROM, YEAR_LATER, *(FROM + timedelta(minutes=cut) for cut in cuts)})
    for rule in ({"cron": "30 2 * * *"}, {"cron": "15 * * * *"}, {"every": "7h"}):
        schedule = Schedule.model_validate({**rule, "timezone": zone})
        pieces = [d for a, b in pairwise(edges) for d in due_between(schedule, a, b)]
        assert pieces == whole_year(schedule.model_dump_json())


@cache
def whole_year(schedule: str) -> list[Due]:
    """Looked for in one piece, once, as each example compares with it."""
    return due_between(Schedule.model_validate_json(schedule), FROM, YEAR_LATER)


def test_a_gap_runs_at_the_first_valid_instant() -> None:
    """On 29 March 2026 clocks in Berlin go from 02:00 to 03:00, which is 01:00 UTC."""
    schedule = Schedule(cron="30 2 * * *", timezone="Europe/Berlin")
    assert instants(schedule, "2026-03-28T00:00", "2026-03-31T00:00") == ["03-28 01:30", "03-29 01:00", "03-30 00:30"]
    gap = due_between(schedule, at("2026-03-29T00:00"), at("2026-03-29T12:00"))[0]
    assert (gap.day, gap.label) == (date(2026, 3, 29), "2026-03-29T02:30")


def test_a_fold_runs_the_first_time_only() -> None:
    """On 25 October 2026 Berlin's clocks show 02:30 at 00:30 and again at 01:30 UTC."""
    schedule = Schedule(cron="30 2 * * *", timezone="Europe/Berlin")
    assert instants(schedule, "2026-10-24T12:00", "2026-10-26T12:00") == ["10-25 00:30", "10-26 01:30"]


def test_a_midnight_gap_keeps_its_date() -> None:
    """In Cairo 24 April 2026 begins at 01:00; a 00:30 run comes then and belongs to that day."""
    schedule = Schedule(cron="30 0 * * *", timezone="Africa/Cairo")
    found = due_between(schedule, at("2026-04-22T12:00"), at("2026-04-25T12:00"))
    assert [due.day for due in found] == [date(2026, 4, 23), date(2026, 4, 24), date(2026, 4, 25)]
    assert found[1].instant == at("2026-04-23T22:00")


def test_several_times_in_one_gap_come_once() -> None:
    """02:00, 02:20 and 02:40 all become 03:00; three runs at one instant help nobody."""
    schedule = Schedule(cron="*/20 2 * * *", timezone="Europe/Berlin")
    assert instants(schedule, "2026-03-29T00:00", "2026-03-29T12:00") == ["03-29 01:00"]
    assert len(instants(schedule, "2026-10-24T22:00", "2026-10-25T12:00")) == 3


def test_wildcard_hours_follow_elapsed_time() -> None:
    """Every 20 minutes means 23 hours' worth in spring and 25 in autumn, evenly apart."""
    schedule = Schedule(cron="*/20 * * * *", timezone="Europe/Berlin")
    spring = due_between(schedule, at("2026-03-28T22:59"), at("2026-03-29T21:59"))
    autumn = due_between(schedule, at("2026-10-24T21:59"), at("2026-10-25T22:59"))
    assert (len(spring), len(autumn)) == (23 * 3, 25 * 3)
    for found in (spring, autumn):
        gaps = {b.instant - a.instant for a, b in pairwise(found)}
        assert gaps == {timedelta(minutes=20)}


def test_intervals_are_anchored() -> None:
    """The beat is the same whenever one starts to look."""
    schedule = Schedule(every="90m")
    assert instants(schedule, "2026-05-01T00:10", "2026-05-01T05:00") == ["05-01 01:30", "05-01 03:00", "05-01 04:30"]
    assert instants(schedule, "2026-05-01T02:59", "2026-05-01T05:00") == ["05-01 03:00", "05-01 04:30"]


def test_the_day_is_the_local_one() -> None:
    """A run at 23:30 UTC belongs to the next day in Berlin."""
    schedule = Schedule(cron="30 1 * * *", timezone="Europe/Berlin")
    assert due_between(schedule, at("2026-06-30T12:00"), at("2026-07-01T00:00"))[0].day == date(2026, 7, 1)


def test_holidays_are_not_due() -> None:
    """3 October is a holiday in Germany; Epiphany only in parts of it."""
    everywhere = Schedule(cron="0 7 * * *", timezone="Europe/Berlin", holidays="DE")
    assert instants(everywhere, "2026-10-02T00:00", "2026-10-04T12:00") == ["10-02 05:00", "10-04 05:00"]
    assert len(instants(everywhere, "2026-01-05T12:00", "2026-01-06T12:00")) == 1
    bavaria = Schedule(cron="0 7 * * *", timezone="Europe/Berlin", holidays="DE-BY")
    assert instants(bavaria, "2026-01-05T12:00", "2026-01-06T12:00") == []


def test_a_holiday_is_judged_by_the_local_date() -> None:
    """New Year in Auckland is still the old year in UTC."""
    schedule = Schedule(cron="0 7 * * *", timezone="Pacific/Auckland", holidays="NZ")
    assert instants(schedule, "2025-12-31T12:00", "2025-12-31T23:00") == []


def test_weekday_numbers_are_posix() -> None:
    """0 and 7 are both Sunday, 1 is Monday; 1 November 2026 is a Sunday."""
    for weekday in ("0", "7", "sun", "SUN"):
        found = due_between(Schedule(cron=f"0 12 * * {weekday}"), at("2026-11-01T00:00"), at("2026-11-08T00:00"))
        assert [due.day for due in found] == [date(2026, 11, 1)]
    assert instants(Schedule(cron="0 12 * * 1"), "2026-11-01T00:00", "2026-11-08T00:00") == ["11-02 12:00"]


def test_day_of_month_or_weekday() -> None:
    """Two restricted fields mean either; with a star in one the other decides."""
    either = Schedule(cron="0 12 13 * fri")
    days = [due.day.day for due in due_between(either, at("2026-11-01T00:00"), at("2026-12-01T00:00"))]
    assert days == [6, 13, 20, 27]
    days = [due.day.day for due in due_between(either, at("2026-10-01T00:00"), at("2026-11-01T00:00"))]
    assert days == [2, 9, 13, 16, 23, 30]
    both = Schedule(cron="0 12 */2 * fri")
    assert [d.day.day for d in due_between(both, at("2026-11-01T00:00"), at("2026-12-01T00:00"))] == [13, 27]


@pytest.mark.parametrize(("line", "minutes", "hours", "weekdays"), [
    ("0 7 * * mon-fri", (0,), (7,), {1, 2, 3, 4, 5}),
    ("5/20 1-3 * * *", (5, 25, 45), (1, 2, 3), set(range(7))),
    ("1,2,50-52/2 0 * JAN,mar sat-sun", (1, 2, 50, 52), (0,), {6, 0}),
    ("*/15 */6 * * 5-7", (0, 15, 30, 45), (0, 6, 12, 18), {5, 6, 0}),
])
def test_names_ranges_steps_and_lists(
    line: str, minutes: tuple[int, ...], hours: tuple[int, ...], weekdays: set[int]
) -> None:
    """All of the classic notation is understood."""
    cron = parse_cron(line)
    assert (cron.minutes, cron.hours, set(cron.weekdays)) == (minutes, hours, weekdays)


@pytest.mark.parametrize(("line", "words"), [
    ("60 7 * * *", ["'60'", "minute", "0-59"]),
    ("0 24 * * *", ["'24'", "hour", "0-23"]),
    ("0 7 0 * *", ["'0'", "day of month", "1-31"]),
    ("0 7 * 13 *", ["'13'", "month", "jan"]),
    ("0 7 * * 8", ["'8'", "weekday", "sun"]),
    ("0 7 * * fri-mon", ["fri-mon", "backwards"]),
    ("*/0 7 * * *", ["*/0", "step of 0"]),
    ("0 7 * * funday", ["funday", "weekday"]),
    ("0 -7 * * *", ["'-7'", "hour"]),
    ("0 7 * *", ["4 fields"]),
    ("0 7 ? * L", ["'?'", "day of month"]),
    (", 7 * * *", ["minute"]),
    ("0 7 30 2 *", ["never"]),
    ("0 7 31 4,6,9,11 *", ["never"]),
    ("٣ 7 * * *", ["minute"]),
    ("9" * 400 + " 7 * * *", ["minute"]),
    ("9" * 5000 + " 7 * * *", ["500 characters"]),
])
def test_a_wrong_cron_line_is_explained(line: str, words: list[str]) -> None:
    """The message names the part, the field and what is allowed there."""
    with pytest.raises(WorkflowInvalid) as raised:
        parse_cron(line)
    assert all(word in raised.value.message for word in words), raised.value.message


@pytest.mark.parametrize("schedule", [
    Schedule(every="0s"), Schedule(every="500ms"), Schedule(every="9" * 400 + "d"),
    Schedule(every="1h", grace="9999999999d"),
    Schedule(cron="0 7 * * *", jitter="99999999d"), Schedule(cron="0 7 * * *", holidays="XX"),
])
def test_a_rule_that_cannot_be_computed_is_refused(schedule: Schedule) -> None:
    """Before anything runs."""
    with pytest.raises(WorkflowInvalid):
        check_schedule(schedule)


def test_the_next_due_time_may_be_years_away() -> None:
    """29 February is found, and a line that only ever falls on holidays has no next time."""
    leap = next_due(Schedule(cron="0 7 29 2 *"), at("2026-01-01T00:00"))
    assert leap is not None and leap.day == date(2028, 2, 29)
    assert next_due(Schedule(cron="0 7 25 12 *", holidays="DE"), at("2026-01-01T00:00")) is None


def test_bounds_are_after_and_until() -> None:
    """What is due exactly at the first bound was found before; at the second it is found now."""
    schedule = Schedule(cron="0 7 * * *")
    assert instants(schedule, "2026-05-01T07:00", "2026-05-02T07:00") == ["05-02 07:00"]
    assert instants(schedule, "2026-05-02T07:00", "2026-05-01T07:00") == []


@given(st.text(max_size=30))
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    """Whatever a file says, the answer is a meaning or our own error."""
    try:
        parse_cron(text)
    except WorkflowInvalid as e:
        assert e.message
