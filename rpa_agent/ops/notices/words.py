"""What a notice says: what happened, whether anything was sent, what comes next, what you can do."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from ..due.occurrence import Occurrence
from ..due.pauses import Pause
from ..notify import reason_for, repairs_for, sentence_for
from ..runs import Run
from .outbox import Kind

Told = tuple[Kind, str, str, str]       # kind, about, title, body


def of_ended(occurrence: Occurrence, outcome: str, runs: Sequence[Run], *, left: int = 0) -> Iterator[Told]:
    """Yield what is to be told when a due time has come to its end: its outcome, and each repair the first time. ``left`` rows
    of its batch were not done."""
    kind: Kind = "succeeded" if outcome == "succeeded" else "needs_person" if outcome == "needs_person" else "failed"
    titles = {"succeeded": "is done", "needs_person": "waits for you", "cancelled": "was cancelled"}
    title = f"{occurrence.workflow} {titles.get(outcome, 'did not succeed')}"
    yield kind, f"{occurrence.id} {occurrence.attempts}", title, _account(occurrence, runs, left)
    for run in runs:
        t = run.trajectory
        if t is None or t.outcome != "succeeded" or not t.repaired():
            continue
        what = sorted(f"{s.repair.was}>{s.repair.now}" for s in t.repaired() if s.repair is not None)
        mark = hashlib.sha256("\n".join((t.workflow, *what)).encode()).hexdigest()[:16]
        ways = f"`rpa review keep {t.run}` · `rpa review undo {t.run}` · `rpa review ask {t.run}`"
        yield "repaired", mark, f"{t.workflow} repaired itself", f"{repairs_for(t)} Keep · Undo · Ask me each time: {ways}."


def of_waiting(occurrence: Occurrence) -> Told:
    """Return what is told of a due time whose process died and that is not begun again by itself."""
    body = f"It was due at {_here(occurrence)}. {occurrence.reason} Decide with `rpa inbox`."
    return "needs_person", f"{occurrence.id} {occurrence.attempts}", f"{occurrence.workflow} waits for you", body


def of_not_run(occurrence: Occurrence) -> Told:
    """Return what is told of a due time that did not run."""
    asked = " Decide with `rpa inbox`." if occurrence.state == "parked" else ""
    again = f" Make up for it with `rpa schedule backfill {occurrence.workflow} --from {occurrence.day.isoformat()}`."
    body = f"It was due at {_here(occurrence)} and did not run: {occurrence.reason.rstrip('.')}. Nothing was sent."
    return "missed", occurrence.id, f"{occurrence.workflow} did not run", body + (asked or again)


def of_preflight(occurrence: Occurrence, found: str) -> Told:
    """Return what is told of a due time that would not go well."""
    body = (
        f"It is due at {_here(occurrence)}. Looked at before that, it would not go as shown: {found}. Nothing was sent. Where"
        f" something is proposed, decide with `rpa review list`; `rpa preflight {occurrence.workflow}` looks again."
    )
    return "needs_person", f"ahead {occurrence.workflow} {occurrence.occurrence}", f"{occurrence.workflow} would not go well", body


def of_late(occurrence: Occurrence) -> Told:
    """Return what is told of a due time that had to be over by now."""
    by = occurrence.finish_by.astimezone().strftime("%H:%M") if occurrence.finish_by else "now"
    state = "is still running" if occurrence.state == "running" else "has not started"
    body = (
        f"It was due at {_here(occurrence)} and had to be over by {by}; it {state}. It goes on by itself."
        " Look at `rpa today`."
    )
    return "late", occurrence.id, f"{occurrence.workflow} is late", body


def of_pause(pause: Pause) -> Told:
    """Return what is told when a workflow was paused."""
    body = (
        f"Nothing of it starts by itself any more, since {pause.because.rstrip('.')}. Look at `rpa runs {pause.workflow}`, put"
        f" right what is wrong, and let it go on with `rpa schedule resume {pause.workflow}`."
    )
    return "paused", f"{pause.workflow} {pause.since}", f"{pause.workflow} was paused", body


def _account(occurrence: Occurrence, runs: Sequence[Run], left: int) -> str:
    ended = [run for run in runs if run.ended]
    if not ended:
        return f"It was due at {_here(occurrence)}. Look at `rpa today`."
    last = ended[-1]
    if last.batch and (left or len(ended) > 1):
        rows = {run.row_key or run.id: run for run in ended if run.batch == last.batch}     # a row's last run stands
        counts = Counter((run.outcome or "cut off").replace("_", " ") for run in rows.values())
        told = f"{counts.total() + left} rows: " + ", ".join(f"{n} {state}" for state, n in counts.most_common())
        told += f", {left} not done." if left else "."
        first = next((r for r in rows.values() if r.trajectory is not None and r.outcome != "succeeded"), None)
        why = f" The first that did not: {reason_for(first.trajectory)}." if first and first.trajectory else ""
        return f"{told}{why} Look at `rpa show {last.id}` and `rpa inbox`."
    if last.trajectory is not None:
        return sentence_for(last.trajectory)
    return f"{last.stopped or 'Its process is gone'}. Look at `rpa show {last.id}`."


def _here(occurrence: Occurrence) -> str:
    return occurrence.due.astimezone().strftime("%Y-%m-%d %H:%M")
