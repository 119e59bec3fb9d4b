"""Sealed files: opened by their key, for their account and host, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from rpa_agent.domain.errors import SealBroken, SettingsInvalid
from rpa_agent.store.sealed import Keys, new_key, reseal, seal, unseal

STATE = {"cookies": [{"name": "sid", "value": "s3cret-ä"}]}
ABOUT = {"account": "clerk", "host": "erp.example.com"}


def keys(*texts: bytes) -> Keys:
    return Keys.of(texts or (new_key(),), where="test")


def test_what_was_sealed_comes_back(tmp_path: Path) -> None:
    """The file shows nothing of it and belongs to its owner alone."""
    ours, file = keys(), tmp_path / "clerk"
    seal(file, STATE, ours, **ABOUT)
    assert unseal(file, ours, **ABOUT) == STATE
    assert b"s3cret" not in file.read_bytes() and b"clerk" in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    """Nobody has logged in yet."""
    assert unseal(tmp_path / "none", keys(), **ABOUT) is None


def test_another_key_does_not_open_it(tmp_path: Path) -> None:
    """And the message holds no key."""
    ours, theirs = keys(), keys()
    seal(tmp_path / "a", STATE, ours, **ABOUT)
    with pytest.raises(SealBroken) as raised:
        unseal(tmp_path / "a", theirs, **ABOUT)
    assert "does not open with this key" in raised.value.message and "logs in anew" in raised.value.remedy
    assert theirs.texts[0].decode() not in f"{raised.value} {theirs!r}"


@pytest.mark.parametrize("other", [{"account": "boss"}, {"host": "evil.example.com"}])
def test_a_login_serves_its_own_account_and_host_only(tmp_path: Path, other: dict[str, str]) -> None:
    """Whether the file was renamed or its first line rewritten."""
    ours, file = keys(), tmp_path / "a"
    seal(file, STATE, ours, **ABOUT)
    wanted = {**ABOUT, **other}
    with pytest.raises(SealBroken, match=r"was saved for clerk at erp\.example\.com"):
        unseal(file, ours, **wanted)
    (name,) = other
    file.write_bytes(file.read_bytes().replace(ABOUT[name].encode(), other[name].encode(), 1))
    with pytest.raises(SealBroken, match="was changed after it was saved"):
        unseal(file, ours, **wanted)


def test_every_cut_and_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    """Nothing half-read is ever used."""
    ours, file = keys(), tmp_path / "a"
    seal(file, STATE, ours, **ABOUT)
    whole = file.read_bytes()
    body = whole.index(b"gAAAA")
    for damaged in (whole[:5], whole[:body], whole[: body + 40], whole[:-3], whole[:body] + b"x" + whole[body + 1 :], b"", b"{}"):
        file.write_bytes(damaged)
        with pytest.raises(SealBroken):
            unseal(file, ours, **ABOUT)


def test_a_newer_version_is_not_guessed_at(tmp_path: Path) -> None:
    """It says so."""
    (tmp_path / "a").write_bytes(b"rpa-sealed 2\n{}\nxx")
    with pytest.raises(SealBroken, match="another version"):
        unseal(tmp_path / "a", keys(), **ABOUT)


def test_after_a_rotation_only_the_new_key_is_needed(tmp_path: Path) -> None:
    """Until then both open it."""
    old, new = new_key(), new_key()
    file = tmp_path / "a"
    seal(file, STATE, keys(old), **ABOUT)
    both = keys(new, old)
    assert unseal(file, both, **ABOUT) == STATE
    reseal(file, both)
    assert unseal(file, keys(new), **ABOUT) == STATE
    with pytest.raises(SealBroken):
        unseal(file, keys(old), **ABOUT)


@pytest.mark.parametrize("text", ["", "short", "ä" * 44, "A" * 43])
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    """The message says what a key is."""
    with pytest.raises(SettingsInvalid) as raised:
        Keys.of([text], where="RPA_STATE_KEY")
    assert "32 bytes" in raised.value.remedy
    assert not text or text not in str(raised.value)
