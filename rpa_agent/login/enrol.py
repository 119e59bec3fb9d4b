"""A new account: its login is remembered, proved by one replay, and given the quickest probe that can tell in from out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..browser.fetch import asked
from ..domain.account import Account, AccountProbe, login_name
from ..domain.errors import AccountInvalid
from ..domain.ports import Secrets
from ..domain.procedure import Version
from ..domain.workflow import HttpCheck
from .door import Door
from .opened import House, account_page
from .perform import Approve, Done
from .probe import SENT_AWAY, is_alive
from .shown import ShownLogin, probes_for

if TYPE_CHECKING:
    from . import Logins


@dataclass(frozen=True)
class Enrolled:
    """An account that works: its file's content, the version that logs in, and whether the login could be saved."""

    account: Account
    version: Version
    done: Done
    saved: bool


async def enrol(
    logins: Logins, house: House, shown: ShownLogin, secrets: Secrets, *, approve: Approve | None = None
) -> Enrolled:
    """Remember a login that was shown and do it once. The account must be held.

    Raises AccountInvalid where nothing tells whether somebody is logged in, and what logging in raises; the procedure is
    remembered all the same.
    """
    version = await house.memory.add(shown.procedure, workflow=login_name(shown.account.name), author="recording")
    path = shown.account.probe.open or "/"
    outside, plain_out = await _telling(house, shown, secrets, path)
    if not outside:
        raise AccountInvalid(
            f"the page {path} looks the same without a login; nothing tells whether somebody is logged in",
            where=shown.account.name, do="Show the login again, and end on a page that only shows after it.",
        )  # fmt: skip
    account = shown.account.but(probe=outside[0])
    if shown.slot is not None:
        await house.office.accounts.use_slot(account.name, shown.slot)
    held = {role: secrets.reveal(name) for role, name in account.secrets.items()}
    await Door(house, account, version.document, held).was_shown()
    done, saved = await logins.log_in(account, secrets, approve=approve)
    quickest = await _quickest(house, account, secrets, done.state, plain_out)
    return Enrolled(account.but(probe=quickest or outside[0]), version, done, saved)


async def _quickest(
    house: House, account: Account, secrets: Secrets, state: dict[str, Any], plain_out: int
) -> AccountProbe | None:
    """Return a probe that opens no page: where a mere GET is answered otherwise without a login, and cookies are all that
    the login consists of."""
    path = account.probe.open or "/"
    if plain_out not in SENT_AWAY:
        return None
    cookies_only = state | {"origins": [], "session_storage": {}}
    async with account_page(house, account, secrets, cookies_only) as page:
        status, _ = await asked(page.page.context, account.base_url, path)
        enough = status == 200 and await is_alive(page, account)
    return AccountProbe(http=HttpCheck(get=path, status=200)) if enough else None


async def _telling(house: House, shown: ShownLogin, secrets: Secrets, path: str) -> tuple[list[AccountProbe], int]:
    """Return the probes that say no where nobody is logged in, and what a mere GET is answered there."""
    async with account_page(house, shown.account, secrets, None) as page:
        status, _ = await asked(page.page.context, shown.account.base_url, path)
        return [p for p in probes_for(shown) if not await is_alive(page, shown.account.but(probe=p))], status
