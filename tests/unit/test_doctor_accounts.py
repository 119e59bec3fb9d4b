"""`rpa doctor` on accounts: what would wake somebody at night is told in the evening."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from shell import Shell

from rpa_agent.ops.office import Office
from rpa_agent.store.sealed import new_key

CLERK = "schema: 1\nname: {}\nbase_url: http://site.test\nsecrets: {{password: clerk_password}}\nprobe: {{open: /}}\n"


@pytest.fixture
def rpa(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A project with one account; no browser is started for these looks."""
    monkeypatch.setenv("RPA_BROWSER", str(project / "no-browser"))
    monkeypatch.setenv("RPA_STATE_KEY", new_key().decode())
    (project / "accounts").mkdir()
    (project / "accounts" / "clerk.yaml").write_text(CLERK.format("clerk"))
    return Shell(project, capsys)


def told(rpa: Shell) -> list[tuple[str, str]]:
    _, answer = rpa.json("doctor")
    return [(item["state"], item["words"]) for item in answer["items"] if item["about"] == "accounts"]


def test_an_account_in_order_takes_one_line(rpa: Shell) -> None:
    assert told(rpa) == [("ok", "1 valid, none is paused")]
    assert not (rpa.project / ".rpa").exists(), "looking makes nothing"


def test_everything_that_would_stop_a_login_is_told(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is none, a session that does not open, a pause, and a key that is no key."""
    (rpa.project / "accounts" / "boss.yaml").write_text(CLERK.format("another"))
    saved = rpa.project / ".rpa" / "logins" / "clerk.sealed"
    saved.parent.mkdir(parents=True)
    saved.write_bytes(b"rpa-sealed 9\nwho knows\n")

    async def pause() -> None:
        async with Office.open(rpa.project / ".rpa" / "runs.db") as office:
            await office.accounts.pause("clerk", "the login was refused", secrets={"password": "hunter2"})

    asyncio.run(pause())
    found = told(rpa)
    assert [state for state, _ in found] == ["warn"] * 3
    assert [words for _, words in found] == [
        "1 valid, 1 not valid",
        "the session of the account clerk is not used: clerk.sealed was saved by another version",
        "the account clerk is paused: the login was refused",
    ]
    monkeypatch.setenv("RPA_STATE_KEY", "hunter2")
    assert told(rpa) == [("fail", "key 1 is no Fernet key")]
    assert "hunter2" not in rpa.out + rpa.err
