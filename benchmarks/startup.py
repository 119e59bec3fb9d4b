"""`startup`: the CPU time that `rpa run` uses before it launches a browser."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .flow import NAME, Flow, recorded
from .pairs import estimate
from .report import Figure, Report, Table

STARTS, QUICK = 9, 3
UNCOMPILED = 3
TOO_LONG_S = 60
# In place of a browser: write the state of every process above, then end, as a browser that does not start.
_STAND_IN = """#!/bin/sh
p=$$
while [ "$p" -gt 1 ] && read -r line < "/proc/$p/stat"; do
  echo "$line" >> '{out}'
  rest=${{line##*) }}
  rest=${{rest#* }}
  p=${{rest%% *}}
done
exit 1
"""


@dataclass(frozen=True)
class Start:
    """CPU seconds at the launch: of `rpa` itself with what it has reaped, of Playwright's driver, and of bare Python."""

    ours: float
    driver: float
    bare: float


def measure(*, quick: bool) -> Report:
    """Start the real command line again and again with a stand-in for the browser."""
    return asyncio.run(_measure(QUICK if quick else STARTS))


async def _measure(wanted: int) -> Report:
    report = Report(
        "startup",
        baseline="a Python script that only starts Playwright's driver and launches the same browser",
        how="`rpa run` of a known workflow with a stand-in for the browser that writes down how much CPU time the processes "
        "above it have used and ends. User and system time, children that were reaped included; the driver (a Node.js "
        "process that any Playwright script starts) is counted apart. Modules are compiled once, before, as by an installation.",
    )
    if not Path("/proc/self/stat").exists():
        report.not_run.append("this system has no /proc, from which CPU times are read")
        wanted = 0
    starts = []
    if wanted:
        async with recorded() as flow:
            for ours in (True, False):
                _once(flow, ours=ours)  # the first start compiles modules and is not measured
            for i in range(wanted):
                try:
                    starts.append(_start(flow))
                except (RuntimeError, OSError, subprocess.SubprocessError) as e:
                    report.not_run.append(f"start {i + 1}: {e}")
            try:
                report.figures += _uncompiled(flow)
            except (RuntimeError, OSError, subprocess.SubprocessError) as e:
                report.not_run.append(f"starts that compile: {e}")
    found = estimate([s.ours for s in starts])
    report.figures.insert(
        0,
        Figure(
            "cpu_s_before_browser",
            round(found.value, 3) if found else None,
            "CPU seconds of `rpa run` up to the browser launch, median",
            goal="<= 0.5",
            interval=found.interval if found else None,
        ),
    )
    if starts:
        report.figures.append(
            Figure("cpu_s_driver", round(median(s.driver for s in starts), 3), "the driver's own, up to there")
        )
        report.figures.append(
            Figure("cpu_s_bare_script", round(median(s.bare for s in starts), 3), "the baseline's, its driver apart")
        )
        rows = [(i + 1, s.ours, s.driver, s.bare) for i, s in enumerate(starts)]
        report.tables.append(
            Table("CPU seconds at the launch", ("start", "rpa run", "its driver", "bare script"), rows)
        )
    return report


def _start(flow: Flow) -> Start:
    ours, driver = _once(flow, ours=True)
    bare, _ = _once(flow, ours=False)
    return Start(ours, driver, bare)


def _uncompiled(flow: Flow) -> list[Figure]:
    """Return the same figure where Python may keep no compiled modules of a checkout; those of packages are there."""
    found = [_once(flow, ours=True, compiled=False)[0] for _ in range(UNCOMPILED)]
    return [Figure("cpu_s_uncompiled", round(median(found), 3), "the same from a checkout that each start compiles anew")]


def _once(flow: Flow, *, ours: bool, compiled: bool = True) -> tuple[float, float]:
    """Return the CPU seconds of the started process and of the driver between it and its browser."""
    folder = flow.settings.project
    out, stand_in = folder / "above.txt", folder / "stand-in-browser"
    out.unlink(missing_ok=True)
    stand_in.write_text(_STAND_IN.format(out=out), encoding="utf-8")
    stand_in.chmod(0o700)
    command = [sys.executable, "-c", _BARE.format(path=str(stand_in))]
    if ours:
        command = [sys.executable, "-m", "rpa_agent", "--project", str(folder), "run", NAME, "--examples"]
        command += [
            "--param",
            f"invoice_number=RE-{next(flow.numbers)}",
            "--env-file",
            str(folder / "secrets.env"),
            "--json",
        ]
    environment = {n: v for n, v in os.environ.items() if n not in {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}}
    kept = {"PYTHONPYCACHEPREFIX": str(folder / "compiled")} if compiled else {"PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"RPA_BROWSER": str(stand_in), **kept}
    done = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
        text=True,
    )
    try:
        said, errors = done.communicate(timeout=TOO_LONG_S)
    finally:
        done.kill()
    if not out.exists():
        raise RuntimeError(f"no browser was launched (exit {done.returncode}): {(said + errors).strip()[-300:]}")
    above = _read(out.read_text(encoding="utf-8"))
    at = next((i for i, (pid, _) in enumerate(above) if pid == done.pid), None)
    if at is None:
        raise RuntimeError("the stand-in is no descendant of the process that was started")
    return above[at][1], sum(used for _, used in above[:at])


def _read(lines: str) -> list[tuple[int, float]]:
    """Return (process id, CPU seconds) of every process above the stand-in, nearest first."""
    tick = os.sysconf("SC_CLK_TCK")
    found = []
    for line in lines.splitlines()[1:]:  # the first is the stand-in itself
        pid, fields = int(line.split(" ", 1)[0]), line.rsplit(") ", 1)[1].split()
        found.append((pid, sum(int(n) for n in fields[11:15]) / tick))
    return found


_BARE = """
import asyncio
from playwright.async_api import Error, async_playwright
async def main():
    async with async_playwright() as p:
        try:
            await p.chromium.launch(executable_path={path!r})
        except Error:
            pass
asyncio.run(main())
"""
