"""The conclusion drawn from a trajectory: met or not, the fault class, and the edits it proposes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .change import Interruption, Lent
from .frozen import Frozen
from .target import Variant
from .trajectory import CheckOutcome, Fault, Outcome


class AddVariant(Frozen):
    """A target was found in another look and proved itself."""

    op: Literal["add_variant"] = "add_variant"
    step: str
    variant: Variant


class LearnInterruption(Frozen):
    """A bar or notice that stood in the way, and the button that closes it."""

    op: Literal["learn_interruption"] = "learn_interruption"
    site: str
    words: str
    variant: Variant

    def learned(self) -> Interruption:
        """Return it as memory keeps it."""
        return Interruption(site=self.site, words=self.words, variant=self.variant)


class LeaveOut(Frozen):
    """A step that only led somewhere, or closed something, is left out where the page that it leads to is at hand already."""

    op: Literal["leave_out"] = "leave_out"
    step: str
    by: str = "structure"  # who said so: evidence, or the name of a model


Edit = Annotated[AddVariant | LearnInterruption, Field(discriminator="op")]


class Verdict(Frozen):
    """What one run proves. ``own_fault`` is true only when the procedure itself was at fault."""

    run: str
    workflow: str
    procedure: str
    version: int
    outcome: Outcome
    fault: Fault | None = None
    own_fault: bool = False
    met: bool = False  # all checks met
    checks: tuple[CheckOutcome, ...] = ()
    exception: str = ""  # name of the business exception that was met
    edits: tuple[Edit, ...] = ()
    attempted: tuple[Edit, ...] = ()  # what a run that did not meet its checks had repaired; teaches nothing by default
    failed_step: str = ""  # the step that the run ended at early
    needless: tuple[str, ...] = ()  # steps that a repair left out, as nothing of them is needed here
    needless_by: dict[str, str] = {}  # of those, which a model said, by its name
    spared: tuple[str, ...] = ()  # steps that were left out because a candidate says so
    proposed: tuple[Edit, ...] = ()  # what a person was asked before it was tried
    variants_seen: tuple[
        tuple[str, int], ...
    ] = ()  # (step id, variant index) that matched in a run that met its checks
    variants_failed: tuple[tuple[str, int], ...] = ()
    base: int | None = None  # the version that ran; ``version`` is the one to credit
    beside: int | None = None  # the candidate that was at hand, whether or not it was needed
    borrowed: tuple[Lent, ...] = ()  # looks of other procedures that a step needed
    tried: tuple[str, ...] = ()  # steps at which a look on trial was needed or tried
    misled: tuple[AddVariant, ...] = ()  # unproven looks that were tried and refuted by the step's own signals
    went_back: tuple[AddVariant, ...] = ()  # looks of the active version that misled, where its parent's did the step
    earlier: int | None = None  # the version to go back to
    remember: bool = False  # whether this run may teach memory
    row: str = ""  # digest of the row or parameters, so that clean runs can be told apart
    day: str = ""  # local date of the run
    reason: str = ""
