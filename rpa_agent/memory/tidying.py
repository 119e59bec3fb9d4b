"""Procedures that do the same become one; those that nobody used for long are not offered to others. Both can be taken back.

Nothing is erased: what was merged keeps its versions and its history, and only lends its name to the one that goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..domain.account import PREFIX
from ..domain.change import Counts, NewVersion
from ..domain.errors import NoProcedure
from ..domain.frozen import Frozen
from ..domain.looks import same_look, with_spare, with_variant
from ..domain.procedure import Procedure, Version
from ..domain.structure import same_work
from ..store.sqlite import Database
from .changes import active, add_counts, add_version, change_status, index_words, log
from .rows import fetch_versions, one, rows
from .words import searchable


class Tidied(Frozen):
    """What tidying did: (procedure, the one that it was merged into), and the procedures that are asleep from now on."""

    merged: tuple[tuple[str, str], ...] = ()
    asleep: tuple[str, ...] = ()


def tidy(db: Database, at: str, *, proved: int, most: int, site: str | None = None) -> Tidied:
    """Merge procedures of a site, or of all, that do the same, and let those beyond ``most`` of a site sleep.

    Merged are those that have both had so many clean runs: ``proved``.
    """
    merged: list[tuple[str, str]] = []
    asleep: list[str] = []
    for name in [site] if site is not None else [row["name"] for row in rows(db, "SELECT name FROM sites ORDER BY name")]:
        merged += _merge_site(db, name, at, proved)
        asleep += let_sleep(db, name, at, most)
    return Tidied(merged=tuple(merged), asleep=tuple(asleep))


# ---- the same work ----------------------------------------------------------------------------------------------------


def _merge_site(db: Database, site: str, at: str, proved: int) -> list[tuple[str, str]]:
    found = [r["id"] for r in rows(db, _PROVED, {"site": site, "login": f"{PREFIX}%", "proved": proved})]
    known = {name: _in_use(db, name).document for name in found}
    merged: list[tuple[str, str]] = []
    kept: list[str] = []  # the most used first: the others are merged into it
    for name in found:
        into = next((k for k in kept if same_work(known[k], known[name])), None)
        if into is None:
            kept.append(name)
            continue
        merge_same(db, into, name, at)
        merged.append((name, into))
    return merged


def merge_same(db: Database, kept: str, other: str, at: str) -> None:
    """Let ``kept`` do the work of ``other`` too, with what that one has counted and learned.

    Looks that only the other knew come in as a candidate: they prove themselves here as everything does.
    """
    mine, theirs = _in_use(db, kept), _in_use(db, other)
    newer = _candidate(db, kept)
    document = (newer or mine).document
    for version in (theirs, *filter(None, (_candidate(db, other),))):
        document = _with_lessons(document, version.document)
    add_counts(db, kept, mine.number, _counts(mine.document, theirs.document))
    if document != (newer or mine).document:
        evidence = (f"{other}@{theirs.number}",)
        note = f"looks of {other}, which does the same"
        new = NewVersion(document=document, parent=mine.number, status="candidate", author="merged", evidence=evidence, note=note)
        number = add_version(db, kept, new, parent=mine.number, at=at)
        if newer is not None:
            change_status(db, kept, newer.number, "retired", f"carried on by version {number}", at)
    db.conn.execute("UPDATE procedures SET same_as = ? WHERE id = ? OR same_as = ?", [kept, other, other])
    _out_of_sight(db, other)
    log(db, other, None, "merged", f"does the same as {kept}, which goes on for both; `rpa memory split {other}` undoes it", at)
    log(db, kept, None, "merged", f"goes on for {other} too, which does the same", at)


def split(db: Database, procedure: str, at: str, why: str) -> int:
    """Let a merged procedure go on by itself again, with what was learned meanwhile; return the number of its active version.

    Raises NoProcedure where it was not merged.
    """
    kept = merged_into(db, procedure)
    if not kept:
        raise NoProcedure(f"{procedure} was not merged with another one", do="Run `rpa memory list`.")
    mine = _in_use(db, procedure)
    db.conn.execute("UPDATE procedures SET same_as = '' WHERE id = ?", [procedure])
    number, theirs = mine.number, active(db, kept)
    now = _in_use(db, kept).document
    document = mine.document
    if theirs is not None and same_work(document, now):  # what does another work by now has nothing to teach
        document = _with_lessons(document, now)
    if document != mine.document:
        new = NewVersion(
            document=document, parent=number, status="active", author="merged", evidence=(f"{kept}@{theirs}",), note=why
        )
        number = add_version(db, procedure, new, parent=number, at=at)
    log(db, procedure, number, "split", f"goes on by itself again: {why}", at)
    log(db, kept, None, "split", f"no longer goes on for {procedure}: {why}", at)
    index_words(db, procedure, searchable(document))
    return number


def part_ways(db: Database, procedure: str, at: str) -> None:
    """Where a procedure does another work than before, or none, let those that were merged into it go on by themselves."""
    for row in rows(db, "SELECT id FROM procedures WHERE same_as = ?", [procedure]):
        living = one(db, "SELECT 1 FROM versions WHERE procedure = ? AND status IN ('active', 'suspect')", [procedure])
        if living is None or not same_work(_in_use(db, procedure).document, _in_use(db, row["id"]).document):
            split(db, row["id"], at, f"{procedure} does another work now")


def merged_into(db: Database, procedure: str) -> str:
    """Return the procedure that does this one's work since they were merged; empty where none does."""
    return str(one(db, "SELECT same_as FROM procedures WHERE id = ?", [procedure]) or "")


