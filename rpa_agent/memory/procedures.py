"""Procedural memory: every version of every procedure, added to and never rewritten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..domain.change import Interruption, MemoryChange, NewVersion, Recall, Use
from ..domain.errors import StoreCorrupt, VersionMovedOn
from ..domain.ports import Embedder
from ..domain.procedure import Procedure, Status, Version
from ..domain.target import Variant
from ..store import backup
from ..store.files import door, inspect
from ..store.sqlite import Database, Shelf
from . import changes, tidying
from .elements import known_interruptions, known_looks
from .rows import Event, ProcedureLine, fetch_versions, one, rows, to_use, verify_rows
from .schema import MEMORY
from .tidying import Tidied

if TYPE_CHECKING:
    from .index import Found, Index


def utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Memory:
    """A memory.db that is open. With ``salt`` it recognises business text that it does not hold."""

    def __init__(self, shelf: Shelf, salt: str, embedder: Embedder | None, now: Callable[[], str]) -> None:
        self.shelf = shelf
        self.salt = salt
        self._embedder = embedder
        self.now = now

    @cached_property
    def index(self) -> Index:
        """Return what searches; it brings numpy, which a workflow that has its own procedure never needs."""
        from .embeddings import CachedEmbedder
        from .index import Index

        return Index(self.shelf, CachedEmbedder(self.shelf, self._embedder) if self._embedder else None)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, seed: Path | None = None, embedder: Embedder | None = None, read_only: bool = False,
        now: Callable[[], str] = utc_now,
    ) -> AsyncIterator[Self]:
        """Open the working copy, copied from the seed on first use; the seed itself is only ever read.

        Raises StoreLocked, StoreReadOnly, StoreCorrupt, StoreTooNew or StoreUnfit.
        """
        copy_seed(seed, path)
        async with Shelf.open(path, migrations=MEMORY, read_only=read_only) as shelf:
            salt = await shelf.read(lambda db: one(db, "SELECT value FROM meta WHERE key = 'salt'"))
            if salt is None:
                raise StoreCorrupt(f"{path} has lost its salt", where=str(path))
            memory = cls(shelf, str(salt), embedder, now)
            yield memory
            await memory._settle()

    async def _settle(self) -> None:
        if "index" in vars(self) and self.index.vectors is not None:
            await self.index.vectors.embedder.settle()

    async def add(
        self, document: Procedure, *, workflow: str, author: str, status: Status = "active",
        evidence: Sequence[str] = (), note: str = "", after: int | None = None,
    ) -> Version:
        """Add what was recorded, imported or explored for a workflow; return its version.

        The first time makes a procedure. Shown again, it becomes the next version: the one before is retired and can
        be brought back. Adding exactly what is known already adds nothing.

        ``after`` is the version that was the last when this was made: where another one came meanwhile, it raises
        VersionMovedOn and adds nothing.
        """
        new = NewVersion(
            document=document, parent=0, status=status, author=author, evidence=tuple(evidence), note=note
        )

        def job(db: Database) -> Version:
            at = self.now()
            name = changes.find_or_add_procedure(db, document, workflow, at)
            shared = tidying.merged_into(db, name)
            parent = _latest(db, shared or name)
            if after is not None and parent != after:
                raise VersionMovedOn(f"version {parent} of {workflow} came after version {after}, which was edited")
            if shared:
                parent = tidying.split(db, name, at, f"shown or changed by {author}")
            number = changes.same_know_how(db, name, document.but(procedure=name))
            if number is None:
                number = changes.add_version(db, name, new, parent=parent, at=at)
            elif status == "active":
                changes.change_status(db, name, number, "active", note or f"shown again by {author}", at)
            tidying.wake(db, name, at)
            tidying.part_ways(db, name, at)
            return _version(db, name, number)

        return await self.shelf.write(job)

    async def known(self, *, site: str, workflow: str) -> list[Version]:
        """Return every version that is not retired, newest first, of the workflow's own procedure or the one that goes on
        for it."""
        own = "SELECT CASE same_as WHEN '' THEN id ELSE same_as END FROM procedures WHERE site = ? AND workflow = ?"
        where = f"procedure = ({own}) AND status <> 'retired'"
        return await self.shelf.read(lambda db: fetch_versions(db, where, [site, workflow]))

    async def version(self, procedure: str, number: int) -> Version:
        """Return one version, its row hash verified; raises NoProcedure, StoreCorrupt."""
        return await self.shelf.read(lambda db: _version(db, procedure, number))

    async def versions(self, procedure: str) -> list[Version]:
        """Return every version, newest first, the retired ones too; raises NoProcedure, StoreCorrupt."""
        def job(db: Database) -> list[Version]:
            changes.require(db, procedure)
            return fetch_versions(db, "procedure = ?", [procedure])

        return await self.shelf.read(job)

    async def procedures(self) -> list[ProcedureLine]:
        """Return all procedures, by site and workflow."""
        return await self.shelf.read(lambda db: [ProcedureLine(**row) for row in rows(db, _LINES)])

    async def uses(self, procedure: str, number: int | None = None) -> list[Use]:
        """Return the credited uses of one version, or of all, oldest first."""
        where, params = ("procedure = ?", [procedure]) if number is None else (
            "procedure = ? AND version = ?", [procedure, number])
        return await self.shelf.read(
            lambda db: [to_use(r) for r in rows(db, f"SELECT * FROM uses WHERE {where} ORDER BY id", params)]
        )

    async def ran(self, procedure: str, number: int, *, last: int) -> list[Use]:
        """Return the ``last`` uses in which a version ran, oldest first: no run costs more because many came before it."""
        sql = "SELECT * FROM uses WHERE procedure = ? AND version = ? AND part = 'ran' ORDER BY id DESC LIMIT ?"
        return await self.shelf.read(lambda db: [to_use(r) for r in rows(db, sql, [procedure, number, last])][::-1])

    async def clean_runs(self, procedure: str, *, most: int) -> int:
        """Return how many clean runs a procedure has had, counted up to ``most``."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM uses WHERE procedure = ? AND clean LIMIT ?)"
        return await self.shelf.read(lambda db: int(db.execute(sql, [procedure, most]).fetchone()[0]))

    async def apply(self, change: MemoryChange) -> Version | None:
        """Apply a change in one transaction, once per run; return the version it wrote, or wrote before."""
        def job(db: Database) -> Version | None:
            at = self.now()
            number = changes.apply_change(db, change, at)
            tidying.wake(db, change.procedure, at)
            if change.statuses or number is not None:
                tidying.part_ways(db, change.procedure, at)
            return None if number is None else _version(db, change.procedure, number)

        return await self.shelf.write(job)

    async def interruptions(self, site: str) -> list[Interruption]:
        """Return the interruption handlers learned on a site, the most often seen first."""
        return await self.shelf.read(lambda db: known_interruptions(db, site))

    async def elements(self, site: str, key: str) -> list[Variant]:
        """Return the looks an element of a site is known by, the most reliable first."""
        return await self.shelf.read(lambda db: known_looks(db, site, key))

    async def set_status(self, procedure: str, number: int, status: Status, why: str) -> None:
        """Change a version's status; making one active retires the one before it. Raises NoProcedure."""
        def job(db: Database) -> None:
            changes.change_status(db, procedure, number, status, why, self.now())
            tidying.part_ways(db, procedure, self.now())

        await self.shelf.write(job)

    async def rollback(self, procedure: str, number: int | None = None, *, why: str) -> Version:
        """Make an earlier version active again, the parent unless one is named; return it.

        Nothing is erased. The edits made since are kept as rejected, so that they are not proposed again.
        """
        def job(db: Database) -> Version:
            tidying.require_own(db, procedure)
            back = changes.go_back(db, procedure, number, why, self.now())
            tidying.part_ways(db, procedure, self.now())
            return _version(db, procedure, back)

        return await self.shelf.write(job)

    async def retire(self, procedure: str, number: int | None = None, *, why: str) -> None:
        """Retire one version, or all: never used again, never erased, revivable by rollback."""
        def job(db: Database) -> None:
            changes.require(db, procedure, number)
            tidying.require_own(db, procedure)
            found = rows(db, "SELECT number FROM versions WHERE procedure = ? ORDER BY number", [procedure])
            for row in found:
                if number in (None, row["number"]):
                    changes.change_status(db, procedure, row["number"], "retired", why, self.now())
            tidying.part_ways(db, procedure, self.now())

        await self.shelf.write(job)

    async def tidy(self, *, site: str | None = None, proved: int = 0, most: int = 200) -> Tidied:
        """Merge procedures that do the same, where each had ``proved`` clean runs, and let those beyond ``most`` of a site
        sleep; of one site, or of all. See `memory/tidying.py`."""
        return await self.shelf.write(lambda db: tidying.tidy(db, self.now(), proved=proved, most=most, site=site))

    async def split(self, procedure: str, *, why: str) -> Version:
        """Let a merged procedure go on by itself again, with what was learned meanwhile. Raises NoProcedure."""
        def job(db: Database) -> Version:
            changes.require(db, procedure)
            return _version(db, procedure, tidying.split(db, procedure, self.now(), why))

        return await self.shelf.write(job)

    async def history(self, procedure: str) -> list[Event]:
        """Return what happened to a procedure, oldest first."""
        def job(db: Database) -> list[Event]:
            changes.require(db, procedure)
            sql = "SELECT at, version, what, why, run FROM history WHERE procedure = ? ORDER BY id"
            return [Event(**row) for row in rows(db, sql, [procedure])]

        return await self.shelf.read(job)

    async def rejected(self, procedure: str) -> list[dict[str, Any]]:
        """Return the edits that must not be proposed again."""
        return await self.shelf.read(lambda db: changes.rejected_edits(db, procedure))

    async def refused_looks(self, procedure: str, step: str) -> list[Variant]:
        """Return what was taken back of a step's repairs, and the notices that are not to be closed that way."""
        edits = await self.rejected(procedure)
        return [Variant.model_validate(e["variant"]) for e in edits if "variant" in e and e.get("step", step) == step]

    async def rejected_looks(self, procedure: str) -> list[tuple[str, Variant]]:
        """Return the looks that were rejected, each with its step's id."""
        edits = await self.rejected(procedure)
        return [(e["step"], Variant.model_validate(e["variant"])) for e in edits if "variant" in e and "step" in e]

    async def rejected_spares(self, procedure: str) -> list[str]:
        """Return the ids of the steps of which it was rejected that they may be left out."""
        return [str(e["step"]) for e in await self.rejected(procedure) if e.get("op") == "leave_out"]

    async def neighbours(self, site: str, procedure: str) -> list[Version]:
        """Return what a site's other procedures know that is in use or on trial, the last used first, fifty at most."""
        return await self.shelf.read(lambda db: fetch_versions(db, _NEIGHBOURS, [site, procedure, procedure, site]))

    async def search(
        self, query: str, *, site: str | None = None, k: int = 3, explain: bool = True, nearest: bool = False,
        without: Collection[str] = (),
    ) -> list[Recall]:
        """Return at most ``k`` procedures that fit a task, best first, those of ``site`` before others; empty when none fits.

        ``nearest`` goes on with what does not fit; the reasons tell which is which. ``without`` leaves procedures out.
        """
        return await self.index.search(query, site=site, k=k, explain=explain, nearest=nearest, without=without)

    async def considered(self, query: str, *, without: Collection[str] = ()) -> list[Found]:
        """Return what comes closest to a task with the probability that it fits, however small; ``without`` names procedures."""
        return await self.index.considered(query, without=without)

    @staticmethod
    def says_the_same(task: str, other: str) -> bool:
        """Tell whether two tasks ask for the same work in the same words; names, numbers, endings and articles aside."""
        from .alike import says_the_same

        return says_the_same(task, other)

    @staticmethod
    def says_what_to_do(task: str, other: str) -> bool:
        """Tell whether the other task says the word that this one begins with: mostly what is to be done."""
        from .alike import says_what_to_do

        return says_what_to_do(task, other)

    async def verify(self) -> list[str]:
        """Return one line for every version that is not what was written; empty means all is well."""
        return await self.shelf.read(verify_rows)


