"""`apps`: workflows shown on an old release of real applications, run on that and on a much newer one, with no model."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .report import Figure, Report, Table
from .suite import NEW, OLD, Case, Suite, SuiteUnfit, changed, goal_met, more_than, rows_of

RECORD_S, RUN_S = 240, 420
_AMBIENT = (
    "session",
    "log",
    "migration",
    "cache",
    "sequence",
    "history",
    "version",
    "revision",
    "audit",
    "transaction",
)
HERE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """One run on one version, judged by the application's own database."""

    met: bool
    answer: Mapping[str, Any]
    beyond: tuple[str, ...]

    @property
    def repairs(self) -> list[str]:
        steps = self.answer.get("steps", [])
        return [f"{r['was']} -> {r['now']} ({r['by']})" for s in steps if (r := s.get("repair"))]

    @property
    def believed(self) -> bool:
        return self.answer.get("outcome") == "succeeded"

    @property
    def wrong(self) -> tuple[str, ...]:
        """What must not happen: an effect that was not shown, or a run that says it was well and was not."""
        misled = ("it says it succeeded, and the goal was not met",) if self.believed and not self.met else ()
        return (*self.beyond, *misled)

    @property
    def tokens(self) -> int:
        model = self.answer.get("model") or {}
        return int(model.get("input_tokens", 0)) + int(model.get("output_tokens", 0))

    def words(self) -> str:
        if self.met and self.believed:
            return "passed"
        why = self.answer.get("stopped") or (self.answer.get("error") or {}).get("message") or ""
        unmet = [c["check"] for c in self.answer.get("checks", []) if not c.get("met")]
        noted = [s.get("note", "") for s in self.answer.get("steps", []) if s.get("status") in {"failed", "refused"}]
        told = "; ".join(filter(None, (why, *noted[-1:], *(f"not met: {u}" for u in unmet[:2]))))
        return f"{self.answer.get('outcome', 'no answer')}{': ' if told else ''}{told}"[:300]


@dataclass(frozen=True)
class Told:
    """One workflow, shown once and run on both versions."""

    case: Case
    old: Ran
    new: Ran

    @property
    def passed(self) -> bool:
        return self.new.met and self.new.believed and not self.new.wrong

    def as_json(self) -> dict[str, Any]:
        return {
            "app": self.case.app,
            "workflow": self.case.name,
            "old_passed": self.old.met and self.old.believed,
            "new_passed": self.passed,
            "outcome": self.new.answer.get("outcome"),
            "fault": self.new.answer.get("fault"),
            "repairs": self.new.repairs,
            "wrong_effects": [*self.old.wrong, *self.new.wrong],
            "tokens": self.old.tokens + self.new.tokens,
            "why": "" if self.passed else self.new.words(),
        }


def measure(*, quick: bool, suite: Path | None = None) -> Report:
    """Show every workflow of a suite on the old version of its application, and run it on both."""
    report = Report(
        "apps",
        baseline="none: the application's own database tells whether the goal was met, and what else changed",
        how="Each workflow is shown once on the old release, by a script with real mouse and key input, then run by `rpa "
        "run` on a fresh copy of the old release and of the new one, without a model. A wrong effect is a row changed in a "
        "table that the demonstration did not change (tables of sessions, logs and row versions apart), more rows than it "
        "changed, or a run that says it succeeded while the goal was not met.",
    )
    if suite is None:
        report.not_run.append("no suite of applications was named: --suite FOLDER")
        return report
    try:
        at = Suite.at(suite)
        cases = at.cases()
    except SuiteUnfit as e:
        report.not_run.append(str(e))
        return report
    unfit = {app: at.installed(app) for app in dict.fromkeys(c.app for c in cases)}
    told, seen = [], set[str]()
    for case in cases:
        if unfit[case.app]:
            report.not_run.append(f"{case.words}: {unfit[case.app]}")
        elif not (quick and case.app in seen):
            seen.add(case.app)
            try:
                told.append(_told(at, case))
            except (RuntimeError, OSError, subprocess.SubprocessError) as e:
                report.not_run.append(f"{case.words}: {str(e)[-400:]}")
    _figures(report, told)
    return report


