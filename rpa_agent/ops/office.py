"""The office of one state folder: runs, journal, inbox, accounts and due times on one shelf, opened and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rpa_agent.domain.account import account_of_login, login_name
from rpa_agent.domain.asking import SaidBefore
from rpa_agent.domain.points import Reached, unwatched
from rpa_agent.domain.schedule import Schedule
from rpa_agent.store.sqlite import Database, Shelf

from .accounts import Accounts
from .batches import Batches
from .cancels import Cancels
from .clock import Clock, utc_now
from .doubts import settled_by_the_site, untold
from .inbox import How, Inbox, Item, put
from .journal import CommitJournal
from .ledger import Ledger
from .process.lease import LEASE_S, Leases
from .process.owner import Owner
from .refusals import Refusals
from .reviews import Reviews
from .runs import BUSY_MS, Runs
from .tables import RUNS

if TYPE_CHECKING:
    from .due.queue import Lanes
    from .due.schedule import Occurrences, Rules
    from .due.takeover import CutOff
    from .handed_on import HandedOn
    from .health import Figures
    from .notices.outbox import Outbox
    from .retention import Retention


def no_rules() -> Mapping[str, Sequence[Schedule]]:
    return {}


class Office:
    """What the service and the command line need of operations."""

    def __init__(
        self, shelf: Shelf, rules: Rules = no_rules, *, clock: Clock = utc_now, owner: Owner | None = None,
        reached: Reached = unwatched, lease: float = LEASE_S, lanes: Lanes | None = None,
    ) -> None:
        self.clock, self._rules, self._owner = clock, rules, owner
        self._reached, self._lanes = reached, lanes
        self.runs = Runs(shelf, clock=clock, owner=owner)
        self.batches = Batches(shelf, clock=clock, owner=owner, reached=reached)
        self.journal = CommitJournal(shelf, clock=clock, owner=owner, reached=reached)
        self.inbox = Inbox(shelf, clock=clock)
        self.ledger = Ledger(shelf)
        self.cancels = Cancels(shelf, clock=clock)
        self.reviews = Reviews(shelf, clock=clock)
        self.accounts = Accounts(shelf, clock=clock, owner=owner)
        self.refusals = Refusals(shelf)
        self.leases = Leases(shelf, owner=owner, seconds=lease)
        self.said = SaidBefore()
        self._shelf = shelf

    @cached_property
    def outbox(self) -> Outbox:
        """Return what people are to be told; only who serves needs it."""
        from .notices.outbox import Outbox

        return Outbox(self._shelf, clock=self.clock)

    @cached_property
    def occurrences(self) -> Occurrences:
        """Return the due times; a run that nobody scheduled does not load what reads a calendar."""
        from .due.queue import one_lane
        from .due.schedule import Occurrences

        return Occurrences(
            self._shelf, self._rules, clock=self.clock, owner=self._owner, reached=self._reached,
            lanes=self._lanes or one_lane,
        )

    @cached_property
    def handed_on(self) -> HandedOn:
        """Return what workflows took from others; only those whose rows come from one need it."""
        from .handed_on import HandedOn

        return HandedOn(self._shelf, clock=self.clock)

    def retention(self, state: Path) -> Retention:
        """Return what removes what is old; only who tidies needs it."""
        from .retention import Retention

        return Retention(self._shelf, state, clock=self.clock)

    async def figures(self) -> Figures:
        """Return the counts that who watches many offices wants."""
        from .health import figures

        return await figures(self._shelf, now=self.clock())

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, rules: Rules = no_rules, *, clock: Clock = utc_now, owner: Owner | None = None,
        read_only: bool = False, reached: Reached = unwatched, lease: float = LEASE_S, lanes: Lanes | None = None,
    ) -> AsyncIterator[Self]:
        """Open runs.db. ``rules`` and ``lanes`` are asked at every look, so that edited workflow files take effect."""
        async with Shelf.open(path, migrations=RUNS, durable=True, busy_ms=BUSY_MS, read_only=read_only) as shelf:
            yield cls(shelf, rules, clock=clock, owner=owner, reached=reached, lease=lease, lanes=lanes)

    async def recover(self) -> list[CutOff]:
        """End processes that stand still, and close the runs begun by hand whose process is gone; each is told once. What one
        had ended for a person to decide, and died before it said so, is in the inbox afterwards."""
        await self.leases.end_stale()
        return await self.close_cut_off()

    async def close_cut_off(self) -> list[CutOff]:
        """Close the runs begun by hand whose process is gone, and put what was not told into the inbox; ends no process."""
        await self._tell_what_was_not_told()
        if all(run.alive for run in await self.runs.unfinished()):
            return []
        from .due.takeover import close_cut_off

        now = self.clock()
        return await self._shelf.write(lambda db: close_cut_off(db, now=now))

    async def _tell_what_was_not_told(self) -> None:
        now = self.clock()
        items = await self._shelf.read(lambda db: untold(db, now=now))

        def tell(db: Database) -> None:
            for item in items:
                put(db, item)

        if items:
            await self._shelf.write(tell)

    async def resolve(self, run: str, *, how: How, who: str, reason: str) -> Item:
        """Carry out a person's decision about a waiting run, all in one step; see ``decide``. Where a login waits, one
        that says it is done, or to try it again, lets its account or its secrets be used again."""
        from .decide import decide

        now = self.clock()
        item = await self._shelf.write(
            lambda db: decide(db, run, self.journal.decide, how=how, who=who, reason=reason, now=now)
        )
        account = account_of_login(item.workflow)
        if account is not None and item.fault is not None and how in ("done_by_hand", "retry"):
            await self.resume_account(account, who=who)
        elif item.fault == "login" and how in ("done_by_hand", "retry"):
            await self.refusals.forget(run=item.run)
        return item

    async def site_settled(self, keys: Sequence[str]) -> None:
        """Close what waited in the inbox for commits that the site itself has settled since."""
        now = self.clock()
        await self._shelf.write(lambda db: settled_by_the_site(db, keys, now=now))

    async def resume_account(self, account: str, *, who: str) -> None:
        """Let a paused account be used again, and close its notice. What its site refused may be typed again too, also where a
        workflow had typed it and this account was only held back."""
        await self.accounts.resume(account)
        await self.refusals.forget(by=login_name(account), run=login_name(account))
        for item in await self.inbox.items(workflow=login_name(account)):
            if item.fault is not None:
                await self.inbox.resolve(item.id, how="retry", who=who, reason="the account may be used again")

    async def wake_account(self, workflows: Sequence[str]) -> list[str]:
        """Make due again what waited for a login: the last due time of each workflow that ended for it with nothing sent,
        where it is not too old. Returns the workflows."""
        from .due.occurrence import wake

        now = self.clock()
        return await self._shelf.write(lambda db: [w for w in workflows if wake(db, w, now=now)])
