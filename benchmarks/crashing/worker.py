"""Runs `rpa` command lines in children of a process that has loaded everything, so that a kill costs no start of Python.

Reads one JSON job a line, answers with one JSON line. Each child is a session of its own: nothing that it starts hears
of a signal that is meant for another. What it says goes into a pipe, so that no full disk keeps it from saying it.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

LOADED = (
    "rpa_agent.agent", "rpa_agent.cli.running", "rpa_agent.cli.serving", "rpa_agent.ops.due.schedule", "rpa_agent.ops.telemetry",
    "rpa_agent.repair.ladder", "rpa_agent.run.probe", "rpa_agent.store.workflow_files", "playwright.async_api", "sqlite_utils",
)  # fmt: skip
LOOK_S = 0.005


def main() -> None:
    """Serve until stdin ends."""
    from importlib import import_module

    for name in LOADED:
        import_module(name)
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True}), flush=True)
    children = Children()
    for line in sys.stdin:
        print(json.dumps(children.do(json.loads(line))), flush=True)


class Children:
    """The command lines that were started and not yet heard of to the end; one may stand still while others run."""

    def __init__(self) -> None:
        self._said: dict[int, int] = {}
        self._ended: dict[int, int] = {}

    def do(self, job: dict[str, Any]) -> dict[str, Any]:
        """Start a command line, or let one that stands still go on (``resume``: its number), and watch it until it ends or
        stands still. ``kill_after`` seconds kill it."""
        started = time.monotonic()
        pid = job.get("resume") or self._start(job)
        if job.get("resume"):
            self._signal(pid, signal.SIGCONT)
        after, said = job.get("kill_after"), b""
        while True:
            said += self._heard(pid)
            status = self._look(pid)
            if status is not None and os.WIFSTOPPED(status):
                return {"stopped": pid, "s": time.monotonic() - started}
            if status is not None:
                said += self._heard(pid)
                os.close(self._said.pop(pid))
                tail = said.decode(errors="replace")[-4000:]
                return {"code": os.waitstatus_to_exitcode(status), "s": time.monotonic() - started, "said": tail}
            if after is not None and time.monotonic() - started > after:
                self._signal(pid, signal.SIGKILL)
                after = None
            time.sleep(LOOK_S)

    def _start(self, job: dict[str, Any]) -> int:
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            _child(job, write)
        os.close(write)
        os.set_blocking(read, False)
        self._said[pid] = read
        return pid

    def _look(self, wanted: int) -> int | None:
        """Take note of every child that ended or stopped, so that none stays in the system's books; return what of ``wanted``."""
        while wanted not in self._ended:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return None
            if not pid:
                return None
            if not os.WIFSTOPPED(status):
                self._ended[pid] = status
            elif pid == wanted:
                return status
        return self._ended.pop(wanted)

    def _heard(self, pid: int) -> bytes:
        found = b""
        with suppress(BlockingIOError):
            while piece := os.read(self._said[pid], 65536):
                found += piece
        return found

    def _signal(self, pid: int, number: signal.Signals) -> None:
        if pid not in self._ended:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _child(job: dict[str, Any], out: int) -> None:
    code = 5
    try:
        os.setsid()
        os.environ.update(job.get("env", {}))
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, descriptor in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(number, descriptor)
        sys.stdout, sys.stderr = _writer(1), _writer(2)  # those that were there knew other files
        from rpa_agent.cli.border import run_command

        code = run_command(job["args"])
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _writer(descriptor: int) -> TextIO:
    return io.TextIOWrapper(io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False)), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main()
