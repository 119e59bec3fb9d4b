"""What a login that was shown becomes: which of what was typed is a secret, and what cannot be repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import shown
from shown import SALT, choose, click, fill, password, post

from fixtures.backoffice import TOTP_SECRET
from rpa_agent.domain.errors import AccountInvalid
from rpa_agent.domain.recording import Act, Answer
from rpa_agent.login.shown import ShownLogin, shown_login
from rpa_agent.ops.secret.totp import Seed

SIGN_IN = click("Sign in", post("/login"), url="/login", to="/form")


def login(*acts: Act, seed: Seed | None = None) -> ShownLogin:
    return shown_login(
        shown.recording(*acts), name="clerk", site="office", salt=SALT, totp="seed" if seed else None, seed=seed
    )


def code_field(value: str, label: str = "One-time code", **more: object) -> Act:
    return fill(label, value, url="/login", **more)


def name(value: str = "quendelspatz", label: str = "User name", url: str = "/login") -> Act:
    return fill(label, value, url=url)


def test_a_name_beside_a_one_time_code_is_a_secret() -> None:
    """The code's field hides what is typed, so the form seems to ask for two passwords."""
    seed = Seed.of(TOTP_SECRET)
    code = seed.code(datetime.now(UTC) - timedelta(seconds=30))
    typed = shown.recording(name(), password(), code_field("c", secret=True), SIGN_IN, secrets={"k": "hunter2-secret", "c": code})
    done = shown_login(typed, name="clerk", site="office", salt=SALT, totp="seed", seed=seed)
    assert done.account.secrets == {
        "user_name": "clerk_user_name", "password": "clerk_password", "one_time_code": "seed",
    }  # fmt: skip
    assert done.account.values == {}
    assert done.secrets == {"clerk_user_name": "quendelspatz", "clerk_password": "hunter2-secret"}
    assert "quendelspatz" not in done.account.model_dump_json() + done.procedure.model_dump_json()


def test_a_name_on_a_page_before_the_password_is_a_secret() -> None:
    """As identity pages ask: each on an address of its own."""
    done = login(name(url="/login/who"), click("Next", url="/login/who", to="/login"), password(), SIGN_IN)
    assert set(done.account.secrets) == {"user_name", "password"} and done.account.values == {}


def test_whatever_else_is_typed_is_a_secret() -> None:
    """Nobody can know what a bank calls its customers' numbers."""
    done = login(name("4711-A", "Participant"), fill("Contract", "90210", url="/login"), password(), SIGN_IN)
    assert set(done.account.secrets) == {"participant", "contract", "password"} and done.account.values == {}


@pytest.mark.parametrize("label", ["Client", "Company", "Mandant", "Tenant ID"])
def test_where_one_logs_in_is_a_value_beside_who(label: str) -> None:
    done = login(fill(label, "100", url="/login"), name(), password(), SIGN_IN)
    assert list(done.account.values.values()) == ["100"]
    assert set(done.account.secrets) == {"user_name", "password"}


def test_a_company_that_is_the_only_name_is_a_secret() -> None:
    done = login(fill("Company", "pirolwerk", url="/login"), password(), SIGN_IN)
    assert set(done.account.secrets) == {"company", "password"} and done.account.values == {}


def test_what_is_chosen_is_a_value() -> None:
    done = login(choose("Language", "Deutsch", url="/login", options=("Deutsch", "English")), name(), password(), SIGN_IN)
    assert done.account.values == {"language": "Deutsch"}


@pytest.mark.parametrize("label", ["One-time code", "TAN", "Verification code", "Sicherheitscode", "6-digit code", "2FA"])
def test_a_code_cannot_be_typed_twice(label: str) -> None:
    with pytest.raises(AccountInvalid, match="cannot be typed twice") as refused:
        login(name(), password(), code_field("917360", label), SIGN_IN)
    assert "--totp" in refused.value.remedy and "917360" not in str(refused.value)


@pytest.mark.parametrize("acts", [(name("4711123"), password()), (name(), password("n"))])
def test_figures_make_no_code(acts: tuple[Act, ...]) -> None:
    """People have numbers for names and for passwords."""
    typed = shown.recording(*acts, SIGN_IN, secrets={"k": "hunter2-secret", "n": "123456"})
    done = shown_login(typed, name="clerk", site="office", salt=SALT)
    assert set(done.account.secrets) == {"user_name", "password"}


def test_the_seed_must_be_this_accounts() -> None:
    with pytest.raises(AccountInvalid, match="no one-time code of the secret 'seed' was typed"):
        login(name(), password(), code_field("917360"), SIGN_IN, seed=Seed.of(TOTP_SECRET))


def test_a_login_without_a_password_is_none() -> None:
    with pytest.raises(AccountInvalid, match="no password was typed"):
        login(name(), SIGN_IN)


def test_what_a_window_of_the_browser_asks_cannot_be_kept_secret() -> None:
    asked = password().but(answer=Answer(accept=True, text="quendelspatz"), dialog="prompt: User?")
    with pytest.raises(AccountInvalid, match="would stand in clear"):
        login(asked, SIGN_IN)


def test_a_name_before_a_password_in_work_is_a_secret_too() -> None:
    """A workflow that was shown with its login inside: only where it is the first thing typed, and says who one is."""
    built = shown.build(
        name(url="/login/who"), click("Next", url="/login/who", to="/login"), password(), SIGN_IN, fill("Number", "RE-77")
    )
    assert set(built.secrets) == {"user_name", "password"} and built.examples == {"number": "RE-77"}
    built = shown.build(fill("Number", "RE-77"), click("Next", to="/login"), password(), SIGN_IN)
    assert set(built.secrets) == {"password"} and built.examples == {"number": "RE-77"}
