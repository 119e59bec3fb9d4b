"""A login's storage: all four kinds are taken out of one context and put back into another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiny_site import TinySite

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.browser.storage import for_context, put_back, storage_of
from rpa_agent.ops.secret.secrets import SecretSources

if TYPE_CHECKING:
    from playwright.async_api import Browser

_SIGN_IN = """<!doctype html><title>In</title><script>
document.cookie = "c=cookie"; localStorage.l = "local"; sessionStorage.s = "session";
const opened = indexedDB.open("auth", 1);
opened.onupgradeneeded = () => opened.result.createObjectStore("tokens").put("indexed", "i");
opened.onsuccess = () => document.body.append("signed in");
</script><body></body>"""
_HOME = """<!doctype html><title>Home</title><body></body><script>
const opened = indexedDB.open("auth");
opened.onsuccess = () => {
  const db = opened.result, held = db.objectStoreNames.contains("tokens");
  const say = i => document.body.append(`I am ${[document.cookie, localStorage.l, sessionStorage.s, i].join("|")}.`);
  if (!held) return say("none");
  const asked = db.transaction("tokens").objectStore("tokens").get("i");
  asked.onsuccess = () => say(asked.result);
};
</script>"""


NOBODY = SecretSources([])


async def test_all_four_kinds_are_kept_and_put_back(browser: Browser, site: TinySite) -> None:
    """In the new context the page finds what it left, and the site was asked for nothing but the page."""
    site.show("/in", _SIGN_IN)
    async with open_context(browser) as context:
        page = await LivePage.open(await context.new_page(), base=site.url, secrets=NOBODY)
        await page.page.goto(f"{site.url}/in")
        assert await page.visible("signed in", values={}, seconds=5)
        state = await storage_of(page)
    assert state["session_storage"] == {site.url: {"s": "session"}}
    site.pages = {"/home": _HOME, "/": "the site itself must not answer here"}
    async with open_context(browser, storage_state=for_context(state)) as context:
        tab = await context.new_page()
        await put_back(tab, state)
        assert "must not answer" not in await tab.content()
        page = await LivePage.open(tab, base=site.url, secrets=NOBODY)
        await page.page.goto(f"{site.url}/home")
        assert await page.visible("I am c=cookie|local|session|indexed.", values={}, seconds=5)


async def test_without_them_the_page_knows_nobody(browser: Browser, site: TinySite) -> None:
    """So the test above can fail."""
    site.show("/home", _HOME)
    async with open_context(browser) as context:
        page = await LivePage.open(await context.new_page(), base=site.url, secrets=NOBODY)
        await page.page.goto(f"{site.url}/home")
        assert await page.visible("I am |||none.", values={}, seconds=5)
