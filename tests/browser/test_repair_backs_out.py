"""A repair that does not show what was shown is taken back, and the next one tried: bounded, and never for what sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from mending import page_of, run_on, saves, shown_on
from tiny_site import TinySite

from rpa_agent.domain.proposal import Break, Proposal, Survey, UseTarget
from rpa_agent.domain.trajectory import Weighed

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page


@dataclass
class Likes:
    """A ladder that proposes elements by their names, in the order of its liking, whatever was shown."""

    names: tuple[str, ...]
    asked: list[str] = field(default_factory=list)

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        self.asked.append(break_.why)
        by_name = {c.fingerprint.name: c for c in view.candidates if c.visible}
        return [UseTarget(by="fingerprint", confidence=0.99, candidate=by_name[n]) for n in self.names if n in by_name]

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        return ()


LIST = "<button onclick=\"location='/list'\">{}</button>"
WRONG = "<button onclick=\"location='/help'\">{}</button>"


async def opens_the_list(page: Page) -> None:
    await page.get_by_role("button", name="Invoices").click()
    await page.wait_for_url("**/list")
    await page.get_by_role("button", name="Refresh").click()


@pytest.fixture
def rooms(site: TinySite) -> TinySite:
    site.show("/list", page_of("<h2>All invoices</h2><button type=button>Refresh</button>"))
    site.show("/help", page_of("<h2>Help</h2><p>Ask us.</p>"))
    return site


async def test_what_led_elsewhere_is_left_again_and_the_next_candidate_leads_right(browser: Browser, rooms: TinySite) -> None:
    """The likelier button leads to the help: back to the page it was on, and then the other one."""
    built = await shown_on(browser, rooms, LIST.format("Invoices"), opens_the_list)
    page = WRONG.format("Our bills") + LIST.format("Papers")
    done = await run_on(browser, rooms, built, page, ladder=Likes(("Our bills", "Papers")))
    assert done.run.outcome == "succeeded", done.run.stopped
    assert done.repairs() == ["button 'Invoices' -> button 'Papers'"]
    asked = [path for path in rooms.asked if path in {"GET /help", "GET /list"}]
    assert asked[-2:] == ["GET /help", "GET /list"]


async def test_it_ends_after_two_that_did_not_prove_themselves(browser: Browser, rooms: TinySite) -> None:
    """Nobody presses his way through a page."""
    built = await shown_on(browser, rooms, LIST.format("Invoices"), opens_the_list)
    names = ("One", "Two", "Three", "Four")
    rooms.asked.clear()
    done = await run_on(browser, rooms, built, "".join(WRONG.format(n) for n in names), ladder=Likes(names))
    assert done.run.outcome == "needs_person"
    assert "2 other elements were tried and did not prove themselves" in done.run.stopped
    assert rooms.asked.count("GET /help") == 2


NAME = "<label>Name <input name=name></label>"


async def fills(page: Page) -> None:
    await page.get_by_label("Name").fill("Acme Ltd")
    await page.get_by_label("City").fill("Kiel")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("was saved").wait_for()


def form(*parts: str, button: str = "Save") -> str:
    return f"<form action=/save method=post>{''.join(parts)}<button>{button}</button></form>"


async def test_a_field_that_does_not_keep_the_value_gets_its_own_back(browser: Browser, site: TinySite) -> None:
    """The likelier field takes figures only: what stood in it stands in it again, and the other one takes the value."""
    saves(site)
    built = await shown_on(browser, site, form(NAME, "<label>City <input name=city></label>"), fills)
    digits = "<label>Town no <input name=no value=7 oninput=\"this.value=this.value.replace(/[^0-9]/g,'')\"></label>"
    page = form(NAME, digits, "<label>Place <input name=city></label>")
    done = await run_on(browser, site, built, page, ladder=Likes(("Town no", "Place")))
    assert (done.run.outcome, done.posted()) == ("succeeded", ["name=Acme+Ltd&no=7&city=Kiel"]), done.run.stopped


async def test_a_way_that_leads_away_from_a_form_with_entries_ends_with_a_person(browser: Browser, rooms: TinySite) -> None:
    """Going back would lose what was entered, so nothing is pressed after it."""
    saves(rooms)

    async def through(page: Page) -> None:
        await page.get_by_label("Name").fill("Acme Ltd")
        await page.get_by_role("button", name="Details").click()
        await page.get_by_label("City").fill("Kiel")

    shows = '<button type=button onclick="more.hidden=false">Details</button>'
    shown = form(NAME, shows, "<p id=more hidden><label>City <input name=city></label></p>")
    built = await shown_on(browser, rooms, shown, through)
    page = form(NAME, WRONG.format("Particulars").replace("<button", "<button type=button"))
    done = await run_on(browser, rooms, built, page, ladder=Likes(("Particulars",)))
    assert (done.run.outcome, done.sent) == ("needs_person", [])
    assert "a draft was open" in done.run.stopped


async def test_of_what_sends_one_substitute_is_pressed_and_no_other(browser: Browser, site: TinySite) -> None:
    """It sent nothing that was shown: the run ends there, whatever else the ladder would like."""
    saves(site)
    built = await shown_on(browser, site, form(NAME, "<label>City <input name=city></label>"), fills)
    tells = "onclick=\"fetch('/told',{{method:'POST',body:this.textContent}})\""
    buttons = "".join(f"<button type=button {tells.format()}>{n}</button>" for n in ("File", "Keep"))
    page = form(NAME, "<label>City <input name=city></label>", button="X").replace("<button>X</button>", buttons)
    done = await run_on(browser, site, built, page, ladder=Likes(("File", "Keep")))
    assert (done.run.outcome, done.sent) == ("needs_person", []), done.run.stopped
    assert done.run.refused_requests == ("POST {base}/told",), "one button was pressed"


async def test_what_a_wrong_field_sends_as_it_is_typed_into_never_leaves(browser: Browser, site: TinySite) -> None:
    """A field keeps whatever is typed, which proves nothing of it: the gate stays closed until the page is quiet."""
    saves(site)
    built = await shown_on(browser, site, form(NAME, "<label>City <input name=city></label>"), fills)
    sends = "fetch('/told', {method: 'POST', body: this.value})"
    done = await run_on(
        browser, site, built, form(NAME, f'<label>Place <input oninput="{sends}"></label>'), ladder=Likes(("Place",))
    )
    assert done.run.outcome == "needs_person" and "which was never shown" in done.run.stopped
    assert (done.sent, done.run.unknown_requests, done.run.refused_requests) == ([], (), ("POST {base}/told",))
