"""What of a saved login is hidden wherever something is written, and what a saved login that does not fit comes to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from rpa_agent.domain.account import Account, AccountProbe
from rpa_agent.domain.errors import LoginNeeded
from rpa_agent.login.saved import SavedLogins, tokens_in
from rpa_agent.login.typed import TypedSecrets
from rpa_agent.ops.office import Office
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.ops.secret.totp import Seed
from rpa_agent.ops.settings import Settings

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CLERK = Account(
    schema_=1, name="clerk", base_url="http://site.test", secrets={"password": "clerk_password", "code": "seed"},
    totp="code", probe=AccountProbe(open="/"),
)  # fmt: skip
STATE: dict[str, Any] = {
    "cookies": [{"name": "sid", "value": "cookie-session-1"}, {"name": "lang", "value": "de"}],
    "origins": [
        {
            "origin": "http://site.test",
            "localStorage": [{"name": "auth", "value": json.dumps({"access": {"token": "local-token-22"}, "n": 3})}],
            "indexedDB": [
                {"name": "a-database", "stores": [{"name": "the-store-name", "records": [{"value": {"t": "indexed-token-4"}}]}]}
            ],
        }
    ],
    "session_storage": {"http://site.test": {"t": "session-token-3"}},
}


def test_every_token_is_known_wherever_a_page_keeps_it() -> None:
    """Also one inside of JSON, as a page sends it alone; short values and names let nobody in."""
    found = tokens_in(STATE)
    assert {"cookie-session-1", "local-token-22", "indexed-token-4", "session-token-3"} <= set(found)
    assert not {"de", "the-store-name", "a-database"} & set(found)


@pytest.mark.parametrize("text", ["[" * 5000, '"' * 40, "{" + "x" * 40, json.dumps(json.dumps("a-token-in-json"))])
def test_what_only_looks_like_json_is_a_text(text: str) -> None:
    """However deep or broken: it is hidden as it stands."""
    assert text in tokens_in({"session_storage": {"http://site.test": {"t": text}}})


@pytest.mark.parametrize("held", [{"version": 99, "state": {}}, ["a", "list"]])
async def test_a_state_of_another_version_is_not_used(
    project: Path, monkeypatch: pytest.MonkeyPatch, held: Any
) -> None:
    """Sealed with the right key, for the right account, and yet not understood: left where it is."""
    from rpa_agent.ops.secret.login_keys import login_keys
    from rpa_agent.store.sealed import seal

    monkeypatch.setenv("RPA_KEYRING", "false")
    saved = SavedLogins(Settings.load(project))
    saved.path(CLERK).parent.mkdir(parents=True)
    seal(saved.path(CLERK), held, login_keys(saved.settings), account="clerk", host=CLERK.host())
    before = saved.path(CLERK).read_bytes()
    assert await saved.get(CLERK) is None
    assert saved.path(CLERK).read_bytes() == before


async def test_what_another_process_took_away_is_known_no_more(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody took the saved login away while a service goes on that had it in hand."""
    monkeypatch.setenv("RPA_KEYRING", "false")
    service, person = SavedLogins(Settings.load(project)), SavedLogins(Settings.load(project))
    assert await service.keep(CLERK, STATE) and await person.get(CLERK) == STATE
    person.forget(CLERK)
    assert await service.get(CLERK) is None and not service.is_proven(CLERK)


async def test_a_state_of_another_host_is_not_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's file leads to another site by now: its session stays with the first."""
    monkeypatch.setenv("RPA_KEYRING", "false")
    saved = SavedLogins(Settings.load(project))
    assert await saved.keep(CLERK, STATE)
    elsewhere = CLERK.but(base_url="http://other.test")
    assert await SavedLogins(saved.settings).get(elsewhere) is None
    assert await SavedLogins(saved.settings).get(CLERK) == STATE


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office.open(tmp_path / "runs.db") as office:
        yield office


async def test_a_code_is_hidden_until_the_login_is_over(office: Office) -> None:
    """In everything that is written, the log among it; then it is a number like others."""
    at = datetime(2026, 11, 27, 12, 0, 10, tzinfo=UTC)
    kept = SecretSources([("the test", {"clerk_password": SecretStr("hunter22"), "seed": SecretStr(SEED)})])
    typed = TypedSecrets(CLERK, kept, accounts=office.accounts, clock=lambda: at)
    await typed.ready("code")
    code = typed.reveal("code")
    assert code == Seed.of(SEED).code(at)
    assert code in kept.redactions()
    assert code not in typed.hide(f"the site says {code} is wrong")
    with pytest.raises(LoginNeeded, match="once only"):
        typed.reveal("code")
    typed.forget()
    assert code not in kept.redactions()
