"""An agent in the browser that all tests share: starting one takes longer than most runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from rpa_agent.agent import Agent
from rpa_agent.ops.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser


class OneOfMany(Agent):
    """Each run and each demonstration has a context of its own in a browser in which others work too, as in a service."""

    shared: Browser

    def _start_browser(self, **how: Any) -> AbstractAsyncContextManager[Browser]:
        return nullcontext(self.shared)


@asynccontextmanager
async def agent_in(browser: Browser, settings: Settings) -> AsyncIterator[OneOfMany]:
    """Open a project's agent that works in this browser."""
    async with OneOfMany.open(settings) as agent:
        agent.shared = browser
        yield agent
