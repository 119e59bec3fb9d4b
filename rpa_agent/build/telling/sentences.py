"""Tells what a demonstration became in plain sentences, one line a step, so that a person can correct it by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from ...domain.condition import parse, words
from ...domain.procedure import Answer, Procedure, Step
from ...domain.target import Fingerprint, Target
from ...domain.template import HOLE, names_in, whole_name
from ...domain.texts import in_short
from ...domain.values import canonical, is_date_format
from ...domain.workflow import Check, Param, Workflow
from ..sight import out_of_sight

if TYPE_CHECKING:
    from ..lint import Advice

_NOUNS = {
    "textbox": "field", "searchbox": "search field", "spinbutton": "field", "combobox": "list", "listbox": "list",
    "checkbox": "box", "radio": "choice", "switch": "switch", "slider": "slider", "option": "entry", "tab": "tab",
    "menuitem": "menu entry", "menuitemcheckbox": "menu entry", "menuitemradio": "menu entry", "treeitem": "entry",
    "row": "row", "cell": "cell", "gridcell": "cell", "columnheader": "column header", "link": "link",
    "button": "button", "img": "picture", "listitem": "entry", "table": "table", "grid": "table", "heading": "heading",
}  # fmt: skip
_TAGS = {"canvas": "drawing area", "svg": "drawing", "img": "picture", "area": "picture", "tr": "row", "td": "cell"}
_KINDS = {
    "string": "text", "decimal": "number", "integer": "whole number", "boolean": "yes or no", "choice": "one of a list",
    "email": "e-mail address",
}  # fmt: skip
_short = partial(in_short, most=60)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


UNDECIDED = " | "  # stands between the formats of a step whose demonstration did not tell which one it was
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A value that can be read in more than one way; until a person answers, running refuses where it matters."""

    step: int
    param: str
    shown: str
    readings: Mapping[str, str]  # format -> the value in words

    def sentence(self) -> str:
        ways = " or ".join(f"{value or 'a value'} ({fmt})" for fmt, value in self.readings.items())
        answers = ", or ".join(f"“{self.step} reading {fmt}”" for fmt in self.readings)
        return f"Step {self.step}: “{self.shown}” can be read as {ways}. Say {answers}."


@dataclass(frozen=True)
class Told:
    """All that the page tells; ``examples`` and ``shown`` are this demonstration's values and go to people only."""

    procedure: Procedure
    workflow: Workflow
    examples: Mapping[str, str]
    questions: Sequence[Question] = ()
    advice: Sequence[Advice] = ()


def script_of(procedure: Procedure, checks: Sequence[Check]) -> list[str]:
    """Return the know-how in words as memory keeps it: no value of a demonstration is in it."""
    lines = [f"{i}. {sentence(step)}" for i, step in enumerate(procedure.steps, 1)]
    lines.append(_sends(procedure))
    if procedure.params:
        lines.append("Changes per run: " + ", ".join(procedure.params) + ".")
    if procedure.secrets:
        lines.append("Secret: " + ", ".join(procedure.secrets) + ".")
    lines.append("Success is: " + ("; ".join(check_words(c) for c in checks) or "not measured") + ".")
    return lines


