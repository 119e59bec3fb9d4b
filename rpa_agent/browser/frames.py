"""Frames that a page's main document cannot read, since they show another site: each has a world of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..domain.errors import PageGone
from ..domain.identity import same_frames
from ..domain.ports import ListSeen
from .channel import OWN_PROCESS, Channel
from .world import World

DOCUMENT = "|html.."  # the address of a document's outermost element
DEEPEST = 4  # frames within frames within frames: what lies deeper is no form anybody fills in


@dataclass(frozen=True)
class Inside:
    """One such frame: where its element is, what leads to it by name, and its world."""

    ref: str
    chain: tuple[str, ...]
    world: World

    def placed(self, candidate: dict[str, Any]) -> dict[str, Any]:
        """Say of an element found in here where it is as seen from the page."""
        seen = {**candidate["fingerprint"], "frames": [*self.chain, *candidate["fingerprint"]["frames"]]}
        sends = candidate.get("sends")
        sent = {"sends": {**sends, "form": f"{self.ref}@{sends['form']}"}} if sends else {}
        return {**candidate, **sent, "ref": f"{self.ref}@{candidate['ref']}", "fingerprint": seen}

    def added(self, page: dict[str, Any], within: dict[str, Any]) -> None:
        """Add to the survey of a page what was surveyed in here."""
        page["candidates"] += [self.placed(c) for c in within["candidates"]]
        for part in ("headings", "alerts", "errors", "dialogs"):
            page[part] += within[part]
        page["has_password"] = page["has_password"] or within["has_password"]

    def list_placed(self, seen: ListSeen) -> ListSeen:
        """Say of a list found in here where its controls are as seen from the page."""
        within = seen.inside or DOCUMENT  # what the list scrolls in: its own box, or the frame itself
        return seen.but(next=f"{self.ref}@{seen.next}" if seen.next else "", inside=f"{self.ref}@{within}")


class Frames:
    """Finds those frames when they are asked for, which on most pages is never."""

    def __init__(self, top: World) -> None:
        self._top = top
        self._known: dict[str, World] = {}
        self._own_process: dict[Channel, dict[str, str]] = {}  # frame -> session, by the target above
        self.last: tuple[Inside, ...] = ()

    async def all(self) -> tuple[Inside, ...]:
        """Return every such frame that the page shows now, outer ones first."""
        found: list[Inside] = []
        await self._below(self._top, "", (), found, depth=0)
        self.last = tuple(found)
        return self.last

    async def around(self, chain: Sequence[str]) -> Inside | None:
        """Return the innermost such frame on the way that a chain of names leads; None where it leads through none."""
        within = [f for f in await self.all() if same_frames(chain[: len(f.chain)], f.chain)] if chain else []
        return max(within, key=lambda f: len(f.chain), default=None)

    def holding(self, ref: str) -> tuple[World, str] | None:
        """Return the world that an address leads into, and the rest of the address there; None for the page's own."""
        within = [f for f in self.last if ref.startswith(f.ref + "@")]
        if not within:
            return None
        deepest = max(within, key=lambda f: len(f.ref))
        return deepest.world, ref[len(deepest.ref) + 1 :]

    async def asked(self, function: str, *args: Any) -> list[tuple[Inside, Any]]:
        """Ask every such frame; what goes away meanwhile has no answer."""
        inside = await self.all()
        answers = await asyncio.gather(*(_tried(f.world, function, *args) for f in inside))
        return [(f, a) for f, a in zip(inside, answers, strict=True) if a is not None]

    async def _below(self, world: World, ref: str, chain: tuple[str, ...], found: list[Inside], *, depth: int) -> None:
        listed = await _tried(world, "unreadable") if depth < DEEPEST else None
        for told in listed or ():
            try:
                inner = await self._world_of(world, await world.frame_at(told["ref"]))
            except PageGone:
                continue
            inside = Inside(f"{ref}@{told['ref']}" if ref else told["ref"], (*chain, *told["frames"]), inner)
            found.append(inside)
            await self._below(inner, inside.ref, inside.chain, found, depth=depth + 1)

    async def _world_of(self, above: World, frame: str) -> World:
        """Return the frame's world: in the process of the document above, or in one of its own."""
        session = (await self._sessions(above.channel)).get(frame)
        if session is None:
            return self._known.setdefault(f"{frame} below {above.frame}", World(above.channel, frame, source=above.source))
        if session not in self._known:
            self._known[session] = await World.install(above.channel.inner(session))
        return self._known[session]

    async def _sessions(self, above: Channel) -> dict[str, str]:
        """Return the sessions of frames in processes of their own, kept up to date by the browser itself."""
        if above not in self._own_process:
            held = self._own_process[above] = {}

            def attached(event: dict[str, Any]) -> None:
                held[event["targetInfo"]["targetId"]] = event["sessionId"]

            def detached(event: dict[str, Any]) -> None:
                for frame in [f for f, session in held.items() if session == event["sessionId"]]:
                    del held[frame]

            above.on("Target.attachedToTarget", attached)
            above.on("Target.detachedFromTarget", detached)
            await above.send(
                "Target.setAutoAttach",
                {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False, "filter": OWN_PROCESS},
            )
        return self._own_process[above]


def at_home(hit: dict[str, Any], chains: Sequence[Sequence[str]]) -> bool:
    """Tell whether what was found is in the frames in which its variant was shown."""
    return same_frames(chains[hit["variant"]], hit["candidate"]["fingerprint"]["frames"])


def home_first(found: list[dict[str, Any]], chains: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Leave out the twins of what was found where it was shown."""
    settled = {h["variant"] for h in found if at_home(h, chains)}
    return [h for h in found if h["variant"] not in settled or at_home(h, chains)]


async def _tried(world: World, function: str, *args: Any) -> Any:
    try:
        return await world.call(function, *args)
    except PageGone:
        return None
