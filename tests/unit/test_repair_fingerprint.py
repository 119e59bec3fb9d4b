"""Finding a recorded element again: on relabelled pages, among twins and opposites, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from pages import (
    AMOUNT,
    CENTRE,
    DISCARD,
    DUE,
    FIELDS,
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
    gen2,
    in_row,
    link,
    live,
    placed,
    propose,
    rows_of,
    step,
    survey,
)

from rpa_agent.domain.procedure import Step
from rpa_agent.domain.proposal import Break, Candidate, Proposal, Survey, UseTarget
from rpa_agent.domain.target import Fingerprint


async def named(break_: Break, view: Survey, **how: Any) -> str:
    """What the element is called that the ladder would use, or an empty text when it uses none."""
    found = await used(break_, view, **how)
    return found.candidate.fingerprint.name if found else ""


async def used(break_: Break, view: Survey, **how: Any) -> UseTarget | None:
    proposals: list[Proposal] = await propose(break_, view, **how)
    return next((p for p in proposals if isinstance(p, UseTarget)), None)


def without(view: list[Fingerprint], *names: str) -> list[Fingerprint]:
    return [p for p in view if p.name not in names]


# ---- relabelled and moved -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("was", "now"), [
    (SUPPLIER, "Vendor"), (NUMBER, "Invoice no."), (DUE, "Payable by"), (AMOUNT, "Total amount"),
    (CENTRE, "Cost center"), (NOTE, "Remarks"),
])
async def test_a_relabelled_field_is_found_among_its_moved_siblings(was: Fingerprint, now: str) -> None:
    """New labels, sections, order and ids: the field name, the meaning and the siblings still tell which it is."""
    the_step = next(s for s in STEPS if s.target and s.target.variants[0].fingerprint is was)
    assert await named(broken(the_step, *STEPS, FILE), survey(*gen2())) == now


async def test_the_sending_button_is_found_by_what_its_name_means() -> None:
    """`Save` became `File invoice` on a page about invoices, with all its form-mates around it."""
    assert await named(broken(FILE, *STEPS), survey(*gen2())) == "File invoice"


async def test_without_synonyms_a_renamed_sending_button_is_left_alone() -> None:
    """A commit is not acted on because of its place: without shared meaning the rung abstains."""
    assert await named(broken(FILE, *STEPS), survey(*gen2()), synonyms=False) == ""


async def test_a_proposal_says_in_plain_words_what_speaks_for_it() -> None:
    """A clerk can follow the evidence."""
    found = await used(broken(STEPS[1], *STEPS, FILE), survey(*gen2()))
    assert found is not None and found.by == "fingerprint"
    text = "\n".join(found.evidence)
    assert "'Invoice no.' for 'Invoice number'" in text
    assert "same form" in text
    assert "rankers agree" in text and "next best" in text
    assert "other recorded elements of the page are there too" in text


async def test_a_field_that_keeps_only_its_field_name_is_found() -> None:
    """The label is in a language the dictionary does not know; the field name says the same as ever."""
    view = [changed(p, name="Kwota", label="Kwota", near=("Kwota",)) if p is GEN1[3] else p for p in GEN1]
    assert await named(broken(STEPS[3], *STEPS), survey(*view)) == "Kwota"


async def test_a_label_that_became_a_placeholder_is_still_the_name() -> None:
    """Every text a person can read on the element counts, wherever it stands."""
    view = [changed(p, label="", name=p.label, placeholder=p.label, near=()) if p.label else p for p in GEN1]
    view = [changed(p, name_attr="", id="", generated=()) for p in view]
    assert await named(broken(STEPS[1], *STEPS), survey(*view)) == "Invoice number"


@pytest.mark.parametrize("widget", [
    {"tag": "textarea", "type": ""},
    {"tag": "select", "role": "combobox", "capability": "select", "type": ""},
    {"tag": "input", "role": "combobox"},
])
async def test_the_same_label_on_another_widget_is_found_and_said_so(widget: dict[str, Any]) -> None:
    """A text field that became a text area, a list or a combobox still takes the value."""
    view = [changed(p, id="x-1", generated=("id",), **widget) if p.name == "Note" else p for p in GEN1]
    found = await used(broken(STEPS[5], *STEPS), survey(*view))
    assert found is not None and found.candidate.fingerprint.name == "Note"
    if found.by == "fingerprint":
        assert any("widget changed" in line for line in found.evidence)


async def test_an_icon_button_is_found_by_its_tooltip() -> None:
    """The text became an icon; the name for screen readers or the tooltip is the same word."""
    add = button("Add row", heading="Line items", **FORM)
    icon = changed(add, text="", title="Add row", id="c81", generated=("id",), tag="div", type="")
    assert await named(broken(step(add)), survey(*placed(*FIELDS, icon, SAVE))) == "Add row"


async def test_a_nameless_icon_button_is_not_guessed() -> None:
    """Without any name, a button at the right place may be any button."""
    add = button("Add row", heading="Line items", **FORM)
    view = placed(*FIELDS, changed(add, name="", text=""), SAVE)
    assert await named(broken(step(add)), survey(*view)) == ""


async def test_a_hidden_file_field_is_found_though_nobody_sees_it() -> None:
    """File fields hide behind a button of their own making."""
    scan = field("Attachment", "attachment", type="file", role="file", capability="upload", **FORM)
    now = changed(scan, name="Scan of the invoice", label="Scan of the invoice")
    view = [*map(live, GEN1), live(now, visible=False)]
    assert await named(broken(step(scan, "upload", "draft")), survey(*view)) == "Scan of the invoice"


async def test_a_button_inside_its_wrapper_is_one_candidate() -> None:
    """A clickable box around a button of the same name is the same thing, and the button is what is used."""
    view = placed(*FIELDS, *MENU, changed(SAVE, name="Store", text="Store", id="", classes=()))
    inner = changed(view[-1], path="main>form>div>span>button")
    outer = changed(view[-1], tag="span", role="button", type="", path="main>form>div>span")
    found = await used(broken(FILE, *STEPS), survey(*view[:-1], outer, inner))
    assert found is not None and found.candidate.fingerprint.tag == "button"


# ---- opposites ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [
    "Delete", "Discard", "Cancel", "Void", "Reject", "Löschen", "Verwerfen", "Abbrechen", "Do not save", "Save all",
])
async def test_what_saved_never_becomes_what_destroys_refuses_or_leaves(name: str) -> None:
    """The element at the old place, with the old id and form, now does the opposite or far more."""
    others = without(GEN1, "Discard draft", "Cancel")
    view = [changed(p, name=name, text=name) if p.name == "Save" else p for p in others]
    assert await propose(broken(FILE, *STEPS), survey(*view)) == []


@pytest.mark.parametrize(("was", "now"), [
    ("Save", "Save as template"), ("Save as draft", "Save"), ("Send", "Send later"), ("Send test message", "Send"),
    ("Pay", "Pay later"), ("Approve", "Approve with changes"), ("Publish", "Publish again"), ("Release", "Release partly"),
])
async def test_what_sends_never_becomes_what_sends_more_or_less(was: str, now: str) -> None:
    """Each shares its verb, its place, its form and its looks with the one that is gone."""
    send = step(changed(SAVE, name=was, text=was, id=""), "click", "commit", commit="send")
    view = [changed(p, name=now, text=now, id="") for p in GEN1 if p.name == "Save"]
    assert await named(broken(send, *STEPS), survey(*without(GEN1, "Save"), *view)) == ""


async def test_what_deleted_never_becomes_what_saves() -> None:
    """The rule holds both ways."""
    view = [changed(p, name="Save", text="Save", id=DISCARD.id) for p in GEN1 if p.name == "Save"]
    discard = step(DISCARD, "click", "commit")
    assert await named(broken(discard, *STEPS), survey(*without(GEN1, "Save", "Discard draft"), *view)) == ""


async def test_swapped_save_and_delete_are_told_apart_by_what_they_say() -> None:
    """Place, id and class point to the wrong button; its text does not."""
    swapped = [
        changed(SAVE, id=DISCARD.id, classes=DISCARD.classes, box=GEN1[7].box, index=1),
        changed(DISCARD, id=SAVE.id, classes=SAVE.classes, box=GEN1[6].box, index=0),
    ]
    view = survey(*without(GEN1, "Save", "Discard draft"), *swapped)
    discard = step(DISCARD, "click", "commit")
    assert await named(broken(FILE, *STEPS, discard), view) in {"Save", ""}
    assert await named(broken(discard, *STEPS, FILE), view) in {"Discard draft", ""}


# ---- removed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [p.name for p in FIELDS])
async def test_a_removed_field_is_not_replaced_by_its_neighbour(gone: str) -> None:
    """Its siblings are all there and are claimed by their own steps."""
    the_step = next(s for s in STEPS if s.target and s.target.variants[0].fingerprint.name == gone)
    assert await propose(broken(the_step, *STEPS, FILE), survey(*without(GEN1, gone))) == []
    order = (NUMBER, SUPPLIER, AMOUNT, CENTRE, DUE, NOTE)
    relabelled = [p for at, p in enumerate(gen2()) if at >= len(order) or order[at].name != gone]
    assert await propose(broken(the_step, *STEPS, FILE), survey(*relabelled)) == []


async def test_a_removed_button_is_not_replaced_by_one_that_was_there_all_along() -> None:
    """`Save as template` stood beside `Save` when it was shown: it cannot be its successor."""
    template = button("Save as template", type="submit", **FORM)
    page = rows_of(*GEN1, template)
    view = survey(*without(GEN1, "Save"), template)
    assert await named(broken(FILE, *STEPS, page=page), view) == ""


async def test_two_gone_elements_do_not_both_become_the_one_that_is_new() -> None:
    """`PDF` may be what either `Download PDF` or `View PDF` was."""
    view_pdf, get_pdf = (link(name, f"/{name}", heading="Reports") for name in ("View PDF", "Download PDF"))
    new = link("PDF", "/r/1", heading="Reports")
    page = rows_of(view_pdf, get_pdf)
    assert await named(broken(step(view_pdf), page=page), survey(*placed(*FIELDS, new))) == ""


async def test_an_element_in_another_part_of_the_page_needs_more_than_a_synonym() -> None:
    """The table's sort link `Supplier` is gone; the menu's `Vendors` is something else."""
    sort = link("Supplier", "/invoices", heading="Invoices")
    menu = link("Vendors", "/vendors", landmark="navigation")
    assert await named(broken(step(sort)), survey(menu, *gen2())) == ""


# ---- twins ----------------------------------------------------------------------------------------------------------


async def test_twins_without_a_difference_are_left_alone() -> None:
    """Two `Add` buttons in one form, and nothing recorded says which."""
    add = button("Add", **FORM, id="add", path="main>form>div>button")
    twins = [changed(add, id="", path=f"main>form>{tag}>button") for tag in ("div", "p")]
    assert await named(broken(step(add)), survey(*placed(*FIELDS, *twins))) == ""


@pytest.mark.parametrize("trait", ["form", "heading"])
async def test_twins_in_different_places_are_told_apart(trait: str) -> None:
    """The recorded form or section decides between two buttons of one name."""
    add = button("Add", form="/lines", heading="Line items", unique={"name": 2})
    here = changed(add, name="Add line", text="Add line")
    there = changed(here, **{trait: "Files"})
    found = await used(broken(step(add)), survey(*placed(*FIELDS, there, here)))
    assert found is not None and found.candidate.ref == str(len(FIELDS) + 1)


async def test_links_to_one_address_are_one_choice() -> None:
    """Whichever is taken, the same page opens."""
    new = link("New", "/invoices/new", id="new")
    above = changed(new, name="Create", text="Create", id="")
    twins = [above, changed(above, heading="List")]
    assert await named(broken(step(new)), survey(*placed(*FIELDS, *twins))) == "Create"


async def test_two_buttons_that_send_one_form_are_one_choice() -> None:
    """A long form has its button above and below."""
    above = changed(gen2()[6], heading="Vendor and dates", id="fld-cc001")
    assert await named(broken(FILE, *STEPS), survey(above, *gen2())) == "File invoice"


async def test_the_namesake_of_a_removed_twin_is_not_taken() -> None:
    """Two forms had a `Save`; the recorded one is gone and the other belongs to the other form."""
    mine = changed(SAVE, unique={"name": 2})
    other = changed(SAVE, form="/filters", heading="Saved filters", id="filter_save")
    the_step = step(mine, "click", "commit")
    assert await named(broken(the_step, *STEPS), survey(*without(GEN1, "Save"), other)) == ""


# ---- rows -----------------------------------------------------------------------------------------------------------


def approvals(name: str, *keys: str) -> list[Fingerprint]:
    one = button(name, type="submit", form="/invoices/*/approve")
    return placed(*(in_row(one, key, index=at) for at, key in enumerate(keys)))


async def test_a_row_target_is_only_looked_for_in_its_row() -> None:
    """Relabelled, in another place of the list: the key of the row decides."""
    approve = step(approvals("Approve", "RE-7")[0], "click", "commit")
    found = await used(broken(approve), survey(*approvals("Release", "RE-5", "RE-6", "RE-7", "RE-8")))
    assert found is not None and found.candidate.fingerprint.row is not None
    assert found.candidate.fingerprint.row.key == "RE-7"


async def test_a_missing_row_has_no_substitute() -> None:
    """Another record's button is never taken, however equal."""
    approve = step(approvals("Approve", "RE-7")[0], "click", "commit")
    assert await named(broken(approve), survey(*approvals("Approve", "RE-5", "RE-70", "re-7"))) == ""


