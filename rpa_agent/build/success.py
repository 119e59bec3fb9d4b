"""Proposes how success is measured and which commits there are; people decide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ..domain.procedure import READS, Procedure, Step
from ..domain.recording import Act, Recording
from ..domain.template import abstract, names_in
from ..domain.urls import path_template
from ..domain.values import format_family
from ..domain.workflow import Check, CommitRule
from .parameters import Found, without_records

_SOON_S = 5.0  # what comes later than this after the last act came of itself
_SHORT = 80
_MOVES = frozenset({"ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "Escape", "Tab"})


def propose_checks(acts: Sequence[Act], procedure: Procedure, found: Found, recording: Recording) -> list[Check]:
    """Return at least one check: what the page said of this run's values, else what it announced, else where it ended."""

    def told(text: str) -> str:
        return without_records(abstract(text, found.said()), acts)

    said = [told(t) for t in (*acts[-1].texts, *recording.last_texts)]
    committed = next((i for i in reversed(range(len(acts))) if procedure.steps[i].effect == "commit"), None)
    # What was announced earlier is gone by the end of a run; only a commit that comes last may speak for itself.
    if committed is not None and committed == len(acts) - 1:
        said = [*(told(t) for t in acts[committed].texts), *said]
    start_texts = {told(t) for a in acts[: committed if committed is not None else 1] for t in a.texts}
    start_texts |= {
        told(t) for a, step in zip(acts, procedure.steps, strict=True) if _only_entered(a, step) for t in a.texts
    }
    fresh = [t for t in dict.fromkeys(said) if t not in start_texts and 3 <= len(t) <= 120]
    if not fresh:
        fresh = [t for t in dict.fromkeys(map(told, _came_quietly(acts, recording))) if t not in start_texts]
    # A sentence about this run's own values proves most; of those the longest says most.
    telling = sorted((t for t in fresh if names_in(t)), key=lambda t: (-len(names_in(t)), -len(t)))
    checks = [Check(visible=loosened(t)) for t in telling[:1]]
    if not checks and fresh:
        plain = [t for t in fresh if not re.search(r"\d", t)]
        checks = [Check(visible=t) for t in plain[:1]]
    end = path_template(urlsplit(recording.last_url).path, found.said())
    if end and (not checks or "*" in end) and urlsplit(recording.last_url).scheme in {"http", "https"}:
        # "**/" would fit every address
        checks.append(Check(url="**" + end if len(end) > 1 else "{base}/"))
    return checks or [Check(url="{base}/")]


def _came_quietly(acts: Sequence[Act], recording: Recording) -> Iterator[str]:
    """Yield the short texts of the application that the last act brought onto its page, although nothing announced them."""
    last = acts[-1]
    if recording.last_url != last.url or not last.at:
        return
    before = {s.text for s in recording.shown if s.at < last.at}
    for shown in recording.shown:
        fp = shown.element
        if fp is None or fp.in_data or fp.capability != "none" or shown.row is not None or shown.copied:
            continue
        here = (shown.url, shown.tab) == (last.url, last.tab) and last.at <= shown.at <= last.at + _SOON_S
        if here and shown.text not in before and 3 <= len(shown.text) <= _SHORT:
            yield shown.text


def _only_entered(act: Act, step: Step) -> bool:
    """Tell whether an act only filled in a field: what is announced then (matches found, signs left) is the field's own."""
    if (
        step.effect == "commit"
        or act.url_after not in {"", act.url}
        or any(r.method not in READS for r in act.requests)
    ):
        return False
    on_field = act.element is not None and act.element.capability in {"fill", "select"}
    moved = act.kind == "click" or (act.kind == "press" and (act.value or "") in _MOVES)
    return act.kind in {"fill", "select", "hover", "scroll"} or (on_field and moved)


def loosened(text: str) -> str:
    """Figures that this demonstration's record got from the site change from run to run."""
    return re.sub(r"(?<![\w{])[A-Z]{0,5}-?\d{2,}[\w-]*(?![\w}])", "*", text)


def commit_rules(procedure: Procedure) -> list[CommitRule]:
    """Return one rule per commit; without `once` a run by hand sends each time it is started."""
    return [CommitRule(name=s.commit) for s in procedure.commits() if s.commit]


def identifying(found: Found) -> str:
    """Return the parameter that names the record, or nothing where none does."""
    return next((p for p in found.params if re.search(r"number|no$|nr$|reference|id$", p)), "")


def remarks(procedure: Procedure, found: Found) -> dict[str, str]:
    """Return comments for the workflow file."""
    out = {}
    if procedure.commits() and (name := identifying(found)):
        out["commits"] = f"add `once: {{key: [{name}], per: ever}}` to refuse the same {name} for good"
    for name, readings in found.ambiguous.items():
        taken = found.formats.get(name, "")
        said = "running refuses until one is chosen" if " | " in taken else f"{format_family(taken)} was taken"
        out[f"params.{name}"] = f"could be read as {' or '.join(map(format_family, readings))}; {said}"
    return out
