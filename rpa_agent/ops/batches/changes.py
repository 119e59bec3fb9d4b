"""How the rows of a file differ from those it had when its batch was begun."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from .rows import BatchRow

Name = Callable[[str, Mapping[str, str]], str]


def name_by(key: bool) -> Name:
    """Return what tells a row from others: its key, or where no column names it all its values."""
    if key:
        return lambda key, values: key
    return lambda key, values: json.dumps(values, sort_keys=True)


def changes(
    before: Sequence[BatchRow], given: Sequence[tuple[int, str, Mapping[str, str]]], *, by_key: bool
) -> tuple[str, ...]:
    """Return in words how the rows differ from those of the batch before."""
    name = name_by(by_key)
    old = {name(row.key, row.given): row for row in before}
    new = {name(key, values): (number, values) for number, key, values in given}
    told = []
    for key in [k for k in old if k in new and old[k].given != new[k][1]]:
        row, values = old[key], new[key][1]
        columns = sorted(c for c in {*row.given, *values} if row.given.get(c) != values.get(c))
        entered = ", which had been done with the former values" if row.state == "succeeded" else ""
        told.append(f"row {new[key][0]} ({row.key}) has another {' and '.join(columns)}{entered}")
    added, gone = [new[k][0] for k in new if k not in old], [row for k, row in old.items() if k not in new]
    told += [_listed("new", [str(n) for n in added])] if added else []
    told += [_listed("no longer there", [f"{r.number} ({r.key})" for r in gone])] if gone else []
    return tuple(told)


def _listed(what: str, rows: Sequence[str]) -> str:
    shown = ", ".join(rows[:10]) + (f" and {len(rows) - 10} more" if len(rows) > 10 else "")
    return f"{what}: row{'s' if len(rows) > 1 else ''} {shown}"
