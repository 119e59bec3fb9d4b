"""Named logins: one run at a time, paused after a refused password, and resumed when a new one is there."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

from rpa_agent.domain.errors import LoginNeeded
from rpa_agent.domain.frozen import Frozen
from rpa_agent.store.sqlite import Database, Shelf

from . import ledger
from .clock import Clock, stamp, utc_now
from .process.owner import Owner

LOOK_S = 0.5  # how often a run that waits for an account looks whether it is free
UNANSWERED = 2  # logins in a row that ended without an answer, as in a crash, before a person is asked
MOST_REFUSED = 5  # refused passwords that are remembered
_UNPAUSE = "UPDATE accounts SET paused = '', paused_at = '' WHERE name = ?"
_ITERATIONS = 200_000  # a fingerprint of a refused password must not make it guessable


class AccountState(Frozen):
    """What is known of a login beside its secrets. ``slot`` is the period in which its last one-time code was used."""

    name: str
    paused: str = ""  # why, in plain words
    paused_at: str = ""
    logged_in: str = ""
    slot: int | None = None
    run: str = ""  # the run that uses it now


class Accounts:
    """The logins of one state folder."""

    def __init__(self, shelf: Shelf, *, clock: Clock = utc_now, owner: Owner | None = None) -> None:
        self._shelf, self._clock, self._owner = shelf, clock, owner or Owner.me()

    async def get(self, name: str) -> AccountState:
        """Return an account; one that was never used is empty."""
        row = await self._shelf.read(lambda db: _row(db, name))
        return _account(name, row)

    @asynccontextmanager
    async def held(self, name: str, *, run: str, seconds: float) -> AsyncIterator[AccountState]:
        """Hold an account for one run, waiting at most ``seconds`` for the run before; the dead hold nothing.

        Raises LoginNeeded where it stays taken, or is paused.
        """
        deadline = time.monotonic() + seconds
        while (holder := await self._shelf.write(lambda db: self._take(db, name, run))) is not None:
            if time.monotonic() >= deadline:
                raise LoginNeeded(
                    f"the account {name} is in use by the run {holder}", where=name,
                    do="It is tried again later; nothing was typed.",
                )  # fmt: skip
            await asyncio.sleep(min(LOOK_S, max(0.0, deadline - time.monotonic())))
        try:
            yield _account(name, await self._shelf.read(lambda db: _row(db, name)))
        finally:
            await self._shelf.write(lambda db: _give_back(db, name, run))

    async def pause(self, name: str, reason: str, *, secrets: Mapping[str, str], refused: bool = True) -> bool:
        """Pause an account whose login did not work with these secrets; return False where it was paused already, so that
        one notice is enough. Where they were not ``refused``, a person who is there may log in with them again."""
        print_ = await asyncio.to_thread(fingerprint, secrets)

        def pause(db: Database) -> bool:
            row = _row(db, name)
            if row is not None and row["paused"]:
                return False
            _ensure(db, name)
            before = row["refused"].split() if row is not None else []
            kept = [print_, *before][:MOST_REFUSED] if refused else before
            db.execute(
                "UPDATE accounts SET paused = ?, paused_at = ?, refused = ?, tried = ?, attempts = 0 WHERE name = ?",
                [reason, stamp(self._clock()), " ".join(kept), print_, name],
            )
            ledger.write(
                db, "account paused", at=stamp(self._clock()), who=ledger.OFFICE, about=name, detail={"because": reason}
            )
            return True

        return await self._shelf.write(pause)

    async def resume(self, name: str) -> None:
        """Let an account be used again, because a person says so."""

        def resume(db: Database) -> None:
            _resume(db, name)
            ledger.write(db, "account resumed", at=stamp(self._clock()), who=ledger.me(), about=name)

        await self._shelf.write(resume)

    async def require_usable(self, name: str, *, secrets: Mapping[str, str], by_person: bool = False) -> None:
        """Raise LoginNeeded where the login did not work with these very secrets; others end the pause.

        A refused password is never tried twice, also not after another one was refused: the second try is what locks
        accounts. What was refused is forgotten when a login works, or a person says so. What waits for an approval may
        be tried again ``by_person``, who has the phone at hand.
        """
        row = await self._shelf.read(lambda db: _row(db, name))
        if row is None or not (row["refused"] or row["paused"]):
            return
        if await asyncio.to_thread(any_same, row["refused"], secrets):
            raise LoginNeeded(
                f"the account {name} is paused: {row['paused'] or 'this password was refused before'}; nothing was typed",
                where=name, of_account=True, do=f"Check the password at the site, then `rpa secret set` the right one,"
                f" or `rpa login {name} --resume`.",
            )  # fmt: skip
        if by_person or not row["paused"]:
            return
        if await asyncio.to_thread(any_same, row["tried"], secrets):
            raise LoginNeeded(
                f"the account {name} is paused: {row['paused']}; nothing was typed", where=name, of_account=True,
                do=f"Log in while you are there to approve it: `rpa login {name}`.",
            )  # fmt: skip
        await self._shelf.write(lambda db: _do(db, _UNPAUSE, [name]))

    async def begin_attempt(self, name: str, *, secrets: Mapping[str, str], by_person: bool = False) -> None:
        """Write, before anything is typed, that these secrets are tried; a crash then counts as one without an answer.

        Raises LoginNeeded where the account is paused, or so many before ended without an answer that one more could
        lock it.
        """
        await self.require_usable(name, secrets=secrets, by_person=by_person)
        row = await self._shelf.read(lambda db: _row(db, name))
        again = bool(row and row["tried"]) and await asyncio.to_thread(_same, row["tried"], secrets) if row else False
        if again and row is not None and row["attempts"] >= UNANSWERED:
            why = f"{row['attempts']} logins in a row ended without an answer; one more could lock the account"
            await self.pause(name, why, secrets=secrets)
            raise LoginNeeded(
                f"the account {name} is paused: {why}; nothing was typed", where=name, of_account=True,
                do=f"Look at the site whether the login works, then `rpa login {name} --resume`.",
            )  # fmt: skip
        print_ = row["tried"] if again and row is not None else await asyncio.to_thread(fingerprint, secrets)

        def begin(db: Database) -> None:
            _ensure(db, name)
            sql = "UPDATE accounts SET tried = ?, attempts = CASE WHEN tried = ? THEN attempts + 1 ELSE 1 END WHERE name = ?"
            db.execute(sql, [print_, print_, name])

        await self._shelf.write(begin)

    async def take_back_attempt(self, name: str) -> None:
        """Note that a login ended before its secrets were sent: it does not count."""
        sql = "UPDATE accounts SET attempts = max(0, attempts - 1) WHERE name = ?"
        await self._shelf.write(lambda db: _do(db, sql, [name]))

    async def use_slot(self, name: str, slot: int) -> bool:
        """Take a period's one-time code, before it is typed; False where it was used already."""

        def use(db: Database) -> bool:
            _ensure(db, name)
            sql = "UPDATE accounts SET slot = ? WHERE name = ? AND (slot IS NULL OR slot < ?)"
            return db.execute(sql, [slot, name, slot]).rowcount == 1

        return await self._shelf.write(use)

    async def logged_in(self, name: str) -> None:
        """Note a login that worked; it ends a pause."""

        def note(db: Database) -> None:
            _ensure(db, name)
            _resume(db, name)
            _do(db, "UPDATE accounts SET logged_in = ? WHERE name = ?", [stamp(self._clock()), name])

        await self._shelf.write(note)

    async def is_news(self, name: str, notice: str) -> bool:
        """Tell whether a notice about the account differs from the last one, and keep it: nobody is told a thing twice."""

        def keep(db: Database) -> bool:
            _ensure(db, name)
            sql = "UPDATE accounts SET notice = ? WHERE name = ? AND notice <> ?"
            return db.execute(sql, [notice, name, notice]).rowcount == 1

        return await self._shelf.write(keep)

    def _take(self, db: Database, name: str, run: str) -> str | None:
        """Take the account; return the run that holds it where it is not free."""
        _ensure(db, name)
        row = _row(db, name)
        assert row is not None
        holder = Owner.of(row)
        if row["run"] and row["run"] != run and holder is not None and holder.lives():
            return str(row["run"])
        me = self._owner
        db.execute(
            "UPDATE accounts SET run = ?, owner_pid = ?, owner_started = ?, owner_token = ? WHERE name = ?",
            [run, me.pid, me.started, me.token, name],
        )
        return None


