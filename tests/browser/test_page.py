"""How a live page is read: names, roles, capabilities, addresses of elements, and who votes for whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tiny_site import TinySite

from rpa_agent.browser.page import LivePage
from rpa_agent.domain.errors import ActionFailed, SiteUnreachable, TargetMissing
from rpa_agent.domain.ports import Action, Hit
from rpa_agent.domain.proposal import Candidate, same_request
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.run.resolve import Found, NotFound, resolve

Live = Callable[..., Awaitable[LivePage]]


async def called(page: LivePage) -> dict[str, Fingerprint]:
    """Every interactable element of the page by its id."""
    return {c.fingerprint.id: c.fingerprint for c in (await page.survey()).candidates}


async def one(page: LivePage, name: str) -> Candidate:
    found = [c for c in (await page.survey()).candidates if c.fingerprint.name == name]
    assert len(found) == 1, [c.fingerprint.words() for c in found]
    return found[0]


def target(fingerprint: Fingerprint) -> Target:
    return Target(variants=(Variant(fingerprint=fingerprint),))


# ---- names, roles, capabilities ----


async def test_elements_are_called_as_a_screen_reader_calls_them(live: Live) -> None:
    """Label by reference, by attribute, by element, by content, by picture, by title, in this order."""
    page = await live("""
<span id=t1>Net</span> <span id=t2>amount</span>
<input id=by aria-labelledby="t1 t2" aria-label=Wrong title=Wrong>
<button id=aria aria-label="Close window">x</button>
<label for=lab>Invoice <b>number</b></label><input id=lab placeholder=Wrong>
<label>Town <input id=wrapped value=Ulm></label>
<label>Payee <input id=offered list=known><datalist id=known><option>Meier AG</option></datalist><ul><li>Kunz KG</li></ul></label>
<label><ul><li>Size <input id=listed></li></ul></label>
<button id=content>  Save
  all </button>
<button id=picture><img src=x alt="Print page"></button>
<button id=vector><svg><title>Delete row</title></svg></button>
<input id=hint placeholder="Search invoices">
<input id=send type=submit value="Send it"><input id=plain type=submit>
<a id=titled href=/x title="Only a title"></a>
<button id=quiet>Go<span hidden> nowhere</span><span aria-hidden=true>!</span></button>
""")
    names = {i: f.name for i, f in (await called(page)).items()}
    assert names == {
        "by": "Net amount",
        "aria": "Close window",
        "lab": "Invoice number",
        "wrapped": "Town",
        "offered": "Payee",
        "listed": "Size",
        "content": "Save all",
        "picture": "Print page",
        "vector": "Delete row",
        "hint": "Search invoices",
        "send": "Send it",
        "plain": "Submit",
        "titled": "Only a title",
        "quiet": "Go",
    }


@pytest.mark.parametrize(
    ("html", "role", "capability"),
    [
        ("<input id=x>", "textbox", "fill"),
        ("<input id=x type=number>", "spinbutton", "fill"),
        ("<input id=x type=password>", "textbox", "fill"),
        ("<input id=x list=l><datalist id=l></datalist>", "combobox", "fill"),
        ("<textarea id=x></textarea>", "textbox", "fill"),
        ("<div id=x contenteditable>a</div>", "textbox", "fill"),
        ("<select id=x><option>a</select>", "combobox", "select"),
        ("<div id=x role=combobox tabindex=0>a</div>", "combobox", "select"),
        ("<input id=x type=checkbox>", "checkbox", "check"),
        ("<input id=x type=radio>", "radio", "check"),
        ("<div id=x role=switch tabindex=0>a</div>", "switch", "check"),
        ("<input id=x type=file>", "file", "upload"),
        ("<input id=x type=submit>", "button", "click"),
        ("<a id=x href=/y>a</a>", "link", "click"),
        ("<div id=x role=button tabindex=0>a</div>", "button", "click"),
        ("<div id=x onclick='1'>a</div>", "", "click"),
        ("<details open><summary id=x>a</summary></details>", "button", "click"),
    ],
)
async def test_what_can_be_done_with_an_element(live: Live, html: str, role: str, capability: str) -> None:
    """Its role as written or implied, and the one thing it is for."""
    found = (await called(await live(html)))["x"]
    if "contenteditable" not in html:  # an editable element may have no role of its own
        assert found.role == role
    assert found.capability == capability


async def test_what_records_and_editors_hold_is_no_caption(live: Live) -> None:
    """Texts beside an element are kept; those of customers are not the application's to be known by."""
    records = "<table><tr><th>Customer</th></tr><tr><td>Adele Miller</td></tr></table><ul><li>Bert Moss</li></ul>"
    editor = "<div><div contenteditable=true><p>Dear Ms Miller</p></div></div>"
    page = await live(f"<div><p>Send the letter</p>{records}{editor}<button>Send</button></div>")
    assert (await one(page, "Send")).fingerprint.near == ("Send the letter",)


