"""Finds out where the files lie that a person chose: a page is told their names only, the browser knows their paths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from ...domain.recording import Act

Send = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
MOST_FILES = 200


async def paths_into(data: dict[str, Any], send: Send, context: int) -> None:
    """Put the paths of an upload's files in place of their names, where every one of them lies on this machine.

    A file that a script made lies nowhere: then the names stay, and the person is told so.
    """
    held = await send("Runtime.evaluate", {"expression": f"__rpaFiles[{int(data['files'])}]", "contextId": context})
    listed = await send("Runtime.getProperties", {"objectId": held["result"]["objectId"], "ownProperties": True})
    paths = []
    for one in listed["result"][:MOST_FILES]:
        if not one["name"].isdigit():
            continue
        paths.append((await send("DOM.getFileInfo", {"objectId": one["value"]["objectId"]}))["path"])
    if paths and all(paths):
        data["value"] = "\n".join(paths)


def unplaced(acts: Sequence[Act]) -> list[str]:
    """Say of which files only the name is known: a run needs the path of each."""
    names = [
        n for a in acts if a.kind == "upload" for n in (a.value or "").split("\n") if n and not Path(n).is_absolute()
    ]
    return [f"where the file {n!r} lies is not known; give its path with --param or in the examples" for n in names]
