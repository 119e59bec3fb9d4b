"""Runs `rpa` command lines in children of a process that has loaded everything, so that a kill costs no start of Python.

Reads one JSON job a line, answers with one JSON line. Each child is a session of its own: nothing that it starts hears
of a signal that is meant for another.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

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
    for line in sys.stdin:
        print(json.dumps(_done(json.loads(line))), flush=True)


def _done(job: dict[str, Any]) -> dict[str, Any]:
    """Do one job; ``kill_after`` seconds kill the child, ``stop`` tells of one that stands still instead of waiting."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _child(job)
    after, status = job.get("kill_after"), 0
    while True:
        gone, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if gone and os.WIFSTOPPED(status):
            return {"stopped": pid, "s": time.monotonic() - started}
        if gone:
            break
        if after is not None and time.monotonic() - started > after:
            os.kill(pid, signal.SIGKILL)
            after = None
        time.sleep(LOOK_S)
    return {"code": os.waitstatus_to_exitcode(status), "s": time.monotonic() - started}


def _child(job: dict[str, Any]) -> None:
    code = 5
    try:
        os.setsid()
        os.environ.update(job.get("env", {}))
        out = os.open(job["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, descriptor in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(number, descriptor)
        from rpa_agent.cli.border import run_command

        code = run_command(job["args"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main()