async def test_what_is_inside_a_button_is_the_button(live: Live) -> None:
    """Wrappers of one action are one candidate; texts and hidden fields are none."""
    page = await live(
        "<button id=b><span tabindex=0 onclick='1'>Save</span></button><p>text</p><input type=hidden id=h><a id=n>x</a>"
    )
    assert list(await called(page)) == ["b"]


async def test_state_is_part_of_what_is_seen(live: Live) -> None:
    """Disabled, hidden, covered and opened elements are told as such."""
    page = await live("""
<fieldset disabled><button id=off>Off</button></fieldset>
<button id=gone style="display:none">Gone</button>
<details open><summary id=more>More</summary>x</details>
<button id=menu aria-haspopup=menu aria-expanded=false>Menu</button>
<div style="position:relative;width:200px"><button id=under>Under</button>
<div style="position:absolute;inset:0;background:#fff">We use cookies</div></div>
""")
    seen = {c.fingerprint.id: c for c in (await page.survey()).candidates}
    assert (seen["off"].enabled, seen["gone"].visible, seen["more"].expanded) == (False, False, True)
    assert (seen["menu"].expanded, seen["menu"].haspopup) == (False, True)
    assert "cookies" in seen["under"].covered_by
    assert seen["menu"].covered_by == ""


async def test_ids_that_a_machine_made_are_known_as_such(live: Live) -> None:
    """A counter or a hash says nothing about the next visit; a word does."""
    page = await live("<input id=invoice_number><input id=ember1042><input id=':r3:'><input id=fld-9c41f>")
    assert [bool(f.generated) for f in (await called(page)).values()] == [False, True, True, True]


async def test_a_row_is_named_by_its_text_and_a_menu_is_no_row(live: Live) -> None:
    """The button in a record's row knows the record; a menu entry is the application's own."""
    page = await live("""
<nav><ul><li><a id=nav href=/a>Invoices</a></li></ul></nav>
<table><thead><tr><th>Number<th>Action</tr></thead><tbody>
<tr><td>RE-1<td><button id=b1>Approve</button></tr>
<tr><td>RE-2<td><button id=b2>Approve</button></tr></tbody></table>""")
    found = await called(page)
    assert (found["nav"].in_data, found["nav"].row) == (False, None)
    second = found["b2"]
    assert second.in_data
    assert second.row is not None
    assert (second.row.key, second.row.column, second.row.count) == ("RE-2", "Action", 2)


