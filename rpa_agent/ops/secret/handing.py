"""Where secrets go that were typed in a demonstration: a place is proved before anybody shows anything, and used after."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from ...domain.errors import SettingsInvalid
from .secrets import read_env_file, write_env_file
from .vaults import Keyring

NOWHERE, KEYRING = "none", "keyring"
_FILE = "Name a file with --secrets-to FILE, which a run reads with --env-file FILE."


def require_place(to: str, *, keyring: bool) -> None:
    """Raise SettingsInvalid where secrets could not be kept, or would not be found by a run; ``keyring`` is the setting."""
    if to == NOWHERE:
        return
    if to == KEYRING:
        if not keyring:
            raise SettingsInvalid(
                "the keyring is left out by the setting `keyring`, and nothing kept there would be found; nothing was shown yet",
                where="keyring", do=_FILE,
            )  # fmt: skip
        if not Keyring().available():
            raise SettingsInvalid("this system has no keyring that works; nothing was shown yet", where=Keyring.words, do=_FILE)
        return
    path = Path(to).expanduser().resolve()
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        why = "is a folder" if path.is_dir() else "lies in a folder that is not there, or that nothing can be written to"
        raise SettingsInvalid(f"{path} {why}; nothing was shown yet", where=str(path), do="Name another file.")
    if path.exists():
        read_env_file(path)  # what stands there already must stay, and be read again


def hand_over(secrets: Mapping[str, str], to: str) -> list[Path]:
    """Put the secrets where they were asked to go; return the file, if it is one."""
    known = {n: v for n, v in secrets.items() if v}
    if to == KEYRING:
        for name, value in known.items():
            Keyring().put(name, SecretStr(value))
        return []
    path = Path(to).expanduser()
    write_env_file(path, known)
    return [path]
