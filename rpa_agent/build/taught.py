"""A broken step, shown anew by a person: what they did is spliced into the procedure, and everything around it stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..domain.errors import ParamsInvalid, UsageInvalid
from ..domain.identity import identity
from ..domain.procedure import READS, Page, Procedure, Step
from ..domain.recording import Recording
from ..domain.template import names_in
from ..domain.texts import each_text
from ..domain.values import same_value
from ..domain.workflow import Param, Workflow
from . import fold, mistakes, parameters, steps
from .telling.renaming import other_name

SAME = 0.85  # so like one another are two looks of one element
_VALUES = frozenset({"fill", "select", "upload", "press", "check", "uncheck", "goto"})
_ENTERED = frozenset({"fill", "select", "upload"})
BY = "person"


@dataclass(frozen=True)
class Shown:
    """What the person did, as steps, and the values that nothing of the run explains: they become new parameters."""

    steps: tuple[Step, ...]
    pages: Mapping[str, Page]
    params: Mapping[str, Param] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taught:
    """The procedure with what was shown in it, each change in words, and which commits the person did themselves."""

    document: Procedure
    workflow: Workflow
    edits: tuple[str, ...]
    done: tuple[str, ...] = ()


def steps_shown(
    recording: Recording, *, values: Mapping[str, str], known: Mapping[str, str], salt: str, hidden: Sequence[str] = ()
) -> Shown:
    """Return what was shown after ``recording.before`` as steps that speak of this run's values by their names.

    ``values`` are those of the run as the site writes them, ``known`` the values of secrets by name, ``hidden`` texts that
    must not be kept. Raises ParamsInvalid where nothing was shown.
    """
    acts = fold.fold(mistakes.without_mistakes(recording.acts))
    found = parameters.find_parameters(acts, recording)
    found.hidden = tuple(hidden)
    made = steps.make_steps(acts, found, recording, salt=salt)
    own = [s for a, s in zip(acts, made.steps, strict=True) if a.at > recording.before and s.kind not in ("goto", "scroll")]
    if not own:
        raise ParamsInvalid(
            "nothing was shown: no click, no typing; nothing was learned", do="Teach it again and work on the page."
        )
    names: dict[str, str] = {}
    for name, text in found.shown.items():
        same = [n for n, v in values.items() if v and (v == text or same_value(v, text))]
        names[name] = name if name in same else same[0] if same else name
    for name, text in found.secrets.items():
        names[f"secrets.{name}"] = next((f"secrets.{n}" for n, v in known.items() if v == text), f"secrets.{name}")
    renamed = [_renamed(step, names) for step in own]
    used = {n for s in renamed for n in _names_of(s)}
    new = {n for n in found.params if names.get(n, n) not in values and names.get(n, n) in used}
    return Shown(
        tuple(renamed), {k: p for k, p in made.pages.items() if any(s.target and s.target.page == k for s in own)},
        params={n: found.params[n] for n in new}, examples={n: found.examples[n] for n in new if n in found.examples},
        secrets=tuple(dict.fromkeys(n.removeprefix("secrets.") for n in sorted(used) if n.startswith("secrets."))),
    )  # fmt: skip


def as_plain(shown: Shown) -> dict[str, Any]:
    """Return what was shown as plain data, for a file."""
    return {
        "steps": [s.model_dump(mode="json", by_alias=True) for s in shown.steps],
        "pages": {k: p.model_dump(mode="json", by_alias=True) for k, p in shown.pages.items()},
        "params": {k: p.model_dump(mode="json", by_alias=True) for k, p in shown.params.items()},
        "examples": dict(shown.examples), "secrets": list(shown.secrets),
    }  # fmt: skip


def from_plain(plain: Mapping[str, Any]) -> Shown:
    """Return it again; raises ValueError, KeyError, TypeError or AttributeError for what it cannot have been."""
    return Shown(
        tuple(Step.model_validate(s) for s in plain["steps"]), {str(k): Page.model_validate(p) for k, p in plain["pages"].items()},
        params={str(k): Param.model_validate(p) for k, p in plain["params"].items()},
        examples={str(k): str(v) for k, v in plain["examples"].items()}, secrets=tuple(map(str, plain["secrets"])),
    )  # fmt: skip


def splice(
    document: Procedure, workflow: Workflow, shown: Shown, *, at: str, day: str, walked: bool = False
) -> Taught:
    """Put what was shown in the place of the step ``at``, up to where it meets a later step of the procedure again.

    A step done on another element keeps its name, its value and its rights, and knows one look more; what came before it is
    inserted, what was done otherwise is replaced. ``walked`` tells that nobody did the steps before for the person: their own way
    to where it broke is no part of what they show. Raises UsageInvalid where a later step that sends would be left out.
    """
    index = next((i for i, s in enumerate(document.steps) if s.id == at), None)
    if index is None:
        raise UsageInvalid(
            "the procedure has no such step any more; nothing was learned",
            do=f"Run it again: `rpa run {workflow.name}`.", where=at,
        )
    before, rest = document.steps[:index], document.steps[index:]
    made = _Splicing(rest, {s.id for s in document.steps}, day)
    made.go(_without_the_way(shown.steps, before) if walked else shown.steps)
    params = {**workflow.params, **{n: p.but(default=shown.examples.get(n)) for n, p in shown.params.items()}}
    document = document.but(
        steps=(*before, *made.steps), pages={**shown.pages, **document.pages},
        params=tuple(dict.fromkeys((*document.params, *shown.params))),
        secrets=tuple(dict.fromkeys((*document.secrets, *shown.secrets))),
    )  # fmt: skip
    known = {c.name for c in workflow.commits}
    from .success import commit_rules

    added = tuple(rule for rule in commit_rules(document) if rule.name not in known)
    workflow = workflow.but(
        params=params, commits=(*workflow.commits, *added), secrets=tuple(dict.fromkeys((*workflow.secrets, *shown.secrets)))
    )
    return Taught(document, workflow, tuple(made.edits), tuple(made.done))


def _without_the_way(shown: Sequence[Step], before: Sequence[Step]) -> Sequence[Step]:
    """Return what was shown behind the steps that are known to lead there, where it began with one of them."""
    if not any(_alike(old, shown[0]) for old in before):
        return shown
    cut = known = 0
    for n, step in enumerate(shown, start=1):
        met = next((k for k in range(known, len(before)) if _alike(before[k], step)), None)
        if met is not None:
            cut, known = n, met + 1
    if cut == len(shown):
        raise UsageInvalid(
            "only steps before the one that broke were shown; nothing was learned", do="Go on to that step, and show it."
        )
    return shown[cut:]


class _Splicing:
    """Goes along what was shown and what was known from the broken step on."""

    def __init__(self, rest: Sequence[Step], taken: set[str], day: str) -> None:
        self._rest, self._taken, self._day = list(rest), set(taken), day
        self._aside: list[Step] = []  # known steps that the person did later than the procedure does
        self.steps: list[Step] = []
        self.edits: list[str] = []
        self.done: list[str] = []

    def go(self, shown: Sequence[Step]) -> None:
        left, broken = list(shown), True
        while left:
            i, j = _met(left, self._rest, first=1 if broken else 0)
            self._gap(left[:i], self._rest[:j], broken=broken, later=left[i:])
            if i == len(left):
                self._rest = self._rest[1:] if broken else self._rest
                break
            old, new = self._rest[j], left[i]
            self._keep(old, new, looked=not _alike(old, new))
            left, self._rest, broken = left[i + 1 :], self._rest[j + 1 :], False
        self.edits += [f"left out: {_words(step)}" for step in self._aside]
        self.steps += self._rest

    def _gap(self, new: Sequence[Step], old: Sequence[Step], *, broken: bool, later: Sequence[Step]) -> None:
        """What was shown up to where both meet again, or to its end: there only the broken step is replaced by it."""
        ends = not later
        lost = list(old[:1] if ends else old) if broken or not ends else []
        meant = lost[0] if lost else None
        at = _does(meant, new) if meant is not None else None
        for step in lost if at is None else lost[1:]:
            if any(_enters_the_same(step, s) for s in (*new, *later)):
                self._aside.append(step)
                continue
            if step.effect == "commit":
                raise UsageInvalid(
                    f"what was shown leaves out {step.commit}, which sends; nothing was learned",
                    do="Show it up to and with that step, or stop before it and let the run do it.", where=step.id,
                )
            self.edits.append(f"left out: {_words(step)}")
        for n, step in enumerate(new):
            if at == n and meant is not None:
                self._keep(meant, step, looked=True)
            elif (known := next((k for k in self._aside if _enters_the_same(k, step)), None)) is not None:
                self._aside.remove(known)
                self._keep(known, step, looked=not _alike(known, step))
            else:
                self._insert(step)

    def _keep(self, old: Step, new: Step, *, looked: bool) -> None:
        """The known step, which knows one look more where it was done on another element."""
        if looked and old.target is not None and new.target is not None:
            look = new.target.variants[0].but(came_from=BY, seen=1, failed=0, first=self._day, last=self._day)
            step = old.but(target=old.target.but(variants=(*old.target.variants, look)))
            if old.effect != "commit" and (new.expect.url, new.expect.requests) != (old.expect.url, old.expect.requests):
                step = step.but(expect=new.expect)
            same = new.target.words() == old.target.words()
            self.edits.append(f"{_words(old)} {'looks otherwise' if same else f'is now {new.target.words()}'}")
        else:
            step = old
        if old.effect == "commit" and old.commit and _taken(new, as_in=old):
            self.done.append(old.commit)
        self.steps.append(step)

    def _insert(self, step: Step) -> None:
        name = next(n for n in (step.id, *(f"{step.id}{k}" for k in range(2, 1000))) if n not in self._taken)
        self._taken.add(name)
        target = step.target
        if target is not None:
            look = target.variants[0].but(came_from=BY)
            target = target.but(variants=(look, *target.variants[1:]))
        self.steps.append(step.but(id=name, target=target))
        if step.effect == "commit" and step.commit and _taken(step):
            self.done.append(step.commit)
        self.edits.append(f"added: {_words(step)}")


def _met(shown: Sequence[Step], known: Sequence[Step], *, first: int) -> tuple[int, int]:
    """Return where both go on alike: the earliest shown step that does what a known one does, and that one."""
    for i, new in enumerate(shown):
        for j in range(first, len(known)):
            if _alike(known[j], new):
                return i, j
        for j in range(first, len(known)):
            if _enters_the_same(known[j], new):
                return i, j
    return len(shown), len(known)


def _alike(old: Step, new: Step) -> bool:
    if old.kind != new.kind or (old.target is None) != (new.target is None):
        return False
    if old.kind in ("press", "goto") and old.value != new.value:
        return False
    if old.target is None or new.target is None:
        return old.value == new.value
    live = new.target.variants[0].fingerprint
    return any(identity(v.fingerprint, live) >= SAME for v in old.target.variants)


def _enters_the_same(old: Step, new: Step) -> bool:
    """Tell whether both enter one value of the run: on a page that looks otherwise, it is still the same step."""
    sends = (old.effect == "commit") == (new.effect == "commit")
    return sends and old.kind == new.kind and old.kind in _ENTERED and old.value == new.value and bool(names_in(old.value or ""))


def _does(meant: Step, new: Sequence[Step]) -> int | None:
    """Return which of the shown steps does what the broken one did: the last that can be it."""
    for n in range(len(new) - 1, -1, -1):
        step = new[n]
        if step.kind != meant.kind or (step.target is None) != (meant.target is None):
            continue
        if meant.kind in _VALUES and step.value != meant.value:
            continue
        if meant.effect == "commit" and step.effect != "commit":
            continue
        return n
    return None


def _taken(new: Step, *, as_in: Step | None = None) -> bool:
    """Tell whether what was sent was answered well, and the page went where, or said what, it did when shown before."""
    if not any(r.method not in READS and r.status in (2, 3) for r in new.expect.requests):
        return False
    if as_in is None or not (as_in.expect.url or as_in.expect.texts):
        return True
    return new.expect.url == as_in.expect.url or bool(set(new.expect.texts) & set(as_in.expect.texts))


def _words(step: Step) -> str:
    return f"{step.kind} {step.target.words()}" if step.target is not None else f"{step.kind} {step.value or ''}".strip()


def _renamed(step: Step, names: Mapping[str, str]) -> Step:
    """Return a step that speaks of values by the procedure's own names."""
    plain = step.model_dump(mode="json", by_alias=True)
    # By way of names that nobody has: two that change places must not become one.
    for n, (old, new) in enumerate(names.items()):
        if old != new:
            plain = each_text(plain, other_name(old, f"swap_{n}"))
            for request in plain["expect"]["requests"]:
                request["fields"] = {f: f"swap_{n}" if p == old else p for f, p in request["fields"].items()}
                request["within"] = {f"swap_{n}" if p == old else p: f for p, f in request["within"].items()}
    for n, new in enumerate(names.values()):
        plain = each_text(plain, other_name(f"swap_{n}", new))
        for request in plain["expect"]["requests"]:
            request["fields"] = {f: new if p == f"swap_{n}" else p for f, p in request["fields"].items()}
            request["within"] = {new if p == f"swap_{n}" else p: f for p, f in request["within"].items()}
    return Step.model_validate(plain)


def _names_of(step: Step) -> set[str]:
    carried = {p for r in step.expect.requests for p in (*r.fields.values(), *r.within) if p}
    return set(names_in(step.model_dump_json())) | carried
