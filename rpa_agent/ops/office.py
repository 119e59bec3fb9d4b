"""The office of one state folder: runs, journal, inbox, accounts and due times on one shelf, opened and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rpa_agent.domain.workflow import Schedule
from rpa_agent.store.sqlite import Database, Shelf

from . import inbox
from .accounts import Accounts
from .batches import Batches
from .clock import Clock, utc_now
from .inbox import How, Inbox, Item
from .journal import CommitJournal, State, held_by
from .owner import Owner
from .runs import BUSY_MS, Runs
from .tables import RUNS

if TYPE_CHECKING:
    from .schedule import Occurrences, Rules


def no_rules() -> Mapping[str, Sequence[Schedule]]:
    return {}


class Office:
    """What the service and the command line need of operations."""

    def __init__(
        self, shelf: Shelf, rules: Rules = no_rules, *, clock: Clock = utc_now, owner: Owner | None = None
    ) -> None:
        self.clock, self._rules, self._owner = clock, rules, owner
        self.runs = Runs(shelf, clock=clock, owner=owner)
        self.batches = Batches(shelf, clock=clock, owner=owner)
        self.journal = CommitJournal(shelf, clock=clock, owner=owner)
        self.inbox = Inbox(shelf, clock=clock)
        self.accounts = Accounts(shelf, clock=clock, owner=owner)
        self._shelf = shelf

    @cached_property
    def occurrences(self) -> Occurrences:
        """Return the due times; a run that nobody scheduled does not load what reads a calendar."""
        from .schedule import Occurrences

        return Occurrences(self._shelf, self._rules, clock=self.clock, owner=self._owner)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, rules: Rules = no_rules, *, clock: Clock = utc_now, owner: Owner | None = None,
        read_only: bool = False,
    ) -> AsyncIterator[Self]:
        """Open runs.db. ``rules`` is asked at every look, so that edited workflow files take effect."""
        async with Shelf.open(path, migrations=RUNS, durable=True, busy_ms=BUSY_MS, read_only=read_only) as shelf:
            yield cls(shelf, rules, clock=clock, owner=owner)

    async def resolve(self, run: str, *, how: How, who: str, reason: str) -> Item:
        """Carry out a person's decision about a waiting run, all in one step.

        ``done_by_hand`` confirms what was in doubt, ``retry`` takes it as not done and makes the due time due again,
        ``skip`` and ``cancel`` leave the journal in doubt, so that nothing is sent again by itself.
        """
        from .occurrence import move

        now, told = self.clock(), f"{who}: {reason}"
        settled: State = "confirmed" if how == "done_by_hand" else "not_done"

        def resolve(db: Database) -> Item:
            item = inbox.close(db, run, how=how, who=who, reason=reason, now=now)
            doubtful = [row for row in held_by(db, [item.run]) if row["state"] in ("sent", "ambiguous")]
            for row in doubtful if how in ("done_by_hand", "retry") else ():
                self.journal.decide(db, row, settled, note=told)
            sql = (
                "SELECT o.id FROM occurrences o LEFT JOIN runs r ON r.occurrence = o.id"
                " WHERE (r.id = ? OR o.id = ?) AND (o.state = 'parked' OR o.outcome = 'needs_person')"
            )
            for (occurrence,) in db.execute(sql, [item.run, item.run]).fetchall():
                if how == "retry":
                    db.execute("UPDATE occurrences SET expires = NULL, outcome = NULL WHERE id = ?", [occurrence])
                move(db, occurrence, "due" if how == "retry" else "done", now=now, reason=told)
            return item

        return await self._shelf.write(resolve)
