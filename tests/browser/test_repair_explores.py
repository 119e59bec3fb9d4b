"""The last rung before a person: an explorer looks for the way to what is nowhere on the page, and can do no more than look."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mending import Mended, run_on, saves, shown_on, wiser
from tiny_site import TinySite

from fixtures.model_server import ModelServer, Prompt
from rpa_agent.asking import hiding, looking
from rpa_agent.build import Built
from rpa_agent.llm.on_demand import Left, ModelOnDemand, Offer
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.repair.ladder import default_ladder

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FORM = """<form action=/save method=post><label>Name <input name=name></label>
<button name=do value=save>Save customer</button></form>"""
# two steps away, behind words that promise nothing, beside one that sends and one that destroys
AWAY = f"""<button type=button id=one>Zander</button>
<button type=button onclick="fetch('/save', {{method: 'POST', body: 'bad'}})">Perch</button><a href=/logout>Log out</a>
<div id=two hidden><button type=button id=three>Eel</button></div><div id=four hidden>{FORM}</div>
<script>one.onclick = () => two.hidden = false; three.onclick = () => four.hidden = false</script>"""
FILED = ["name=Acme+Ltd&do=save"]


async def hands(page: Page) -> None:
    await page.get_by_label("Name").fill("Acme Ltd")
    await page.get_by_role("button", name="Save customer").click()
    await page.get_by_text("was saved").wait_for()


@pytest.fixture
async def built(browser: Browser, site: TinySite) -> Built:
    saves(site)
    return await shown_on(browser, site, FORM, hands)


@asynccontextmanager
async def asked_of(running: ModelServer) -> AsyncIterator[ModelOnDemand]:
    async def all_of_it() -> Left:
        return Left()

    async with ModelOnDemand(Offer(url=running.url, name="scripted-1"), secrets=None, left_today=all_of_it) as model:
        yield model


async def ran(browser: Browser, site: TinySite, built: Built, wishes: Sequence[str]) -> tuple[Mended, list[dict[str, Any]]]:
    """Run on the changed page with a model that clicks what is called so, one after the other."""
    explored: list[dict[str, Any]] = []

    def says(prompt: Prompt) -> str:
        asked = json.loads(json.loads(prompt.body)["messages"][1]["content"])
        if "task" not in asked:
            return '{"choice": null, "first": null}'
        explored.append(asked)
        wish = wishes[min(len(explored), len(wishes)) - 1]
        at = next((e["n"] for e in asked["elements"] if e.get("name") == wish), None)
        return json.dumps({"do": "stuck"} if at is None else {"do": "click", "at": at, "why": "it may be there"})

    with ModelServer(says) as running:
        async with asked_of(running) as model:
            explore = looking(model, guide="Type the name, then save.", hide=hiding(SecretSources([]), {}))
            done = await run_on(browser, site, built, AWAY, ladder=default_ladder(model=model), explore=explore)
    return done, explored


async def test_it_leads_to_what_was_hidden_and_the_way_is_learned(browser: Browser, site: TinySite, built: Built) -> None:
    """The next run goes the same way without a model. What ends the session or sends a form is not among what it sees."""
    done, explored = await ran(browser, site, built, ["Zander", "Eel"])
    assert done.run.outcome == "succeeded", done.run.stopped
    assert done.posted() == FILED and done.revealed() == ["Zander", "Eel"]
    (repair,) = [s.repair for s in done.run.repaired() if s.repair]
    assert repair.by == "explorer" and any("scripted-1 led to it" in line for line in repair.evidence)
    assert explored[0]["guide"] == "Type the name, then save." and explored[0]["may"] == ["click", "back", "done", "stuck"]
    assert {e["name"] for e in explored[0]["elements"]} == {"Zander", "Perch"}
    again = await run_on(browser, site, wiser(built, done), AWAY)
    assert again.run.outcome == "succeeded" and again.posted() == FILED, again.run.stopped


async def test_one_that_presses_everything_sends_nothing(browser: Browser, site: TinySite, built: Built) -> None:
    """A person is asked, as without it."""
    done, explored = await ran(browser, site, built, ["Perch"])
    assert (done.run.outcome, done.sent) == ("needs_person", []) and len(explored) == 6
    assert "/logout" not in " ".join(site.asked)
