"""Who names a secret, and where procedures type it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .accounts import valid_accounts
from .place import WorkflowFiles

if TYPE_CHECKING:
    from ..domain.binding import Binding
    from ..ops.settings import Settings


def users_of(settings: Settings) -> dict[str, list[str]]:
    """Return by secret which workflows and accounts name it."""
    users: dict[str, list[str]] = {}
    for name, workflow in WorkflowFiles(settings).valid().items():
        for secret in workflow.secrets:
            users.setdefault(secret, []).append(name)
    for account in valid_accounts(settings):
        for secret in account.secrets.values():
            users.setdefault(secret, []).append(f"account {account.name}")
    return users


async def bound_to(settings: Settings) -> dict[str, list[tuple[str, Binding]]]:
    """Return by secret where procedures type it: the origin, and what is known of the field."""
    from ..domain.binding import BASE, bindings
    from ..memory import Memory

    found: dict[str, list[tuple[str, Binding]]] = {}
    if not settings.memory.exists():
        return found
    async with Memory.open(settings.memory, seed=settings.seed) as memory:
        for filed, site, base, names in _procedures(settings):
            for version in (await memory.known(site=site, workflow=filed))[:1]:
                for role, places in bindings(version.document.steps, version.document.pages).items():
                    doors = [(base if b.origin == BASE else b.origin, b) for b in places]
                    known = found.setdefault(names.get(role, role), [])
                    known.extend(door for door in doors if door not in known)
    return found


def _procedures(settings: Settings) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
    """Yield what procedures are filed under, site, origin, and which secrets they know by another name."""
    from ..domain.account import login_name

    for workflow in WorkflowFiles(settings).valid().values():
        base = settings.base_url_for(workflow.name) or workflow.base_url
        yield workflow.name, workflow.site_name(), base, {}
    for account in valid_accounts(settings):
        yield login_name(account.name), account.site_name(), account.base_url, account.secrets


def told(places: Sequence[tuple[str, Binding]]) -> list[str]:
    return [f"{at}{bound.path}, {bound.field}" for at, bound in places]


def several(places: Sequence[tuple[str, Binding]]) -> str:
    """Return a warning where one value opens more than one door."""
    origins = sorted({at for at, _ in places})
    return f"is typed at {len(origins)} origins ({', '.join(origins)}): each of them learns it" if len(origins) > 1 else ""
