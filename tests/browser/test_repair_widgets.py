"""The same value, entered in another kind of widget than the one that was shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from mending import Hands, run_on, saves, shown_on, wiser
from tiny_site import TinySite

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

CODES = ("EUR", "USD", "CHF")


def form(widget: str) -> str:
    return f"<form action=/save method=post><label>Name <input name=name></label>{widget}<button>Save</button></form>"


LIST = f"<label>Currency <select name=currency>{''.join(f'<option>{c}' for c in CODES)}</select></label>"
TEXT = "<label>Currency <input name=currency></label>"
RADIO = "<fieldset><legend>Currency</legend>{}</fieldset>".format(
    "".join(f"<label><input type=radio name=currency value={c}> {c}</label>" for c in CODES)
)
HOLDER = "<input type=hidden name=currency id=held value=EUR>"


def made(role: str, mark: str, tag: str) -> str:
    """A group of options that a script makes: what is chosen is held in a hidden field and shown by a mark."""
    chooses = f"for(const o of this.parentElement.children)o.setAttribute('{mark}',o===this)"
    options = "".join(
        f"<{tag} {mark}=false tabindex=0 onclick=\"held.value='{c}';{chooses}\">{c}</{tag.split()[0]}>" for c in CODES
    )
    return f"{HOLDER}<div role={role} aria-label=Currency>{options}</div>"


def combobox(tag: str) -> str:
    shows = "box.value" if tag == "input" else "box.textContent"
    options = "".join(
        f"<li role=option onclick=\"held.value='{c}';{shows}='{c}';opts.hidden=true\">{c}</li>" for c in CODES
    )
    inner = (
        '<label>Currency <input role=combobox aria-expanded=false id=box onfocus="opts.hidden=false"></label>' if tag == "input"
        else '<span id=say>Currency</span><button type=button role=combobox aria-labelledby="say box" aria-haspopup=listbox'
        ' aria-expanded=false id=box onclick="opts.hidden=false">EUR</button>'
    )  # fmt: skip
    return f"{HOLDER}{inner}<ul id=opts role=listbox hidden>{options}</ul>"


def files(widget: Callable[[Page], Awaitable[object]]) -> Hands:
    """The work: a name, what the widget is for, and Save."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Name").fill("Acme Ltd")
        await widget(page)
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("was saved").wait_for()

    return hands


def enters(how: str) -> Hands:
    def choice(page: Page) -> Awaitable[object]:
        field = page.get_by_label("Currency")
        return field.select_option(label="USD") if how == "select" else field.fill("USD")

    return files(choice)


@pytest.mark.parametrize(("shown", "now"), [
    pytest.param(LIST, combobox("input"), id="a list becomes a combobox"),
    pytest.param(LIST, combobox("button"), id="a list becomes a button that opens one"),
    pytest.param(LIST, RADIO, id="a list becomes radio buttons"),
    pytest.param(LIST, made("radiogroup", "aria-checked", "div role=radio"), id="a list becomes radio buttons of a script"),
    pytest.param(LIST, made("group", "aria-pressed", "button type=button"), id="a list becomes buttons that stay pressed"),
    pytest.param(TEXT, RADIO, id="a text becomes radio buttons"),
    pytest.param(TEXT, LIST, id="a text becomes a list"),
])  # fmt: skip
async def test_a_choice_is_made_in_the_widget_that_took_its_place(
    browser: Browser, site: TinySite, shown: str, now: str
) -> None:
    """It is this run's value, and what was learned makes another choice the next time, without a repair."""
    saves(site)
    built = await shown_on(browser, site, form(shown), enters("select" if shown == LIST else "fill"))
    done = await run_on(browser, site, built, form(now))
    assert (done.run.outcome, done.posted()) == ("succeeded", ["name=Acme+Ltd&currency=USD"]), done.run.stopped
    again = await run_on(browser, site, wiser(built, done), form(now), values={"currency": "CHF"})
    assert (again.run.outcome, again.posted()) == ("succeeded", ["name=Acme+Ltd&currency=CHF"]), again.run.stopped
    assert again.repairs() == []


@pytest.mark.parametrize("now", [
    RADIO.replace("Currency", "Language"), RADIO.replace("USD", "JPY"),
    made("group", "aria-pressed", "button type=button").replace("aria-label=Currency", "aria-label=Country"),
])  # fmt: skip
async def test_options_of_something_else_or_without_the_value_are_left_alone(
    browser: Browser, site: TinySite, now: str
) -> None:
    saves(site)
    built = await shown_on(browser, site, form(LIST), enters("select"))
    done = await run_on(browser, site, built, form(now))
    assert (done.run.outcome, done.sent) == ("needs_person", []), done.run.stopped


SWITCH = """<input type=hidden name=express id=held disabled value=1><button type=button role=switch aria-checked=false
aria-label="Express delivery" onclick="const on=this.ariaChecked!='true';this.ariaChecked=on;held.disabled=!on"></button>"""
YES_NO = """<fieldset><legend>Express delivery</legend><label><input type=radio name=express value=1>Yes</label>
<label><input type=radio name=express value=0 checked>No</label></fieldset>"""


DRAWN = """<div><div role=switch tabindex=0 aria-checked=false aria-label=Rush style="display:inline-block;width:40px;height:20px"
onclick="this.ariaChecked=held.checked=!held.checked"></div><input hidden type=checkbox name=express id=held value=1>
<span>Rush</span></div>"""


@pytest.mark.parametrize("now", [SWITCH, YES_NO, DRAWN], ids=[
    "a switch", "a question with yes and no", "a switch drawn for it, by another name",
])  # fmt: skip
async def test_a_box_that_was_ticked_is_something_else_now(browser: Browser, site: TinySite, now: str) -> None:
    saves(site)
    box = "<label><input type=checkbox name=express value=1> Express delivery</label>"
    built = await shown_on(browser, site, form(box), files(lambda page: page.get_by_label("Express delivery").check()))
    done = await run_on(browser, site, built, form(now))
    assert (done.run.outcome, done.posted()) == ("succeeded", ["name=Acme+Ltd&express=1"]), done.run.stopped


async def test_a_switch_is_known_by_the_box_that_it_is_drawn_for(browser: Browser, site: TinySite) -> None:
    """Called otherwise, it is the one; before another box it is not, whatever it is called."""
    saves(site)
    built = await shown_on(browser, site, form(DRAWN), files(lambda page: page.get_by_role("switch").click()))
    done = await run_on(browser, site, built, form(DRAWN.replace("Rush", "Vorrang")))
    assert (done.run.outcome, done.posted()) == ("succeeded", ["name=Acme+Ltd&express=1"]), done.run.stopped
    other = await run_on(browser, site, built, form(DRAWN.replace("Rush", "Vorrang").replace("name=express", "name=insured")))
    assert (other.run.outcome, other.posted()) == ("needs_person", []), other.run.stopped


@pytest.mark.parametrize("now", [
    pytest.param("<label>Due date <input type=date name=due></label>", id="the browser's own picker"),
])  # fmt: skip
async def test_a_date_that_was_typed_is_picked_now(browser: Browser, site: TinySite, now: str) -> None:
    async def types(page: Page) -> None:
        await page.get_by_label("Due date").fill("03.12.2026")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("was saved").wait_for()

    saves(site)
    built = await shown_on(browser, site, form("<label>Due date <input name=due placeholder=dd.mm.yyyy></label>"), types)
    done = await run_on(browser, site, built, form(now))
    assert (done.run.outcome, done.posted()) == ("succeeded", ["name=&due=2026-12-03"]), done.run.stopped