FORM_AS_LIST = """<form method=post><ul>
<li><label for=path>Redirect from</label> <input id=path name=old_path></li>
<li><label>Permanent <input id=kept type=checkbox name=permanent></label></li>
<li><label for=target>Page</label> <input type=hidden id=target name=page> <button id=choose type=button>Choose</button></li>
<li><input id=save type=submit value=Save> <a id=back href=/x>Cancel</a></li></ul></form>"""
FORM_AS_DEFINITIONS = """<form method=post><dl><dt><label for=town>Town</label><dd><input id=town name=town>
<dt><dd><button id=send>Send</button></dl></form>"""
FORM_AS_TABLE = """<form method=post><table>
<tr><th>Title<td colspan=3><input id=title name=title></tr>
<tr><th>Priority<td><select id=level name=level><option>urgent</select>
<th>Status<td><select id=status name=status><option>new</select></tr>
<tr><td>&nbsp;<td colspan=3><input id=submit type=submit value="Submit entry"></tr></table></form>"""
PAGE_AS_TABLE = """<table><tr><td>&nbsp;<td><h2>Login</h2><form><input id=words name=words></form></tr>
<tr><td><a id=a1 href=/a>New entry</a> <a id=a2 href=/b>All</a> <a id=a3 href=/c>Mine</a> <a id=a4 href=/d>Users</a>
<td><table><tr><th>Number<tr><td>RE-1 Miller</table><p><button id=quit>Log out</button></tr></table>"""
CART = """<form method=post><ul>
<li>Rye bread <label>Pieces <input id=one name=pieces_1></label> <label>Gift <input id=gift type=checkbox name=gift_1></label></li>
<li>Butter <label>Pieces <input id=two name=pieces_2></label></li>
<li><button id=order>Order</button></li></ul></form>"""
TO_DO = """<form method=post><ul><li>Call Ms Miller <button id=done name=done value=7>Done</button></li>
<li><label>New entry <input id=entry name=entry></label></li></ul></form>"""
LINES = """<form method=post><table><tr><td>Rye bread<td><input id=first name=pieces_1><td><button id=drop1>Remove</button></tr>
<tr><td>Butter<td><input id=second name=pieces_2><td><button id=drop2>Remove</button></tr>
<tr><td>Ms Miller<td><input id=away type=submit value=Remove></tr></table></form>"""

SHELF = """<table><tr><td><h2>Rye bread</h2><a href=/1a>More</a> <button id=buy1>Buy</button>
<td><a href=/1b>1</a> <a href=/1c>2</a> <a href=/1d>3</a> <a href=/1e>4</a></tr>
<tr><td><h2>Butter</h2><a href=/2a>More</a> <button id=buy2>Buy</button>
<td><a href=/2b>1</a> <a href=/2c>2</a> <a href=/2d>3</a> <a href=/2e>4</a></tr></table>"""


@pytest.mark.parametrize("html", [FORM_AS_LIST, FORM_AS_DEFINITIONS, FORM_AS_TABLE, PAGE_AS_TABLE])
async def test_a_form_or_page_laid_out_as_a_list_or_a_table_holds_no_records(live: Live, html: str) -> None:
    """Its boxes and buttons are the application's own, called by their words: a box to tick names no record."""
    assert {i for i, f in (await called(await live(html))).items() if f.in_data or f.row} == set()


@pytest.mark.parametrize(("html", "records"), [
    (CART, {"one", "gift", "two", "order"}),
    (TO_DO, {"done", "entry"}),
    (SHELF, {"", "buy1", "buy2"}),
    (LINES, {"first", "drop1", "second", "drop2", "away"}),
])
async def test_records_with_fields_of_their_own_are_no_form(live: Live, html: str, records: set[str]) -> None:
    """What is called or sent alike on every line belongs to the line's record, as what stands beside a record does."""
    assert {i for i, f in (await called(await live(html))).items() if f.in_data and f.row} == records


# ---- addresses of elements ----


DEEP = """<div id=host></div><iframe srcdoc="<div id=h></div><script>
h.attachShadow({mode:'open'}).innerHTML = '<label>Reply <input id=reply></label>';</script>"></iframe>
<script>host.attachShadow({mode:'open'}).innerHTML = '<div><label>Limit <input id=limit></label></div>';</script>"""


async def test_elements_in_shadow_roots_and_frames_are_found_typed_into_and_read(live: Live) -> None:
    """One address leads through frames and open shadow roots, for reading and for acting alike."""
    page = await live(DEEP)
    await page.settle(3.0)
    for name, text in (("Limit", "500"), ("Reply", "Thanks")):
        found = await one(page, name)
        await page.act(Action(kind="fill", value=text), found.ref)
        assert await page.read_back(found.ref) == text


