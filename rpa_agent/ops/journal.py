"""What was sent under which key: planned, armed, sent, then confirmed, ambiguous or not done; nothing goes twice.

``armed`` is written before the act and ``sent`` just before the request leaves, both synced. So after a crash armed
means certainly not sent, and sent means unknown until a probe or a person settles it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rpa_agent.domain.errors import NeedsPerson, StoreCorrupt, UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.points import Reached, unwatched
from rpa_agent.domain.workflow import Once
from rpa_agent.store.sqlite import Database, Shelf

from . import facts as facts_of
from . import proofs
from .clock import Clock, stamp, utc_now
from .facts import Facts
from .process.owner import Owner
from .proofs import HISTORY, JOURNAL

State = Literal["planned", "armed", "sent", "confirmed", "ambiguous", "not_done"]
Sent = Literal["nothing", "sent", "unknown"]

# what may follow what when a key is settled; confirming once more is harmless and changes nothing
MOST_KNOWN = 1_000  # commits that are planned in one process and not settled
_SETTLES: dict[str, tuple[str, ...]] = {
    "planned": ("not_done",),
    "armed": ("not_done", "confirmed"),  # a probe may find it there already
    "sent": ("confirmed", "ambiguous", "not_done"),
    "ambiguous": ("confirmed", "not_done", "ambiguous"),
    "not_done": ("confirmed", "not_done"),  # a person may find it after all
    "confirmed": ("confirmed",),
}


class Entry(Frozen):
    """The present state of a commit's key. ``again`` is why it was repeated on purpose."""

    key: str
    generation: int
    epoch: int
    name: str
    run: str
    state: State
    again: str | None = None
    receipt: dict[str, str] = {}
    changed: str


class Transition(Frozen):
    """One line of a key's history."""

    generation: int
    state: State
    run: str
    at: str
    note: str = ""


