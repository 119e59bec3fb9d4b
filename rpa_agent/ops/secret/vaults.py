"""Places that give a secret when asked for it by name: the system's keyring, and a command of the person's own."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pydantic import SecretStr

from rpa_agent.domain.errors import SettingsInvalid

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "rpa-agent"  # under which the keyring keeps our secrets
COMMAND_S = 20.0  # how long a command may take; it may have to unlock something, and nobody is there at night
_LONGEST = 64 * 1024
_NO_KEYRING = "Set it in the environment, in an --env-file or in a mounted file, or install a keyring backend."


class Vault(Protocol):
    """Gives one secret by name, or None where it has none. ``words`` name the place for people, and ``refused`` says why it gave
    nothing when it was asked last, where that is not just that it has none."""

    words: str
    refused: str

    def get(self, name: str) -> SecretStr | None: ...


class Keyring:
    """The system's keyring (Keychain, Secret Service, Credential Locker), through the package ``keyring``."""

    words = "the keyring"

    def __init__(self, backend: KeyringBackend | None = None) -> None:
        self._given, self.refused = backend, ""

    def available(self) -> bool:
        """Tell whether this system has a keyring that works; a headless server often has none."""
        backend = self._backend()
        return backend is not None and backend.priority > 0

    def get(self, name: str) -> SecretStr | None:
        """Return the secret; None where it is not there, or where there is no keyring, or it is locked."""
        from keyring.errors import KeyringError

        backend, self.refused = self._backend(), ""
        if backend is None:
            return None
        try:
            held = backend.get_password(SERVICE, name.casefold())
        except (KeyringError, RuntimeError, OSError) as e:
            if backend.priority > 0:  # else it only says that there is none
                self.refused = f"the keyring could not be opened ({type(e).__name__})"
            return None  # locked, or without the desktop it belongs to: other places are asked
        return SecretStr(held) if held else None

    def put(self, name: str, value: SecretStr) -> None:
        """Keep a secret; raises SettingsInvalid where there is no keyring that would."""
        from keyring.errors import KeyringError

        backend = self._backend()
        if backend is None or not self.available():
            raise SettingsInvalid("this system has no keyring that works", where=self.words, do=_NO_KEYRING)
        try:
            backend.set_password(SERVICE, name.casefold(), value.get_secret_value())
        except (KeyringError, RuntimeError, OSError) as e:
            # Its words are not quoted: some backends repeat what they were given.
            raise SettingsInvalid(
                f"the keyring did not take the secret ({type(e).__name__})", where=self.words, do=_NO_KEYRING
            ) from None

    def remove(self, name: str) -> None:
        """Take a secret away; raises SettingsInvalid where the keyring does not let go of it."""
        from keyring.errors import KeyringError

        backend = self._backend()
        try:
            if backend is not None:
                backend.delete_password(SERVICE, name.casefold())
        except (KeyringError, RuntimeError, OSError) as e:
            raise SettingsInvalid(
                f"the keyring did not take the secret away ({type(e).__name__})", where=self.words,
                do="Unlock it, or take it away with the system's own tool.",
            ) from None  # fmt: skip

    def _backend(self) -> KeyringBackend | None:
        if self._given is not None:
            return self._given
        import keyring
        from keyring.errors import KeyringError

        try:
            return keyring.get_keyring()
        except (KeyringError, RuntimeError, OSError):
            return None


class Command:
    """A command that prints a secret, as ``op read op://Robots/{name}/password``; no shell sees it."""

    def __init__(self, line: str | Sequence[str], *, seconds: float = COMMAND_S) -> None:
        try:
            self._parts = shlex.split(line) if isinstance(line, str) else list(line)
        except ValueError as e:
            raise SettingsInvalid(f"secret_command cannot be read: {e}", where="secret_command") from e
        if not self._parts or not any("{name}" in part for part in self._parts):
            raise SettingsInvalid(
                "secret_command does not say where the name goes", where="secret_command",
                do="Write {name} in it, as in: op read op://Robots/{name}/password",
            )  # fmt: skip
        self._seconds, self.refused = seconds, ""
        self.words = f"the command {self._parts[0]}"

    def get(self, name: str) -> SecretStr | None:
        """Return what the command prints, without its last line break; None where it says by its exit code that it has none.

        Raises SettingsInvalid where it cannot be started or does not end.
        """
        parts, self.refused = [part.replace("{name}", name.casefold()) for part in self._parts], ""
        try:
            done = subprocess.run(
                parts, stdin=subprocess.DEVNULL, capture_output=True, timeout=self._seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise SettingsInvalid(
                f"{self.words} did not answer within {self._seconds:g} s", where="secret_command",
                do="See to it that it asks nobody for anything: runs happen at night.",
            ) from None  # fmt: skip
        except OSError as e:
            raise SettingsInvalid(f"{self.words} cannot be started: {e.strerror}", where="secret_command") from e
        if done.returncode != 0:
            self.refused = f"{self.words} ended with {done.returncode}"  # its words are not quoted: they may be the secret
            return None
        if len(done.stdout) > _LONGEST:
            raise SettingsInvalid(f"{self.words} printed more than {_LONGEST} bytes; that is no secret", where=name)
        try:
            text = done.stdout.decode("utf-8")
        except UnicodeDecodeError:
            raise SettingsInvalid(f"{self.words} printed what is not UTF-8 text", where=name) from None
        text = text.removesuffix("\n").removesuffix("\r")
        return SecretStr(text) if text else None


def vaults_of(command: str | Sequence[str] | None, *, keyring: bool) -> list[Vault]:
    """Return the vaults that settings name, in the order they are asked; raises SettingsInvalid."""
    vaults: list[Vault] = [Keyring()] if keyring else []
    return [*vaults, Command(command)] if command else vaults
