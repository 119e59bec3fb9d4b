"""The walk that the schedule benchmark compares with: it must itself know what a clock does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from benchmarks.timetable.walk import CASES, Walk
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.due.calendar import due_between


@pytest.mark.parametrize(("first", "last"), [("2026-03-20", "2026-04-08"), ("2026-10-20", "2026-11-03")])
def test_the_calendar_and_the_walk_agree_around_both_changes_of_the_clock(first: str, last: str) -> None:
    after, until = (datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (first, last))
    walk = Walk("Europe/Berlin", after, until)
    for case in CASES:
        rule = Schedule.model_validate({**case.rule, "timezone": "Europe/Berlin"})
        assert {due.instant for due in due_between(rule, after, until)} == case.due(walk), case.kind


def test_the_walk_finds_a_skipped_time_after_the_gap_and_a_repeated_one_once() -> None:
    daily = CASES[0]
    gap = Walk("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))
    fold = Walk("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
    assert sorted(f"{m:%d %H:%M}" for m in daily.due(gap)) == ["28 01:30", "29 01:00"]
    assert sorted(f"{m:%d %H:%M}" for m in daily.due(fold)) == ["24 00:30", "25 00:30"]
