"""What pages send by themselves, as a heartbeat, is known from the demonstration: a repair does not stop it, nor what it is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from mending import Mended, run_on, shown_on
from tiny_site import TinySite

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

# It beats twice as it opens, and again whenever somebody clicks: a clock that every test can wait for.
PAGE = """<form method=post action=/save><label>Name <input name=name></label><button>BUTTON</button></form><script>
let n = 1
const beat = more => fetch('/alive', {method: 'POST', headers: {'Content-Type': 'application/json'},
  body: JSON.stringify({page: 'order', n: n++, ...more})})
let beaten = 0
beat().then(() => beat()).then(() => { beaten = 2 })
document.addEventListener('pointerdown', () => beat(MORE))
</script>"""


async def hands(page: Page) -> None:
    await page.wait_for_function("beaten == 2")
    await page.get_by_label("Name").fill("Acme Ltd")
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/save")


async def mended(browser: Browser, site: TinySite, more: str) -> Mended:
    """Show the work, and do it where the button is called otherwise and a beat carries ``more``."""
    built = await shown_on(browser, site, PAGE.replace("BUTTON", "Save").replace("MORE", ""), hands)
    assert [(a.path, a.counts) for a in built.procedure.ambient] == [("/alive", ("d.n",))]
    assert [s.effect for s in built.procedure.steps] == ["none", "none", "commit"]
    assert not any(r.path == "/alive" for s in built.procedure.steps for r in s.expect.requests)
    changed = PAGE.replace("BUTTON", "Save order").replace("MORE", more)
    return await run_on(browser, site, built, changed, values={"name": "Bolt & Co"}, salt="salt")


async def test_a_heartbeat_goes_on_while_a_step_is_repaired(browser: Browser, site: TinySite) -> None:
    """Its count is another one each time; the commit of the repaired button leaves beside it, once."""
    done = await mended(browser, site, "")
    assert done.run.outcome == "succeeded", done.run.stopped
    assert done.repairs() and done.run.refused_requests == ()
    assert done.posted() == ["name=Bolt+%26+Co"]


@pytest.mark.parametrize("more", ["{name: 'Bolt & Co'}", "{page: 'orders'}", "{seen: true}"])
async def test_what_is_no_heartbeat_is_refused_meanwhile(browser: Browser, site: TinySite, more: str) -> None:
    """A value of the run, another constant, and one field more each make it something that nobody showed."""
    done = await mended(browser, site, more)
    beats = [json.loads(body) for body in done.posted("/alive")]
    assert all(set(b) == {"page", "n"} and b["page"] == "order" for b in beats), "but those of the page as it opened"
    assert set(done.run.refused_requests) == {"POST {base}/alive"}
