"""New values for old ones: a secret wherever it is kept, and the key of saved logins with all that it seals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ...domain.errors import SealBroken, SecretMissing, SettingsInvalid
from ...store.sealed import Keys, new_key, reseal
from ...store.text_files import write_atomically
from .login_keys import NAME, key_source, login_keys, own_key_file
from .secrets import FOLDER, PREFIX, environment, read_env_file, write_env_file
from .vaults import Keyring

if TYPE_CHECKING:
    from ..settings import Settings
    from .vaults import Vault


def rotate_secret(
    name: str, value: SecretStr, *, env_file: Path | None = None, environ: Mapping[str, str] | None = None,
    vaults: list[Vault],
) -> list[str]:
    """Put a new value wherever the old one is kept, each place in one step; return the places in words.

    Raises SettingsInvalid, with nothing changed, where the value that counts is kept where this command cannot write;
    SecretMissing where there is none.
    """
    environ = environment() if environ is None else environ
    variable, text = f"{PREFIX}{name.upper()}", value.get_secret_value()
    if environ.get(variable):
        raise SettingsInvalid(
            f"{variable} is set in the environment, and comes before every other place; nothing was changed",
            where=variable, do="Change it where it is set: in the shell, the service's unit or the container.",
        )  # fmt: skip
    in_file = env_file is not None and bool(read_env_file(env_file).get(variable))
    mounted = [p for p in _mounted(environ.get(FOLDER)) if p.name.removeprefix(PREFIX).casefold() == name]
    holding = [v for v in vaults if v.get(name) is not None]
    for vault in holding:
        if not isinstance(vault, Keyring):
            raise SettingsInvalid(
                f"{name!r} comes from {vault.words}; nothing was changed", where=name, do="Change it there."
            )
    if not (in_file or mounted or holding):
        raise SecretMissing(
            f"the secret {name!r} is kept in no place that was named; nothing was changed",
            do=f"Name its file with --env-file, or keep it with `rpa secret set {name}`.", where=name,
        )  # fmt: skip
    changed: list[str] = []
    if in_file and env_file is not None:
        write_env_file(env_file, {name: text})
        changed.append(str(env_file))
    for path in mounted:
        write_atomically(path, text, private=True)
        changed.append(str(path))
    for vault in holding:
        if isinstance(vault, Keyring):
            vault.put(name, value)
            changed.append(vault.words)
    return changed


def _mounted(folder: str | None) -> list[Path]:
    place = Path(folder) if folder else None
    return [p for p in sorted(place.iterdir()) if p.is_file()] if place is not None and place.is_dir() else []


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
