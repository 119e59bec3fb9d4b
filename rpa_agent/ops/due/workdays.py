"""Working days of a country, or of a part of it: which they are, the nth of a month, and the next one either way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rpa_agent.domain.errors import WorkflowInvalid

if TYPE_CHECKING:
    from holidays import HolidayBase

DAY = timedelta(days=1)
LONGEST = 30        # days a due time moves at most: no country closes for longer


class Workdays:
    """The calendar of a code such as ``DE`` or ``DE-BY``; without a code every Monday to Friday is a working day."""

    def __init__(self, code: str | None) -> None:
        self._known = None if code is None else _known(code)

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is a public holiday; a plain weekend is none."""
        return self._known is not None and day in self._known

    def works(self, day: date) -> bool:
        """Tell whether people work on a day."""
        if self._known is not None:
            return bool(self._known.is_working_day(day))
        return day.weekday() < 5

    def nth(self, year: int, month: int, which: Literal["first", "last"] | int) -> date | None:
        """Return the nth working day of a month, from its end where negative; None where it has fewer."""
        n = {"first": 1, "last": -1}[which] if isinstance(which, str) else which
        first = date(year, month, 1)
        days = [day for day in (first + k * DAY for k in range(31)) if day.month == month and self.works(day)]
        place = n - 1 if n > 0 else n
        return days[place] if -len(days) <= place < len(days) else None

    def moved(self, day: date, way: Literal["before", "after"]) -> date | None:
        """Return the nearest working day before or after, or None where there is none within a month."""
        step = -DAY if way == "before" else DAY
        return next((d for d in (day + k * step for k in range(1, LONGEST)) if self.works(d)), None)

    def moved_to(self, day: date, way: Literal["before", "after"]) -> Iterator[date]:
        """Yield the holidays whose due times move to this working day, nearest first."""
        if not self.works(day):
            return
        step = DAY if way == "before" else -DAY
        for k in range(1, LONGEST):
            other = day + k * step
            if self.works(other):
                return
            if self.is_holiday(other):
                yield other


@lru_cache(maxsize=64)
def _known(code: str) -> HolidayBase:
    from holidays import country_holidays  # takes a while to load, and few schedules need it

    country, _, part = code.upper().partition("-")
    try:
        return country_holidays(country, subdiv=part or None)
    except NotImplementedError as e:
        raise WorkflowInvalid(
            f"holidays: {code!r} is not known; write a country as DE or a part of it as DE-BY", where="holidays"
        ) from e
