"""Joins the keys struck on what is no text field (a terminal, a drawn sheet) into the text that was typed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .merge import Raw

LEAST = 3  # fewer keys are commands: one letter, or two as in "g i"


def typed_text(events: Sequence[Raw]) -> list[Raw]:
    """Return the events, every run of signs on one element as one value that is typed key by key."""
    out: list[Raw] = []
    at = 0
    while at < len(events):
        end = at
        while end < len(events) and _sign(events[end]) and _one_place(events[at], events[end]):
            end += 1
        run, on = events[at:end], _element(events, at)
        text = _text_of(run)
        if on is not None and len(text) >= LEAST and len(set(text)) > 1:  # the same key again and again moves on
            out.append(_joined(run, on, text))
        else:
            out += run or [events[at]]
        at = max(end, at + 1)
    return out


def _sign(event: Raw) -> bool:
    """A key that writes one sign or takes one back, on something that holds no text of its own."""
    value = event.data.get("value") or ""
    plain = len(value) == 1 or value in {"Space", "Backspace"}
    return event.kind == "press" and plain and not event.data.get("typing")


def _one_place(first: Raw, then: Raw) -> bool:
    a, b = (str(e.data.get("ref") or "").partition("~")[0] for e in (first, then))
    return (a, first.data.get("url"), first.data.get("tab")) == (b, then.data.get("url"), then.data.get("tab"))


def _element(events: Sequence[Raw], at: int) -> Raw | None:
    """Return the event whose element is typed into: that which has the focus, else what was clicked just before."""
    if at < len(events) and events[at].data.get("element"):
        return events[at]
    last = events[at - 1] if at else None
    if last is None or last.kind != "click" or last.data.get("url") != events[at].data.get("url"):
        return None
    return last if last.data.get("element") else None


def _text_of(run: Sequence[Raw]) -> str:
    text = ""
    for event in run:
        value = event.data["value"]
        text = text[:-1] if value == "Backspace" else text + (" " if value == "Space" else value)
    return text


def _joined(run: Sequence[Raw], on: Raw, text: str) -> Raw:
    last = run[-1]
    data = {**last.data, "value": text, "keys": True, **{k: on.data.get(k) for k in ("element", "ref", "row")}}
    return replace(
        last,
        kind="fill",
        at=run[0].at,
        data={**data, "rows": next((e.data["rows"] for e in run if e.data.get("rows")), None)},
        requests=[r for e in run for r in e.requests],
        sockets=[a for e in run for a in e.sockets],
        texts=[t for e in run for t in e.texts],
    )
