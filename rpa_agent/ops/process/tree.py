"""A process with all that it started: found, told apart from later ones with the same numbers, and ended."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .owner import after_boot

T = TypeVar("T")
END_S = 10.0
_LOOK_S = 0.01
_SLACK = 0.05
# Waits until its stdin ends. "done" says that all is well; without a word whoever held it is gone, and so are these.
_GUARD = """trap '' INT TERM HUP
read -r word && exit 0
for one; do
  pid=${one%%:*}
  if [ -r "/proc/$pid/stat" ]; then
    read -r line < "/proc/$pid/stat"
    rest=${line##*) }
    set -- $rest
    [ "${20}" = "${one##*:}" ] && kill -9 "$pid"
  elif [ ! -d /proc/self ]; then
    kill -9 "$pid"
  fi
done 2>/dev/null
"""


@dataclass(frozen=True)
class Process:
    """A process by number and start, in seconds after boot."""

    pid: int
    started: float

    def lives(self) -> bool:
        try:
            return abs(after_boot(self.pid) - self.started) <= _SLACK
        except ProcessLookupError:
            return False


def below(pid: int) -> list[Process]:
    """Return what a process has started, and what that has; parents come first."""
    found = []
    for child in _children(pid):
        with suppress(ProcessLookupError):
            found.append(Process(child, after_boot(child)))
            found += below(child)
    return found


def _children(pid: int) -> Iterator[int]:
    tasks = Path(f"/proc/{pid}/task")
    if not tasks.parent.parent.joinpath("self").exists():
        import psutil

        with suppress(psutil.NoSuchProcess):
            yield from (child.pid for child in psutil.Process(pid).children())
        return
    with suppress(OSError):
        for task in tasks.iterdir():
            with suppress(OSError):
                yield from (int(n) for n in (task / "children").read_text().split())


def end_tree(root: Process, also: Sequence[Process] = ()) -> bool:
    """End a process with all it started; tell whether all of it is gone.

    It is stopped first, so that it starts nothing and sends nothing more; then what it started ends before it does.
    """
    _signal([root], signal.SIGSTOP)
    started = [p for p in {*below(root.pid), *also} if p.lives()] if root.lives() else [p for p in also if p.lives()]
    for process in list(started):
        started += [p for p in below(process.pid) if p not in started]
    _signal(started, signal.SIGKILL)
    _signal([root], signal.SIGKILL)
    deadline = time.monotonic() + END_S
    while any(p.lives() for p in (*started, root)):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_S)  # on a thread of its own
    return True


def _signal(processes: Iterable[Process], number: signal.Signals) -> None:
    for process in processes:
        if process.lives():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, number)


@asynccontextmanager
async def ending_with_us(opened: AbstractAsyncContextManager[T], *, told: Callable[[], Awaitable[None]]) -> AsyncIterator[T]:
    """Open something that starts processes, and see to it that these die when this process does, however it does.

    A shell holds the other end of a pipe: the system closes it when we are gone, also after SIGKILL. ``told`` writes
    down what was started, for whoever ends this process.
    """
    known = {p.pid for p in below(os.getpid())}
    async with opened as it:
        names = [f"{p.pid}:{_ticks(p.pid)}" for p in below(os.getpid()) if p.pid not in known]
        guard = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", _GUARD, "guard", *names,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        await told()
        try:
            yield it
        finally:
            assert guard.stdin is not None
            with suppress(OSError):
                guard.stdin.write(b"done\n")
                guard.stdin.close()
            await guard.wait()


def _ticks(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()[19]
    except OSError:
        return ""