async def test_a_row_is_not_told_by_its_number_in_the_list() -> None:
    """What was recorded of the row is only its place; rows come and go."""
    anonymous = in_row(link("Download", "", unique={"name": 4}), "", index=2)
    view = [in_row(link("Download", ""), key, index=at) for at, key in enumerate(("a", "b", "c", "d"))]
    assert await named(broken(step(anonymous)), survey(*placed(*view[2:3]))) == ""
    assert await named(broken(step(anonymous)), survey(*placed(*view))) == ""


# ---- what may not be proposed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", [{"visible": False}, {"enabled": False}])
async def test_what_cannot_be_used_is_not_proposed(facts: dict[str, bool]) -> None:
    """Hidden and disabled elements are no candidates."""
    view = [live(p, **facts) if p.name == "Invoice no." else live(p) for p in gen2()]
    assert await named(broken(STEPS[1], *STEPS), survey(*view)) == ""


async def test_a_refuted_element_is_not_proposed_again() -> None:
    """By address or by words, whichever the run remembers."""
    view = survey(*gen2())
    assert await named(broken(STEPS[1], *STEPS, tried=("0",)), view) == ""
    assert await named(broken(STEPS[1], *STEPS, tried=("textbox 'Invoice no.'",)), view) == ""


async def test_machine_made_and_masked_traits_count_for_nothing() -> None:
    """An equal id that a build tool made proves nothing, nor does a text kept only as shape and hashes."""
    was = changed(field("Aa Aa#h:1a2b,3c4d", "", id="fld-3fa91", generated=("id",)), near=())
    view = survey(*placed(field("Phone", "phone", id="fld-3fa91", generated=("id",)), field("City", "city")))
    assert await named(broken(step(was, "fill", "draft")), view) == ""


