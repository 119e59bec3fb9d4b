"""The key of saved logins: where it comes from, and that one is made where none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from rpa_agent.domain.errors import SealBroken, SettingsInvalid
from rpa_agent.ops.secret.login_keys import login_keys, own_key_file
from rpa_agent.ops.settings import Settings
from rpa_agent.store.sealed import new_key, seal, unseal


def settings_of(project: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in {"RPA_KEYRING": "false", **environment}.items():
        monkeypatch.setenv(name, value)
    return Settings.load(project)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "rpa-agent" / "state.key"


def test_a_key_is_made_once_and_outside_of_the_project(
    project: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its owner's eyes only; the second time it is the same."""
    settings = settings_of(project, monkeypatch)
    assert login_keys(settings) == login_keys(settings)
    assert own_key_file(settings) == own and own.stat().st_mode & 0o777 == 0o600


def test_the_setting_comes_first_and_may_hold_several(project: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first sealed the second opens no more, and both together do."""
    old, new = new_key().decode(), new_key().decode()
    saved = project / "clerk.sealed"
    seal(saved, {"a": 1}, login_keys(settings_of(project, monkeypatch, RPA_STATE_KEY=old)), account="clerk")
    both = login_keys(settings_of(project, monkeypatch, RPA_STATE_KEY=f"{new}, {old}"))
    assert unseal(saved, both, account="clerk") == {"a": 1}
    with pytest.raises(SealBroken):
        unseal(saved, login_keys(settings_of(project, monkeypatch, RPA_STATE_KEY=new)), account="clerk")
    assert not own.exists()


@pytest.mark.parametrize("held", [b"", b"not a key", b"\xff\xfe", None])
def test_a_key_file_that_holds_none(
    project: Path, own: Path, monkeypatch: pytest.MonkeyPatch, held: bytes | None
) -> None:
    """Said with the file's name; nothing of it is quoted and no other key is made."""
    file = project / "our.key"
    if held is not None:
        file.write_bytes(held)
    with pytest.raises(SettingsInvalid) as raised:
        login_keys(settings_of(project, monkeypatch, RPA_STATE_KEY_FILE=str(file)))
    assert str(file) in raised.value.where and "not a key" not in str(raised.value)
    assert not own.exists()
