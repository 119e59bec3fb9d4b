"""What becomes of a due time whose process died: due again when nothing is in doubt, else a person decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database

from ..clock import new_id, stamp
from ..inbox import Item, put
from ..journal import held_by
from ..process.owner import Owner
from ..proofs import prove_run, require_sound_run
from .occurrence import Occurrence, move, read

Probed = Callable[[str, str], bool]     # (workflow, commit name): can the site be asked whether it arrived?

_DOUBT = "The process died after {} had been sent; it is not known whether it arrived."
_TRIES = 10     # a due time that takes its process down each time must not do so for ever


class Released(Frozen):
    """What was decided about one claim. ``in_doubt`` names the commits of which nobody knows whether they arrived."""

    occurrence: Occurrence
    in_doubt: tuple[str, ...] = ()
    item: str | None = None             # the inbox item when a person must decide


class CutOff(Frozen):
    """A run begun by hand whose process died, now closed. ``in_doubt`` and ``confirmed`` name its commits."""

    run: str
    workflow: str
    row_key: str = ""
    in_doubt: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()

    def words(self) -> str:
        """Return one line for the person: what happened, whether anything was sent, what comes next."""
        of = f", row {self.row_key}" if self.row_key else ""
        said = f"{self.workflow} (run {self.run}{of}) was cut off: its process died. "
        if self.in_doubt:
            names = ", ".join(self.in_doubt)
            return said + f"It is not known whether {names} arrived; it is not sent again by itself. Look at `rpa inbox`."
        if self.confirmed:
            return said + f"Sent and confirmed before that: {', '.join(self.confirmed)}; it is not sent again."
        return said + "Nothing was sent; run it again."


def close_cut_off(db: Database, *, now: datetime) -> list[CutOff]:
    """Close the runs begun by hand that died with their process."""
    rows = list(db.query("SELECT * FROM runs WHERE ended IS NULL AND occurrence IS NULL ORDER BY id"))
    return [_close_by_hand(db, row, now=now) for row in rows if not _lives(row)]


def release_dead(db: Database, probed: Probed, *, now: datetime) -> list[Released]:
    """Let go of every claim whose process is gone."""
    rows = list(db.query("SELECT * FROM occurrences WHERE state = 'running' ORDER BY id"))
    return [let_go(db, read(row), probed, now=now) for row in rows if not _lives(row)]


def _lives(row: dict[str, Any]) -> bool:
    owner = Owner.of(row)
    return owner is not None and owner.lives()


def _close_by_hand(db: Database, row: dict[str, Any], *, now: datetime) -> CutOff:
    return _close(db, row, lambda workflow, commit: False, now=now)


def _close(db: Database, row: dict[str, Any], probed: Probed, *, now: datetime) -> CutOff:
    """Close a run whose process died; a person decides what is in doubt where the site cannot be asked about it."""
    require_sound_run(row)
    run, workflow = str(row["id"]), str(row["workflow"])
    commits = held_by(db, [run])
    doubtful = tuple(str(c["name"]) for c in commits if c["state"] in ("sent", "ambiguous"))
    confirmed = tuple(str(c["name"]) for c in commits if c["state"] == "confirmed")
    waits = any(not probed(workflow, name) for name in doubtful)
    _end(db, run, "unknown" if doubtful else "sent" if confirmed else "nothing", needs_person=waits, now=now)
    if waits:
        why = _DOUBT.format(", ".join(doubtful))
        put(db, Item(id=new_id(now), run=run, workflow=workflow, reason=why, fault="infrastructure", added=stamp(now)))
    return CutOff(run=run, workflow=workflow, row_key=row["row_key"], in_doubt=doubtful, confirmed=confirmed)


def let_go(db: Database, occurrence: Occurrence, probed: Probed, *, now: datetime) -> Released:
    """Give a claim back, or put it before a person. Confirmed commits are no obstacle: their keys skip them. Of a batch only
    the row in doubt waits, and the others go on."""
    rows = list(db.query("SELECT * FROM runs WHERE occurrence = ? ORDER BY id", [occurrence.id]))
    runs, of_rows = [str(row["id"]) for row in rows], any(row["batch"] for row in rows)
    commits = held_by(db, runs)
    doubtful = [row for row in commits if row["state"] in ("sent", "ambiguous")]
    in_doubt = tuple(dict.fromkeys(str(row["name"]) for row in doubtful))
    why = ""
    if not of_rows and any(not probed(occurrence.workflow, name) for name in in_doubt):
        why = _DOUBT.format(", ".join(in_doubt))
    elif (died := _begun_for_nothing(occurrence, len(rows) if of_rows else 0)) >= _TRIES:
        why = f"The process died {died} times in this run."
    for row in (row for row in rows if of_rows and row["ended"] is None):
        _close(db, row, probed, now=now)
    unknown = {row["run"] for row in doubtful}
    known = {row["run"] for row in commits if row["state"] == "confirmed"}
    for run in runs:
        sent = "unknown" if run in unknown else "sent" if run in known else "nothing"
        _end(db, run, sent, needs_person=bool(why), now=now)
    if not why:
        move(db, occurrence.id, "due", now=now, reason="the process of the run before died")
        return Released(occurrence=occurrence.but(state="due"), in_doubt=in_doubt)
    move(db, occurrence.id, "parked", now=now, reason=why)
    run = str(doubtful[-1]["run"]) if doubtful else runs[-1] if runs else occurrence.id
    item = Item(
        id=new_id(now), run=run, workflow=occurrence.workflow, reason=why, fault="infrastructure", added=stamp(now)
    )
    return Released(occurrence=occurrence.but(state="parked", reason=why), in_doubt=in_doubt, item=put(db, item))


def _begun_for_nothing(occurrence: Occurrence, runs: int) -> int:
    """Return how often a due time was begun without a row of it being begun: a batch is put off and gone on with as often as
    its rows want it, and a row that takes its process down is given up for itself."""
    return occurrence.attempts - runs


def _end(db: Database, run: str, sent: str, *, needs_person: bool, now: datetime) -> None:
    """Close the book on a run that could not do so itself."""
    outcome = "needs_person" if needs_person else "failed"
    db.execute(
        "UPDATE runs SET ended = ?, outcome = ?, fault = 'infrastructure', sent = ?, stopped = ?"
        " WHERE id = ? AND ended IS NULL",
        [stamp(now), outcome, sent, "The process died in the middle of the run.", run],
    )
    prove_run(db, run)
