"""`replay`: a healthy run of the invoice flow against the plain Playwright script of the same flow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from playwright.async_api import Error

from rpa_agent.agent import Agent
from rpa_agent.domain.errors import RpaAgentError
from rpa_agent.ops.journal import CommitJournal
from rpa_agent.ops.runs import Runs

from .bare import Script, script_of
from .flow import Flow, recorded
from .machine import CpuTree
from .pairs import Estimate, estimate, ratios
from .report import Figure, Report, Table

if TYPE_CHECKING:
    from playwright.async_api import Browser

PAIRS, QUICK_PAIRS = 30, 3
ROUNDS, QUICK_ROUNDS = 10, 1
LANES = 4
LAGS = (100, 0)
WARM_UP = 1
PARTS = ("guard", "settle", "act", "signals")


class Failed(RuntimeError):
    """A run or script did not end as it should; it is counted, never measured."""


@dataclass
class Timed:
    """Stands before a store's object and adds up the time that its calls take; ``first`` is when one was called first."""

    inner: Any
    ms: float = 0.0
    called: dict[str, float] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        async def timed(*args: Any, **named: Any) -> Any:
            started = time.perf_counter()
            self.called.setdefault(name, started)
            try:
                return await method(*args, **named)
            finally:
                self.ms += (time.perf_counter() - started) * 1000

        return timed

    def clear(self) -> None:
        self.ms = 0.0
        self.called.clear()


@dataclass(frozen=True)
class Run:
    """One side of a pair: wall time up to the success check, CPU until all is closed and written, ms by part."""

    wall_ms: float
    cpu_s: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    ours: Run
    bare: Run


