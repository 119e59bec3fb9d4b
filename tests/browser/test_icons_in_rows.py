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