async def test_an_empty_page_proposes_nothing() -> None:
    """No candidates, no guess."""
    assert await propose(broken(FILE, *STEPS), survey()) == []


# ---- known looks ----------------------------------------------------------------------------------------------------


async def test_another_known_look_is_used_when_its_identity_agrees() -> None:
    """The target was met in two versions of the page; today it is the other one."""
    was, is_now = step(SAVE).target, step(gen2()[6]).target
    assert was is not None and is_now is not None
    both = FILE.but(target=was.but(variants=was.variants + is_now.variants))
    found = await used(broken(both, *STEPS), survey(*gen2()))
    assert found is not None and found.by == "alternate"
    assert found.candidate.fingerprint.name == "File invoice"
    assert "known look 2" in found.evidence[0]


async def test_two_known_looks_that_disagree_prove_nothing() -> None:
    """Each fits another element perfectly, so neither is used as an alternate."""
    a, b = (button(n, id=n.lower(), form=f"/{n}") for n in ("Alpha", "Beta"))
    one, two = step(a).target, step(b).target
    assert one is not None and two is not None
    both: Step = step(a).but(target=one.but(variants=one.variants + two.variants))
    found = await used(broken(both), survey(*placed(*FIELDS, a, b)))
    assert found is None or found.by != "alternate"


