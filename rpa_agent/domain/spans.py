"""Spans of time as people write them: ``30s``, ``5m``, ``2h``, ``1d``."""

from __future__ import annotations

import re

_SPAN = re.compile(r"^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$")
_UNIT = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(span: str) -> float:
    """Return the seconds of a span such as ``30s``, ``5m``, ``2h``, ``1d``; raises ValueError."""
    m = _SPAN.match(span.strip())
    if not m:
        raise ValueError(f"{span!r} is not a span of time; write 30s, 5m, 2h or 1d")
    return float(m.group(1)) * _UNIT[m.group(2)]
