"""Is this the element that was meant? The score that the guard and every ranker share, and its floors."""

from __future__ import annotations

from typing import Any

import pytest
from pages import AMOUNT, DISCARD, NUMBER, SAVE, button, changed, field, in_row, link

from rpa_agent.domain.identity import ELSEWHERE, identity, likeness, words
from rpa_agent.domain.ports import Hit
from rpa_agent.domain.procedure import Effect
from rpa_agent.domain.proposal import Candidate
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant, rendered
from rpa_agent.run.resolve import FLOOR, Found, NotFound, resolve


def hit(fingerprint: Fingerprint, ref: str = "1", *, votes: int = 3, voters: int = 3, **more: object) -> Hit:
    candidate = Candidate(ref=ref, fingerprint=fingerprint, **more)  # type: ignore[arg-type]
    return Hit(candidate=candidate, variant=0, votes=votes, voters=voters)


def sight(shown: Fingerprint, *hits: Hit, effect: Effect = "none") -> Found | NotFound:
    return resolve(Target(variants=(Variant(fingerprint=shown),)), hits, effect)


def why(found: Found | NotFound) -> str:
    assert isinstance(found, NotFound), "it was taken for the target"
    return found.why


def test_the_same_element_is_certain_and_another_capability_or_row_impossible() -> None:
    """One for the very same look; nothing for what cannot do the act or stands in another record's row."""
    assert identity(SAVE, SAVE) == pytest.approx(1.0)
    assert identity(SAVE, changed(SAVE, capability="fill")) == 0.0
    assert identity(in_row(SAVE, "RE-7"), in_row(SAVE, "RE-8")) == 0.0
    assert identity(in_row(SAVE, "RE-7"), SAVE) == 0.0


def test_what_was_never_recorded_does_not_count_against_anyone() -> None:
    """New traits of the live element change nothing, and machine-made ones neither."""
    assert identity(NUMBER, changed(NUMBER, test_id="new", alt="x", classes=("y",))) == pytest.approx(1.0)
    made = changed(NUMBER, id="fld-9c41f", generated=("id",))
    assert identity(made, changed(made, id="fld-00000")) == pytest.approx(1.0)
    assert identity(NUMBER, changed(NUMBER, id="other")) < 1.0


def test_a_moved_and_restyled_element_stays_itself_for_every_effect() -> None:
    """Another place, other classes, another heading: still above the floor of a commit."""
    moved = changed(
        SAVE, classes=("bo-btn",), heading="Further details", path="main>div>footer>button", id="invoice_save"
    )
    assert identity(SAVE, moved) >= FLOOR["commit"]
    assert isinstance(sight(SAVE, hit(moved), effect="commit"), Found)


def test_save_is_not_delete_even_at_its_own_place() -> None:
    """The word on the button outweighs where it stands."""
    for other in (
        DISCARD,
        changed(SAVE, name="Delete", text="Delete"),
        changed(SAVE, name="Save draft", text="Save draft"),
    ):
        assert why(sight(SAVE, hit(other), effect="commit")) in {"identity", "missing"}


def test_the_floor_rises_with_what_is_at_stake() -> None:
    """What is good enough to look at is not good enough to send with."""
    assert FLOOR["none"] < FLOOR["draft"] < FLOOR["commit"]
    renamed = changed(SAVE, name="Save invoice", text="Save invoice", id="other")
    score = identity(SAVE, renamed)
    assert FLOOR["none"] <= score < FLOOR["commit"], score
    assert isinstance(sight(SAVE, hit(renamed), effect="none"), Found)
    assert why(sight(SAVE, hit(renamed), effect="commit")) == "identity"


def test_few_votes_are_no_agreement_however_alike() -> None:
    """Half of the independent encodings must name the element."""
    assert isinstance(sight(NUMBER, hit(NUMBER, votes=2, voters=4)), Found)
    assert why(sight(NUMBER, hit(NUMBER, votes=1, voters=4))) == "identity"


def test_two_that_fit_equally_are_not_told_apart_unless_they_do_the_same() -> None:
    """Twins are ambiguous; two links to one address, and the buttons above and below one form, are one choice."""
    scripted = changed(SAVE, type="button")
    assert why(sight(scripted, hit(scripted, "1"), hit(scripted, "2"))) == "ambiguous"
    assert isinstance(sight(SAVE, hit(SAVE, "1"), hit(SAVE, "2")), Found)
    elsewhere = changed(SAVE, form="/drafts")
    assert why(sight(changed(SAVE, form=""), hit(SAVE, "1"), hit(elsewhere, "2"))) == "ambiguous"
    menu = link("Invoices", "/invoices")
    assert isinstance(sight(menu, hit(menu, "1"), hit(menu, "2")), Found)


def test_nothing_alike_is_missing_and_what_is_disabled_is_covered() -> None:
    """The reasons differ, because what follows differs."""
    assert why(sight(SAVE)) == "missing"
    assert why(sight(SAVE, hit(button("Logout", landmark="banner", type="button")))) == "missing"
    assert why(sight(AMOUNT, hit(AMOUNT, enabled=False))) == "covered"


