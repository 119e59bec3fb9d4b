"""`soak`: `rpa serve` at full load for as long as one likes: nothing lost, nothing double, memory and file handles flat."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import psutil
import yaml

from fixtures.backoffice import Backoffice

from .flow import NAME, Flow, recorded
from .report import Figure, Report, Table

ROOT = Path(__file__).parents[1]
QUICK_MINUTES, MINUTES = 0.5, 60.0
PARALLEL = 2
WAITING = 4         # files kept waiting, so that there is always more to do than there are places
ROWS = 3
EVERY_S = 5
DRAIN_S = 300
WARM_S = 90         # are left out, or a fifth of the time where that is longer: a service grows until all its parts are loaded
FLAT_FROM = 5       # minutes from which on flatness means something
_HEADER = ("supplier", "invoice_number", "invoice_date", "due_date", "amount", "currency", "cost_centre")


@dataclass(frozen=True)
class Sample:
    """One look at the service: seconds since its start, MB and open files of itself, MB and processes of its browsers."""

    at: float
    own_mb: float
    handles: int
    below_mb: float
    below: int
    done: int


def measure(*, quick: bool, minutes: float | None = None) -> Report:
    """Serve for ``minutes``."""
    return asyncio.run(_measure(minutes or (QUICK_MINUTES if quick else MINUTES)))


async def _measure(minutes: float) -> Report:
    async with recorded() as flow:
        soak = _Soak(flow)
        soak.prepare()
        samples = await asyncio.to_thread(soak.serve, minutes * 60)
        return soak.report(minutes, samples)


class _Soak:
    def __init__(self, flow: Flow) -> None:
        self._project, self._site = flow.settings.project, flow.site
        self._example = flow.built.examples
        self._inbox = self._project / "inbox"
        self._numbers, self._files = count(1), count(1)
        self.given: list[str] = []
        self.ended_with: int | None = None

    def prepare(self) -> None:
        """Let the workflow take every file that comes into a folder, several at a time."""
        path = self._project / "workflows" / f"{NAME}.yaml"
        data = yaml.safe_load(path.read_text())
        rule = {"folder": "inbox", "pattern": "*.csv", "stable_for": "1s", "overlap": "allow"}
        data |= {"schedule": [rule], "rows": {"file": "data/none.csv", "key": "invoice_number"}, "locale": "en_US"}
        path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
        self._inbox.mkdir()
        self._site.configure(allow_duplicates=True)

    def _feed(self) -> None:
        """Put files into the folder until so many wait."""
        missing = WAITING - self._open()
        for _ in range(missing):
            lines = [",".join(_HEADER)]
            for _ in range(ROWS):
                number = f"S-{next(self._numbers)}"
                self.given.append(number)
                lines.append(",".join(f'"{(self._example | {"invoice_number": number})[name]}"' for name in _HEADER))
            part = self._inbox / f"part-{next(self._files)}"
            part.write_text("\n".join(lines) + "\n")
            part.rename(part.with_suffix(".csv"))

    def serve(self, seconds: float) -> list[Sample]:
        """Serve and feed, then let what was given be done, and end the service as a system does."""
        log = (self._project / "serve.log").open("w")
        args = ["serve", "--parallel", str(PARALLEL), "--env-file", str(self._project / "secrets.env")]
        args += ["--project", str(self._project)]
        service = subprocess.Popen([sys.executable, "-m", "rpa_agent", *args], cwd=ROOT, stdout=log, stderr=log)
        begun, samples = time.monotonic(), list[Sample]()
        try:
            while "serving" not in (self._project / "serve.log").read_text() and service.poll() is None:
                time.sleep(0.2)
            while (now := time.monotonic() - begun) < seconds and service.poll() is None:
                if now > 3:     # what lies there at the first look is left alone
                    self._feed()
                samples.append(self._sample(service.pid, now))
                time.sleep(EVERY_S)
            until = time.monotonic() + DRAIN_S
            while self._open() and time.monotonic() < until and service.poll() is None:
                time.sleep(1)
            service.send_signal(signal.SIGTERM)
            self.ended_with = service.wait(timeout=120)
        finally:
            if service.poll() is None:
                service.kill()
                service.wait()
            log.close()
        return samples

    def _sample(self, pid: int, at: float) -> Sample:
        own = psutil.Process(pid)
        below = list(_alive(own.children(recursive=True)))
        return Sample(
            at=at, own_mb=own.memory_info().rss / 1e6, handles=own.num_fds(), below_mb=sum(below) / 1e6, below=len(below),
            done=len(self._rows("SELECT 1 FROM runs WHERE outcome = 'succeeded'")),
        )  # fmt: skip

    def _open(self) -> int:
        """Return how many files are not done: not seen yet, due, or running."""
        seen = self._rows("SELECT state FROM occurrences WHERE file IS NOT NULL")
        states = Counter(state for (state,) in seen)
        unseen = len(list(self._inbox.glob("*.csv"))) - len(seen)
        return unseen + states["due"] + states["running"]

    def _rows(self, sql: str) -> list[tuple[str, ...]]:
        path = self._project / ".rpa" / "runs.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as db:
            return db.execute(sql).fetchall()

    def report(self, minutes: float, samples: list[Sample]) -> Report:
        """Count by the site's own ledger, and compare the service when it was warm with the service at its end."""
        entered = _entered(self._site)
        double = sum(max(0, n - 1) for key, n in entered.items() if key in set(self.given))
        lost = sum(number not in entered for number in self.given)
        outcomes = Counter(o for (o,) in self._rows("SELECT coalesce(outcome, 'open') FROM runs WHERE occurrence IS NOT NULL"))
        warm_at = max(WARM_S, 0.2 * minutes * 60)
        warm = [s for s in samples if s.at >= warm_at] or samples
        flat = "<= 1.1" if minutes >= FLAT_FROM else ""
        first, last = _part(warm, 0), _part(warm, -1)
        report = Report(
            "soak", baseline="the same service when it was warm, and the site's own ledger",
            how=f"`rpa serve --parallel {PARALLEL}` for {minutes:g} minutes on the practice site, which takes duplicates. Files of"
            f" {ROWS} invoices come into a folder so that {WAITING} always wait; each is a batch of its own. In the end what was"
            f" given is done and the service is asked to end. Start and end are medians of the first and the last fifth of the"
            f" time after the first {warm_at:.0f} s. Browsers are those of the service, all processes.",
        )
        report.figures += [
            Figure("minutes", minutes, "of full load"),
            Figure("invoices", len(self.given), "given to the service"),
            Figure("lost", lost, "given and not on the site", "<= 0"),
            Figure("double", double, "on the site more than once", "<= 0"),
            Figure("runs_a_minute", round(len(self.given) / minutes, 1), "on this machine, whatever else it does"),
            Figure("rss_mb_start", round(first.own_mb, 1), "memory of the service when it was warm"),
            Figure("rss_mb_end", round(last.own_mb, 1), "memory of the service at the end"),
            Figure("rss_ratio", round(last.own_mb / first.own_mb, 3), "end by start", flat),
            Figure("handles_start", first.handles, "open files of the service when it was warm"),
            Figure("handles_end", last.handles, "open files of the service at the end"),
            Figure("handles_ratio", round(last.handles / first.handles, 3), "end by start", flat),
            Figure("browsers_mb_start", round(first.below_mb), "memory of its browsers when it was warm"),
            Figure("browsers_mb_end", round(last.below_mb), "memory of its browsers at the end"),
            Figure("ended_with", self.ended_with, "exit code when it was asked to end", "<= 0"),
        ]
        every = max(1, len(samples) // 20)
        report.tables += [
            Table("Over time", ("s", "runs done", "MB", "open files", "browsers MB", "processes"), [
                (round(s.at), s.done, round(s.own_mb, 1), s.handles, round(s.below_mb), s.below) for s in samples[::every]
            ]),
            Table("Runs by outcome", ("outcome", "runs"), sorted(outcomes.items())),
        ]
        if self.ended_with is None:
            report.not_run.append("the service did not end by itself")
        return report


def _entered(site: Backoffice) -> dict[str, int]:
    return {e["key"]: e["count"] for e in site.truth()["effects"] if e["kind"] == "invoice.create"}


def _alive(processes: list[psutil.Process]) -> Iterator[int]:
    for process in processes:
        try:
            yield process.memory_info().rss
        except psutil.NoSuchProcess:
            continue


def _part(samples: list[Sample], which: int) -> Sample:
    """Return the medians of the first or the last fifth."""
    size = max(1, len(samples) // 5)
    some = samples[:size] if which == 0 else samples[-size:]
    return Sample(
        at=some[0].at, own_mb=median(s.own_mb for s in some), handles=round(median(s.handles for s in some)),
        below_mb=median(s.below_mb for s in some), below=round(median(s.below for s in some)), done=some[-1].done,
    )  # fmt: skip
