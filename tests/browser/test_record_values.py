"""What a demonstration tells of its values: parameters, what was read on the way, how numbers and dates are written."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from showing import Shown, replay, unwell
from tiny_site import Answer, TinySite

from fixtures.backoffice import PASSWORD, Backoffice
from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import open_context
from rpa_agent.build import build_procedure
from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.outputs import typed_output
from rpa_agent.domain.procedure import Step
from rpa_agent.domain.recording import Recording

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

Watch = Callable[..., Awaitable[Recording]]

ORDERS = (
    "<h1>Orders</h1><table><thead><tr><th>Number<th>Supplier<th>Date<th>Net</thead><tbody>"
    "{rows}</tbody></table><a href=/search>Search</a>"
)
GROWS = """<style>tr{height:60px}</style><script>const all = ROWS; addEventListener('scroll', () => {
  const body = document.querySelector('tbody'), have = body.children.length;
  if (scrollY + innerHeight > document.documentElement.scrollHeight - 40) for (const row of all.slice(have, have + 20)) {
    const tr = body.insertRow(); for (const cell of row) tr.insertCell().textContent = cell;
  }
});</script>"""
SEARCH = "<h1>Search</h1><form method=post action=/found><label>Order number <input name=q></label><button>Find</button></form>"


def orders(*rows: tuple[str, ...]) -> str:
    return ORDERS.format(rows="".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) for row in rows))


DETAILS = "<dl><div><dt>Contact<dd>{1}</div><div><dt>Desk<dd>{0}</div><div><dt>Tel<dd>5-{0}</div><div><dt>Zip<dd>8907{0}</div></dl>"
FIRST = (
    ("PO-50017", "Harbour Software Ltd", "11/02/2026", "1,200.00"),
    ("PO-50018", "Fjord Timber AB", "11/03/2026", "99.90"),
    ("PO-50019", "Contoso Cleaning", "11/05/2026", "45.00"),
)
LATER = (
    ("PO-61000", "Contoso Cleaning", "12/05/2026", "45.00"),
    ("PO-61001", "Fjord Timber AB", "12/07/2026", "99.90"),
    ("PO-61002", "Harbour Software Ltd", "12/09/2026", "77.00"),
)


def built_of(recording: Recording) -> Shown:
    return Shown(recording, build_procedure(recording, name="values", task="Values", site="tiny", salt="salt"))


def posted(site: TinySite, path: str = "/found") -> dict[str, str]:
    """What the last form that was sent to an address held."""
    body = next(body for method, at, body in reversed(site.sent) if method == "POST" and at == path)
    return {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True).items()}


def reads(shown: Shown) -> list[Step]:
    return [s for s in shown.built.procedure.steps if s.kind == "read"]


# ---- where values come from ----


async def test_a_number_typed_as_a_list_showed_it_is_read_there_by_every_run(
    watch: Watch, site: TinySite, browser: Browser
) -> None:
    """The row is known by its supplier; a run reads the number that stands there now and searches for that."""
    site.show("/search", SEARCH)

    async def hands(page: Page) -> None:
        number = await page.get_by_role("row").filter(has_text="Fjord Timber AB").locator("td").first.inner_text()
        await page.get_by_role("link", name="Search").click()
        await page.get_by_label("Order number").fill(number)
        await page.get_by_role("button", name="Find").click()

    shown = built_of(await watch(orders(*FIRST), hands, path="/orders"))
    assert posted(site) == {"q": "PO-50018"}
    assert [(s.output, s.target.words() if s.target else "") for s in reads(shown)] == [
        ("number", "cell 'Number' in the row of {{ supplier }}")
    ]
    assert shown.built.examples == {"supplier": "Fjord Timber AB"}
    site.show("/orders", orders(*LATER))
    done = await replay(browser, shown, {})
    assert unwell(done) == []
    assert (posted(site), done.outputs) == ({"q": "PO-61001"}, {"number": "PO-61001"})
    done = await replay(browser, shown, {"supplier": "Harbour Software Ltd"})
    assert (posted(site), unwell(done)) == ({"q": "PO-61002"}, [])


async def test_what_is_copied_and_pasted_is_read_whatever_it_is(watch: Watch, site: TinySite, browser: Browser) -> None:
    """A name typed after a list would be a parameter; copied, it is an output, and choosing the text leaves no step."""
    site.show("/search", SEARCH)

    async def hands(page: Page) -> None:
        row = page.get_by_role("row").filter(has_text="PO-50019")
        await row.get_by_text("Contoso").click(click_count=3)
        await page.keyboard.press("Control+C")
        await page.get_by_role("link", name="Search").click()
        await page.get_by_label("Order number").click()
        await page.keyboard.press("Control+V")
        await page.get_by_role("button", name="Find").click()

    shown = built_of(await watch(orders(*FIRST), hands, path="/orders"))
    assert posted(site)["q"].strip() == "Contoso Cleaning"
    assert [s.kind for s in shown.built.procedure.steps] == ["goto", "read", "click", "fill", "click"]
    assert shown.built.examples == {"number": "PO-50019"}
    site.show("/orders", orders(*LATER))
    done = await replay(browser, shown, {"number": "PO-61002"})
    assert (unwell(done), posted(site)) == ([], {"q": "Harbour Software Ltd"})


async def test_what_is_copied_from_a_field_keeps_its_white_space(watch: Watch, site: TinySite, browser: Browser) -> None:
    """Lines and a blank at the end are part of what was copied, so they are part of what is typed."""
    note = "<label>Note <textarea readonly>{}</textarea></label><a href=/keep>Keep</a>"
    form = "<form method=post action=/kept><label>Text <textarea name=q></textarea></label><button>Save</button></form>"
    site.show("/keep", form)

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").click()
        await page.keyboard.press("Control+A")
        await page.keyboard.press("Control+C")
        await page.get_by_role("link", name="Keep").click()
        await page.get_by_label("Text").click()
        await page.keyboard.press("Control+V")
        await page.get_by_role("button", name="Save").click()

    shown = built_of(await watch(note.format("First line\n  second line "), hands))
    assert (shown.built.examples, [s.output for s in reads(shown)]) == ({}, ["note"])
    assert "second line" not in shown.built.procedure.model_dump_json()
    site.show("/form", note.format("Other line\n\n  last  line "))
    done = await replay(browser, shown, {})
    assert (unwell(done), posted(site, "/kept")) == ([], {"q": "Other line\r\n\r\n  last  line "})


async def test_several_options_clicked_with_ctrl_are_one_choice(watch: Watch, site: TinySite, browser: Browser) -> None:
    """In a list that lies open each click adds to what is chosen; a run chooses the whole set at once."""
    form = "<form method=post action=/sent><label>Guests <select name=q multiple>{}</select></label><button>Send</button></form>"

    async def hands(page: Page) -> None:
        await page.get_by_role("option", name="Ada").click()
        await page.get_by_role("option", name="Eve").click(modifiers=["Control"])
        await page.get_by_role("button", name="Send").click()

    names = ("Ada", "Bob", "Eve", "Ida")
    shown = built_of(await watch(form.format("".join(f"<option>{n}</option>" for n in names)), hands))
    assert shown.built.examples == {"guests": "Ada\nEve"}
    assert [s.kind for s in shown.built.procedure.steps] == ["goto", "select", "click"]
    site.sent.clear()
    done = await replay(browser, shown, {"guests": "Bob\nIda"})
    assert (unwell(done), [body for _, _, body in site.sent]) == ([], ["q=Bob&q=Ida"])


async def test_a_name_typed_after_a_list_showed_it_stays_a_parameter(watch: Watch, site: TinySite) -> None:
    """People know names by themselves; so do they what they typed before the page showed it."""
    site.show("/search", SEARCH)

    async def hands(page: Page) -> None:
        await page.get_by_role("link", name="Search").click()
        await page.get_by_label("Order number").fill("Contoso Cleaning")
        await page.get_by_role("button", name="Find").click()

    shown = built_of(await watch(orders(*FIRST), hands, path="/orders"))
    assert (reads(shown), shown.built.examples) == ([], {"order_number": "Contoso Cleaning"})


@pytest.mark.parametrize(
    ("said", "later"),
    [
        ("<p role=status>Order 47-11 was created for you.</p>", "<p role=status>Order 58-02 was created for you.</p>"),
        ("<div><span>Order no</span><b>47-11</b></div>", "<div><span>Order no</span><b>58-02</b></div>"),
        ("<p>Your order: <code>47-11</code></p>", "<p>Your order: <code>58-02</code></p>"),
        ("<table><tr><th>Order<td>47-11<tr><th>State<td>ok</table>", "<table><tr><th>Order<td>58-02<tr><th>State<td>ok</table>"),
        ("<label>Order <input readonly value=47-11></label>", "<label>Order <input readonly value=58-02></label>"),
        ("<h2>Order 47-11</h2>", "<h2>Order 58-02</h2>"),
    ],
)
async def test_what_the_site_answered_is_used_in_the_next_form(
    watch: Watch, site: TinySite, browser: Browser, said: str, later: str
) -> None:
    """The number it gave is read where it stands, in a sentence, beside its label or in a field, and typed on."""
    page_of = "<h1>Order created</h1>{said}<a href=/search>Search</a>"
    site.show("/created", page_of.format(said=said))
    site.show("/search", SEARCH)

    async def hands(page: Page) -> None:
        await page.get_by_label("Item").fill("Desk")
        await page.get_by_role("button", name="Order").click()
        await page.get_by_role("link", name="Search").click()
        await page.get_by_label("Order number").fill("Re 47-11")
        await page.get_by_role("button", name="Find").click()

    form = "<form method=post action=/created><label>Item <input name=item></label><button>Order</button></form>"
    shown = built_of(await watch(form, hands))
    assert [s.value for s in shown.built.procedure.steps if s.kind == "fill"][1].startswith("Re {{ outputs.")
    assert list(shown.built.examples) == ["item"]
    assert "47-11" not in shown.built.procedure.model_dump_json()
    site.show("/created", page_of.format(said=later))
    done = await replay(browser, shown, {})
    assert (unwell(done), posted(site), list(done.outputs.values())) == ([], {"q": "Re 58-02"}, ["58-02"])


ONE_PAGE = """<h1>Orders</h1><label>Item <input id=item></label><button onclick="order()">Order</button><p id=said role=status></p>
<div id=pay hidden><label>Order number <input id=q></label><button onclick="pay()">Pay</button></div>
<script>async function order() { const r = await fetch('/order', { method: 'POST', body: item.value });
    said.textContent = 'Order ' + await r.text() + ' was created'; document.querySelector('#pay').hidden = false; }
  function pay() { fetch('/found', { method: 'POST', body: new URLSearchParams({ q: q.value }) }); }</script>"""


async def test_what_one_page_says_after_it_sent_something_is_read(
    watch: Watch, site: TinySite, browser: Browser
) -> None:
    """An application that never leaves its page has earlier pages too: what was sent is between them."""
    site.pages["/order"] = Answer("47-11")

    async def hands(page: Page) -> None:
        await page.get_by_label("Item").fill("Desk")
        await page.get_by_role("button", name="Order").click()
        number = (await page.get_by_role("status").filter(has_text="created").inner_text()).split()[1]
        await page.get_by_label("Order number").fill(number)
        await page.get_by_role("button", name="Pay").click()

    shown = built_of(await watch(ONE_PAGE, hands))
    assert list(shown.built.examples) == ["item"]
    site.pages["/order"] = Answer("58-02")
    done = await replay(browser, shown, {})
    assert (unwell(done), posted(site), done.outputs) == ([], {"q": "58-02"}, {"order": "58-02"})


async def test_a_number_in_a_frame_or_in_another_tab_is_read_there(
    watch: Watch, site: TinySite, browser: Browser
) -> None:
    """Each where it was seen; both stand in one form afterwards."""
    site.show("/inner", "<dl><dt>Order<dd>PO-50017</dl>")
    site.show("/tab", "<title>Tab</title><dl><dt>Batch<dd>CH-4711</dl>")
    form = SEARCH.replace("<button>", "<label>Batch <input name=batch></label><button>")

    async def hands(page: Page) -> None:
        async with page.expect_popup() as opened:
            await page.get_by_role("link", name="Batch").click()
        tab = await opened.value
        batch = await tab.locator("dd").inner_text()
        number = await page.frame_locator("iframe").locator("dd").inner_text()
        await page.bring_to_front()
        await page.get_by_label("Order number").fill(number)
        await page.get_by_label("Batch").fill(batch)
        await page.get_by_role("button", name="Find").click()

    body = f"<a href=/tab target=_blank>Batch</a><iframe name=inner src=/inner></iframe>{form}"
    shown = built_of(await watch(body, hands, path="/both"))
    assert [(s.output, s.tab) for s in reads(shown)] == [("order", 0), ("batch", 1)]
    site.show("/inner", "<dl><dt>Order<dd>PO-9</dl>")
    site.show("/tab", "<title>Tab</title><dl><dt>Batch<dd>CH-9</dl>")
    done = await replay(browser, shown, {})
    assert (unwell(done), posted(site)) == ([], {"q": "PO-9", "batch": "CH-9"})


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ("", "is not on the page"),
        ("<dl><dt>Contact<dd></dl>", "is not on the page"),
        ("<dl><dt>Contact<dd>Ann Miller<dt>Contact<dd>Bob Miller</dl>", "more than once"),
    ],
)
async def test_nothing_is_typed_where_nothing_was_read(
    watch: Watch, site: TinySite, browser: Browser, there: str, why: str
) -> None:
    """Gone, empty or there twice: the run ends with the reason, and no form is sent."""
    site.show("/search", SEARCH)
    page_of = "<h1>Supplier</h1>{there}<a href=/search>Search</a>"

    async def hands(page: Page) -> None:
        await page.get_by_role("link", name="Search").click()
        await page.get_by_label("Order number").fill("Ada Lovelace")
        await page.get_by_role("button", name="Find").click()

    shown = built_of(await watch(page_of.format(there="<dl><dt>Contact<dd>Ada Lovelace</dl>"), hands, path="/supplier"))
    site.show("/supplier", page_of.format(there=there))
    site.sent.clear()
    done = await replay(browser, shown, {})
    assert (done.outcome, site.sent) == ("needs_person", [])
    assert why in done.stopped


# ---- tables and files ----


async def point(page: Page, key: str, at: str, name: str) -> None:
    """Point with the bar at what is brought back, and name it."""
    await page.keyboard.press(f"Alt+Shift+{key}")
    await page.locator(at).click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type(name)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("scrolled", [False, True], ids=["pages", "grows"])
async def test_a_table_that_was_pointed_at_is_read_to_its_end(
    context: BrowserContext, site: TinySite, browser: Browser, scrolled: bool
) -> None:
    """Records by the names of the columns, over all pages of the list, or until scrolling brings no more."""
    rows = [(f"PO-{n}", f"Firm {n}", "11/25/2026", f"{n},000.00") for n in range(1, 61 if scrolled else 8)]

    def serve(*, first: int = 0) -> str:
        if scrolled:
            return site.show("/list", orders(*rows[:20]) + GROWS.replace("ROWS", json.dumps(rows)))
        for n, path in enumerate(("/list", "/list2", "/list3")):
            more = f"<a href=/list{n + 2}>Next</a>" if n < 2 else "<span aria-disabled=true>Next</span>"
            site.show(path, orders(*rows[n * 3 : n * 3 + 3]) + f"<nav class=pagination>{more}</nav>")
        return site.url + "/list"

    async def hands(page: Page) -> None:
        await point(page, "T", "td >> nth=0", "orders")

    shown = built_of(await record(context, serve(), demonstrate=hands, overlay=True))
    assert shown.built.workflow.outputs["orders"].columns == {
        "number": "string", "supplier": "string", "date": "date", "net": "decimal"
    }  # fmt: skip
    done = await replay(browser, shown, {})
    assert unwell(done) == []
    assert [r["number"] for r in done.outputs["orders"]] == [number for number, *_ in rows]
    typed = typed_output(done.outputs["orders"], shown.built.workflow.outputs["orders"])
    assert typed[6] == {"number": "PO-7", "supplier": "Firm 7", "date": "2026-11-25", "net": "7000.00"}
    assert site.sent == []


@pytest.mark.parametrize(
    ("at", "body", "later", "value"),
    [
        ("td >> nth=3", orders(*FIRST), orders(*FIRST[:1], *LATER), "1200.00"),
        ("#no", "<p>Order <b id=no>4711</b> was filed</p>", "<p>Order <b id=no>58</b> was filed</p>", "58"),
        ("dd", "<dl><dt>Contact<dd>Ada</dl>", "<dl><dt>City<dd>Ulm<dt>Contact<dd>Grace</dl>", "Grace"),
        ("dd >> nth=0", DETAILS.format(1, "Ada"), DETAILS.format(2, "Grace"), "Grace"),
        ("input", "<label>Paid <input readonly value=12,50></label>", "<label>Paid <input readonly value=7,00></label>", "7.00"),
    ],
)
async def test_a_value_that_was_pointed_at_is_brought_back_as_it_is_now(
    context: BrowserContext, site: TinySite, browser: Browser, at: str, body: str, later: str, value: str
) -> None:
    """A cell of its record, a part of a sentence, what a label names, a field."""

    async def hands(page: Page) -> None:
        await point(page, "V", at, "it")

    shown = built_of(await record(context, site.show("/page", body), demonstrate=hands, overlay=True))
    assert "row" not in shown.built.workflow.params, "what calls a value is no record of this run"
    site.show("/page", later)
    done = await replay(browser, shown, {})
    assert (unwell(done), done.outputs) == ([], {"it": value})


async def test_a_download_is_an_output_and_its_file_is_kept(
    watch: Watch, site: TinySite, browser: Browser, tmp_path: Path
) -> None:
    """The output is where the file lies; the site names it, and says nothing about the folder."""
    headers = {"Content-Disposition": 'attachment; filename="../../orders-2026.csv"', "Content-Type": "text/csv"}
    site.pages["/orders.csv"] = Answer("number;net\nPO-1;12\n", headers=headers)

    async def hands(page: Page) -> None:
        async with page.expect_download():
            await page.get_by_role("link", name="Export").click()

    shown = built_of(await watch("<a href=/orders.csv>Export</a>", hands))
    assert {n: o.type for n, o in shown.built.workflow.outputs.items()} == {"orders": "file"}
    done = await replay(browser, shown, {}, artifacts=str(tmp_path / "run"))
    kept = Path(done.outputs["orders"])
    assert unwell(done) == []
    assert kept.parent == tmp_path / "run"
    assert kept.read_text() == "number;net\nPO-1;12\n"


# ---- parameters ----

FIELDS = """<html lang={lang}><form method=post action=/found>
<label>Due <input name=due></label> <label>Amount <input name=amount></label>
<label>E-mail * <input type=email name=mail></label> <label>Repeat e-mail <input name=mail2></label>
<fieldset><legend>Shipping</legend><label><input type=radio name=ship value=s checked>Standard</label>
<label><input type=radio name=ship value=x>Express</label><label><input type=radio name=ship value=n>Overnight</label></fieldset>
<label>Country <select name=land><option value="">Please choose<option value=de>Germany<option value=fr>France</select></label>
<label><input type=checkbox name=terms>I accept the terms</label><button>Find</button></form>"""


async def enter(page: Page, due: str, amount: str) -> None:
    await page.get_by_label("Due").fill(due)
    await page.get_by_label("Amount").fill(amount)
    await page.get_by_label("E-mail *").fill("ada@example.org")
    await page.get_by_label("Repeat e-mail").fill("ada@example.org")
    await page.get_by_label("Express").check()
    await page.get_by_label("Country").select_option(label="France")
    await page.get_by_label("I accept the terms").check()
    await page.get_by_role("button", name="Find").click()


async def test_a_form_gives_named_typed_parameters_and_takes_others(
    watch: Watch, site: TinySite, browser: Browser
) -> None:
    """Labels name them, one value typed twice is one, a choice knows its options, and a ticked box stays ticked."""
    recording = await watch(FIELDS.format(lang="de"), lambda page: enter(page, "31.12.2026", "1.234,50"))
    shown = built_of(recording)
    params = shown.built.workflow.params
    assert {n: p.type for n, p in params.items()} == {
        "due": "date", "amount": "decimal", "e_mail": "email", "shipping": "choice", "country": "choice"
    }  # fmt: skip
    assert params["shipping"].options == ("Standard", "Express", "Overnight")
    assert params["country"].options == ("Germany", "France")
    assert shown.built.examples["shipping"] == "Express"
    first = posted(site)
    same = await replay(browser, shown, {})
    assert (unwell(same), posted(site)) == ([], first)
    other = {"due": "2027-01-02", "amount": "99999.9", "e_mail": "g@h.org", "shipping": "Overnight", "country": "Germany"}
    done = await replay(browser, shown, other)
    assert unwell(done) == []
    assert posted(site) == {
        "due": "02.01.2027", "amount": "99.999,90", "mail": "g@h.org", "mail2": "g@h.org", "ship": "n", "land": "de", "terms": "on"
    }  # fmt: skip


LISTBOX = """<form method=post action=/found><span id=l>Size</span>
<button type=button role=combobox aria-labelledby=l aria-controls=o aria-haspopup=listbox onclick="o.hidden=false">Choose</button>
<ul id=o role=listbox hidden>ITEMS</ul><input type=hidden name=size><button>Find</button></form>
<script>o.onclick = (e) => { document.querySelector('[name=size]').value = e.target.dataset.v;
  document.querySelector('[role=combobox]').textContent = e.target.textContent; o.hidden = true; }</script>"""


@pytest.mark.parametrize(("sizes", "kind"), [(3, "choice"), (40, "string")])
async def test_a_list_that_was_seen_whole_is_a_choice_and_a_long_one_is_not(
    watch: Watch, site: TinySite, browser: Browser, sizes: int, kind: str
) -> None:
    """Its options are known from when it was open; forty of them are records."""
    items = "".join(f"<li role=option data-v={n}>Size {n}</li>" for n in range(1, sizes + 1))

    async def hands(page: Page) -> None:
        await page.get_by_role("combobox").click()
        await page.get_by_role("option", name="Size 2", exact=True).click()
        await page.get_by_role("button", name="Find").click()

    shown = built_of(await watch(LISTBOX.replace("ITEMS", items), hands))
    (param,) = shown.built.workflow.params.values()
    assert (list(shown.built.examples.values()), param.type) == (["Size 2"], kind)
    assert param.options == (("Size 1", "Size 2", "Size 3") if kind == "choice" else ())
    done = await replay(browser, shown, dict.fromkeys(shown.built.examples, "Size 3"))
    assert (unwell(done), posted(site)) == ([], {"size": "3"})


async def test_a_date_that_can_be_read_in_two_ways_is_asked_about_and_not_typed_by_a_guess(
    watch: Watch, site: TinySite, browser: Browser
) -> None:
    """Plain English tells no order of day and month: running refuses with both readings until a locale is said."""
    recording = await watch(FIELDS.format(lang="en"), lambda page: enter(page, "03/04/2026", "12.00"))
    shown = built_of(recording)
    assert [set(q.readings) for q in shown.built.questions] == [{"dd/mm/yyyy", "mm/dd/yyyy"}]
    site.sent.clear()
    with pytest.raises(ParamsInvalid, match=r"09/05/2026 or 05/09/2026") as refused:
        await replay(browser, shown, {"due": "2026-05-09"})
    assert "locale" in refused.value.remedy
    assert site.sent == []
    await replay(browser, shown, {"due": "2026-05-05"})  # both ways write this one alike
    assert posted(site)["due"] == "05/05/2026"
    await replay(browser, shown, {"due": "2026-05-09"}, locale="en_GB")
    assert posted(site)["due"] == "09/05/2026"


async def test_what_a_page_shows_afterwards_settles_how_a_date_was_meant(watch: Watch, site: TinySite) -> None:
    """The form's answer spells the month."""
    site.show("/found", "<h1>Saved</h1><dl><dt>Due<dd>4 March 2026</dl><a href=/end>On</a>")

    async def hands(page: Page) -> None:
        await enter(page, "03/04/2026", "12.00")
        await page.get_by_role("link", name="On").click()

    built = built_of(await watch(FIELDS.format(lang="en"), hands)).built
    assert (built.questions, built.examples["due"]) == ((), "2026-03-04")


