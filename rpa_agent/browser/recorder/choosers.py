"""Choices of files that open while showing: the browser tells us first, since a file field that a script makes and never puts
into the page is heard by nobody else. A script answers them itself; before a person they are opened anew, as they were."""

from __future__ import annotations

from typing import Any

from ..channel import Channel

INTERCEPT = "Page.setInterceptFileChooserDialog"
# Its window is open until the field says that something was chosen, or nothing.
_OPEN = """function() {
  const closed = new Promise((done) => {
    for (const type of ['change', 'cancel']) this.addEventListener(type, done, { once: true });
  });
  this.showPicker();
  return closed.then(() => true);
}"""


async def opened(channel: Channel, event: dict[str, Any], *, context: int, by_hand: bool) -> None:
    """Tell our world which field it is; before a person, open its window again."""
    if "backendNodeId" not in event:
        return
    try:
        if context:
            field = await _field(channel, event, executionContextId=context)
            told = "function() { __rpaRecorder.chooserOpened(this); }"
            await channel.send("Runtime.callFunctionOn", {"objectId": field, "functionDeclaration": told})
    finally:
        if by_hand:
            await _reopened(channel, event)


async def _reopened(channel: Channel, event: dict[str, Any]) -> None:
    """While it is open the browser keeps the answer for nobody else; where it does not open, the next click does it."""
    await channel.send(INTERCEPT, {"enabled": False})
    asked = {"objectId": await _field(channel, event), "functionDeclaration": _OPEN}
    answer = await channel.send("Runtime.callFunctionOn", {**asked, "userGesture": True, "awaitPromise": True})
    if "exceptionDetails" not in answer:
        await channel.send(INTERCEPT, {"enabled": True})


async def _field(channel: Channel, event: dict[str, Any], **world: int) -> str:
    node = await channel.send("DOM.resolveNode", {"backendNodeId": event["backendNodeId"], **world})
    return str(node["object"]["objectId"])
