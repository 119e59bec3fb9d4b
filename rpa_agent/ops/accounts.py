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

from .clock import Clock, stamp, utc_now
from .owner import Owner

LOOK_S = 0.5  # how often a run that waits for an account looks whether it is free
_ITERATIONS = 200_000  # a fingerprint of a refused password must not make it guessable


class Account(Frozen):
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

    async def get(self, name: str) -> Account:
        """Return an account; one that was never used is empty."""
        row = await self._shelf.read(lambda db: _row(db, name))
        return _account(name, row)

    @asynccontextmanager
    async def held(self, name: str, *, run: str, seconds: float) -> AsyncIterator[Account]:
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

    async def pause(self, name: str, reason: str, *, secrets: Mapping[str, str]) -> bool:
        """Pause an account whose login was refused with these secrets; return False where it was paused already, so that
        one notice is enough."""
        print_ = _fingerprint(secrets)

        def pause(db: Database) -> bool:
            row = _row(db, name)
            if row is not None and row["paused"]:
                return False
            _ensure(db, name)
            db.execute(
                "UPDATE accounts SET paused = ?, paused_at = ?, refused = ? WHERE name = ?",
                [reason, stamp(self._clock()), print_, name],
            )
            return True

        return await self._shelf.write(pause)

    async def resume(self, name: str) -> None:
        """Let an account be used again, because a person says so."""
        await self._shelf.write(lambda db: _resume(db, name))

    async def require_usable(self, name: str, *, secrets: Mapping[str, str]) -> None:
        """Raise LoginNeeded where the login was refused with these very secrets; others end the pause.

        A refused password is never tried twice: the second try is what locks accounts.
        """
        row = await self._shelf.read(lambda db: _row(db, name))
        if row is None or not row["paused"]:
            return
        if row["refused"] and not _same(row["refused"], secrets):
            await self._shelf.write(lambda db: _resume(db, name))
            return
        raise LoginNeeded(
            f"the account {name} is paused: {row['paused']}", where=name,
            do=f"Check the password at the site, then `rpa secret set` the right one, or `rpa login {name} --resume`.",
        )  # fmt: skip

    async def logged_in(self, name: str, *, slot: int | None = None) -> None:
        """Note a login that worked, and in which period its one-time code was used."""

        def note(db: Database) -> None:
            _ensure(db, name)
            sql = "UPDATE accounts SET logged_in = ?, slot = coalesce(?, slot) WHERE name = ?"
            db.execute(sql, [stamp(self._clock()), slot, name])

        await self._shelf.write(note)

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
    db.execute("UPDATE accounts SET paused = '', paused_at = '', refused = '' WHERE name = ?", [name])


def _account(name: str, row: Mapping[str, Any] | None) -> Account:
    known = ("paused", "paused_at", "logged_in", "slot", "run")
    return Account(name=name, **{column: row[column] for column in known}) if row else Account(name=name)


def _fingerprint(secrets: Mapping[str, str], salt: str | None = None) -> str:
    """Return what tells whether the same secrets are tried again, and nothing else about them."""
    salt = salt or token_hex(16)
    text = "\0".join(f"{name}\0{value}" for name, value in sorted(secrets.items()))
    return f"{salt}:{hashlib.pbkdf2_hmac('sha256', text.encode(), bytes.fromhex(salt), _ITERATIONS).hex()}"


def _same(refused: str, secrets: Mapping[str, str]) -> bool:
    return _fingerprint(secrets, refused.partition(":")[0]) == refused
