"""Ways around a break that send nothing: closing, opening, confirming, skipping, and stopping for a person."""

from __future__ import annotations

from typing import Any

import pytest
from pages import (
    AMOUNT,
    COOKIES,
    CUSTOMER_TABS,
    FILE,
    FORM,
    GEN1,
    MENU,
    NOTE,
    NUMBER,
    SAVE,
    STEPS,
    SUPPLIER,
    broken,
    button,
    changed,
    field,
    gen3,
    in_row,
    link,
    live,
    placed,
    propose,
    rows_of,
    step,
    survey,
)

from rpa_agent.domain.procedure import Expectation, Request
from rpa_agent.domain.proposal import (
    Break,
    Candidate,
    Confirm,
    Dismiss,
    Park,
    Proposal,
    Reveal,
    Skip,
    Survey,
    UseTarget,
)
from rpa_agent.domain.target import Fingerprint


def says(proposals: list[Proposal]) -> list[tuple[str, str]]:
    """Kind and name of each proposal."""
    on_element = (Confirm, Dismiss, Reveal, UseTarget)
    return [(p.kind, p.candidate.fingerprint.name if isinstance(p, on_element) else "") for p in proposals]


def layer(text: str, *buttons: str, **more: Any) -> list[Candidate]:
    """An open dialog with a text and some buttons."""
    return [live(button(b, dialog=text, near=(text,), path="body>div>div>button", **more)) for b in buttons]


def over(fingerprints: list[Fingerprint], text: str) -> list[Candidate]:
    """The elements of a page, all covered by something that says ``text``."""
    return [live(p, covered_by=text) for p in fingerprints]


# ---- interruptions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "buttons", "closing"), [
    ("How satisfied are you? It takes two minutes.", ("Take the survey", "No, thanks"), "No, thanks"),
    ("New: photos can be read. Would you like to see how?", ("Show me", "Close"), "Close"),
    ("We use cookies to measure usage", ("Accept all", "Reject all"), "Reject all"),
    ("Wir verwenden Cookies", ("Alle akzeptieren", "Nur notwendige"), "Nur notwendige"),
    ("What is new in this release", ("×",), "×"),
    ("Maintenance on Sunday", ("OK",), "OK"),
])
async def test_a_dialog_in_the_way_is_closed_without_agreeing(
    text: str, buttons: tuple[str, ...], closing: str
) -> None:
    """Refuse, postpone or close; acknowledge only where nothing else can be meant."""
    view = survey(*over(GEN1, text), *layer(text, *buttons), dialogs=(text,))
    (proposal,) = await propose(broken(STEPS[1], *STEPS, why="covered"), view)
    assert isinstance(proposal, Dismiss)
    assert proposal.candidate.fingerprint.name == closing
    assert text[:40] in proposal.words


@pytest.mark.parametrize("buttons", [
    ("Accept all",), ("I accept the new terms",), ("Agree and continue",), ("Subscribe",), ("Pay now", "More"),
    ("OK", "Help"),
])
async def test_nothing_is_accepted_to_get_past(buttons: tuple[str, ...]) -> None:
    """Where only agreeing is left, a person decides."""
    text = "Our terms have changed and we use cookies"
    view = survey(*over(GEN1, text), *layer(text, *buttons), dialogs=(text,))
    assert not any(isinstance(p, Dismiss) for p in await propose(broken(STEPS[1], *STEPS, why="covered"), view))


async def test_rejecting_is_no_way_to_close_a_business_question() -> None:
    """`Reject` closes a cookie bar; in a dialog about an invoice it refuses the invoice."""
    text = "Approve invoice RE-7?"
    view = survey(*over(GEN1, text), *layer(text, "Approve", "Reject"), dialogs=(text,))
    assert await propose(broken(STEPS[1], *STEPS, why="covered"), view) == []


async def test_a_bar_that_covers_the_target_is_refused_by_its_own_button() -> None:
    """A cookie bar is no dialog; what covers the target says which elements belong to it."""
    view = [live(p, covered_by=COOKIES) if p.name == "Save" else live(p) for p in GEN1]
    bar = [c for c in gen3() if c.fingerprint.name in {"Only necessary", "Accept all"}]
    (proposal,) = await propose(broken(FILE, *STEPS, why="covered"), survey(*view, *bar))
    assert says([proposal]) == [("dismiss", "Only necessary")]


async def test_a_bar_that_covers_nothing_is_left_alone() -> None:
    """It does not stand in the way of this step."""
    proposals = await propose(broken(STEPS[0], *STEPS), survey(*gen3(), dialogs=("Add invoice",)))
    assert not any(isinstance(p, Dismiss) for p in proposals)