def test_the_fixture_addresses_elements_by_number() -> None:
    """The helpers above rely on it."""
    assert [c.ref for c in survey(*GEN1).candidates] == [str(n) for n in range(len(GEN1))]
    assert isinstance(survey(*GEN1).candidates[0], Candidate)


# ---- likeness that misleads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("was", "now"), [
    ("Invoice date", "Invoice no."), ("Due date", "Invoice date"), ("Add row", "Add file"),
])
async def test_a_shared_word_is_no_shared_name(was: str, now: str) -> None:
    """Each name says something that the other does not."""
    make = button if was.startswith("Add") else field
    target = step(make(was, **FORM), "click" if make is button else "fill", "draft")
    assert await named(broken(target), survey(*placed(make(now, **FORM), *MENU))) == ""


async def test_one_radio_button_is_not_another_because_both_have_the_groups_name() -> None:
    """The field name belongs to the whole choice."""
    radio = {"role": "radio", "type": "radio", "capability": "check", **FORM}
    urgent, normal = (field(name, "priority", **radio) for name in ("Urgent", "Üblich"))
    assert await named(broken(step(urgent, "check", "draft")), survey(*placed(*FIELDS, normal))) == ""


async def test_an_element_that_is_there_but_hidden_is_not_replaced() -> None:
    """`Show` waits in a folded part; `Show details` beside it is something else, and is only opened."""
    show = button("Show", **FORM)
    view = [*map(live, (*MENU, button("Show details", **FORM))), live(show, visible=False)]
    proposals = await propose(broken(step(show)), survey(*view))
    assert [p.kind for p in proposals] == ["reveal"]


