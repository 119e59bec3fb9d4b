"""Notices that are to be sent: each kept once, bundled where many come at a time, tried again until it arrives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from loguru import logger

from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database, Shelf

from ..clock import Clock, new_id, stamp, utc_now

Kind = Literal["failed", "needs_person", "missed", "late", "repaired", "paused", "succeeded", "digest", "test"]
Send = Callable[[str, str, str], Awaitable[str]]        # target, title, body -> why it did not arrive, or nothing

QUIET = timedelta(seconds=60)           # between two messages to one target
BUSY, BUSY_QUIET = 10, timedelta(minutes=10)    # messages within an hour after which they come less often
GIVEN_UP = timedelta(days=2)
_SLOWEST = timedelta(hours=1)
_TOLD = 20                              # notices told in one message; the rest is counted


class Notice(Frozen):
    """One thing to tell one target. ``about`` makes it the same notice as another: a run, a due time, a repair, a day."""

    kind: Kind
    target: str
    about: str
    title: str
    body: str
    workflow: str = ""


class Outbox:
    """The notices of one state folder; any number of processes may put into it, and one of them sends each."""

    def __init__(self, shelf: Shelf, *, clock: Clock = utc_now) -> None:
        self._shelf, self._clock = shelf, clock

    async def put(self, notices: Iterable[Notice]) -> int:
        """Keep what is new; return how many were. The same notice is kept once, whoever puts it."""
        now, wanted = self._clock(), list(notices)
        return await self._shelf.write(lambda db: sum(put(db, notice, now=now) for notice in wanted)) if wanted else 0

    async def deliver(self, send: Send) -> int:
        """Send what waits, one message per target at most; return how many notices arrived.

        A target that was written to just now waits; what does not arrive is tried again, less and less often.
        """
        arrived = 0
        for target, rows in groupby(await self._waiting(), key=lambda row: str(row["target"])):
            notices = list(rows)
            title, body = _message(notices)
            arrived += await self._ended(notices, await send(target, title, body))
        return arrived

    async def _waiting(self) -> list[dict[str, Any]]:
        """Take what is due to be sent, so that no other process sends it too; it is free again when this one dies."""
        now = self._clock()

        def take(db: Database) -> list[dict[str, Any]]:
            targets = {row["target"] for row in db.query("SELECT DISTINCT target FROM notices WHERE sent IS NULL")}
            taken = []
            for target in sorted(targets):
                if not _quiet(db, target, now):
                    taken += list(db.query(
                        "UPDATE notices SET next = ? WHERE target = ? AND sent IS NULL AND next <= ? RETURNING *, rowid",
                        [stamp(now + QUIET), target, stamp(now)],
                    ))
            return sorted(taken, key=lambda row: (row["target"], row["rowid"]))

        return await self._shelf.write(take)

    async def _ended(self, notices: list[dict[str, Any]], error: str) -> int:
        now = self._clock()

        def ended(db: Database) -> None:
            for row in notices:
                if not error:
                    db.execute("UPDATE notices SET sent = ?, error = '' WHERE id = ?", [stamp(now), row["id"]])
                    continue
                wait = min(_SLOWEST, QUIET * 2 ** min(int(row["tries"]), 10))
                sql = "UPDATE notices SET tries = tries + 1, error = ?, next = ? WHERE id = ?"
                db.execute(sql, [error, stamp(now + wait), row["id"]])
            sql = "UPDATE notices SET sent = 'never' WHERE sent IS NULL AND made < ? RETURNING target"
            for lost in db.query(sql, [stamp(now - GIVEN_UP)]):
                logger.error("a notice to {} was given up; it is in `rpa today` all the same", lost["target"])

        await self._shelf.write(ended)
        if error:
            logger.warning("{} could not be told: {}. It is tried again.", notices[0]["target"], error)
        return 0 if error else len(notices)

    async def knows(self, kind: Kind, target: str, about: str) -> bool:
        """Tell whether this notice was put before, sent or not."""
        sql = "SELECT 1 FROM notices WHERE kind = ? AND target = ? AND about = ?"
        return await self._shelf.read(lambda db: db.execute(sql, [kind, target, about]).fetchone()) is not None

    async def unsent(self) -> list[dict[str, Any]]:
        """Return what has not arrived, oldest first."""
        sql = "SELECT * FROM notices WHERE sent IS NULL OR sent = 'never' ORDER BY id"
        return await self._shelf.read(lambda db: list(db.query(sql)))


def put(db: Database, notice: Notice, *, now: datetime) -> bool:
    """Keep a notice inside somebody's transaction; False where it is known."""
    n = notice
    sql = (
        "INSERT OR IGNORE INTO notices (id, kind, target, about, workflow, title, body, made, next)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    values = [new_id(now), n.kind, n.target, n.about, n.workflow, n.title, n.body, stamp(now), stamp(now)]
    return bool(db.execute(sql, values).rowcount)


def _quiet(db: Database, target: str, now: datetime) -> bool:
    """Tell whether a target was written to so lately, or so often, that the next message waits."""
    sql = "SELECT count(DISTINCT sent), max(sent) FROM notices WHERE target = ? AND sent > ? AND sent <> 'never'"
    messages, last = db.execute(sql, [target, stamp(now - timedelta(hours=1))]).fetchone()
    return last is not None and str(last) > stamp(now - (QUIET if messages < BUSY else BUSY_QUIET))


def _message(rows: list[dict[str, Any]]) -> tuple[str, str]:
    """Return one notice as it is, and many as one message that names each."""
    if len(rows) == 1:
        return str(rows[0]["title"]), str(rows[0]["body"])
    counts: Mapping[str, int] = {kind: sum(r["kind"] == kind for r in rows) for kind in dict.fromkeys(r["kind"] for r in rows)}
    title = f"{len(rows)} notices: " + ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in counts.items())
    told = [f"{row['title']}\n{row['body']}" for row in rows[:_TOLD]]
    if len(rows) > _TOLD:
        told.append(f"and {len(rows) - _TOLD} more: look at `rpa today`.")
    return title, "\n\n".join(told)
