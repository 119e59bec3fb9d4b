"""What the browser tests share: one tiny server, emptied for each test, and the two ways to look at a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from showing import Known
from tiny_site import TinySite

from fixtures.widgets import Widgets
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.recorder.record import record
from rpa_agent.domain.recording import Recording

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page


@pytest.fixture(scope="session")
def _tiny() -> Iterator[TinySite]:
    with TinySite() as site:
        yield site


@pytest.fixture
def site(_tiny: TinySite) -> TinySite:
    """An empty site."""
    _tiny.clear()
    return _tiny


@pytest.fixture(scope="session")
def _gallery() -> Iterator[Widgets]:
    with Widgets() as site:
        yield site


@pytest.fixture
def gallery(_gallery: Widgets) -> Widgets:
    """The gallery with an empty truth."""
    _gallery.reset()
    return _gallery


@pytest.fixture
def watch(context: BrowserContext, site: TinySite) -> Callable[..., Awaitable[Recording]]:
    """Show a page's body to the recorder while ``hands`` work on it."""

    async def watched(body: str, hands: Callable[[Page], Awaitable[Any]], *, path: str = "/form") -> Recording:
        return await record(context, site.show(path, f"<title>Form</title>{body}"), demonstrate=hands)

    return watched


@pytest.fixture
async def live(page: Page, site: TinySite) -> AsyncIterator[Callable[..., Awaitable[LivePage]]]:
    """Open a page's body as a run sees it."""

    async def opened(body: str, *, path: str = "/form", **secrets: str) -> LivePage:
        at_hand = await LivePage.open(page, base=site.url, secrets=Known(secrets))
        await page.goto(site.show(path, body))
        return at_hand

    yield opened
