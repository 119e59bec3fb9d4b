"""`rpa run --supervised`: a person at the terminal, or answers that were piped on purpose, decide on each commit."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import UsageInvalid
from .out import say

if TYPE_CHECKING:
    from ..domain.supervision import AboutToSend, Said
    from .place import Place
    from .running import Wanted

_ANSWERS: dict[str, Said] = {"y": "yes", "yes": "yes", "s": "skip", "skip": "skip", "n": "stop", "no": "stop", "stop": "stop"}
_GONE = "(not on this page any more)"


async def run_supervised(place: Place, wanted: Wanted, *, env_file: Path | None = None) -> int:
    """Run under a person's eyes; an import that no page has shown yet is learned from this way."""
    from ..agent import Agent
    from ..exchange import waits_for_eyes
    from ..store.workflow_files import find_workflow
    from .running import run_workflow

    require_somebody()
    workflow = find_workflow(place.settings.workflows_dir, wanted.name)
    async with Agent.open(place.settings) as agent:
        imported = await waits_for_eyes(agent, workflow)
    if imported:
        from .exchange import supervise_workflow

        return await supervise_workflow(place, wanted, env_file=env_file)
    return await run_workflow(place, replace(wanted, ask=ask), env_file=env_file)


def require_somebody() -> None:
    """Raise UsageInvalid where nobody can answer: neither a terminal nor answers that were piped or redirected here."""
    why = "--supervised asks before each commit, and nobody is there to answer: this is no terminal; nothing was begun"
    do = "Run it at a terminal, or pipe the answers, one line each: yes, skip or stop."
    if sys.stdin is None or sys.stdin.closed:
        raise UsageInvalid(why, do=do)
    if sys.stdin.isatty():
        return
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return  # no file at all: a program that uses this one gives the answers itself
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)):
        raise UsageInvalid(why, do=do)  # /dev/null, as under cron and systemd


async def ask(about: AboutToSend) -> Said:
    """Put a commit before the person, what the page holds now beside what was to be entered."""
    if about.row_key:
        say(f"{about.row_key}:")
    for one in about.entered:
        shows = _GONE if one.shows is None else f"the page shows {one.shows}"
        say(f"  {one.field}: {one.given}  |  {shows}")
    return await answered(f"Step {about.number} is to {about.does}. It sends. yes, skip or stop?")


async def ask_of_import(number: int, does: str, entered: Sequence[tuple[str, str]]) -> Said:
    """Put an imported step that may send before the person."""
    for field, value in entered:
        say(f"  {field}: {value}")
    return await answered(f"Step {number} would {does}. It may send something. yes, skip or stop?")


async def answered(question: str) -> Said:
    """Ask until one of the three is said; nobody there any more means stop."""
    say(question)
    while line := await next_line():
        if (said := _ANSWERS.get(line.strip().casefold())) is not None:
            return said
        say("Write yes, skip or stop.")
    say("There is no answer any more: stopped.")
    return "stop"


async def next_line() -> str:
    """Read one line; empty where no more will come. The thread is nobody's to wait for: Ctrl-C ends a run also while it asks."""
    loop = asyncio.get_running_loop()
    read: asyncio.Future[str] = loop.create_future()

    def give(line: str) -> None:
        if not read.done():
            read.set_result(line)

    def wait() -> None:
        try:
            line = sys.stdin.readline()
        except (OSError, ValueError):
            line = ""  # the terminal went away
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(give, line)

    threading.Thread(target=wait, name="answer", daemon=True).start()
    return await read


__all__ = ["ask", "ask_of_import", "next_line", "require_somebody", "run_supervised"]