async def test_an_address_whose_element_was_replaced_leads_nowhere(live: Live) -> None:
    """Another field at the same place is not typed into."""
    page = await live("<form><input name=number aria-label=Number></form>")
    found = await one(page, "Number")
    await page.page.evaluate("document.forms[0].innerHTML = '<input name=amount aria-label=Amount>'")
    with pytest.raises((TargetMissing, ActionFailed)):
        await page.act(Action(kind="fill", value="RE-1"), found.ref)
    assert await page.page.input_value("input") == ""


# ---- finding ----


async def hits_for(page: LivePage, fingerprint: Fingerprint) -> list[Hit]:
    return await page.find(target(fingerprint))


async def test_a_change_between_a_look_and_the_wait_for_it_is_not_missed(live: Live) -> None:
    """The list came in while the answer to "is it there?" was on its way; who then waits must not wait for the next change."""
    page = await live("<ul id=list></ul>")
    world = page.worlds()[page.page]
    assert await world.call("visibleText", "Muster GmbH") is None
    await page.page.evaluate("document.querySelector('ul').innerHTML = '<li>Muster GmbH</li>'")

    assert await world.call("changed", 60_000) is True
    assert await world.call("visibleText", "Muster GmbH") == "Muster GmbH"
    assert await world.call("changed", 1) is False, "what was looked at is no news"


async def test_every_trait_that_still_fits_is_a_vote(live: Live) -> None:
    """A moved id and a kept name make two of three; the rest of the page gets none."""
    before = await live(
        "<label for=n>Number</label><input id=n name=number><label for=o>Other</label><input id=o name=other>"
    )
    shown = (await one(before, "Number")).fingerprint
    await before.page.set_content(
        "<label for=z>Number</label><input id=z name=number><label for=o>Other</label><input id=o>"
    )
    hits = await hits_for(before, shown)
    assert [h.candidate.fingerprint.id for h in hits] == ["z"]
    assert (hits[0].votes, hits[0].rivals) == (3, 0)
    assert hits[0].voters == 4


async def test_twins_are_rivals_and_not_told_apart_by_luck(live: Live) -> None:
    """Two buttons that look the same are ambiguous."""
    page = await live("<main><button>Save</button></main>")
    shown = (await one(page, "Save")).fingerprint
    await page.page.set_content("<main><p><button>Save</button></p><p><button>Save</button></p></main>")
    hits = await hits_for(page, shown)
    assert [h.rivals for h in hits] == [1, 1]
    sight = resolve(target(shown), hits, "none")
    assert isinstance(sight, NotFound)
    assert sight.why == "ambiguous"


async def test_a_delete_where_save_was_is_no_hit(live: Live) -> None:
    """The same id and place with another word is a break, also where the element is the only one that votes."""
    page = await live("<form action=/i><button id=act name=act type=submit>Save</button></form>")
    shown = (await one(page, "Save")).fingerprint
    await page.page.set_content("<form action=/i><button id=act name=act type=submit>Delete</button></form>")
    hits = await hits_for(page, shown)
    assert len(hits) == 1
    for effect in ("draft", "commit"):
        assert isinstance(resolve(target(shown), hits, effect), NotFound), effect


async def test_what_a_button_sends_is_read_from_its_form(live: Live) -> None:
    """Where to and with which fields, as the browser itself would do it; of a script's button nothing is known."""
    page = await live("""
<form method=post action=/invoices id=f><input name=elements><input name=action value=x><input name=off disabled>
<input type=hidden name=csrf><button id=save>Save</button><button id=again>Save</button>
<button id=other formaction=/drop formmethod=get name=do value=drop>Drop</button>
<button id=script onclick="this.form.action = '/x'">Else</button><button id=plain type=button>Plain</button></form>
<button id=outside form=f>Save</button><form><button id=bare>Bare</button></form>
""")
    seen = {c.fingerprint.id: c for c in (await page.survey()).candidates}
    sends = {name: c.sends for name, c in seen.items()}
    assert (sends["script"], sends["plain"]) == (None, None)
    save, other = sends["save"], sends["other"]
    assert save is not None and other is not None
    assert (save.method, save.url.endswith("/invoices"), save.own) == ("POST", True, "")
    assert set(save.fields) == {"elements", "action", "csrf"}
    assert (other.method, other.url.endswith("/drop"), other.own, other.value) == ("GET", True, "do", "drop")
    assert same_request(seen["save"], seen["again"]) and same_request(seen["save"], seen["outside"])
    assert not same_request(seen["save"], seen["bare"]) and not same_request(seen["plain"], seen["plain"])


