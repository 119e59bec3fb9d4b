"""The answer of one run as the command line gives it: the contract's JSON."""

from __future__ import annotations

from typing import Any

from .trajectory import Asked, StepOutcome, Trajectory, Weighed

EXIT = {"succeeded": 0, "failed": 1, "business_exception": 1, "needs_person": 4, "cancelled": 130}


def run_json(trajectory: Trajectory, *, version_written: int | None = None) -> dict[str, Any]:
    """Return the object of `rpa run --json`, schema 1."""
    t = trajectory
    return {
        "schema": 1,
        "run": t.run,
        "workflow": t.workflow,
        "outcome": t.outcome,
        "fault": t.fault,
        "stopped": t.stopped,
        "sent": t.sent,
        "procedure": {"id": t.procedure, "version_used": t.version, "version_written": version_written},
        "steps": [_step(s) for s in t.steps],
        "commits": [c.model_dump(exclude_defaults=True) for c in t.commits],
        "refused_requests": [*t.refused_requests, *t.refused_hosts],
        "unknown_requests": list(t.unknown_requests),
        "outputs": t.outputs,
        "checks": [{"check": c.check, "met": c.met, **({"note": c.note} if c.note else {})} for c in t.checks],
        "judged": t.judged.model_dump(exclude={"checks_met"}) if t.judged is not None else None,
        "model": _asked(t.asked),
        **({"begun_again": list(t.begun_again)} if t.begun_again else {}),
        "duration_ms": t.duration_ms,
        "timings": {k: round(v, 1) for k, v in t.timings.items()},
        "artifacts": t.artifacts,
    }


def _asked(asked: Asked) -> dict[str, Any]:
    """Return what was asked of a model; a price that nobody named is null and not zero."""
    told = {"calls": asked.calls, "input_tokens": asked.input_tokens, "output_tokens": asked.output_tokens}
    return {**told, "usd": asked.usd if asked.calls else 0.0, **({"name": asked.model} if asked.model else {})}


def _step(step: StepOutcome) -> dict[str, Any]:
    repair = step.repair
    out: dict[str, Any] = {
        "index": step.index,
        "id": step.id,
        "kind": step.kind,
        "target": step.target,
        "status": step.status,
        "repair": None
        if repair is None
        else {
            "by": repair.by,
            "confidence": repair.confidence,
            "was": repair.was,
            "now": repair.now,
            "evidence": list(repair.evidence),
            "closed": [words for words, _ in repair.dismissed],
            "opened": [v.fingerprint.words() for v in repair.revealed],
            "confirmed": [v.fingerprint.words() for v in repair.confirmed],
            "candidates": [_weighed(w) for w in repair.candidates],
        },
        "ms": step.ms,
    }
    if step.note:
        out["note"] = step.note
    if step.candidates:
        out["candidates"] = [_weighed(w) for w in step.candidates]
    if (p := step.proposed) is not None:
        out["proposed"] = {"by": p.by, "confidence": p.confidence, "now": p.now, "evidence": list(p.evidence)}
    return out


def _weighed(candidate: Weighed) -> dict[str, Any]:
    """Return an element that was weighed: its address on a page that is gone says nothing."""
    return candidate.model_dump(exclude={"ref"})


def exit_code(trajectory: Trajectory) -> int:
    """Return the exit code of a run: 5 where the environment failed and nothing was sent."""
    return exit_code_of(trajectory.outcome, fault=trajectory.fault, sent=trajectory.sent)


def exit_code_of(outcome: str, *, fault: str | None, sent: str | None) -> int:
    """Return the same of a run whose trajectory is not at hand."""
    if outcome == "failed" and fault == "infrastructure" and sent == "nothing":
        return 5
    return EXIT[outcome]
