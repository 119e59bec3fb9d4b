"""A drawing of how the runs of each procedure went, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from .stats import Day, Stats

WIDTH, ROW, LEFT, TOP = 1000, 110, 60, 70
MOST_ROWS, MOST_DAYS = 12, 60
_PARTS = (("succeeded", "#2f7d5b"), ("repaired", "#e0a030"), ("failed", "#c0392b"))


def draw(found: Sequence[Stats]) -> str:
    """Return an SVG: a row of bars per procedure, the most used first; days without a run are gaps."""
    shown = sorted((s for s in found if s.days), key=lambda s: (-s.uses, s.site, s.workflow))[:MOST_ROWS]
    height = TOP + ROW * max(len(shown), 1) + 20
    days = _days(shown)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="28" font-size="17">Runs by day</text>', *_legend(),
    ]
    if not shown:
        parts.append(f'<text x="{LEFT}" y="{TOP + 40}" fill="#666">nothing has run yet</text>')
    for n, stats in enumerate(shown):
        parts += _row(stats, days, TOP + n * ROW)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _days(shown: Sequence[Stats]) -> list[str]:
    """Return every day from the first run to the last, at most the last MOST_DAYS."""
    known = sorted({d.day for s in shown for d in s.days})
    if not known:
        return []
    last = date.fromisoformat(known[-1])
    first = max(date.fromisoformat(known[0]), last - timedelta(days=MOST_DAYS - 1))
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _legend() -> list[str]:
    out, x = [], WIDTH - 340
    for name, colour in _PARTS:
        out.append(f'<rect x="{x}" y="17" width="12" height="12" fill="{colour}"/><text x="{x + 17}" y="28">{name}</text>')
        x += 110
    return out


def _row(stats: Stats, days: Sequence[str], top: int) -> list[str]:
    known = {d.day: d for d in stats.days}
    most = max(max((known[d].runs for d in days if d in known), default=1), 1)
    step = min((WIDTH - LEFT - 20) / max(len(days), 1), 60)
    base, tall = top + ROW - 26, ROW - 56
    title = f"{stats.workflow} on {stats.site}: {stats.succeeded} of {stats.uses} succeeded, {stats.repaired} with a repair"
    out = [
        f'<text x="{LEFT}" y="{top + 14}">{escape(title[:120])}</text>',
        f'<line x1="{LEFT}" y1="{base}" x2="{WIDTH - 20}" y2="{base}" stroke="#999"/>',
        f'<text x="{LEFT - 8}" y="{base - tall + 10}" text-anchor="end" fill="#666">{most}</text>',
    ]
    for n, day in enumerate(days):
        x = LEFT + n * step
        if n == 0 or n == len(days) - 1:
            anchor = "start" if n == 0 else "end"
            at = x if n == 0 else x + step
            if n == 0 or step * len(days) > 180:
                out.append(f'<text x="{at:.1f}" y="{base + 16}" fill="#666" text-anchor="{anchor}">{day}</text>')
        if day in known:
            out += _bar(known[day], x + step * 0.15, step * 0.7, base, tall / most)
    return out


def _bar(day: Day, x: float, width: float, base: int, unit: float) -> list[str]:
    out, y = [], float(base)
    for count, (name, colour) in zip((day.succeeded - day.repaired, day.repaired, day.runs - day.succeeded), _PARTS, strict=True):
        if count:
            y -= count * unit
            out.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{count * unit:.1f}" fill="{colour}">'
                f"<title>{day.day}: {count} {name}</title></rect>"
            )
    return out
