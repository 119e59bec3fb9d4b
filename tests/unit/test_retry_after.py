"""How long a site asks to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rpa_agent.domain.retry import asked_pause

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
