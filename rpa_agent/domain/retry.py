"""When a run that did not come through is tried again by itself: technical faults only, after a growing pause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from .spans import seconds
from .trajectory import Fault, Outcome, Trajectory
from .workflow import Retries, Workflow

TECHNICAL: frozenset[Fault] = frozenset({"timing", "infrastructure", "interruption"})
_WORST = (5, 4, 1, 0)
LONGEST_ASKED = timedelta(days=1)
_LASTING = ("ever", "day", "month")


def is_technical(outcome: Outcome | str | None, *, fault: Fault | str | None, sent: str | None) -> bool:
    """Tell whether trying again may help and can do no harm.

    What the site said about the data, a refused login, a defect and a page that was not understood come out the same
    a second time; a commit in doubt must not be sent again by itself.
    """
    return outcome == "failed" and fault in TECHNICAL and sent in ("nothing", "sent")


def may_be_tried_again(trajectory: Trajectory, *, guarded: bool) -> bool:
    """Tell the same of a finished run. ``guarded``: what it sent has keys under which the next run finds it."""
    if trajectory.sent != "nothing" and not guarded:
        return False
    return is_technical(trajectory.outcome, fault=trajectory.fault, sent=trajectory.sent)


def keys_last(workflow: Workflow, *, has_rows: bool, occurrence: str | None) -> bool:
    """Tell whether every commit has the same key in the next run of the same work, so that it is not sent again.

    A key that counts for one run, as all do that are started by hand without rows, does not outlive that run.
    """
    if occurrence is not None:
        return True
    rules = [c.once for c in workflow.commits]
    if not has_rows:
        return bool(rules) and all(once is not None and once.per in _LASTING for once in rules)
    return all(once is None or once.per in _LASTING for once in rules)


def pause_before(retries: Retries, tries: int) -> timedelta | None:
    """Return how long to wait after ``tries`` (1, 2, …) faults in a row, None when that was the last; the last pause repeats."""
    if tries > retries.technical:
        return None
    if not retries.backoff:
        return timedelta(0)
    return timedelta(seconds=seconds(retries.backoff[min(tries, len(retries.backoff)) - 1]))


def due_again(retries: Retries, tries: int, *, now: datetime, not_before: str = "") -> datetime | None:
    """Return when a run is tried again after ``tries`` faults in a row; None where it is not.

    A site that asked to be left alone until ``not_before`` is, for a day at most: what it asks for beyond that, a person
    should hear of.
    """
    pause = pause_before(retries, tries)
    if pause is None:
        return None
    until = datetime.fromisoformat(not_before) if not_before else now
    return None if until - now > LONGEST_ASKED else max(now + pause, until)


def asked_pause(come_back: str, *, now: datetime | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for, as a number or as a date; None where it says neither."""
    text = come_back.strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else float("inf")
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # hardly any run meets a date here

    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of several runs: the worst of 5 > 4 > 1 > 0."""
    seen = set(codes)
    return next((c for c in _WORST if c in seen), 0)
