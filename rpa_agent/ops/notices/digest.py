"""The morning digest: always sent, also when all is well, so that its absence says something too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ..due.occurrence import Occurrence
from ..due.pauses import Pause
from ..inbox import Item
from .outbox import Kind

_LINES = 40
_BAD = ("missed", "skipped", "parked")


def about(now: datetime) -> str:
    """Return what makes it the digest of its day: there is one for each date of the clock that ``now`` is of."""
    return now.date().isoformat()


def of_day(
    now: datetime, known: Sequence[Occurrence], *,
    coming: Sequence[Occurrence] = (), waits: Sequence[Item] = (), pauses: Sequence[Pause] = (),
) -> tuple[Kind, str, str, str]:
    """Return the digest of the day before ``now`` (with a time zone): its kind, the day it is about, title and body."""
    since = now - timedelta(days=1)
    mine = [o for o in known if since < o.due <= now]
    done = [o for o in mine if o.outcome == "succeeded"]
    bad = [o for o in mine if o.state in _BAD or (o.state == "done" and o.outcome != "succeeded")]
    going = [o for o in mine if o.state in ("due", "running")]
    well = not (bad or waits or pauses or going)
    title = f"All is well: {len(done)} done" if well else (
        f"{len(done)} done, {len(bad)} did not succeed or run, {len(waits)} wait for you"
    )
    return "digest", about(now), title, "\n".join(_body(now, (done, bad, going), coming, waits, pauses))


def _body(
    now: datetime, parts: tuple[list[Occurrence], list[Occurrence], list[Occurrence]], coming: Sequence[Occurrence],
    waits: Sequence[Item], pauses: Sequence[Pause],
) -> Iterator[str]:
    done, bad, going = parts
    sections = (
        ("Waits for you", [f"{i.workflow}: {i.reason} (`rpa resolve {i.run}`)" for i in waits]),
        ("Paused", [f"{p.workflow}: {p.words()} (`rpa schedule resume {p.workflow}`)" for p in pauses]),
        ("Did not succeed or run", [_line(o, now) for o in bad]),
        ("Not over yet", [_line(o, now) for o in going]),
        ("Done", [_line(o, now) for o in done]),
        ("To come today", [_line(o, now) for o in coming]),
    )
    if not any(lines for _, lines in sections):
        yield "Nothing was due, nothing waits, and nothing is scheduled for today."
    for title, lines in sections:
        if lines:
            yield title
            yield from (f"  {line}" for line in lines[:_LINES])
            if len(lines) > _LINES:
                yield f"  and {len(lines) - _LINES} more"


def _line(o: Occurrence, now: datetime) -> str:
    at = o.due.astimezone(now.tzinfo)
    when = at.strftime("%H:%M" if at.date() == now.date() else "%a %H:%M")
    why = f": {o.reason}" if o.reason and o.outcome is None and o.state != "due" else ""
    said = "" if o.outcome in (None, "succeeded") else f": {(o.outcome or '').replace('_', ' ')}"
    return f"{when}  {o.workflow}{said}{why}"
