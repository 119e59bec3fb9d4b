"""browser-use's history rerun as a baseline: its own DOM service and its own matching, asked of the same pages.

browser-use pins some thirty packages exactly, so it may live in a virtual environment of its own: `--browser-use PYTHON`
names the interpreter that has it, and `rerun_worker.py` runs there.
"""

from __future__ import annotations

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rpa_agent.browser.page import LivePage

    from .counted import Truth

_WORKER = Path(__file__).parent / "rerun_worker.py"
_LONGEST_LINE = 2**28  # one line holds a page with all its computed styles
_QUIET = {"ANONYMIZED_TELEMETRY": "false", "BROWSER_USE_CLOUD_SYNC": "false", "BROWSER_USE_VERSION_CHECK": "false"}
_START_S, _ANSWER_S = 120, 120


class NoBrowserUse(RuntimeError):
    """The interpreter has no browser-use, or it did not start."""


class CouldNotBuild(RuntimeError):
    """browser-use could not read this page."""


class HistoryRerun:
    """Asks the worker; several pages may be asked about at once."""

    def __init__(self, process: Process, version: str) -> None:
        self.version = version
        self._process = process
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._sessions: dict[str, Any] = {}

    async def look(self, page: LivePage, *, keep: bool = False) -> dict[Truth, int]:
        """Let browser-use read the page as it is now; return, where asked to keep them, truth -> number of the element.

        Raises CouldNotBuild.
        """
        name = str(id(page))
        if name not in self._sessions:
            self._sessions[name] = await page.page.context.new_cdp_session(page.page)
            for domain in ("DOM", "Accessibility", "Page"):
                await self._sessions[name].send(f"{domain}.enable")
        told = await self._ask({"do": "look", "page": name, "keep": keep})
        return {(truth, key): number for truth, key, number in told["elements"]}

    async def match(self, page: LivePage, element: int) -> Truth | None:
        """Return the truth of the element that a rerun would act on, on the page as last looked at; None: it gives up."""
        told = await self._ask({"do": "match", "page": str(id(page)), "element": element})
        return tuple(told["truth"]) if told["truth"] is not None else None

    async def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = len(self._waiting)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._say({"number": number, **asked})
        async with asyncio.timeout(_ANSWER_S):
            told = await self._waiting[number]
        if "error" in told:
            raise CouldNotBuild(told["error"])
        return told

    async def listen(self) -> None:
        """Pass answers on, and commands of browser-use to the page they are for, until the worker ends."""
        assert self._process.stdout is not None
        commands = set[asyncio.Task[None]]()
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "answer" in told:
                self._waiting[told["answer"]].set_result(told)
                continue
            task = asyncio.create_task(self._command(told))
            commands.add(task)
            task.add_done_callback(commands.discard)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result({"error": "browser-use ended"})

    async def _command(self, told: dict[str, Any]) -> None:
        from playwright.async_api import Error

        try:
            result = await self._sessions[told["page"]].send(told["method"], told["params"])
            self._say({"command": told["command"], "result": result})
        except Error as e:
            self._say({"command": told["command"], "error": e.message})

    def _say(self, line: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")


@asynccontextmanager
async def history_rerun(python: Path) -> AsyncIterator[HistoryRerun]:
    """Start the worker with an interpreter that has browser-use, and end it. Raises NoBrowserUse."""
    process = await asyncio.create_subprocess_exec(
        str(python), str(_WORKER), stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=_LONGEST_LINE,
        env={**_without_path(), **_QUIET},
    )  # fmt: skip
    try:
        rerun = HistoryRerun(process, await _version(process))
        listening = asyncio.create_task(rerun.listen())
        yield rerun
        listening.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _without_path() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


async def _version(process: Process) -> str:
    assert process.stdout is not None and process.stderr is not None
    try:
        async with asyncio.timeout(_START_S):
            line = await process.stdout.readline()
    except TimeoutError:
        line = b""
    if not line:
        process.kill()
        why = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
        raise NoBrowserUse(why[-1] if why else "it did not start in time")
    return str(json.loads(line)["version"])
