"""Due times by the calendar: one date, business days, holidays that move a due time, first and last dates, blackouts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from rpa_agent.domain.blackout import over_at, parse_blackout
from rpa_agent.domain.errors import WorkflowInvalid
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.due.calendar import check_schedule, due_between, next_due
from rpa_agent.ops.due.workdays import Workdays


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def comes(schedule: Schedule, after: str, until: str) -> list[str]:
    """Return local moments, with the original date where a due time moved."""
    found = []
    for due in due_between(schedule, at(after), at(until)):
        here = due.instant.astimezone().astimezone(UTC)
        found.append(here.strftime("%m-%d %H:%M") + ("" if here.date() == due.day else f" for {due.day:%m-%d}"))
    return found


def test_one_date_comes_once() -> None:
    schedule = Schedule(date=date(2026, 12, 24), at="07:00", timezone="Europe/Berlin")
    assert comes(schedule, "2026-01-01", "2028-01-01") == ["12-24 06:00"]
    assert next_due(schedule, at("2026-12-25")) is None


def test_the_last_business_day_of_each_month() -> None:
    """Weekends and holidays do not count: 31 May 2026 is a Sunday, 25 May 2026 Whit Monday, 31 December a Thursday."""
    schedule = Schedule(business_day="last", at="18:00", holidays="DE")
    assert comes(schedule, "2026-01-01", "2026-07-01") == [
        "01-30 18:00", "02-27 18:00", "03-31 18:00", "04-30 18:00", "05-29 18:00", "06-30 18:00",
    ]


def test_the_first_business_day_is_never_new_years_day() -> None:
    assert comes(Schedule(business_day=1, at="08:00", holidays="DE"), "2026-01-01", "2026-02-03") == [
        "01-02 08:00", "02-02 08:00",
    ]


def test_a_business_day_counted_from_the_end() -> None:
    """The last but two of May 2026: the 29th, 28th, 27th; Whit Monday is before them."""
    assert comes(Schedule(business_day=-3, at="08:00", holidays="DE"), "2026-05-01", "2026-06-01") == ["05-27 08:00"]


def test_a_month_with_fewer_business_days_has_none() -> None:
    found = comes(Schedule(business_day=23, at="08:00"), "2026-01-01", "2027-01-01")
    assert [f[:5] for f in found] == ["07-31", "12-31"]


def test_business_days_without_a_country_are_monday_to_friday() -> None:
    assert comes(Schedule(business_day="first", at="08:00"), "2026-08-01", "2026-08-31") == ["08-03 08:00"]


@pytest.mark.parametrize(("way", "expected"), [
    ("skip", []),
    ("before", ["04-02 07:00 for 04-03"]),      # Good Friday 2026 is on 3 April
    ("after", ["04-07 07:00 for 04-03"]),       # Easter Monday is no working day either
])
def test_a_holiday_leaves_out_or_moves(way: str, expected: list[str]) -> None:
    schedule = Schedule.model_validate({"cron": "0 7 3 4 *", "holidays": "DE", "on_holiday": way})
    assert comes(schedule, "2026-01-01", "2026-12-31") == expected


def test_a_moved_due_time_that_meets_the_rules_own_comes_once() -> None:
    """Thursday's own stands for Good Friday's; two runs within a minute would do nobody good."""
    schedule = Schedule(cron="0 7 * * mon-fri", holidays="DE", on_holiday="before")
    found = comes(schedule, "2026-04-01T08:00", "2026-04-08")
    assert found == ["04-02 07:00", "04-07 07:00"]


def test_moved_due_times_stay_in_order_and_unique_over_years() -> None:
    schedule = Schedule(cron="30 6 1 * *", holidays="US", on_holiday="after", timezone="America/New_York")
    found = due_between(schedule, at("2025-12-31T12:00"), at("2035-12-31"))
    assert len(found) == 120 == len({due.label for due in found})
    assert [due.instant for due in found] == sorted(due.instant for due in found)
    assert all(timedelta(0) <= due.instant.date() - due.day <= timedelta(days=4) for due in found)


def test_first_and_last_dates_are_included() -> None:
    schedule = Schedule(cron="0 7 * * *", starts=date(2026, 3, 2), ends=date(2026, 3, 4))
    assert comes(schedule, "2026-01-01", "2027-01-01") == ["03-02 07:00", "03-03 07:00", "03-04 07:00"]


def test_a_folder_has_no_due_times_of_the_clock() -> None:
    assert next_due(Schedule(folder="inbox", pattern="*.xlsx"), at("2026-01-01")) is None


def test_working_days_follow_the_country() -> None:
    """In Israel people rest on Saturday and work on Sunday."""
    assert Workdays("IL").works(date(2026, 11, 15)) and not Workdays("IL").works(date(2026, 11, 14))
    assert not Workdays("DE").works(date(2026, 11, 15)) and Workdays(None).works(date(2026, 12, 25))


@pytest.mark.parametrize(("text", "inside", "outside"), [
    ("22:00-23:30", ["2026-03-02T22:00", "2026-03-02T23:29"], ["2026-03-02T23:30", "2026-03-02T21:59"]),
    ("22:00-02:00", ["2026-03-02T23:00", "2026-03-03T01:59"], ["2026-03-03T02:00"]),
    ("sun 00:00-06:00", ["2026-03-01T05:00"], ["2026-03-02T05:00", "2026-03-01T06:00"]),
    ("sat,sun", ["2026-03-01T12:00", "2026-02-28T00:00"], ["2026-03-02T00:00"]),
    ("fri-mon", ["2026-03-02T12:00", "2026-02-27T12:00"], ["2026-03-03T12:00"]),
    ("2026-12-24/2026-12-26", ["2026-12-24T00:00", "2026-12-26T23:59"], ["2026-12-27T00:00"]),
    ("2026-12-31 20:00-04:00", ["2026-12-31T21:00", "2027-01-01T03:00"], ["2026-12-30T21:00", "2026-12-31T03:00"]),
])
def test_blackouts(text: str, inside: list[str], outside: list[str]) -> None:
    stretch = parse_blackout(text)
    assert all(stretch.covers(datetime.fromisoformat(t)) for t in inside)
    assert not any(stretch.covers(datetime.fromisoformat(t)) for t in outside)


def test_a_blackout_ends_where_all_of_them_have() -> None:
    stretches = tuple(parse_blackout(t) for t in ("22:00-23:30", "23:00-01:00", "sat,sun"))
    assert over_at(stretches, datetime(2026, 2, 27, 22, 5)) == datetime(2026, 3, 2, 0, 0) + timedelta(hours=1)
    assert over_at(stretches, datetime(2026, 3, 2, 12, 0)) == datetime(2026, 3, 2, 12, 0)
    assert over_at((parse_blackout("mon-sun"),), datetime(2026, 3, 2)) is None


@pytest.mark.parametrize(("given", "says"), [
    ({}, "exactly one of"),
    ({"cron": "0 7 * * *", "every": "1h"}, "exactly one of"),
    ({"date": "2026-12-24"}, "needs a time of day"),
    ({"date": "2026-02-30", "at": "07:00"}, "date"),
    ({"cron": "0 7 * * *", "at": "07:00"}, "at belongs to"),
    ({"business_day": 0, "at": "07:00"}, "between 1 and 23"),
    ({"business_day": "last", "at": "25:00"}, "no time of day"),
    ({"cron": "0 7 * * *", "on_holiday": "before"}, "needs holidays"),
    ({"cron": "0 7 * * *", "starts": "2026-02-02", "ends": "2026-02-01"}, "ends is before starts"),
    ({"cron": "0 7 * * *", "blackout": ["lunch"]}, "no stretch of time"),
    ({"cron": "0 7 * * *", "blackout": ["2026-02-02/2026-02-01"]}, "ends before it begins"),
    ({"cron": "0 7 * * *", "pattern": "*.csv"}, "belong to folder"),
    ({"folder": "in", "pattern": "../*.csv"}, "files of the folder itself"),
    ({"cron": "0 7 * * *", "must_finish_by": "soon"}, "not a span"),
    ({"cron": "0 7 * * *", "overlap": "queue"}, "queue_one"),
])
def test_what_cannot_be_meant_is_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Schedule.model_validate(given)


@pytest.mark.parametrize(("given", "says"), [
    ({"cron": "0 7 * * *", "holidays": "XX"}, "not known"),
    ({"cron": "0 * * * *", "holidays": "DE", "on_holiday": "after"}, "cannot be moved"),
])
def test_what_cannot_be_computed_is_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(WorkflowInvalid, match=says):
        check_schedule(Schedule.model_validate(given))
