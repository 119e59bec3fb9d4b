"""A commit that is told apart by what is read on the way: sent once for each value that the site shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from one_of_many import agent_in
from showing import Known
from tiny_site import TinySite

from rpa_agent.agent import Agent, Order, Result
from rpa_agent.build import Built
from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.workflow import CommitRule, Once
from rpa_agent.ops.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FORM = "<title>Release</title><form method=post action=/done><label>Order <input name=order></label><button>Release</button></form>"


def start(order: str) -> str:
    return f"<title>Next</title><dl><dt>Order number</dt><dd>{order}</dd></dl><a href=/form>Go on</a>"


async def hands(page: Page) -> None:
    number = await page.locator("dd").inner_text()
    await page.wait_for_timeout(400)
    await page.get_by_role("link", name="Go on").click()
    await page.get_by_label("Order").fill(number)
    await page.get_by_role("button", name="Release").click()


class Desk:
    def __init__(self, agent: Agent, site: TinySite, built: Built) -> None:
        self.agent, self.site, self.built = agent, site, built

    async def run(self, order: str) -> Result:
        """Run with this order as the next one, under a key made of what is read."""
        (rule,) = self.built.workflow.commits
        commits = (CommitRule(name=rule.name, once=Once(key=("order_number",))),)
        self.site.show("/start", start(order))
        workflow = self.built.workflow.but(commits=commits)
        return await self.agent.run(
            Order(workflow=workflow, params={}, secrets=Known({}), base_url=self.site.url, repair="off")
        )


@pytest.fixture
async def desk(site: TinySite, browser: Browser, project: Path) -> AsyncIterator[Desk]:
    site.show("/form", FORM)
    async with agent_in(browser, Settings.load(project)) as agent:
        built = await agent.record("release", site.show("/start", start("PO-50018")), site="tiny", demonstrate=hands)
        assert list(built.workflow.outputs) == ["order_number"]
        site.sent.clear()
        yield Desk(agent, site, built)


async def test_what_the_page_shows_is_released_once(desk: Desk) -> None:
    """The same order on the page again is known as done; another one is sent, under another key."""
    first, again, other = await desk.run("PO-60001"), await desk.run("PO-60001"), await desk.run("PO-60002")
    states = [[c.state for c in r.trajectory.commits] for r in (first, again, other)]
    assert states == [["confirmed"], ["already"], ["confirmed"]]
    assert [body for _, _, body in desk.site.sent] == ["order=PO-60001", "order=PO-60002"]
    keys = [r.trajectory.commits[0].key for r in (first, again, other)]
    assert keys[0] == keys[1] != keys[2]


async def test_a_key_that_nothing_reads_before_the_commit_is_refused(desk: Desk) -> None:
    """Where the read was taken out of the procedure, nothing begins: the reason names the value."""
    steps = tuple(s for s in desk.built.procedure.steps if s.kind != "read")
    await desk.agent.memory.add(desk.built.procedure.but(steps=steps), workflow="release", author="person")
    with pytest.raises(ParamsInvalid, match="order_number, which no step reads before it"):
        await desk.run("PO-60003")
    assert desk.site.changes() == []
