"""One lane of trials: a site, a project that was shown the work, and a worker that is killed again and again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from fixtures.backoffice import Backoffice

from ..flow import NAME

ROOT = Path(__file__).parents[2]
COMMIT = "save-new-invoice"
SETTLE = "1s"
_LONGEST_S = 120


@dataclass(frozen=True)
class Ended:
    """How one command line ended: its exit code, None where it was killed or stands still; the last lines it said."""

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

    def use(self, *, probe: bool) -> None:
        """Write the workflow with or without a question to ask after a crash."""
        path = self.project / "workflows" / f"{NAME}.yaml"
        data = yaml.safe_load(path.read_text())
        rule: dict[str, Any] = {"name": COMMIT, "once": {"key": ["invoice_number"], "per": "ever"}}
        if probe:
            asked = {"get": "/api/invoices?number={{ invoice_number }}", "json": {"count": 1}}
            rule["probe"] = {"http": asked, "authoritative": True, "settle": SETTLE}
        data["commits"] = [rule]
        path.write_text(yaml.safe_dump(data, sort_keys=False))

    def run(self, number: str, *, state: Path, env: Mapping[str, str] | None = None, kill_after: float | None = None) -> Ended:
        """Enter one invoice by `rpa run`, as a scheduler that starts it again would."""
        args = ["run", NAME, "--examples", "--param", f"invoice_number={number}", "--json"]
        args += ["--env-file", str(self.project / "secrets.env"), "--project", str(self.project), "--state", str(state)]
        return self.do(args, env=env, kill_after=kill_after)

    def do(self, args: list[str], *, env: Mapping[str, str] | None = None, kill_after: float | None = None) -> Ended:
        out = self.project / "said"
        job = {"args": args, "out": str(out), "env": dict(env or {"RPA_CRASH_AT": ""}), "kill_after": kill_after or _LONGEST_S}
        assert self.worker.stdin and self.worker.stdout
        self.worker.stdin.write(json.dumps(job) + "\n")
        self.worker.stdin.flush()
        answer = json.loads(self.worker.stdout.readline())
        said = out.read_text(errors="replace")[-2000:]
        return Ended(answer.get("code"), answer["s"], answer.get("stopped"), said)

    def entered(self, number: str) -> int:
        return self.site.count("invoice.create", number)

    @contextmanager
    def faults(self, mode: str) -> Iterator[None]:
        """Make the site behave badly: slow, or losing its answers, or posting twice, from the login on."""
        self.site.configure(lag_ms=120 if mode != "plain" else 0, allow_duplicates=True)
        ended = threading.Event()
        logins = self.site.count("login.ok")

        def after_login() -> None:
            while not ended.wait(0.03):
                if self.site.count("login.ok") > logins:
                    self.site.configure(**({"lose_answers": True} if mode == "lost" else {"trap": ["double-post"]}))
                    return

        thread = threading.Thread(target=after_login, daemon=True)
        if mode in {"lost", "double"}:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            if thread.is_alive():
                thread.join()
            self.site.configure(lag_ms=0, lose_answers=False, trap=[])


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


