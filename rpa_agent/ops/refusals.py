"""Secrets that a site refused when a workflow logged in by itself: none is typed a second time, by no workflow.

They are kept as slow salted hashes beside the accounts, in rows that no account can be called like.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from rpa_agent.domain.errors import LoginNeeded
from rpa_agent.store.sqlite import Database, Shelf

from .accounts import MOST_REFUSED, any_same, fingerprint

_PREFIX = "inside:"
_MOST_RUNS = 50  # that a refusal stopped, and that a person may decide about
_ROWS = "SELECT name, refused, tried FROM accounts WHERE name LIKE 'inside:%' AND refused <> ''"


class Refusals:
    """The refused logins of one state folder. ``secrets`` are values by name, with the origin that they are typed at."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def any(self) -> bool:
        """Tell whether any is kept."""
        return bool(await self._shelf.read(lambda db: list(db.query(_ROWS))))

    async def require_untried(self, run: str, secrets: Mapping[str, str]) -> None:
        """Raise LoginNeeded where a site refused these very secrets before; who decides about ``run`` decides for them. It is
        empty where nobody can, as in a rehearsal."""
        for row in await self._shelf.read(lambda db: list(db.query(_ROWS))):
            if await asyncio.to_thread(any_same, str(row["refused"]), secrets):
                if run:
                    await self._shelf.write(partial(_add_run, name=str(row["name"]), run=run))
                raise _refused(str(row["name"]).removeprefix(_PREFIX), run, secrets)

    async def note(self, run: str, workflow: str, secrets: Mapping[str, str]) -> None:
        """Keep that these secrets were refused."""
        print_ = await asyncio.to_thread(fingerprint, secrets)

        def keep(db: Database) -> None:
            name = _PREFIX + workflow
            db.execute("INSERT OR IGNORE INTO accounts (name) VALUES (?)", [name])
            ((before,),) = db.execute("SELECT refused FROM accounts WHERE name = ?", [name]).fetchall()
            kept = " ".join([print_, *before.split()][:MOST_REFUSED])
            db.execute("UPDATE accounts SET refused = ? WHERE name = ?", [kept, name])
            _add_run(db, name=name, run=run)

        await self._shelf.write(keep)

    async def forget(self, *, workflow: str = "", run: str = "") -> None:
        """A login of this workflow works, or a person says of this run that it may be tried again."""
        rows = await self._shelf.read(lambda db: list(db.query(_ROWS)))
        names = [str(r["name"]) for r in rows if r["name"] == _PREFIX + workflow or (run and run in str(r["tried"]).split())]
        if names:
            await self._shelf.write(lambda db: _clear(db, names))


def _add_run(db: Database, *, name: str, run: str) -> None:
    ((before,),) = db.execute("SELECT tried FROM accounts WHERE name = ?", [name]).fetchall()
    runs = " ".join([run, *before.split()][:_MOST_RUNS])
    db.execute("UPDATE accounts SET tried = ? WHERE name = ?", [runs, name])


def _clear(db: Database, names: list[str]) -> None:
    for name in names:
        db.execute("UPDATE accounts SET refused = '', tried = '' WHERE name = ?", [name])


def _refused(workflow: str, run: str, secrets: Mapping[str, Any]) -> LoginNeeded:
    names = ", ".join(name for name in secrets if name)
    decide = f"`rpa resolve {run} --retry --reason TEXT`" if run else "decide about a run that waits for it in `rpa inbox`"
    return LoginNeeded(
        f"the site refused {names} before, in a run of {workflow}; once more could lock the account; nothing was typed",
        where=workflow, of_account=True,
        do="Check them at the site, then `rpa secret set` the right ones; the next run uses them by itself. If they were right"
        f" all along: {decide}.",
    )  # fmt: skip
