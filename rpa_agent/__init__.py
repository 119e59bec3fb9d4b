"""Show a web task once; it runs on schedule without a model, repairs itself with evidence, and remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .agent import Agent
    from .browser.recorder.record import Recorder
    from .domain.workflow import Workflow
    from .memory import Memory

__all__ = ["Agent", "Memory", "Recorder", "Workflow"]
_HOMES = {"Agent": "agent", "Memory": "memory", "Recorder": "browser.recorder.record", "Workflow": "domain.workflow"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that `rpa --help` does not pay for a browser."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