# ---- the practice site ----


async def test_on_the_practice_site_a_number_of_one_list_is_searched_for_in_another(
    backoffice: Backoffice, browser: Browser
) -> None:
    """Approvals, its row by the supplier; then the invoices, searched for that number; for another supplier as well."""
    seen: list[tuple[str, str]] = []

    async def hands(page: Page) -> None:
        await page.get_by_label("User name").fill("clerk")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="Approvals").click()
        rows = page.get_by_role("row").filter(has=page.get_by_role("button", name="Approve"))
        for row in await rows.all():
            cells = await row.get_by_role("cell").all_inner_texts()
            seen.append((cells[1].strip(), cells[0].strip()))
        suppliers = [supplier for supplier, _ in seen]
        seen[:] = [(supplier, number) for supplier, number in seen if suppliers.count(supplier) == 1]
        number = seen[0][1]
        await page.get_by_role("link", name="Invoices").click()
        await page.get_by_role("searchbox").fill(number)
        await page.get_by_role("searchbox").press("Enter")
        await page.get_by_role("cell", name=number).first.wait_for()

    async with open_context(browser) as context:
        shown = built_of(await record(context, backoffice.base_url, demonstrate=hands))
    assert list(shown.built.examples) == ["supplier"]
    for supplier, number in (seen[0], seen[-1]):
        done = await replay(browser, shown, {"supplier": supplier})
        assert (unwell(done), done.outputs) == ([], {"invoice_number": number})


