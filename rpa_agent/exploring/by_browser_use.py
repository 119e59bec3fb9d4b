"""browser-use at work in a sandbox, in a browser of its own; its history is cleared of what led nowhere."""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..domain.exploring import Explored
from ..domain.hosts import allowed_hosts
from ..domain.ports import Action
from ..domain.texts import in_short
from .entered import SECRET, Entered
from .hands import only_to

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..domain.ports import Model

_NO_WAY_OUT = ("--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>")     # of contexts that have none of their own


async def explored_by_browser_use(
    agent: Agent, order: Order, model: Model, *, guide: str, asked: Any, most_moves: int = 40
) -> Explored:
    """The same with browser-use, in a browser of its own: it sees every tab of a browser, and this one has no other.

    The default context of that browser, which nobody gates, has no way out at all. Raises also BrowserUnfit where browser-use
    is not installed.
    """
    from ..browser.page import LivePage
    from ..browser.session import open_context
    from ..llm.browser_use_agent import explore_with_browser_use
    from ..ops.settings import quieten_browser_use

    workflow, entered = order.workflow, Entered(order.params, order.workflow)
    names = {**entered.written(), **{n: order.secrets.reveal(n) for n in workflow.secrets}}
    told = "; ".join(f"{n}: {kind}" for n, kind in entered.kinds().items())
    task = (
        f"{workflow.task}. Values to enter, each written as <secret>NAME</secret>: {told.replace(SECRET, '')}"
        f"{entered.written_told()}. Do each thing that sends only once. Stay on this site."
        + (f" Something like it is done so:\n{guide}" if guide else "")
    )
    port = _free_port()
    apart = agent.browser_apart(f"--remote-debugging-port={port}", *_NO_WAY_OUT)
    hosts = allowed_hosts(order.base_url, workflow.allow)
    with tempfile.TemporaryDirectory() as folder:
        quieten_browser_use(Path(folder))
        async with apart as browser, open_context(browser, allowed=hosts) as context:
            page = await LivePage.open(await context.new_page(), base=order.base_url, secrets=order.secrets)
            await page.ask_before_sending(only_to(order.base_url), reads=(), values=order.params)
            await page.act(Action(kind="goto", value=workflow.start), None)
            done, said, history = await explore_with_browser_use(
                model, task, f"http://127.0.0.1:{port}", values=names, host=_host_pattern(order.base_url),
                folder=Path(folder), most_moves=most_moves,
            )  # fmt: skip
    text = json.dumps({"history": [_opened(order), *_without_ways_back(history.get("history", []))]})
    for name in names:
        if name not in workflow.secrets:
            text = text.replace(f"<secret>{name}</secret>", f"{{{{ {name} }}}}")
    return Explored(done=done, said=in_short(order.secrets.hide(said), 200), history=text, asked=asked())


def _opened(order: Order) -> dict[str, Any]:
    """Return the first move, which was made for the explorer: it found its page open."""
    url = order.base_url + order.workflow.start
    return {"model_output": {"action": [{"navigate": {"url": url}}]}, "result": [{}], "state": {"interacted_element": [None]}}


def _without_ways_back(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return browser-use's items without those that failed, and without going back from where one of those had led."""
    kept: list[dict[str, Any]] = []
    failed = False
    for item in items:
        results = [r for r in item.get("result") or () if isinstance(r, dict)]
        actions = (item.get("model_output") or {}).get("action") or ()
        back = bool(actions) and all(isinstance(a, dict) and "go_back" in a for a in actions)
        if not (failed and back):
            kept.append(item)
        failed = bool(results) and all(r.get("error") for r in results)
    return kept


def _host_pattern(base_url: str) -> str:
    """Return a site as browser-use names it: with its scheme, and without a port."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.hostname}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
