"""Handlers of the browser's events: a hundred events come in an ordinary run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def heard(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return the handler with its parameters known: Playwright looks them up anew at every event, which costs as much as
    what most handlers do."""

    def told(*args: Any) -> Any:
        return handler(*args)

    told.__signature__ = inspect.signature(handler)  # type: ignore[attr-defined]
    return told
