"""Icons without words in the rows of a list: known by their pictures, waited for, and never taken for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mending import run_on, shown_on
from tiny_site import TinySite

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

STYLE = """<style>.mail > span { margin: 4px } .star, .trash { cursor: pointer; height: 12px }
.star { content: url("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='12' height='12'><circle r='4'/></svg>") }
.trash { content: url("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='12' height='12'><rect width='9'/></svg>") }
.late .star { display: none }</style>"""
SCRIPT = """<script>const send = (what) => fetch('/save', { method: 'POST', body: what });
setTimeout(() => document.body.classList.remove('late'), 400)</script>"""


def mails(*, late: bool = False) -> str:
    """Three mails, each with a bin and a star drawn by a style sheet; the stars may come a little later."""
    rows = "".join(
        f"<div class=mail><span class=from>{who}</span><span>Hello from {who}</span>"
        f"<span class=trash onclick=\"send('bin {who}')\"></span><span class=star onclick=\"send('star {who}')\"></span></div>"
        for who in ("Anna", "Ben", "Carl")
    )
    return STYLE + rows + SCRIPT + ("<script>document.body.classList.add('late')</script>" if late else "")


async def star(page: Page) -> None:
    await page.locator(".mail", has_text="Ben").locator(".star").click()


@pytest.mark.parametrize("late", [False, True])
async def test_the_icon_that_was_shown_is_waited_for_and_its_neighbour_left_alone(
    browser: Browser, site: TinySite, late: bool
) -> None:
    built = await shown_on(browser, site, mails(), star)
    done = await run_on(browser, site, built, mails(late=late))
    assert done.posted() == ["star Ben"], done.run.stopped


async def test_an_icon_that_is_gone_is_not_replaced_by_its_neighbour(browser: Browser, site: TinySite) -> None:
    built = await shown_on(browser, site, mails(), star)
    done = await run_on(browser, site, built, mails().replace("<span class=star ", "<span hidden "))
    assert done.posted() == [] and done.run.outcome == "needs_person"


async def test_a_star_that_changes_its_colour_is_still_the_star(browser: Browser, site: TinySite) -> None:
    built = await shown_on(browser, site, mails(), star)
    gold = mails().replace("<span class=star ", "<span class=star style='background-color: gold' ")
    done = await run_on(browser, site, built, gold)
    assert done.posted() == ["star Ben"], done.run.stopped


def papers(*signs: tuple[str, str]) -> str:
    """Two papers with these signs: what each sends of its paper, and the rest of its button."""

    def button(sends: str, paper: str, rest: str) -> str:
        return f"<button type=button onclick=\"send('{sends} {paper}')\" {rest}</button>"

    rows = "".join(
        f"<tr><td>{paper}</td><td>{''.join(button(sends, paper, rest) for sends, rest in signs)}</td></tr>"
        for paper in ("Lease A-17", "Lease B-42")
    )
    return f"<table><thead><tr><th>Paper</th><th></th></tr></thead><tbody>{rows}</tbody></table>{SCRIPT}"


def drawn(lines: str) -> str:
    return f"<svg width=16 height=16 aria-hidden=true><path d='{lines}' stroke=black fill=none /></svg>"


TICK, CROSS = drawn("M2 8l4 4 8-8"), drawn("M2 2l12 12M14 2l-12 12")


@pytest.mark.parametrize(("now", "sent"), [
    (papers(("yes", f">{TICK}"), ("no", f">{CROSS}")), ["yes Lease B-42"]),
    (papers(("no", f">{CROSS}"), ("yes", f">{TICK}")), ["yes Lease B-42"]),
    (papers(("no", f">{CROSS}"), ("later", f">{CROSS}")), []),
], ids=["nameless", "in another order", "gone"])  # fmt: skip
async def test_signs_that_lose_their_names_are_known_by_their_pictures(
    browser: Browser, site: TinySite, now: str, sent: list[str]
) -> None:
    """Screen readers were told what they are; a new release shows the pictures alone, wherever they stand in the row."""
    named = papers(("yes", f"aria-label=Approve>{TICK}"), ("no", f"aria-label=Reject>{CROSS}"))

    async def approve(page: Page) -> None:
        await page.locator("tr", has_text="B-42").get_by_role("button", name="Approve").click()

    built = await shown_on(browser, site, named, approve)
    done = await run_on(browser, site, built, now)
    assert done.posted() == sent, done.run.stopped
