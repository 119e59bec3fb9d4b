"""browser-use's history rerun, run by a Python that has browser-use: reads a page through its own DOM service, and matches.

`history_rerun.py` starts this file by its path and talks to it in lines of JSON. Every command of the browser's protocol that
browser-use's DOM service gives is passed on to the benchmark, which gives it to the page at hand; nothing else of the browser
is touched. What is browser-use's own: the nodes, which of them count as interactive, the element kept in a history, and
`Agent._update_action_indices`, which finds it again.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import logging
import sys
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

PACKAGE = "browser-use"
_TRUTH, _KEY = "data-truth", "data-truth-key"


class Lines:
    """Lines of JSON to and from the benchmark; an answer finds the command that waits for it by its number."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    def say(self, line: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    async def command(self, page: str, method: str, params: dict[str, Any]) -> dict[str, Any]:
        number = len(self._waiting)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self.say({"command": number, "page": page, "method": method, "params": params})
        return await self._waiting[number]

    def answered(self, line: dict[str, Any]) -> None:
        waiting = self._waiting[line["command"]]
        if "error" in line:
            waiting.set_exception(RuntimeError(line["error"]))
        else:
            waiting.set_result(line["result"])


class Session:
    """What browser-use's DOM service asks of a browser session: commands to one page."""

    id, agent_focus_target_id, session_id = "page", "page", "page"
    logger = logging.getLogger("rerun")

    def __init__(self, lines: Lines, page: str) -> None:
        self._lines, self._page = lines, page
        self.cdp_client = SimpleNamespace(send=_Domains(self))

    async def get_or_create_cdp_session(self, target_id: str, focus: bool = False) -> Session:
        return self

    async def get_all_frames(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {}

    async def command(self, method: str, params: dict[str, Any] | None) -> dict[str, Any]:
        return await self._lines.command(self._page, method, params or {})


class _Domains:
    """`send.DOM.getDocument(params=..., session_id=...)` as a command."""

    def __init__(self, session: Session, domain: str = "") -> None:
        self._session, self._domain = session, domain

    def __getattr__(self, name: str) -> Any:
        if not self._domain:
            return _Domains(self._session, name)

        async def send(params: dict[str, Any] | None = None, session_id: str | None = None) -> dict[str, Any]:
            return await self._session.command(f"{self._domain}.{name}", params)

        return send


class Worker:
    """Keeps the elements of recorded pages and the page at hand of each of the benchmark's workers."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._kept: list[Any] = []
        self._states: dict[str, Any] = {}

    async def do(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked["do"]:
            case "look":
                return {"elements": await self._look(asked["page"], keep=asked["keep"])}
            case "match":
                return {"truth": await self._match(asked["page"], asked["element"])}
        raise ValueError(f"there is no {asked['do']!r}")

    async def _look(self, page: str, *, keep: bool) -> list[tuple[str, str, int]]:
        from browser_use.dom.service import DomService
        from browser_use.dom.views import DOMInteractedElement

        state, _, _ = await DomService(Session(self._lines, page)).get_serialized_dom_tree()
        self._states[page] = state
        found: dict[tuple[str, str], Any] = {}
        for node in state.selector_map.values() if keep else ():
            truth = truth_of(node)
            if truth[0] and (truth not in found or _TRUTH in node.attributes):
                found[truth] = node
        first = len(self._kept)
        self._kept += [DOMInteractedElement.load_from_enhanced_dom_tree(node) for node in found.values()]
        return [(*truth, first + n) for n, truth in enumerate(found)]

    async def _match(self, page: str, element: int) -> tuple[str, str] | None:
        from browser_use.agent.service import Agent

        state, action = self._states[page], _Action()
        agent = SimpleNamespace(logger=Session.logger)
        done = await Agent._update_action_indices(agent, self._kept[element], action, SimpleNamespace(dom_state=state))
        return truth_of(state.selector_map[action.index]) if done is not None and action.index is not None else None


class _Action:
    """An action on an element, known to browser-use by its number on the page."""

    index: int | None = None

    def get_index(self) -> int | None:
        return self.index

    def set_index(self, index: int) -> None:
        self.index = index


def truth_of(node: Any) -> tuple[str, str]:
    """Return truth tag and key of a node, as `truth.js` tells them: its own, of what holds it, or of the one it holds."""
    tagged = next((n for n in _upwards(node) if _TRUTH in n.attributes), None)
    if tagged is None:
        below = [n for n in _downwards(node) if _TRUTH in n.attributes]
        tagged = below[0] if len(below) == 1 else None
    if tagged is None:
        return "", ""
    return tagged.attributes[_TRUTH], next((n.attributes[_KEY] for n in _upwards(tagged) if n.attributes.get(_KEY)), "")


def _upwards(node: Any) -> Iterable[Any]:
    while node is not None:
        if node.attributes is not None:
            yield node
        node = node.parent_node


def _downwards(node: Any) -> Iterable[Any]:
    for child in node.children_and_shadow_roots:
        if child.attributes is not None:
            yield child
        yield from _downwards(child)


async def main() -> None:
    lines, doing = Lines(), set[asyncio.Task[None]]()
    worker = Worker(lines)

    async def answer(asked: dict[str, Any]) -> None:
        try:
            lines.say({"answer": asked["number"], **await worker.do(asked)})
        except Exception as e:  # noqa: BLE001 - whatever browser-use could not do is one case that could not be built: it is told
            lines.say({"answer": asked["number"], "error": f"{type(e).__name__}: {e}"[:300]})

    reader = asyncio.StreamReader(limit=2**28)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    lines.say({"version": importlib.metadata.version(PACKAGE)})
    while line := await reader.readline():
        told = json.loads(line)
        if "command" in told:
            lines.answered(told)
        else:
            task = asyncio.create_task(answer(told))
            doing.add(task)
            task.add_done_callback(doing.discard)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(main())