def require_own(db: Database, procedure: str) -> None:
    """Raise NoProcedure where a procedure was merged into another one: what is decided of it is decided there."""
    if kept := merged_into(db, procedure):
        raise NoProcedure(
            f"{procedure} does the same as {kept}, which goes on for both",
            do=f"Decide on {kept}, or part them first: `rpa memory split {procedure}`.",
        )


def _with_lessons(document: Procedure, other: Procedure) -> Procedure:
    """Return the document with the looks that the other knows of the same steps, and the steps that it may leave out."""
    for mine, theirs in zip(document.steps, other.steps, strict=True):
        for variant in theirs.target.variants if theirs.target else ():
            document = with_variant(document, mine.id, variant) or document
        if theirs.spare:
            document = with_spare(document, mine.id) or document
    return document


def _counts(mine: Procedure, theirs: Procedure) -> Iterable[Counts]:
    for own, other in zip(mine.steps, theirs.steps, strict=True):
        for variant in other.target.variants if other.target else ():
            for at, known in enumerate(own.target.variants if own.target else ()):
                if same_look(known, variant):
                    yield Counts(step=own.id, variant=at, seen=variant.seen, failed=variant.failed, day=variant.last)
                    break


def _in_use(db: Database, procedure: str) -> Version:
    """Return the active version, else the newest that is not retired, else the newest."""
    versions: Sequence[Version] = fetch_versions(db, "procedure = ?", [procedure])
    living = [v for v in versions if v.status != "retired"]
    return next((v for v in versions if v.status == "active"), (living or list(versions))[0])


def _candidate(db: Database, procedure: str) -> Version | None:
    found = fetch_versions(db, "procedure = ? AND status = 'candidate'", [procedure])
    return found[0] if found else None


# the most used first, the older first among equals; logins are each account's own
_PROVED = """
SELECT p.id FROM procedures p JOIN versions v ON v.procedure = p.id AND v.status = 'active'
LEFT JOIN uses u ON u.procedure = p.id AND u.part = 'ran'
WHERE p.site = :site AND p.same_as = '' AND p.workflow NOT LIKE :login
GROUP BY p.id HAVING coalesce(sum(u.clean), 0) >= :proved ORDER BY coalesce(sum(u.outcome = 'succeeded'), 0) DESC, p.n
"""


# ---- the cap ----------------------------------------------------------------------------------------------------------


def let_sleep(db: Database, site: str, at: str, most: int) -> list[str]:
    """Let the procedures of a site that were not used for longest sleep, where more than ``most`` are awake; return them.

    One that sleeps runs for its own workflow as before, and wakes by that. It is neither found by others nor lends to them.
    """
    over = rows(db, f"{_AWAKE} LIMIT -1 OFFSET ?", [site, f"{PREFIX}%", most])
    for row in over:
        db.conn.execute("UPDATE procedures SET asleep = ? WHERE id = ?", [at, row["id"]])
        _out_of_sight(db, row["id"])
        log(db, row["id"], None, "asleep", f"more than {most} procedures on {site}, and this one was not used for longest", at)
    return [row["id"] for row in over]


def wake(db: Database, procedure: str, at: str) -> None:
    """Offer a procedure to others again that was used; one that is awake stays as it is."""
    if not one(db, "SELECT asleep FROM procedures WHERE id = ?", [procedure]):
        return
    db.conn.execute("UPDATE procedures SET asleep = '' WHERE id = ?", [procedure])
    index_words(db, procedure, searchable(_in_use(db, procedure).document))
    log(db, procedure, None, "awake", "used again", at)


def _out_of_sight(db: Database, procedure: str) -> None:
    """Take a procedure out of what is searched, once it is said of it that it sleeps or is merged."""
    db.conn.execute("DELETE FROM words WHERE rowid = (SELECT n FROM procedures WHERE id = ?)", [procedure])


# what others may take over first: a candidate or an import that nobody has proved yet puts no active one to sleep
_AWAKE = """
SELECT p.id FROM procedures p WHERE p.site = ? AND p.asleep = '' AND p.same_as = '' AND p.workflow NOT LIKE ?
ORDER BY EXISTS (SELECT 1 FROM versions v WHERE v.procedure = p.id AND v.status = 'active') DESC,
coalesce((SELECT max(at) FROM uses u WHERE u.procedure = p.id AND u.part = 'ran'), p.created) DESC, p.n DESC
"""
