"""Steps that a new release needs no more, and what it asks for or complains about instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from mending import page_of, run_on, saves, shown_on
from showing import NoLadder
from tiny_site import Answer, TinySite

from rpa_agent.build import Built
from rpa_agent.domain.looks import with_spare

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

CURRENCY = "<label>Currency <input name=currency></label>"
FILED = ["name=Acme+Ltd&currency=USD"]


def form(*parts: str) -> str:
    return f"<form action=/save method=post><label>Name <input name=name></label>{''.join(parts)}<button>Save</button></form>"


async def hands(page: Page) -> None:
    await page.get_by_label("Name").fill("Acme Ltd")
    await page.get_by_label("Currency").fill("USD")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("was saved").wait_for()


@pytest.fixture
async def built(browser: Browser, site: TinySite) -> Built:
    saves(site)
    return await shown_on(browser, site, form(CURRENCY), hands)


HELD = "<input type=hidden name=currency value=USD>"


@pytest.mark.parametrize("now", [
    pytest.param(HELD + "<dl><dt>Currency</dt><dd>USD</dd></dl>", id="a text beside its name"),
    pytest.param("<label>Currency <input name=currency value=USD readonly></label>", id="a field that cannot be changed"),
    pytest.param(HELD + "<label>Currency <select disabled><option>USD</select></label>", id="a list that cannot be changed"),
])  # fmt: skip
async def test_a_value_that_the_page_holds_already_is_not_entered(
    browser: Browser, site: TinySite, built: Built, now: str
) -> None:
    """It is this run's value, shown under the recorded name, and it is sent all the same."""
    done = await run_on(browser, site, built, form(now))
    assert (done.run.outcome, done.posted()) == ("succeeded", FILED), done.run.stopped
    assert done.skipped() == ["the page shows Currency as USD and offers no way to change it"]


async def test_another_value_that_cannot_be_changed_is_the_data_of_the_site(
    browser: Browser, site: TinySite, built: Built
) -> None:
    done = await run_on(browser, site, built, form("<label>Currency <input name=currency value=EUR readonly></label>"))
    assert (done.run.outcome, done.run.fault, done.sent) == ("needs_person", "data", [])
    assert "shows “Currency” as “EUR” and offers no way to change it" in done.run.stopped


async def test_a_value_that_is_shown_and_not_sent_is_found_out_before_it_leaves(
    browser: Browser, site: TinySite, built: Built
) -> None:
    """What the page shows proves nothing of what it sends: the request itself must carry this run's value."""
    done = await run_on(browser, site, built, form("<dl><dt>Currency</dt><dd>USD</dd></dl>"))
    assert (done.run.outcome, done.sent) == ("needs_person", []), done.run.stopped
    assert "does not carry currency as meant" in done.run.stopped


async def test_a_field_that_is_merely_gone_is_never_left_out(browser: Browser, site: TinySite, built: Built) -> None:
    done = await run_on(browser, site, built, form())
    assert (done.run.outcome, done.sent) == ("needs_person", []), done.run.stopped


async def test_pages_that_only_led_on_are_left_out(browser: Browser, site: TinySite) -> None:
    """Start and Continue led to the form. Now the form is there at once."""
    shown = f"""<div id=one><button type=button onclick="one.hidden=true;two.hidden=false">Start</button></div>
    <div id=two hidden><p>Welcome</p><button type=button onclick="two.hidden=true;three.hidden=false">Continue</button></div>
    <div id=three hidden>{form(CURRENCY)}</div>"""

    async def through(page: Page) -> None:
        await page.get_by_role("button", name="Start").click()
        await page.get_by_role("button", name="Continue").click()
        await hands(page)

    saves(site)
    built = await shown_on(browser, site, shown, through)
    done = await run_on(browser, site, built, form(CURRENCY))
    assert (done.run.outcome, done.posted()) == ("succeeded", FILED), done.run.stopped
    assert len(done.skipped()) == 2


async def test_a_click_whose_page_comes_by_itself_is_learned_to_be_spare(browser: Browser, site: TinySite) -> None:
    """The start page is the list now. Once known, no rung is asked; where the old start page is served again, it is clicked."""
    start = "<h2>Start</h2><a href=/orders>Orders</a>"

    async def through(page: Page) -> None:
        await page.get_by_role("link", name="Orders").click()
        await hands(page)

    saves(site)
    site.show("/orders", page_of(form(CURRENCY)))
    built = await shown_on(browser, site, start, through)
    moved = Answer("", status=302, headers={"Location": "/orders"})
    first = await run_on(browser, site, built, start, moved=moved)
    assert (first.run.outcome, first.posted()) == ("succeeded", FILED), first.run.stopped
    click = next(s for s in built.procedure.steps if s.kind == "click")
    assert [s.needless for s in first.run.steps if s.id == click.id] == ["found"]
    knows = replace(built, procedure=with_spare(built.procedure, click.id))
    second = await run_on(browser, site, knows, start, moved=moved, ladder=NoLadder())
    assert (second.run.outcome, second.posted()) == ("succeeded", FILED), second.run.stopped
    assert [s.needless for s in second.run.steps if s.id == click.id] == ["known"]
    back = await run_on(browser, site, knows, start, ladder=NoLadder())
    assert (back.run.outcome, back.posted(), back.skipped()) == ("succeeded", FILED, []), back.run.stopped


