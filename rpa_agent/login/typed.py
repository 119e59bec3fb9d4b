"""What a login types: secrets by the names its procedure knows them by, and one-time codes at the right moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from ..browser.words import server_time
from ..domain.account import Account
from ..domain.errors import LoginNeeded, SecretMissing
from ..ops.accounts import Accounts
from ..ops.secret.totp import Seed, clock_differs

if TYPE_CHECKING:
    from ..browser.page import LivePage
    from ..domain.ports import Secrets
    from ..ops.clock import Clock


class TypedSecrets:
    """Implements ports.Secrets for a login procedure. ``typed`` are the names whose values were asked for."""

    def __init__(self, account: Account, secrets: Secrets, *, accounts: Accounts, clock: Clock) -> None:
        self._account, self._secrets, self._accounts, self._clock = account, secrets, accounts, clock
        self._code = ""
        self._hidden: list[Callable[[], None]] = []
        self.typed: list[str] = []
        self.stopped: LoginNeeded | None = None
        self.page: LivePage | None = None

    def names(self) -> Sequence[str]:
        return tuple(self._account.secrets)

    def reveal(self, name: str) -> str:
        """Return a value for the keystroke; a one-time code once, after `ready`. Raises SecretMissing."""
        if name not in self._account.secrets:
            raise SecretMissing(
                f"the account {self._account.name} has no secret for {name!r}; nothing was typed", where=name,
                do=f"Name it under `secrets:` in accounts/{self._account.name}.yaml.",
            )  # fmt: skip
        self.typed.append(name)
        if name == self._account.totp:
            code, self._code = self._code, ""
            if not code:
                raise LoginNeeded(f"the account {self._account.name}: a one-time code is typed once only", where=name)
            self.also_hide(code)
            return code
        return self._secrets.reveal(self._account.secrets[name])

    def redactions(self) -> Sequence[str]:
        """Return every text that must never be written."""
        return self._secrets.redactions()

    def hide(self, text: str, *, but: Collection[str] = ()) -> str:
        """Return a text with every secret replaced, and every one-time code that was typed."""
        return self._secrets.hide(text, but=but)

    def also_hide(self, *texts: str) -> Callable[[], None]:
        """Hide more texts wherever something is written, until `forget`."""
        self._hidden.append(forget := self._secrets.also_hide(*texts))
        return forget

    def forget(self) -> None:
        """The login is over: a code is an ordinary number again, and a session is hidden by whoever uses it."""
        while self._hidden:
            self._hidden.pop()()

    async def all(self) -> dict[str, str]:
        """Return every value, so that what is missing is told before anything is opened; raises SecretMissing, and
        SettingsInvalid for a seed that is none."""
        held = {}
        for role, name in self._account.secrets.items():
            held[role] = await asyncio.to_thread(self._secrets.reveal, name)
            if role == self._account.totp:
                Seed.of(held[role], where=name)
        return held

    async def ready(self, name: str) -> None:
        """Before the keystroke: wait for a code that is neither used nor about to end; raises LoginNeeded where the two
        clocks differ so much that every code would be refused. ``stopped`` keeps it: no secret was at fault then."""
        if name != self._account.totp:
            return
        try:
            await self._code_ready(name)
        except LoginNeeded as e:
            self.stopped = e
            raise

    async def _code_ready(self, name: str) -> None:
        if self.page is not None and (there := await server_time(self.page)) is not None:
            ahead = clock_differs(self._clock(), there)
            if ahead is not None:
                way = "ahead of" if ahead > 0 else "behind"
                raise LoginNeeded(
                    f"the account {self._account.name}: this machine's clock is {abs(ahead):.0f} s {way} the site's, and every"
                    " one-time code would be refused; no code was typed",
                    where=self._account.name, do="Set the clock, best by a time server (NTP).",
                )  # fmt: skip
        source = self._account.secrets[name]
        seed = Seed.of(await asyncio.to_thread(self._secrets.reveal, source), where=source)
        for _ in range(3):
            now = self._clock()
            last = (await self._accounts.get(self._account.name)).slot
            if wait := seed.wait(now, last_slot=last):
                await asyncio.sleep(wait + 0.05)  # what is waited for is the clock's next period itself
            elif await self._accounts.use_slot(self._account.name, seed.slot(now)):
                self._code = seed.code(now)
                return
        raise LoginNeeded(
            f"the account {self._account.name} used a code of a time that is still to come; no code was typed",
            where=self._account.name, do="The clock was set back. Set it right, and wait until that time has passed.",
        )  # fmt: skip
