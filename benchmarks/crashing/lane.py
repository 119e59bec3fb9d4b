"""One lane of trials: a site, a project that was shown the work, and a worker whose command lines are killed again and again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

import yaml

from fixtures.backoffice import Backoffice

from ..flow import NAME

ROOT = Path(__file__).parents[2]
COMMIT = "save-new-invoice"
SETTLE = "1s"
LONGEST_S = 300  # no command line stays longer, whatever happens to it
Mode = Literal["plain", "slow", "lost", "double"]
MODES: tuple[Mode, ...] = ("plain", "slow", "lost", "double")
_LAG = {"plain": 0, "slow": 120, "lost": 20, "double": 20}


@dataclass(frozen=True)
class Ended:
    """How one command line ended: its exit code, None where it stands still; the last lines it said."""

    code: int | None
    seconds: float
    stopped: int | None = None
    said: str = ""

    @property
    def killed(self) -> bool:
        return self.code == -9


@dataclass
class Lane:
    """Trials one after the other. ``numbers`` gives every trial an invoice of its own."""

    site: Backoffice
    project: Path
    worker: subprocess.Popen[str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    healthy_s: float = 3.0  # how long a run takes that nobody kills

    @property
    def state(self) -> Path:
        return self.project / ".rpa"

    def number(self) -> str:
        return f"K-{next(self.numbers)}"

    def use(self, *, probe: bool, more: Mapping[str, Any] | None = None) -> None:
        """Write the workflow with or without a question to ask after a crash; ``more`` are other keys of the file."""
        path = self.project / "workflows" / f"{NAME}.yaml"
        data = yaml.safe_load(path.read_text())
        rule: dict[str, Any] = {"name": COMMIT, "once": {"key": ["invoice_number"], "per": "ever"}}
        if probe:
            asked = {"get": "/api/invoices?number={{ invoice_number }}", "json": {"count": 1}}
            rule["probe"] = {"http": asked, "authoritative": True, "settle": SETTLE}
        for name in ("rows", "schedule", "locale"):
            data.pop(name, None)
        data |= {"commits": [rule], **(more or {})}
        path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))

    def run(
        self, number: str, *, mode: Mode = "plain", env: Mapping[str, str] | None = None, kill_after: float | None = None
    ) -> Ended:
        """Enter one invoice by `rpa run`, as a scheduler that starts it again would, on a site that is as ``mode`` says."""
        self.behave(mode)
        return self.rpa(["run", NAME, "--examples", "--param", f"invoice_number={number}"], env=env, kill_after=kill_after)

    def rpa(self, args: Sequence[str], *, env: Mapping[str, str] | None = None, kill_after: float | None = None) -> Ended:
        """Do a command line of this project."""
        given = [*args, "--json", "--env-file", str(self.project / "secrets.env")]
        given += ["--project", str(self.project), "--state", str(self.state)]
        return self._ask({"args": given, "env": {"RPA_CRASH_AT": "", **(env or {})}, "kill_after": kill_after or LONGEST_S})

    def resume(self, pid: int) -> Ended:
        """Let a process that stands still go on, and wait for its end; one that has ended tells how it did."""
        return self._ask({"resume": pid, "kill_after": LONGEST_S})

    def _ask(self, job: Mapping[str, Any]) -> Ended:
        assert self.worker.stdin and self.worker.stdout
        self.worker.stdin.write(json.dumps(job) + "\n")
        self.worker.stdin.flush()
        answer = json.loads(self.worker.stdout.readline())
        return Ended(answer.get("code"), answer["s"], answer.get("stopped"), answer.get("said", ""))

    def behave(self, mode: Mode) -> None:
        """Let the site be well, or slow, or lose its answers or post twice from the next login on."""
        self.site.forget_later()
        self.site.configure(lag_ms=_LAG[mode], allow_duplicates=True, lose_answers=False, trap=[])
        if mode == "lost":
            self.site.configure_later(2, from_post=True, lose_answers=True)
        if mode == "double":
            self.site.configure_later(2, from_post=True, trap=["double-post"])

    def entered(self) -> dict[str, int]:
        """Return how often the site has each invoice."""
        return {e["key"]: e["count"] for e in self.site.truth()["effects"] if e["kind"] == "invoice.create"}

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Ask runs.db."""
        with closing(sqlite3.connect(f"file:{self.state / 'runs.db'}?mode=ro", uri=True, timeout=60)) as db:
            return db.execute(sql, values).fetchall()

    def forget_artifacts(self) -> None:
        """Forget what trials left that would fill a disk."""
        shutil.rmtree(self.state / "artifacts", ignore_errors=True)


@contextmanager
def lanes(recorded: Path, folder: Path, wanted: int) -> Iterator[list[Lane]]:
    """Open lanes side by side, each with a copy of the project that was recorded and a site of its own."""
    opened: list[Lane] = []
    try:
        for n in range(wanted):
            project = folder / f"lane-{n}"
            shutil.copytree(recorded, project)
            shutil.rmtree(project / ".rpa" / "artifacts", ignore_errors=True)
            site = Backoffice(process=True).start()
            path = project / "workflows" / f"{NAME}.yaml"
            data = yaml.safe_load(path.read_text())
            data["base_url"] = site.base_url
            path.write_text(yaml.safe_dump(data, sort_keys=False))
            opened.append(Lane(site, project, _worker(), count(n * 1_000_000 + 1)))
        yield opened
    finally:
        for lane in opened:
            lane.worker.kill()
            lane.worker.wait()
            lane.site.stop()


def _worker() -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.crashing.worker"], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert worker.stdout
    worker.stdout.readline()
    return worker
