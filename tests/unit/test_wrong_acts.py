"""The element is gone, or another thing stands where it stood: each case looks as like it as pages make it, none is taken."""

from __future__ import annotations

from typing import Any

import pytest
from pages import (
    FORM,
    GEN1,
    MENU,
    SAVE,
    STEPS,
    broken,
    button,
    changed,
    field,
    in_row,
    link,
    live,
    placed,
    propose,
    rows_of,
    survey,
)
from pages import step as recorded

from rpa_agent.domain.identity import turned
from rpa_agent.domain.ports import Hit
from rpa_agent.domain.procedure import Effect
from rpa_agent.domain.proposal import Candidate, Dismiss, Reveal, Skip, UseTarget
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.run.resolve import Found, resolve

BAR: dict[str, Any] = {"heading": "Invoice", "path": "main>div>button", "classes": ("btn",)}
CODES: dict[str, Any] = {"test_id": "main-act", "id": "act"}


async def taken(shown: Fingerprint, *there: Fingerprint, effect: str = "none", beside: tuple[Fingerprint, ...] = ()) -> str:
    """What a repair would act on; ``beside`` stood there when it was shown."""
    more: dict[str, Any] = {"commit": "send"} if effect == "commit" else {}
    broke = broken(recorded(shown, effect=effect, **more), *STEPS, page=rows_of(shown, *beside, *GEN1) if beside else None)
    found = await propose(broke, survey(*placed(*there)))
    assert not any(isinstance(p, Skip | Dismiss) for p in found)
    return next((p.candidate.fingerprint.name for p in found if isinstance(p, UseTarget)), "")


def guarded(shown: Fingerprint, *there: Fingerprint, effect: Effect = "none") -> str:
    """What a healthy run would act on, each of these having one vote of two."""
    hits = [Hit(candidate=Candidate(ref=str(n), fingerprint=p), variant=0, votes=1, voters=2) for n, p in enumerate(there)]
    sight = resolve(Target(variants=(Variant(fingerprint=shown),)), hits, effect)
    return sight.hit.candidate.fingerprint.name if isinstance(sight, Found) else ""


OPPOSITE = [
    ("Publish", "Unpublish"), ("Enable", "Disable"), ("Lock account", "Unlock account"), ("Upload file", "Download file"),
    ("Import", "Export"), ("Activate", "Deactivate"), ("Include", "Exclude"), ("Anmelden", "Abmelden"), ("Assign", "Reassign"),
    ("Open", "Reopen"), ("Sperren", "Entsperren"), ("Sort ascending", "Sort descending"),
]


@pytest.mark.parametrize(("was", "now"), [*OPPOSITE, *((b, a) for a, b in OPPOSITE)])
async def test_what_only_begins_otherwise_means_another_thing(was: str, now: str) -> None:
    """A switch that shows its other side: same element, same codes, same place, nearly the same letters."""
    shown, there = button(was, **BAR, **CODES), button(now, **BAR, **CODES)
    assert turned(was, now)
    for effect in ("none", "commit"):
        assert guarded(shown, there, effect=effect) == ""
        assert await taken(shown, there, effect=effect) == ""


@pytest.mark.parametrize(("a", "b"), [
    ("Save", "Save changes"), ("Send email", "Send mail"), ("Rechnungsnummer", "Nummer"), ("Page 12", "Page 2"), ("", "Save"),
])
def test_more_or_other_words_are_not_turned(a: str, b: str) -> None:
    assert not turned(a, b)


@pytest.mark.parametrize(("was", "now", "is_it"), [
    ("Add invoice", "Add item", False), ("Add invoice", "Add line", False), ("Add item", "Add invoice", False),
    ("Add invoice", "Add", True), ("Add invoice", "New invoice", True), ("Add", "Add invoice", True),
])
async def test_adding_something_else_on_the_page_is_not_adding_what_the_page_is_about(was: str, now: str, is_it: bool) -> None:
    """On a page of invoices nothing but invoices may go unsaid."""
    page = survey(*placed(button(now, landmark="main"), *MENU), title="Invoices", headings=("Invoices",))
    found = await propose(broken(recorded(button(was, landmark="main", heading="Invoices"))), page)
    assert [p.candidate.fingerprint.name for p in found if isinstance(p, UseTarget)] == ([now] if is_it else [])