async def test_another_row_is_never_the_row_that_was_meant(live: Live) -> None:
    """The button is looked for in the row of its record alone."""
    rows = "".join(f"<tr><td>{n}</td><td><button>Approve</button></td></tr>" for n in ("RE-1", "RE-2"))
    page = await live(f"<table>{rows}</table>")
    shown = next(
        c.fingerprint
        for c in (await page.survey(row_key="RE-2")).candidates
        if c.fingerprint.row and c.fingerprint.row.key == "RE-2"
    )
    sight = resolve(target(shown), await hits_for(page, shown), "commit")
    assert isinstance(sight, Found)
    assert sight.hit.candidate.fingerprint.row is not None
    assert sight.hit.candidate.fingerprint.row.key == "RE-2"
    await page.page.set_content(f"<table>{rows.replace('RE-2', 'RE-22')}</table>")
    assert await hits_for(page, shown) == []


async def test_what_only_a_script_makes_clickable_is_found_whatever_its_tag(live: Live) -> None:
    """An <a> without an address is no link, and may be clicked all the same."""
    rows = "".join(f"<tr><td>{n}<td><a class=more>Open</a>" for n in ("RE-1", "RE-2"))
    page = await live(f"<table>{rows}</table>")
    shown = Fingerprint(tag="a", name="Open", text="Open", capability="none", classes=("more",), in_data=True)
    in_row = shown.model_copy(update={"row": RowContext(key="RE-2")})
    found = [h.candidate.fingerprint.row for h in await hits_for(page, in_row)]
    assert [r.key for r in found if r] == ["RE-2"]


async def test_hidden_elements_are_not_acted_on_but_file_fields_are(live: Live) -> None:
    """Sites hide their file field behind a pretty button."""
    page = await live(
        "<button id=b style='display:none'>Save</button><input id=f type=file aria-label=Attach style='display:none'>"
    )
    all_of = await called(page)
    assert await hits_for(page, all_of["b"]) == []
    assert len(await hits_for(page, all_of["f"])) == 1


# ---- acting ----


@pytest.mark.parametrize(
    ("widget", "kind", "value", "canonical", "left"),
    [
        ("<input id=x aria-label=X type=date>", "fill", "31.12.2026", "2026-12-31", "2026-12-31"),
        ("<input id=x aria-label=X placeholder=TT.MM.JJJJ>", "fill", "2026-12-31", "2026-12-31", "31.12.2026"),
        ("<input id=x aria-label=X type=number step=any>", "fill", "1.234,50", "1234.5", "1234.5"),
        ("<select id=x aria-label=X><option>Euro<option>Krona</select>", "fill", "Krona", None, "Krona"),
        ("<input id=x aria-label=X>", "fill", "1.234,50", "1234.5", "1.234,50"),
        ("<div id=x aria-label=X role=textbox contenteditable>old</div>", "fill", "new", None, "new"),
    ],
)
async def test_a_value_is_written_as_the_widget_at_hand_wants_it(
    live: Live, widget: str, kind: str, value: str, canonical: str | None, left: str
) -> None:
    """A native picker takes ISO, a hinted field its hint's order, a drop-down its option."""
    page = await live(widget)
    found = await one(page, "X")
    await page.act(Action(kind=kind, value=value, canonical=canonical, widget=found.fingerprint), found.ref)
    assert await page.read_back(found.ref) == left