async def test_the_dialog_that_now_holds_the_form_is_no_interruption() -> None:
    """The form moved into a dialog with a Close button: closing it would be the wrong way."""
    view = [live(changed(p, dialog="Add invoice")) for p in GEN1 if p.name not in {"Save", "Cancel"}]
    close = live(button("Close", dialog="Add invoice"))
    proposals = await propose(broken(FILE, *STEPS), survey(*view, close, dialogs=("Add invoice",)))
    assert ("dismiss", "Close") not in says(proposals)


async def test_a_dialog_that_was_recorded_is_expected() -> None:
    """It came when this was shown, too."""
    shown = changed(SAVE, dialog="Add invoice")
    view = survey(*MENU, *layer("Add invoice", "Close"), dialogs=("Add invoice",))
    assert await propose(broken(step(shown, "click", "commit")), view) == []


async def test_a_link_is_no_way_to_close_something() -> None:
    """Only what closes in place is known to be harmless."""
    text = "Your trial ends soon"
    away = live(link("Not now", "/offers", dialog=text))
    view = survey(*over(GEN1, text), away, dialogs=(text,))
    assert await propose(broken(STEPS[1], *STEPS, why="covered"), view) == []


# ---- revealing ------------------------------------------------------------------------------------------------------


async def test_the_next_page_of_a_wizard_is_opened_for_a_hidden_field() -> None:
    """`Next` in the form of the fields that are there already."""
    proposals = await propose(broken(STEPS[3], *STEPS, FILE), survey(*gen3(), dialogs=("Add invoice",)))
    assert says(proposals)[0] == ("reveal", "Next")


async def test_the_sending_button_of_a_wizard_is_looked_for_behind_next() -> None:
    """Also for a commit, opening the next page sends nothing."""
    proposals = await propose(broken(FILE, *STEPS), survey(*gen3(), dialogs=("Add invoice",)))
    assert says(proposals)[0] == ("reveal", "Next")


async def test_a_continue_that_sends_the_form_is_not_opened_in_place_of_a_commit() -> None:
    """It may be the very button that is missing, under another name."""
    send = button("Continue", type="submit", **FORM)
    view = [p for p in GEN1 if p.name != "Save"]
    assert ("reveal", "Continue") not in says(await propose(broken(FILE, *STEPS), survey(*view, send)))


async def test_tabs_are_tried_in_the_order_of_what_they_say() -> None:
    """The field stood under `Billing` when it was shown; a tab of that meaning comes first, the open one not at all."""
    iban = field("IBAN", "iban", heading="Billing")
    proposals = await propose(broken(step(iban, "fill", "draft")), survey(*CUSTOMER_TABS))
    assert says(proposals)[0] == ("reveal", "Accounting")
    assert ("reveal", "General") not in says(proposals)


@pytest.mark.parametrize(("facts", "name"), [
    ({"expanded": False}, "Remarks and attachment"), ({"haspopup": True, "expanded": False}, "Modules"), ({}, "More"),
    ({}, "Open the form"),
])
async def test_folded_parts_and_closed_menus_are_opened(facts: dict[str, Any], name: str) -> None:
    """What only shows more may be tried."""
    opener = live(button(name, path="main>div>button"), **facts)
    view = [live(p) for p in GEN1 if p is not GEN1[5]]
    proposals = await propose(broken(STEPS[5], *STEPS), survey(*view, opener))
    assert ("reveal", name) in says(proposals)


@pytest.mark.parametrize("name", [
    "Delete more", "Submit", "Save and continue", "Pay", "Log out", "Add to order", "Reset", "Approve", "Löschen",
    "Absenden",
])
async def test_nothing_that_might_change_something_is_opened(name: str) -> None:
    """Also when it says that it folds."""
    opener = live(button(name), expanded=False)
    assert not any(isinstance(p, Reveal) for p in await propose(broken(STEPS[5]), survey(*MENU, opener)))


async def test_a_row_that_is_not_on_this_page_of_the_list_is_looked_for_on_the_next() -> None:
    """Paging is a plain read."""
    approve = in_row(button("Approve", type="submit"), "RE-9")
    rows = [in_row(button("Approve", type="submit"), f"RE-{n}", index=n) for n in (1, 2, 3)]
    pager = link("Next", "/approvals?page=2", landmark="navigation")
    proposals = await propose(broken(step(approve, "click", "commit")), survey(*rows, pager))
    assert says(proposals) == [("reveal", "Next")]