def _figures(report: Report, told: list[Told]) -> None:
    passed = [t for t in told if t.passed]
    wrong = [f"{t.case.words}: {w}" for t in told for w in (*t.old.wrong, *t.new.wrong)]
    report.figures += [
        Figure("workflows", len(told), "workflows shown on the old release"),
        Figure("passed_old", sum(t.old.met and t.old.believed for t in told), "met their goal there again"),
        Figure("passed", len(passed), "met their goal on the new release"),
        Figure("passed_without_repair", sum(not t.new.repairs for t in passed), "of these, with no repair"),
        Figure("wrong_effects", len(wrong), "what should not have happened, on both releases", goal="<= 0"),
        Figure("tokens", sum(t.old.tokens + t.new.tokens for t in told), "tokens of a model", goal="<= 0"),
    ]
    rows = [
        (t.case.words, t.old.words(), t.new.words(), "; ".join(t.new.repairs), "; ".join(t.new.wrong)) for t in told
    ]
    report.tables.append(Table("Workflows", ("workflow", "old release", "new release", "repairs", "wrong"), rows))
    report.more["cases"] = [t.as_json() for t in told]


def _told(suite: Suite, case: Case) -> Told:
    started = time.monotonic()
    name = case.name.replace("_", "-")
    with tempfile.TemporaryDirectory(prefix="rpa-apps-") as folder:
        with _fresh(suite, case, OLD) as (server, before):
            _rpa(
                folder,
                "record",
                name,
                "--url",
                server.base + "/",
                "--script",
                str(case.demonstration),
                "--task",
                case.task,
                "--site",
                case.app,
                "--secrets-to",
                str(Path(folder) / "secrets.env"),
                "--yes",
                seconds=RECORD_S,
            )
            if not goal_met(case, server.db):
                raise RuntimeError("the demonstration itself did not reach the goal")
            shown = changed(before, rows_of(server.db))
        old = _ran(suite, case, folder, version=OLD, shown=shown)
        new = _ran(suite, case, folder, version=NEW, shown=shown)
    told = Told(case, old, new)
    print(f"  {case.words}: {new.words()} ({time.monotonic() - started:.0f} s)", file=sys.stderr, flush=True)
    return told


def _ran(suite: Suite, case: Case, folder: str, *, version: str, shown: Mapping[str, int]) -> Ran:
    with _fresh(suite, case, version) as (server, before):
        answer = _rpa(
            folder,
            "run",
            case.name.replace("_", "-"),
            "--examples",
            "--base-url",
            server.base,
            "--env-file",
            str(Path(folder) / "secrets.env"),
            "--again",
            "another copy of the application",
            seconds=RUN_S,
        )
        met = goal_met(case, server.db)
        done = changed(before, rows_of(server.db))
    return Ran(met, answer, tuple(more_than(shown, {t: n for t, n in done.items() if not _ambient(t)})))


def _ambient(table: str) -> bool:
    """Tell whether an application only writes down there what happens: sessions, logs, earlier versions of its rows."""
    return any(word in table.lower() for word in _AMBIENT)


@contextmanager
def _fresh(suite: Suite, case: Case, version: str) -> Iterator[tuple[Any, Any]]:
    with suite.server(case.app, version) as server:
        yield server, rows_of(server.db)


def _rpa(folder: str, *args: str, seconds: float) -> dict[str, Any]:
    """Run the command line as a person would; return its JSON answer. Raises RuntimeError where a recording fails."""
    command = [sys.executable, "-m", "rpa_agent", "--project", folder, *args, "--json"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=seconds, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if args[0] == "record" and done.returncode != 0:
        raise RuntimeError(f"it could not be recorded: {(done.stdout + done.stderr)[-400:]}")
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {"outcome": "no answer", "stopped": done.stderr[-300:]}
    return found