def _ensure(db: Database, name: str) -> None:
    db.execute("INSERT OR IGNORE INTO accounts (name) VALUES (?)", [name])


def _row(db: Database, name: str) -> dict[str, Any] | None:
    return next(iter(db.query("SELECT * FROM accounts WHERE name = ?", [name])), None)


def _give_back(db: Database, name: str, run: str) -> None:
    db.execute("UPDATE accounts SET run = '', owner_pid = NULL WHERE name = ? AND run = ?", [name, run])


def _resume(db: Database, name: str) -> None:
    sql = "UPDATE accounts SET paused = '', paused_at = '', refused = '', tried = '', attempts = 0 WHERE name = ?"
    db.execute(sql, [name])


def _do(db: Database, sql: str, values: list[Any]) -> None:
    db.execute(sql, values)  # the cursor stays on the writer thread


def _account(name: str, row: Mapping[str, Any] | None) -> AccountState:
    known = ("paused", "paused_at", "logged_in", "slot", "run")
    return AccountState(name=name, **{c: row[c] for c in known}) if row else AccountState(name=name)


def fingerprint(secrets: Mapping[str, str], salt: str | None = None) -> str:
    """Return what tells whether the same secrets are tried again, and nothing else about them."""
    salt = salt or token_hex(16)
    text = "\0".join(f"{name}\0{value}" for name, value in sorted(secrets.items()))
    return f"{salt}:{hashlib.pbkdf2_hmac('sha256', text.encode(), bytes.fromhex(salt), _ITERATIONS).hex()}"


def any_same(refused: str, secrets: Mapping[str, str]) -> bool:
    """Tell whether one of these fingerprints, with blanks between, is of the very same secrets."""
    return any(_same(one, secrets) for one in refused.split())


def _same(refused: str, secrets: Mapping[str, str]) -> bool:
    return fingerprint(secrets, refused.partition(":")[0]) == refused
