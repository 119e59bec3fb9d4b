"""What a benchmark found: named figures with their goals, tables, and what could not be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One named number. ``goal`` reads like ``<= 1.05``; ``interval`` holds where the true value lies with 95 %."""

    name: str
    value: float | None
    means: str
    goal: str = ""
    interval: tuple[float, float] | None = None

    def reached(self) -> bool | None:
        """Tell whether the goal is reached; None where there is none. A figure that is missing reaches nothing."""
        if not self.goal:
            return None
        sign, _, limit = self.goal.partition(" ")
        if self.value is None:
            return False
        return self.value <= float(limit) if sign == "<=" else self.value >= float(limit)


@dataclass(frozen=True)
class Table:
    """Rows under their titles."""

    about: str
    titles: tuple[str, ...]
    rows: Sequence[Sequence[object]]


@dataclass
class Report:
    """A benchmark's answer. ``not_run`` names every case that could not be measured, so that none fails in silence.

    ``more`` goes into the JSON object as it is, for what is not one number.
    """

    name: str
    baseline: str
    how: str
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the named figures as one plain object."""
        return {
            "schema": 1,
            "benchmark": self.name,
            **{f.name: f.value for f in self.figures},
            **self.more,
            "intervals": {f.name: f.interval for f in self.figures if f.interval},
            "goals_missed": [f.name for f in self.figures if f.reached() is False],
            "not_run": len(self.not_run),
            "not_run_why": self.not_run[:20],
        }


def shown(value: object) -> str:
    """Return a value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return str(value)


def as_text(report: Report) -> str:
    """Return the report for a terminal."""
    lines = [report.name, f"  baseline: {report.baseline}", ""]
    for table in (_figures(report), *report.tables):
        lines += [f"  {table.about}", *(f"    {line}" for line in _aligned(table)), ""]
    lines.append(f"  could not be measured: {len(report.not_run)}")
    lines += [f"    {why}" for why in report.not_run[:20]]
    return "\n".join(lines)


def as_markdown(report: Report) -> str:
    """Return the report as a section of docs/benchmarks.md."""
    lines = [f"## {report.name}", "", report.how, "", f"Baseline: {report.baseline}", ""]
    for table in (_figures(report), *report.tables):
        lines += [f"{table.about}:", "", _row(table.titles), _row(["---"] * len(table.titles))]
        lines += [_row([shown(c) for c in row]) for row in table.rows]
        lines.append("")
    lines.append(f"Cases that could not be measured: {len(report.not_run)}.")
    lines += [f"- {why}" for why in report.not_run[:20]]
    return "\n".join(lines)


def _figures(report: Report) -> Table:
    rows = [
        (
            f"`{f.name}`",
            shown(f.value),
            _interval(f),
            f.goal or "–",
            {None: "–", True: "yes", False: "no"}[f.reached()],
            f.means,
        )
        for f in report.figures
    ]
    return Table("Figures", ("figure", "value", "95 % interval", "goal", "reached", "means"), rows)


def _interval(figure: Figure) -> str:
    return f"{shown(figure.interval[0])} … {shown(figure.interval[1])}" if figure.interval else "–"


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(c).replace("|", "\\|").replace("\n", " ") for c in cells) + " |"


def _aligned(table: Table) -> list[str]:
    cells = [list(table.titles), *[[shown(c) for c in row] for row in table.rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(table.titles))]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]
