"""LOGIN: a run's browser is logged in as its account before the first step, and again where the session ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from loguru import logger

from ..browser.page import LivePage
from ..browser.storage import storage_of
from ..domain.account import Account
from ..domain.errors import (
    BrowserGone,
    LoginNeeded,
    NeedsPerson,
    NoProcedure,
    PageGone,
    RpaAgentError,
    SecretMissing,
    SiteUnreachable,
    WorkflowInvalid,
)
from ..domain.gate import only_reads
from ..domain.ports import Action, PageAtHand, Secrets
from ..domain.procedure import Procedure
from ..domain.urls import origin
from ..domain.workflow import Workflow
from ..retrieve import document_to_run, retrieve_login
from .opened import House, account_page
from .perform import Approve, Done, Login
from .probe import SETTLE_S, answers_alive, is_alive, login_shown
from .saved import SavedLogins, tokens_in

if TYPE_CHECKING:
    from ..browser.session import BrowserContext

__all__ = ["Approve", "Done", "House", "Logins", "Session"]

LENT_S = 60.0  # how long a person who wants to show or watch something waits for a run that uses the account


class Logins:
    """The logins of one agent: what one run of an account finds, the next one uses."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.saved = SavedLogins(house.settings)

    @asynccontextmanager
    async def session(
        self, account: Account, secrets: Secrets, *, run: str, base_url: str, of: Workflow
    ) -> AsyncIterator[Session]:
        """Hold an account for one run and open a browser context that is logged in.

        Raises LoginNeeded where the account is paused, stays taken, belongs to another site, or cannot log in;
        SecretMissing, AccountInvalid, NoProcedure, SiteUnreachable.
        """
        _require_same_site(account, base_url)
        held = self._house.office.accounts.held(account.name, run=run, seconds=of.budget.minutes * 60)
        async with held, AsyncExitStack() as stack:
            session = Session(self, self._house, account, secrets, stack, (*account.allow, *of.allow))
            await session.begin()
            yield session
            await session.keep()

    def require_no_login_inside(self, account: Account, document: Procedure) -> None:
        """Raise WorkflowInvalid where a procedure types a login of its own: its run begins logged in, and would look for
        fields that are not there."""
        for step in document.steps:
            hidden = step.target is not None and any(v.fingerprint.type == "password" for v in step.target.variants)
            if hidden and "secrets." in (step.value or ""):
                raise WorkflowInvalid(
                    f"the workflow names the account {account.name}, and its procedure logs in by itself", where=account.name,
                    do="Take `account:` out, or show the work again with `rpa record NAME --account "
                    f"{account.name}`, which begins logged in.",
                )  # fmt: skip

    @asynccontextmanager
    async def lent(self, account: Account, secrets: Secrets, *, run: str, base_url: str) -> AsyncIterator[dict[str, Any]]:
        """Hold an account and give its login to a browser that is not an agent's run; raises as `session` does."""
        _require_same_site(account, base_url)
        async with self._house.office.accounts.held(account.name, run=run, seconds=LENT_S):
            state = await self.state(account, secrets)
            forget = secrets.also_hide(*tokens_in(state))
            try:
                yield state
            finally:
                forget()

    async def state(self, account: Account, secrets: Secrets) -> dict[str, Any]:
        """Return a login that works, for a browser that is not an agent's run. The account must be held."""
        async with AsyncExitStack() as stack:
            session = Session(self, self._house, account, secrets, stack, account.allow)
            await session.begin()
            return await storage_of(session.page)

    async def log_in(self, account: Account, secrets: Secrets, *, approve: Approve | None = None) -> tuple[Done, bool]:
        """Log in anew and keep what it left; return that, and whether it could be saved. The account must be held."""
        done = await Login(self._house, account, secrets, approve=approve).perform()
        return done, await self.saved.keep(account, done.state)


def _require_same_site(account: Account, base_url: str) -> None:
    if origin(base_url) != account.base_url:
        raise LoginNeeded(
            f"the account {account.name} belongs to {account.base_url}, and this run is for {origin(base_url)};"
            " nothing was typed", where=account.name,
            do="Use an account of that site, or correct `base_url` in the account's file.",
        )  # fmt: skip


