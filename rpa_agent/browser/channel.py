"""A conversation with one target of the browser: a page, or a frame that lives in a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..domain.errors import BrowserGone, PageGone

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

Told = Callable[[dict[str, Any]], None]
_CRASHED = "the page crashed"
# Frames in processes of their own have a session of their own; everything else that runs beside a page has no elements.
OWN_PROCESS = [{"type": "iframe", "exclude": False}, {"exclude": True}]


class Channel:
    """Sends commands and hears events, straight through Playwright's session or through the target above.

    Playwright lends sessions for pages only once they have begun to show something. Targets that must be met before
    their first document are attached to by hand, and their messages travel inside the messages of the one above.
    """

    def __init__(self, session: CDPSession | None = None, *, above: Channel | None = None, name: str = "") -> None:
        self._session, self._above, self._name = session, above, name
        self._told: dict[str, list[Told]] = {}
        self._inner: dict[str, Channel] = {}
        self._open: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last = 0
        self.closed = self._crashed = False

    def on(self, event: str, told: Told) -> None:
        """Call ``told`` with every event of this name."""
        if self._session is not None:
            self._session.on(event, told)
        self._told.setdefault(event, []).append(told)

    async def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer; raises PageGone when the target refuses or is gone, or Playwright's own error."""
        if self._session is not None:
            return await self._answered(self._session, method, params or {})
        return await self._travel(method, params or {})

    async def _answered(self, session: CDPSession, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Wait for the answer, or for the crash of the page, which answers nothing any more."""
        if self._crashed:
            raise BrowserGone(_CRASHED)
        self._last += 1
        number, answer = self._last, asyncio.get_running_loop().create_future()
        self._open[number] = answer

        def said(asked: asyncio.Future[Any]) -> None:
            error = None if asked.cancelled() else asked.exception()
            if answer.done() or asked.cancelled():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(asked.result())

        asyncio.ensure_future(session.send(method, params)).add_done_callback(said)
        try:
            result: dict[str, Any] = await answer
            return result
        finally:
            self._open.pop(number, None)

    def crash(self) -> None:
        """The page of this session crashed: nobody waits for its answers any longer."""
        self._crashed = True
        for answer in self._open.values():
            if not answer.done():
                answer.set_exception(BrowserGone(_CRASHED))
        self.close()

    def inner(self, name: str) -> Channel:
        """Return the channel of a target that was attached below this one, by the name the browser gave it."""
        if not self._inner:
            self.on("Target.receivedMessageFromTarget", self._received)
            self.on("Target.detachedFromTarget", lambda e: self._lost(e["sessionId"]))
        return self._inner.setdefault(name, Channel(above=self, name=name))

    async def _travel(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if self.closed or self._above is None:
            raise PageGone("the page or frame is gone")
        self._last += 1
        number = self._last
        answer = self._open[number] = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": number, "method": method, "params": params})
        try:
            await self._above.send("Target.sendMessageToTarget", {"sessionId": self._name, "message": message})
            result: dict[str, Any] = await answer
            return result
        finally:
            self._open.pop(number, None)

    def _received(self, event: dict[str, Any]) -> None:
        if (inner := self._inner.get(event["sessionId"])) is not None:
            inner.hear(json.loads(event["message"]))

    def hear(self, message: dict[str, Any]) -> None:
        """Take in what the target said."""
        if "id" not in message:
            for told in self._told.get(message["method"], ()):
                told(message.get("params", {}))
            return
        answer = self._open.get(message["id"])
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(PageGone(str(message["error"].get("message", "the page refused"))))
        else:
            answer.set_result(message.get("result", {}))

    def _lost(self, name: str) -> None:
        if (inner := self._inner.pop(name, None)) is not None:
            inner.close()

    def close(self) -> None:
        """The target is gone: nobody waits for its answers any longer."""
        self.closed = True
        for answer in self._open.values():
            if not answer.done():
                answer.set_exception(PageGone("the page or frame went away"))
        for inner in self._inner.values():
            inner.close()
