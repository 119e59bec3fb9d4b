"""Secrets: where they come from, in which order, how files are read, and every spelling that is hidden."""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa_agent.domain import ports
from rpa_agent.domain.errors import SecretMissing, SettingsInvalid
from rpa_agent.ops.secret.secrets import HIDDEN, gather, read_env_file, redacted, variants, write_env_file

NASTY = "pä\"ss'<w&ö>rd/+=\\ 100%"


def env_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.env"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_environment_wins_over_env_file_over_mounted_files(tmp_path: Path) -> None:
    """The first source that has a value gives it."""
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for name in ("one", "two", "three"):
        (mounted / name).write_text(f"mounted {name}\n")
    file = env_file(tmp_path, "RPA_SECRET_ONE=file one\nRPA_SECRET_TWO=file two\n")
    found = gather(file, environ={"RPA_SECRET_ONE": "env one", "RPA_SECRETS_DIR": str(mounted)})
    assert [found.reveal(name) for name in ("one", "two", "three")] == ["env one", "file two", "mounted three"]
    assert list(found.names()) == ["one", "three", "two"]
    assert found.source_of("two") == str(file)


def test_it_is_a_secrets_port() -> None:
    """The verbs see names and reveal, nothing else."""
    port: ports.Secrets = gather(environ={"RPA_SECRET_A": "b"})
    assert port.reveal("a") == "b"


def test_an_empty_value_is_no_value(tmp_path: Path) -> None:
    """It does not hide a value that comes later, and alone it is missing, with the place named."""
    file = env_file(tmp_path, "RPA_SECRET_A=from file\n")
    assert gather(file, environ={"RPA_SECRET_A": ""}).reveal("a") == "from file"
    found = gather(environ={"RPA_SECRET_A": ""})
    assert list(found.names()) == []
    with pytest.raises(SecretMissing, match="is empty in the environment"):
        found.reveal("a")


def test_a_missing_secret_says_how_to_set_it() -> None:
    """Nothing was typed yet; the exact variable is named."""
    with pytest.raises(SecretMissing) as raised:
        gather(environ={}).reveal("backoffice_password")
    assert "RPA_SECRET_BACKOFFICE_PASSWORD" in raised.value.remedy
    assert raised.value.exit_code == 3


def test_nothing_prints_a_value() -> None:
    """Neither repr nor the names give a value away."""
    found = gather(environ={"RPA_SECRET_A": "canary"})
    assert "canary" not in repr(found) + str(found) + str(vars(found))


def test_no_shell_reads_the_env_file(tmp_path: Path) -> None:
    """Dollar signs, backticks, hashes and equals signs in a value are the value."""
    file = env_file(tmp_path, "# a comment\n\nRPA_SECRET_A=$HOME`id`#x=y  \nexport RPA_SECRET_B='two words'\nOTHER=1\n")
    found = gather(file, environ={})
    assert found.reveal("a") == "$HOME`id`#x=y"
    assert found.reveal("b") == "two words"
    assert list(found.names()) == ["a", "b"]


def test_a_malformed_line_is_named_by_number_and_not_quoted(tmp_path: Path) -> None:
    """The line may be the secret itself."""
    file = env_file(tmp_path, "RPA_SECRET_A=1\ncanary value\n")
    with pytest.raises(SettingsInvalid) as raised:
        gather(file, environ={})
    assert "line 2" in raised.value.message and "canary" not in raised.value.message


def test_bad_files_are_refused(tmp_path: Path) -> None:
    """Missing, binary and huge files end in one clear error each."""
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        gather(tmp_path / "missing", environ={})
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsInvalid, match="UTF-8"):
        gather(tmp_path / "binary", environ={})
    (tmp_path / "huge").write_text("x" * 100_000)
    with pytest.raises(SettingsInvalid, match="larger"):
        gather(tmp_path / "huge", environ={})
    with pytest.raises(SettingsInvalid, match="no folder"):
        gather(environ={"RPA_SECRETS_DIR": str(tmp_path / "nowhere")})


def test_a_file_others_can_read_is_warned_about(tmp_path: Path) -> None:
    """The warning says which command mends it; mode 600 is silent."""
    assert "chmod 600" in gather(env_file(tmp_path, "", mode=0o644), environ={}).warnings[0]
    assert gather(env_file(tmp_path, "", mode=0o600), environ={}).warnings == ()


def test_mounted_files_lose_one_line_end_and_hidden_ones_are_not_secrets(tmp_path: Path) -> None:
    """Orchestrators mount ``..data`` links beside the values."""
    (tmp_path / "a").write_bytes(b"value\r\n")
    (tmp_path / "b").write_bytes(b" spaced \n\n")
    (tmp_path / "..data").write_text("no")
    found = gather(environ={"RPA_SECRETS_DIR": str(tmp_path)})
    assert (found.reveal("a"), found.reveal("b")) == ("value", " spaced \n")
    assert list(found.names()) == ["a", "b"]


@given(st.text(min_size=1, max_size=40).filter(lambda t: "\0" not in t and t.isprintable()))
def test_what_is_written_is_read_again(value: str) -> None:
    """Whatever was typed in a demonstration comes back letter by letter."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "secrets.env"
        write_env_file(path, {"a": value, "b": "kept"})
        write_env_file(path, {"a": value})
        assert read_env_file(path) == {"RPA_SECRET_A": value, "RPA_SECRET_B": "kept"}
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["two\nlines", " spaces ", '"quoted"', "'quoted'", "tab\there", NASTY, "\u2028"])
def test_awkward_values_survive_the_file(tmp_path: Path, value: str) -> None:
    """Line ends and quotes are written so that they cannot become another line."""
    path = tmp_path / "secrets.env"
    write_env_file(path, {"a": value})
    assert read_env_file(path) == {"RPA_SECRET_A": value}


def test_every_spelling_is_hidden() -> None:
    """Plain, URL, form, base64 alone and inside basic authentication, JSON, HTML and repr."""
    raw = NASTY.encode()
    spellings = [
        NASTY, quote(NASTY), quote(NASTY, safe=""), quote(NASTY, safe="").lower(), quote_plus(NASTY),
        base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("="),
        json.dumps({"p": NASTY}), json.dumps({"p": NASTY}, ensure_ascii=False), html.escape(NASTY),
        html.escape(NASTY, quote=False), repr([NASTY]), html.escape(NASTY).replace("&#x27;", "&#39;"),
    ]
    hidden = gather(environ={"RPA_SECRET_A": NASTY}).redactions()
    for text in spellings:
        assert HIDDEN in redacted(f"before {text} after", hidden), text
        assert "rd/+" not in redacted(text, hidden)


@given(st.text(min_size=6, max_size=30), st.text(max_size=5), st.text(max_size=5))
def test_base64_is_hidden_at_every_alignment(value: str, before: str, after: str) -> None:
    """``user:password`` is encoded as a whole; the part that is the password still goes."""
    value = "x" + value.encode("ascii", "ignore").decode() + "secret"
    whole = base64.b64encode(f"{before}{value}{after}".encode("utf-8", "ignore")).decode()
    assert HIDDEN in redacted(whole, variants(value))


def test_longer_secrets_are_hidden_first() -> None:
    """A secret that contains another one must not leave its rest behind."""
    hidden = gather(environ={"RPA_SECRET_A": "pass", "RPA_SECRET_B": "password1"}).redactions()
    assert redacted("password1", hidden) == HIDDEN


def test_an_empty_secret_hides_nothing() -> None:
    """Else every place between two letters would be replaced."""
    assert variants("") == ()
    assert gather(environ={"RPA_SECRET_A": ""}).redactions() == ()