class CommitJournal:
    """The journal of one process. It may send only what it armed itself, and settle only what nobody else holds."""

    def __init__(
        self, shelf: Shelf, *, clock: Clock = utc_now, owner: Owner | None = None, reached: Reached = unwatched
    ) -> None:
        self._shelf, self._clock, self._owner = shelf, clock, owner or Owner.me()
        self._reached = reached
        self._held: dict[str, Entry] = {}
        self._known: dict[str, tuple[Facts, Once | None, str]] = {}

    async def key_for(self, facts: Facts, once: Once | None, *, named_by: str = "") -> str:
        """Return the key of a commit: the one under which it was journaled before by another rule, or is in doubt after
        a run by hand with the same values; else its own. ``named_by`` is the parameter that names a row.

        What it was made of is kept with the entry as soon as it is armed. Raises ParamsInvalid.
        """
        own, since = facts.key(once), stamp(self._clock())

        def known(db: Database) -> str:
            if current(db, own) is not None:
                return own
            if before := facts_of.same_commit(db, facts, once, named_by):
                return before
            found = facts_of.twins(db, facts, once, since=since)
            return next((str(row["key"]) for row in found if row["state"] in ("sent", "ambiguous")), own)

        key = await self._shelf.read(known)
        self.know(key, facts, once)
        return key

    def know(self, key: str, facts: Facts, once: Once | None = None) -> None:
        """Keep what a commit is made of with its entry as soon as it is armed."""
        self._known[key] = (facts, once, stamp(self._clock()))
        while len(self._known) > MOST_KNOWN:  # of runs that ended before they armed it
            del self._known[next(iter(self._known))]

    async def state(self, key: str) -> str | None:
        """Return planned, armed, sent, confirmed, ambiguous, not_done or None when the key is new."""
        entry = await self.entry(key)
        return entry.state if entry else None

    async def entry(self, key: str) -> Entry | None:
        """Return what is known about a key now."""
        row = await self._shelf.read(lambda db: current(db, key))
        return _entry(row) if row else None

    async def history(self, key: str) -> list[Transition]:
        """Return every transition of a key, oldest first, all generations."""
        sql = "SELECT generation, state, run, at, note FROM journal_history WHERE key = ? ORDER BY id"
        rows = await self._shelf.read(lambda db: list(db.query(sql, [key])))
        return [Transition.model_validate(row) for row in rows]

    async def of_run(self, run: str) -> list[Entry]:
        """Return the keys that a run holds or held last."""
        return [_entry(row) for row in await self._shelf.read(lambda db: held_by(db, [run]))]

    async def values_of(self, run: str) -> dict[str, str]:
        """Return the values with which a run came to its commits, as they were journaled; empty where it came to none."""

        def values(db: Database) -> dict[str, str]:
            rows = [row for row in held_by(db, [run]) if row["facts"]]
            return {k: v for row in rows for k, v in Facts.model_validate_json(row["facts"]).params.items()}

        return await self._shelf.read(values)

    async def plan(self, key: str, *, name: str, run: str) -> None:
        """Note that a run will come to this commit; changes nothing when the key is known."""

        def plan(db: Database) -> None:
            if current(db, key) is None:
                self._put(db, Entry(key=key, generation=1, epoch=0, name=name, run=run, state="planned", changed=""))

        await self._shelf.write(plan)

    async def arm(self, key: str, *, name: str, run: str, again: str | None = None) -> None:
        """Take the key for this run, synced to disk; raises NeedsPerson when another run holds it unresolved.

        ``again`` says why a confirmed commit is repeated on purpose: the old entry stays, a new generation begins.
        """
        if again is not None and not again.strip():
            raise UsageInvalid("a repetition needs its reason", do="Write --again REASON.")

        def arm(db: Database) -> Entry:
            row = current(db, key)
            if row is None:
                generation, epoch = 1, 0
            elif row["state"] == "confirmed" and again is not None and row["run"] != run:
                generation, epoch = row["generation"] + 1, 0
            else:
                _require_free(db, row, run)
                generation, epoch = row["generation"], row["epoch"]
            self._require_no_twin(db, key)
            why = again if again is not None else row["again"] if row and generation == row["generation"] else None
            taken = {"key": key, "generation": generation, "epoch": epoch + 1, "name": name, "run": run, "again": why}
            entry = Entry.model_validate({**taken, "state": "armed", "changed": ""})
            entry = self._put(db, entry, note=f"again: {again}" if again and generation > 1 else "")
            if key in self._known:
                facts_of.keep(db, key, generation, self._known[key][0])
            return entry

        self._reached("arming")
        self._held[key] = await self._shelf.write(arm)
        self._reached("armed")

    def _require_no_twin(self, db: Database, key: str) -> None:
        """Raise NeedsPerson where another run by hand holds the same values, as when a person started it twice."""
        if key not in self._known:
            return
        facts, once, since = self._known[key]
        for row in facts_of.twins(db, facts, once, since=since):
            if row["key"] == key or (row["state"] == "armed" and not _in_flight(db, row)):
                continue
            raise NeedsPerson(
                f"commit {row['name']} with the same values is {row['state']} by {_who(row)}; nothing was sent beside it",
                fault="unknown", do=f"Look at `rpa show {row['run']}`; what it left open is decided with `rpa resolve`.",
                where=row["key"],
            )  # fmt: skip

    async def sent(self, key: str) -> None:
        """Write that the request is about to leave, synced to disk; raises NeedsPerson unless armed here and now."""
        held = self._held.get(key)

        def sent(db: Database) -> Entry:
            row = current(db, key)
            if held is None or row is None or (row["generation"], row["epoch"]) != (held.generation, held.epoch):
                raise NeedsPerson(f"commit {key} is not held by this run; nothing was sent", where=key)
            if row["state"] != "armed":
                raise NeedsPerson(f"commit {row['name']} is {row['state']}, not armed; nothing was sent", where=key)
            return self._put(db, _entry(row).but(state="sent"))

        self._reached("sending")
        self._held[key] = await self._shelf.write(sent)
        self._reached("sent")

    async def settle(self, key: str, state: str, *, receipt: Mapping[str, str] | None = None, note: str = "") -> None:
        """Close the key as confirmed, ambiguous or not_done, with what proves it; the same state twice is one."""

        def settle(db: Database) -> None:
            row = current(db, key)
            if row is None:
                raise UsageInvalid(f"the journal knows no commit {key}", where=key)
            _require_settled(db, row, self._owner, state)
            if state != row["state"] or receipt:
                proof = {**json.loads(row["receipt"] or "{}"), **(receipt or {})}
                self._put(db, _entry(row).but(state=state, receipt=proof), note=note)

        self._reached("settling")
        await self._shelf.write(settle)
        self._held.pop(key, None)
        if state != "not_done":  # that may be armed once more by its run
            self._known.pop(key, None)
        self._reached("settled")

    async def let_go(self, run: str) -> Sent:
        """Leave nothing of a run in between: what it armed is not done, what it sent is in doubt. Return which."""

        def let_go(db: Database) -> Sent:
            states = set()
            for row in held_by(db, [run]):
                after = {"armed": "not_done", "sent": "ambiguous"}.get(row["state"], row["state"])
                states.add(after)
                if after != row["state"]:
                    self._put(db, _entry({**row, "state": after}), note="the run ended early")
            return "unknown" if "ambiguous" in states else "sent" if "confirmed" in states else "nothing"

        return await self._shelf.write(let_go)

    def decide(self, db: Database, row: dict[str, Any], state: State, note: str) -> None:
        """Settle a row by a person's word inside somebody's transaction; raises NeedsPerson while it is in flight."""
        _require_settled(db, row, self._owner, state)
        self._put(db, _entry(row).but(state=state), note=note)

    def _put(self, db: Database, entry: Entry, *, note: str = "") -> Entry:
        now, owner = stamp(self._clock()), self._owner
        known = entry.model_dump(include=set(JOURNAL)) | {"receipt": json.dumps(entry.receipt), "changed": now}
        held = {"owner_pid": owner.pid, "owner_started": owner.started, "owner_token": owner.token}
        columns = known | held
        proofs.put_entry(db, {name: columns[name] for name in JOURNAL})
        line = known | {"at": now, "note": note}
        proofs.put(db, "journal_history", {name: line[name] for name in HISTORY})
        return entry.but(changed=now)


