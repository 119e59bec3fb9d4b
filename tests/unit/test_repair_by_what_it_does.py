"""An element that is called otherwise, known again by what it does or shows: what a button sends, where a link leads,
which tab is left, which picture a sign shows, which box lies behind a switch."""

from __future__ import annotations

from typing import Any

import pytest
from pages import FORM, MENU, broken, button, changed, field, in_row, link, live, placed, propose, rows_of, step, survey

from rpa_agent.domain.procedure import Expectation, Request, Step
from rpa_agent.domain.proposal import Break, Candidate, Sends, Survey, UseTarget
from rpa_agent.domain.target import Fingerprint

FIELDS = ("csrf_token", "supplier", "amount")
SHOWN = Request(method="POST", path="/invoices", fields=dict.fromkeys(FIELDS, ""))
SAVE = button("Save", type="submit", id="a_save", **FORM)
OTHERWISE = button("Hand in", type="submit", id="x_7", **FORM)


def sending(fingerprint: Fingerprint, url: str = "http://site/invoices", **more: Any) -> Candidate:
    return live(fingerprint, sends=Sends(**{"method": "POST", "url": url, "fields": FIELDS, "form": "f1", **more}))


def saving(*requests: Request, target: Fingerprint = SAVE) -> Step:
    return step(target, effect="commit", commit="save", expect=Expectation(requests=requests or (SHOWN,)))


async def named(break_: Break, view: Survey) -> str:
    found = next((p for p in await propose(break_, view) if isinstance(p, UseTarget)), None)
    return found.candidate.fingerprint.name if found else ""


# ---- what a button sends -------------------------------------------------------------------------------------------


async def test_a_button_in_other_words_that_sends_the_request_that_was_shown_is_the_one() -> None:
    """No word of the name is left and no code; the form still sends the same fields to the same address."""
    assert await named(broken(saving()), survey(sending(OTHERWISE), *placed(*MENU))) == "Hand in"


async def test_without_what_it_sends_the_same_button_is_left_alone() -> None:
    """Its place alone proves nothing about what would be sent."""
    assert await named(broken(saving()), survey(live(OTHERWISE), *placed(*MENU))) == ""


@pytest.mark.parametrize(("why", "other"), [
    ("another address", {"url": "http://site/invoices/preview"}),
    ("another host", {"url": "http://elsewhere/invoices"}),
    ("another method", {"method": "GET"}),
    ("a field that was shown is not in the form", {"fields": ("csrf_token", "supplier")}),
    ("it says of itself what was not said", {"own": "action", "value": "archive"}),
])
async def test_a_button_that_sends_anything_else_is_not_it(why: str, other: dict[str, Any]) -> None:
    """Each difference alone leaves it unproven."""
    assert await named(broken(saving()), survey(sending(OTHERWISE, **other), *placed(*MENU))) == "", why


async def test_two_buttons_of_one_form_are_not_told_apart_by_its_address() -> None:
    """Each may be a script's way to say what else is to be done."""
    twin = button("Keep as it is", type="submit", id="x_8", **FORM)
    assert await named(broken(saving()), survey(sending(OTHERWISE), sending(twin))) == ""


async def test_what_a_button_says_of_itself_must_have_been_said() -> None:
    """The button's own name was among the fields that were sent, and no other button had it."""
    with_own = Request(method="POST", path="/invoices", fields=dict.fromkeys((*FIELDS, "_save"), ""))
    was = changed(SAVE, name_attr="_save", unique={"name_attr": 1})
    view = survey(sending(OTHERWISE, own="_save", value="Hand in"))
    assert await named(broken(saving(with_own, target=was)), view) == "Hand in"
    shared = changed(was, unique={"name_attr": 2})
    assert await named(broken(saving(with_own, target=shared)), view) == ""


async def test_the_opposite_is_never_pressed_whatever_it_sends() -> None:
    """Some applications send every button of a form to one address."""
    assert await named(broken(saving()), survey(sending(button("Delete", type="submit", **FORM)))) == ""


async def test_a_record_in_the_address_must_be_the_one_of_this_page() -> None:
    """The form of another invoice, shown beside it, sends to that one."""
    shown = Request(method="POST", path="/invoices/*/post", fields=dict.fromkeys(FIELDS, ""))
    page: dict[str, Any] = {"url": "http://site/invoices/12"}
    own, other = (sending(OTHERWISE, f"http://site/invoices/{n}/post") for n in (12, 13))
    assert await named(broken(saving(shown)), survey(own, **page)) == "Hand in"
    assert await named(broken(saving(shown)), survey(other, **page)) == ""


async def test_what_is_called_as_it_was_comes_before_what_sends_the_same() -> None:
    """A script may send for a plain button by that name: which of the two it is, nobody knows."""
    saves = button("Save", type="button", path="main>div>button", heading="Elsewhere")
    assert await named(broken(saving()), survey(sending(OTHERWISE), live(saves))) != "Hand in"


