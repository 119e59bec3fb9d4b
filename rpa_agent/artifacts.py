"""What a run leaves as files: a masked picture of where it ended, and a trace that was scrubbed before anybody saw it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from loguru import logger

from .domain.errors import RpaAgentError
from .ops.process.owner import Owner

if TYPE_CHECKING:
    from .browser.page import LivePage
    from .browser.session import BrowserContext
    from .domain.ports import Secrets
    from .domain.trajectory import Trajectory
    from .domain.workflow import TraceMode

TRACE = "trace.zip"


class Moves(Protocol):
    """A run's login, which may go on in another browser context."""

    def followed_by(
        self, leaving: Callable[[], Awaitable[None]], arrived: Callable[[BrowserContext], Awaitable[None]]
    ) -> None:
        """Tell before a context is closed, and after another is open."""


class Artifacts:
    """The artifacts of all runs of one agent. ``making`` is where Playwright writes a trace before it is scrubbed: for
    this process's owner alone, emptied after each trace, and by the next start where this process was killed."""

    def __init__(self, folder: Path, state: Path) -> None:
        me = Owner.me()
        self.folder, self._all = folder, state / "making"
        self.making = self._all / f"{me.pid}-{me.started}-{me.token}"
        self._tracing = 0

    def clear_leftovers(self) -> None:
        """Remove what processes that were killed left unscrubbed."""
        for place in self._all.iterdir() if self._all.is_dir() else ():
            pid, _, rest = place.name.partition("-")
            started, _, token = rest.rpartition("-")
            try:
                gone = not Owner(int(pid), float(started), token).lives()
            except ValueError:
                gone = True
            if gone:
                shutil.rmtree(place, ignore_errors=True)

    def left_by(self, run: str) -> str:
        """Return the folder of a run that ended before it could be concluded; nothing where it left no file."""
        folder = self.folder / run
        return str(folder) if folder.is_dir() else ""

    @asynccontextmanager
    async def of(
        self, run: str, context: BrowserContext, secrets: Secrets, *, trace: TraceMode, login: Moves | None = None
    ) -> AsyncIterator[Left]:
        """Give the artifacts of one run; what is not kept in the block is gone after it. Where its ``login`` is renewed, the
        trace goes on in another file."""
        left = Left(self.folder / run, self.making / f"{run}.zip", context, secrets, trace)
        if trace == "off":
            yield left
            return
        from .browser.tracing import drop_trace, start_trace

        self.making.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._tracing += 1
        if login is not None:
            login.followed_by(left.leaves, left.arrived)
        try:
            await start_trace(context, run)
            try:
                yield left
            except RpaAgentError:
                await left.keep_trace()  # it ended before there was anything to conclude
                raise
            if not left.done:
                await drop_trace(left.context)
        finally:
            self._tracing -= 1
            for part in left.parts:
                part.unlink(missing_ok=True)
            if not self._tracing:
                shutil.rmtree(self.making, ignore_errors=True)


@dataclass
class Left:
    """The artifacts of one run. ``raw`` is where its trace is before it is scrubbed, ``parts`` are those of the contexts
    before, which a login that was renewed has closed."""

    folder: Path
    raw: Path
    context: BrowserContext
    secrets: Secrets
    trace: TraceMode
    done: bool = False
    parts: list[Path] = field(default_factory=list)

    async def leaves(self) -> None:
        """Put the trace of a context aside before it is closed."""
        if self.done:
            return
        from .browser.tracing import keep_trace

        part = self.raw.with_name(f"{self.raw.stem}-{len(self.parts) + 1}.zip")
        self.parts.append(part)
        try:
            await keep_trace(self.context, part)
        except RpaAgentError as e:
            logger.warning("there is no trace of this run before its login was renewed: {}", e.message)

    async def arrived(self, context: BrowserContext) -> None:
        """Trace the context that a login was renewed in."""
        if self.done:
            return
        from .browser.tracing import start_trace

        self.context = context
        await start_trace(context, self.folder.name)

    async def keep(self, page: LivePage | None, trajectory: Trajectory) -> str:
        """Keep what belongs to this end; return the folder, or nothing where there is nothing in it. Never raises."""
        failed = trajectory.outcome != "succeeded"
        kept = [
            failed and page is not None and await self._picture(page),
            (failed or self.trace == "on") and await self.keep_trace(),
            any(self.folder.glob("candidates-*")),  # of a repair that was refused, or that sent
            any(self.folder.glob("commit-*")),  # what the page showed before and after
        ]
        return str(self.folder) if any(kept) else ""

    async def _picture(self, page: LivePage) -> bool:
        """Keep a masked picture of what a run that did not succeed ended on."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            await page.screenshot(str(self.folder / "end.png"))
        except RpaAgentError:
            return True  # a browser that is gone has nothing to show; what the run brought back may still lie there
        return True

    async def keep_trace(self) -> bool:
        """Scrub the trace and keep it; where that is not possible there is none, and the log says so."""
        if self.trace == "off" or self.done:
            return False
        from .browser.tracing import keep_trace

        self.done = True
        try:
            await keep_trace(self.context, self.raw)
        except RpaAgentError as e:
            logger.warning("there is no trace of this run: {}", e.message)
        made = [part for part in (*self.parts, self.raw) if part.exists()]
        return any([await self._scrubbed(part, number) for number, part in enumerate(made, 1)])

    async def _scrubbed(self, part: Path, number: int) -> bool:
        from .ops.secret.traces import scrub

        clean = part.with_suffix(".clean")
        try:
            await asyncio.to_thread(scrub, part, clean, self.secrets.redactions())
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            clean.replace(self.folder / (TRACE if number == 1 else f"trace-{number}.zip"))
        except RpaAgentError as e:
            logger.warning("there is no trace of this run: {}", e.message)
            return False
        except OSError as e:
            logger.warning("there is no trace of this run: it could not be written ({})", e.strerror)
            return False
        finally:
            part.unlink(missing_ok=True)
            clean.unlink(missing_ok=True)
        return True
