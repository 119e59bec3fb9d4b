"""What a login leaves in a browser: cookies, localStorage, IndexedDB and sessionStorage, taken out and put back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..domain.errors import PageGone
from .session import mapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import BrowserContext, Page, Route

    from .page import LivePage

_READ = "(() => { try { return [location.origin, {...sessionStorage}]; } catch { return null; } })()"
_WRITE = "items => { for (const [name, value] of Object.entries(items)) sessionStorage.setItem(name, value); }"
_EMPTY = "<!doctype html><title></title>"


async def storage_of(page: LivePage) -> dict[str, Any]:
    """Return what a login left in a page's context, as plain data: cookies, ``origins`` with localStorage and IndexedDB,
    and ``session_storage`` by origin, read in our own world of each tab."""
    with mapped("keeping the login"):
        state: dict[str, Any] = dict(await page.page.context.storage_state(indexed_db=True))
    kept: dict[str, dict[str, str]] = {}
    for tab, world in page.worlds().items():
        if tab.is_closed():
            continue
        try:
            found = await world.evaluate(_READ)
        except PageGone:
            continue  # on its way to another document; what it holds is asked of the next
        if found and found[1]:
            kept.setdefault(found[0], {}).update(found[1])
    return state | {"session_storage": kept}


def for_context(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a state that a new context is made with."""
    return {"cookies": state.get("cookies", []), "origins": state.get("origins", [])}


async def put_back(page: Page, state: Mapping[str, Any]) -> None:
    """Give a new tab its sessionStorage, which belongs to tabs and not to contexts; the site itself is not asked."""
    for origin, items in state.get("session_storage", {}).items():
        address = f"{origin}/"

        async def empty(route: Route) -> None:
            await route.fulfill(body=_EMPTY, content_type="text/html")

        with mapped("restoring the login"):
            await page.route(address, empty)
            await page.goto(address, wait_until="commit")
            await page.evaluate(_WRITE, items)
            await page.unroute(address, empty)


async def seed_tabs(context: BrowserContext, state: Mapping[str, Any]) -> None:
    """Give the next tab of a context its sessionStorage before its first document's scripts, for who may not be in it
    themselves: a recorder would take what `put_back` does for the person's work."""
    held = {origin: items for origin, items in state.get("session_storage", {}).items() if items}
    if held:
        with mapped("restoring the login"):
            await context.add_init_script(f"({_SEED})({json.dumps(held)})")


_SEED = """held => {
  const items = window === window.top && held[location.origin];
  if (items && !sessionStorage.length) for (const [name, value] of Object.entries(items)) sessionStorage.setItem(name, value);
}"""
