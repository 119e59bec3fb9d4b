"""`memory`: one stream of runs with drift, interruptions, real defects and wrong lessons, for each way of learning."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence

import numpy as np

from ..report import Figure, Report, Table
from . import arms as at_work
from .arms import ARMS, Arm, Pupil, Told
from .outcome import Ground, Known
from .showing import show_all
from .work import RELEASES, Shown, stream

LENGTH, SEEDS, PHASE = 300, 5, (14, 24)
QUICK_LENGTH, QUICK_PHASE, QUICK_ARMS = 24, (4, 6), ("none", "validation", "guarded")
PLACES = 3


def measure(*, quick: bool) -> Report:
    """Let every arm do the same streams."""
    report = Report(
        "memory",
        baseline="no memory, and the update strategies of Memp by name (vanilla, validation, adjustment with its delete rule)",
        how="Three workflows of the practice site are shown once on its first release. Then one stream of runs: releases and "
        "redesigns one after the other, the former one still served now and then, banners (8 %), real defects (6 %: saves "
        "nothing and says saved, or the button is gone), and wrong lessons (2 %: after a run that met its checks, another "
        "element of the page is taught for one of its steps). The calendar of releases is the same for all seeds; the work, the "
        "luck and the wrong lessons differ. All arms get the same streams, the same runtime with its gate and the same ladder "
        "without a model, and differ in what they make of a verdict. Guarded alone keeps the way that was shown open: where "
        "what was learned may have ended a run and nothing was sent, it is done anew without that. The model behind adjustment "
        "is a scripted server; the number in its name is the share of wrong answers in per cent. A run's outcome depends on "
        "what is known and on the state of the site; each distinct pair is run once in a real browser on a fresh site and its "
        "outcome is used again wherever the same pair comes; as no state of the site is slow, a run that failed for time and did "
        "nothing on the site is done once more, whichever arm asked. Success is the checks met and exactly the shown effect on the "
        "server; it cannot reach 1, as defects are part of the stream. A re-failure is a run that fails at a state of the site "
        "where this arm had succeeded before. Intervals: bootstrap over seeds.",
    )
    asyncio.run(_measured(report, quick=quick))
    return report


async def _measured(report: Report, *, quick: bool) -> None:
    length = QUICK_LENGTH if quick else LENGTH
    seeds = 1 if quick else SEEDS
    minutes = float(os.environ.get("BENCH_MINUTES", 0))
    arms = [a for a in ARMS if not quick or a.name in QUICK_ARMS]
    started = time.monotonic()
    async with Ground.open(int(os.environ.get("BENCH_PLACES", PLACES))) as ground:
        shown = await show_all(ground)
        if not quick:
            await _learn_truth(ground, shown)
        told: list[Told] = []
        for seed in range(1, seeds + 1):
            if minutes and time.monotonic() - started > minutes * 60:
                report.not_run.append(f"seed {seed}: the {minutes:g} minutes given were over")
                continue
            turns = stream(seed, length, shown, phase=QUICK_PHASE if quick else PHASE)
            told += (of_seed := await asyncio.gather(*(Pupil(arm, seed, shown, ground).go(turns) for arm in arms)))
            print(
                f"  seed {seed}: {ground.runs} real runs for {ground.asked} asked, {time.monotonic() - started:.0f} s;"
                " successes, wrong effects, re-failures: "
                + "; ".join(f"{t.arm} {t.successes} {t.wrong_effects} {t.refailures}" for t in of_seed),
                file=sys.stderr, flush=True,
            )  # fmt: skip
        report.more.update(real_runs=ground.runs, again=ground.again, asked=ground.asked)
        report.more["seconds_per_real_run"] = ground.seconds / max(ground.runs, 1)
    _figures(report, told, arms)


async def _learn_truth(ground: Ground, shown: Mapping[str, Shown]) -> None:
    """Find out what is true at each release, for the model that answers rightly: by runs that had the shown effect."""
    from rpa_agent.domain.change import Recall
    from rpa_agent.domain.procedure import Version

    async def look(one: Shown, release: int) -> None:
        state = RELEASES[release]
        version = Version(procedure=one.document.procedure, number=1, status="active", document=one.document)
        seen = await ground.outcome(one, Known(Recall(version=version)), state)
        if seen.verdict.met and one.reached(seen.effects):
            for step in seen.trajectory.repaired():
                if step.repair is not None and step.repair.variant is not None:
                    key = (one.name, state.generation, step.id)
                    at_work.TRUE_NAMES.setdefault(key, step.repair.variant.fingerprint)

    await asyncio.gather(*(look(one, n) for one in shown.values() for n in range(len(RELEASES))))


def _figures(report: Report, told: Sequence[Told], arms: Sequence[Arm]) -> None:
    best = max((_mean([t.successes / t.runs for t in told if t.arm == a.name]) for a in arms if a.name != "guarded"), default=0)
    rows = []
    for arm in arms:
        mine = [t for t in told if t.arm == arm.name]
        goals = {"success": f">= {best:.4f}", "wrong_effects": "<= 0", "refailures": "<= 0", "false_repairs_kept": "<= 0"}
        columns = {
            "success": [t.successes / t.runs for t in mine],
            "wrong_effects": [float(t.wrong_effects) for t in mine],
            "refailures": [float(t.refailures) for t in mine],
            "false_repairs_kept": [float(t.kept) for t in mine],
            "steps": [t.steps / t.runs for t in mine],
            "model_calls": [float(t.model_calls) for t in mine],
            "size": [t.size / 1000 for t in mine],
        }
        for name, values in columns.items():
            means = {"success": "share of runs", "steps": "steps done per run", "size": "kB of documents, looks and edits"}
            report.figures.append(Figure(
                f"{arm.name}_{name}", round(_mean(values), 4), means.get(name, "per stream"),
                goal=goals.get(name, "") if arm.name == "guarded" else "", interval=_interval(values),
            ))  # fmt: skip
        report.more[arm.name] = {name: _mean(values) for name, values in columns.items()}
        rows.append((
            arm.name, *(round(_mean(v), 4) for v in columns.values()), _mean([float(t.repairs) for t in mine]),
            _mean([float(t.on_trial) for t in mine]), _mean([float(t.versions) for t in mine]),
            _mean([t.successes / t.possible for t in mine]), _mean([float(t.anew) for t in mine]),
        ))  # fmt: skip
    titles = (
        "arm", "success", "wrong effects", "re-failures", "false repairs kept", "steps a run", "model calls", "kB", "repairs",
        "false repairs on trial", "versions", "success where the site allowed it",
        "runs done anew as shown",
    )  # fmt: skip
    about = f"Per stream of {told[0].runs} runs, mean of {len({t.seed for t in told})} seeds"
    report.tables.append(Table(about, titles, rows))
    failures = [(t.arm, t.seed, f) for t in told for f in dict.fromkeys(t.failed)]
    ours = [f for f in failures if f[0] == "guarded"][:40]
    report.tables.append(Table("What failed though the site allowed it, guarded", ("arm", "seed", "what"), ours))
    report.more["failed"] = [f for f in failures if f[0] != "none"][:400]
    report.tables.append(Table(
        "How it was measured", ("real runs in the browser", "of these, after a fault of time", "runs asked for", "seconds each"),
        [(*(report.more[n] for n in ("real_runs", "again", "asked")), round(report.more["seconds_per_real_run"], 2))],
    ))  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % bootstrap interval of the mean over seeds; None for one seed."""
    if len(values) < 2:
        return None
    rng = np.random.default_rng(7)
    means = rng.choice(np.array(values), (5000, len(values))).mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
