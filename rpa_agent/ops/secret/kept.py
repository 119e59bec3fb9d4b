"""The places where one secret is kept and that can be written here: for a new value, or for none any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ...domain.errors import SecretMissing, SettingsInvalid
from ...store.text_files import write_atomically
from .secrets import FOLDER, PREFIX, environment, read_env_file, take_from_env_file, write_env_file
from .vaults import Keyring

if TYPE_CHECKING:
    from .vaults import Vault


@dataclass(frozen=True)
class Kept:
    """Where the secret ``name`` is kept: in an env file, as mounted files, in the keyring."""

    name: str
    file: Path | None
    mounted: tuple[Path, ...]
    keyring: Keyring | None

    def put(self, value: SecretStr) -> list[str]:
        """Put a new value into each place, each in one step; return the places in words."""
        text = value.get_secret_value()
        if self.file is not None:
            write_env_file(self.file, {self.name: text})
        for path in self.mounted:
            write_atomically(path, text, private=True)
        if self.keyring is not None:
            self.keyring.put(self.name, value)
        return self._words()

    def remove(self) -> list[str]:
        """Take the value out of each place; return the places in words. Raises SettingsInvalid."""
        if self.file is not None:
            take_from_env_file(self.file, self.name)
        for path in self.mounted:
            try:
                path.unlink()
            except OSError as e:
                raise SettingsInvalid(f"{path} cannot be taken away: {e.strerror}", where=str(path)) from e
        if self.keyring is not None:
            self.keyring.remove(self.name)
        return self._words()

    def _words(self) -> list[str]:
        files = [str(path) for path in (self.file, *self.mounted) if path is not None]
        return [*files, Keyring.words] if self.keyring is not None else files


def kept(
    name: str, *, env_file: Path | None = None, environ: Mapping[str, str] | None = None, vaults: list[Vault]
) -> Kept:
    """Return where a secret is kept.

    Raises SettingsInvalid where the value that counts is kept where this command cannot write; SecretMissing where there is
    none.
    """
    environ = environment() if environ is None else environ
    variable = f"{PREFIX}{name.upper()}"
    if environ.get(variable):
        raise SettingsInvalid(
            f"{variable} is set in the environment, and comes before every other place; nothing was changed",
            where=variable, do="Change it where it is set: in the shell, the service's unit or the container.",
        )  # fmt: skip
    in_file = env_file is not None and bool(read_env_file(env_file).get(variable))
    mounted = tuple(p for p in _files(environ.get(FOLDER)) if p.name.removeprefix(PREFIX).casefold() == name)
    keyring: Keyring | None = None
    for vault in vaults:
        if vault.get(name) is None:
            continue
        if not isinstance(vault, Keyring):
            raise SettingsInvalid(
                f"{name!r} comes from {vault.words}; nothing was changed", where=name, do="Change it there."
            )
        keyring = vault
    if not (in_file or mounted or keyring):
        raise SecretMissing(
            f"the secret {name!r} is kept in no place that was named; nothing was changed",
            do=f"Name its file with --env-file, or keep it with `rpa secret set {name}`.", where=name,
        )  # fmt: skip
    return Kept(name, env_file if in_file else None, mounted, keyring)


def _files(folder: str | None) -> list[Path]:
    place = Path(folder) if folder else None
    return [p for p in sorted(place.iterdir()) if p.is_file()] if place is not None and place.is_dir() else []