class Session:
    """Implements ports.LoginKeeper: one run's browser context, logged in. ``page`` is the one at hand."""

    page: LivePage

    def __init__(
        self,
        logins: Logins,
        house: House,
        account: Account,
        secrets: Secrets,
        stack: AsyncExitStack,
        allow: tuple[str, ...],
    ) -> None:
        self._logins, self._house, self._account, self._secrets = logins, house, account, secrets
        self._stack, self._allow = stack, allow
        self._context = AsyncExitStack()
        self._pages: tuple[str, ...] | None = None  # where the login is typed, once that is asked
        self._leaving: Callable[[], Awaitable[None]] | None = None
        self._arrived: Callable[[BrowserContext], Awaitable[None]] | None = None

    def followed_by(
        self, leaving: Callable[[], Awaitable[None]], arrived: Callable[[BrowserContext], Awaitable[None]]
    ) -> None:
        """Tell before a context is closed and after another is open: a trace belongs to one of them."""
        self._leaving, self._arrived = leaving, arrived

    async def begin(self) -> None:
        """Open the run's page with the saved login, proved; log in where there is none that works."""
        await self._stack.enter_async_context(self._context)
        saved = self._logins.saved
        state = await saved.get(self._account)
        if state is not None:
            await self._open(state)
            if saved.is_proven(self._account) or await is_alive(self.page, self._account):
                saved.prove(self._account)
                return
        await self._open(await self._fresh(state))

    async def renew(self) -> PageAtHand:
        """Log in again; the context before is closed, and with it whatever stood in its tabs."""
        self._logins.saved.doubt(self._account)
        await self._open(await self._fresh(await self._logins.saved.get(self._account)))
        return self.page

    async def _fresh(self, known: dict[str, Any] | None) -> dict[str, Any]:
        login = Login(self._house, self._account, self._secrets)
        if (state := await login.still_known(known)) is not None:
            await self._logins.saved.keep(self._account, state)
            return state
        done, _ = await self._logins.log_in(self._account, self._secrets)
        return done.state

    async def _open(self, state: dict[str, Any]) -> None:
        if self._leaving is not None:
            await self._leaving()
        await self._context.aclose()
        opened = account_page(
            self._house, self._account, self._secrets, state, logging_in=False, allow=self._allow
        )
        self.page = await self._context.enter_async_context(opened)
        self._stack.callback(self._secrets.also_hide(*tokens_in(state)))
        if self._arrived is not None:
            await self._arrived(self.page.page.context)

    async def keep(self) -> None:
        """Keep what the session became: some sites give out new tokens all the time, and take the old ones once."""
        try:
            state = await storage_of(self.page)
        except RpaAgentError:
            return  # a browser that is gone has nothing to keep
        if state != await self._logins.saved.get(self._account):
            await self._logins.saved.keep(self._account, state)

    async def seen_again(self, page: LivePage) -> LivePage | None:
        """After the last step: where the session ended since, log in again and return the same address, only to be read;
        None where the session lives, nobody could log in, or the page at hand is the login's own: what stood there is not
        known.
        """
        url = page.url
        try:
            if not await self.lost(page) or await login_shown(page, self._account, await self._typed_on()):
                return None
            await self.renew()
            await self.page.ask_before_sending(only_reads, reads=(), values={})
            await self.page.act(Action(kind="goto", value=url), None)
            await self.page.settle(SETTLE_S)
        except (NeedsPerson, SecretMissing, SiteUnreachable, PageGone, BrowserGone) as e:
            logger.warning("account {}: what was done could not be looked at again: {}", self._account.name, e.message)
            return None
        return self.page

    async def lost(self, page: PageAtHand) -> str:
        """Return in words how the page at hand shows that nobody is logged in; empty where it does not."""
        if shown := await login_shown(page, self._account, await self._typed_on()):
            return shown
        try:
            alive = await answers_alive(self.page, self._account)
        except SiteUnreachable:
            return ""  # then that is what is wrong
        return "the site answers that nobody is logged in" if alive is False else ""

    async def alive(self, page: PageAtHand) -> bool:
        """Tell whether somebody is logged in, asked beside the page; True where that cannot be asked."""
        try:
            return await answers_alive(self.page, self._account) is not False
        except SiteUnreachable:
            return True  # the commit itself will meet it, and is journaled

    async def _typed_on(self) -> tuple[str, ...]:
        if self._pages is None:
            try:
                self._pages = _pages_of(document_to_run(await retrieve_login(self._account, self._house.memory)).document)
            except NoProcedure:
                self._pages = ()
        return self._pages


def _pages_of(document: Procedure) -> tuple[str, ...]:
    """Return the templates of the pages that a login types its secrets on."""
    names = {s.target.page for s in document.steps if s.target and s.value and "secrets." in s.value}
    return tuple(page.template for name, page in document.pages.items() if name in names)