def current(db: Database, key: str) -> dict[str, Any] | None:
    """Return the row of a key's latest generation; raises StoreCorrupt where what was sent cannot be told any more."""
    rows = list(db.query("SELECT * FROM journal WHERE key = ? ORDER BY generation DESC LIMIT 1", [key]))
    if rows and proofs.is_sound(rows[0], JOURNAL):
        return rows[0]
    if not rows and db.execute("SELECT 1 FROM journal_history WHERE key = ? LIMIT 1", [key]).fetchone() is None:
        return None
    raise StoreCorrupt(
        f"the journal entry of commit {rows[0]['name'] if rows else key} is not what was written; nothing was sent",
        do="Run `rpa verify`, then restore a backup with `rpa restore FILE`.", where=key,
    )


def held_by(db: Database, runs: Sequence[str]) -> list[dict[str, Any]]:
    """Return the journal rows that were last taken by one of these runs."""
    sql = "SELECT * FROM journal WHERE run IN (SELECT value FROM json_each(?)) ORDER BY changed, key"
    return list(db.query(sql, [json.dumps(list(runs))]))


def _require_free(db: Database, row: dict[str, Any], run: str) -> None:
    """Raise NeedsPerson unless the key's latest generation may be armed by ``run``."""
    name, state, own = row["name"], row["state"], row["run"] == run
    if state == "confirmed":
        raise NeedsPerson(
            f"{name} was sent and confirmed by {_who(row)}; it was not sent again", fault="unknown",
            do="To repeat it on purpose run with --again REASON.",
        )  # fmt: skip
    if state in ("sent", "ambiguous"):
        do = f"Look at the site, then `rpa resolve {row['run']} --done-by-hand` or `--retry`, with --reason TEXT."
        raise NeedsPerson(
            f"{name} was sent by {_who(row)}, and whether it arrived is not known; it was not sent again",
            fault="unknown", do=do, where=row["key"],
        )  # fmt: skip
    if state == "armed" and not own and _in_flight(db, row):
        do = "Wait until that run has ended."
        why = f"{name} is in the hands of {_who(row)}, which is still going; nothing was sent"
        raise NeedsPerson(why, fault="unknown", do=do, where=row["key"])


def _require_settled(db: Database, row: dict[str, Any], owner: Owner, state: str) -> None:
    """Raise NeedsPerson unless the row may be settled as ``state`` by ``owner``."""
    name, key, holder = row["name"], row["key"], Owner.of(row)
    if row["state"] in ("armed", "sent") and holder and holder != owner and _in_flight(db, row):
        raise NeedsPerson(f"commit {name} is in flight in {_who(row)}; it was left alone", where=key)
    if state not in _SETTLES[row["state"]]:
        raise NeedsPerson(f"commit {name} is {row['state']} and cannot become {state}; nothing was changed", where=key)


def _in_flight(db: Database, row: dict[str, Any]) -> bool:
    """Tell whether the run that holds a row may still act: it has not ended and its process lives."""
    ended = db.execute("SELECT 1 FROM runs WHERE id = ? AND ended IS NOT NULL", [row["run"]]).fetchone()
    owner = Owner.of(row)
    return ended is None and owner is not None and owner.lives()


def _who(row: dict[str, Any]) -> str:
    return f"run {row['run']} ({row['changed'][:19].replace('T', ' ')} UTC)"


def _entry(row: dict[str, Any]) -> Entry:
    plain = {name: row[name] for name in Entry.model_fields if name != "receipt"}
    return Entry.model_validate({**plain, "receipt": json.loads(row["receipt"] or "{}")})
