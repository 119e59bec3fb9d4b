"""Pages as applications of common kinds had them, and as a later release has them: written from what such releases change.

Each pair of files is one page, `NAME.old.html` and `NAME.new.html`, with its address in the first line and the truth tags that
only the benchmark reads. Nothing is drawn at random here: words, markup, widgets and places changed together, as they do. The
pages of `WORKED_ON` were looked at while the rungs were made; the others were written before and only measured.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.domain.errors import RpaAgentError
from rpa_agent.ops.secret.secrets import gather

from .decide import decide
from .observe import present, shown, truths_of
from .shown import Meant, Shown, procedures

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

FOLDER = Path(__file__).parent / "upgrades"
BASE = "http://127.0.0.1:9"  # answered from the files; nothing is loaded from anywhere
WORKED_ON = (
    "admin-member", "blog-post", "books-invoice", "bugs-report", "build-job", "crm-contact", "desk-invoice", "forge-issue",
    "helpdesk-ticket", "suite-order", "tracker-issue",
)  # fmt: skip


@dataclass(frozen=True)
class Upgraded:
    """One step shown on an old page and met on its later release."""

    page: str
    what: str
    wanted: tuple[str, str]
    commit: bool
    present: bool
    chosen: tuple[str, str] | None  # what a run would have acted on; None: it would not have acted
    why: str

    @property
    def held_out(self) -> bool:
        return self.page not in WORKED_ON

    @property
    def right(self) -> bool:
        return self.chosen == self.wanted

    @property
    def wrong(self) -> bool:
        return self.chosen not in (None, self.wanted)

    def words(self) -> str:
        return f"{self.what} ({self.wanted[0]}) on {self.page}"


def names() -> list[str]:
    """Return the names of all pairs."""
    return sorted(path.name.removesuffix(".old.html") for path in FOLDER.glob("*.old.html"))


async def upgraded(browser: Browser, *, only: Sequence[str] = ()) -> list[Upgraded]:
    """Show every element of each old page, and meet it on the later release."""
    return [case for name in only or names() for case in await _page(browser, name)]


async def _page(browser: Browser, name: str) -> list[Upgraded]:
    async with _opened(browser) as page:
        await _goto(page, name, "old")
        rows = await page._world.call("rows")
        old = procedures(
            await shown(page), base=BASE, url=page.page.url, title=await page.page.title(), rows=rows
        )
        cases, there, moved = list[Upgraded](), set[tuple[str, str]](), True
        for procedure in old:
            for meant in procedure.steps:
                if moved:
                    await _goto(page, name, "new")
                    there = await present(page)
                case, moved = await _case(page, name, procedure, meant, there)
                cases.append(case)
        return cases


async def _case(
    page: LivePage, name: str, procedure: Shown, meant: Meant, there: set[tuple[str, str]]
) -> tuple[Upgraded, bool]:
    decision = await decide(page, procedure, meant)
    try:
        chosen = (await truths_of(page, [decision.ref]))[decision.ref] if decision.ref else None
    except RpaAgentError:
        chosen = ("", "")
    wanted = (meant.truth, meant.key)
    target = meant.step.target
    return Upgraded(
        page=name, what=target.words() if target else "", wanted=wanted, commit=meant.step.effect == "commit",
        present=wanted in there, chosen=chosen, why=decision.why,
    ), decision.moved  # fmt: skip


@asynccontextmanager
async def _opened(browser: Browser) -> AsyncIterator[LivePage]:
    async with open_context(browser) as context:
        yield await LivePage.open(await context.new_page(), base=BASE, secrets=gather(environ={}))


async def _goto(page: LivePage, name: str, version: str) -> None:
    html = (FOLDER / f"{name}.{version}.html").read_text(encoding="utf-8")
    found = re.match(r"<!-- (\S+) -->\n", html)
    assert found is not None, f"{name}.{version}.html does not begin with its address"

    async def answer(route: Route) -> None:
        await route.fulfill(body=html[found.end() :], content_type="text/html; charset=utf-8")

    await page.page.unroute_all()
    await page.page.route(f"{BASE}/**", answer)
    await page.page.goto(BASE + found[1])
    await page.settle(3.0)
