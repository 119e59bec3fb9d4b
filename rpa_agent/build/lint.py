"""Advice while the work can still be shown differently: steps that a changed page or another record would break."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ..domain.procedure import READS, Procedure, Step
from ..domain.target import Fingerprint
from ..domain.template import HOLE, whole_name
from ..domain.workflow import Workflow
from .found import named_by_page
from .sight import only_gone, out_of_sight

Kind = Literal["weak", "generated", "many", "row", "record", "data", "commit", "secret", "today", "named", "success"]

_NAMING = ("name", "label", "test_id", "id", "name_attr", "placeholder", "title", "alt", "text", "href")
_CHOSEN = {"click", "dblclick", "rightclick", "check", "uncheck", "hover", "drag"}
_SECRET_WORDS = re.compile(
    r"\b(pass(word|code|phrase|wort)?|pwd|kennwort|pin|tan|otp|token|secret|geheim\w*|api[ _-]?key|cvv|cvc"
    r"|mot de passe|contrase\w+)\b",
    re.I,
)
_DATA = re.compile(
    r"[\w.+-]+@[\w-]+\.\w{2,}|\b[A-Z]{2}\d{2}(?: ?\w{4}){3,}\b|(?<![\w{])\d{5,}(?![\w}])|(?<!\d)\d[\d.,' ]*[.,]\d{2}(?!\d)"
)


_TELL = "oint at a text that proves success, or say “success visible TEXT”; without it a run that failed may count as done"


@dataclass(frozen=True)
class Advice:
    """What is weak about a step, and what the person can do about it now."""

    step: int
    id: str
    kind: Kind
    what: str
    do: str

    def sentence(self) -> str:
        return f"Step {self.step}: {self.what}. {self.do}."

    def as_json(self) -> dict[str, object]:
        return {"step": self.step, "id": self.id, "kind": self.kind, "what": self.what, "do": self.do}


def advice_on(
    procedure: Procedure, workflow: Workflow, examples: Mapping[str, str], came: Sequence[str] = ()
) -> tuple[Advice, ...]:
    """Return what can be mended, in the order of the steps; one piece of advice of a kind for a step.

    ``came`` are texts that came with the last act and prove nothing by themselves: figures, which may be others each time.
    """
    out = []
    for number, step in enumerate(procedure.steps, 1):
        kinds: set[Kind] = set()
        for kind, what, do in _of(step, number, procedure, workflow, examples):
            if kind not in kinds:
                kinds.add(kind)
                out.append(Advice(number, step.id, kind, what, do))
    if procedure.steps and (what := _unproved(procedure, workflow)):
        do = "P" + _TELL
        if came:
            said = " and ".join(f"“{t}”" for t in came)
            do = f"The page then said {said}: if that proves it, say “success visible {came[0]}”; else p{_TELL}"
        out.append(Advice(len(procedure.steps), procedure.steps[-1].id, "success", what, do))
    return tuple(out)


def _unproved(procedure: Procedure, workflow: Workflow) -> str:
    """Return why a run that failed could be taken for one that did not; empty where it could not."""
    if out_of_sight(procedure, workflow):
        return "whether it worked cannot be seen after it: the address was the same before, and no text spoke of success"
    if gone := only_gone(procedure, workflow):
        return f"all that speaks of success is that “{gone}” is gone, whatever the page says in its place"
    return ""


_Found = tuple[Kind, str, str]


def _of(
    step: Step, number: int, procedure: Procedure, workflow: Workflow, examples: Mapping[str, str]
) -> Iterator[_Found]:
    # What was imported has shown neither its kind of field nor the site's answer: silence proves nothing there.
    unseen = step.target is not None and any(v.came_from == "import" for v in step.target.variants)
    if step.target is not None and step.target.variants:
        fp = step.target.variants[0].fingerprint
        yield from _recognised(step, fp)
        if not (unseen and "secrets." in (step.value or "")):
            yield from _secrets(step, number, fp, procedure)
        yield from _named(step, number)
    if not unseen:
        yield from _sends(step, number, workflow)
    yield from _today(step, number, workflow, examples)


def _recognised(step: Step, fp: Fingerprint) -> Iterator[_Found]:
    traits = {t: str(v) for t in _NAMING if (v := getattr(fp, t)) and t not in fp.generated}
    if fp.row and fp.row.key:
        return  # the record's own key leads to it, whatever else the row looks like
    told = {t: v for t, v in traits.items() if "#h:" not in v}
    if step.kind in _CHOSEN and fp.in_data and fp.capability not in {"fill", "select"}:
        yield from _in_list(fp, told)
        return
    if not told and any("#h:" in v for v in traits.values()):
        yield "record", "it is recognised only by a record's own text", "Choose the record by a value that you type first"
    elif not told and fp.generated:
        yield (
            "generated",
            "it is known only by an id that a machine made, which changes with every version of the page",
            "Have it given a name (a label or aria-label), or use another way to do the same",
        )
    elif not told:
        yield (
            "weak",
            "it has no name, label or id; only its place on the page tells it from others",
            "Have it given a name (a label or aria-label), or do the same with a key or a menu entry that has one",
        )
    elif all(fp.unique.get(t, 1) > 1 for t in told):
        most = min(fp.unique.get(t, 1) for t in told)
        yield (
            "many",
            f"{most} elements of the page look like it",
            "Use one that has a name of its own, or click inside the row or section that tells them apart",
        )
    if any(_DATA.search(HOLE.sub("", v)) for t, v in told.items() if t in {"name", "text", "title", "label", "alt"}):
        yield (
            "data",
            "its name holds what looks like a record's data, so it is called otherwise for the next record",
            "Type that value somewhere first, so that it becomes a parameter, or use an element with a constant name",
        )


def _in_list(fp: Fingerprint, told: Mapping[str, str]) -> Iterator[_Found]:
    if any(HOLE.search(v) for v in told.values()):
        return  # it is called like a parameter, so every run finds its own
    if fp.unique.get("name", 1) > 1:
        yield (
            "row",
            f"{fp.unique['name']} rows have the same, and nothing tells which row is meant",
            "Click the row's number or name instead, or search for the record first",
        )
    elif not told:
        yield (
            "record",
            "it is recognised only by the text of the record that was shown",
            "Search for the record by a value that you type, then click it",
        )


def _named(step: Step, number: int) -> Iterator[_Found]:
    if named_by_page(step):
        yield (
            "named",
            "a sentence of the page says which one it is, and each run uses the one that it names then; where the sentence is"
            " missing, or names what is not there, the run stops",
            f"Say “{number} constant” if it is always the one that you used",
        )


def _secrets(step: Step, number: int, fp: Fingerprint, procedure: Procedure) -> Iterator[_Found]:
    name = whole_name(step.value or "")
    if name is None or step.kind not in {"fill", "select"} or fp.type == "password":
        return
    said = " ".join((fp.label, fp.name, fp.placeholder, fp.name_attr.replace("_", " "), name.replace("_", " ")))
    if not name.startswith("secrets."):
        if _SECRET_WORDS.search(said):
            yield (
                "secret",
                "this looks like a secret, and it is typed where everybody can read it",
                f"Say “secret {number}” to keep it out of every file",
            )
    elif not _beside_password(step, procedure):
        yield (
            "secret",
            "a secret is typed into a field that shows it",
            "Have the field hide what is typed; pictures of this page are masked, a watcher's eyes are not",
        )


def _beside_password(step: Step, procedure: Procedure) -> bool:
    """A user name belongs to the password of its page."""
    page = step.target.page if step.target else ""
    return any(
        s.target and s.target.page == page and s.target.variants and s.target.variants[0].fingerprint.type == "password"
        for s in procedure.steps
    )


def _sends(step: Step, number: int, workflow: Workflow) -> Iterator[_Found]:
    if step.effect != "commit":
        return
    expect = step.expect
    proves = expect.url or expect.texts or expect.download or expect.popup or expect.dialog
    if proves or any(r.method not in READS for r in expect.requests):
        return
    yield (
        "commit",
        "it sends something, and nothing was seen afterwards that proves it arrived",
        "Wait for the site's answer before you end the demonstration, or tell it apart with “success visible TEXT”",
    )


def _today(step: Step, number: int, workflow: Workflow, examples: Mapping[str, str]) -> Iterator[_Found]:
    """The day of the demonstration is known from when its elements were first seen."""
    name = whole_name(step.value or "")
    param = workflow.params.get(name or "")
    if name is None or param is None or param.default is not None or not step.target or not step.target.variants:
        return
    shown_on, typed = step.target.variants[0].first, examples.get(name, "")
    if not shown_on or not typed:
        return
    if typed == shown_on:
        yield (
            "today",
            "this is the day on which you showed it",
            f"Say “{number} today” if it is always the day of the run",
        )
    elif param.type == "string" and (shown_on in typed or _dotted(shown_on) in typed):
        yield (
            "today",
            "the text holds the day on which you showed it, and stays a value to be given for every run",
            "Leave the day out of it if it means nothing",
        )


def _dotted(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day:%d.%m.%Y}"