async def test_what_was_typed_in_full_and_what_a_script_entered_are_told_in_their_order(
    backoffice: Backoffice, browser: Browser
) -> None:
    """The list says more of a supplier than its field keeps, and the date is set without a key: both come again."""

    async def hands(page: Page) -> None:
        await page.get_by_label("User name").fill("clerk")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="New", exact=True).click()
        await page.get_by_role("combobox", name="Supplier").click()
        await page.keyboard.type("Müller Transporte GmbH")
        await page.get_by_role("option", name="Müller Transporte GmbH Mannheim").click()
        await page.get_by_label("Invoice date").fill("2026-11-03")  # Playwright's events of it are a script's own
        await page.get_by_label("Due date").fill("03.12.2026")
        await page.get_by_role("link", name="Invoices", exact=True).click()

    async with open_context(browser) as context:
        shown = built_of(await record(context, backoffice.base_url, demonstrate=hands))
    assert shown.built.examples == {
        "supplier": "Müller Transporte GmbH", "invoice_date": "2026-11-03", "due_date": "2026-12-03",
    }  # fmt: skip
    assert list(shown.built.examples) == ["supplier", "invoice_date", "due_date"]
    assert unwell(await replay(browser, shown, {"supplier": "Müller Reinigung"})) == []
    unclear = await replay(browser, shown, {"supplier": "Müller"})
    assert unclear.steps[-1].status == "refused", "two suppliers begin so"
