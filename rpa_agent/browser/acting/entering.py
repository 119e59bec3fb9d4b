"""Enters a value into whatever holds it: typed, chosen from a list, ticked, moved to, or picked in a calendar."""

from __future__ import annotations

import re
import time
from datetime import date
from typing import Any

from ...domain.errors import ActionFailed, NotOffered
from ...domain.ports import Action
from ...domain.styled import same_text
from ...domain.values import date_formats, write_date
from . import calendar, styling
from .hands import TIMEOUT_MS, Hands

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_HINT = re.compile(r"(dd|mm|yyyy)([./-])(dd|mm)\2(dd|mm|yyyy)")
_BETWEEN = re.compile(r"\s+[/\\>]\s+|\s*[›»→]\s*")  # the parts of a path as lists of lists show it
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
LIST_S = 1.5  # how long a list may take to offer what was filled in at once
TYPED_LIST_S = 4.0  # the same after typing key by key, as lists that ask a server expect it
SUGGESTS = {"combobox", "searchbox"}
MOVED = {"slider", "spinbutton"}
_TOO_SOON = "did not change its state"  # what Playwright says when a box does not follow its click at once
FURTHEST = 400  # steps of a slider or presses of a button: what needs more is no slider


async def fill(hands: Hands, action: Action, value: str) -> None:
    """Enter a value; a drop-down that took the field's place is chosen from instead."""
    now = action.widget
    if now is None:
        await hands.element.fill(value, timeout=TIMEOUT_MS)
    elif now.tag == "select":
        await select(hands, action, value)
    elif now.role in MOVED and now.tag != "input":
        await _move(hands, value)
    elif action.keys and now.capability in {"click", "none"}:
        await hands.element.press_sequentially(value, timeout=TIMEOUT_MS * 4)  # it hears keys and holds no text
    elif action.readonly or now.capability in {"click", "none"}:
        await _pick(hands, action, value)
    elif now.tag not in {"input", "textarea"} and same_text(action.canonical, value):
        await styling.write(hands, action.canonical or value)
    elif action.keys or (now.tag not in {"input", "textarea"} and "\n" in value):
        await _type(hands, spelled_for(action, value))
    else:
        await hands.element.fill(spelled_for(action, value), timeout=TIMEOUT_MS)


def spelled_for(action: Action, value: str) -> str:
    """Return the value as the widget at hand wants it: native pickers take ISO, a text field what its hint shows."""
    now, canonical = action.widget, action.canonical
    if now is None or canonical is None or same_text(canonical, value):
        return value
    if now.type in {"date", "number", "range"}:
        return canonical
    hint = now.placeholder.casefold().replace("t", "d").replace("j", "y")  # German hints say tt.mm.jjjj
    if _ISO.fullmatch(value) and _HINT.fullmatch(hint):
        return write_date(date.fromisoformat(canonical), hint)
    return value


async def _type(hands: Hands, value: str) -> None:
    """Type key by key, as fields expect it that follow the keys and not what stands in them."""
    await hands.element.focus(timeout=TIMEOUT_MS)
    if await hands.ask("readValue", hands.local):  # else these keys would be commands to what only passes keys on
        await hands.page.keyboard.press("ControlOrMeta+a")
        await hands.page.keyboard.press("Delete")
    await hands.element.press_sequentially(value, timeout=TIMEOUT_MS * 4)


async def _pick(hands: Hands, action: Action, value: str) -> None:
    """Enter a value where nothing can be typed: a day in a calendar, a number by its buttons."""
    if (day := _day(action, value)) is not None:
        await calendar.pick(hands, day)
    elif _NUMBER.fullmatch(value):
        await _press_buttons(hands, float(value))
    else:
        raise ActionFailed(f"nothing can be typed here, and {value!r} is neither a date nor a number to step to")


def _day(action: Action, value: str) -> date | None:
    if action.canonical and _ISO.fullmatch(action.canonical):
        return date.fromisoformat(action.canonical)
    readings = set(date_formats(value).values())
    return readings.pop() if len(readings) == 1 else None


# ---- lists ----------------------------------------------------------------------------------------------------------


async def select(hands: Hands, action: Action, value: str) -> None:
    """Choose by label; a list that a script makes is opened by typing or by a click, and its option clicked."""
    now = action.widget
    if now is None or now.tag == "select":
        await hands.element.select_option(label=value.split("\n") if "\n" in value else value, timeout=TIMEOUT_MS)
        return
    # Lists without roles are known by what they bring: the words that were not there before.
    if now.role not in SUGGESTS:
        await hands.ask("options", value)
    typed = now.tag in {"input", "textarea"} and not action.readonly
    path = [part for part in _BETWEEN.split(value) if part] or [value]
    found: dict[str, Any] = {"count": 0}
    if not typed or len(path) > 1:
        await hands.element.click(timeout=TIMEOUT_MS)
        found = await _option(hands, value, LIST_S, first=path[0])
    if typed and not found["count"]:
        await hands.element.fill(value, timeout=TIMEOUT_MS)
        found = await _option(hands, value, LIST_S, first=path[0])
    if not found["count"]:
        if typed:
            await _type(hands, value)
        elif await hands.ask("typingInto", hands.local):
            await hands.page.keyboard.type(value)
        found = await _option(hands, value, TYPED_LIST_S, first=path[0])
    await _choose(hands, value, found)
    for part in path[1:] if found["first"] else ():
        await _choose(hands, part, await _option(hands, part, LIST_S), of=value)


