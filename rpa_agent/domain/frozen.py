"""The base of every value in this house: frozen, closed to unknown keys, cheap to copy with changes."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: it never changes, never holds a live page or connection, and refuses unknown keys."""

    # Built when first used: a start of `rpa run` uses a third of them before its browser is there.
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    def but(self, **changes: Any) -> Self:
        """Return a validated copy with ``changes`` applied; raises pydantic.ValidationError on a bad value."""
        return type(self).model_validate({**{k: getattr(self, k) for k in type(self).model_fields}, **changes})
