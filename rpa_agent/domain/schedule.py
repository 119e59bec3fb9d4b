"""One rule of when a workflow runs: by the clock, by the calendar, or when a file comes."""

from __future__ import annotations

from datetime import date as day
from datetime import time
from functools import cached_property
from pathlib import PurePath
from typing import Literal

from pydantic import Field, field_validator, model_validator

from .blackout import Blackout, parse_blackout
from .frozen import Frozen
from .spans import seconds

_KINDS = ("cron", "every", "date", "business_day", "folder")


class Schedule(Frozen):
    """Exactly one of ``cron``, ``every``, ``date`` (with ``at``), ``business_day`` (with ``at``) and ``folder``.

    ``business_day`` counts the working days of a month from its first (1) or its last (-1). ``must_finish_by`` is a
    time of day after the start, or a span from the due time; later than that a person is told, and with ``if_late: stop``
    nothing of it starts or goes on.
    """

    cron: str | None = None
    every: str | None = None
    date: day | None = None
    business_day: Literal["first", "last"] | int | None = None
    at: str | None = None
    folder: str | None = None
    pattern: str = "*"
    stable_for: str = "10s"
    timezone: str = "UTC"
    holidays: str | None = None
    on_holiday: Literal["skip", "before", "after"] = "skip"
    blackout: tuple[str, ...] = Field((), max_length=50)
    starts: day | None = None
    ends: day | None = None
    misfire: Literal["run_once", "run_all", "skip"] = "run_once"
    grace: str = "2h"
    overlap: Literal["skip", "queue_one", "allow"] = "skip"
    jitter: str = "0s"
    must_finish_by: str | None = None
    preflight: str | None = None        # so long before a due time it is looked whether it would go well
    if_late: Literal["tell", "stop"] = "tell"
    examples: bool = False              # run with the example values, for practice sites
    params: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_rule(self) -> Schedule:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a schedule has exactly one of: {', '.join(_KINDS)}")
        for span in (self.grace, self.jitter, self.stable_for, *([self.every] if self.every else [])):
            seconds(span)
        if self.cron is not None and len(self.cron.split()) != 5:
            raise ValueError(f"{self.cron!r} is not a cron line: it needs five fields, as in '0 7 * * mon-fri'")
        self._check_calendar(given[0])
        self._check_folder(given[0])
        if self.must_finish_by is not None:
            finish_by(self.must_finish_by)
        elif self.if_late != "tell":
            raise ValueError("if_late: stop needs must_finish_by")
        if self.preflight is not None and (self.folder is not None or seconds(self.preflight) <= 0):
            raise ValueError("preflight is a span before a due time, as in 2h; what comes into a folder has none")
        return self

    def _check_calendar(self, kind: str) -> None:
        by_day = kind in ("date", "business_day")
        if by_day and self.at is None:
            raise ValueError(f"{kind} needs a time of day, as in at: '07:00'")
        if self.at is not None and not by_day:
            raise ValueError("at belongs to date or business_day; a cron line names its own time")
        if self.at is not None:
            clock_time(self.at)
        if isinstance(self.business_day, int) and not 1 <= abs(self.business_day) <= 23:
            raise ValueError(f"business_day {self.business_day} is not between 1 and 23, or -1 and -23 from the end")
        if self.on_holiday != "skip" and (self.holidays is None or kind not in ("cron", "date")):
            raise ValueError("on_holiday: before or after needs holidays: and a cron line or a date")
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError("ends is before starts")
        for text in self.blackout:
            parse_blackout(text)

    def _check_folder(self, kind: str) -> None:
        if kind != "folder":
            if self.pattern != "*" or self.stable_for != "10s":
                raise ValueError("pattern and stable_for belong to folder")
            return
        if not str(self.folder).strip() or "\0" in f"{self.folder}{self.pattern}":
            raise ValueError("folder needs the name of a folder")
        if not self.pattern or len(PurePath(self.pattern).parts) != 1 or ".." in self.pattern:
            raise ValueError(f"pattern {self.pattern!r} names files of the folder itself, as in '*.xlsx'")
        if "rows" in self.params:
            raise ValueError("a folder gives the rows itself; take rows out of params")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, v: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(v)
        except (ZoneInfoNotFoundError, ValueError) as e:
            raise ValueError(f"{v!r} is not a time zone; write it as Europe/Berlin") from e
        return v

    @cached_property
    def stretches(self) -> tuple[Blackout, ...]:
        """Return the stretches in which nothing may start."""
        return tuple(parse_blackout(text) for text in self.blackout)


def clock_time(text: str) -> time:
    """Return a time of day written as ``07:00``; raises ValueError."""
    try:
        hour, _, minute = text.partition(":")
        if len(minute) != 2:
            raise ValueError
        return time(int(hour), int(minute))
    except ValueError as e:
        raise ValueError(f"{text!r} is no time of day; write it as 07:00") from e


def finish_by(text: str) -> time | float:
    """Return a time of day, or seconds from the due time; raises ValueError."""
    return clock_time(text) if ":" in text else seconds(text)