async def test_a_refuted_opener_is_not_tried_again() -> None:
    """The next best comes first then."""
    iban = field("IBAN", "iban", heading="Billing")
    proposals = await propose(broken(step(iban, "fill", "draft"), tried=("tab 'Accounting'",)), survey(*CUSTOMER_TABS))
    assert [name for _, name in says(proposals)] == ["Address"]


# ---- confirming -----------------------------------------------------------------------------------------------------


def after_saving(**more: Any) -> Break:
    return broken(FILE, *STEPS, why="no_signals", **more)


@pytest.mark.parametrize(("question", "buttons", "answer"), [
    ("Are you sure?", ("Cancel", "Yes"), "Yes"),
    ("File this invoice?", ("Cancel", "Confirm"), "Confirm"),
    ("Save changes?", ("Back", "Save"), "Save"),
    ("Confirm", ("No", "OK"), "OK"),
    ("Wirklich speichern?", ("Abbrechen", "Ja"), "Ja"),
    ("Please confirm", ("Go back", "Yes, continue"), "Yes, continue"),
])
async def test_a_new_question_about_what_was_done_is_answered(
    question: str, buttons: tuple[str, ...], answer: str
) -> None:
    """The step was acted on, nothing was sent, and the page asks once more."""
    view = survey(*GEN1, *layer(question, *buttons), dialogs=(question,))
    (proposal,) = await propose(after_saving(), view)
    assert isinstance(proposal, Confirm)
    assert proposal.candidate.fingerprint.name == answer
    assert question in proposal.evidence[0]


@pytest.mark.parametrize(("question", "buttons"), [
    ("Discard your changes?", ("Cancel", "Yes")),           # not what the step did
    ("Are you sure?", ("Cancel", "Delete")),                # a destroying verb the step never had
    ("Are you sure?", ("Yes", "OK", "Cancel")),             # two ways to say yes
    ("Are you sure?", ("Cancel", "Yes, delete")),           # yes, and something else
    ("Are you sure?", ("Cancel", "Yes, to all")),
    ("Are you sure?", ("Yes, continue", "OK, continue", "Cancel")),
    ("Rate our service", ("Later on", "Great")),            # no question about the step
    ("Save all 12 invoices?", ("Cancel", "Save")),          # about far more than the step did
])
async def test_other_questions_are_not_answered(question: str, buttons: tuple[str, ...]) -> None:
    """Yes is only said to what the step did."""
    view = survey(*GEN1, *layer(question, *buttons), dialogs=(question,))
    assert not any(isinstance(p, Confirm) for p in await propose(after_saving(), view))


async def test_a_dialog_that_wants_to_know_more_is_not_answered() -> None:
    """A question with a field asks for data that nobody gave."""
    text = "Are you sure?"
    view = survey(*GEN1, *layer(text, "Yes", "Cancel"), live(field("Reason", "reason", dialog=text)), dialogs=(text,))
    assert not any(isinstance(p, Confirm) for p in await propose(after_saving(), view))


async def test_deleting_may_be_confirmed_by_its_own_verb() -> None:
    """The recorded step had that same verb."""
    delete = step(button("Delete", type="submit", **FORM), "click", "commit")
    text = "Delete this invoice?"
    view = survey(*GEN1, *layer(text, "Cancel", "Delete"), dialogs=(text,))
    assert says(await propose(broken(delete, why="no_signals"), view)) == [("confirm", "Delete")]


async def test_after_an_act_without_effect_no_other_element_is_acted_on() -> None:
    """A second button might send what the first already sent."""
    twin = changed(SAVE, name="File", text="File")
    assert await propose(after_saving(), survey(*GEN1, twin)) == []


# ---- skipping -------------------------------------------------------------------------------------------------------


async def test_an_optional_step_without_target_is_skipped_when_the_next_is_possible() -> None:
    """The notice that used to be closed is not there today."""
    notice = step(button("Hide notice"), optional=True)
    proposals = await propose(broken(notice, *STEPS, upcoming=STEPS), survey(*GEN1))
    assert isinstance(proposals[0], Skip)
    assert "Supplier" in proposals[0].evidence[0]


async def test_a_click_that_only_led_there_is_skipped_on_arrival() -> None:
    """The menu item is gone, and the page it opened is already open."""
    new = step(link("Enter", "/invoices/new"), expect=Expectation(url="{base}/invoices/new"))
    assert says(await propose(broken(new, upcoming=STEPS), survey(*GEN1))) == [("skip", "")]


