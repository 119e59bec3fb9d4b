"""The person's side of a recording: what the bar in the window asks for, and what it shows of the last step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...domain.procedure import READS, StepKind
from ...domain.recording import Act, Mark
from .closed import closed
from .merge import Raw, merge

if TYPE_CHECKING:
    from .watch import FrameSeen, Tab, Watch

_ASKED = frozenset({"stop", "undo", "optional", "mark", "keep_download"})
_CARRIED = frozenset(
    {"shown_bar", "pointing", "asked", "pointed", "named"}
)  # between the bar and frames it cannot reach
_TEXT = 300
_SAID: dict[StepKind, str] = {
    "goto": "Opened", "click": "Clicked", "dblclick": "Double-clicked", "rightclick": "Right-clicked", "fill": "Typed into",
    "press": "Pressed a key in", "select": "Chose in", "check": "Ticked", "uncheck": "Unticked", "upload": "Uploaded at",
    "drag": "Dragged", "hover": "Pointed at", "scroll": "Scrolled", "back": "Went back", "forward": "Went forward",
    "read": "Brings back",
}  # fmt: skip


class Overlay:
    """Carries out what a person asks in the bar, tells every page's bar how far the recording is, and carries word
    between a page's bar and its frames of other origins."""

    def __init__(self, raw: list[Raw], watch: Watch) -> None:
        self._raw, self._watch = raw, watch
        self._pointing: dict[Tab, str] = {}  # what is pointed at in a tab just now
        self._pointed: FrameSeen | None = None  # the frame that holds what was pointed at until it has a name
        self._showing: asyncio.Task[None] | None = None
        self._stale = False
        self._warned = (0, "")  # after how many steps, and what no run could do again
        self._turn, self._begins = "", 0  # in a lesson: what the person is to do, and the first event that is theirs
        self.marks: list[Mark] = []
        self.stopped = asyncio.Event()

    def hears(self, kind: str) -> bool:
        """Tell whether an event comes from the bar."""
        return kind in _ASKED or kind in _CARRIED

    def hear(self, data: dict[str, Any], tab: Tab, frame: str) -> None:
        """Do what was asked."""
        if data["kind"] in _CARRIED:
            self._carry(data, tab, tab.frames.get(frame))
        match data["kind"]:
            case "stop":
                self.stopped.set()
            case "undo":
                self._undo()
            case "optional":
                if len(self._raw) > self._begins:
                    self._raw[-1].data["optional"] = True
            case "keep_download":
                kept = next((r for r in reversed(self._raw) if r.download), None)
                if kept is not None:
                    kept.data["output"] = str(data["name"])[:40]
            case "mark" if data.get("text"):
                text, name = data["text"][:_TEXT], str(data["name"])[:40]
                self.marks.append(Mark(kind=data["mark"], text=text, after=len(self._acts()), name=name))
        self.refresh()

    def lesson(self, turn: str) -> None:
        """Say what a person is to do, from now on; what was done before is not theirs to undo."""
        self._turn, self._begins = turn, len(self._raw)
        self.refresh()

    def warn(self, remark: str) -> None:
        """Say in the bar what no run could do again, until the next step is shown."""
        self._warned = (len(self._acts()), remark)
        self.refresh()

    def _carry(self, data: dict[str, Any], tab: Tab, frame: FrameSeen | None) -> None:
        bar = tab.frames.get(tab.target)
        others = [f for f in tab.frames.values() if f is not frame]
        match data["kind"]:
            case "shown_bar" if frame is bar:
                self._pointing.pop(tab, None)
            case "shown_bar" if self._pointing.get(tab):
                self._tell("pointing", self._pointing[tab], to=[frame])  # it came while something was pointed at
            case "pointing":
                self._pointing[tab] = str(data["mode"])
                self._tell("pointing", data["mode"], to=others)
            case "asked":
                self._tell("does", data["does"], to=[bar])
            case "pointed":
                self._pointed = frame
                self._tell("pointed", data["mode"], data.get("proposal", ""), to=[bar])
            case "named":
                self._tell("named", data["name"], to=[self._pointed])

    def _tell(self, function: str, *args: Any, to: Sequence[FrameSeen | None]) -> None:
        called = f"__rpaOverlay.{function}({', '.join(json.dumps(a) for a in args)})"
        if frames := [f for f in to if f is not None]:
            self._watch.spawn(self._watch.tell(called, *frames))

    def _undo(self) -> None:
        """Forget what was marked last, where nothing was done since; else the last step: all events that became it."""
        before = len(self._acts())
        if not before:
            return
        if self.marks and self.marks[-1].after >= before:
            self.marks.pop()
            return
        while len(self._raw) > self._begins and len(self._acts()) >= before:
            self._raw.pop()
        self.marks = [m for m in self.marks if m.after <= max(before - 1, 0)]

    def _acts(self) -> list[Act]:
        """Return what would be built now; merging joins signals in place, so it is given copies."""
        copies = [replace(r, data=dict(r.data), requests=list(r.requests), texts=list(r.texts)) for r in self._raw[self._begins :]]
        return merge(copies)[0]

    def refresh(self) -> None:
        """Show how far the recording is; called again while it shows, it shows once more afterwards."""
        self._stale = True
        if self._showing is None or self._showing.done():
            self._showing = asyncio.ensure_future(self._show())

    async def _show(self) -> None:
        while self._stale:
            self._stale = False
            await self._watch.tell(f"__rpaOverlay.show({json.dumps(self.state())})")

    def state(self) -> dict[str, Any]:
        """Return what the bar shows: how many steps, the last one in words, and whether it sent something."""
        acts = self._acts()
        last = acts[-1] if acts else None
        words = ""
        if last is not None:
            on = f"the {last.element.words()}" if last.element else last.url if last.kind == "goto" else ""
            words = f"{_SAID[last.kind]} {last.output or on}".strip()
        sends = last is not None and any(r.method not in READS for r in last.requests)
        if self.marks and self.marks[-1].after >= len(acts):  # what was marked just now is the last thing that was done
            mark = self.marks[-1]
            words = f"Refusal {mark.name}: {mark.text}" if mark.kind == "exception" else f"Success: {mark.text}"
            return {**self._state_of(acts), "last": words, "sends": False}
        return {
            **self._state_of(acts),
            "last": words + (" · sends" if sends else ""),
            "sends": sends,
        }

    def _state_of(self, acts: Sequence[Act]) -> dict[str, Any]:
        after, remark = self._warned
        said = remark if after >= len(acts) else next(iter(closed(acts[-1:])), "")
        return {
            "count": len(acts),
            "warned": said,
            "turn": self._turn,
            "download": next((r.download for r in reversed(self._raw) if r.download), ""),
        }
