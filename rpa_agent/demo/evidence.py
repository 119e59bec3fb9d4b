"""Tells a run's repairs in plain words: what broke, what was used instead, why, and what the page did then."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..domain.trajectory import Repair, StepOutcome, Trajectory
from .events import Repaired

_MEANS_THE_SAME = 0.8
_LONGEST, _SHORTEST = 80, 3        # a notice that fits a line; a value that tells an invoice from others
_PLACES = ("same form", "same heading", "same landmark", "same dialog")
_PLACED = {"same form", "same part of the page"}
_CODED = re.compile(r"^same (field name|test id|id|name attribute) '")
_LIKE_WORDS = re.compile(r"^'.*' for '.*' \(words ([\d.]+)\)$")
_RANKERS = re.compile(r"^(\d+) of (\d+) rankers agree")
_OTHERS = re.compile(r"^(\d+) of (\d+) other recorded elements of the page are there too$")
_QUOTED = re.compile(r"^(\S+) '(.*)'(.*)$", re.DOTALL)


def repaired_steps(trajectory: Trajectory) -> tuple[Repaired, ...]:
    """Return every repaired step of a run."""
    told, url = [], ""
    for step in trajectory.steps:
        if step.repair is not None:
            told.append(_repaired(step, step.repair, then=_then(step, url, tuple(trajectory.params.values()))))
        url = step.signals.url or url
    return tuple(told)


def _repaired(step: StepOutcome, repair: Repair, *, then: str) -> Repaired:
    was_role, was = _name(repair.was)
    now_role, now = _name(repair.now.split(", then ")[0])
    told = now if now_role == was_role else f"{now} ({now_role})"
    opened = [_name(v.fingerprint.words())[1] for v in repair.revealed]
    confirmed = [_name(v.fingerprint.words())[1] for v in repair.confirmed]
    return Repaired(
        step=step.index + 1, was=was if now_role == was_role else f"{was} ({was_role})",
        now=", then ".join([*opened, told, *confirmed]), by=repair.by, because=plain(repair.evidence), then=then,
    )


def _name(words: str) -> tuple[str, str]:
    """Return role and name of an element in words: ``button 'Save'``."""
    m = _QUOTED.match(words)
    return (m[1], f"{m[2]}{m[3]}") if m else ("", words)


def plain(evidence: Sequence[str]) -> tuple[str, ...]:
    """Return evidence as a clerk would say it; lines that are plain already stay as they are."""
    said: list[str] = []
    for line in evidence:
        if m := _LIKE_WORDS.match(line):
            said.append("means the same" if float(m[1]) >= _MEANS_THE_SAME else "close in meaning")
        elif m := _RANKERS.match(line):
            said.append(f"{m[1]}/{m[2]} comparisons")
        elif m := _OTHERS.match(line):
            said += [f"{m[1]}/{m[2]} neighbours"] if 2 * int(m[1]) >= int(m[2]) else []
        elif line in _PLACES:
            said += ["same form" if line == "same form" else "same part of the page"] if not set(said) & _PLACED else []
        elif m := _CODED.match(line):
            said.append(f"same {m[1]}")
        elif line.startswith("widget changed"):
            said.append("another kind of field")
        else:
            said.append(line)
    return tuple(dict.fromkeys(said))


def _then(step: StepOutcome, url_before: str, values: Sequence[str]) -> str:
    """Return what proved it: what the page did after the act."""
    signals = step.signals
    if step.kind in {"fill", "select"}:
        return f"it holds {signals.read_back}" if signals.read_back else ""
    own = [t for t in signals.texts if len(t) <= _LONGEST and any(len(v) > _SHORTEST and v in t for v in values)]
    if own:
        return f"the page says: {max(own, key=len)}"
    if signals.url and signals.url != url_before:
        return f"it leads to {signals.url.removeprefix('{base}')}"
    texts = [t for t in signals.texts if len(t) <= _LONGEST]
    return f"the page shows {texts[0]}" if texts else ""
