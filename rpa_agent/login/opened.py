"""A page of an account's site in a browser context of its own; what logging in needs of the agent that does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ..browser.page import LivePage
from ..browser.session import open_context
from ..browser.storage import for_context, put_back
from ..domain.account import Account
from ..domain.hosts import allowed_hosts
from ..domain.ports import Secrets

if TYPE_CHECKING:
    from ..browser.session import Browser
    from ..memory import Memory
    from ..ops.office import Office
    from ..ops.settings import Settings


class House(Protocol):
    """What a login needs of the agent that does it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def memory(self) -> Memory: ...

    @property
    def office(self) -> Office: ...

    async def browser(self) -> Browser: ...


@asynccontextmanager
async def account_page(
    house: House,
    account: Account,
    secrets: Secrets,
    state: Mapping[str, Any] | None,
    *,
    logging_in: bool = True,
    allow: tuple[str, ...] = (),
) -> AsyncIterator[LivePage]:
    """Open an empty page with a saved login, if any. The login's own hosts are allowed only while ``logging_in``."""
    stored = for_context(state) if state is not None else None
    hosts = allowed_hosts(account.base_url, (*account.allow, *allow, *(account.allow_login if logging_in else ())))
    async with open_context(await house.browser(), storage_state=stored, allowed=hosts) as context:
        tab = await context.new_page()
        if state is not None:
            await put_back(tab, state)
        yield await LivePage.open(tab, base=account.base_url, secrets=secrets)