async def test_a_button_of_a_table_row_is_not_replaced_by_one_of_the_page() -> None:
    """`Remove` took a line away; `Discard` throws the whole invoice away."""
    remove = in_row(button("Remove", path="main>form>table>tbody>tr>td>button", **FORM), "", column="")
    assert await named(broken(step(remove)), survey(*placed(*FIELDS, *MENU, button("Discard", **FORM)))) == ""


# ---- links are where they lead ------------------------------------------------------------------------------------

HERE: dict[str, Any] = {"form": "user_form", "heading": "Change user"}
PASSWORD = link("this form", "{base}/*/users/*/password/", **HERE)
RESET = link("Reset password", "/admin/users/7/password/", **HERE, role="button")
ELSEWHERE = link("History", "/admin/users/7/history/", **HERE)


async def test_a_link_that_is_called_otherwise_is_found_by_where_it_leads() -> None:
    """Who signs in as `admin` has that part of the address forgotten; the record in it is the page's own."""
    view = survey(*placed(RESET, ELSEWHERE), url="http://site/admin/users/7/change/")
    assert await named(broken(step(PASSWORD)), view) == "Reset password"


@pytest.mark.parametrize("url", ["http://site/admin/users/8/change/", "http://site/admin/users/"])
async def test_a_link_to_another_records_page_is_not_the_one_that_was_shown(url: str) -> None:
    """On the page of user 8, or of no one user, a link into user 7 is another link."""
    assert await named(broken(step(PASSWORD)), survey(*placed(RESET, ELSEWHERE), url=url)) == ""


