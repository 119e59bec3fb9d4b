"""The isolated world of one document: page.js lives there, out of reach of the page's own code."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from ..domain.errors import PageGone
from .channel import Channel
from .heard import heard
from .scripts import script
from .session import mapped, translate

if TYPE_CHECKING:
    from playwright.async_api import Page

WORLD = "rpa"
EMPTY = "about:blank"  # where every page begins


def calling(function: str, *args: Any) -> str:
    """Return the expression that calls ``__rpa.<function>(*args)``."""
    return f"__rpa.{function}({', '.join(json.dumps(a) for a in args)})"


class World:
    """Evaluates expressions in the isolated world of one frame, a page's main frame unless another is named.

    Frames of the same origin are reached from there; a frame of another origin needs a world of its own.
    """

    def __init__(self, channel: Channel, frame: str, *, source: str) -> None:
        self.channel, self.frame = channel, frame
        self.source = source
        self._context: asyncio.Future[int] | None = None

    @classmethod
    async def enter(cls, page: Page, *, scripts: tuple[str, ...] = ("page.js",)) -> World:
        """Install the scripts for this and every later document of the page."""
        with mapped("reaching into the page"):
            channel = Channel(await page.context.new_cdp_session(page))
            page.on("crash", lambda _: channel.crash())
            world = await cls.install(channel, scripts=scripts, now=page.url != EMPTY)
        page.on("framenavigated", heard(lambda frame: world._renew() if frame.parent_frame is None else None))
        return world

    @classmethod
    async def install(cls, channel: Channel, *, scripts: tuple[str, ...] = ("page.js",), now: bool = True) -> World:
        """Install the scripts for this and every later document of a target; return the world of its topmost frame.

        Without ``now`` this document gets them when it is first asked something: an empty one hardly ever is.
        """
        source = "\n".join(script(name) for name in scripts)
        answers = await asyncio.gather(  # sent in this order, answered in one round trip
            channel.send("Page.enable"),
            channel.send(
                "Page.addScriptToEvaluateOnNewDocument",
                {"source": source, "worldName": WORLD, "runImmediately": now},
            ),
            channel.send("Page.getFrameTree"),
        )
        return cls(channel, answers[2]["frameTree"]["frame"]["id"], source=source)

    def _renew(self) -> None:
        """The document changed and its world is gone with it; whoever asks next should not wait for the new one."""
        self._context = asyncio.ensure_future(self._enter())
        self._context.add_done_callback(lambda made: made.cancelled() or made.exception())

    async def _enter(self) -> int:
        made = await self.channel.send("Page.createIsolatedWorld", {"frameId": self.frame, "worldName": WORLD})
        return int(made["executionContextId"])

    async def _bring(self, context: int) -> None:
        """Install the scripts in a document that was there before them."""
        await self.channel.send("Runtime.evaluate", {"expression": self.source, "contextId": context})

    async def call(self, function: str, *args: Any) -> Any:
        """Call ``__rpa.<function>(*args)``; raises PageGone when the document changes underneath."""
        return await self.evaluate(calling(function, *args))

    async def read(self, expression: str) -> Any:
        """Return the value of an expression that waits for nothing, however much it tells: as text it costs a third."""
        told = await self.evaluate(f"JSON.stringify({expression})")
        return json.loads(told) if told is not None else None

    async def frame_at(self, ref: str) -> str:
        """Return the frame that the element at this address holds; raises PageGone when there is none."""
        held = await self._ask(f"__rpa.resolve({json.dumps(ref)})", by_value=False)
        if "objectId" not in held:
            raise PageGone("the frame is not there any more")
        node = await self.channel.send("DOM.describeNode", {"objectId": held["objectId"]})
        return str(node["node"].get("frameId", ""))

    async def evaluate(self, expression: str) -> Any:
        """Return the expression's value as JSON; tries once more in the new document after a navigation."""
        return (await self._ask(expression)).get("value")

    async def _ask(self, expression: str, *, by_value: bool = True) -> dict[str, Any]:
        from playwright.async_api import Error

        for attempt in (1, 2):
            try:
                if self._context is None:
                    self._renew()
                assert self._context is not None
                context = await asyncio.shield(self._context)  # who stops waiting does not stop the others
                answer = await self.channel.send(
                    "Runtime.evaluate",
                    {"expression": expression, "contextId": context, "returnByValue": by_value, "awaitPromise": True},
                )
            except (Error, PageGone) as e:
                self._context = None
                stale = "context" in str(e) or "navigat" in str(e) or "destroyed" in str(e)
                if stale and attempt == 1:
                    continue
                if isinstance(e, PageGone):
                    raise
                raise (
                    PageGone("the page changed while it was read") if stale else translate(e, "reading the page")
                ) from e
            if "exceptionDetails" not in answer:
                found: dict[str, Any] = answer["result"]
                return found
            text = answer["exceptionDetails"].get("exception", {}).get("description", "")
            if attempt == 1 and "__rpa is not defined" in text:
                await self._bring(context)
                continue
            self._context = None
            raise PageGone(f"the page cannot be read: {text.splitlines()[0] if text else 'no reason given'}")
        raise PageGone("the page cannot be read")