def page_of_sentences(told: Told) -> list[str]:
    """Return the page a recording ends with: steps, what sends and why, what varies, what is secret, what proves it."""
    procedure, workflow = told.procedure, told.workflow
    lines = [f"{i}. {sentence(step)}" for i, step in enumerate(procedure.steps, 1)]
    lines += ["", _sends(procedure)]
    varying = {n: p for n, p in workflow.params.items() if p.default is None}
    if varying:
        lines.append("Changes per run:")
        lines += [f"  {_param(n, p, told)}" for n, p in varying.items()]
    fixed = {n: p for n, p in workflow.params.items() if p.default is not None}
    if fixed:
        lines.append("The same in every run, unless it is given:")
        lines += [f"  {n}: {_default(p)}{_steps_of(n, procedure)}" for n, p in fixed.items()]
    if procedure.secrets:
        said = ", ".join(f"{n}{_steps_of('secrets.' + n, procedure)}" for n in procedure.secrets)
        lines.append(f"Secret, and never written down: {said}.")
    if workflow.rows:
        lines.append(f"Runs once per row of {workflow.rows.file}{_key(workflow)}.")
    if outputs := [n for n in workflow.outputs if n]:
        lines.append("Brings back: " + ", ".join(outputs) + ".")
    lines.append("Success is: " + ("; and ".join(check_words(c) for c in workflow.checks()) or "not measured") + ".")
    if out_of_sight(procedure, workflow):
        lines.append("Success cannot be seen: this address was there from the beginning, and nothing else spoke of success.")
    lines += [f"Ends as {e.name!r}, which is no fault, when {check_words(e.when)}." for e in workflow.exceptions]
    if told.questions:
        lines += ["", "Please answer:", *(f"  {q.sentence()}" for q in told.questions)]
    if told.advice:
        lines += ["", "While you can still change it:", *(f"  {a.sentence()}" for a in told.advice)]
    return lines


def _key(workflow: Workflow) -> str:
    return f", told apart by {workflow.rows.key}" if workflow.rows and workflow.rows.key else ""


def _sends(procedure: Procedure) -> str:
    sends = [(i, s) for i, s in enumerate(procedure.steps, 1) if s.effect == "commit"]
    if not sends:
        return "Sends nothing."
    said = "; ".join(f"step {i} ({s.commit}), because it {s.reason or 'may change something'}" for i, s in sends)
    return f"Sends something: {said}."


def _param(name: str, param: Param, told: Told) -> str:
    kind = _KINDS.get(param.type, param.type)
    if param.type == "choice" and 0 < len(param.options) <= 8:
        kind = "one of " + ", ".join(param.options)
    example = told.examples.get(name, "")
    said = f", as in “{_short(example)}”" if example else ""
    may = "" if param.required else ", may be left out"
    return f"{name} ({kind}{may}){said}{_steps_of(name, told.procedure)}"


def _default(param: Param) -> str:
    said = str(param.default)
    day = re.fullmatch(r"\{\{\s*today\s*(?:([+-])\s*(\d+)\s*)?\}\}", said)
    if day is None:
        return f"“{_short(said)}”"
    return f"{day[2]} days {'after' if day[1] == '+' else 'before'} the run" if day[2] else "the day of the run"


def _steps_of(name: str, procedure: Procedure) -> str:
    at = [str(i) for i, s in enumerate(procedure.steps, 1) if name in values_of(s)]
    return f" [step {', '.join(at)}]" if at else ""


def values_of(step: Step) -> tuple[str, ...]:
    """Return the names of the values that a step enters, answers with, or finds its record by."""
    texts = [step.value or "", (step.answer.text or "") if step.answer else ""]
    for variant in (v for t in (step.target, step.to) if t for v in t.variants):
        fp = variant.fingerprint
        texts += [fp.row.key if fp.row else "", fp.name, fp.text]
    return tuple(dict.fromkeys(name for text in texts for name in names_in(text)))


def plain(template: str) -> str:
    """Return a template with its holes as names in angle quotes, as a person reads them."""
    return HOLE.sub(_hole, template.replace("{base}", "the site"))


def _hole(m: re.Match[str]) -> str:
    name = m.group(1).removeprefix("outputs.")
    days = f" {m.group(2)} {m.group(3)} days" if m.group(2) else ""
    return f"the secret ‹{name.removeprefix('secrets.')}›" if name.startswith("secrets.") else f"‹{name}{days}›"


def check_words(check: Check) -> str:
    """Return one check as part of a sentence."""
    if check.visible is not None:
        return f"the page shows “{plain(check.visible)}”"
    if check.hidden is not None:
        return f"the page does not show “{plain(check.hidden)}”"
    if check.url is not None:
        return f"the address is like {plain(check.url)}"
    if check.output is not None:
        return "; ".join(f"{name} looks like {regex}" for name, regex in check.output.items())
    return f"the site confirms it ({plain(check.words())})"


