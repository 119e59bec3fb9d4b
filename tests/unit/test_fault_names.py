"""What a fault is called where the page itself tells: a complaint, something the site did not give, a login that wants more."""

from __future__ import annotations

from datetime import date

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage
from pages import broken, button, field, step, survey

from rpa_agent.domain.errors import ActionFailed, NeedsPerson, NotInTime, NotOffered, RpaAgentError
from rpa_agent.domain.procedure import Expectation
from rpa_agent.domain.target import Target, Variant
from rpa_agent.domain.workflow import Param
from rpa_agent.repair.language import language
from rpa_agent.repair.login_page import barred
from rpa_agent.repair.needed import complaint
from rpa_agent.run import Plan
from rpa_agent.run.attempt import Attempt, break_at
from rpa_agent.run.context import Context, Hindered
from rpa_agent.run.refusals import because
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
