"""Account files: what they may say, and what is said about one that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rpa_agent.cli.border import run_command
from rpa_agent.domain.account import Account, AccountProbe
from rpa_agent.domain.errors import AccountInvalid
from rpa_agent.store.account_files import account_schema, find_account, write_account
from rpa_agent.store.text_files import write_atomically

CLERK: dict[str, Any] = {
    "name": "clerk", "base_url": "https://erp.example.com/app/", "start": "/invoices",
    "allow_login": ["id.example.com"], "secrets": {"user_name": "clerk_name", "password": "clerk_password"},
    "probe": {"open": "/invoices", "visible": "Sign out"},
}


def test_an_account_belongs_to_an_origin() -> None:
    """Whatever path stands behind it; its site is the host."""
    account = Account.model_validate(CLERK)
    assert (account.base_url, account.site_name()) == ("https://erp.example.com", "erp.example.com")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"base_url": "https://clerk:pw@erp.example.com"}, "not an http"),
        ({"start": "https://evil.example.com/"}, "not a path"),
        ({"allow_login": ["https://id.example.com/"]}, "not a host"),
        ({"allow_login": ["erp.example.com"]}, "always allowed"),
        ({"secrets": {"password": "The Password!"}}, "not a name"),
        ({"totp": "code"}, "none of the secrets"),
        ({"values": {"password": "x"}}, "both a secret and a value"),
        ({"secrets": {"password": "command"}}, "RPA_SECRET_COMMAND is a setting"),
        ({"secrets": {"password": "state_key"}}, "cannot be called 'state_key'"),
        ({"probe": {}}, "exactly one of"),
        ({"probe": {"open": "/a", "http": {"get": "/b"}}}, "exactly one of"),
        ({"probe": {"http": {"get": "//evil.example.com/"}}}, "not a path"),
        ({"password": "hunter2"}, "Extra inputs"),
    ],
)
def test_what_an_account_may_not_say(change: dict[str, Any], why: str) -> None:
    """Each with its reason."""
    with pytest.raises(ValidationError, match=why):
        Account.model_validate(CLERK | change)


def test_a_file_is_written_and_read_back(tmp_path: Path) -> None:
    """It says what differs from the default, and no value of a secret."""
    account = Account.model_validate(CLERK)
    write_account(tmp_path / "clerk.yaml", account)
    assert find_account(tmp_path, "clerk") == account
    assert "schema: 1" in (tmp_path / "clerk.yaml").read_text()
    with pytest.raises(AccountInvalid, match="no account is named 'boss'; known here: clerk"):
        find_account(tmp_path, "boss")


def test_a_wrong_file_names_its_lines(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rpa validate` looks at accounts too, and at the workflows that name one."""
    text = "schema: 1\nname: clerk\nbase_url: https://erp.example.com\npassword: hunter2\nprobe: {open: /}\n"
    write_atomically(project / "accounts" / "clerk.yaml", text)
    flow = "schema: 1\nname: enter\ntask: Enter\nbase_url: https://erp.example.com\nsuccess: none\naccount: boss\n"
    write_atomically(project / "workflows" / "enter.yaml", flow)
    assert run_command(["validate", "--project", str(project)]) == 3
    said = capsys.readouterr().out
    assert "line 4, password: unknown key" in said and "hunter2" not in said
    assert "no account is named 'boss'" in said


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    """As with workflows: the line, and what is not allowed."""
    write_atomically(tmp_path / "clerk.yaml", "name: [clerk\n")
    with pytest.raises(AccountInvalid):
        find_account(tmp_path, "clerk")
    write_atomically(tmp_path / "clerk.yaml", "schema: 1\nname: other\nbase_url: http://x\nprobe: {open: /}\n")
    with pytest.raises(AccountInvalid, match="not 'clerk'"):
        find_account(tmp_path, "clerk")


def test_the_schema_describes_what_is_read() -> None:
    """Editors offer the keys."""
    assert set(account_schema()["properties"]) >= {"allow_login", "probe", "totp", "schema"}
    assert AccountProbe(open="/").visible is None
