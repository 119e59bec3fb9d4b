"""`crash`: processes killed, stopped, doubled, out of disk and locked out, on a site that is slow, loses answers or posts twice."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from .crashing import batches, serving, trials, unwritable, zombies
from .crashing.lane import Lane, lanes
from .crashing.racing import BrokenOff, Race, race
from .crashing.trials import Outcome, by_arm
from .flips import Flips, flips_in_state
from .flow import recorded
from .report import Figure, Report, Table

T = TypeVar("T")
LANES = 5
KILLED = ("probe", "no probe", batches.ARM)  # the arms whose kills are those of a worker
HOW = (
    "Every trial is one invoice on the practice site: `rpa run` is killed with SIGKILL at a named point (every journal and "
    "side-effect point in turn) or at a random time, often several times in a row, and started again until it is done or waits "
    "for a person. Sites: plain; 120 ms slow; losing every answer to what is sent after the login; posting twice per click. The "
    "site accepts duplicates, and its own ledger counts, at the end once more for whatever came late. The probe's settle time is "
    "1 s. Recovery is the time of the runs after the last kill. `batch`: a file of six rows, `rpa run` killed and given again. "
    "`scheduler`: twelve due times, `rpa serve` killed while it writes them down, claims them, works. `zombie`: a run stands "
    "still (SIGSTOP) at a point while another does the same work, and wakes up (SIGCONT) before, while or after that takes over; "
    "the lease is 1 s. `disk full`: no file of the process can grow any more from a point on, at once or some pages later. "
    "`locked`: another process holds the database from a point on."
)


@dataclass(frozen=True)
class Amounts:
    """How many of each: kills by arm, then cases."""

    probe: int
    no_probe: int
    batch: int
    naive: int
    serving: int
    zombies: int
    pages: int
    briefly: int
    long: int
    due: int
    commits: int
    flips: int


FULL = Amounts(420, 160, 440, 40, 210, 55, 2, 14, 2, 10_000, 1_000, 1_000)
QUICK = Amounts(8, 3, 0, 3, 3, 2, 0, 1, 0, 300, 50, 60)


class Arms:
    """What was found, arm by arm; an arm that breaks off is named, and the others still run."""

    def __init__(self, opened: Sequence[Lane], report: Report) -> None:
        self._lanes, self._report = opened, report
        self.outcomes: list[Outcome] = []

    def go(
        self, arm: str, cases: Iterator[T], do: Callable[[Lane, T], list[Outcome]], *, kills: int = 0, probe: bool = True
    ) -> None:
        """Do the cases on all lanes side by side, all of them or until so many kills fell."""
        lock, found, began = threading.Lock(), list[Outcome](), time.monotonic()

        def share(lane: Lane) -> None:
            lane.use(probe=probe)
            while True:
                with lock:
                    case = next(cases, None) if not kills or sum(o.kills for o in found) < kills else None
                if case is None:
                    return
                outcomes = do(lane, case)
                lane.forget_artifacts()
                with lock:
                    found.extend(outcomes)

        with ThreadPoolExecutor(len(self._lanes)) as pool:
            for one in [pool.submit(share, lane) for lane in self._lanes]:
                if (error := one.exception()) is not None:
                    self._report.not_run.append(f"{arm}: a lane broke off: {type(error).__name__}: {error}"[:300])
        self.outcomes += found
        bad = sum(o.double or o.lost for o in found)
        said = f"{arm}: {len(found)} invoices, {sum(o.kills for o in found)} kills or faults, {bad} bad"
        print(f"  {said}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    def counted_again(self) -> list[Outcome]:
        """Return all outcomes with what the site has in the end, so that what came late counts too."""
        now = Counter[str]()
        for lane in self._lanes:
            now.update(lane.entered())
        return [replace(o, effects=max(o.effects, now[o.number])) for o in self.outcomes]


def measure(*, quick: bool) -> Report:
    """Kill, start again, and count what the site has."""
    baseline = "the naive agent: the same run started again with no journal, as a script or a job queue that retries does"
    report = Report("crash", baseline=baseline, how=HOW)
    amounts = QUICK if quick else FULL
    with tempfile.TemporaryDirectory(prefix="rpa-crash-") as scratch:
        folder = Path(scratch)
        asyncio.run(_record(folder / "recorded"))
        with lanes(folder / "recorded", folder, 2 if quick else LANES) as opened:
            for lane in opened:
                lane.use(probe=True)
                lane.run(lane.number())
                lane.healthy_s = lane.run(lane.number()).seconds
            arms = Arms(opened, report)
            _all_arms(arms, amounts)
            flips = flips_in_state(opened[0].state, wanted=amounts.flips)
            arms.go("naive", trials.planned("naive"), trials.done, kills=amounts.naive, probe=False)  # which keeps no journal
            outcomes = arms.counted_again()
    try:
        raced = race(due=amounts.due, commits=amounts.commits)
    except BrokenOff as e:  # the hour before it is not to be lost with it
        report.not_run.append(f"race: {e}")
        raced = None
    _tell(report, outcomes, flips, raced)
    return report


def _all_arms(arms: Arms, amounts: Amounts) -> None:
    arms.go("probe", trials.planned("probe"), trials.done, kills=amounts.probe)
    arms.go("no probe", trials.planned("no probe"), trials.done, kills=amounts.no_probe, probe=False)
    arms.go(zombies.ARM, zombies.planned(amounts.zombies), zombies.done)
    troubles = unwritable.planned(pages=amounts.pages, briefly=amounts.briefly, long=amounts.long)
    arms.go("unwritable", troubles, unwritable.done)
    if amounts.batch:
        arms.go(batches.ARM, batches.planned(), batches.done, kills=amounts.batch)
    arms.go(serving.ARM, serving.planned(min(24, amounts.serving)), serving.done, kills=amounts.serving)


async def _record(target: Path) -> None:
    async with recorded() as flow:
        shutil.copytree(flow.settings.project, target)


def _tell(report: Report, outcomes: Sequence[Outcome], flips: Flips, raced: Race | None) -> None:
    ours = [o for o in outcomes if o.trial.arm != "naive"]
    of = {arm: [o for o in outcomes if o.trial.arm == arm] for arm in dict.fromkeys(o.trial.arm for o in outcomes)}
    killed = [o for arm in KILLED for o in of.get(arm, [])]
    workers = [o for o in killed if o.trial.arm != batches.ARM]
    asked = [*of.get("probe", []), *of.get(batches.ARM, [])]
    times = sorted(o.recovery_s for o in workers if o.kills and o.recovery_s is not None)
    naive, full = of.get("naive", []), of.get("disk full", [])
    locked = [o for o in ours if o.trial.arm.startswith("locked")]
    report.figures += [
        Figure("kills", sum(o.kills for o in killed), "processes killed with SIGKILL in the middle of a run or batch"),
        Figure("double", sum(o.double for o in ours), "invoices that the site has more than once, whatever was done", "<= 0"),
        Figure("lost", sum(o.lost for o in ours), "invoices that are neither there nor before a person", "<= 0"),
        Figure("parked_share", _mean([o.parked for o in killed]), "runs and rows that ended with a person"),
        Figure("parked_share_with_probe", _mean([o.parked for o in asked]), "the same where the site may be asked", "<= 0.05"),
        Figure("recovery_s_p95", _p95(times), "seconds of the runs after the last kill", "<= 60"),
        Figure("recovery_s_max", times[-1] if times else None, "the longest of them", "<= 60"),
        Figure("naive_double_share", _mean([o.double for o in naive]), "trials that the naive agent entered more than once"),
        Figure("naive_lost", sum(o.lost for o in naive), "trials that the naive agent did not bring to an end"),
        Figure("scheduler_kills", sum(o.kills for o in of.get(serving.ARM, [])), "of `rpa serve` with due times in hand"),
        Figure("zombies", sum(o.kills for o in of.get(zombies.ARM, [])), "runs that stood still while another came for their work"),
        Figure("disk_full", len(full), "runs whose disk was full from a point on"),
        Figure("locked", len(locked), "runs whose database another process held from a point on"),
        Figure("race_claims", raced.claims if raced else None, "due times and commits that two processes raced for"),
        Figure("race_double", raced.double if raced else None, "of them taken twice", "<= 0"),
        Figure("race_lost", raced.lost if raced else None, "of them taken by nobody", "<= 0"),
        Figure("flips", flips.made, "bytes flipped, one at a time, in hashed rows of what the trials left"),
        Figure("flips_missed", len(flips.missed), "of them not noticed by `rpa verify`", "<= 0"),
    ]
    report.tables += _tables(outcomes, ours, killed, flips)


def _tables(outcomes: Sequence[Outcome], ours: Sequence[Outcome], killed: Sequence[Outcome], flips: Flips) -> Iterator[Table]:
    by = ("arm", "site", "invoices", "kills or faults", "double", "lost", "parked")
    yield Table("By arm and site", by, by_arm(outcomes))
    scheduler = [o for o in ours if o.trial.arm == serving.ARM]
    points = Counter(word for o in (*killed, *scheduler) for word in o.fell)
    yield Table("Where the kills fell", ("point", "kills"), sorted(points.items()))
    others = [o for o in ours if o not in killed and o not in scheduler]
    how = Counter((o.trial.arm, word) for o in others for word in o.fell)
    titles = ("arm", "point, and how it ended", "times")
    yield Table("What else was done to a run", titles, [(*which, n) for which, n in sorted(how.items())])
    waits = Counter((o.trial.arm, o.why[-200:]) for o in ours if o.parked and o.trial.arm != "no probe")
    if waits:
        rows = [(*which, n) for which, n in sorted(waits.items())]
        yield Table("Parked though the site may be asked", ("arm", "said", "times"), rows)
    bad: list[tuple[Any, ...]] = [
        (o.trial.arm, o.trial.mode, ", ".join(o.fell), o.effects, o.done, o.parked, o.why[-160:])
        for o in ours
        if o.double or o.lost
    ]
    if bad:
        yield Table("What went wrong", ("arm", "site", "kills", "effects", "done", "parked", "said"), bad[:20])
    if flips.missed:
        yield Table("Bytes that nobody noticed", ("where",), [(where,) for where in flips.missed[:20]])


def _p95(times: Sequence[float]) -> float | None:
    return times[int(len(times) * 0.95)] if times else None


def _mean(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
