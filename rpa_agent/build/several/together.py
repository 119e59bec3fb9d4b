"""Several demonstrations of one workflow become one procedure: what is common is required, what varies is told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...domain.errors import UsageInvalid
from ...domain.identity import identity
from ...domain.procedure import Expectation, Procedure, Request, Step
from ...domain.target import Fingerprint, Target
from ...domain.template import HOLE, names_in, whole_name
from ...domain.workflow import CommitRule, Param, Workflow
from .. import Built, told
from ..telling.entered import secret
from ..telling.renaming import renamed
from ..telling.sentences import values_of
from .sometimes import Demo, told_apart

ALIKE = 0.8  # two elements of one kind that are so alike are the same to a person
SAME_LOOK = 0.995
ENOUGH = 0.5  # of the shorter demonstration's steps must be in the other one
_RANK = {"none": 0, "draft": 1, "commit": 2}
_BY_A_PERSON = "a person says so"


@dataclass(frozen=True)
class Known:
    """What is known of the workflow, and the demonstrations it came from: their values and the steps they had."""

    procedure: Procedure
    workflow: Workflow
    examples: Mapping[str, str]
    earlier: Sequence[tuple[Mapping[str, str], Sequence[str]]]


@dataclass(frozen=True)
class Merged:
    """What all demonstrations became; ``shown`` are the ids of the steps that the new one had."""

    built: Built
    shown: tuple[str, ...]


def together(known: Known, alone: Built) -> Merged:
    """Merge one more demonstration into what is known; raises UsageInvalid with the reason where it does another thing."""
    alone = _same_secrets(known, alone)
    pairs = _aligned(known.procedure.steps, alone.procedure.steps)
    _refuse_others(known, alone, pairs)
    alone = _same_names(known, alone, pairs)
    new = {s.id: s for s in alone.procedure.steps}
    pairs = [(a, new[b.id] if b else None) for a, b in pairs]
    steps, shown = _merged_steps(pairs)
    demos = [*(Demo(values, frozenset(ids)) for values, ids in known.earlier), Demo(alone.examples, frozenset(shown))]
    params = {**alone.workflow.params, **known.workflow.params}
    pages = {**alone.procedure.pages, **known.procedure.pages}
    told_ = told_apart(steps, demos, params, pages)
    params = _varying(told_.params, demos, _keys_of(known.workflow, alone))
    procedure = known.procedure.but(
        steps=told_.steps,
        params=tuple(params),
        secrets=tuple(dict.fromkeys((*known.procedure.secrets, *alone.procedure.secrets))),
        pages=pages,
    )
    commits = {c.name: c for c in known.workflow.commits}
    workflow = known.workflow.but(
        allow=tuple(dict.fromkeys((*known.workflow.allow, *alone.workflow.allow))),
        params=params,
        secrets=tuple(dict.fromkeys((*known.workflow.secrets, *alone.workflow.secrets))),
        commits=tuple(commits.get(s.commit, CommitRule(name=s.commit)) for s in procedure.commits() if s.commit),
        outputs={**alone.workflow.outputs, **known.workflow.outputs},
    )
    built = replace(
        alone,
        procedure=procedure,
        workflow=workflow,
        examples={**known.examples, **alone.examples, **told_.examples},
        remarks={**alone.remarks, **told_.remarks},
    )
    return Merged(told(built), tuple(shown))


# ---- the same steps -------------------------------------------------------------------------------------------------

Pair = tuple[Step | None, Step | None]


def _aligned(known: Sequence[Step], new: Sequence[Step]) -> list[Pair]:
    """Pair the steps that are the same, order kept; what was only done in another order is the same too."""
    scores = [[_alike(a, b) for b in new] for a in known]
    best = [[0.0] * (len(new) + 1) for _ in range(len(known) + 1)]
    for i in range(len(known) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            taken = scores[i][j] + best[i + 1][j + 1] if scores[i][j] else 0.0
            best[i][j] = max(taken, best[i + 1][j], best[i][j + 1])
    pairs: list[Pair] = []
    i = j = 0
    while i < len(known) and j < len(new):
        if scores[i][j] and best[i][j] == scores[i][j] + best[i + 1][j + 1]:
            pairs.append((known[i], new[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((known[i], None))
            i += 1
        else:
            pairs.append((None, new[j]))
            j += 1
    pairs += [(a, None) for a in known[i:]]
    pairs += [(None, b) for b in new[j:]]
    return _reordered(pairs)


def _reordered(pairs: Sequence[Pair]) -> list[Pair]:
    """Independent fields may be filled in any order: the known order stays."""
    left = [b for a, b in pairs if a is None and b is not None]
    out: list[Pair] = []
    moved: set[str] = set()
    for a, b in pairs:
        if a is not None and b is None:
            b = next((x for x in left if x.id not in moved and _alike(a, x)), None)
            if b is not None:
                moved.add(b.id)
        out.append((a, b))
    return [(a, b) for a, b in out if a is not None or b is None or b.id not in moved]


def _alike(a: Step, b: Step) -> float:
    """Return how sure it is that two steps are the same; 0 when they are not."""
    if a.kind != b.kind or a.tab != b.tab:
        return 0.0
    if a.kind == "press" and a.value != b.value:
        return 0.0
    if a.target is None or b.target is None:
        same = a.target is b.target and _shape(a.value or "") == _shape(b.value or "")
        return 1.0 if same else 0.0
    if a.output != b.output and a.kind == "read":
        return 0.0
    was = b.target.variants[0].fingerprint
    score = max(_both_ways(v.fingerprint, was) for v in a.target.variants)
    return score + (0.1 if a.id == b.id else 0.0) if score >= ALIKE else 0.0


def _both_ways(a: Fingerprint, b: Fingerprint) -> float:
    a, b = _any_record(a), _any_record(b)
    if bool(a.row) != bool(b.row):
        return 0.0
    return min(identity(a, b), identity(b, a))


def _any_record(fp: Fingerprint) -> Fingerprint:
    """Whatever the parameter is called that names the row."""
    if fp.row is None or not HOLE.search(fp.row.key):
        return fp
    return fp.model_copy(update={"row": fp.row.model_copy(update={"key": "{{ key }}"})})


def _shape(template: str) -> str:
    return HOLE.sub("*", template)


def _refuse_others(known: Known, alone: Built, pairs: Sequence[Pair]) -> None:
    """A demonstration that does something else is a workflow of its own."""
    common = [(a, b) for a, b in pairs if a and b]
    acted = [p for p in common if p[0].target is not None]
    shorter = min(_with_target(known.procedure.steps), _with_target(alone.procedure.steps))
    if not shorter or len(acted) < ENOUGH * shorter:
        raise UsageInvalid(
            f"this demonstration does something else: only {len(acted)} of its {_with_target(alone.procedure.steps)}"
            f" steps are among the {_with_target(known.procedure.steps)} that are known",
            do="Record it under a name of its own.",
        )
    here = [b for a, b in pairs if b and b.effect == "commit" and (a is None or a.effect != "commit")]
    before = [a for a, b in pairs if a and a.effect == "commit" and b is None]
    if here and before:
        raise UsageInvalid(
            f"this demonstration sends something else: {_names(here)} and not {_names(before)}",
            do="Record it under a name of its own.",
        )


def _with_target(steps: Sequence[Step]) -> int:
    return sum(s.target is not None for s in steps)


def _names(steps: Sequence[Step]) -> str:
    return ", ".join(s.commit or s.id for s in steps)


# ---- the same names -------------------------------------------------------------------------------------------------


def _same_secrets(known: Known, alone: Built) -> Built:
    """What a person said to be secret stays so, in each demonstration."""
    for a, b in _aligned(known.procedure.steps, alone.procedure.steps):
        hole = whole_name(a.value or "") if a else None
        if a and b and hole and hole.startswith("secrets.") and not (b.value or "").startswith("{{ secrets."):
            now = next(s for s in alone.procedure.steps if s.id == b.id)
            if whole_name(now.value or "") in alone.workflow.params:
                alone = secret(alone, now, "")
    return alone


def _same_names(known: Known, alone: Built, pairs: Sequence[Pair]) -> Built:
    """Call the new demonstration's values as they are called already; other values get names of their own."""
    names: dict[str, str] = {}
    for a, b in pairs:
        if a is None or b is None:
            continue
        was = [n for n in values_of(a) if n in known.workflow.params]
        now = [n for n in values_of(b) if n in alone.workflow.params]
        for new, old in zip(now, was, strict=False):  # one value of a step, as nearly every step has; else in order
            names.setdefault(new, old)
    for name in alone.workflow.params:
        if name not in names:
            names[name] = _free(name, {*known.workflow.params, *known.workflow.secrets, *names.values()})
    changed = {old: new for old, new in names.items() if old != new}
    for n, old in enumerate(changed):  # over names that nothing has, so that two may change places
        alone = renamed(alone, old, f"value_in_between_{n}")
    for n, new in enumerate(changed.values()):
        alone = renamed(alone, f"value_in_between_{n}", new)
    return alone


