"""Saved logins: what a login left in the browser, sealed on disk for one account at one host, and at hand for a batch."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loguru import logger

from ..domain.account import Account
from ..domain.errors import SealBroken, SettingsInvalid, StoreReadOnly
from ..ops.secret.login_keys import login_keys
from ..ops.settings import Settings
from ..store.sealed import seal, unseal

VERSION = 1
LEAST_TOKEN, _LONGEST_TOKEN = 12, 8192  # shorter values let nobody in, and stand in many texts
_DEEPEST = 20  # what is deeper is no token that a page would find
_NONE = (0, 0)  # the stamp of a file that is not there
PROVEN_S = 30.0  # for how long a session that was just in use needs no proof: rows follow each other in seconds


@dataclass
class _Known:
    state: dict[str, Any]
    proven: float = 0.0
    stamp: tuple[int, int] = _NONE  # the file it came from: another process may have logged in since


@dataclass
class SavedLogins:
    """The saved logins of one state folder."""

    settings: Settings
    _known: dict[str, _Known] = field(default_factory=dict)

    def path(self, account: Account) -> Path:
        return self.settings.logins / f"{account.name}.sealed"

    async def get(self, account: Account) -> dict[str, Any] | None:
        """Return the saved login; None where there is none, or none that opens, which is logged and left as it is."""
        known, stamp = self._known.get(account.name), _stamp(self.path(account))
        if known is not None and known.stamp == stamp:
            return known.state
        if known is not None and known.stamp != _NONE and stamp == _NONE:
            del self._known[account.name]  # a person took it away
            return None
        try:
            state = await asyncio.to_thread(self._read, account)
        except (SealBroken, SettingsInvalid, StoreReadOnly) as e:
            logger.warning("account {}: the saved login is not used: {}. {}", account.name, e.message, e.remedy)
            state = None
        if state is None:
            return known.state if known is not None else None
        self._known[account.name] = _Known(state, stamp=stamp)
        return state

    def require_opens(self, account: Account) -> None:
        """Look whether the saved login, if any, can be used; raises SealBroken, and SettingsInvalid for a key that is none."""
        self._read(account)

    def _read(self, account: Account) -> dict[str, Any] | None:
        path = self.path(account)
        if not path.exists():
            return None  # so that no key is made for nothing
        held = unseal(path, login_keys(self.settings), account=account.name, host=account.host())
        if not isinstance(held, dict) or held.get("version") != VERSION:
            raise SealBroken(f"{path.name} was saved by another version", where=str(path))
        state: dict[str, Any] = held["state"]
        return state

    async def keep(self, account: Account, state: Mapping[str, Any]) -> bool:
        """Keep a login that works; return False, with a warning, where it could only be kept for this process."""
        kept = _Known(dict(state), proven=time.monotonic())
        self._known[account.name] = kept
        try:
            await asyncio.to_thread(self._write, account, state)
        except (SettingsInvalid, StoreReadOnly) as e:
            logger.warning("account {}: the login is not saved: {}. {}", account.name, e.message, e.remedy)
            kept.stamp = _stamp(self.path(account))
            return False
        kept.stamp = _stamp(self.path(account))
        return True

    def _write(self, account: Account, state: Mapping[str, Any]) -> None:
        path = self.path(account)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"version": VERSION, "state": dict(state)}
        seal(path, content, login_keys(self.settings), account=account.name, host=account.host())

    def forget(self, account: Account) -> None:
        """Take away a login that is over."""
        self._known.pop(account.name, None)
        self.path(account).unlink(missing_ok=True)

    def is_proven(self, account: Account) -> bool:
        """Tell whether the session was seen alive a moment ago."""
        known = self._known.get(account.name)
        return known is not None and known.proven > 0 and time.monotonic() - known.proven < PROVEN_S

    def prove(self, account: Account) -> None:
        if (known := self._known.get(account.name)) is not None:
            known.proven = time.monotonic()

    def doubt(self, account: Account) -> None:
        if (known := self._known.get(account.name)) is not None:
            known.proven = 0.0


def _stamp(path: Path) -> tuple[int, int]:
    try:
        seen = path.stat()
    except OSError:
        return _NONE
    return seen.st_mtime_ns, seen.st_size


def tokens_in(state: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what in a saved login could let somebody in, and must be written nowhere in clear.

    Scripts keep tokens inside of other things: a JSON text in localStorage, an object in IndexedDB. A page sends them
    alone, so each text inside counts by itself.
    """
    held: list[Any] = [cookie.get("value", "") for cookie in state.get("cookies", ())]
    for origin in state.get("origins", ()):
        held += [item.get("value", "") for item in origin.get("localStorage", ())]
        held += [_values_in(base) for base in origin.get("indexedDB", ())]
    held += [list(items.values()) for items in state.get("session_storage", {}).values()]
    return tuple(dict.fromkeys(v for one in held for v in _texts(one) if LEAST_TOKEN <= len(v) <= _LONGEST_TOKEN))


def _values_in(base: Mapping[str, Any]) -> list[Any]:
    """Return what the records of one IndexedDB hold; names of stores and of indexes let nobody in."""
    return [record for store in base.get("stores", ()) for record in store.get("records", ())]


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield every text in a value, and those in a text that is JSON itself."""
    if isinstance(value, Mapping | list) and depth < _DEEPEST:
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner, depth + 1)
    elif isinstance(value, str):
        yield value
        if value[:1] in {"{", "[", '"'}:
            try:
                inner = json.loads(value)
            except (ValueError, RecursionError):
                return
            yield from _texts(inner, depth + 1) if inner != value else ()