def _latest(db: Database, procedure: str) -> int | None:
    """Return the version in use, else the newest."""
    return changes.active(db, procedure) or one(db, "SELECT max(number) FROM versions WHERE procedure = ?", [procedure])


def _version(db: Database, procedure: str, number: int) -> Version:
    changes.require(db, procedure, number)
    return fetch_versions(db, "procedure = ? AND number = ?", [procedure, number])[0]


def copy_seed(seed: Path | None, path: Path) -> None:
    """Copy the seed to a path where nothing is yet; a damaged or newer seed is refused by its own name."""
    if seed is None or path.exists():
        return
    with door(seed):
        if not seed.exists() or not seed.stat().st_size:
            return
        inspect(seed, MEMORY)
    backup.seed(seed, path)


_NEIGHBOURS = """(procedure, number) IN (
    SELECT v.procedure, max(v.number) FROM versions v JOIN procedures p ON p.id = v.procedure
    WHERE p.site = ? AND p.id <> ? AND p.same_as = '' AND p.asleep = '' AND v.status IN ('active', 'candidate')
    GROUP BY v.procedure, v.status
) AND procedure IN (
    SELECT p.id FROM procedures p LEFT JOIN uses u ON u.procedure = p.id WHERE p.id <> ? AND p.site = ?
    GROUP BY p.id ORDER BY max(u.at) DESC, p.id LIMIT 50
)"""
_LINES = """
SELECT p.id, p.site, p.workflow, p.task, p.created,
    (SELECT number FROM versions v WHERE v.procedure = p.id AND v.status = 'active') AS active,
    coalesce((SELECT status FROM versions v WHERE v.procedure = p.id ORDER BY CASE status WHEN 'active' THEN 0
        WHEN 'suspect' THEN 1 WHEN 'candidate' THEN 2 WHEN 'untrusted' THEN 3 ELSE 4 END LIMIT 1), '') AS standing,
    (SELECT count(*) FROM versions v WHERE v.procedure = p.id) AS versions,
    (SELECT count(*) FROM uses u WHERE u.procedure = p.id AND u.part = 'ran') AS uses,
    (SELECT count(*) FROM uses u WHERE u.procedure = p.id AND u.part = 'ran' AND u.outcome = 'succeeded') AS successes,
    coalesce((SELECT max(at) FROM uses u WHERE u.procedure = p.id), '') AS last_used,
    p.same_as, p.asleep
FROM procedures p ORDER BY p.site, p.workflow, p.id
"""
