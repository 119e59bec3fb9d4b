"""A clock on the wall that tests set."""

from __future__ import annotations

from datetime import UTC, datetime


class Wall:
    """Stands still until somebody sets ``now``."""

    def __init__(self, text: str = "2026-11-22T06:00") -> None:
        self.to(text)

    def __call__(self) -> datetime:
        return self.now

    def to(self, text: str) -> datetime:
        """Set it, in UTC."""
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return self.now
