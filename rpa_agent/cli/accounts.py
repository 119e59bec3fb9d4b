"""The accounts of a project as people look at them: which there are, which is paused and why, and a saved login taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..domain.errors import AccountInvalid, SealBroken
from .out import answer, answer_items, answer_json, answer_table, say
from .place import local, office_to_read, workflows_of_account

if TYPE_CHECKING:
    from ..domain.account import Account
    from ..ops.accounts import AccountState
    from ..ops.settings import Settings


async def list_accounts(settings: Settings, *, as_json: bool) -> int:
    """Tell of every account what a person asks before the night; looking makes no files."""
    items = []
    async with office_to_read(settings) as office:
        for account in valid_accounts(settings, left_out=lambda e: say(f"left out: {e.where}: {e.message}")):
            state = await office.accounts.get(account.name) if office is not None else None
            items.append(_item(settings, account, state))
    if as_json:
        answer_items(items)
    elif not items:
        say("There is no account here yet; `rpa login ACCOUNT --url URL` shows its login once.")
    else:
        rows = [(i["account"], i["base_url"], _words(i), ", ".join(i["used_by"]) or "no workflow") for i in items]
        answer_table(rows, "account", "site", "state", "used by")
    return 0


def valid_accounts(settings: Settings, left_out: Callable[[AccountInvalid], None] | None = None) -> Iterator[Account]:
    """Yield the accounts whose files are valid; ``left_out`` is told of the others, which `rpa validate` looks at too."""
    from ..store.account_files import account_paths, read_account

    for path in account_paths(settings.accounts_dir):
        try:
            yield read_account(path)
        except AccountInvalid as e:
            if left_out is not None:
                left_out(e)


def night_before(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what about the accounts would keep a run from logging in quietly, and what to do. Raises SettingsInvalid for a key
    of saved logins that is none; nothing is made, and no site is asked."""
    from ..login.saved import SavedLogins
    from ..ops.secret.login_keys import has_key, login_keys

    problems: list[AccountInvalid] = []
    accounts = list(valid_accounts(settings, left_out=problems.append))
    if problems:
        yield f"{len(accounts)} valid, {len(problems)} not valid", "Run `rpa validate`."
    if not has_key(settings):
        return
    login_keys(settings)
    for account in accounts:
        try:
            SavedLogins(settings).require_opens(account)
        except SealBroken as e:
            yield f"the session of the account {account.name} is not used: {e.message}", "The next run logs in anew by itself."


async def paused_accounts(settings: Settings) -> list[str]:
    """Return of each paused account which it is and why."""
    async with office_to_read(settings) as office:
        states = [await office.accounts.get(a.name) for a in valid_accounts(settings)] if office is not None else []
    return [f"the account {state.name} is paused: {state.paused}" for state in states if state.paused]


def _item(settings: Settings, account: Account, state: AccountState | None) -> dict[str, Any]:
    from ..login.saved import SavedLogins

    return {
        "account": account.name,
        "base_url": account.base_url,
        "paused": (state.paused or None) if state else None,
        "paused_at": (state.paused_at or None) if state else None,
        "logged_in": (state.logged_in or None) if state else None,
        "saved": SavedLogins(settings).path(account).exists(),
        "secrets": sorted(account.secrets.values()),
        "used_by": workflows_of_account(settings, account.name),
    }


def _words(item: dict[str, Any]) -> str:
    if item["paused"]:
        return f"paused since {local(item['paused_at'])}: {item['paused']}"
    last = f"logged in {local(item['logged_in'])}" if item["logged_in"] else "never logged in"
    return f"{last}; {'its session is saved' if item['saved'] else 'no session is saved'}"


async def forget_login(settings: Settings, name: str, *, seconds: float, as_json: bool) -> int:
    """Take away what a login left, once no run uses it; the next run logs in anew."""
    from ..login.saved import SavedLogins
    from ..ops.clock import new_id
    from ..ops.office import Office
    from ..store.account_files import find_account

    account, saved = find_account(settings.accounts_dir, name), SavedLogins(settings)
    async with Office.open(settings.runs) as office, office.accounts.held(name, run=new_id(office.clock()), seconds=seconds):
        was = saved.path(account).exists()
        saved.forget(account)
    if as_json:
        answer_json({"schema": 1, "account": name, "outcome": "forgotten", "was_saved": was})
    elif was:
        answer(f"the saved login of the account {name} is gone from here; at the site it may last until you log out there")
    else:
        answer(f"no login of the account {name} was saved")
    return 0