def test_words_and_likeness() -> None:
    """Camel and snake case are words; order of words matters little, other words much."""
    assert words("invoiceNumber total_amount 2-fold") == ("invoice", "number", "total", "amount", "2", "fold")
    assert likeness("Invoice number", "invoice_number") > 0.9
    assert likeness("Amount", "Total amount") > likeness("Amount", "Supplier")
    assert likeness("", "Save") == likeness("Save", "") == 0.0


def test_every_text_that_may_hold_a_value_is_filled_before_it_is_compared() -> None:
    """Test ids, headings, dialogs and neighbours of one record name that record."""
    shown = field(
        "Number of {{ n }}",
        id="f-{{ n }}",
        test_id="row-{{ n }}",
        heading="Invoice {{ n }}",
        dialog="Edit {{ n }}",
        near=("For {{ n }}",),
        row=RowContext(key="{{ n }}"),
        placeholder="{{ n }}",
    )
    target = rendered(Target(variants=(Variant(fingerprint=shown),)), lambda text: text.replace("{{ n }}", "RE-7"))
    assert "{{" not in target.model_dump_json()
    assert target.variants[0].fingerprint.row == RowContext(key="RE-7")


def test_a_link_of_the_same_name_to_something_else_is_not_the_one_meant() -> None:
    """Three reports offer "PDF": which one is said by the address; a record's number says nothing."""
    shown = link("PDF", "/reports/sales.pdf", unique={"name": 3})
    assert why(sight(shown, hit(link("PDF", "/reports/stock.pdf")))) == "identity"
    assert isinstance(sight(shown, hit(link("PDF", "/reports/sales.pdf"))), Found)
    numbered = link("PDF", "/invoices/*/pdf", unique={"name": 3})
    assert isinstance(sight(numbered, hit(link("PDF", "/invoices/7/pdf"))), Found)


def test_what_several_share_names_none_of_them() -> None:
    """Two links lead to one address, and neither is called as recorded: their place must not decide."""
    shown = link("Download PDF", "/report")
    beside = Hit(candidate=Candidate(ref="1", fingerprint=link("Open PDF", "/report")), variant=0, votes=2, voters=3, rivals=1)
    assert why(sight(shown, beside)) == "identity"


def test_a_field_without_a_name_is_known_by_the_text_before_it() -> None:
    """Three nameless inputs alike: what stands just before each is what a person calls it."""
    def nameless(*near: str) -> Fingerprint:
        return Fingerprint(tag="input", role="textbox", type="text", capability="fill", classes=("control",), near=near)

    posting = nameless("Posting date", "Payment due date")
    assert identity(posting, nameless("Posting date", "Customer")) > 0.85
    assert identity(posting, nameless("Payment due date", "Posting date")) < 0.7


def test_a_label_that_was_only_beside_its_field_and_is_tied_to_it_now_is_the_same_name() -> None:
    beside = Fingerprint(tag="input", role="textbox", type="text", capability="fill", near=("Customer",))
    tied = beside.model_copy(update={"name": "Customer", "label": "Customer", "near": ("Sales",)})
    assert identity(beside, tied) > 0.85


@pytest.mark.parametrize(("was", "now", "same"), [
    ({"look": "star.png"}, {"look": "bin.png"}, False),
    ({"look": "cart.png"}, {"look": "crate.png"}, False),
    ({"look": "star.png cgold"}, {"look": "star.png"}, True),
    ({"classes": ("star",)}, {"classes": ("trash",)}, False),
    ({"classes": ("icon", "star")}, {"classes": ("icon", "lit")}, True),
    ({"look": "star.png", "name": "Star"}, {"look": "star-2.svg", "name": "Star"}, True),
])
def test_without_words_a_picture_or_the_classes_tell(was: dict[str, Any], now: dict[str, Any], same: bool) -> None:
    """The bin stands where the star stands, in the same row, of the same kind."""
    common = {"tag": "span", "path": "main>div>span", "heading": "Mail", "landmark": "main"}
    score = identity(Fingerprint(**common, **was), Fingerprint(**common, **now))
    assert (score > ELSEWHERE) == same


@pytest.mark.parametrize(("was", "now", "same"), [
    ("Edit", "Delete", False), ("Approve", "Reject", False), ("Edit", "Edit invoice", True), ("Inbox (3)", "Inbox (12)", True),
])
def test_an_element_that_kept_all_its_codes_and_says_another_thing_is_a_break(was: str, now: str, *, same: bool) -> None:
    """An icon button whose test id, id and classes stayed when its tooltip and its act were exchanged."""
    codes: dict[str, Any] = {"test_id": "row-act", "id": "row_act", "name_attr": "act", "classes": ("icon",), "text": ""}
    sighted = sight(button(was, **codes), hit(button(now, **codes)))
    assert isinstance(sighted, Found) == same


def test_codes_that_passed_to_another_element_do_not_outweigh_the_name() -> None:
    """"Preview settings" has the id and the place; "Preview" itself stands elsewhere now."""
    shown = button("Preview", id="preview", heading="Publish")
    heir = hit(button("Preview settings", id="preview", heading="Publish"), "1", votes=1, voters=2)
    itself = hit(button("Preview", path="header>div>button"), "2", votes=1, voters=2)
    assert why(sight(shown, heir, itself)) == "identity"
    assert isinstance(sight(shown, heir), Found)
