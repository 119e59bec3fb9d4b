"""The page of faults names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_fault_is_proved_by_tests_that_exist() -> None:
    """A test that was renamed or taken away leaves no promise behind."""
    page = (ROOT / "docs" / "reference" / "faults.md").read_text(encoding="utf-8")
    named = NAMED.findall(page)
    assert len(named) > 40
    missing = [f"{path}::{test}" for path, test in named if test not in names_in(ROOT / path)]
    assert missing == []


def names_in(path: Path) -> set[str]:
    """Return the names of a file's tests; none where there is no such file."""
    if not path.exists():
        return set()
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
