"""What a secret is bound to, read from its procedure, and every way in which a field at hand is not that."""

from __future__ import annotations

import pytest

from rpa_agent.domain.binding import Binding, FieldSeen, TypedLogin, binding_of, bindings, misplaced, typed_logins
from rpa_agent.domain.procedure import Expectation, Page, Request, Step
from rpa_agent.domain.target import Fingerprint, Target, Variant

BASE = "https://erp.test"
HIDDEN = ("textbox", "Password", "input", "password")
SHOWN = ("textbox", "User", "input", "text")


def step(id_: str, field: str, secret: str, *, kind: str = "password", page: str = "pg") -> Step:
    look = Variant(fingerprint=Fingerprint(tag="input", role="textbox", name=field, type=kind, capability="fill"))
    return Step(id=id_, kind="fill", target=Target(variants=(look,), page=page), value=f"{{{{ secrets.{secret} }}}}")


PASSWORD = step("p", "Password", "password")
USER = step("u", "User", "user", kind="text")
SEND = Step(id="s", kind="click", expect=Expectation(requests=(Request(method="POST", path="/x", origin="sso.test"),)))
PAGES = {"pg": Page(template="{base}/login", elements=(SHOWN, HIDDEN)), "away": Page(template="id.test:8443/sign-in")}


def test_a_secret_is_bound_to_the_origin_and_field_it_was_shown_in() -> None:
    """The page's template names the origin, the field's type whether it hides what is typed."""
    bound = binding_of(PASSWORD, (USER, PASSWORD, SEND), PAGES)
    assert bound == Binding(
        origin="{base}", field="textbox 'Password'", path="/login", shows="never", passwords=1,
        sends_to=("sso.test", "{base}"),
    )  # fmt: skip
    assert binding_of(USER, (USER, PASSWORD), PAGES).shows == "always"
    assert binding_of(step("q", "Pin", "pin", page="away"), (), PAGES).origin == "id.test:8443"


def test_a_step_whose_page_nobody_knows_is_bound_to_the_workflows_own_origin() -> None:
    """As an import's is, or one that a person wrote."""
    assert binding_of(step("x", "Pin", "pin", page="?"), (), {}).origin == "{base}"
    assert binding_of(Step(id="x", kind="fill", value="{{ secrets.pin }}"), (), {}).shows == "either"


def test_every_place_of_a_secret_is_known_once() -> None:
    """A password that is asked for twice has two."""
    again = step("r", "Password again", "password", page="away")
    found = bindings((USER, PASSWORD, PASSWORD, again), PAGES)
    assert {n: [b.path for b in places] for n, places in found.items()} == {
        "user": ["/login"],
        "password": ["/login", "/sign-in"],
    }


HERE = FieldSeen(origin=BASE, type="password", passwords=1)
BOUND = binding_of(PASSWORD, (PASSWORD, SEND), PAGES)


def test_the_field_that_was_shown_takes_its_secret() -> None:
    assert misplaced(BOUND, HERE, BASE) == ""
    assert misplaced(BOUND, HERE.but(sends_to=("https://sso.test",)), BASE) == ""


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (HERE.but(origin="https://erp.test.evil.example"), "belongs to https://erp.test"),
        (HERE.but(origin="http://erp.test"), "belongs to https://erp.test"),
        (HERE.but(origin="https://erp.test:8443"), "belongs to https://erp.test"),
        (HERE.but(origin="null"), "no origin that can be trusted"),
        (HERE.but(sends_to=("https://collect.test",)), "sends to https://collect.test"),
        (HERE.but(sends_to=("http://sso.test",)), "sends to http://sso.test"),
        (HERE.but(typed_into=False, tag="select"), "a select stands"),
        (HERE.but(visible=False), "cannot be seen"),
        (HERE.but(readonly=True), "lets nobody type"),
        (HERE.but(type="text"), "shows what is typed"),
        (HERE.but(passwords=2), "asks for 2 passwords"),
    ],
)
def test_a_field_that_is_not_the_one_that_was_shown_gets_nothing(seen: FieldSeen, words: str) -> None:
    """Each reason in words a person can check."""
    assert words in misplaced(BOUND, seen, BASE)


def test_a_user_name_is_not_typed_where_a_password_goes() -> None:
    """Two fields that changed places."""
    assert "hides what is typed" in misplaced(binding_of(USER, (USER,), PAGES), HERE.but(passwords=0), BASE)


def test_another_host_is_reached_in_clear_only_where_the_workflows_own_is_too() -> None:
    """A template names no scheme: on a closed network both may be plain."""
    bound = Binding(origin="id.test")
    seen = FieldSeen(origin="http://id.test")
    assert misplaced(bound, seen, "http://erp.test") == ""
    assert "belongs to id.test" in misplaced(bound, seen, BASE)


def test_a_login_is_what_a_page_hides_with_what_was_typed_before_it() -> None:
    """By the host where it is typed: what is typed at an identity provider is a login there, whatever the workflow's own site."""
    pin, away = step("n", "Pin", "pin"), step("a", "Password", "other", page="away")
    found = typed_logins((USER, PASSWORD, PASSWORD, pin, SEND, away), PAGES, "https://ERP.test:443/start")
    assert [(one.at, one.names) for one in found] == [
        ("erp.test", ("user", "password")), ("erp.test", ("user", "pin")), ("id.test:8443", ("other",)),
    ]  # fmt: skip
    assert typed_logins((USER, SEND), PAGES, BASE) == (TypedLogin(at="erp.test", names=("user",)),)
    assert typed_logins((SEND,), PAGES, BASE) == ()