async def _choose(hands: Hands, name: str, found: dict[str, Any], *, of: str = "") -> None:
    if found["count"] != 1:
        of = f", of {of!r}" if of else ""
        raise NotOffered(f"{found['count']} options are called {name!r}{of}; choose one by its full name")
    await hands.beside(found["ref"]).click(timeout=TIMEOUT_MS)


async def _option(hands: Hands, value: str, seconds: float, *, first: str = "") -> dict[str, Any]:
    """Look for the one option that is called ``value``, else the one whose words begin with it, until it is there.

    Lists show records with more words than their name ("Muster GmbH  Berlin"); two that fit are not told apart here.
    Where none is, the ``first`` part of a path ("Hardware / Monitors") may be, in a list that leads on to the next.
    """
    deadline = time.monotonic() + seconds
    wanted, begin = " ".join(value.split()), " ".join(first.split())
    while True:
        found: dict[str, Any] = {**await hands.ask("optionAmong", wanted, hands.local), "first": False}
        if not found["count"] and begin not in {"", wanted}:
            found = {**await hands.ask("optionAmong", begin, hands.local), "first": True}
        if found["count"] == 1 or time.monotonic() >= deadline:
            return found
        await hands.changed()


# ---- what is moved or stepped ----------------------------------------------------------------------------------------


async def _move(hands: Hands, value: str) -> None:
    """Move a slider or spinner to a number: by the arrow keys, or by the mouse where it hears no keys."""
    if not _NUMBER.fullmatch(value):
        raise ActionFailed(f"{value!r} is no number to move to; write it as 25 or 2.5")
    target = float(value)
    await hands.element.focus(timeout=TIMEOUT_MS)
    before = await _stands(hands)
    if before == target:
        return
    await hands.page.keyboard.press("ArrowRight" if target > before else "ArrowLeft")
    step = await _stands(hands) - before
    if not step or abs(target - before) / abs(step) > FURTHEST:
        await _drag(hands, target)
    else:
        for _ in range(round((target - before) / step) - 1):
            await hands.page.keyboard.press("ArrowRight" if target > before else "ArrowLeft")
    if (at := await _stands(hands)) != target:
        raise ActionFailed(f"it moves to {at:g} and not to {target:g}")


async def _stands(hands: Hands) -> float:
    said = str(await hands.ask("readValue", hands.local) or "")
    try:
        return float(said.replace(",", ".") or 0)
    except ValueError as e:
        raise ActionFailed(f"it says {said!r}, which is no number") from e


async def _drag(hands: Hands, target: float) -> None:
    """Drag along the track to where the number should be, then closer until it says so."""
    scale = await hands.ask_widgets("scale", hands.local)
    knob, track = await hands.element.bounding_box(), await hands.element.locator("..").bounding_box()
    if scale is None or knob is None or track is None or scale["max"] == scale["min"]:
        raise ActionFailed("it does not say between which numbers it moves")
    low, high, upright = scale["min"], scale["max"], track["height"] > track["width"] * 1.5
    mouse = hands.page.mouse
    await mouse.move(knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2)
    await mouse.down()
    share, lower, upper = (target - low) / (high - low), 0.0, 1.0
    try:
        for _ in range(14):
            x, y = (0.5, 1 - share) if upright else (share, 0.5)
            await mouse.move(track["x"] + track["width"] * x, track["y"] + track["height"] * y, steps=3)
            now = await _stands(hands)
            if now == target:
                return
            lower, upper = (share, upper) if now < target else (lower, share)
            share = (lower + upper) / 2
    finally:
        await mouse.up()


async def _press_buttons(hands: Hands, target: float) -> None:
    """Press the buttons beside a number until it is the one that is meant."""
    buttons = await hands.ask_widgets("steppers", hands.local)
    if not buttons:
        raise ActionFailed("nothing can be typed here, and no buttons stand beside it")
    for _ in range(FURTHEST):
        now = await _stands(hands)
        if now == target:
            return
        await hands.beside(buttons["more" if now < target else "less"]).click(timeout=TIMEOUT_MS)
        moved = await _stands(hands)
        if moved == now or (moved > now) != (target > now):
            break
    raise ActionFailed(f"its buttons do not lead to {target:g}")


async def tick(hands: Hands, *, wanted: bool) -> None:
    """Tick or untick, if it is not so already; what is drawn in the place of a box is clicked, and the box follows."""
    from playwright.async_api import Error

    box = await hands.ask("ticked", hands.local)
    if box is None or box["own"]:
        try:
            await hands.element.set_checked(wanted, timeout=TIMEOUT_MS)
        except Error as e:
            if _TOO_SOON not in e.message:
                raise
            await _becomes(hands, wanted)
    elif box["is"] != wanted:
        await hands.element.click(timeout=TIMEOUT_MS)
        await _becomes(hands, wanted)


async def _becomes(hands: Hands, wanted: bool) -> None:
    """Wait until a box that was clicked is as wanted: some are set by the page itself, a moment later."""
    deadline = time.monotonic() + LIST_S
    while (box := await hands.ask("ticked", hands.local)) is None or box["is"] != wanted:
        if time.monotonic() >= deadline:
            raise ActionFailed(f"it does not become {'ticked' if wanted else 'unticked'}")
        await hands.changed()
