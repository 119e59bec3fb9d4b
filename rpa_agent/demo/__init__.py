"""The product shown to whoever has two minutes: offline, in a folder of its own, every claim a check that can fail."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from ..domain.errors import UsageInvalid
from .events import Ended, Event
from .stage import Tell

__all__ = ["Ended", "Event", "Tell", "perform"]


async def perform(tell: Tell, *, browser: str | None = None, keep: Path | None = None) -> Ended:
    """Play the whole demonstration and tell it event by event; return what was proven.

    Everything happens in a temporary folder, or in ``keep``, which must be new or empty.
    """
    from .scenes import play
    from .stage import open_stage

    with ExitStack() as stack:
        folder = _kept(keep) if keep else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rpa-demo-")))
        async with open_stage(folder, tell, browser=browser) as stage:
            return await play(stage, folder=str(folder) if keep else "")


def _kept(folder: Path) -> Path:
    folder = folder.expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageInvalid(f"--keep {folder} is not an empty folder", do="Name a folder that does not exist yet.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        do = "Name a folder that can be written."
        raise UsageInvalid(f"--keep {folder} cannot be made: {e.strerror}", do=do) from e
    return folder
