"""Texts of pages and people as they are told: on one line, and not longer than there is room for."""

from __future__ import annotations


def in_short(text: str, most: int) -> str:
    """Return a text on one line of at most ``most`` characters; what was cut off is shown as an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
