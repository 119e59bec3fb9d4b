"""What a run brings back, checked and made plain: dates as ISO text, decimals as plain text, whole numbers as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from .values import date_formats, decimal_formats, preferred
from .workflow import Output

Plain = str | int | None


def typed_output(value: Any, output: Output, locale: str | None = None) -> Any:
    """Return an output's value in its type: text for one value, records for a table; raises ValueError saying why not."""
    if output.type == "table":
        rows: Sequence[Mapping[str, str]] = value if isinstance(value, list) else []
        columns = list(output.columns) or list(rows[0] if rows else ())
        typed = {c: typed_column([r.get(c, "") for r in rows], output.columns.get(c, "string"), c, locale) for c in columns}
        return [{c: typed[c][i] for c in columns} for i in range(len(rows))]
    text = str(value).strip()
    if output.type in {"string", "file"}:
        return text
    plain = typed_column([text], output.type, "it", locale)[0]
    return str(plain) if plain is not None else ""


def typed_column(texts: Sequence[str], kind: str, called: str, locale: str | None = None) -> list[Plain]:
    """Return texts of one column, all read in the same way; an empty one is None where a figure or a date belongs."""
    if kind == "string":
        return list(texts)
    readings = [_readings(t, kind) if t.strip() else None for t in texts]
    fitting: set[str] | None = None
    for text, found in zip(texts, readings, strict=True):
        if found is None:
            continue
        if not found:
            raise ValueError(f"{called}: {text!r} is no {'date' if kind == 'date' else 'number'}")
        fitting = set(found) if fitting is None else fitting & set(found)
    if fitting == set():
        raise ValueError(f"{called}: its values are written in different ways")
    way = _way(sorted(fitting or ()), [r for r in readings if r], locale)
    if fitting and way is None:
        open_ = next(t for t, r in zip(texts, readings, strict=True) if r and len({r[w] for w in fitting}) > 1)
        raise ValueError(f"{called}: {open_!r} can be read in two ways; say `locale:` in the workflow")
    return [None if r is None or way is None else _plain(r[way], kind, called) for r in readings]


def _way(fitting: Sequence[str], readings: Sequence[Mapping[str, str]], locale: str | None) -> str | None:
    """Return the way of writing that all values share; None where several do and they differ in what they mean."""
    if not fitting:
        return None
    if all(len({r[w] for w in fitting}) == 1 for r in readings):
        return fitting[0]
    formats = [{",": "1.234,50", ".": "1,234.50"}.get(w, w) for w in fitting]
    chosen = preferred(formats, locale)
    return fitting[formats.index(chosen)] if chosen else None


def _readings(text: str, kind: str) -> dict[str, str]:
    if kind == "date":
        return {f: d.isoformat() for f, d in date_formats(text).items()}
    out: dict[str, str] = {}
    for fmt, value in decimal_formats(text).items():  # by decimal point alone: rows of one column group as they need
        for point in (",", ".") if fmt == "1234" else (",",) if fmt.endswith(",50") else (".",):
            out.setdefault(point, format(value, "f"))
    return out


def _plain(canonical: str, kind: str, called: str) -> Plain:
    if kind != "integer":
        return canonical
    value = Decimal(canonical)
    if value != int(value):
        raise ValueError(f"{called}: {canonical} is not a whole number")
    return int(value)
