"""What a fault is called where the page itself tells: a complaint, something the site did not give, a login that wants more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage
from pages import broken, button, field, in_row, link, live, step, survey

from rpa_agent.browser.signals import HUNG_UP, Listener
from rpa_agent.domain.errors import ActionFailed, NeedsPerson, NotInTime, NotOffered, RpaAgentError
from rpa_agent.domain.ports import Action
from rpa_agent.domain.procedure import Expectation, Page, Procedure
from rpa_agent.domain.proposal import Break, Candidate, UseTarget
from rpa_agent.domain.target import Target, Variant
from rpa_agent.domain.workflow import Param
from rpa_agent.repair.circumstances import no_break
from rpa_agent.repair.language import language
from rpa_agent.repair.login_page import barred
from rpa_agent.repair.needed import complaint
from rpa_agent.run import Plan, run_procedure
from rpa_agent.run.attempt import Attempt, break_at
from rpa_agent.run.context import Context, Hindered
from rpa_agent.run.refusals import because, given_up
from rpa_agent.run.resolve import NotFound

DRIFT = NeedsPerson("combobox 'Supplier' is there but cannot be used")


@pytest.mark.parametrize(
    ("says", "fault"), [("Invoice RE-7 already exists", "data"), ("Invoice RE-7", ""), ("Invoice RE-7 was filed", "")]
)
def test_a_complaint_about_this_record_is_no_headline_of_it(says: str, fault: str) -> None:
    """A headline that was shown as *Invoice {{ number }}* names the record, and does not complain about it."""
    save = step(button("Save"), expect=Expectation(texts=("Invoice {{ number }}", "Invoice {{ number }} was filed")))
    plan = Plan(run="r", values={"number": "RE-7"}, params={"number": Param(type="string")}, today=date(2026, 11, 28))
    ctx = Context(FakePage({}), plan, (save,), FakeLadder(), FakeJournal(), {})
    target = Target(variants=(Variant(fingerprint=button("Save")),))
    seen = break_at(ctx, 0, save, target, NotFound("missing"), Attempt()).model_copy(update={"why": "no_signals"})
    park = complaint(seen, survey(button("Save"), alerts=(says,), errors=(says,)), language())
    assert (park.fault if park else "") == fault


@pytest.mark.parametrize(
    ("error", "denied", "fault"),
    [
        (NotOffered("0 options are called 'Acme'"), 0, "data"),
        (NotOffered("0 options are called 'Acme'"), 401, "login"),  # the list is empty since nobody is logged in
        (NotOffered("0 options are called 'Acme'"), 500, "infrastructure"),
        (NotOffered("0 options are called 'Acme'"), HUNG_UP, "infrastructure"),  # it is empty since nothing came
        (NotInTime("not possible in time"), 503, "infrastructure"),
        (NotInTime("not possible in time"), 0, "timing"),
        (ActionFailed("it is covered"), 0, "drift"),
    ],
)
def test_what_the_site_did_not_give_is_why_an_element_could_not_be_used(error: RpaAgentError, denied: int, fault: str) -> None:
    assert because(DRIFT, Hindered("s1", error, denied)).fault == fault
    known = NeedsPerson("a bar lies over it", fault="interruption")
    assert because(known, Hindered("s1", error, denied)) is known, "what is known better stays"


@pytest.mark.parametrize(
    ("heading", "fault"),
    [
        ("Approve the sign-in in your app", "login"),
        ("Enter the one-time code", "login"),
        ("Your account is locked", "login"),
        ("Invoices", ""),
    ],
)
def test_a_login_that_leads_to_another_question_is_a_fault_of_the_login(heading: str, fault: str) -> None:
    """The page of the password was left, and nothing of what was shown followed."""
    password = step(field("Password", type="password"), "fill", value="{{ secrets.password }}")
    seen = broken(step(button("Sign in")), password, why="no_signals")
    park = barred(seen, survey(headings=(heading,)), language())
    assert (park.fault if park else "") == fault
    assert barred(broken(step(button("Save")), why="no_signals"), survey(headings=(heading,)), language()) is None


@pytest.mark.parametrize(
    ("path", "template", "kind", "effect", "fault"),
    [
        ("/login/step", "{base}/login", "password", "draft", "login"),
        ("/login", "{base}/login", "password", "draft", ""),  # it may be on its way
        ("/start", "{base}/login", "password", "draft", ""),  # it may have let in
        ("/logins/step", "{base}/login", "password", "draft", ""),
        ("/start", "{base}/", "password", "draft", ""),  # every page is below the first
        ("/login/step", "{base}/login", "text", "draft", ""),  # a secret, and no password
        ("/login/step", "{base}/login", "password", "commit", ""),  # what sends is no login
    ],
)
def test_a_login_that_leads_to_a_page_below_its_own_is_not_over(
    path: str, template: str, kind: str, effect: str, fault: str
) -> None:
    """Whatever that page says; one that leads elsewhere is told as before."""
    password = step(field("Secret", type=kind), "fill", value="{{ secrets.password }}")
    seen = broken(step(button("Go"), effect=effect), password, why="no_signals", page=Page(template=template))
    park = barred(seen, survey(url=f"http://site.test{path}", headings=("One more thing",)), language())
    assert (park.fault if park else "") == fault
    assert park is None or "One more thing" in park.reason


SIGN_IN = step(field("Password", type="password"), "fill", value="{{ secrets.password }}")
APPROVE = step(button("Approve"))


@pytest.mark.parametrize(
    ("status", "seen", "fault"),
    [
        (401, broken(APPROVE), "login"),
        (403, broken(APPROVE), "login"),
        (403, broken(APPROVE, SIGN_IN, why="no_signals"), "login"),  # what the login led to
        (401, broken(APPROVE, upcoming=(SIGN_IN,)), ""),  # a site may show its login so
        (401, broken(APPROVE, SIGN_IN), ""),
        (410, broken(APPROVE), "drift"),
        (408, broken(APPROVE), "infrastructure"),
        (429, broken(APPROVE), "infrastructure"),
        (422, broken(APPROVE), ""),
        (200, broken(APPROVE), ""),
        (0, broken(APPROVE), ""),
    ],
)
def test_a_page_that_this_account_is_not_shown_is_no_changed_page(status: int, seen: Break, fault: str) -> None:
    park = no_break(seen, survey(button("Back"), headings=("Error 403",), status=status), language())
    assert (park.fault if park else "") == fault


@pytest.mark.parametrize(("over", "fault"), [("We have new terms. I accept", "interruption"), ("", "timing")])
async def test_what_lies_over_an_element_that_was_found_anew_is_why_it_could_not_be_used(over: str, fault: str) -> None:
    """Where nothing lies over it, the page was slow."""
    new = field("Vendor", id="vendor")

    def slow(page: FakePage, action: Action, at: str | None) -> None:
        if at == "v":
            raise NotInTime("not possible in time")

    use = UseTarget(by="fingerprint", confidence=0.9, candidate=Candidate(ref="v", fingerprint=new, covered_by=over))
    page = FakePage({"v": new}, on_act=slow)
    fill = step(field("Supplier", id="supplier"), "fill", value="Acme")
    plan = Plan(run="r", values={}, params={}, today=date(2026, 11, 28), step_seconds=0.3)
    procedure = Procedure(procedure="p", site="s", task="t", steps=(step(None, "goto", value="{base}/form"), fill))
    done = await run_procedure(procedure, page, plan, ladder=FakeLadder([[use]]), journal=FakeJournal())
    assert (done.outcome, done.fault) == ("needs_person", fault), done.stopped


@pytest.mark.parametrize(
    ("beside", "why", "fault"),
    [
        (live(in_row(link("RE-7", "/invoices/7"), "RE-7")), "missing", "drift"),
        (live(in_row(link("RE-7", "/invoices/7"), "RE-7")), "ambiguous", "data"),  # which of two rows nobody can tell
        (live(in_row(link("RE-8", "/invoices/8"), "RE-8")), "missing", "data"),
        (live(in_row(link("RE-7", "/invoices/7"), "RE-7"), visible=False), "missing", "data"),
        (live(link("RE-7", "/invoices/7")), "missing", "data"),  # a notice that names it is no row of it
    ],
)
def test_a_row_that_is_there_without_its_button_is_no_missing_record(beside: Candidate, why: Any, fault: str) -> None:
    target = Target(variants=(Variant(fingerprint=in_row(button("Approve"), "RE-7")),))
    assert given_up(target, NotFound(why), survey(beside)).fault == fault


LOOKED_UP, LATER = ("/search?q=A", "ERR_EMPTY_RESPONSE"), ("/search?q=Ac", "")


@pytest.mark.parametrize(
    ("asked", "denied"),
    [
        ((LOOKED_UP,), HUNG_UP),
        (((LOOKED_UP[0], "ERR_CONNECTION_REFUSED"),), HUNG_UP),
        ((LOOKED_UP, LATER), 0),  # what was asked next was answered
        ((LATER, LOOKED_UP), HUNG_UP),
        (((LOOKED_UP[0], "ERR_ABORTED"),), 0),  # by the page itself, or by the gate
        ((LOOKED_UP, ("/search?q=Ac", "ERR_ABORTED")), HUNG_UP),
        ((("http://elsewhere.test/count", "ERR_CONNECTION_REFUSED"),), 0),
    ],
)
def test_a_site_that_hung_up_on_its_page_is_told_from_a_page_that_broke_off(
    asked: tuple[tuple[str, str], ...], denied: int
) -> None:
    listener, context = Listener("http://site.test"), Browsing()
    listener.attach(context)  # type: ignore[arg-type]  # of a context only its events are used
    for address, failure in asked:
        url = address if "//" in address else f"http://site.test{address}"
        request = SimpleNamespace(
            method="GET", url=url, resource_type="fetch", is_navigation_request=lambda: False,
            frame=SimpleNamespace(page=None), failure=f"net::{failure}" if failure else None,
        )
        context.tell("request", request)
        if failure:
            context.tell("requestfailed", request)
        else:
            context.tell("response", SimpleNamespace(request=request, status=200, headers={}))
    assert listener.denied() == denied


class Browsing:
    """A browser context without tabs, of which only its events are told."""

    pages: tuple[Any, ...] = ()

    def __init__(self) -> None:
        self._told: dict[str, Callable[[Any], None]] = {}

    def on(self, event: str, told: Callable[[Any], None]) -> None:
        self._told[event] = told

    def tell(self, event: str, what: Any) -> None:
        self._told[event](what)
