"""What update writes to memory in one transaction, and what memory tells it before: plain values."""

from __future__ import annotations

from typing import Any, Literal

from .frozen import Frozen
from .procedure import Procedure, Status, Version
from .target import Variant
from .trajectory import Fault, Outcome


class Use(Frozen):
    """One injected version in one run; every one is credited, unique by (run, procedure, version).

    ``clean`` means all checks were met without any repair; ``own_fault`` that the procedure itself failed. ``part`` says
    what the version did: it ``ran``, it lay ``beside`` and was not needed, or a look of it was ``lent`` to another
    procedure. Only what ran proves anything of the version.
    """

    run: str
    procedure: str
    version: int
    outcome: Outcome
    fault: Fault | None = None
    own_fault: bool = False
    clean: bool = False
    row: str = ""
    day: str = ""
    at: str = ""
    part: Literal["ran", "beside", "lent"] = "ran"


class NewVersion(Frozen):
    """A version to write: delta edits already applied to the parent's document."""

    document: Procedure
    parent: int
    status: Status
    author: str
    evidence: tuple[str, ...] = ()
    note: str = ""
    edits: tuple[dict[str, Any], ...] = ()      # the edits that made it, as JSON


class StatusChange(Frozen):
    procedure: str
    version: int
    status: Status
    why: str


class Counts(Frozen):
    """How often a known variant of a step matched or failed; bookkeeping that makes no new version."""

    step: str
    variant: int
    seen: int = 0
    failed: int = 0
    day: str = ""


class ElementSeen(Frozen):
    """A look of an element proved on a site, offered to every procedure that shares the element."""

    site: str
    key: str                # digest of the recorded fingerprint's stable traits
    variant: Variant


class Interruption(Frozen):
    """A bar or notice of a site and the element that closes it."""

    site: str
    words: str
    variant: Variant


class MemoryChange(Frozen):
    """All that one verdict does to memory: applied in one transaction, idempotent by ``run``.

    ``after`` is the newest version that was known when this was decided: where another one came meanwhile, nothing is
    applied and VersionMovedOn is raised, so that it is decided anew.
    """

    run: str
    procedure: str
    after: int | None = None
    use: Use | None = None
    others: tuple[Use, ...] = ()        # what else was injected, credited too
    new_version: NewVersion | None = None
    statuses: tuple[StatusChange, ...] = ()
    counts: tuple[Counts, ...] = ()
    counted_version: int = 0
    elements: tuple[ElementSeen, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    rejected: tuple[dict[str, Any], ...] = ()


class Lent(Frozen):
    """A look that another procedure of the site knows of a step the two have in common."""

    step: str               # the step's id in the procedure that borrows
    variant: Variant
    procedure: str          # who lends
    version: int


class Recall(Frozen):
    """What retrieval returned: the version, how similar, how valuable, and the reason in words."""

    version: Version
    similarity: float = 1.0
    value: float = 0.5
    reason: str = ""
    candidate: Version | None = None    # a newer, unproven version whose variants are tried first where a step breaks
    arm: str = "own"                    # own | same_site | other_site
    earlier: Version | None = None      # the version that a promoted one came from, to go back to where its looks mislead
    lent: tuple[Lent, ...] = ()         # what others know of shared steps; tried like a candidate's looks
    refused: tuple[tuple[str, Variant], ...] = ()   # step and look that were rejected: not tried again
    kept_in: tuple[str, ...] = ()       # steps of which it was rejected that they may be left out
