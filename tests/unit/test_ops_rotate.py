"""Changing secrets: in every place that keeps the old value, all or nothing, and the key of saved logins with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from test_ops_vaults import InMemory

from rpa_agent.domain.errors import SealBroken, SecretMissing, SettingsInvalid
from rpa_agent.ops.secret.kept import kept
from rpa_agent.ops.secret.login_keys import login_keys, own_key_file
from rpa_agent.ops.secret.rotate import rotate_login_key
from rpa_agent.ops.secret.secrets import gather, write_env_file
from rpa_agent.ops.secret.vaults import Command, Keyring
from rpa_agent.ops.settings import Settings
from rpa_agent.store.sealed import Keys, new_key, seal, unseal

OLD, NEW = "old-canary", SecretStr("new value")


def test_every_place_that_keeps_the_old_value_gets_the_new_one(tmp_path: Path) -> None:
    """The old one is gone from each, and what else was there stays."""
    file, mounted, keyring = tmp_path / "secrets.env", tmp_path / "mounted", Keyring(InMemory())
    mounted.mkdir()
    (mounted / "bank").write_text(OLD)
    write_env_file(file, {"bank": OLD, "other": "kept"})
    keyring.put("bank", SecretStr(OLD))
    environ = {"RPA_SECRETS_DIR": str(mounted)}
    places = kept("bank", env_file=file, environ=environ, vaults=[keyring]).put(NEW)
    assert places == [str(file), str(mounted / "bank"), "the keyring"]
    for found in (gather(file, environ={}), gather(environ=environ), gather(environ={}, vaults=[keyring])):
        assert found.reveal("bank") == "new value"
    assert gather(file, environ={}).reveal("other") == "kept"
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert OLD.encode() not in everything
    assert {p.stat().st_mode & 0o777 for p in (file, mounted / "bank")} == {0o600}


def test_what_cannot_be_changed_from_here_is_told_before_anything_is(tmp_path: Path) -> None:
    """The environment comes first, and a command's secrets are its own."""
    file = tmp_path / "secrets.env"
    write_env_file(file, {"bank": OLD})
    with pytest.raises(SettingsInvalid, match="set in the environment"):
        kept("bank", env_file=file, environ={"RPA_SECRET_BANK": OLD}, vaults=[]).put(NEW)
    with pytest.raises(SettingsInvalid, match="comes from the command echo"):
        kept("bank", env_file=file, environ={}, vaults=[Command("echo {name}")]).put(NEW)
    assert gather(file, environ={}).reveal("bank") == OLD
    with pytest.raises(SecretMissing, match="kept in no place"):
        kept("bank", environ={}, vaults=[]).put(NEW)


def test_what_is_removed_is_in_none_of_them(tmp_path: Path) -> None:
    """Whatever else is kept there stays, comments of an env file among it."""
    file, mounted, keyring = tmp_path / "secrets.env", tmp_path / "mounted", Keyring(InMemory())
    mounted.mkdir()
    for name in ("bank", "other"):
        (mounted / name).write_text(OLD)
        keyring.put(name, SecretStr(OLD))
    file.write_text(f"# of the bank\nRPA_SECRET_BANK={OLD}\nexport RPA_SECRET_OTHER='kept'\n")
    held = kept("bank", env_file=file, environ={"RPA_SECRETS_DIR": str(mounted)}, vaults=[keyring])
    assert held.remove() == [str(file), str(mounted / "bank"), "the keyring"]
    assert file.read_text() == "# of the bank\nexport RPA_SECRET_OTHER='kept'\n"
    assert [p.name for p in mounted.iterdir()] == ["other"]
    assert keyring.get("bank") is None and keyring.get("other") is not None
    with pytest.raises(SecretMissing, match="kept in no place"):
        kept("bank", env_file=file, environ={"RPA_SECRETS_DIR": str(mounted)}, vaults=[keyring])


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is changed."""
    (tmp_path / "real").mkdir()
    write_env_file(tmp_path / "real" / "a.env", {"bank": OLD})
    link = tmp_path / "a.env"
    link.symlink_to(tmp_path / "real" / "a.env")
    kept("bank", env_file=link, environ={}, vaults=[]).put(NEW)
    assert link.is_symlink() and gather(tmp_path / "real" / "a.env", environ={}).reveal("bank") == "new value"


# ---- saved logins ----


@pytest.fixture
def settings(project: Path) -> Settings:
    (project / "rpa.toml").write_text("keyring = false\n")
    return Settings.load(project)


def saved(settings: Settings, name: str, keys: Keys) -> Path:
    path = settings.logins / f"{name}.sealed"
    seal(path, {"cookies": [name]}, keys, account=name)
    return path


def test_saved_logins_open_with_the_new_key_and_no_more_with_the_old(settings: Settings) -> None:
    """One that is damaged is left as it is, and named."""
    old = login_keys(settings)
    one, two = saved(settings, "clerk", old), saved(settings, "boss", old)
    (settings.logins / "damaged").write_bytes(b"rpa-sealed 1\n{}\nnothing\n")
    place, done, broken = rotate_login_key(settings)
    assert (place, done) == (str(own_key_file(settings)), 2) and "damaged" in broken[0]
    fresh = login_keys(settings)
    assert len(fresh.texts) == 1 and fresh != old
    assert unseal(one, fresh, account="clerk") == {"cookies": ["clerk"]}
    with pytest.raises(SealBroken):
        unseal(two, old, account="boss")
    assert own_key_file(settings).stat().st_mode & 0o777 == 0o600


def test_a_rotation_that_was_cut_off_is_ended_by_the_next(settings: Settings) -> None:
    """Both keys are kept until every login has the new one."""
    old = login_keys(settings)
    path = saved(settings, "clerk", old)
    half = new_key().decode() + "\n" + old.texts[0].decode()
    own_key_file(settings).write_text(half)
    assert unseal(path, login_keys(settings), account="clerk")
    assert rotate_login_key(settings)[1] == 1
    assert len(login_keys(settings).texts) == 1 and unseal(path, login_keys(settings), account="clerk")


def test_a_key_in_the_environment_is_changed_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the new one before it, the logins move over."""
    old, new = new_key().decode(), new_key().decode()
    monkeypatch.setenv("RPA_STATE_KEY", old)
    settings = Settings.load(project)
    path = saved(settings, "clerk", login_keys(settings))
    with pytest.raises(SettingsInvalid, match="holds one key") as told:
        rotate_login_key(settings)
    assert old not in str(told.value)
    monkeypatch.setenv("RPA_STATE_KEY", f"{new},{old}")
    assert rotate_login_key(Settings.load(project)) == ("RPA_STATE_KEY", 1, [])
    assert unseal(path, Keys.of([new], where="here"), account="clerk")