def _free(name: str, taken: set[str]) -> str:
    return next(n for n in (name, *(f"{name}_{k}" for k in range(2, 1000))) if n not in taken)


# ---- one step out of two --------------------------------------------------------------------------------------------


def _merged_steps(pairs: Sequence[Pair]) -> tuple[list[Step], list[str]]:
    """Return all steps in order, and the ids of those that the new demonstration had."""
    steps: list[Step] = []
    shown: list[str] = []
    taken = {a.id for a, _ in pairs if a}
    commits = {a.commit for a, _ in pairs if a and a.commit}
    for a, b in pairs:
        if a and b:
            step = _one_of(a, b, commits)
        elif a:
            step = a
        else:
            assert b is not None
            step = b.but(id=_free(b.id, taken), commit=_free_commit(b.commit, commits))
        taken.add(step.id)
        if step.commit:
            commits.add(step.commit)
        if b:
            shown.append(step.id)
        steps.append(step)
    return steps, shown


def _free_commit(name: str | None, taken: set[str]) -> str | None:
    return None if name is None else next(n for n in (name, *(f"{name}-{k}" for k in range(2, 1000))) if n not in taken)


def _one_of(a: Step, b: Step, commits: set[str]) -> Step:
    changes: dict[str, object] = {"expect": _expected_in_both(a.expect, b.expect)}
    if a.target and b.target:
        changes["target"] = _both_looks(a.target, b.target)
    if b.shown_as is not None:
        changes["shown_as"] = a.shown_as.also(b.shown_as) if a.shown_as is not None else b.shown_as
    if a.value != b.value and whole_name(a.value or "") is None and whole_name(b.value or ""):
        changes.update(value=b.value, format=b.format)  # it varies
    if _RANK[b.effect] > _RANK[a.effect] and a.reason != _BY_A_PERSON:
        changes.update(effect=b.effect, reason=b.reason, commit=_free_commit(b.commit, commits))
    return a.but(**changes)