class Bench:
    """Both sides in one browser."""

    def __init__(self, flow: Flow, agent: Agent, browser: Browser, cpu: CpuTree) -> None:
        self.flow, self.agent, self.browser, self.cpu = flow, agent, browser, cpu
        self.journal, self.runs = Timed(agent.office.journal), Timed(agent.office.runs)
        agent.office.journal = cast(CommitJournal, self.journal)
        agent.office.runs = cast(Runs, self.runs)
        self.entered: dict[str, bool] = {}  # invoice number -> whether the run or script succeeded

    @classmethod
    @asynccontextmanager
    async def open(cls, flow: Flow) -> AsyncIterator[Bench]:
        cpu = CpuTree()
        async with Agent.open(flow.settings) as agent:
            yield cls(flow, agent, await agent.browser(), cpu)

    async def run_ours(self) -> Mapping[str, float]:
        """Do one run as `rpa run` does it; raises Failed unless it succeeded without repairs."""
        values = self._invoice()
        result = await self.agent.run(self.flow.order(values))
        if result.trajectory.outcome != "succeeded" or result.trajectory.repaired():
            raise Failed(f"a run ended as {result.trajectory.outcome}: {result.trajectory.stopped or 'with repairs'}")
        self.entered[values["invoice_number"]] = True
        return result.trajectory.timings

    async def run_bare(self, number: str, script: Script) -> float:
        """Do the plain script; return the moment its success text was seen."""
        context = await self.browser.new_context(viewport={"width": 1280, "height": 900})
        try:
            await script.run(context)
            self.entered[number] = True
            return time.perf_counter()
        finally:
            await context.close()

    def script(self) -> tuple[str, Script]:
        """Return the number of one more invoice and the plain script that enters it."""
        built, values = self.flow.built, self._invoice()
        secrets = {n: self.flow.secrets.reveal(n) for n in built.secrets}
        base = self.flow.site.base_url
        return values["invoice_number"], script_of(
            built.procedure, built.workflow, base_url=base, values=values, secrets=secrets
        )

    def _invoice(self) -> dict[str, str]:
        values = self.flow.values()
        self.entered[values["invoice_number"]] = False
        return values

    async def pair(self, *, ours_first: bool) -> Pair:
        """Measure both sides once, one after the other."""
        sides = {}
        for side in ("ours", "bare") if ours_first else ("bare", "ours"):
            sides[side] = await (self._timed_ours() if side == "ours" else self._timed_bare())
        return Pair(sides["ours"], sides["bare"])

    async def _timed_ours(self) -> Run:
        self.journal.clear()
        self.runs.clear()
        cpu, started = self.cpu.seconds(), time.perf_counter()
        parts = await self.run_ours()
        # The trajectory is written when the checks are done: up to there it is the time to success.
        wall = (self.runs.called["end_run"] - started) * 1000
        after = (time.perf_counter() - self.runs.called["end_run"]) * 1000
        return Run(wall, self.cpu.seconds() - cpu, {**parts, "journal": self.journal.ms, "after the check": after})

    async def _timed_bare(self) -> Run:
        number, script = self.script()
        cpu, started = self.cpu.seconds(), time.perf_counter()
        seen = await self.run_bare(number, script)
        return Run((seen - started) * 1000, self.cpu.seconds() - cpu)

    async def round(self, *, ours: bool) -> float:
        """Return the seconds that all lanes at once take."""
        scripts = [self.script() for _ in range(0 if ours else LANES)]
        started = time.perf_counter()
        lanes = [self.run_ours() for _ in range(LANES)] if ours else [self.run_bare(*s) for s in scripts]
        for outcome in await asyncio.gather(*lanes, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        return time.perf_counter() - started


def measure(*, quick: bool) -> Report:
    """Measure wall time at two lags, CPU, and throughput of four at once."""
    return asyncio.run(_measure(QUICK_PAIRS if quick else PAIRS, QUICK_ROUNDS if quick else ROUNDS))


async def _measure(pairs: int, rounds: int) -> Report:
    report = Report(
        "replay",
        baseline="our own Playwright export of the same procedure (roles and names, Playwright's `expect`), without its waits "
        "for signals, and without guard, journal or memory",
        how="The invoice flow, from a new browser context to the success check, one run of ours and one of the plain script in "
        "turn, in one browser. Ours is the whole loop: retrieval, identity guard at every step, signals compared, journal synced "
        "to disk, checks. The server answers after the lag named.",
    )
    found: dict[int, list[Pair]] = {}
    parallel: list[tuple[float, float]] = []
    async with recorded() as flow, Bench.open(flow) as bench:
        for lag in LAGS:
            flow.site.configure(lag_ms=lag)
            found[lag] = await _pairs(bench, pairs, lag, report.not_run)
        flow.site.configure(lag_ms=0)
        for i in range(rounds):
            try:
                parallel.append((await bench.round(ours=True), await bench.round(ours=False)))
            except (Error, RpaAgentError, Failed, AssertionError) as e:
                report.not_run.append(f"round {i + 1} of {LANES} at once: {_first_line(e)}")
        report.more["wrong_effects"] = _wrong(bench)
        steps = len(flow.built.procedure.steps)
    _tell(report, found, parallel, steps)
    return report


async def _pairs(bench: Bench, wanted: int, lag: int, not_run: list[str]) -> list[Pair]:
    out: list[Pair] = []
    for i in range(-WARM_UP, wanted):
        try:
            pair = await bench.pair(ours_first=i % 2 == 0)
        except (Error, RpaAgentError, Failed, AssertionError) as e:
            not_run.append(f"pair {i + 1} at {lag} ms: {_first_line(e)}")
            continue
        if i >= 0:
            out.append(pair)
    return out


def _wrong(bench: Bench) -> int:
    """Count invoices that the server got twice, or not at all although the run or script succeeded."""
    counts = {e["key"]: e["count"] for e in bench.flow.site.truth()["effects"] if e["kind"] == "invoice.create"}
    return sum(counts.get(number, 0) not in ((1,) if well else (0, 1)) for number, well in bench.entered.items())


def _tell(report: Report, found: Mapping[int, list[Pair]], parallel: list[tuple[float, float]], steps: int) -> None:
    walls = {lag: estimate(ratios([(p.ours.wall_ms, p.bare.wall_ms) for p in pairs])) for lag, pairs in found.items()}
    cpu = estimate(ratios([(p.ours.cpu_s, p.bare.cpu_s) for pairs in found.values() for p in pairs]))
    added = estimate([(p.ours.wall_ms - p.bare.wall_ms) / steps for pairs in found.values() for p in pairs])
    report.figures += [
        _figure("wall_ratio_lag100", walls[100], "wall time, ours / plain, server answers after 100 ms", "<= 1.05"),
        _figure("wall_ratio_lag0", walls[0], "the same, server answers at once", "<= 1.25"),
        _figure("added_ms_per_step", added, "wall time that ours adds to each step, both lags", "<= 5"),
        _figure("cpu_ratio", cpu, "CPU of Python, driver and browser, ours / plain, both lags", "<= 1.25"),
        _figure(
            "throughput_ratio_4",
            estimate([bare / ours for ours, bare in parallel]),
            "finished per second, four at once, ours / plain",
            ">= 0.85",
        ),
    ]
    report.tables += [_sides(found, parallel), _parts(found, steps)]
    report.more["pairs"] = {str(lag): len(pairs) for lag, pairs in found.items()}
    report.more["ms_by_part"] = {
        part: round(median(v), 2) for part in (*PARTS, "journal", "after the check") if (v := _of_part(found, part))
    }


def _figure(name: str, found: Estimate | None, means: str, goal: str) -> Figure:
    if found is None:
        return Figure(name, None, means, goal)
    return Figure(name, round(found.value, 3), means, goal, (round(found.low, 3), round(found.high, 3)))


def _sides(found: Mapping[int, list[Pair]], parallel: list[tuple[float, float]]) -> Table:
    rows: list[tuple[object, ...]] = []
    for lag, pairs in found.items():
        if pairs:
            wall = [median(getattr(p, side).wall_ms for p in pairs) for side in ("ours", "bare")]
            cpu = [median(getattr(p, side).cpu_s for p in pairs) * 1000 for side in ("ours", "bare")]
            rows += [(f"wall ms, lag {lag}", *wall, len(pairs)), (f"CPU ms, lag {lag}", *cpu, len(pairs))]
    if parallel:
        per_second = [LANES / median(seconds) for seconds in zip(*parallel, strict=True)]
        rows.append((f"runs per second, {LANES} at once", *per_second, len(parallel)))
    return Table("Medians of both sides", ("what", "ours", "plain", "pairs"), rows)


def _of_part(found: Mapping[int, list[Pair]], part: str) -> list[float]:
    return [p.ours.parts.get(part, 0.0) for pairs in found.values() for p in pairs]


def _parts(found: Mapping[int, list[Pair]], steps: int) -> Table:
    rows = []
    for part in (*PARTS, "journal", "after the check"):
        if values := _of_part(found, part):
            rows.append((part, median(values), median(values) / steps))
    return Table("Where our time goes (medians, both lags)", ("part", "ms a run", "ms a step"), rows)


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
