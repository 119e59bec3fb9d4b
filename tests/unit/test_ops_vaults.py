"""Vaults: a keyring and a command, asked by name when a secret is needed, and what they do when they cannot answer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked
from pydantic import SecretStr

from rpa_agent.domain.errors import SecretMissing, SettingsInvalid
from rpa_agent.ops.secret.secrets import gather
from rpa_agent.ops.secret.vaults import Command, Keyring


class InMemory(KeyringBackend):
    """A keyring that keeps what it is given, and counts how often it is asked."""

    priority = 1  # type: ignore[assignment]  # a class property there

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


class Locked(InMemory):
    """A keyring whose desktop is not there; it repeats what it was given, as some do."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"cannot keep {password}")


class Absent(InMemory):
    """No keyring at all."""

    priority = 0  # type: ignore[assignment]


def script(folder: Path, body: str) -> list[str]:
    path = folder / "vault.py"
    path.write_text(f"import sys, time\nname = sys.argv[1]\n{body}\n")
    return [sys.executable, str(path), "{name}"]


def test_what_is_kept_in_the_keyring_is_found_there() -> None:
    """Whatever the case of its name; the words say where it came from."""
    keyring = Keyring(InMemory())
    keyring.put("Bank_Password", SecretStr("s3cret-ä"))
    found = gather(environ={}, vaults=[keyring])
    assert found.reveal("bank_password") == "s3cret-ä"
    assert found.source_of("bank_password") == "the keyring"


def test_what_is_at_hand_wins_and_the_vault_is_not_asked() -> None:
    """A vault may be slow, or ask a person."""
    backend = InMemory()
    found = gather(environ={"RPA_SECRET_A": "at hand"}, vaults=[Keyring(backend)])
    assert found.reveal("a") == "at hand"
    assert backend.asked == 0


def test_a_vault_is_asked_once_for_each_name() -> None:
    """Then the answer is kept for the run."""
    backend = InMemory()
    keyring = Keyring(backend)
    keyring.put("a", SecretStr("value"))
    found = gather(environ={}, vaults=[keyring])
    assert [found.reveal("a"), found.reveal("a")] == ["value", "value"]
    assert backend.asked == 1


def test_what_a_vault_gave_is_hidden_from_then_on() -> None:
    """As every other secret."""
    keyring = Keyring(InMemory())
    keyring.put("a", SecretStr("s3cret"))
    found = gather(environ={}, vaults=[keyring])
    assert "s3cret" not in found.redactions()
    found.reveal("a")
    assert "s3cret" in found.redactions()


def test_a_locked_keyring_has_nothing_and_keeps_nothing() -> None:
    """The next place is asked; what it says of a secret is not repeated."""
    found = gather(environ={}, vaults=[Keyring(Locked())])
    with pytest.raises(SecretMissing, match="has no value here"):
        found.reveal("a")
    with pytest.raises(SettingsInvalid) as raised:
        Keyring(Locked()).put("a", SecretStr("hunter2"))
    assert "hunter2" not in str(raised.value) and raised.value.__cause__ is None


def test_without_a_keyring_the_remedy_names_the_other_ways() -> None:
    """A server often has none."""
    with pytest.raises(SettingsInvalid) as raised:
        Keyring(Absent()).put("a", SecretStr("x"))
    assert "no keyring" in raised.value.message and "--env-file" in raised.value.remedy


def test_a_command_prints_the_secret(tmp_path: Path) -> None:
    """Its last line break does not belong to it; those within do."""
    command = Command(script(tmp_path, "print('of ' + name)"))
    assert gather(environ={}, vaults=[command]).reveal("Bank") == "of bank"
    lines = Command(script(tmp_path, r"print('two\nlines ')"))
    assert (value := lines.get("x")) and value.get_secret_value() == "two\nlines "


def test_no_shell_sees_the_name(tmp_path: Path) -> None:
    """It is one argument, whatever is in it."""
    command = Command(script(tmp_path, "print(len(sys.argv), name)"))
    assert (value := command.get("a; echo b $(id)")) and value.get_secret_value() == "2 a; echo b $(id)"


def test_a_command_that_has_none_says_so_by_its_exit_code(tmp_path: Path) -> None:
    """What it printed is not taken for a secret."""
    assert Command(script(tmp_path, "print('no such item'); sys.exit(1)")).get("a") is None
    assert Command(script(tmp_path, "pass")).get("a") is None


def test_a_command_that_cannot_answer_is_an_error(tmp_path: Path) -> None:
    """It is not taken for a missing secret, which would be asked for elsewhere."""
    with pytest.raises(SettingsInvalid, match=r"did not answer within 0\.5 s"):
        Command(script(tmp_path, "time.sleep(30)"), seconds=0.5).get("a")
    with pytest.raises(SettingsInvalid, match="cannot be started"):
        Command([str(tmp_path / "none"), "{name}"]).get("a")
    with pytest.raises(SettingsInvalid, match="not UTF-8"):
        Command(script(tmp_path, r"sys.stdout.buffer.write(b'\xff\xfe')")).get("a")
    with pytest.raises(SettingsInvalid, match="more than 65536 bytes"):
        Command(script(tmp_path, "print('x' * 100_000)")).get("a")


@pytest.mark.parametrize(
    ("line", "words"),
    [("op read", "where the name goes"), ("", "where the name goes"), ("a 'b", "cannot be read")],
)
def test_a_command_that_is_written_wrongly_is_refused(line: str, words: str) -> None:
    """Before anything is run."""
    with pytest.raises(SettingsInvalid, match=words):
        Command(line)
