"""`crash`: kill -9 at every point of a run and at random times, on a site that is slow, loses answers or posts twice."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .crashing.lane import Lane, lanes
from .crashing.trials import ARMS, Outcome, Trial, by_arm, done, keep_runs_away, planned
from .flips import Flips, flips_in_state
from .flow import recorded
from .report import Figure, Report, Table

KILLS = {"probe": 700, "no probe": 250, "naive": 120}
QUICK = {"probe": 14, "no probe": 5, "naive": 5}
FLIPS, QUICK_FLIPS = 1000, 60
LANES = 2


def measure(*, quick: bool) -> Report:
    """Kill, start again, and count what the site has."""
    report = Report(
        "crash",
        baseline="the naive agent: the same run started again with no journal, as a script or a job queue that retries does",
        how="Every trial is one invoice: `rpa run` is killed with SIGKILL at a named point (every journal and side-effect point "
        "in turn) or at a random time, often several times in a row, and started again until it is done or waits for a person. "
        "Sites: plain; 120 ms slow; losing every answer after the login; posting twice per click. The site accepts duplicates, "
        "and its own ledger counts. The probe's settle time is 1 s. Recovery is the time of the runs after the last kill.",
    )
    outcomes: list[Outcome] = []
    flips = Flips(0)
    with tempfile.TemporaryDirectory(prefix="rpa-crash-") as scratch:
        folder = Path(scratch)
        asyncio.run(_record(folder / "recorded"))
        with lanes(folder / "recorded", folder, LANES) as opened:
            for arm in ARMS:
                trials = list(planned(arm, (QUICK if quick else KILLS)[arm]))
                for lane in opened:
                    lane.use(probe=arm != "no probe")
                if arm == "naive":  # which keeps no journal
                    flips = flips_in_state(opened[0].project / ".rpa", wanted=QUICK_FLIPS if quick else FLIPS)
                outcomes += _side_by_side(opened, trials)
    _tell(report, outcomes)
    report.figures += [
        Figure("flips", flips.made, "bytes flipped, one at a time, in hashed rows of what the trials left"),
        Figure("flips_missed", len(flips.missed), "of them not noticed by `rpa verify`", "<= 0"),
    ]
    return report


async def _record(target: Path) -> None:
    async with recorded() as flow:
        shutil.copytree(flow.settings.project, target)


def _side_by_side(opened: Sequence[Lane], trials: Sequence[Trial]) -> list[Outcome]:
    """Do the trials, each lane its share of them in order."""

    def share(lane: Lane, mine: Sequence[Trial]) -> list[Outcome]:
        found = []
        for trial in mine:
            found.append(done(lane, trial))
            keep_runs_away(lane)
        return found

    with ThreadPoolExecutor(len(opened)) as pool:
        shares = [pool.submit(share, lane, trials[n :: len(opened)]) for n, lane in enumerate(opened)]
        return [outcome for one in shares for outcome in one.result()]


def _tell(report: Report, outcomes: Sequence[Outcome]) -> None:
    ours = [o for o in outcomes if o.trial.arm != "naive"]
    naive = [o for o in outcomes if o.trial.arm == "naive"]
    probed = [o for o in ours if o.trial.arm == "probe"]
    times = sorted(o.recovery_s for o in ours if o.kills)
    p95 = times[int(len(times) * 0.95)] if times else None
    report.figures += [
        Figure("kills", sum(o.kills for o in ours), "processes killed with SIGKILL in the middle of a run"),
        Figure("double", sum(o.double for o in ours), "invoices that the site has more than once", "<= 0"),
        Figure("lost", sum(o.lost for o in ours), "invoices that are neither there nor before a person", "<= 0"),
        Figure("parked_share", _share(ours), "trials that ended with a person, with and without a probe"),
        Figure("parked_share_with_probe", _share(probed), "the same where the site may be asked", "<= 0.05"),
        Figure("recovery_s_p95", p95, "seconds of the runs after the last kill", "<= 60"),
        Figure("naive_double_share", _mean([o.double for o in naive]), "trials that the naive agent entered more than once"),
        Figure("naive_lost", sum(o.lost for o in naive), "trials that the naive agent did not bring to an end"),
    ]
    titles = ("agent", "site", "trials", "kills", "double", "lost", "parked")
    report.tables.append(Table("By agent and site", titles, by_arm(outcomes)))
    points = Counter(k.words() for o in ours for k in o.trial.kills[: o.kills])
    report.tables.append(Table("Where the kills fell", ("point", "kills"), sorted(points.items())))
    bad = [o for o in ours if o.double or o.lost]
    report.tables.append(
        Table(
            "What went wrong",
            ("agent", "site", "kills", "effects", "done", "parked", "said"),
            [
                (o.trial.arm, o.trial.mode, ", ".join(k.words() for k in o.trial.kills), o.effects, o.done, o.parked, o.why[-120:])
                for o in bad[:20]
            ],
        )
    )


def _share(outcomes: Sequence[Outcome]) -> float | None:
    return _mean([o.parked for o in outcomes])


def _mean(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
