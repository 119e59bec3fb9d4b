"""Which processes work here: each is heard of again and again, and one that is not is ended before its work is taken.

A process may stand still for an hour and then go on where it was. So nothing is taken over from it while it is there:
what it started is ended, it is ended, and only when both are gone its claims count as free.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from loguru import logger

from rpa_agent.domain.errors import StoreUnfit
from rpa_agent.store.sqlite import Database, Shelf

from .beside import beside
from .owner import Owner
from .tree import Process, below, end_tree

LEASE_S = 60.0
BEATS = 6  # in one lease
_NOW = "(julianday('now') - 2440587.5) * 86400.0"  # the database's own clock, in seconds


class Leases:
    """The processes of one state folder."""

    def __init__(self, shelf: Shelf, *, owner: Owner | None = None, seconds: float = LEASE_S) -> None:
        self._shelf, self._owner, self._seconds = shelf, owner or Owner.me(), seconds

    async def beat(self) -> None:
        """Say that this process is there, and what it has started."""
        me = self._owner
        children = json.dumps([[p.pid, p.started] for p in below(os.getpid())])

        def beat(db: Database) -> None:
            db.execute(
                f"INSERT INTO workers (token, pid, started, beat, below) VALUES (?, ?, ?, {_NOW}, ?) ON CONFLICT (token)"
                f" DO UPDATE SET beat = {_NOW}, beats = beats + 1, below = excluded.below",
                [me.token, me.pid, me.started, children],
            )

        await self._shelf.write(beat)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Be heard of until the end. What stands still is ended first: where it was just writing, nobody else could."""
        await self.end_stale()
        await self.beat()
        try:
            async with beside(self._beat_on()):
                yield
        finally:
            with suppress(StoreUnfit):
                await self._forget(self._owner.token)

    async def _beat_on(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / BEATS)
            try:
                await self.beat()
            except StoreUnfit as e:
                logger.warning("{} This process cannot say that it is there.", e.message)

    async def end_stale(self) -> list[int]:
        """End the processes that were not heard of for a lease, and what dead ones left behind; return their numbers.

        After the machine slept all are late: each is given time for one more beat.
        """
        late = {row["token"]: row for row in await self._late()}
        if any(_owner(row).lives() for row in late.values()):
            await asyncio.sleep(2 * self._seconds / BEATS)
            again = {row["token"]: row for row in await self._late()}
            late = {token: row for token, row in late.items() if again.get(token, {}).get("beats") == row["beats"]}
        ended = []
        for row in late.values():
            root = Process(row["pid"], row["started"])
            also = [Process(pid, started) for pid, started in json.loads(row["below"])]
            was_there = root.lives()
            if not await asyncio.to_thread(end_tree, root, also):
                logger.warning("process {} was not heard of and cannot be ended; its work is left alone", root.pid)
                continue
            if was_there:
                logger.warning("process {} was not heard of for {:g} s and was ended", root.pid, self._seconds)
                ended.append(root.pid)
            await self._forget(row["token"])
        return ended

    async def _late(self) -> list[dict[str, Any]]:
        """Return those that were not heard of for a lease, and those whose process is gone."""
        sql = f"SELECT *, {_NOW} - beat AS silent FROM workers WHERE token <> ?"
        rows = await self._shelf.read(lambda db: list(db.query(sql, [self._owner.token])))
        return [row for row in rows if row["silent"] > self._seconds or not _owner(row).lives()]

    async def _forget(self, token: str) -> None:
        def forget(db: Database) -> None:
            db.execute("DELETE FROM workers WHERE token = ?", [token])

        await self._shelf.write(forget)


def _owner(row: dict[str, Any]) -> Owner:
    return Owner(row["pid"], row["started"], row["token"])
