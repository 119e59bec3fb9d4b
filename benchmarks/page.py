"""The page docs/benchmarks.md: one section a benchmark, replaced when it is measured again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from .machine import describe, load
from .report import Report, as_markdown

_HEAD = """# Benchmarks

Written by `make bench`; do not edit by hand. `python -m benchmarks NAME` measures one, `--quick` roughly and within a
minute. Every benchmark sets itself up, measures the product and its baseline in the same run, and counts what it could
not measure. A ratio is ours divided by the baseline, taken pair by pair, so that a machine that is busy for a while
slows both sides; the figure is the median, and its interval (95 %) comes from a bootstrap with a fixed seed. Times
without a baseline depend on the machine named below them; compare them only with figures of the same machine.
"""
_SECTION = "<!-- section: {} -->"


def write(file: Path, reports: Sequence[Report], *, quick: bool) -> None:
    """Put the reports into the page; sections of other benchmarks stay as they are."""
    sections = _read(file)
    for report in reports:
        sections[report.name] = f"{as_markdown(report)}\n\n{_measured_on(quick)}\n"
    body = "\n".join(f"{_SECTION.format(name)}\n{text}" for name, text in sections.items())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{_HEAD}\n{body}", encoding="utf-8")


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    parts = re.split(r"<!-- section: ([\w-]+) -->\n", file.read_text(encoding="utf-8"))
    return {name: text.rstrip("\n") + "\n" for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def _measured_on(quick: bool) -> str:
    day = datetime.now(UTC).date().isoformat()
    rough = " with `--quick`, so the figures are rough" if quick else ""
    return f"Measured {day}{rough} on {describe()}; load when it ended: {load()}."
