"""Tells a run's repairs in plain words: what broke, what was used instead, why, and what the page did then."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..domain.trajectory import Repair, StepOutcome, Trajectory
from .events import Repaired

_MEANS_THE_SAME = 0.8
_PLACES = ("same form", "same heading", "same landmark", "same dialog")
_LIKE_WORDS = re.compile(r"^'.*' for '.*' \(words ([\d.]+)\)$")
_RANKERS = re.compile(r"^(\d+) of (\d+) rankers agree")
_OTHERS = re.compile(r"^(\d+) of (\d+) other recorded elements of the page are there too$")
_QUOTED = re.compile(r"^(\S+) '(.*)'(.*)$", re.DOTALL)


def repaired_steps(trajectory: Trajectory) -> tuple[Repaired, ...]:
    """Return every repaired step of a run."""
    return tuple(_repaired(s, s.repair) for s in trajectory.steps if s.repair is not None)


def _repaired(step: StepOutcome, repair: Repair) -> Repaired:
    was_role, was = _name(repair.was)
    now_role, now = _name(repair.now.split(", then ")[0])
    told = now if now_role == was_role else f"{now} ({now_role})"
    opened = [_name(v.fingerprint.words())[1] for v in repair.revealed]
    confirmed = [_name(v.fingerprint.words())[1] for v in repair.confirmed]
    return Repaired(
        step=step.index + 1, was=was if now_role == was_role else f"{was} ({was_role})",
        now=", then ".join([*opened, told, *confirmed]), by=repair.by, because=plain(repair.evidence), then=_then(step),
    )


def _name(words: str) -> tuple[str, str]:
    """Return role and name of an element in words: ``button 'Save'``."""
    m = _QUOTED.match(words)
    return (m[1], f"{m[2]}{m[3]}") if m else ("", words)


def plain(evidence: Sequence[str]) -> tuple[str, ...]:
    """Return evidence as a clerk would say it; lines that are plain already stay as they are."""
    said: list[str] = []
    for line in evidence:
        if line in _PLACES:
            said.append("same form" if line in {"same form", "same dialog"} else "same part of the page")
        elif m := _LIKE_WORDS.match(line):
            said.append("means the same" if float(m[1]) >= _MEANS_THE_SAME else "close in meaning")
        elif m := _RANKERS.match(line):
            said.append(f"{m[1]} of {m[2]} comparisons agree")
        elif m := _OTHERS.match(line):
            said.append(f"{m[1]} of {m[2]} neighbours found too")
        else:
            said.append(line)
    return tuple(dict.fromkeys(said))


def _then(step: StepOutcome) -> str:
    """Return what proved it: what the page did after the act."""
    signals = step.signals
    sent = [r for r in signals.requests if r.method not in {"GET", "HEAD"}]
    if step.kind in {"fill", "select"}:
        return f"it holds {signals.read_back}" if signals.read_back else ""
    if sent and signals.texts:
        return f"the page says: {signals.texts[0]}"
    if signals.url:
        return f"it leads to {signals.url.removeprefix('{base}')}"
    return f"it shows {signals.texts[0]}" if signals.texts else ""