# ---- one step -------------------------------------------------------------------------------------------------------


def sentence(step: Step) -> str:
    """Return one step as a sentence or two."""
    said = _opened(step) + _act(step)
    return " ".join([said, *_consequences(step)])


def _opened(step: Step) -> str:
    parts = []
    if step.when:
        parts.append(f"Only when {words(parse(step.when))}")
    if step.optional:
        parts.append("If it is there")
    if step.spare:
        parts.append("Where the page that it leads to is not at hand already")
    if step.tab:
        parts.append(f"In the {_ORDINALS[step.tab] if step.tab < len(_ORDINALS) else str(step.tab + 1) + 'th'} tab")
    return f"{', '.join(parts)}: " if parts else ""


def _act(step: Step) -> str:
    on, value = _the(step.target), _value(step)
    match step.kind:
        case "goto":
            return f"Open {plain((step.value or '{base}').replace('{base}/', '{base} at /'))}."
        case "fill":
            return _typed(step, on, value)
        case "select":
            return f"Choose {value} in {on}."
        case "press":
            return f"Press {step.value} in {on}." if step.target else f"Press {step.value}."
        case "check" | "uncheck":
            return f"{'Tick' if step.kind == 'check' else 'Untick'} {on}."
        case "upload":
            return f"Upload the file {value} at {on}."
        case "click" | "dblclick" | "rightclick" | "drag":
            return _pointed(step, on)
        case "hover":
            return f"Point at {on}."
        case "scroll":
            return f"Scroll {'down ' if not step.target else ''}until {on if step.target else 'more'} is there."
        case "back" | "forward":
            return f"Go {step.kind} one page."
        case "read":
            return _read(step, on)


def _typed(step: Step, on: str, value: str) -> str:
    if not step.value:
        return f"Empty {on}."
    opens = step.target is not None and step.target.variants[0].fingerprint.role == "button"
    return f"Choose {value} at {on}." if opens else f"Type {value} into {on}."


def _pointed(step: Step, on: str) -> str:
    if step.kind == "drag" and step.to is None:
        return f"Drag {on}{_spot(step.point)} {_way(step.point, step.to_point)}."
    if step.kind == "drag":
        return f"Drag {on}{_spot(step.point)} to {_the(step.to)}{_spot(step.to_point)}."
    how = {"dblclick": "Double-click", "rightclick": "Right-click"}.get(step.kind, "Click")
    return f"{how} {on}{_held(step)}{_spot(step.point)}."


def _held(step: Step) -> str:
    return f" while holding {step.value}" if step.value and not HOLE.search(step.value) else ""


def _spot(point: tuple[float, float] | None) -> str:
    if point is None or max(abs(point[0] - 0.5), abs(point[1] - 0.5)) < 0.05:
        return ""  # its middle, as for every click
    return f" at {point[0]:.0%} from its left and {point[1]:.0%} from its top"


def _way(start: tuple[float, float] | None, end: tuple[float, float] | None) -> str:
    """Return where a drag over open ground goes."""
    (x, y), (to_x, to_y) = start or (0.5, 0.5), end or (0.5, 0.5)
    across = "to the right" if to_x - x > 0.1 else "to the left" if x - to_x > 0.1 else ""
    down = "down" if to_y - y > 0.1 else "up" if y - to_y > 0.1 else ""
    return " and ".join(w for w in (across, down) if w) or "to another place"


def _read(step: Step, on: str) -> str:
    kept = f"‹{step.output}›" if step.output else "a value"
    if step.table is None:
        around = f" (the part in “{plain(step.value)}”)" if step.value and not whole_name(step.value) else ""
        return f"Read {on}{around} and keep it as {kept}."
    columns = ", ".join(step.table.columns) or "all columns"
    paged = ", page by page" if step.target and step.target.pager else ""
    return f"Read the table {on} as records ({columns}){paged}, and keep it as {kept}."


