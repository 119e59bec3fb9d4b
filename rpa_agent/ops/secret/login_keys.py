"""Where the key of saved logins comes from: a setting, a file, the keyring, or a file of this person's own, made once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rpa_agent.domain.errors import SettingsInvalid
from rpa_agent.store.sealed import Keys, new_key
from rpa_agent.store.text_files import write_bytes_atomically

if TYPE_CHECKING:
    from ..settings import Settings

NAME = "state_key"  # in the keyring
_LARGEST = 64 * 1024


def own_key_file(settings: Settings) -> Path:
    """Return the file that a key is made in where nothing else is said: outside of project and state folder, so that a
    copy of those holds the lock without the key."""
    return settings.own_folder / "state.key"


def key_source(settings: Settings) -> str:
    """Return in words where the key comes from, or would be made."""
    if settings.state_key is not None:
        return "RPA_STATE_KEY"
    return str(settings.state_key_file or own_key_file(settings))


def has_key(settings: Settings) -> bool:
    """Tell whether a key is at hand, without asking the keyring and without making one."""
    return settings.state_key is not None or settings.state_key_file is not None or own_key_file(settings).exists()


def login_keys(settings: Settings) -> Keys:
    """Return the keys, the one to seal with first; makes one where there is none yet.

    In this order: the setting ``state_key``, the file ``state_key_file``, this person's own file, the keyring. Raises
    SettingsInvalid for a key that is none or a file that cannot be read, StoreReadOnly where none can be made.
    """
    if settings.state_key is not None:
        return _keys(settings.state_key.get_secret_value(), "RPA_STATE_KEY")
    if settings.state_key_file is not None:
        return _keys(_text(settings.state_key_file), str(settings.state_key_file))
    own = own_key_file(settings)
    if own.exists():
        return _keys(_text(own), str(own))
    if settings.keyring and (kept := _from_keyring()):
        return _keys(kept, "the keyring")
    write_bytes_atomically(own, new_key() + b"\n", private=True)
    return _keys(_text(own), str(own))  # as it stands there: another process may have been quicker


def _keys(text: str, where: str) -> Keys:
    return Keys.of([part for part in re.split(r"[\s,]+", text) if part], where=where)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as f:
            return f.read(_LARGEST).decode("ascii")
    except OSError as e:
        raise SettingsInvalid(f"the key of saved logins cannot be read: {e.strerror}", where=str(path)) from e
    except UnicodeDecodeError:
        raise SettingsInvalid("this file holds no key of saved logins", where=str(path)) from None


def _from_keyring() -> str | None:
    from .vaults import Keyring

    held = Keyring().get(NAME)
    return held.get_secret_value() if held else None
