"""How people get into the practice site: one page or two, codes, phones, puzzles, locks, and sessions that end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from bs4 import BeautifulSoup
from clerk import Clerk, form_of

from fixtures.backoffice import PASSWORD, TOTP_SECRET, USER, Backoffice, BackofficeError
from fixtures.backoffice.arguments import add_settings, arguments_of, settings_of
from fixtures.backoffice.config import ConfigError, SiteConfig
from fixtures.backoffice.totp import code_at


@pytest.fixture(scope="module")
def running() -> Iterator[Backoffice]:
    with Backoffice() as site:
        yield site


@pytest.fixture
def site(running: Backoffice) -> Backoffice:
    running.configure(**asdict(SiteConfig()), expire_sessions=True, expire_identity=True)
    running.reset()
    return running


class Visitor(Clerk):
    """Goes through a sign-in page by page."""

    at: httpx.Response

    def open(self, path: str = "/invoices") -> Visitor:
        self.at = self.http.get(path)
        return self

    def enter(self, truth: str, **values: str) -> Visitor:
        """Fill the form with this button; the values are named after their truth tags."""
        form = form_of(self.soup, truth)
        action = str(httpx.URL(str(self.at.url)).join(str(form["action"])))
        self.at = self.send(form, {f"login.{name}": value for name, value in values.items()}, action)
        return self

    def name_and_password(self, password: str = PASSWORD) -> Visitor:
        return self.enter("login.next", user=USER).enter("login.submit", password=password)

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.at.text, "html.parser", string_containers={})

    @property
    def heading(self) -> str:
        found = self.soup.find("h1")
        return found.get_text() if found else ""


def outcomes(site: Backoffice) -> list[tuple[str, str]]:
    return [(one["outcome"], one["factor"]) for one in site.truth()["sign_ins"]]


def now_code(ahead: float = 0) -> str:
    return code_at(time.time() + ahead, TOTP_SECRET)


# One sign-in for all applications, on another origin


def test_with_single_sign_on_the_password_is_asked_on_another_origin_and_leads_back(site: Backoffice) -> None:
    site.configure(sso=True)
    visitor = Visitor(site).open("/approvals?page=2")
    assert str(visitor.at.url) == f"{site.identity_url}/signin"
    assert httpx.URL(site.identity_url).host != httpx.URL(site.base_url).host
    visitor.name_and_password()
    assert str(visitor.at.url) == f"{site.base_url}/approvals?page=2"
    assert outcomes(site) == [("accepted", "password")]
    assert site.count("login.ok", USER) == 1


def test_while_the_identity_session_lives_no_password_is_asked_again(site: Backoffice) -> None:
    site.configure(sso=True)
    visitor = Visitor(site).open().name_and_password()
    site.configure(expire_sessions=True)
    assert str(visitor.open("/suppliers").at.url) == f"{site.base_url}/suppliers"
    site.configure(expire_sessions=True, expire_identity=True)
    assert visitor.open("/suppliers").at.url.path == "/signin"


def test_signing_out_with_single_sign_on_ends_on_a_page_that_says_so(site: Backoffice) -> None:
    site.configure(sso=True)
    visitor = Visitor(site).open().name_and_password().enter("nav.logout")
    assert visitor.heading == "You are signed out"


def test_the_code_of_the_identity_page_is_worth_one_sign_in_of_one_visitor(site: Backoffice) -> None:
    site.configure(sso=True)
    mine, thief = Visitor(site), Visitor(site)
    mine.open().name_and_password()
    sent_back = next(
        one for one in mine.at.history if one.headers["location"].startswith(f"{site.base_url}/login/callback")
    )
    assert thief.http.get(sent_back.headers["location"]).status_code == 403
    assert mine.http.get(sent_back.headers["location"]).status_code == 403
    assert thief.open().at.url.path == "/signin"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "client_id=other&redirect_uri=http://localhost/&state=a",
        "client_id=backoffice&redirect_uri=https://evil.example/&state=a",
    ],
)
def test_the_identity_page_sends_nobody_to_strangers(site: Backoffice, query: str) -> None:
    assert httpx.get(f"{site.identity_url}/authorize?{query}", trust_env=False).status_code == 400


def test_a_wrong_password_on_the_identity_page_is_refused_there(site: Backoffice) -> None:
    site.configure(sso=True)
    visitor = Visitor(site).open().name_and_password("wrong")
    assert (visitor.at.status_code, visitor.at.url.path) == (401, "/signin")
    assert "is wrong" in visitor.at.text
    assert outcomes(site) == [("wrong-password", "password")]


def test_a_second_factor_has_a_page_of_its_own_there(site: Backoffice) -> None:
    site.configure(sso=True, totp=True)
    visitor = Visitor(site).open().name_and_password()
    assert visitor.heading == "Security code"
    visitor.enter("login.submit", code=now_code())
    assert visitor.at.url.path == "/invoices"
    assert outcomes(site) == [("accepted", "password+totp")]


# Second factors


def test_a_code_is_taken_once_where_codes_count_once(site: Backoffice) -> None:
    site.configure(totp=True, totp_once=True)
    code = now_code()
    assert Visitor(site).sign_in(code=code).url.path == "/invoices"
    again = Visitor(site).sign_in(code=code)
    assert again.status_code == 401
    assert "used already" in again.text
    assert outcomes(site) == [("accepted", "password+totp"), ("reused-code", "totp")]
    assert site.truth()["issued"]["code"][-1] == code


def test_a_server_whose_clock_is_wrong_refuses_our_codes_and_shows_its_time(site: Backoffice) -> None:
    site.configure(totp=True, clock_skew_seconds=600)
    refused = Visitor(site).sign_in(code=now_code())
    assert "code is wrong" in refused.text
    ahead = parsedate_to_datetime(refused.headers["date"]).timestamp() - time.time()
    assert 500 < ahead < 700
    assert refused.headers.get_list("date") == [refused.headers["date"]]
    assert Visitor(site).sign_in(code=now_code(600)).url.path == "/invoices"


@pytest.mark.parametrize("sso", [False, True])
def test_a_number_on_the_page_waits_for_the_phone(site: Backoffice, sso: bool) -> None:
    site.configure(sso=sso, number_match=True)
    visitor = Visitor(site)
    if sso:
        visitor.open().name_and_password()
    else:
        visitor.at = visitor.sign_in()
    (waiting,) = site.truth()["waiting"]
    assert str(waiting["number"]) in visitor.at.text
    page = str(visitor.at.url)
    assert visitor.open(page).heading == "Approve the sign-in in your app"
    with pytest.raises((BackofficeError, ConfigError), match="no sign-in waits"):
        site.approve_sign_in(100)
    site.approve_sign_in(waiting["number"])
    assert visitor.open(page).at.url.path == "/invoices"
    assert outcomes(site) == [("accepted", "password+number")]


# People only, and locks


def test_after_some_refusals_a_puzzle_is_asked_that_a_password_does_not_answer(site: Backoffice) -> None:
    site.configure(captcha_after=1)
    visitor = Visitor(site)
    assert visitor.open("/login").soup.find("iframe", title="CAPTCHA") is None
    visitor.sign_in(password="wrong")
    assert visitor.open("/login").soup.find("iframe", title="CAPTCHA") is not None
    assert visitor.sign_in().status_code == 401
    visitor.http.get("/captcha")
    letters = site.truth()["captcha"]
    assert letters not in visitor.http.get("/login").text
    solved = BeautifulSoup(visitor.http.post("/captcha", data={"letters": letters}).text, "html.parser")
    proof = solved.find(attrs={"data-truth-proof": True})
    assert proof is not None
    form = form_of(visitor.open("/login").soup, "login.submit")
    hidden = form.find(attrs={"name": "captcha_proof"})
    assert hidden is not None
    hidden["value"] = proof["data-truth-proof"]
    assert visitor.send(form, {"login.user": USER, "login.password": PASSWORD}).url.path == "/invoices"
    assert [outcome for outcome, _ in outcomes(site)] == ["wrong-password", "captcha", "accepted"]


def test_wrong_letters_are_no_proof(site: Backoffice) -> None:
    visitor = Visitor(site)
    visitor.http.get("/captcha")
    assert "not right" in visitor.http.post("/captcha", data={"letters": "?"}).text


def test_three_refused_passwords_lock_the_account_for_the_right_one_too(site: Backoffice) -> None:
    site.configure(lock_after=3)
    for _ in range(3):
        Visitor(site).sign_in(password="wrong")
    assert "locked" in Visitor(site).sign_in().text
    truth = site.truth()
    assert truth["lock_outs"] == [USER]
    assert truth["accounts"][USER] == {"refused": 3, "locked": True}
    assert outcomes(site)[-1] == ("locked", "password")


def test_a_right_password_in_time_forgives_the_wrong_ones(site: Backoffice) -> None:
    site.configure(lock_after=3)
    for password in ("wrong", "wrong", PASSWORD, "wrong", "wrong", PASSWORD):
        answer = Visitor(site).sign_in(password=password)
    assert answer.url.path == "/invoices"


# Passwords that end


def test_a_password_that_ends_soon_is_announced_after_signing_in(site: Backoffice) -> None:
    site.configure(password_expires_days=5)
    assert "Your password expires in 5 days" in Visitor(site).sign_in().text


@pytest.mark.parametrize("sso", [False, True])
def test_an_expired_password_must_be_changed_before_anything_else(site: Backoffice, sso: bool) -> None:
    site.configure(must_change_password=True, sso=sso)
    visitor = Visitor(site)
    if sso:
        visitor.open().name_and_password()
    else:
        visitor.at = visitor.sign_in()
    assert visitor.heading == "Choose a new password"
    assert Visitor(site).open("/invoices").at.url.path != "/invoices"
    for new, repeated, says in (
        ("new-pass-88", "other", "not the same"),
        (PASSWORD, PASSWORD, "differ"),
        ("a", "a", "8"),
    ):
        visitor.enter("login.change", new_password=new, repeat_password=repeated)
        assert says in visitor.at.text
    visitor.enter("login.change", new_password="new-pass-88", repeat_password="new-pass-88")
    assert visitor.at.url.path == "/invoices"
    site.configure(sso=False)
    assert Visitor(site).sign_in().status_code == 401
    assert Visitor(site).sign_in(password="new-pass-88").url.path == "/invoices"


def test_the_office_can_give_out_another_password(site: Backoffice) -> None:
    site.configure(password='Grüße "7" & <more>')
    assert Visitor(site).sign_in().status_code == 401
    assert Visitor(site).sign_in(password='Grüße "7" & <more>').url.path == "/invoices"


# Sessions that end


def test_a_session_ends_after_so_many_pages_for_people_and_for_scripts(site: Backoffice) -> None:
    site.configure(session_requests=2)
    visitor = Visitor(site)
    visitor.sign_in()
    assert visitor.open("/suppliers").at.url.path == "/suppliers"
    assert visitor.http.get("/api/invoices?number=1").status_code == 401
    assert visitor.open("/suppliers").at.url.path == "/login"


def test_a_session_ends_when_it_is_old_however_busy(site: Backoffice) -> None:
    visitor = Visitor(site)
    visitor.sign_in()
    site.configure(session_life_seconds=0)
    assert visitor.open("/suppliers").at.url.path == "/login"


@pytest.mark.parametrize("where", ["localStorage", "sessionStorage", "indexedDB"])
def test_a_token_is_handed_to_the_page_that_keeps_it_and_to_no_other(site: Backoffice, where: str) -> None:
    site.configure(session_in=where)  # type: ignore[arg-type]
    visitor = Visitor(site)
    kept = visitor.sign_in(path="/suppliers")
    assert parse_qs(urlsplit(str(kept.url)).query)["next"] == ["/suppliers"]
    token = site.truth()["issued"]["token"][-1]
    assert token in kept.text
    assert token not in visitor.http.get("/invoices").text
    assert visitor.http.get("/api/session").status_code == 401
    assert visitor.http.get("/api/session", headers={"Authorization": f"Bearer {token}"}).status_code == 200


# What starts it


def test_every_setting_can_be_given_on_the_command_line(site: Backoffice) -> None:
    import argparse

    asked = SiteConfig(
        generation=3, mutate=("relabel", "wrap"), sso=True, totp=True, totp_once=True, captcha_after=0, lock_after=3,
        password="-a b", session_in="indexedDB", session_requests=7, clock_skew_seconds=-90.0, number_match=True,
        password_expires_days=9, must_change_password=True, session_life_seconds=1.5, trap=("hidden-text",),
    )  # fmt: skip
    parser = argparse.ArgumentParser()
    add_settings(parser)
    assert settings_of(parser.parse_args(arguments_of(asked))) == asked


def test_a_place_that_no_browser_has_is_refused(site: Backoffice) -> None:
    with pytest.raises(ConfigError, match="cannot be kept"):
        site.configure(session_in="flash")  # type: ignore[arg-type]


def test_the_site_changes_in_the_middle_when_so_many_requests_have_come_in(site: Backoffice) -> None:
    visitor = Visitor(site)
    visitor.sign_in()
    site.configure_later(2, status=500)
    assert [visitor.http.get(path).status_code for path in ("/static/1.css", "/suppliers", "/suppliers")] == [200, 200, 500]
    site.configure(status=None)
    assert visitor.http.get("/suppliers").status_code == 200
    with pytest.raises(ConfigError, match="unknown setting"):
        site.configure_later(1, colour="red")  # type: ignore[call-arg]
