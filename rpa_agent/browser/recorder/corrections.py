"""Takes out of a demonstration what only led to a value, and what was typed by mistake and corrected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...domain.procedure import READS
from ...domain.styled import plain

if TYPE_CHECKING:
    from .merge import Raw

_TICKS = {"check", "uncheck"}
_VALUES = {"fill", "select", *_TICKS}


def led_to(raw: Sequence[Raw]) -> list[Raw]:
    """Leave out the clicks and keys that a value absorbed; what they caused is the value's."""
    gone = {n for event in raw for n in event.data.get("absorbs", ())}
    by_name = {event.data["n"]: event for event in raw if event.data.get("n")}
    out: list[Raw] = []
    for event in raw:
        if event.data.get("n") in gone:
            continue
        steps = _steps(event, by_name, set())
        out.append(_with_steps(event, steps) if steps else event)
    return out


def _steps(event: Raw, by_name: dict[str, Raw], seen: set[str]) -> list[Raw]:
    """Return all that an event absorbed, also by way of values that were absorbed themselves, in order."""
    found: list[Raw] = []
    for n in event.data.get("absorbs", ()):
        if n in by_name and n not in seen:
            seen.add(n)
            found += [*_steps(by_name[n], by_name, seen), by_name[n]]
    return found


def _with_steps(event: Raw, steps: Sequence[Raw]) -> Raw:
    return replace(
        event,
        at=max(s.at for s in steps),
        requests=[r for s in (*steps, event) for r in s.requests],
        sockets=[a for s in (*steps, event) for a in s.sockets],
        texts=[t for s in (*steps, event) for t in s.texts],
        dialog=event.dialog or next((s.dialog for s in steps if s.dialog), ""),
        last_signal=max(event.last_signal, *(s.last_signal for s in steps)),
    )


def corrected(events: Sequence[Raw]) -> list[Raw]:
    """Keep the value that each field was left with: corrections count once, what was taken back leaves no trace.

    Only where nothing but values was entered in between: what was pressed meanwhile may have used the earlier value.
    """
    out: list[Raw] = []
    for event in events:
        place = _earlier(out, event)
        if place is None:
            out.append(event)
        else:
            before = out[place]
            data = {**event.data, "initial": before.data.get("initial")}
            if not event.data.get("group"):
                data["element"] = before.data.get("element")
            out[place] = replace(event, data=data)
            if event.data.get("styled"):  # what was pressed in between made the words what they are now
                out[place + 1 :] = [e for e in out[place + 1 :] if e.kind in _VALUES]
    # Where the same field was used with another value before, taking it back is an act.
    return [e for i, e in enumerate(out) if not _taken_back(e) or any(_same_field(b, e) for b in out[:i])]


def _earlier(events: Sequence[Raw], event: Raw) -> int | None:
    """Return where the same field got a value before, with nothing but values entered since."""
    if event.kind not in _VALUES or event.data.get("adds"):
        return None
    for i in range(len(events) - 1, -1, -1):
        last = events[i]
        if event.kind in _TICKS and i < len(events) - 1:
            return None  # a box may have shown more while it was ticked
        if last.kind in _VALUES and _same_field(last, event) and not last.data.get("adds"):
            return None if _sent(last) else i
        # A password shown while it is typed stays the same; so does a letter whose words are made bold.
        marks = last.kind == "drag" and last.data.get("selecting") and event.data.get("styled")
        idle = (last.kind in {"click", "press"} or marks) and not _caused(last)
        passing = last.kind in _VALUES or (idle and (event.data.get("secret") or _editor(event)))
        if not passing or _sent(last) or last.data.get("url") != event.data.get("url"):
            return None
    return None


def _same_field(a: Raw, b: Raw) -> bool:
    if {a.kind, b.kind} <= _TICKS and a.data.get("group") and a.data.get("group") == b.data.get("group"):
        return a.data.get("url") == b.data.get("url")
    if not a.data.get("ref") or any(a.data.get(k) != b.data.get(k) for k in ("url", "in")):
        return False
    # A password that is shown is a field of another type at the same place.
    both = bool(a.data.get("secret") and b.data.get("secret"))
    return bool(_place(a) == _place(b) if both else a.data["ref"] == b.data.get("ref"))


def _place(event: Raw) -> str:
    """Return where an element stands, without what its address says of its kind."""
    return re.sub(r"\|[^@]*", "", event.data.get("ref") or "")


def _editor(event: Raw) -> bool:
    element = event.data.get("element") or {}
    return event.kind == "fill" and element.get("tag") not in {"input", "textarea"} and not event.data.get("absorbs")


def _sent(event: Raw) -> bool:
    return bool(event.dialog or event.popup or any(r.method not in READS for r in event.requests))


def _caused(event: Raw) -> bool:
    return bool(_sent(event) or event.requests or event.texts or event.download or event.url_after != event.data["url"])


def _taken_back(event: Raw) -> bool:
    """Tell whether a field was left as it had been found."""
    initial = event.data.get("initial")
    if initial is None or _sent(event) or event.data.get("absorbs"):
        return False
    match event.kind:
        case "fill":  # words that were made bold and stood there before: the hands did it, nothing was typed
            value = event.data.get("value") or ""
            return bool((plain(value) if event.data.get("styled") else value) == initial)
        case "check" | "uncheck":
            return bool(not event.data.get("group") and initial == ("true" if event.kind == "check" else "false"))
        case _:
            return False
