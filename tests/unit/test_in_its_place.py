"""What stands in the place of the page that was shown, by evidence; and what must not be taken for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pages import GEN1, MENU, SAVE, SUPPLIER, broken, button, field, link, live, propose, rows_of, step, survey
from test_fault_names import Browsing

from rpa_agent.browser.signals import Listener, unexpected
from rpa_agent.domain.procedure import Expectation, Request
from rpa_agent.domain.proposal import Came, Park, Survey
from rpa_agent.repair.in_its_place import in_its_place, not_taken, warning
from rpa_agent.repair.language import language

FILL = step(SUPPLIER, "fill", effect="draft", value="Acme")
MISSING = broken(FILL, page=rows_of(*GEN1))
RETRY = button("Retry", landmark="")


def bare(text: str, *elements: Any, **came: Any) -> Survey:
    """A page that says this and has next to nothing on it."""
    return survey(*elements, title="", came=Came(text=text, **came))


def fault_of(park: Park | None) -> str:
    return park.fault if park is not None else ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("We will be back soon. Planned maintenance until four.", "infrastructure"),
        ("Wegen Wartungsarbeiten derzeit nicht verfügbar", "infrastructure"),
        ("You have made too many requests", "infrastructure"),
        ("You are offline", "infrastructure"),
        ("Something went wrong. Please try again later.", "infrastructure"),
        ("Your session has expired", "login"),
        ("Sie wurden abgemeldet", "login"),
        ("Access denied", "login"),
        ("Dafür haben Sie keine Berechtigung", "login"),
        ("Enter the code of your authenticator app", "login"),
        ("Loading…", "timing"),
        ("Welcome to the new start page", ""),  # it says nothing of the kind: it may have changed
    ],
)
def test_a_page_with_nothing_left_of_what_was_shown_is_what_it_says(text: str, fault: str) -> None:
    assert fault_of(in_its_place(MISSING, bare(text, RETRY), language())) == fault


@pytest.mark.parametrize(
    "view",
    [
        bare("Planned maintenance. Access denied. You have been signed out.", *GEN1[1:]),  # the form is there, a field is gone
        bare("Planned maintenance", *(field(f"Other {n}") for n in range(9))),  # a form in other words
        survey(RETRY, title="", came=Came(text="Planned maintenance"), dialogs=("New invoice",)),  # it may be in the dialog
        bare("Planned maintenance", live(button("Save"))),  # something that was shown is left
    ],
)
def test_words_alone_name_nothing(view: Survey) -> None:
    """A page of news, or a menu, may hold any of them."""
    assert in_its_place(MISSING, view, language()) is None


def test_what_stands_around_every_page_is_not_what_the_page_is() -> None:
    """The menu is left, the page in the middle is another; what the menu says is not asked."""
    upkeep = link("Maintenance", "/maintenance", landmark="navigation")
    inside = survey(*MENU, upkeep, title="", headings=("Maintenance on Sunday",), came=Came(text="You do not have permission"))
    assert fault_of(in_its_place(MISSING, inside, language())) == "login"
    quiet = survey(*MENU, upkeep, title="", headings=("Maintenance on Sunday",), came=Came(text="Choose a menu entry"))
    assert in_its_place(MISSING, quiet, language()) is None


@pytest.mark.parametrize(
    ("came", "fault"),
    [
        (Came(), "infrastructure"),  # nothing at all
        (Came(not_given=("script 404",)), "infrastructure"),
        (Came(text="Invoices", not_given=("frame 502",)), "infrastructure"),
        (Came(text="Invoices", not_given=("script 404",)), ""),  # of a page that shows something it may be a counter
        (Came(text="Invoices", busy=True), "timing"),
    ],
)
def test_what_the_page_did_not_get_is_why_there_is_nothing_on_it(came: Came, fault: str) -> None:
    assert fault_of(in_its_place(MISSING, survey(title="", came=came), language())) == fault


@pytest.mark.parametrize("came", [Came(busy=True, text="x"), Came(not_given=("frame 502",), text="x"), Came(text="")])
def test_a_page_that_shows_what_was_shown_is_there(came: Came) -> None:
    assert in_its_place(MISSING, survey(*GEN1[1:], came=came), language()) is None


def test_half_of_a_page_is_no_changed_page() -> None:
    """Whatever arrived of it."""
    assert fault_of(in_its_place(MISSING, survey(*GEN1[1:], came=Came(cut_off=True)), language())) == "infrastructure"


@pytest.mark.parametrize(
    ("came", "fault"),
    [
        (Came(answers=("Application error: an unhandled exception occurred",)), "infrastructure"),
        (Came(answers=("Sign in to go on",), login_given=True), "login"),
        (Came(answers=("Suppliers A to F",)), ""),  # some sites answer with pages
    ],
)
def test_a_page_in_the_place_of_data_is_told(came: Came, fault: str) -> None:
    covered = broken(FILL, why="covered", page=rows_of(*GEN1))
    assert fault_of(in_its_place(covered, survey(*GEN1, came=came), language())) == fault


@pytest.mark.parametrize(
    ("text", "enabled", "fault"),
    [
        ("The ledger is in read-only mode. Supplier", False, "infrastructure"),
        ("This record is being edited by M. Sommer", False, "data"),
        ("You do not have permission to change it", False, "login"),
        ("Supplier Invoice number", False, ""),  # nobody says why
        ("The ledger is in read-only mode", True, ""),  # what it says is not so
    ],
)
def test_a_form_that_is_closed_as_a_whole_says_why(text: str, enabled: bool, fault: str) -> None:
    view = survey(*(live(f, enabled=enabled or f is SAVE) for f in GEN1), came=Came(text=text))
    covered = broken(FILL, why="covered", page=rows_of(*GEN1))
    assert fault_of(in_its_place(covered, view, language())) == fault


SENDS = Expectation(requests=(Request(method="POST", origin="{base}", path="/invoices/*/approve", status=3),))
SENT = broken(step(button("Approve"), effect="commit", expect=SENDS), why="no_signals")


@pytest.mark.parametrize(
    ("status", "fault"),
    [(409, "data"), (422, "data"), (423, "data"), (419, "login"), (440, "login"), (503, "infrastructure"), (429, "infrastructure"),
     (200, ""), (303, ""), (404, ""), (0, "")],
)
def test_how_a_commit_was_answered_is_told(status: int, fault: str) -> None:
    sent = Came(sent=(("POST", "/invoices/7/approve", status),))
    assert fault_of(not_taken(SENT, survey(came=sent))) == fault


@pytest.mark.parametrize("path", ["/heartbeat", "/invoices/7/reject"])
def test_how_something_else_was_answered_tells_nothing_of_a_commit(path: str) -> None:
    assert not_taken(SENT, survey(came=Came(sent=(("POST", path, 503),)))) is None


@pytest.mark.parametrize(
    ("text", "warned", "told"),
    [
        ("Posting period 11/2026 is closed", True, True),
        ("Posting period 11/2026 is closed", False, False),  # a mere status, in words that nobody knows
        ("RE-7 is being edited by M. Sommer", False, True),
        ("The date must not be on a holiday", False, True),
        ("Invoice RE-7 was saved successfully", True, False),
        ("Die Rechnung wurde erfolgreich eingereicht", True, False),
    ],
)
def test_what_is_said_after_a_commit_that_led_nowhere_is_why(text: str, warned: bool, told: bool) -> None:
    view = survey(came=Came(warned=(text,) if warned else ()))
    seen = SENT.model_copy(update={"said": (text,), "doubtful": True})
    assert warning(seen, view, language()) == (text if told else "")
    assert warning(SENT, view, language()) == "", "what stood there before says nothing of it"


def test_an_alert_in_unknown_words_is_no_complaint_where_the_commit_led_where_it_led() -> None:
    """It may be how the site says now that all is well."""
    view = survey(came=Came(warned=("Beleg 7 verbucht",)))
    assert warning(SENT.model_copy(update={"said": ("Beleg 7 verbucht",)}), view, language()) == ""


async def test_a_repair_is_tried_before_a_page_is_called_another() -> None:
    """The field is there under another name, on a page that tells of a maintenance."""
    renamed = SUPPLIER.model_copy(update={"name": "Vendor", "label": "Vendor", "near": ("Vendor",)})
    found = await propose(MISSING, survey(renamed, *GEN1[1:], came=Came(text="Planned maintenance", cut_off=True)))
    assert found and found[0].kind == "use_target"


def test_a_text_that_may_have_been_there_before_proves_no_commit() -> None:
    """What passes while a page is waited for is kept only where it is none of what was to come."""
    expect = Expectation(texts=("{{ number }} was saved",))
    assert unexpected(expect, ["RE-7 was saved", "RE-7 is locked"], {"number": "RE-7"}) == ("RE-7 is locked",)


@pytest.mark.parametrize(
    ("failure", "answered", "cut_off"),
    [
        ("net::ERR_CONTENT_LENGTH_MISMATCH", True, True),
        ("net::ERR_CONNECTION_RESET", True, True),
        ("net::ERR_CONNECTION_RESET", False, False),  # no document came at all
        ("net::ERR_ABORTED", True, False),  # another page was asked for meanwhile
    ],
)
def test_a_document_that_breaks_off_is_told_from_one_that_never_came(failure: str, answered: bool, cut_off: bool) -> None:
    listener, context, tab = Listener("http://site.test"), Browsing(), Tab()
    listener.attach(context)  # type: ignore[arg-type]  # of a context only its events are used
    request = SimpleNamespace(
        method="GET", url="http://site.test/list", resource_type="document", is_navigation_request=lambda: True,
        frame=tab.main_frame, failure=failure,
    )
    context.tell("request", request)
    if answered:
        context.tell("response", SimpleNamespace(request=request, status=200, frame=tab.main_frame, headers={}))
    context.tell("requestfailed", request)
    assert ("document" in listener.broken.get(tab, [])) is cut_off


class Tab:
    """A tab of which only its own frame is asked."""

    def __init__(self) -> None:
        self.main_frame = SimpleNamespace(page=self, parent_frame=None)
