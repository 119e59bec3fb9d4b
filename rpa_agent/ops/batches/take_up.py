"""Rows taken up again: those left half-way when their process died, those that failed, those that waited for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.trajectory import Outcome, Trajectory
from rpa_agent.store.sqlite import Database

from .. import inbox
from ..clock import new_id, stamp
from ..doubts import doubts_of
from ..journal import held_by
from ..notify import reason_for
from ..proofs import require_sound_run
from .rows import BatchRow, State

_LOST = 5       # a row that takes its process down each time must not do so for ever
_STATES: dict[Outcome, State] = {
    "succeeded": "succeeded", "business_exception": "exception", "needs_person": "parked", "failed": "failed",
    "cancelled": "pending",
}


class Terms(Frozen):
    """On what terms rows are taken up. ``anew``: their batch had come to its end, so what failed is tried again;
    ``goes_on``: it was put off until a time, and so are its rows."""

    now: datetime
    keys_last: bool = True              # what one run has sent, the next one finds in the journal
    probed: frozenset[str] = frozenset()    # the commits of which the site can be asked whether they arrived
    anew: bool = False
    goes_on: bool = True


def taken_up(db: Database, row: BatchRow, terms: Terms) -> BatchRow:
    """Return a row as it is to be taken up now: what was left half-way, what failed, what a person has decided."""
    match row.state:
        case "succeeded" | "exception" | "cancelled":
            return row
        case "pending":
            return row if terms.goes_on and not terms.anew else row.but(tries=0, due=None)
        case "failed":
            harmless = terms.keys_last or row.sent == "nothing"
            return _again(row) if terms.anew and harmless else row
        case "parked":
            return _decided(db, row) or _waiting(db, row, terms, unheard=row.outcome == "cancelled")
        case "running":
            return cut_off(db, row, terms)


def cut_off(db: Database, row: BatchRow, terms: Terms) -> BatchRow:
    """Return a row whose process died in it, or that was cancelled: as its run ended, else to be run again.

    What it may have sent is guarded by the journal where keys outlive a run; where they do not, a person decides.
    """
    run = _ended(db, row.run)
    heard = bool(run.get("trajectory"))
    if heard:
        row = as_ended(row, Trajectory.model_validate_json(run["trajectory"]))
    elif run.get("outcome") == "needs_person" or run.get("sent") == "unknown":
        known = {name: run[name] for name in ("outcome", "fault", "sent")}
        row = row.but(state="parked", reason=run["stopped"] or "", **known)
    else:
        row = row.but(state="pending", due=None)
    if row.state == "parked":
        if (decided := _decided(db, row)) is not None:
            return decided
        row = _waiting(db, row, terms, unheard=not heard or row.outcome == "cancelled")
    if row.state != "pending":
        return row
    if not terms.keys_last and (sent := _sent_by(db, row.run)):
        return _before_a_person(db, row, sent, now=terms.now)
    return row if heard or row.attempts < _LOST else _given_up(db, row, now=terms.now)


def as_ended(row: BatchRow, trajectory: Trajectory) -> BatchRow:
    """Return a row with what became of its run. One that was cancelled is begun again, unless something is in doubt."""
    t, state = trajectory, _STATES[trajectory.outcome]
    if t.sent == "unknown":
        state = "parked"
    known: dict[str, Any] = {"outcome": t.outcome, "fault": t.fault, "sent": t.sent, "run": t.run, "outputs": t.outputs}
    reason = "it was cancelled" if t.outcome == "cancelled" and not t.left_out else reason_for(t)
    return row.but(state=state, reason=reason, due=None, **known)


def _again(row: BatchRow) -> BatchRow:
    return row.but(state="pending", tries=0, due=None)


# ---- rows that wait --------------------------------------------------------------------------------------------------


def _decided(db: Database, row: BatchRow) -> BatchRow | None:
    """Return a row that waited as a person has decided; None where nobody has."""
    found = list(db.query("SELECT how, who, because FROM inbox WHERE run = ? ORDER BY id DESC LIMIT 1", [row.run]))
    if not found or found[0]["how"] is None:
        return None
    why = f"{found[0]['who']}: {found[0]['because']}"
    match found[0]["how"]:
        case "done_by_hand":
            return row.but(state="succeeded", outcome="succeeded", fault=None, reason=f"done by hand, {why}")
        case "skip" | "cancel":
            return row.but(state="cancelled", outcome="cancelled", reason=f"left out, {why}")
        case _:
            return _again(row)


def _waiting(db: Database, row: BatchRow, terms: Terms, *, unheard: bool) -> BatchRow:
    """Return a row that waits and about which nobody has decided: to be run again where nothing of it is in doubt, or where
    the site can be asked what became of it and has not been yet (``unheard``) or may say more now; else it waits on."""
    if row.fault == "data":
        return row  # the site spoke against its data: that it says so again helps nobody
    if row.sent == "unknown":
        return _again(row) if (unheard or terms.anew) and _can_be_asked(db, row, terms) else row
    if not (terms.anew and (terms.keys_last or row.sent == "nothing")):
        return row
    if db.execute("SELECT 1 FROM inbox WHERE run = ? AND resolved IS NULL", [row.run]).fetchone():
        inbox.close(db, row.run, how="retry", who="rpa run", reason="the batch was run again", now=terms.now)
    return _again(row)


def _can_be_asked(db: Database, row: BatchRow, terms: Terms) -> bool:
    """Tell whether the row's next run finds out from the site what became of all that is in doubt, and does so before it
    would send. What was done once more on purpose is there from before, so that the site cannot tell."""
    doubts = doubts_of(db, row.run)
    asked = all(entry["name"] in terms.probed and entry["again"] is None for entry in doubts)
    return terms.keys_last and bool(doubts) and asked


# ---- rows whose process died -----------------------------------------------------------------------------------------


def _ended(db: Database, run: str) -> Mapping[str, Any]:
    """Return a run that has ended; empty where it has not, or is not known. Raises StoreCorrupt."""
    found = list(db.query("SELECT * FROM runs WHERE id = ?", [run]))
    for row in found:
        require_sound_run(row)
    return found[0] if found and found[0]["ended"] else {}


def _sent_by(db: Database, run: str) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in held_by(db, [run]) if entry["state"] in ("sent", "ambiguous", "confirmed")]


def _given_up(db: Database, row: BatchRow, *, now: datetime) -> BatchRow:
    """Return a row that took its process down too often: failed, or before a person where something may have been sent."""
    why = f"its process died {row.attempts} times in this row"
    if row.sent != "unknown":
        return row.but(state="failed", outcome="failed", fault="infrastructure", sent="nothing", reason=why)
    sql = "SELECT id FROM runs WHERE batch = ? AND row = ? ORDER BY id DESC"
    runs = [str(run) for (run,) in db.execute(sql, [row.batch, row.number]).fetchall()]
    doubtful = next((run for run in runs if doubts_of(db, run)), row.run)  # a decision is about what that one sent
    why = f"{why}; it is not known whether what was sent before arrived"
    return _parked(db, row.but(run=doubtful), why, sent="unknown", now=now)


def _before_a_person(db: Database, row: BatchRow, sent: Sequence[Mapping[str, Any]], *, now: datetime) -> BatchRow:
    names = ", ".join(dict.fromkeys(str(entry["name"]) for entry in sent))
    surely = all(entry["state"] == "confirmed" for entry in sent)
    why = f"The row was cut off after {names} had been sent{'' if surely else '; it is not known whether it arrived'}."
    return _parked(db, row, why, sent="sent" if surely else "unknown", now=now)


def _parked(db: Database, row: BatchRow, why: str, *, sent: str, now: datetime) -> BatchRow:
    workflow = db.execute("SELECT workflow FROM runs WHERE id = ?", [row.run]).fetchone()[0]
    item = inbox.Item(
        id=new_id(now), run=row.run, workflow=workflow, reason=why, fault="infrastructure", added=stamp(now)
    )
    inbox.put(db, item)
    return row.but(state="parked", outcome="needs_person", fault="infrastructure", sent=sent, reason=why)
