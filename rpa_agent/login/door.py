"""The door of a site, where an account's login is typed: by one at a time, and never what was refused there before.

Others may type the same login under other names: another account, a workflow that logs in by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from typing import Self

from ..domain.account import Account, login_name
from ..domain.binding import TypedLogin, typed_logins
from ..domain.procedure import Procedure
from ..ops.process.turn import Turn
from ..ops.refusals import login_turn, no_turn
from .opened import House


class Door:
    """The door for one login of an account: entered, nobody else types anything there until it is ``answered``.

    ``held`` are the values of its secrets by the names that its procedure knows them by. To enter raises LoginNeeded where
    another run does not get on there, or where the site refused this very login, whoever typed it.
    """

    def __init__(
        self, house: House, account: Account, document: Procedure, held: Mapping[str, str], *, run: str = "", seconds: float = 0.0
    ) -> None:
        self._house, self._account, self._run, self._seconds = house, account, run, seconds
        self._name, self._refusals = login_name(account.name), house.office.refusals
        self._values = {secret: held[role] for role, secret in account.secrets.items()}
        typed = typed_logins(document.steps, document.pages, account.base_url)  # a code is no password, and typed once anyway
        named = [_called(login, account) for login in typed if login.names[-1] != account.totp]
        self._logins = [login for login in named if self._values.keys() >= set(login.names)]  # what is missing is told later
        self._turns: list[Turn] = []

    async def __aenter__(self) -> Self:
        with ExitStack() as unless_entered:
            unless_entered.callback(self.answered)
            for at in sorted({login.at for login in self._logins}):  # all wait in one order, so that nobody waits for ever
                turn = login_turn(self._house.settings.state, at)
                if not await turn.come(self._run, seconds=self._seconds):
                    raise no_turn(turn, at, where=self._account.name)
                self._turns.append(turn)
            if await self._refusals.any():
                await self._refusals.require_untried(self._logins, values=self._values, run=self._name)
            unless_entered.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.answered()

    def answered(self) -> None:
        """The site has said how it takes the login: the next one may type."""
        while self._turns:
            self._turns.pop().give_back()

    async def refused(self, roles: Collection[str]) -> None:
        """Keep that the site refused the login, as far as it was typed."""
        typed = {self._account.secrets[role] for role in roles}
        logins = [login for login in self._logins if login.names[-1] in typed]
        await self._refusals.note(logins, values=self._values, by=self._name, run=self._name)

    async def works(self) -> None:
        """Forget what was refused before: a login of this account works."""
        await self._refusals.forget(by=self._name)

    async def was_shown(self) -> None:
        """A person has just come in with this very login."""
        await self._refusals.let_in(self._logins, values=self._values)


def _called(login: TypedLogin, account: Account) -> TypedLogin:
    """Return a login with its secrets called as people know them, without a code."""
    return login.but(names=tuple(account.secrets.get(name, name) for name in login.names if name != account.totp))
