"""Long matrices: a few of their cases in `make test`, all of them in `make check` and in CI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(cases: Iterable[Any], *always: Any) -> list[Any]:
    """Return all cases for `parametrize`; those that are not named after them are marked `long`."""
    whole = list(cases)
    assert all(case in whole for case in always), "what is always run must be one of the cases"
    return [case if case in always else pytest.param(case, marks=pytest.mark.long) for case in whole]