# ---- what is asked for, and what is complained about -----------------------------------------------------------------


async def test_a_new_field_that_the_browser_insists_on_is_named(browser: Browser, site: TinySite, built: Built) -> None:
    """Nothing left: the browser itself kept the form. The person is told which field, and what to do."""
    done = await run_on(browser, site, built, form(CURRENCY, "<label>Cost centre <input name=centre required></label>"))
    assert (done.run.outcome, done.run.fault, done.sent) == ("needs_person", "drift", [])
    assert "the page now asks for “Cost centre”, which it did not when this was shown" in done.run.stopped


COMPLAINS = """<label>Cost centre <input name=centre aria-invalid=true aria-describedby=why></label>
<span id=why>This field is required</span>"""


async def test_a_new_field_that_the_site_insists_on_is_named_and_nothing_is_taken_for_filed(
    browser: Browser, site: TinySite, built: Built
) -> None:
    """The form came back at the address of success, without an error code: only its complaint tells."""
    site.pages["/save"] = Answer(page_of(form(CURRENCY, COMPLAINS)))
    done = await run_on(browser, site, built, form(CURRENCY))
    assert (done.run.outcome, done.run.fault) == ("needs_person", "drift"), done.run.stopped
    assert "asks for “Cost centre”" in done.run.stopped
    assert [c.state for c in done.run.commits] == ["ambiguous"]


async def test_a_complaint_in_words_that_nobody_knows_is_told_and_never_repaired(
    browser: Browser, site: TinySite, built: Built
) -> None:
    site.pages["/save"] = Answer(page_of(form(CURRENCY, "<span class=field-error>This customer rests until May</span>")))
    done = await run_on(browser, site, built, form(CURRENCY))
    assert (done.run.outcome, done.run.fault) == ("needs_person", "data"), done.run.stopped
    assert "“This customer rests until May”" in done.run.stopped
    assert [c.state for c in done.run.commits] == ["ambiguous"]
    assert len(done.posted()) == 1


async def test_a_site_that_only_says_that_something_is_empty_is_read_for_the_new_field(
    browser: Browser, site: TinySite, built: Built
) -> None:
    """It does not say which: the one field that is new and empty is meant."""
    says, new = "<p role=alert>A required field is empty.</p>", "<label>Cost centre <input name=centre></label>"
    site.pages["/save"] = Answer(page_of(says + form(CURRENCY, new)))
    done = await run_on(browser, site, built, form(CURRENCY))
    assert (done.run.outcome, done.run.fault) == ("needs_person", "drift"), done.run.stopped
    assert "asks for “Cost centre”" in done.run.stopped


async def test_a_red_button_is_no_complaint(browser: Browser, site: TinySite, built: Built) -> None:
    """The words after the commit are new, and beside them stands a button whose class says danger."""
    red = "<button type=button class='btn btn-danger is-error'>Delete draft</button>"
    site.pages["/save"] = Answer(page_of(f"<p>All is well.</p>{red}"))
    done = await run_on(browser, site, built, form(CURRENCY))
    assert (done.run.outcome, [c.state for c in done.run.commits]) == ("succeeded", ["confirmed"]), done.run.stopped


async def test_a_list_without_the_value_is_the_data(browser: Browser, site: TinySite) -> None:
    """The field was found, its list has no such entry: that is no changed page."""
    lists = """<label>Firm <input role=combobox id=box aria-expanded=false oninput="opts.hidden=false"></label>
    <ul id=opts role=listbox hidden><li role=option onclick="box.value=this.textContent;opts.hidden=true">Acme Ltd</li>
    <li role=option onclick="box.value=this.textContent;opts.hidden=true">Bolt Ltd</li></ul>"""

    async def chooses(page: Page) -> None:
        await page.get_by_label("Firm").click()
        await page.keyboard.type("Ac")
        await page.get_by_role("option", name="Acme Ltd").click()

    built = await shown_on(browser, site, lists, chooses)
    done = await run_on(browser, site, built, lists, values={"firm": "Nobody & Sons"})
    assert (done.run.outcome, done.run.fault) == ("needs_person", "data"), done.run.stopped
    assert "0 options are called 'Nobody & Sons'" in done.run.stopped


async def test_a_complaint_at_a_field_on_the_way_is_told_with_the_field(browser: Browser, site: TinySite) -> None:
    """The wizard's next page does not come, since the browser does not take a value on this one."""
    pages = """<form action=/save method=post><div id=one><label>Name <input name=name {}></label>
    <button type=button onclick="if(this.form.checkValidity()){{one.hidden=true;two.hidden=false}}else this.form.reportValidity()">
    Next</button></div><div id=two hidden><label>Currency <input name=currency></label><button>Save</button></div></form>"""

    async def through(page: Page) -> None:
        await page.get_by_label("Name").fill("Acme Ltd")
        await page.get_by_role("button", name="Next").click()
        await page.get_by_label("Currency").fill("USD")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("was saved").wait_for()

    saves(site)
    built = await shown_on(browser, site, pages.format(""), through)
    done = await run_on(browser, site, built, pages.format("pattern=[0-9]+"))
    assert (done.run.outcome, done.run.fault, done.sent) == ("needs_person", "data", []), done.run.stopped
    assert "at “Name”" in done.run.stopped
