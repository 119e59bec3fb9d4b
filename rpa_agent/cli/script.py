"""Loads the script that shows the work in a person's place."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ..domain.errors import UsageInvalid

Demonstration = Callable[[Any], Awaitable[None]]


def load_demonstration(path: Path) -> Demonstration:
    """Return `demonstrate` of a script file; raises UsageInvalid when there is none."""
    if not path.is_file():
        raise UsageInvalid(f"--script {path} does not exist")
    spec = importlib.util.spec_from_file_location(f"demonstration_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageInvalid(f"--script {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError, NameError) as e:
        raise UsageInvalid(f"--script {path} cannot be loaded: {e}") from e
    found = getattr(module, "demonstrate", None)
    if not inspect.iscoroutinefunction(found):
        raise UsageInvalid(f"--script {path} holds no `async def demonstrate(page)`")
    return found