async def test_a_form_that_only_asks_is_known_by_the_page_it_leads_to() -> None:
    """The filter of a list: one button of one form asks for that page."""
    was = button("Apply", type="submit", form="filter")
    asks = step(was, expect=Expectation(url="{base}/invoices"))
    now = sending(button("Restrict", type="submit", form="filter"), method="GET", fields=("status",))
    assert await named(broken(asks), survey(now, url="http://site/invoices")) == "Restrict"
    assert await named(broken(asks), survey(now.model_copy(update={"sends": None}), url="http://site/invoices")) == ""


# ---- where a link leads --------------------------------------------------------------------------------------------


async def test_a_link_of_a_row_is_known_by_the_record_it_leads_to() -> None:
    """The row's own number leads there as well, as it did."""
    was = in_row(link("View", "/invoices/*"), "RE-1")
    number, now = (in_row(link(name, "/invoices/7"), "RE-1") for name in ("RE-1", "Inspect"))
    other = in_row(link("Inspect", "/invoices/8"), "RE-2", index=1)
    page: dict[str, Any] = {"url": "http://site/invoices"}
    assert await named(broken(step(was)), survey(*placed(number, now, other), **page)) == "Inspect"
    second = in_row(link("History", "/invoices/7"), "RE-1")
    assert await named(broken(step(was)), survey(*placed(number, now, second, other), **page)) == ""


async def test_other_links_to_that_address_count_only_where_they_are_new() -> None:
    """The menu led to the list before, too, and still says so by the same name."""
    was = link("Close", "/invoices", heading="Invoice 7")
    now = link("Leave the page", "/invoices", heading="Invoice 7")
    page = rows_of(was, *MENU)
    view: dict[str, Any] = {"url": "http://site/invoices/7", "title": "Invoice 7"}
    assert await named(broken(step(was), page=page), survey(*placed(now, *MENU), **view)) == "Leave the page"
    new = link("All documents", "/invoices", heading="Invoice 7")
    assert await named(broken(step(was), page=page), survey(*placed(now, new, *MENU), **view)) == ""


# ---- which tab is left ---------------------------------------------------------------------------------------------


async def test_the_one_tab_that_is_left_in_its_place_is_the_one_that_was_renamed() -> None:
    """Three tabs as before, the other two by their names and in their places."""
    tabs = [button(name, role="tab", path="main>div>button") for name in ("General", "Address", "Billing")]
    renamed = changed(tabs[1], name="Where to find us", text="Where to find us")
    was = broken(step(tabs[1]), page=rows_of(*tabs))
    assert await named(was, survey(*placed(tabs[0], renamed, tabs[2]))) == "Where to find us"
    moved = await named(was, survey(*placed(tabs[0], tabs[2], renamed)))
    another = await named(was, survey(*placed(tabs[0], renamed, changed(tabs[2], name="Accounts"))))
    fewer = await named(was, survey(*placed(tabs[0], renamed)))
    assert (moved, another, fewer) == ("", "", "")


# ---- which picture a sign shows ------------------------------------------------------------------------------------

TICK, CROSS = "drawing d6ta", "drawing dxac"
SIGN: dict[str, Any] = {"tag": "div", "type": "", "text": "", "heading": "To approve", "path": "main>table>tr>td>div"}
APPROVE = in_row(button("Approve", picture=TICK, unique={"name": 5, "picture": 1}, **SIGN), "RE-1", column="")


def sign(look: str = TICK, key: str = "RE-1", **more: Any) -> Fingerprint:
    """A button of a row that shows a picture and says nothing."""
    return in_row(changed(button("", look=look, **SIGN), **more), key, column="")


def approving(target: Fingerprint = APPROVE) -> Break:
    return broken(step(target, effect="commit", commit="approve", expect=Expectation(requests=(SHOWN,))))


async def used(break_: Break, *elements: Fingerprint) -> str:
    """Where what is proposed stands in the page, from 0; empty for nothing."""
    found = next((p for p in await propose(break_, survey(*placed(*elements))) if isinstance(p, UseTarget)), None)
    return found.candidate.ref if found else ""


async def test_a_sign_that_lost_its_name_is_known_by_its_picture() -> None:
    """What it was called was said to screen readers alone; in its row nothing else shows that picture."""
    assert await used(approving(), sign(key="RE-0"), sign(CROSS), sign(), sign(CROSS, "RE-2"), sign(key="RE-2")) == "2"


@pytest.mark.parametrize(("why", "page"), [
    ("another picture", [sign(CROSS)]),
    ("that picture in another row alone", [sign(CROSS), sign(key="RE-2")]),
    ("two of them in the row", [sign(), sign()]),
    ("it says something", [sign(name="Take back", text="Take back")]),
    ("another kind of element", [sign(role="link")]),
    ("a picture of which nothing is known", [sign("drawing")]),
    ("a field name of something else", [sign(name_attr="archive")]),
])
async def test_a_picture_alone_proves_nothing_where_anything_speaks_against_it(why: str, page: list[Fingerprint]) -> None:
    was = changed(APPROVE, name_attr="approve") if "field name" in why else APPROVE
    assert await used(approving(was), *page) == "", why


