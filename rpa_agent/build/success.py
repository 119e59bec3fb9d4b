"""Proposes how success is measured and which commits there are; people decide."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from urllib.parse import urlsplit

from ..domain.procedure import READS, Procedure, Step
from ..domain.recording import Act, Recording, Shown
from ..domain.template import abstract, names_in, stands_alone
from ..domain.urls import path_template
from ..domain.values import format_family
from ..domain.workflow import Check, CommitRule
from .parameters import Found, without_records

_SOON_S = 5.0  # what comes later than this after the last act came of itself
_CAUSED_S = 2.0  # what changes this soon after an act may be its doing
_SHORT = 80
_UNDER_WAY = ("...", "…")  # "Saving...": it says what goes on and not what was done
_LIST = re.compile(r"(?<![\w{}*])(?:[\w-]+, ){2,}(?:(?:and|und|et|y|e|en) )?[\w-]+(?= [^\W\d])")
_MOVES = frozenset({"ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "Escape", "Tab"})


def propose_checks(acts: Sequence[Act], procedure: Procedure, found: Found, recording: Recording) -> list[Check]:
    """Return at least one check: what the page said of this run's values, else what it announced, else where it ended."""

    def told(text: str) -> str:
        return _but_for_lists(without_records(abstract(text, found.said()), acts))

    said = [told(t) for t in (*acts[-1].texts, *recording.last_texts)]
    committed = next((i for i in reversed(range(len(acts))) if procedure.steps[i].effect == "commit"), None)
    # What was announced earlier is gone by the end of a run; only a commit that comes last may speak for itself.
    if committed is not None and committed == len(acts) - 1:
        said = [*(told(t) for t in acts[committed].texts), *said]
    start_texts = {told(t) for a in acts[: committed if committed is not None else 1] for t in a.texts}
    start_texts |= {
        told(t) for a, step in zip(acts, procedure.steps, strict=True) if _only_entered(a, step) for t in a.texts
    }
    fresh = [t for t in dict.fromkeys(said) if t not in start_texts and 3 <= len(t) <= 120 and not t.endswith(_UNDER_WAY)]
    announced = list(fresh)
    if not fresh:
        quiet = (*(s.text for s in exchanged(acts, recording)), *_came_quietly(acts, recording))
        fresh = [t for t in dict.fromkeys(map(told, quiet)) if t not in start_texts and not t.endswith(_UNDER_WAY)]
    # A sentence about this run's own values proves most; of those the longest says most.
    telling = sorted((t for t in fresh if names_in(t)), key=lambda t: (-len(names_in(t)), -len(t)))
    checks = [Check(visible=loosened(t)) for t in telling[:1]]
    if not checks and fresh:
        plain = [t for t in fresh if not re.search(r"\d", t)]
        checks = [Check(visible=t) for t in (plain or _but_for_figures(announced))[:1]]
    if not checks:
        checks = [Check(hidden=t) for t in (told(s.before) for s in exchanged(acts, recording) if _was_empty(s))][:1]
    end = path_template(urlsplit(recording.last_url).path, found.said())
    if end and (not checks or "*" in end) and urlsplit(recording.last_url).scheme in {"http", "https"}:
        # "**/" would fit every address
        checks.append(Check(url="**" + end if len(end) > 1 else "{base}/"))
    return checks or [Check(url="{base}/")]


def exchanged(acts: Sequence[Act], recording: Recording) -> list[Shown]:
    """Return the texts of the application that the last act exchanged where they stand, as a status is, the one that says
    most first. What had changed by itself before, as a clock does, says nothing."""
    last, restless = acts[-1], _restless(acts, recording)
    found = [
        s
        for s in recording.shown
        if s.before and last.at and last.at <= s.changed <= last.at + _SOON_S and (s.url, s.tab) == (last.url, last.tab)
        and (_of_application(s) or _named(s)) and len(s.text) <= _SHORT and re.search(r"[^\W\d_]{3}", s.text)
        and re.search(r"\w", _value(s, s.text)) and _place(s) not in restless and not _stood_there(s, last, recording)
    ]
    return sorted(found, key=lambda s: -len(s.text))


