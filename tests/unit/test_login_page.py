"""What a page asks of whoever logs in, read from its own words."""

from __future__ import annotations

import pytest

from rpa_agent.domain.proposal import Candidate, Survey
from rpa_agent.domain.target import Fingerprint
from rpa_agent.repair.language import language
from rpa_agent.repair.login_page import asked_by, expiry_told


def page(*, alerts: tuple[str, ...] = (), passwords: int = 0) -> Survey:
    fields = tuple(
        Candidate(ref=f"r{n}", fingerprint=Fingerprint(role="textbox", tag="input", type="password", name="Password"))
        for n in range(passwords)
    )
    return Survey(url="https://id.example.com/", alerts=alerts, candidates=fields, has_password=passwords > 0)


@pytest.mark.parametrize(
    ("text", "passwords", "kind"),
    [
        ("Verify you are human", 0, "captcha"),
        ("Your account is locked. Call the service desk.", 1, "locked"),
        ("Too many attempts, try again in an hour", 1, "locked"),
        ("Ihr Konto wurde gesperrt.", 1, "locked"),
        ("Your password has expired. Choose a new password.", 2, "new_password"),
        ("Approve the sign-in in your app: 47", 0, "approval"),
        ("Open your Authenticator and enter the number 83", 0, "approval"),
        ("The user name or the password is wrong.", 1, "refused"),
        ("Invalid credentials", 1, "refused"),
        ("Benutzername oder Kennwort falsch", 1, "refused"),
        ("Enter the verification code", 0, "code"),
        ("Please sign in", 1, "login"),
        ("Welcome. You have 3 invoices to approve.", 0, "nothing"),
        ("Forgot your password?", 1, "login"),
    ],
)
def test_what_is_asked(text: str, passwords: int, kind: str) -> None:
    """In English and German; a home page asks nothing."""
    assert asked_by(text, page(passwords=passwords), language()).kind == kind


def test_the_number_to_match_is_said() -> None:
    """In the sentence, or on its own below it; a year elsewhere is none."""
    for text in ("Approve the sign-in in your app: 47", "Check the request on your phone\nEnter the number\n47\n© 2026"):
        asked = asked_by(text, page(), language())
        assert (asked.kind, asked.number) == ("approval", "47")
        assert "with the number 47" in asked.words()


def test_the_pages_words_are_quoted_and_bounded() -> None:
    """They are data: one line, no control characters, and not a whole page."""
    asked = asked_by("The password is wrong \x1b[31m" + "x" * 500 + "\nmore", page(passwords=1), language())
    assert asked.kind == "refused" and "\x1b" not in asked.words() and len(asked.words()) < 260


@pytest.mark.parametrize(
    ("text", "told"),
    [("Hello. Your password expires in 5 days. Change it", True), ("Ihr Kennwort läuft in 3 Tagen ab", True), ("Passwords", False)],
)
def test_a_password_that_will_expire(text: str, told: bool) -> None:
    """Reported with the site's own sentence."""
    assert bool(expiry_told(text)) == told


@pytest.mark.parametrize(
    ("says", "of_code"),
    [("The security code is wrong.", True), ("Der Code ist ungültig", True), ("Wrong password or code", False),
     ("Invalid login", False)],
)  # fmt: skip
def test_a_complaint_about_a_code_is_told_from_one_about_the_password(says: str, of_code: bool) -> None:
    """What has to be put right is another thing."""
    asked = asked_by("", page(alerts=(says,), passwords=1), language())
    assert (asked.kind, asked.of_code()) == ("refused", of_code)