def _both_looks(a: Target, b: Target) -> Target:
    """A look that is known is counted once more; another one is added."""
    new = b.variants[0]
    for i, variant in enumerate(a.variants):
        if _both_ways(variant.fingerprint, new.fingerprint) >= SAME_LOOK:
            seen = variant.but(seen=variant.seen + 1, last=max(variant.last, new.last))
            return a.but(variants=(*a.variants[:i], seen, *a.variants[i + 1 :]), pager=a.pager or b.pager)
    return a.but(variants=(*a.variants, new), pager=a.pager or b.pager)


def _expected_in_both(a: Expectation, b: Expectation) -> Expectation:
    """What followed in every demonstration is expected; what followed in some is not."""
    return a.but(
        url=_common(a.url, b.url),
        requests=tuple(_common_requests(a.requests, b.requests)),
        texts=tuple(t for t in a.texts if t in b.texts),
        dialog=a.dialog or b.dialog,  # only a question that was shown may be answered, in whichever of them it came
        popup=_common(a.popup, b.popup),
        download=_common(a.download, b.download),
        settle_ms=max(a.settle_ms, b.settle_ms),
    )


def _common(a: str, b: str) -> str:
    """Return the template that both addresses or file names fit; nothing where they are of another shape."""
    if a == b:
        return a
    one, other = a.split("/"), b.split("/")
    if not a or not b or len(one) != len(other) or one[0] != other[0]:
        return ""
    return "/".join(x if x == y else "*" for x, y in zip(one, other, strict=True))


def _common_requests(a: Sequence[Request], b: Sequence[Request]) -> Iterator[Request]:
    left = list(b)
    for request in a:
        for other in left:
            path = _common(request.path, other.path)
            same = (request.method, request.origin, request.operation) == (other.method, other.origin, other.operation)
            if same and path:
                left.remove(other)
                fields = {f: p for f, p in request.fields.items() if other.fields.get(f) == p}
                within = {p: f for p, f in request.within.items() if other.within.get(p) == f}
                yield request.but(path=path, fields=fields, within=within, status=request.status or other.status)
                break


# ---- what varies ----------------------------------------------------------------------------------------------------


def _keys_of(workflow: Workflow, alone: Built) -> set[str]:
    """What tells records apart varies by its nature, even where the same record was shown twice."""
    keys = {k for c in workflow.commits if c.once for k in c.once.key}
    looks = (v.fingerprint for s in alone.procedure.steps if s.target for v in s.target.variants)
    keys |= {name for fp in looks if fp.row for name in names_in(fp.row.key)}
    return keys | {alone.identifying, workflow.rows.key or "" if workflow.rows else ""}


def _varying(params: Mapping[str, Param], demos: Sequence[Demo], keys: set[str]) -> dict[str, Param]:
    """A value that was the same in every demonstration needs not be given; one that changed must be."""
    out = {}
    for name, param in params.items():
        values = [d.values.get(name) for d in demos]
        given = [v for v in values if v is not None]
        fixed = str(param.default) if param.default is not None else None
        if len(given) == len(demos) and len(set(given)) == 1 and name not in keys and fixed is None and "{{" not in given[0]:
            param = param.but(default=given[0])
        elif fixed is not None and "{{" not in fixed and param.type != "boolean" and len(set(given)) > 1:
            param = param.but(default=None)
        out[name] = param
    return out
