"""`record`: what the recorder captures is replayed without repair, on own pages and on pages no one here wrote."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpa_agent.ops.settings import Settings

from .miniwob.server import Episodes, PagesMissing
from .miniwob.tasks import LEFT_OUT, chosen, unknown
from .miniwob.trial import WRONG, Observed, Trial, first_line, run_built, try_task, unwell
from .pairs import estimate
from .record_overhead import event_cost
from .record_size import STEPS, size_of_thirty_steps
from .report import Figure, Report, Table

if TYPE_CHECKING:
    from fixtures.widgets import Widgets

OWN_QUICK = 3
OWN = "fixtures.demonstrations.widgets"
TOO_LONG_S = 90.0  # one task with all its replays


@dataclass(frozen=True)
class Own:
    """One demonstration on a page of the gallery; empty is well, else the text says what was wrong."""

    name: str
    shown: str = ""
    same: str = ""
    other: str = ""
    steps: int = 0


def measure(*, quick: bool) -> Report:
    """Show, build and replay everything there is, in one browser."""
    return asyncio.run(_measure(quick=quick))


async def _measure(*, quick: bool) -> Report:
    report = Report(
        "record",
        baseline="the server's own truth (own pages) and the page's own reward (MiniWoB++)",
        how="Each demonstration is ordinary mouse and keyboard input, recorded and built as `rpa record` does it, then replayed "
        "by `rpa run` with repair off. Own pages are judged by what their server got. The others are the tasks of the package "
        "miniwob, opened over http, each episode begun by the page itself with a seed: replayed in the seed they were shown "
        "in, and in another seed with the values that a demonstration there used. A replay counts only if the reward is above "
        "0. Which tasks can be bound is written beside each task, not found from what works.",
    )
    with tempfile.TemporaryDirectory(prefix="rpa-bench-") as folder:
        async with Observed.open(Settings.load(Path(folder))) as agent:
            own = await _own_pages(agent, report.not_run, quick=quick)
            trials = await _foreign_pages(agent, report, quick=quick)
            size = await _thirty(agent, report.not_run)
            cost = await _event_cost(agent, report.not_run)
    report.figures += [
        *figures_of(own, trials, quick=quick),
        cost,
        Figure("size_kb_30_steps", size, f"the procedure document of a workflow of {STEPS} steps, kB", "<= 500"),
    ]
    report.tables += tables_of(own, trials)
    report.not_run += [
        f"{t.task.name}: the demonstration did not solve it: {t.not_solved}" for t in trials if not t.is_task
    ]
    report.more["miniwob"] = {
        t.task.name: {"differs": t.task.differs, "same": _same(t), "other": _other(t), "steps": t.steps} for t in trials
    }
    return report


# ---- pages no one here wrote ----------------------------------------------------------------------------------------


async def _foreign_pages(agent: Observed, report: Report, *, quick: bool) -> list[Trial]:
    tasks = chosen(quick=quick)
    trials = []
    try:
        with Episodes(sorted({s for t in tasks for s in t.seeds})) as episodes:
            report.more["miniwob_not_tried"] = {**LEFT_OUT, **dict.fromkeys(unknown(episodes.names()), "not done yet")}
            for task in tasks:
                try:
                    async with asyncio.timeout(TOO_LONG_S):
                        trials.append(await try_task(agent, episodes, task))
                except TimeoutError:
                    trials.append(Trial(task, not_built=f"not done within {TOO_LONG_S:g} s"))
    except PagesMissing as e:
        report.not_run.append(f"MiniWoB++: {e.message} {e.remedy}")
    return trials


def figures_of(own: Sequence[Own], trials: Sequence[Trial], *, quick: bool = False) -> list[Figure]:
    """Return the shares; what was not solved is no task, and what cannot be bound is not asked for in another seed."""
    tasks = [t for t in trials if t.is_task]
    bindable = [t for t in tasks if t.task.bindable]
    return [
        Figure(
            "own_pages_share",
            _share(own, lambda o: not (o.shown or o.same)),
            "own pages: the server got the same",
            ">= 1",
        ),
        Figure("own_pages_other_values", _share(own, lambda o: not (o.shown or o.other)), "the same with other values"),
        Figure("miniwob_tasks", len(tasks), "tasks whose demonstration reached a reward", "" if quick else ">= 60"),
        Figure("miniwob_same_seed", _share(tasks, _same), "replayed in the seed they were shown in", ">= 1"),
        Figure(
            "miniwob_other_seed", _share(bindable, _other), "of the tasks that can be bound: in another seed", ">= 1"
        ),
        Figure("miniwob_bindable", len(bindable), "tasks that can be bound"),
        Figure("miniwob_misled", sum(t.misled for t in tasks), "replays that believed to be well and were not"),
        Figure(
            "miniwob_misled_unwarned",
            sum(t.misled for t in tasks if not t.warned),
            "of these, where recording had not said that little or nothing on the page speaks of success",
            "<= 0",
        ),
    ]


def tables_of(own: Sequence[Own], trials: Sequence[Trial]) -> list[Table]:
    """Return the tables: by what differs, own pages, and every task."""
    titles = ("task", "differs", "recorded", "same seed", "other seed", "steps", "why not")
    return [
        _by_kind([t for t in trials if t.is_task]),
        _own_table(own),
        Table("MiniWoB++ by task", titles, [_task_row(t) for t in trials]),
    ]


def _same(trial: Trial) -> bool:
    return trial.same is not None and trial.same.reached


def _other(trial: Trial) -> bool:
    return trial.other is not None and trial.other.reached


def _share(cases: Sequence[Any], well: Callable[[Any], bool]) -> float | None:
    return round(sum(well(c) for c in cases) / len(cases), 3) if cases else None


def _by_kind(tasks: Sequence[Trial]) -> Table:
    rows = []
    for differs in ("nothing", "typed", "named", "other"):
        of = [t for t in tasks if t.task.differs == differs]
        rows.append((differs, len(of), sum(map(_same, of)), sum(map(_other, of))))
    return Table("MiniWoB++ by what differs between seeds", ("differs", "tasks", "same seed", "other seed"), rows)


def _task_row(trial: Trial) -> tuple[object, ...]:
    recorded = "not solved" if trial.not_solved else "not built" if trial.not_built else "yes"
    why = [trial.not_solved, trial.not_built]
    why += [f"seed {r.seed}: {r.why}" for r in (trial.same, trial.other) if r and r.why]
    if not trial.task.bindable:
        why.append(f"not bindable: {trial.task.why_not}")
    told = "; ".join(w for w in why if w)
    done = {True: "yes", False: "no"}
    return (
        trial.task.name,
        trial.task.differs,
        recorded,
        done[_same(trial)],
        done[_other(trial)],
        trial.steps,
        told if len(told) <= 220 else told[:219] + "…",
    )


# ---- own pages ------------------------------------------------------------------------------------------------------


async def _own_pages(agent: Observed, not_run: list[str], *, quick: bool) -> list[Own]:
    """Show every demonstration of the gallery; there may be none."""
    try:
        package = importlib.import_module(OWN)
        gallery = importlib.import_module("fixtures.widgets").Widgets
    except ImportError as e:
        not_run.append(f"own pages: {first_line(e)}")
        return []
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__))
    found = []
    with gallery() as site:
        for name in names[:: max(1, len(names) // OWN_QUICK)] if quick else names:
            try:
                async with asyncio.timeout(TOO_LONG_S):
                    found.append(await _own_page(agent, site, name))
            except TimeoutError:
                found.append(Own(name, shown=f"not done within {TOO_LONG_S:g} s"))
            except ImportError as e:
                not_run.append(f"own page {name}: {first_line(e)}")
    return found


async def _own_page(agent: Observed, site: Widgets, name: str) -> Own:
    shown: Any = importlib.import_module(f"{OWN}.{name}")
    site.reset()
    try:
        built = await agent.record(
            f"own-{name.replace('_', '-')}",
            site.base_url + shown.PAGE,
            site=f"own-{name}",
            demonstrate=shown.demonstrate,
        )
    except WRONG as e:
        return Own(name, shown=f"{type(e).__name__}: {first_line(e)}")
    if site.held() != [shown.HELD]:
        return Own(name, shown=f"the demonstration itself left {site.held()}")
    wrong = []
    for values, held in (({}, shown.HELD), (shown.OTHER, shown.HELD_OTHER)):
        site.reset()
        params = {**built.examples, **{n: v for n, v in values.items() if n in built.workflow.params}}
        secrets = {**built.secrets, **getattr(shown, "SECRETS", {})} if values else built.secrets
        try:
            why = unwell(await run_built(agent, built, (params, secrets), base_url=site.base_url))
        except WRONG as e:
            why = f"{type(e).__name__}: {first_line(e)}"
        wrong.append(why or ("" if site.held() == [held] else f"the server got {site.held()}"))
    return Own(name, same=wrong[0], other=wrong[1], steps=len(built.procedure.steps))


def _own_table(own: Sequence[Own]) -> Table:
    rows = [
        (o.name, "no" if o.shown else "yes", _told(o.shown or o.same), _told(o.shown or o.other), o.steps) for o in own
    ]
    return Table("Own pages", ("demonstration", "recorded", "same values", "other values", "steps"), rows)


def _told(why: str) -> str:
    return why[:160] if why else "yes"


# ---- size and cost --------------------------------------------------------------------------------------------------


async def _thirty(agent: Observed, not_run: list[str]) -> float | None:
    try:
        return await size_of_thirty_steps(agent)
    except WRONG as e:
        not_run.append(f"size of {STEPS} steps: {first_line(e)}")
        return None


async def _event_cost(agent: Observed, not_run: list[str]) -> Figure:
    """Measure what recording one event costs the page."""
    goal = "what recording adds to one event on a page of 300 interactables, median, ms"
    costs = estimate(await event_cost(await agent.browser()))
    if costs is None:
        not_run.append("event_ms_p50: no event was recorded")
        return Figure("event_ms_p50", None, goal, "<= 2")
    low, high = costs.interval
    return Figure("event_ms_p50", round(costs.value, 3), goal, "<= 2", (round(low, 3), round(high, 3)))