async def test_a_link_that_leads_there_from_another_place_proves_nothing() -> None:
    """The menu of every page leads to lists as the button below a form does: nothing says that it is that button."""
    was = link("Close", "/users", **HERE)
    menu = link("People", "/users", landmark="navigation")
    assert await named(broken(step(was)), survey(*placed(menu, ELSEWHERE))) == ""


async def test_a_link_to_its_own_page_is_not_proved_by_that() -> None:
    """The head of a column sorts the list by a query that is not kept; the menu leads to the list, too."""
    sort = link("Vendor no.", "/suppliers", heading="Suppliers")
    menu = link("Vendors", "/suppliers", heading="Suppliers")
    assert await named(broken(step(sort)), survey(*placed(menu, ELSEWHERE), url="http://site/suppliers", title="Vendors")) == ""


async def test_a_step_that_sends_is_not_proved_by_an_address() -> None:
    """What is sent is not proved by the page that a link leads to."""
    view = survey(*placed(RESET, ELSEWHERE), url="http://site/admin/users/7/change/")
    assert await named(broken(step(PASSWORD, effect="commit", commit="reset")), view) == ""


async def test_a_new_link_that_is_called_nearly_so_and_leads_elsewhere_is_left_alone() -> None:
    """`Preview` is gone, and `View posts` is new: a word in common makes no preview of a list."""
    was = link("Preview", "/posts/7/preview", heading="Publish")
    now = link("Preview all posts", "/posts", heading="Publish")
    assert await named(broken(step(was)), survey(*placed(now, ELSEWHERE))) == ""


async def test_what_acted_in_place_is_no_link_to_a_page_that_shares_a_word_with_it() -> None:
    """`Assign ticket` opened a part of the page; the heading of the new release is a link to the ticket."""
    was = link("Assign ticket", "", heading="Ticket 88")
    now = link("Ticket 88", "/tickets/88")
    assert await named(broken(step(was)), survey(*placed(now, ELSEWHERE), title="Ticket 88", headings=("Ticket 88",))) == ""


async def test_names_that_share_only_what_the_page_is_about_share_nothing() -> None:
    """On the page of an issue every button may speak of the issue."""
    page: dict[str, Any] = {"title": "Tracker", "url": "http://site/issues/12"}
    was, other = button("Watch issue", heading="Issue"), button("Print issue", heading="Issue")
    assert await named(broken(step(was)), survey(*placed(other), **page)) == ""
    assert await named(broken(step(button("Delete", **FORM), effect="commit")),
                       survey(*placed(button("Delete issue", **FORM), *MENU), **page)) == "Delete issue"


async def test_a_name_that_is_what_the_page_is_about_may_say_it_at_greater_length() -> None:
    """On the list of invoices the menu's own entry for that list is called by more words now."""
    was = link("Invoices", "", landmark="navigation", path="nav>ul>li>a")
    now = changed(was, name="Supplier invoices", text="Supplier invoices")
    page: dict[str, Any] = {"title": "Supplier invoices", "url": "http://site/invoices"}
    assert await named(broken(step(was)), survey(*placed(now, ELSEWHERE), **page)) == "Supplier invoices"


# ---- what may be meant as well -------------------------------------------------------------------------------------


