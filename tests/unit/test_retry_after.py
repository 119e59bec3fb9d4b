"""How long a site asks to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rpa_agent.domain.errors import SiteUnreachable
from rpa_agent.domain.retry import asked_pause, due_again
from rpa_agent.domain.workflow import Retries
from rpa_agent.run import not_before

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),  # over already
        ("9" * 400, float("inf")),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("١٢", None),  # digits, and none that HTTP knows
        ("Sun, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_a_number_or_a_date_is_understood_and_nothing_else(header: str, seconds: float | None) -> None:
    """What is neither leaves the pause to us."""
    assert asked_pause(header, now=NOW) == seconds


@pytest.mark.parametrize(
    ("asked", "tries", "minutes"),
    [
        (None, 1, 1),  # the workflow's own pause
        (30 * 60, 1, 30),  # the site's, where it is longer
        (10, 1, 1),  # and not where it is shorter
        (24 * 3600, 2, 24 * 60),
        (24 * 3600 + 1, 1, None),  # a person should hear of that
        (30 * 60, 3, None),  # no try is left
    ],
)
def test_a_site_that_wants_to_be_left_alone_is_left_alone_for_a_day_at_most(
    asked: float | None, tries: int, minutes: int | None
) -> None:
    """The next try is made when both the workflow and the site allow it."""
    until = "" if asked is None else (NOW + timedelta(seconds=asked)).isoformat()
    due = due_again(Retries(technical=2, backoff=("1m",)), tries, now=NOW, not_before=until)
    assert due == (None if minutes is None else NOW + timedelta(minutes=minutes))


def test_longer_than_there_is_time_is_never() -> None:
    """A number of four hundred digits is a number all the same."""
    busy = SiteUnreachable("busy")
    assert not_before(busy) == ""
    busy.again_in = float("inf")
    assert due_again(Retries(), 1, now=NOW, not_before=not_before(busy)) is None