@pytest.mark.parametrize("more", [
    {"effect": "draft"},                                                   # it changed something
    {"expect": Expectation(url="{base}/invoices/7")},                      # the page is another one
    {"expect": Expectation(download="report.csv")},
    {"expect": Expectation(popup="{base}/print")},
])
async def test_a_step_that_did_more_than_lead_on_is_not_skipped(more: dict[str, Any]) -> None:
    """Then its absence is a break."""
    new = step(link("Enter", "/invoices/new"), **more)
    assert not any(isinstance(p, Skip) for p in await propose(broken(new, upcoming=STEPS), survey(*GEN1)))


async def test_choosing_a_record_is_never_skipped() -> None:
    """The next page looks alike for every record."""
    choose = step(in_row(link("Open", "/invoices/7"), "RE-7"))
    assert not any(isinstance(p, Skip) for p in await propose(broken(choose, upcoming=STEPS), survey(*GEN1)))


async def test_a_step_before_a_commit_is_not_skipped_unless_optional() -> None:
    """A page that offers to send without what came before is not the page that was shown."""
    lead = step(button("Continue"))
    assert not any(isinstance(p, Skip) for p in await propose(broken(lead, upcoming=(FILE,)), survey(*GEN1)))


# ---- not a break at all ---------------------------------------------------------------------------------------------


async def only_park(break_: Break, view: Survey) -> Park:
    (proposal,) = await propose(break_, view)
    assert isinstance(proposal, Park)
    return proposal


async def test_a_login_page_is_not_repaired() -> None:
    """The session is over."""
    view = survey(field("User", "user"), field("Password", "password", type="password"), has_password=True)
    assert (await only_park(broken(STEPS[1], *STEPS), view)).fault == "login"


async def test_a_password_field_that_was_there_when_shown_is_no_login_page() -> None:
    """The page to change one's password has one too."""
    secret = field("Password", "password", type="password")
    view = survey(field("Password", "password", type="password"), *GEN1, has_password=True)
    for known in ({"known": (step(secret, "fill", "draft"),)}, {"page": rows_of(secret)}):
        proposals = await propose(Break(step=FILE, why="missing", **known), view)
        assert not any(isinstance(p, Park) for p in proposals)


@pytest.mark.parametrize(("facts", "fault"), [
    ({"status": 503}, "infrastructure"), ({"status": 404}, "drift"),
    ({"headings": ("Verify you are human",)}, "interruption"), ({"title": "Ich bin kein Roboter"}, "interruption"),
])
async def test_what_no_repair_can_mend_stops_at_once(facts: dict[str, Any], fault: str) -> None:
    """Errors of the server, pages that are gone, questions whether somebody is there."""
    assert (await only_park(broken(STEPS[1], *STEPS), survey(*gen3(), **facts))).fault == fault


async def test_an_error_that_was_never_shown_is_data_for_a_person() -> None:
    """It is quoted, bounded and on one line, and nothing is repaired."""
    text = "Invoice RE-7 already exists\n\x1b[31m" + "x" * 500
    park = await only_park(after_saving(), survey(*GEN1, alerts=(text,)))
    assert park.fault == "data"
    assert "Invoice RE-7 already exists" in park.reason
    assert "\n" not in park.reason and "\x1b" not in park.reason and len(park.reason) < 300


async def test_an_error_in_front_of_a_missing_target_is_data_too() -> None:
    """The last step was refused, so this page never came."""
    view = survey(*MENU, alerts=("Amount: this field is required.",))
    assert (await only_park(broken(FILE, *STEPS), view)).fault == "data"


async def test_a_notice_is_no_error() -> None:
    """Status texts come and go."""
    proposals = await propose(broken(STEPS[1], *STEPS), survey(*GEN1[2:], alerts=("Invoice RE-6 was filed",)))
    assert not any(isinstance(p, Park) for p in proposals)


async def test_an_error_that_was_shown_is_expected() -> None:
    """The demonstration met it, so the step led to it."""
    told = Expectation(texts=("Invoice {{ number }} already exists",), requests=(Request(method="POST", path="/"),))
    shown = FILE.but(expect=told)
    view = survey(*GEN1, alerts=("Invoice RE-7 already exists",))
    assert await propose(broken(shown, why="no_signals"), view) == []


async def test_without_time_nothing_is_proposed() -> None:
    """The budget is a promise."""
    from rpa_agent.repair.ladder import default_ladder

    assert await default_ladder().propose(broken(STEPS[1], *STEPS), survey(*gen3()), 0.0) == []


def test_the_fixture_knows_its_fields() -> None:
    """The helpers above rely on these names."""
    assert [p.name for p in (SUPPLIER, NUMBER, AMOUNT, NOTE)] == ["Supplier", "Invoice number", "Amount", "Note"]
    assert len(placed(*GEN1)) == len(GEN1)
