"""The machine a figure was measured on, and the CPU time that a tree of processes has used."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil


def describe() -> str:
    """Return processor, cores, memory, system and Python in one line."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def load() -> float:
    """Return the load average of the last minute: figures of wall time on a busy machine say little."""
    return round(os.getloadavg()[0], 1)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


class CpuTree:
    """The CPU seconds of this process and its descendants, without those that were there when it was made.

    Processes that have ended count through their parent, which reaped them.
    """

    def __init__(self) -> None:
        self._me = psutil.Process()
        self._others = {p.pid for p in self._me.children(recursive=True)}

    def seconds(self) -> float:
        total = 0.0
        for process in (self._me, *self._me.children(recursive=True)):
            if process.pid in self._others:
                continue
            try:
                used = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            own = process.pid == self._me.pid       # its reaped children were never ours to count
            total += used.user + used.system + (0.0 if own else used.children_user + used.children_system)
        return total
