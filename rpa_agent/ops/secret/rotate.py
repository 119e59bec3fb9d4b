"""A new key for an old one: the key of saved logins, with all that it seals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ...domain.errors import SealBroken, SettingsInvalid
from ...store.sealed import Keys, new_key, reseal
from ...store.text_files import write_atomically
from .login_keys import NAME, key_source, login_keys, own_key_file
from .vaults import Keyring

if TYPE_CHECKING:
    from ..settings import Settings


def rotate_login_key(settings: Settings) -> tuple[str, int, list[str]]:
    """Seal every saved login with a new key; return where the key is kept, how many logins were sealed anew, and those
    that no key opened, which are left as they are.

    The new key is written before the old one, and the old one goes when nothing needs it: an interruption at any point
    leaves all logins readable, and the next rotation ends what this one began. Raises SettingsInvalid where the key is
    kept in the environment and no new one stands before the old.
    """
    keys = login_keys(settings)
    place = key_source(settings)
    if settings.state_key is not None:
        if len(keys.texts) < 2:
            raise SettingsInvalid(
                "RPA_STATE_KEY holds one key, and the environment cannot be written from here; nothing was changed",
                where=place, do="Put a new key before it, with a comma between, and say this again; then take the old one away.",
            )  # fmt: skip
        done, broken = _reseal_all(settings.logins, keys)
        return place, done, broken
    fresh = Keys.of([new_key(), *keys.texts], where=place)
    file = settings.state_key_file or own_key_file(settings)
    in_keyring = settings.state_key_file is None and not file.exists()
    _keep(fresh.texts, None if in_keyring else file)
    done, broken = _reseal_all(settings.logins, fresh)
    _keep(fresh.texts[:1], None if in_keyring else file)
    return Keyring.words if in_keyring else str(file), done, broken


def _keep(texts: tuple[bytes, ...], file: Path | None) -> None:
    kept = b"\n".join(texts).decode()
    if file is None:
        Keyring().put(NAME, SecretStr(kept))
    else:
        write_atomically(file, kept + "\n", private=True)


def _reseal_all(folder: Path, keys: Keys) -> tuple[int, list[str]]:
    done, broken = 0, []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else ():
        try:
            reseal(path, keys)
            done += 1
        except SealBroken as e:
            broken.append(e.message)
    return done, broken
