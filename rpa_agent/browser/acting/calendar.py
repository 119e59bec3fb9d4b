"""Picks a day in a calendar that a page shows: pages to its month, then clicks it."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from ...domain.errors import ActionFailed
from .hands import TIMEOUT_MS, Hands

OPEN_S = 1.5  # how long a calendar may take to open
TURN_S = 2.0  # the same for the next month
MONTHS = 600  # nobody pages further than fifty years


async def pick(hands: Hands, day: date) -> None:
    """Open the calendar that belongs to an element and pick a day; raises ActionFailed where it has none."""
    look = await _opened(hands)
    for _ in range(MONTHS):
        months = look["months"]
        here = next((m for m in months if (m["year"], m["month"]) == (day.year, day.month)), None)
        if here is not None:
            if str(day.day) not in here["days"]:
                raise ActionFailed(f"the calendar does not offer {day.isoformat()}")
            await hands.beside(here["days"][str(day.day)]).click(timeout=TIMEOUT_MS)
            return
        first = (months[0]["year"], months[0]["month"])
        look = await _turned(hands, look, forward=(day.year, day.month) > first)
    raise ActionFailed(f"the calendar does not reach {day.isoformat()}")


async def _opened(hands: Hands) -> dict[str, Any]:
    """Click the element, or the button beside it, until a calendar shows."""
    look: dict[str, Any] | None = await hands.ask_widgets("calendar", hands.local)
    if look is not None:
        return look
    await hands.element.click(timeout=TIMEOUT_MS)
    if (look := await _comes(hands)) is None and (button := await hands.ask_widgets("opener", hands.local)):
        await hands.beside(button).click(timeout=TIMEOUT_MS)
        look = await _comes(hands)
    if look is None:
        raise ActionFailed("nothing can be typed here, and no calendar opens")
    return look


async def _comes(hands: Hands) -> dict[str, Any] | None:
    deadline = time.monotonic() + OPEN_S
    while True:
        look: dict[str, Any] | None = await hands.ask_widgets("calendar", hands.local)
        if look is not None or time.monotonic() >= deadline:
            return look
        await hands.changed()


async def _turned(hands: Hands, look: dict[str, Any], *, forward: bool) -> dict[str, Any]:
    """Page one month on or back; of several arrows the first that does so."""
    was = [(m["year"], m["month"]) for m in look["months"]]
    for arrow in look["next" if forward else "previous"]:
        await hands.beside(arrow).click(timeout=TIMEOUT_MS)
        deadline = time.monotonic() + TURN_S
        while time.monotonic() < deadline:
            now: dict[str, Any] | None = await hands.ask_widgets("calendar", hands.local)
            at = [(m["year"], m["month"]) for m in now["months"]] if now else was
            if now is not None and at != was:
                if (at > was) == forward:
                    return now
                break
            await hands.changed()
    raise ActionFailed(f"the calendar cannot be turned {'on' if forward else 'back'} from {was[0][1]}/{was[0][0]}")
