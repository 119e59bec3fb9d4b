"""The alarm clock: wakes the service at the next due time, and often enough to notice a clock that jumped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from ..clock import Clock, utc_now


class Alarm:
    """APScheduler used for nothing but ringing: due times and claims are ours, so a lost or double ring is harmless."""

    def __init__(self, ring: Callable[[], None], *, clock: Clock = utc_now, at_most: timedelta) -> None:
        self._ring, self._clock, self._at_most = ring, clock, at_most
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scheduler.shutdown(wait=False)

    def set(self, at: datetime | None) -> None:
        """Ring at ``at``, or after ``at_most`` if that is earlier: timers do not notice a clock that is set."""
        wait = self._at_most if at is None else min(max(at - self._clock(), timedelta()), self._at_most)
        when = DateTrigger(run_date=datetime.now(UTC) + wait, timezone=UTC)
        self._scheduler.add_job(self._rang, when, id="next", replace_existing=True)

    async def _rang(self) -> None:
        self._ring()
