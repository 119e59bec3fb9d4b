"""What a person reviews of a run: its repairs as edits of a document, and how a document looks with and without them."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.change import ElementSeen
from ..domain.procedure import Procedure
from ..domain.verdict import AddVariant, Edit, Verdict
from ..memory.rows import plain
from ..store.hashes import canonical, digest
from ..update import element_key, same_look, with_variant


def edits_in(verdict: Verdict) -> tuple[Edit, ...]:
    """Return what a run's repairs teach, or would have taught where it asked first."""
    return verdict.edits or verdict.proposed


def mark_of(verdict: Verdict) -> str:
    """Return what is the same for every run that repaired the very same."""
    seen = []
    for edit in edits_in(verdict):
        where = edit.step if isinstance(edit, AddVariant) else edit.words
        fp = edit.variant.fingerprint
        traits = (fp.role, fp.name, fp.label, fp.form, fp.dialog, fp.test_id, fp.name_attr, fp.href)
        seen.append((where, *traits, len(edit.variant.via), len(edit.variant.then),
                     *(v.search for v in edit.variant.via if v.search)))
    return digest(canonical([verdict.workflow, verdict.procedure, sorted(map(list, seen))]), 32)


def looks_of(edits: Sequence[Edit]) -> tuple[AddVariant, ...]:
    return tuple(e for e in edits if isinstance(e, AddVariant))


def as_plain(edits: Sequence[Edit]) -> list[dict[str, object]]:
    return [e.model_dump(mode="json") for e in edits]


def unknown_to(document: Procedure, edits: Sequence[Edit]) -> tuple[AddVariant, ...]:
    return tuple(e for e in looks_of(edits) if with_variant(document, e.step, e.variant) is not None or not _has(document, e.step))


def _has(document: Procedure, step: str) -> bool:
    return any(s.id == step and s.target for s in document.steps)


def with_looks(document: Procedure, looks: Sequence[AddVariant]) -> Procedure:
    for edit in looks:
        document = with_variant(document, edit.step, edit.variant) or document
    return document


def without_looks(document: Procedure, looks: Sequence[AddVariant]) -> Procedure:
    """Return the document without looks that repairs added; what was shown always stays."""
    steps = []
    for step in document.steps:
        mine = [e.variant for e in looks if e.step == step.id]
        if step.target is not None and mine:
            first, *others = step.target.variants
            kept = tuple(v for v in others if not any(same_look(v, m) for m in mine))
            step = step.but(target=step.target.but(variants=(first, *kept)))
        steps.append(step)
    changed = tuple(steps)
    return document if changed == document.steps else document.but(steps=changed)


def know_the_same(a: Procedure, b: Procedure) -> bool:
    """Tell whether two documents know the same, whatever was counted since."""
    return plain(a)[0] == plain(b)[0]


def elements_of(document: Procedure, verdict: Verdict, looks: Sequence[AddVariant]) -> tuple[ElementSeen, ...]:
    targets = {s.id: s.target for s in document.steps if s.target}
    return tuple(
        ElementSeen(site=document.site, key=element_key(target), variant=e.variant)
        for e in looks
        if e.variant.seen and (target := targets.get(e.step)) is not None
    )
