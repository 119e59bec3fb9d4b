"""Our own explorer at work in a sandbox: one closed question a move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..domain.exploring import Explored, Quest
from ..domain.hosts import allowed_hosts
from ..domain.ports import Action
from .entered import Entered
from .hands import PageHands, only_to

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..domain.ports import Model


async def explored(
    agent: Agent, order: Order, model: Model, *, guide: str, hide: Any, asked: Any, most_moves: int = 40
) -> Explored:
    """Let a model do the task of a workflow once, in a context of its own at ``order.base_url``.

    Only that host and those of `allow:` are reached, and only that host is sent anything. Raises SiteUnreachable where the
    first page does not answer, BrowserUnfit.
    """
    from ..browser.page import LivePage
    from ..browser.session import open_context
    from ..llm.explorer import explore

    entered = Entered(order.params, order.workflow)
    quest = Quest(task=order.workflow.task, values=entered.kinds(), guide=guide, most_moves=most_moves)
    hosts = allowed_hosts(order.base_url, order.workflow.allow)
    async with open_context(await agent.browser(), allowed=hosts) as context:
        page = await LivePage.open(await context.new_page(), base=order.base_url, secrets=order.secrets)
        await page.ask_before_sending(only_to(order.base_url), reads=(), values=order.params)
        await page.act(Action(kind="goto", value=order.workflow.start), None)
        return await explore(model, quest, PageHands(page, entered), hide=hide, asked=asked)
