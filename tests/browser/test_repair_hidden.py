"""What was shown in plain sight and is now behind a tab, a fold, a menu or a page: opened, by what sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mending import run_on, saves, shown_on, wiser
from tiny_site import TinySite

from rpa_agent.build import Built

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

EMAIL = "<label>E-mail <input name=email></label>"
FORM = f"<form action=/save method=post><label>Name <input name=name></label>{EMAIL}<button>Save</button></form>"
SHOW = "onclick=\"document.getElementById('more').hidden=false\""
FILED = ["name=Acme+Ltd&email=a%40acme.example"]


async def hands(page: Page) -> None:
    await page.get_by_label("Name").fill("Acme Ltd")
    await page.get_by_label("E-mail").fill("a@acme.example")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("was saved").wait_for()


def behind(opener: str, hidden: str = f"<div id=more hidden>{EMAIL}</div>") -> str:
    return f"<form action=/save method=post><label>Name <input name=name></label>{opener}{hidden}<button>Save</button></form>"


@pytest.fixture
async def built(browser: Browser, site: TinySite) -> Built:
    saves(site)
    return await shown_on(browser, site, FORM, hands)


TABS = (
    "<div role=tablist><button type=button role=tab aria-selected=true>General</button>"
    f"<button type=button role=tab aria-selected=false {SHOW}>Contact</button></div>"
)
WIZARD = f"""<form action=/save method=post><div id=one><label>Name <input name=name></label>
<button type=button onclick="one.hidden=true;two.hidden=false">Next</button></div>
<div id=two hidden>{EMAIL}<button>Save</button></div></form>"""
TWICE = f"""<div id=side hidden><button type=button aria-expanded=false
onclick="this.setAttribute('aria-expanded','true');document.getElementById('more').hidden=false">Contact</button></div>
<div id=more hidden>{EMAIL}</div>"""
DETAILS = "<button type=button role=tab aria-selected=false onclick=\"this.ariaSelected='true';side.hidden=false\">Details</button>"


@pytest.mark.parametrize(("page", "opened"), [
    pytest.param(behind(TABS), ["Contact"], id="a tab"),
    pytest.param(behind(f"<nav><a href='#g'>General</a> <a href='#more' {SHOW}>Contact</a></nav>"), ["General", "Contact"],
                 id="one of the links within the page that say nothing of themselves"),
    pytest.param(behind("", f"<details><summary>Contact</summary>{EMAIL}</details>"), ["Contact"], id="a fold"),
    pytest.param(behind(f"<button type=button {SHOW}>More fields</button>"), ["More fields"], id="a drawer"),
    pytest.param(behind(f"<button type=button aria-haspopup=true aria-expanded=false {SHOW}>⋮</button>"), ["⋮"], id="a menu"),
    pytest.param(WIZARD, ["Next"], id="the next page of a wizard"),
    pytest.param(behind(DETAILS, TWICE), ["Details", "Contact"], id="a fold on a tab"),
])  # fmt: skip
async def test_a_hidden_field_is_brought_to_light_and_filled(
    browser: Browser, site: TinySite, built: Built, page: str, opened: list[str]
) -> None:
    done = await run_on(browser, site, built, page)
    assert done.run.outcome == "succeeded", done.run.stopped
    assert (done.revealed(), done.posted()) == (opened, FILED)


async def test_an_opener_that_sends_is_kept_from_sending(browser: Browser, site: TinySite, built: Built) -> None:
    """It opens, and what it wanted to send stayed here: nobody showed that."""
    sends = f"fetch('/evil',{{method:'POST',body:'1'}});{SHOW[9:-1]}"
    done = await run_on(browser, site, built, behind(f'<button type=button onclick="{sends}">More fields</button>'))
    assert (done.posted("/evil"), done.posted()) == ([], FILED), done.run.stopped
    assert done.run.refused_requests == ("POST {base}/evil",)


async def test_a_learned_opener_is_kept_from_sending_too(browser: Browser, site: TinySite, built: Built) -> None:
    """It sent nothing when it was learned. It does now, and still nothing leaves by it."""
    opener = f"<button type=button {SHOW}>More fields</button>"
    first = await run_on(browser, site, built, behind(opener))
    worse = opener.replace('onclick="', "onclick=\"fetch('/evil',{method:'POST',body:'1'});")
    done = await run_on(browser, site, wiser(built, first), behind(worse))
    assert (done.repairs(), done.posted("/evil"), done.posted()) == ([], [], FILED), done.run.stopped
    assert done.run.refused_requests == ("POST {base}/evil",)


async def test_a_button_that_submits_is_no_opener(browser: Browser, site: TinySite, built: Built) -> None:
    """"Show more" that posts the form may do more than show: a person is asked, and nothing was sent."""
    page = "<form action=/save method=post><label>Name <input name=name></label><button name=more>Show more</button></form>"
    done = await run_on(browser, site, built, page)
    assert (done.run.outcome, done.sent) == ("needs_person", []), done.run.stopped
