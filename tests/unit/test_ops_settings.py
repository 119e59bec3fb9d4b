"""Settings come from flags, environment, rpa.toml and defaults, in that order, and wrong ones are explained."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from rpa_agent.domain.errors import SettingsInvalid
from rpa_agent.ops.settings import Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [n for n in os.environ if n.startswith("RPA_")]:
        monkeypatch.delenv(name)


def test_flags_win_over_environment_over_file_over_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source overrides the ones below it, key by key."""
    (tmp_path / "rpa.toml").write_text('log_level = "debug"\nstep_timeout = 20\nretention_days = 7\n')
    monkeypatch.setenv("RPA_LOG_LEVEL", "warning")
    monkeypatch.setenv("RPA_STEP_TIMEOUT", "30")
    settings = Settings.load(tmp_path, log_level="error")
    assert (settings.log_level, settings.step_timeout, settings.retention_days) == ("error", 30, 7)
    assert settings.headless is True


def test_a_flag_that_was_not_given_does_not_hide_the_file(tmp_path: Path) -> None:
    """Command lines pass None for what nobody typed."""
    (tmp_path / "rpa.toml").write_text("headless = false\n")
    assert Settings.load(tmp_path, headless=None).headless is False


def test_an_empty_variable_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass unset variables on as empty ones."""
    monkeypatch.setenv("RPA_STEP_TIMEOUT", "")
    assert Settings.load(tmp_path).step_timeout == 10


def test_paths_follow_project_and_state(tmp_path: Path) -> None:
    """The state folder defaults to .rpa in the project; everything else hangs below one of the two."""
    settings = Settings.load(tmp_path)
    assert settings.state == tmp_path / ".rpa"
    assert settings.seed == tmp_path / "memory.db"
    assert settings.workflows_dir == tmp_path / "workflows"
    assert settings.data_dir == tmp_path / "data"
    moved = Settings.load(tmp_path, tmp_path / "elsewhere")
    assert moved.memory == tmp_path / "elsewhere" / "memory.db"
    assert moved.runs == tmp_path / "elsewhere" / "runs.db"
    assert moved.artifacts == tmp_path / "elsewhere" / "artifacts"


def test_relative_state_counts_from_the_project_in_the_file_and_from_here_as_a_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project can be moved as a whole, and a shell user means the folder the shell is in."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "rpa.toml").write_text('state = "var"\n')
    monkeypatch.chdir(tmp_path)
    assert Settings.load(Path("project")).state == tmp_path / "project" / "var"
    assert Settings.load(Path("project"), Path("here")).state == tmp_path / "here"


def test_loading_creates_nothing(tmp_path: Path) -> None:
    """Reading settings leaves the disk as it was."""
    Settings.load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_base_url_is_looked_up_by_workflow_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is written in capitals with underscores."""
    monkeypatch.setenv("RPA_BASE_URL_ENTER_INVOICE", "http://127.0.0.1:9000/")
    settings = Settings.load(tmp_path)
    assert settings.base_url_for("enter-invoice") == "http://127.0.0.1:9000"
    assert settings.base_url_for("other") is None


def test_settings_do_not_change(tmp_path: Path) -> None:
    """They are read once and passed on."""
    settings = Settings.load(tmp_path)
    with pytest.raises(ValidationError):
        settings.__setattr__("headless", False)


def test_keys_and_addresses_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A printed settings object gives away neither the model key nor a notice address with its password."""
    monkeypatch.setenv("RPA_MODEL_KEY", "canary-key")
    (tmp_path / "rpa.toml").write_text('[notify]\nops = "mailto://me:canary-pass@example.net"\n')
    settings = Settings.load(tmp_path)
    assert "canary" not in repr(settings)
    assert settings.notify["ops"].get_secret_value() == "mailto://me:canary-pass@example.net"


@pytest.mark.parametrize(("text", "words"), [
    ("headles = true\n", ["rpa.toml", "headles", "unknown setting", "headless"]),
    ('log_level = "loud"\n', ["rpa.toml", "log_level", "'debug'"]),
    ("step_timeout = 0\n", ["rpa.toml", "step_timeout", "greater than 0"]),
    ("retention_days = -1\n", ["rpa.toml", "retention_days"]),
    ("= 3\n", ["rpa.toml", "not valid TOML"]),
    ('[notify]\nops = 3\n', ["rpa.toml", "notify.ops"]),
])
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, words: list[str]) -> None:
    """The message names the file, the key, and what is allowed."""
    (tmp_path / "rpa.toml").write_text(text)
    with pytest.raises(SettingsInvalid) as raised:
        Settings.load(tmp_path)
    assert all(word in raised.value.message for word in words), raised.value.message
    assert raised.value.where == str(tmp_path / "rpa.toml")


def test_a_wrong_variable_is_named_and_its_value_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable may hold a secret put there by mistake."""
    monkeypatch.setenv("RPA_STEP_TIMEOUT", "hunter2")
    with pytest.raises(SettingsInvalid) as raised:
        Settings.load(tmp_path)
    assert "environment RPA_STEP_TIMEOUT" in raised.value.message
    assert "hunter2" not in raised.value.message


def test_a_table_in_the_environment_must_be_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else is refused with the variable's name."""
    monkeypatch.setenv("RPA_NOTIFY", "ops")
    with pytest.raises(SettingsInvalid, match="notify"):
        Settings.load(tmp_path)


def test_binary_rubbish_and_missing_folders_are_refused(tmp_path: Path) -> None:
    """Neither ends in a traceback."""
    (tmp_path / "rpa.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsInvalid):
        Settings.load(tmp_path)
    with pytest.raises(SettingsInvalid, match="does not exist"):
        Settings.load(tmp_path / "nowhere")


def test_a_state_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """Otherwise the first database would fail with a puzzling error."""
    (tmp_path / "state").write_text("")
    with pytest.raises(SettingsInvalid, match="not a folder"):
        Settings.load(tmp_path, tmp_path / "state")


def test_what_others_say_about_the_surroundings_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Playwright keeps its browsers, whether a window could be shown, whether the kernel gives a sandbox."""
    for name in ("PLAYWRIGHT_BROWSERS_PATH", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    bare = Settings.load(tmp_path)
    assert (bare.playwright_browsers, bare.screen, bare.no_sandbox) == (None, False, False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "/srv/browsers")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("RPA_NO_SANDBOX", "1")
    full = Settings.load(tmp_path)
    assert (full.playwright_browsers, full.screen, full.no_sandbox) == (Path("/srv/browsers"), True, True)
