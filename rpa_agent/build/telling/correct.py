"""Corrections by number: a person's words about the page of sentences change what was built, or are refused by line.

One line is one correction; numbers are those of the page that was shown, whatever earlier lines did::

    4 draft | 4 none | 5 commit [NAME]                what a step does to the server
    7 optional | 7 required | 6 when CONDITION | 6 always
    3 constant [VALUE] | 3 varies | 3 today [+ 30]    the value a step enters
    3 name=supplier | 3 type=string | 2 reading dd/mm/yyyy
    secret 3 | not-secret 3 | 9 delete
    success visible TEXT | success hidden TEXT | success url PATTERN | success also visible TEXT | success none
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic import ValidationError

from ...domain.condition import BadCondition, parse, problems
from ...domain.errors import UsageInvalid
from ...domain.procedure import Effect, Procedure, Step
from ...domain.template import HOLE, names_in, whole_name
from ...domain.workflow import NAME, Check, CommitRule
from .. import Built, told
from ..parameters import slug
from .entered import (
    ENTERS,
    Refused,
    called,
    constant,
    not_secret,
    nothing_after,
    of_type,
    on_the_day,
    reading,
    secret,
    varies,
    with_param,
    without_secret,
)  # fmt: skip
from .renaming import without
from .sentences import values_of

HELP = (
    "4 draft, 4 none, 5 commit NAME: what a step does to the server",
    "7 optional, 7 required, 6 when {{ amount > 10000 }}, 6 when visible: TEXT, 6 always: whether it is done",
    "3 constant, 3 varies, 3 today, 3 today + 30: the value it enters",
    "3 name=supplier, 3 type=string, 2 reading dd/mm/yyyy: what the value is called and how it is read",
    "secret 3, not-secret 3: whether the value is kept out of every file",
    "9 delete: leave the step out",
    "success visible TEXT, success also url PATTERN, success hidden TEXT, success none: what proves success",
)
_NUMBERED = re.compile(r"^(?:step\s+)?(\d{1,4})\s+(.+)$", re.IGNORECASE | re.DOTALL)
_NAMED_FIRST = re.compile(r"^(secret|not-secret)\s+(?:step\s+)?(\d{1,4})$", re.IGNORECASE)
_SUCCESS = re.compile(r"^success\s+(also\s+)?(visible|hidden|url|none)\b:?\s*(.*)$", re.IGNORECASE | re.DOTALL)
_BY_A_PERSON = "a person says so"


def corrected(built: Built, lines: Sequence[str]) -> Built:
    """Return what was built with every correction made; raises UsageInvalid naming each line that cannot be."""
    numbered = [s.id for s in built.procedure.steps]
    wrong = []
    for line in lines:
        try:
            built = _one(built, line.strip(), numbered)
        except Refused as e:
            wrong.append(f"{line.strip()!r}: {e}")
        except ValidationError as e:
            wrong.append(f"{line.strip()!r}: {e.errors(include_url=False)[0]['msg'].removeprefix('Value error, ')}")
    if wrong:
        raise UsageInvalid("; ".join(wrong), do="Nothing was changed. You can say: " + "; ".join(HELP))
    return told(built)


def _one(built: Built, line: str, numbered: Sequence[str]) -> Built:
    if m := _SUCCESS.match(line):
        return _success(built, m[2].lower(), m[3].strip(), also=bool(m[1]))
    if m := _NAMED_FIRST.match(line):
        number, said = int(m[2]), m[1].lower()
    elif m := _NUMBERED.match(line):
        number, said = int(m[1]), m[2].strip()
    else:
        raise Refused("begin with a step's number, secret, not-secret or success")
    if not 1 <= number <= len(numbered):
        raise Refused(f"there is no step {number}; the steps are 1 to {len(numbered)}")
    step = next((s for s in built.procedure.steps if s.id == numbered[number - 1]), None)
    if step is None:
        raise Refused(f"step {number} was deleted by an earlier correction")
    word, rest = _word_of(said)
    change = _WORDS.get(word)
    if change is None:
        raise Refused(f"{word!r} is unknown; known: {', '.join(_WORDS)}")
    return change(built, step, rest)


def _word_of(said: str) -> tuple[str, str]:
    if m := re.match(r"^(name|type|constant)\s*=\s*(.*)$", said, re.IGNORECASE | re.DOTALL):
        return m[1].lower(), m[2].strip()
    word, _, rest = said.partition(" ")
    return word.lower(), rest.strip()


def _with(built: Built, step: Step, **changes: object) -> Built:
    """Return what was built with one step changed."""
    new = step.but(**changes)
    steps = tuple(new if s.id == step.id else s for s in built.procedure.steps)
    return replace(built, procedure=built.procedure.but(steps=steps))


# ---- what a step does -----------------------------------------------------------------------------------------------


def _effect(effect: Effect) -> Callable[[Built, Step, str], Built]:
    def change(built: Built, step: Step, rest: str) -> Built:
        nothing_after(rest)
        changed = _with(built, step, effect=effect, commit=None, reason=_BY_A_PERSON if effect != "none" else "")
        return _without_rule(changed, step.commit)

    return change


def _without_rule(built: Built, commit: str | None) -> Built:
    if commit is None or any(s.commit == commit for s in built.procedure.steps):
        return built
    rules = tuple(r for r in built.workflow.commits if r.name != commit)
    remarks = built.remarks if rules else {k: v for k, v in built.remarks.items() if not k.startswith("commits")}
    return replace(built, workflow=built.workflow.but(commits=rules), remarks=remarks)


def _commit(built: Built, step: Step, rest: str) -> Built:
    name = rest or step.commit or _commit_name(step)
    if not re.match(NAME, name):
        raise Refused(f"{name!r} is no name: small letters, digits and hyphens, 64 at most")
    if any(s.commit == name and s.id != step.id for s in built.procedure.steps):
        raise Refused(f"another step sends as {name!r} already")
    before = next((r for r in built.workflow.commits if r.name == step.commit), None)
    changed = _with(
        built, step, effect="commit", commit=name, reason=step.reason if step.effect == "commit" else _BY_A_PERSON
    )
    rules = [r for r in built.workflow.commits if r.name not in {step.commit, name}]
    rules.append((before or CommitRule(name=name)).but(name=name))
    order = {s.commit: i for i, s in enumerate(changed.procedure.steps)}
    rules.sort(key=lambda r: order.get(r.name, len(order)))
    return replace(changed, workflow=built.workflow.but(commits=tuple(rules)))


def _commit_name(step: Step) -> str:
    said = HOLE.sub("", step.target.variants[0].fingerprint.name) if step.target else ""
    return slug(said if "#h:" not in said else step.kind).replace("_", "-").strip("-") or "send"


def _optional(optional: bool) -> Callable[[Built, Step, str], Built]:
    def change(built: Built, step: Step, rest: str) -> Built:
        nothing_after(rest)
        if optional and step.effect == "commit":
            raise Refused("a step that sends cannot be optional; say when it is done: “N when {{ … }}”")
        changed = _with(built, step, optional=optional, spare=step.spare and optional)
        name = whole_name(step.value or "")
        if name is None or name not in built.workflow.params or step.kind not in ENTERS:
            return changed
        return with_param(changed, name, required=not optional)  # a value that is not given is not entered

    return change


def _when(built: Built, step: Step, rest: str) -> Built:
    try:
        condition = parse(rest)
    except BadCondition as e:
        raise Refused(str(e)) from e
    if wrong := problems(condition, {n: p.type for n, p in built.workflow.params.items()}):
        raise Refused("; ".join(wrong))
    return _with(built, step, when=rest)


def _always(built: Built, step: Step, rest: str) -> Built:
    nothing_after(rest)
    return _with(built, step, when=None)


def _delete(built: Built, step: Step, rest: str) -> Built:
    nothing_after(rest)
    left = tuple(s for s in built.procedure.steps if s.id != step.id)
    if not any(s.kind != "goto" for s in left):
        raise Refused("nothing would be left to do")
    used = {t.page for s in left for t in (s.target, s.to) if t is not None}
    page = step.target.page if step.target else ""
    pages = {k: v for k, v in built.procedure.pages.items() if k != page or k in used}
    changed = replace(built, procedure=built.procedure.but(steps=left, pages=pages))
    changed = _without_rule(changed, step.commit)
    for name in values_of(step):
        if name in built.workflow.params and not _entered(changed.procedure, name):
            changed = without(changed, name)
        hidden = name.removeprefix("secrets.")
        if name.startswith("secrets.") and not _entered(changed.procedure, name):
            changed = without_secret(changed, hidden)
    return changed


def _entered(procedure: Procedure, name: str) -> bool:
    """Tell whether a step still needs the value: types it, asks for it, or finds its record by it."""

    return any(name in values_of(s) or name in re.findall(r"[A-Za-z_]\w*", s.when or "") for s in procedure.steps)


# ---- what proves success --------------------------------------------------------------------------------------------


def _success(built: Built, kind: str, text: str, *, also: bool) -> Built:
    if kind == "none":
        if text or also:
            raise Refused("nothing is expected after it")
        return replace(built, workflow=built.workflow.but(success="none"))
    text = text[1:-1] if len(text) > 1 and (text[0], text[-1]) in {('"', '"'), ("'", "'"), ("“", "”")} else text
    if not text.strip("* /"):
        raise Refused(f"say what: success {kind} …")
    known = {*built.workflow.params, *built.workflow.outputs, "today"}
    if strange := [n for n in names_in(text) if n.removeprefix("outputs.") not in known]:
        raise Refused(f"{', '.join(strange)} is no parameter and no output")
    if "{{" in HOLE.sub("", text):
        raise Refused("there is a {{ that is no {{ name }}")
    check = Check.model_validate({kind: text})
    before = built.workflow.checks() if also else ()
    return replace(built, workflow=built.workflow.but(success=(*before, *((check,) if check not in before else ()))))


_WORDS: dict[str, Callable[[Built, Step, str], Built]] = {
    "draft": _effect("draft"),
    "none": _effect("none"),
    "commit": _commit,
    "optional": _optional(True),
    "required": _optional(False),
    "when": _when,
    "always": _always,
    "constant": constant,
    "varies": varies,
    "today": on_the_day,
    "name": called,
    "type": of_type,
    "reading": reading,
    "secret": secret,
    "not-secret": not_secret,
    "delete": _delete,
}
