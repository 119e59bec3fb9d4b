"""Logins that a site refused: none is typed there a second time, by no workflow and no account, whatever its secrets are called.

A login is what a page hides with what was typed in clear before it, and the host that it is typed at. It is kept as a slow salted
hash of those, beside the accounts, in rows that no account can be called like.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from rpa_agent.domain.account import account_of_login
from rpa_agent.domain.binding import TypedLogin
from rpa_agent.domain.errors import LoginNeeded
from rpa_agent.store.sqlite import Database, Shelf

from .accounts import MOST_REFUSED, any_same, fingerprint
from .process.turn import Turn

_PREFIX = "inside:"
_MOST_RUNS = 50  # that a refusal stopped, and that a person may decide about
_ROWS = "SELECT name, refused, tried FROM accounts WHERE name LIKE 'inside:%' AND refused <> ''"


class Refusals:
    """The refused logins of one state folder. ``values`` are those of their secrets, by name.

    Whoever types a login is called by a workflow's name, or by the name that an account's login is filed under. ``run`` waits for
    a person who decides by it: it is empty where nobody can, as in a rehearsal; an account goes by the name of its login there.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def any(self) -> bool:
        """Tell whether any is kept."""
        return bool(await self._shelf.read(lambda db: list(db.query(_ROWS))))

    async def require_untried(self, logins: Sequence[TypedLogin], *, values: Mapping[str, str], run: str) -> None:
        """Raise LoginNeeded where a site refused one of these logins before; who decides about ``run`` decides for it."""
        for row in await self._shelf.read(lambda db: list(db.query(_ROWS))):
            for login in logins:
                if await asyncio.to_thread(any_same, str(row["refused"]), _told_by(login, values)):
                    if run:
                        await self._shelf.write(partial(_add_run, name=str(row["name"]), run=run))
                    raise _refused(str(row["name"]).removeprefix(_PREFIX), login, run)

    async def note(self, logins: Sequence[TypedLogin], *, values: Mapping[str, str], by: str, run: str) -> None:
        """Keep that these logins were refused when ``by`` typed them."""
        prints = [await asyncio.to_thread(fingerprint, _told_by(login, values)) for login in logins]

        def keep(db: Database) -> None:
            name = _PREFIX + by
            db.execute("INSERT OR IGNORE INTO accounts (name) VALUES (?)", [name])
            ((before,),) = db.execute("SELECT refused FROM accounts WHERE name = ?", [name]).fetchall()
            kept = " ".join([*prints, *before.split()][:MOST_REFUSED])
            db.execute("UPDATE accounts SET refused = ? WHERE name = ?", [kept, name])
            _add_run(db, name=name, run=run)

        if prints:
            await self._shelf.write(keep)

    async def forget(self, *, by: str = "", run: str = "") -> None:
        """A login that ``by`` typed works, or a person says of this run that it may be tried again."""
        rows = await self._shelf.read(lambda db: list(db.query(_ROWS)))
        names = [str(r["name"]) for r in rows if r["name"] == _PREFIX + by or (run and run in str(r["tried"]).split())]
        if names:
            await self._shelf.write(lambda db: _clear(db, names))

    async def let_in(self, logins: Sequence[TypedLogin], *, values: Mapping[str, str]) -> None:
        """The site takes these very logins, as a person has just seen: forget that it ever refused them."""
        rows = await self._shelf.read(lambda db: list(db.query(_ROWS)))
        same: Callable[[str, Mapping[str, str]], bool] = any_same
        told = [_told_by(login, values) for login in logins]
        names = [
            str(row["name"]) for row in rows for one in told if await asyncio.to_thread(same, str(row["refused"]), one)
        ]
        if names:
            await self._shelf.write(lambda db: _clear(db, names))


def login_turn(state: Path, at: str) -> Turn:
    """Return the turn at typing what a page of this host hides: until the site has answered, nobody else does."""
    return Turn(state / "logging-in" / re.sub(r"[^a-z0-9.]+", "-", at))


def no_turn(turn: Turn, at: str, *, where: str) -> LoginNeeded:
    """Return what to raise where another run did not get on with its login at a host."""
    return LoginNeeded(
        f"the run {turn.holder()} logs in at {at} and does not get on; nothing was typed", where=where,
        do="Look at that run: `rpa runs`. Then run this one again.",
    )  # fmt: skip


def _told_by(login: TypedLogin, values: Mapping[str, str]) -> dict[str, str]:
    """Return what a login is known again by: names are ours, and the site does not know them."""
    return {"": login.at, **{str(n): values[name] for n, name in enumerate(login.names)}}


def _add_run(db: Database, *, name: str, run: str) -> None:
    ((before,),) = db.execute("SELECT tried FROM accounts WHERE name = ?", [name]).fetchall()
    runs = " ".join([run, *(one for one in before.split() if one != run)][:_MOST_RUNS])
    db.execute("UPDATE accounts SET tried = ? WHERE name = ?", [runs, name])


def _clear(db: Database, names: list[str]) -> None:
    for name in names:
        db.execute("UPDATE accounts SET refused = '', tried = '' WHERE name = ?", [name])


def _refused(by: str, login: TypedLogin, run: str) -> LoginNeeded:
    before, held_back = account_of_login(by), account_of_login(run)
    when = f"in a login of the account {before}" if before else f"in a run of {by}"
    decide = f"`rpa resolve {run} --retry --reason TEXT`" if run else "decide about a run that waits for it in `rpa inbox`"
    decide = f"`rpa login {held_back} --resume`" if held_back else decide
    return LoginNeeded(
        f"{login.at} refused {', '.join(login.names)} before, {when}; once more could lock the account; nothing was typed",
        where=held_back or before or by, of_account=True,
        do="Check them at the site, then `rpa secret set` the right ones; the next run uses them by itself. If they were right"
        f" all along: {decide}.",
    )  # fmt: skip
