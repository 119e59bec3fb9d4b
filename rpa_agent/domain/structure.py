"""What a procedure does, whatever it is called and however its pages look: the way to tell duplicates and shared beginnings."""

from __future__ import annotations

from collections.abc import Sequence

from .frozen import Frozen
from .procedure import READS, Procedure, Step
from .target import Fingerprint
from .template import names_in

Signature = tuple[str, ...]


class SubProcedure(Frozen):
    """A beginning that several procedures of a site have in common, as logging in and opening a module."""

    site: str
    steps: tuple[str, ...]          # in words
    procedures: tuple[str, ...]     # ids, sorted


def traits(fingerprint: Fingerprint) -> tuple[str, ...]:
    """Return what names an element across the procedures of a site."""
    f = fingerprint
    return (f.role, f.name, f.label, f.test_id, f.name_attr, f.form)


def signatures(step: Step) -> frozenset[Signature]:
    """Return what a step does, once for each look it is known by; two steps that share one are the same step.

    Names of parameters and secrets are left out: what one calls ``user_name`` is ``login`` to another.
    """
    does = (step.kind, step.effect, _valued(step.value), str(step.optional), step.when or "")
    if step.target is None:
        return frozenset({does})
    rows = [bool(v.fingerprint.row and v.fingerprint.row.key) for v in step.target.variants]
    return frozenset(
        (*does, str(row), *traits(v.fingerprint)) for v, row in zip(step.target.variants, rows, strict=True)
    )


def _valued(value: str | None) -> str:
    if value is None:
        return ""
    names = names_in(value)
    if not names:
        return value
    return " ".join("secret" if n.startswith("secrets.") else "value" for n in names)


def same_step(a: Step, b: Step) -> bool:
    return not signatures(a).isdisjoint(signatures(b))


def same_work(a: Procedure, b: Procedure) -> bool:
    """Tell whether two procedures of a site do the very same: step by step on the same elements, with the same inputs and
    secrets, sent in the same fields under the same commit names. What differs is only how they look and what they are called."""
    if (a.site, set(a.params), set(a.secrets), len(a.steps)) != (b.site, set(b.params), set(b.secrets), len(b.steps)):
        return False
    return bool(a.steps) and all(
        same_step(one, other) and _does(one) == _does(other) for one, other in zip(a.steps, b.steps, strict=True)
    )


def _does(step: Step) -> object:
    """Return all that a step does, without its name, its elements' looks, and what was seen of it on its way."""
    sends = sorted(
        (r.method, r.origin, r.path, r.operation, *sorted(r.fields.items())) for r in step.expect.requests if r.method not in READS
    )
    plain = step.model_dump(mode="json", exclude={"id", "target", "to", "expect", "reason", "spare"})
    ends = sorted(traits(v.fingerprint) for v in step.to.variants[:1]) if step.to else []
    return plain, sends, ends, step.expect.url, step.expect.dialog, step.expect.download, step.expect.popup


def shared_prefix(a: Procedure, b: Procedure) -> int:
    """Return how many steps two procedures of one site have in common from their beginning.

    A commit is never shared: what sends belongs to one procedure alone. Without a step on an element it is nothing.
    """
    if a.site != b.site:
        return 0
    n = 0
    for one, other in zip(a.steps, b.steps, strict=False):
        if one.effect == "commit" or not same_step(one, other):
            break
        n += 1
    return n if any(s.target is not None for s in a.steps[:n]) else 0


def sub_procedures(documents: Sequence[Procedure]) -> list[SubProcedure]:
    """Return the beginnings that several of a site's procedures share, the longest first; each group is named once."""
    groups: dict[tuple[str, ...], int] = {}
    ordered = sorted(documents, key=lambda d: d.procedure)
    for at, one in enumerate(ordered):
        lengths = {other.procedure: shared_prefix(one, other) for other in ordered if other is not one}
        for length in sorted(set(lengths.values()) - {0}):
            members = tuple(sorted((one.procedure, *(name for name, n in lengths.items() if n >= length))))
            if at == min(i for i, d in enumerate(ordered) if d.procedure in members):
                groups[members] = max(groups.get(members, 0), length)
    by_id = {d.procedure: d for d in ordered}
    found = [
        SubProcedure(site=by_id[m[0]].site, steps=tuple(words_of(s) for s in by_id[m[0]].steps[:n]), procedures=m)
        for m, n in groups.items()
    ]
    return sorted(found, key=lambda s: (-len(s.steps), s.procedures))


def words_of(step: Step) -> str:
    """Return a step in a few words, without any value of a demonstration."""
    where = step.target.words() if step.target else (step.value or "") if step.kind == "goto" else ""
    return f"{step.kind} {where}".strip()