def _restless(acts: Sequence[Act], recording: Recording) -> set[tuple[object, ...]]:
    """Return the places whose text changed while nobody did anything."""
    return {
        _place(s)
        for s in recording.shown
        if s.before and s.changed < acts[-1].at and not any(0 <= s.changed - a.at <= _CAUSED_S for a in acts)
    }


def _name(shown: Shown) -> str:
    """Return what both texts begin with: what the value that was exchanged is called, as in "Status: "."""
    common = 0
    while common < min(len(shown.before), len(shown.text)) and shown.before[common] == shown.text[common]:
        common += 1
    return shown.text[:common]


def _value(shown: Shown, text: str) -> str:
    return text[len(_name(shown)) :]


def _named(shown: Shown) -> bool:
    """Tell a line of a name and its value, which is no record also where several of them look like a list of records."""
    return shown.row is None and not shown.copied and re.search(r"[^\W\d_]{2}\W*$", _name(shown)) is not None


def came_last(acts: Sequence[Act], recording: Recording, checks: Sequence[Check], hidden: Collection[str]) -> tuple[str, ...]:
    """Return what else the page said after the last act, for a person to choose from: nobody else knows what it proves.

    What holds a secret, ``hidden``, is left out.
    """
    said = (*(s.text for s in exchanged(acts, recording)), *_came_quietly(acts, recording))
    taken = " ".join(c.visible or "" for c in checks)
    whole = [t for t in dict.fromkeys(said) if t not in taken and not any(h and h in t for h in hidden)]
    return tuple(t for t in whole if not any(t != other and t in other for other in whole))[:3]


def _was_empty(shown: Shown) -> bool:
    """Tell whether a figure came where only a sign for nothing had stood, beside what it is called: a dash, a few dots."""
    was = _value(shown, shown.before)
    return _named(shown) and bool(was.strip()) and re.search(r"\w", was) is None


def _place(shown: Shown) -> tuple[object, ...]:
    fp = shown.element
    return (shown.url, shown.tab, fp and (fp.frames, fp.path, fp.id, fp.label or re.sub(r"[\W\d]+$", "", _name(shown))))


def _stood_there(shown: Shown, last: Act, recording: Recording) -> bool:
    """Tell whether the page said the same words before somewhere: then they prove nothing when they are there again."""
    here = (s for s in recording.shown if (s.url, s.tab) == (last.url, last.tab) and _since(s) < last.at)
    return any(stands_alone(shown.text, s.text) for s in here)


def _since(shown: Shown) -> float:
    """Return from when on it was there: it may be told with what had begun to change before."""
    return max(shown.at, shown.changed)


def _of_application(shown: Shown) -> bool:
    fp = shown.element
    told = fp is not None and not fp.in_data and fp.capability == "none"
    return told and shown.row is None and not shown.copied


def _came_quietly(acts: Sequence[Act], recording: Recording) -> Iterator[str]:
    """Yield the short texts of the application that the last act brought onto its page, although nothing announced them."""
    last = acts[-1]
    if recording.last_url != last.url or not last.at:
        return
    before, restless = {s.text for s in recording.shown if _since(s) < last.at}, _restless(acts, recording)
    for shown in recording.shown:
        if not _of_application(shown) or _place(shown) in restless:
            continue
        here = (shown.url, shown.tab) == (last.url, last.tab) and last.at <= _since(shown) <= last.at + _SOON_S
        fits = here and 3 <= len(shown.text) <= _SHORT
        if fits and shown.text not in before and not (shown.before and _stood_there(shown, last, recording)):
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


def _but_for_figures(texts: Sequence[str]) -> list[str]:
    """Return what says something in words also without its figures, with a star for each: *issue 6 created*."""
    starred = (re.sub(r"\*( \*)+", "*", re.sub(r"(?<![\w{])\d[\d.,:/-]*(?![\w}])", "*", t)) for t in texts)
    return [t for t in starred if not re.search(r"\d", t) and len(re.findall(r"[^\W\d_]{3,}", t)) >= 2]


def _but_for_lists(text: str) -> str:
    """Return a text with a star for what it counts up before it goes on: *status, notes, owner edited* names what differed
    this time, in any order."""
    starred = _LIST.sub("*", text)
    return starred if len(re.findall(r"[^\W\d_]{3,}", starred)) >= 2 else text


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