async def test_a_picture_counts_only_where_it_was_the_only_one_when_it_was_shown() -> None:
    """Two of one row showed it: which of them is left, nobody knows. Nor is it known of what was recorded before."""
    for unique in ({"name": 5, "picture": 2}, {"name": 5}):
        assert await used(approving(changed(APPROVE, unique=unique)), sign()) == "", unique
    assert await used(approving(changed(APPROVE, picture="drawing")), sign("drawing")) == ""


async def test_outside_of_rows_a_picture_counts_where_it_stood() -> None:
    """The arrow below the list, not that of the menu; and not one that leads elsewhere."""
    further = link("Next page", "/list", heading="To approve", text="", picture=TICK, unique={"name": 1, "picture": 1})
    now = changed(further, name="", picture="", look=TICK)
    elsewhere = changed(now, heading="Modules", landmark="navigation")
    assert await used(broken(step(further)), now) == "0"
    assert await used(broken(step(further)), elsewhere) == ""
    assert await used(broken(step(further)), changed(now, href="/other")) == ""


# ---- which box lies behind a switch --------------------------------------------------------------------------------

BOX = field("Second approver needed", "two_eyes", role="checkbox", type="checkbox", capability="check", **FORM)
SWITCH = field("Dual control", tag="div", role="switch", type="", capability="check", **FORM)


def behind(box: Fingerprint, *, at: int) -> Survey:
    """A page with a switch that is element 0, and a hidden box that is ticked by element ``at``."""
    view = survey(live(SWITCH), live(changed(box, name="", label=""), visible=False))
    hidden = view.candidates[1].model_copy(update={"ref": str(at)})
    return view.model_copy(update={"candidates": (view.candidates[0], hidden)})


async def test_a_switch_is_the_box_that_lies_behind_it() -> None:
    """The form still sends the box; what people see of it is called otherwise."""
    ticking = broken(step(BOX, "check", "draft"))
    assert await named(ticking, behind(BOX, at=0)) == "Dual control"
    assert await named(ticking, behind(BOX, at=1)) == "", "the box is elsewhere, and may be revealed"
    assert await named(ticking, behind(changed(BOX, name_attr="weekly_mail"), at=0)) == "", "another box lies behind it"


@pytest.mark.parametrize(("why", "boxes", "shared", "taken"), [
    ("another name, or none", [("two_eyes", 0)], 1, "Dual control"),
    ("another box lies behind it", [("weekly_mail", 0)], 1, ""),
    ("its box is ticked by something else", [("two_eyes", 1)], 1, ""),
    ("there are two such boxes", [("two_eyes", 0), ("two_eyes", 1)], 1, ""),
    ("there were two such boxes", [("two_eyes", 0)], 2, ""),
    ("the box is gone", [], 1, ""),
])
async def test_a_switch_that_was_shown_is_known_by_its_box(
    why: str, boxes: list[tuple[str, int]], shared: int, taken: str
) -> None:
    """It has no code of its own; that of the box is what the form sends."""
    shown = changed(SWITCH, name="Four eyes", label="Four eyes", behind="two_eyes", unique={"name": 1, "behind": shared})
    hidden = [live(changed(BOX, name="", label="", name_attr=name), visible=False) for name, _ in boxes]
    view = survey(live(SWITCH), *hidden)
    at = [c.model_copy(update={"ref": str(ref)}) for c, (_, ref) in zip(view.candidates[1:], boxes, strict=True)]
    view = view.model_copy(update={"candidates": (view.candidates[0], *at)})
    assert await named(broken(step(shown, "check", "draft")), view) == taken, why


async def test_the_box_of_a_switch_may_come_out_from_behind_it() -> None:
    """A switch became a plain box, by another name and with the old field name."""
    shown = changed(SWITCH, name="Four eyes", label="Four eyes", behind="two_eyes", unique={"name": 1, "behind": 1})
    assert await named(broken(step(shown, "check", "draft")), survey(live(BOX))) == BOX.name
    assert await named(broken(step(shown, "check", "draft")), survey(live(changed(BOX, form="/filter")))) == ""


@pytest.mark.parametrize(("tag", "taken"), [("ul", "Kostenstelle"), ("select", "")])
async def test_the_list_of_a_box_is_not_the_box_that_waits_to_be_revealed(tag: str, taken: str) -> None:
    """It bears the box's old name and opens below it; a hidden list to choose from may be the box itself."""
    centre = field("Cost centre", tag="input", role="combobox", capability="select", **FORM)
    now = changed(centre, name="Kostenstelle", label="Kostenstelle", near=("Kostenstelle",))
    hidden = live(changed(centre, role="listbox", tag=tag, label="", near=()), visible=False)
    assert await named(broken(step(centre, "select", "draft")), survey(live(now), hidden)) == taken


# ---- two sayings of one thing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", ["Decline all", "Essential only", "Nur notwendige"])
async def test_ways_to_refuse_cookies_share_no_word_and_are_one(now: str) -> None:
    bar: dict[str, Any] = {"landmark": "region", "path": "body>div>button"}
    yes = button("Accept all", **bar)
    assert await named(broken(step(button("Only necessary", **bar))), survey(*placed(button(now, **bar), yes))) == now