async def test_two_options_of_one_name_are_not_chosen_between(live: Live) -> None:
    """A record is chosen by its full name, or not at all."""
    page = await live("""<input id=x role=combobox aria-label=Supplier aria-controls=l><ul role=listbox id=l hidden>
<li role=option>Lindner GmbH Leipzig</li><li role=option>Lindner GmbH Dresden</li></ul>
<script>x.oninput = () => { l.hidden = false; }</script>""")
    found = await one(page, "Supplier")
    with pytest.raises(ActionFailed, match="2 options"):
        await page.act(Action(kind="select", value="Lindner GmbH", widget=found.fingerprint), found.ref)


SHADED = """<title>Lindner GmbH</title><div id=host></div><div role=option aria-label=Other>Kern AG, Ulm</div><script>
const within = host.attachShadow({mode: 'open'});
within.innerHTML = '<p>Lindner GmbH</p><input role=combobox aria-label=Supplier aria-controls=l><ul role=listbox id=l hidden>' +
  '<li role=option>Lindner GmbH Leipzig</li>TWIN<li role=option>Ahlers GmbH</li></ul>';
const field = within.querySelector('input'), list = within.querySelector('ul');
field.oninput = () => { list.hidden = false; };
list.onclick = (e) => { field.value = e.target.textContent; list.hidden = true; };</script>"""


async def test_an_option_in_an_open_shadow_root_is_chosen(live: Live) -> None:
    """What bears the same words and is no option, in the page or beside the list, is not clicked."""
    page = await live(SHADED.replace("TWIN", ""))
    found = await one(page, "Supplier")
    await page.act(Action(kind="select", value="Lindner GmbH", widget=found.fingerprint), found.ref)
    assert await page.read_back(found.ref) == "Lindner GmbH Leipzig"
    twins = await live(SHADED.replace("TWIN", "<li role=option>Lindner GmbH Dresden</li>"))
    found = await one(twins, "Supplier")
    with pytest.raises(ActionFailed, match="2 options"):
        await twins.act(Action(kind="select", value="Lindner GmbH", widget=found.fingerprint), found.ref)
    assert await twins.read_back(found.ref) == "Lindner GmbH"


@pytest.mark.parametrize(
    ("expected", "answered"), [("confirm: Send *?", True), ("", False), ("confirm: Delete?", False)]
)
async def test_a_native_question_is_answered_with_yes_only_as_it_was_when_shown(
    live: Live, site: TinySite, expected: str, answered: bool
) -> None:
    """Other questions, and questions nobody saw, are refused."""
    page = await live("<button onclick=\"document.title = confirm('Send RE-1?') ? 'yes' : 'no'\">Send</button>")
    await page.act(Action(kind="click", dialog=expected), (await one(page, "Send")).ref)
    assert await page.page.title() == ("yes" if answered else "no")


async def test_a_secret_is_typed_and_told_to_nobody(live: Live) -> None:
    """It is revealed for the keystroke only."""
    page = await live("<input type=password aria-label=Password>", login="hunter2-secret")
    found = await one(page, "Password")
    await page.act(Action(kind="fill", secret="login"), found.ref)
    assert await page.page.input_value("input") == "hunter2-secret"
    told: Any = await page.survey()
    assert "hunter2" not in told.model_dump_json()


# ---- asking the site ----


async def test_the_site_is_asked_with_the_runs_cookies_and_never_another_one(live: Live, site: TinySite) -> None:
    """Redirects are followed on the same origin only, and a site that hangs up is named."""
    page = await live("x")
    site.show("/here", "", status=302, headers={"Location": "/there"})
    site.show("/there", "found")
    site.show("/away", "", status=302, headers={"Location": "http://127.0.0.2:9/steal"})
    site.show("/circle", "", status=302, headers={"Location": "/circle"})
    assert await page.get("/here") == (200, "found")
    for path in ("/away", "//127.0.0.2:9/steal", "/circle"):
        with pytest.raises(SiteUnreachable):
            await page.get(path)
    page.base = "http://127.0.0.1:9"
    with pytest.raises(SiteUnreachable):
        await page.get("/here")