def _value(step: Step) -> str:
    value = step.value or ""
    if not value:
        return "nothing"
    return plain(value) if HOLE.fullmatch(value.strip()) else f"“{_short(plain(value))}”"


def _consequences(step: Step) -> Iterator[str]:
    if step.effect == "commit":
        yield f"This SENDS ({(step.reason or 'may change something').removeprefix('sends ')})."
    if step.expect.dialog or step.answer:
        yield _dialog(step.expect.dialog, step.answer)
    for asked in step.further:
        yield _dialog(asked.question, asked.answer).replace("The page", "Then the page", 1)
    if step.expect.popup:
        yield "A new tab opens."
    if step.expect.download or (step.output and step.kind != "read"):
        kept = f", kept as ‹{step.output}›" if step.output else ""
        yield f"The file “{plain(step.expect.download or '*')}” is downloaded{kept}."
    if step.closes:
        yield "Its tab is closed."


def _dialog(question: str, answer: Answer | None) -> str:
    kind, _, text = question.partition(":")
    asked = f"“{plain(text.strip())}”" if text.strip() else "a question"
    if kind == "alert":
        return f"The page says {asked}; close it."
    if kind == "beforeunload":
        return "The page asks whether to leave it; leave."
    if answer is not None and not answer.accept:
        return f"The page asks {asked}; answer with Cancel."
    if answer is not None and answer.text:
        return f"The page asks {asked}; type {plain(answer.text)} and answer with OK."
    return f"The page asks {asked}; answer with OK."


def _the(target: Target | None) -> str:
    """Return an element as a person would point it out."""
    if target is None or not target.variants:
        return "the page"
    fp = target.variants[0].fingerprint
    return f"{_called(fp)}{_where(fp)}"


def _called(fp: Fingerprint) -> str:
    noun = _NOUNS.get(fp.role) or _TAGS.get(fp.tag) or "element"
    if fp.capability == "fill" and noun == "element":
        noun = "field"
    name = next((t for t in (fp.name, fp.label, fp.placeholder, fp.title, fp.text, fp.alt) if t), "")
    if "#h:" in name:
        return f"the {noun} whose text is a record's own"
    if name:
        return f"the {noun} “{_short(plain(name))}”"
    close = next((n for n in (*fp.near, fp.neighbour) if n and "#h:" not in n), "")
    return f"the {noun} without a name{f' beside “{_short(plain(close))}”' if close else ''}"


def _where(fp: Fingerprint) -> str:
    out = ""
    if fp.row and fp.row.key:
        out += f" in the row of {plain(fp.row.key)}"
    if fp.dialog and "#h:" not in fp.dialog and fp.dialog != fp.name:
        out += f" in the dialog “{_short(plain(fp.dialog))}”"
    if fp.frames:
        inner = fp.frames[-1]
        out += f" in the frame “{inner}”" if re.fullmatch(r"[\w -]+", inner) else " in an embedded page"
    return out


# ---- questions ------------------------------------------------------------------------------------------------------


def questions_of(
    procedure: Procedure, shown: Mapping[str, str], examples: Mapping[str, str], params: Mapping[str, Param]
) -> tuple[Question, ...]:
    """Return what the demonstration left open: values whose way of writing can be read as more than one."""
    asked: dict[str, Question] = {}
    for number, step in enumerate(procedure.steps, 1):
        name = whole_name(step.value or "")
        formats = (step.format or "").split(UNDECIDED)
        if name is None or name in asked or name not in params or len(formats) < 2:
            continue
        text = shown.get(name, examples.get(name, ""))
        readings = {f: reading for f in formats if (reading := in_words(text, f))}
        asked[name] = Question(number, name, text, readings or dict.fromkeys(formats, ""))
    return tuple(asked.values())


def in_words(text: str, fmt: str) -> str:
    """Return a text as this format reads it: a day with the month's name, a plain number; nothing where it is none."""
    value = canonical(text, fmt)
    if value is None or not is_date_format(fmt):
        return value or ""
    day = date.fromisoformat(value)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
