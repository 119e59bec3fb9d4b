"""A person's word before a commit: what they are shown, and what they may answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from .frozen import Frozen

Said = Literal["yes", "skip", "stop"]


class Entered(Frozen):
    """One value of this run beside what the page shows of it now; ``shows`` is None where the page has no such field."""

    field: str
    given: str
    shows: str | None = None


class AboutToSend(Frozen):
    """A commit that is about to be done. ``does`` is the step in words, ``row_key`` the record it is for in a batch."""

    number: int
    does: str
    entered: tuple[Entered, ...] = ()
    row_key: str = ""


AskPerson = Callable[[AboutToSend], Awaitable[Said]]