async def test_what_is_called_exactly_so_comes_before_what_more_rankers_favour() -> None:
    """The link became a button elsewhere on the page; a link beside it has a word of it and all the rest of its looks."""
    was = link("Preview", "/", heading="Publish", classes=("button",))
    other = link("Preview settings", "", heading="Publish", classes=("button",))
    now = button("Preview", heading="Publish", path="header>div>button")
    assert await named(broken(step(was)), survey(*placed(other, now))) == "Preview"


async def test_when_what_is_called_so_was_tried_nothing_else_takes_its_place() -> None:
    """A second best is no repair: the best one did not prove itself."""
    was = button("Preview", heading="Publish")
    page = survey(*placed(button("Preview", heading="Publish"), button("View preview", heading="Publish")))
    tried = (page.candidates[0].ref,)
    assert await named(broken(step(was), tried=tried), page) == ""


@pytest.mark.parametrize(("was", "now"), [("Other information", "Other info"), ("Department", "Dept. and department")])
async def test_a_word_cut_short_is_the_same_word(was: str, now: str) -> None:
    """`info` is `information`: the name does not say something else."""
    place: dict[str, Any] = {"form": "contact", "heading": "Contact", "role": "tab"}
    assert await named(broken(step(button(was, **place))), survey(*placed(button(now, **place), button("Lines", **place)))) == now


async def test_a_link_that_became_a_button_is_known_by_a_code_that_only_lost_the_word_link() -> None:
    """Two pairs of lists say `Choose`, each at greater length now; the code says which is which."""
    place: dict[str, Any] = {"form": "member", "path": "form>fieldset>div>div>ul>li>a"}
    was = link("Choose", "", id="groups_add_link", unique={"name": 2, "text": 2}, **place)
    groups, rights = (button(f"Choose selected {what}", id=f"{what}_add", **{**place, "path": "form>fieldset>div>div>button"})
                      for what in ("groups", "rights"))
    assert await named(broken(step(was)), survey(*placed(rights, groups))) == "Choose selected groups"
    assert await named(broken(step(was)), survey(*placed(rights))) == ""
    assert await named(broken(step(changed(was, id="add_link"))), survey(*placed(rights, changed(groups, id="add")))) == ""


async def test_a_text_that_two_boxes_share_beside_their_own_labels_tells_neither() -> None:
    """Two boxes filter two lists; one of them is gone with its list."""
    same: dict[str, Any] = {"placeholder": "Filter", "form": "member", "path": "form>fieldset>div>div>input"}
    was = field("Filter", "", id="id_groups_input", heading="Available groups", **same)
    now = field("Type here to narrow down the chosen groups", "", id="id_groups_chosen_input", heading="Chosen groups", **same)
    assert await named(broken(step(was, kind="fill", effect="draft")), survey(*placed(now))) == ""


async def test_one_of_two_choices_whose_words_were_masked_is_not_the_other() -> None:
    """All that was kept of a radio button in a table is its kind and its place: that is the other one's too."""
    place: dict[str, Any] = {"role": "radio", "type": "radio", "capability": "check", "form": "report"}
    was = field("", "state", **place).model_copy(update={"name": "a#h:e000", "label": "a#h:e000", "near": (), "in_data": True})
    now = field("private", "state", **place)
    assert await named(broken(step(was, kind="check", effect="draft")), survey(*placed(now))) == ""


async def test_a_field_among_records_is_not_taken_for_another_one_once_its_name_is_gone() -> None:
    """A page's rows keep no name of what stands in a table; the column's header and the field name are left."""
    was = changed(in_row(field("Text", "line_text"), "", column="Text"), in_data=True)
    page = rows_of(changed(was, name=""), *MENU)
    now = changed(was, name="", label="", near=("Text Qty",))
    assert await used(broken(step(was, kind="fill"), page=page), survey(*placed(now, *MENU)))
