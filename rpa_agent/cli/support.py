"""The support bundle: what somebody needs who is to help, without a secret and without a value of any record.

Of runs it tells kinds, states, faults and times; texts of pages, values, reasons and messages of the log stay here.
"""

from __future__ import annotations

import json
import platform
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import RpaAgentError
from .archiving import as_text, write_archive
from .place import Place, office_to_read

if TYPE_CHECKING:
    from ..domain.trajectory import Trajectory
    from ..domain.workflow import Workflow
    from ..ops.runs import Run
    from ..ops.settings import Settings

_RUNS, _LINES = 200, 2000
_KIND = re.compile(r"^((?:rpa_agent\.[\w.]+|[A-Za-z_][\w.]*(?:Error|Exception)))(?=:|$)", re.M)     # the class of an error
# What is told of settings as it stands; of all others only whether they are set.
_PLAIN = frozenset({
    "headless", "no_sandbox", "commit_pictures", "log_level", "step_timeout", "keyring", "retention_days", "keep_pictures_days",
    "keep_runs_days", "breaker", "lease", "parallel", "stop_within", "model_tokens", "model_tokens_a_day", "digest_at", "screen",
})  # fmt: skip


async def write_bundle(place: Place, file: Path, findings: Sequence[dict[str, str]]) -> None:
    """Write the bundle to a new file; what is out of order is told in it and does not keep it from being written."""
    texts = {"doctor.json": as_text([{"about": f["about"], "state": f["state"]} for f in findings])}
    texts["machine.json"] = as_text(_machine())
    try:
        settings = place.settings
    except RpaAgentError as e:
        texts["settings.json"] = as_text({"error": e.code})
    else:
        texts["settings.json"] = as_text(_settings(settings))
        texts["workflows.json"] = as_text(_workflows(settings))
        texts["verify.json"] = as_text(_verify(settings))
        texts["log.jsonl"] = "".join(_log(settings.log_file))
        try:
            texts |= await _runs(settings)
        except RpaAgentError as e:
            texts["runs.json"] = as_text({"error": e.code})
    write_archive(file, {"kind": "support", "made": datetime.now(UTC).isoformat(timespec="seconds")}, texts, hide=place.hides)


def _machine() -> dict[str, Any]:
    from importlib.metadata import distributions

    packages = {str(d.metadata["Name"]): d.version for d in distributions()}
    return {"python": platform.python_version(), "system": platform.platform(), "packages": dict(sorted(packages.items()))}


def _settings(settings: Settings) -> dict[str, Any]:
    plain = {name: getattr(settings, name) for name in sorted(_PLAIN)}
    others = sorted(name for name in settings.model_fields_set - _PLAIN if getattr(settings, name) is not None)
    return {"plain": plain, "set": others, "targets": len(settings.notify), "site_limits": sorted(settings.site_limits.values())}


def _workflows(settings: Settings) -> list[dict[str, Any]]:
    from ..store.workflow_files import all_workflows

    valid, errors = all_workflows(settings.workflows_dir)
    return [*(_shape(w) for w in valid), {"not_valid": len(errors)}]


def _shape(w: Workflow) -> dict[str, Any]:
    """Return what a workflow is made of: how many of what kind, and no word of its own but its name."""
    return {
        "name": w.name, "params": Counter(p.type for p in w.params.values()), "secrets": len(w.secrets),
        "account": w.account is not None, "rows": w.rows is not None, "outputs": Counter(o.type for o in w.outputs.values()),
        "checks": Counter(next(iter(c.model_dump(exclude_none=True))) for c in w.checks()), "exceptions": len(w.exceptions),
        "commits": [{"once": c.once.per if c.once else None, "probe": c.probe is not None} for c in w.commits],
        "schedule": [next(k for k in ("cron", "every", "date", "business_day", "folder") if getattr(s, k) is not None)
                     for s in w.schedule],
        "repair": w.repair, "gate": w.gate, "adopt": w.adopt, "locale": w.locale, "priority": w.priority, "at_once": w.at_once,
    }  # fmt: skip


def _verify(settings: Settings) -> dict[str, int]:
    from ..store.backup import problems
    from .keeping import parts_of

    found = {}
    for name, part in parts_of(settings).items():
        if part.path.exists():
            try:
                found[name] = len(problems(part.path, part.verify))
            except RpaAgentError:
                found[name] = -1        # it cannot be read
    return found


async def _runs(settings: Settings) -> dict[str, str]:
    async with office_to_read(settings) as office:
        if office is None:
            return {}
        runs = await office.runs.recent(n=_RUNS)
        waits = Counter(item.fault or "none" for item in await office.inbox.items())
        figures = await office.figures()
        due = Counter((o.workflow, o.state, o.outcome or "") for o in await office.occurrences.all())
    told = {
        "waits_by_fault": waits, "notices_unsent": figures.unsent, "paused": figures.paused,
        "oldest_due_s": round(figures.oldest_due_s),
        "due_times": [{"workflow": w, "state": s, "outcome": o, "n": n} for (w, s, o), n in due.items()],
    }  # fmt: skip
    return {"runs.json": as_text([_run(run) for run in runs]), "office.json": as_text(told)}


def _run(run: Run) -> dict[str, Any]:
    plain = run.model_dump(include={"id", "workflow", "started", "ended", "outcome", "fault", "sent"})
    return {**plain, "in_batch": run.batch is not None, "alive": run.alive} | (_steps(run.trajectory) if run.trajectory else {})


def _steps(t: Trajectory) -> dict[str, Any]:
    steps = [
        {
            "index": s.index, "kind": s.kind, "status": s.status, "ms": s.ms, "score": s.score, "missing": len(s.missing),
            "misled": len(s.misled), "candidates": len(s.candidates), "repair": s.repair and s.repair.by,
            "proposed": s.proposed and s.proposed.by,
        } for s in t.steps
    ]  # fmt: skip
    return {
        "procedure": t.procedure, "version": t.version, "steps": steps, "commits": [c.state for c in t.commits],
        "checks": [c.met for c in t.checks], "refused": len(t.refused_requests), "unknown": len(t.unknown_requests),
        "refused_hosts": len(t.refused_hosts), "begun_again": len(t.begun_again), "duration_ms": t.duration_ms,
        "timings": t.timings, "model": t.asked.model_dump(exclude={"model"}),
    }  # fmt: skip


def _log(file: Path) -> Iterator[str]:
    """Yield when something was logged, how grave it was and the kind of its error; what it said stays here."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES:]
    except OSError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            kept = {name: entry[name] for name in ("time", "level", "run", "workflow") if name in entry}
            yield json.dumps(kept | ({"trace": _trace(entry["exception"])} if "exception" in entry else {})) + "\n"


def _trace(text: object) -> list[str]:
    """Return the files, lines and functions of an error and its kind, without its words."""
    found = [line.strip() for line in str(text).splitlines() if line.startswith('  File "')]
    return [*found, *(m.group(1) for m in _KIND.finditer(str(text)))]