@pytest.mark.parametrize(("was", "left"), [
    ("Bold", ("Italic", "Underline", "Link")), ("Copy", ("Cut", "Paste")), ("Reply", ("Reply to all", "Forward")),
    ("Print", ("Preview", "Share")), ("Approve", ("Reject", "Delegate")), ("Merge", ("Close", "Mark as duplicate")),
])
async def test_a_button_that_left_its_toolbar_is_no_other_of_it(was: str, left: tuple[str, ...]) -> None:
    """All the rest of the toolbar is as it was."""
    others = tuple(button(name, **BAR) for name in left)
    assert await taken(button(was, **BAR), *others, *MENU, beside=others) == ""
    assert await taken(button(was, **BAR), *others, *MENU) == ""


@pytest.mark.parametrize(("was", "left"), [
    ("Download", ("Delete", "Rename")), ("Approve", ("Reject", "Return")), ("Pay", ("Hold",)),
])
async def test_a_button_that_left_its_row_is_no_other_of_that_row(was: str, left: tuple[str, ...]) -> None:
    """The row is the right one, the column is the right one."""
    others = tuple(in_row(button(name, **BAR), "RE-7") for name in left)
    for effect in ("none", "commit"):
        assert await taken(in_row(button(was, **BAR), "RE-7"), *others, *MENU, effect=effect) == ""


async def test_plain_save_is_taken_though_save_and_close_has_its_place_and_codes() -> None:
    """It moved to the head of the page; what stands at its place closes as well."""
    shown = button("Save", **BAR, **CODES, type="submit")
    heir = button("Save and close", **BAR, **CODES, type="submit")
    itself = button("Save", path="header>div>button", type="submit", heading="Invoice")
    assert guarded(shown, heir, itself, effect="draft") == ""
    assert await taken(shown, heir, itself, effect="commit") in ("Save", "")
    assert await taken(shown, heir, effect="commit") == ""


async def test_a_link_of_that_text_in_another_part_of_the_page_that_stood_there_all_along_is_not_it() -> None:
    """`Edit` of the invoice is gone; `Edit` of the profile is in the menu as ever."""
    shown = link("Edit", "/invoices/7/edit", heading="Invoice")
    menu = link("Edit", "/profile/edit", landmark="navigation", path="nav>ul>li>a")
    assert await taken(shown, menu, *MENU, beside=(menu,)) == ""
    assert guarded(shown, menu) == ""


async def test_the_cancel_that_took_the_classes_of_a_renamed_confirm_is_not_pressed() -> None:
    """In the new dialog the blue button is the one that leaves."""
    dialog: dict[str, Any] = {"dialog": "Release payment?", "path": "div>footer>button"}
    shown = button("Confirm", classes=("btn", "btn-primary"), id="dlg-ok", **dialog)
    cancel = button("Keep editing", classes=("btn", "btn-primary"), id="dlg-ok", **dialog)
    go = button("Release", classes=("btn", "btn-link"), **dialog)
    for effect in ("none", "commit"):
        assert await taken(shown, cancel, go, effect=effect) in ("", "Release")
        assert guarded(shown, cancel, effect=effect) == ""


@pytest.mark.parametrize(("was", "now"), [
    ("Net amount", "Gross amount"), ("Start date", "End date"), ("First name", "Last name"), ("Address 1", "Address 2"),
    ("Debit account", "Credit account"), ("IBAN", "BIC"), ("Billing address", "Shipping address"), ("Old password", "New password"),
])
async def test_a_field_that_is_gone_is_not_its_other_half(was: str, now: str) -> None:
    """A value in the wrong field is sent later, by another step."""
    shown = recorded(field(was, "", **FORM), kind="fill", effect="draft")
    found = await propose(broken(shown, *STEPS), survey(*placed(field(now, "", **FORM), SAVE, *MENU)))
    assert not any(isinstance(p, UseTarget) for p in found)


async def test_nothing_that_sends_is_opened_in_search_of_what_is_gone() -> None:
    """Behind `Send` there may be anything; what was sent is sent."""
    names = ("Send", "Pay now", "Delete", "Log out", "Publish", "Confirm order")
    found = await propose(broken(recorded(button("Attach", **BAR))), survey(*map(live, placed(*(button(n, **BAR) for n in names)))))
    assert not any(isinstance(p, Reveal | UseTarget) for p in found)


async def test_a_twin_in_the_dialog_of_another_record_is_told_from_the_one_that_is_gone() -> None:
    """`Delete` of RE-7's dialog is gone with its dialog; that of RE-8 is open."""
    shown = button("Delete", dialog="Delete RE-7?", unique={"name": 2}, type="submit")
    there = changed(shown, dialog="Delete RE-8?")
    assert await taken(shown, there, effect="commit") == ""
