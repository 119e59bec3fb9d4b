"""What is decided of a run before its first act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal, Protocol

from .workflow import GateMode, Param, Probe, RepairMode

if TYPE_CHECKING:
    from .exploring import Explored, Hands, Quest
    from .ports import LoginKeeper
    from .procedure import Step
    from .supervision import AskPerson
    from .target import Variant
    from .trajectory import StepOutcome

Mode = GateMode | Literal["read_only"]  # read-only: a rehearsal or a probe; drafts that were shown pass, nothing else


class OnTrial(Protocol):
    """What may be tried where a step breaks, ahead of the ladder."""

    async def looks(self, step: str) -> Sequence[Variant]:
        """Return the looks on trial of a step, by its id, in the order they are to be tried."""

    async def looks_of_parent(self, step: str) -> int | None:
        """Return how many of a step's looks its version's parent had, where some were added since; else None."""

    async def spare(self, step: str) -> bool:
        """Tell whether it is on trial that a step may be left out where the page that it leads to is at hand."""


@dataclass(frozen=True)
class Plan:
    """What is decided before the first act. ``keys`` are the journal keys by commit name; ``late_keys`` make those that
    need values read on the way, from the outputs read so far."""

    run: str
    values: Mapping[str, str]
    params: Mapping[str, Param]
    today: date
    keys: Mapping[str, str] = field(default_factory=dict)
    late_keys: Mapping[str, Callable[[Mapping[str, str]], Awaitable[str]]] = field(default_factory=dict)
    again: str | None = None
    probes: Mapping[str, Probe] = field(default_factory=dict)  # by commit name
    repair: RepairMode = "this_run"
    locale: str | None = None  # how the site writes numbers and dates, where the demonstration could not tell
    artifacts: str = ""  # the folder for what this run brings back as files
    pictures: bool = False  # of every commit, not only of those that need a second look
    gate: Mode = "learned"
    withheld: Sequence[Step] = ()  # what comes after the steps that are done: nothing that one of these sends may leave
    step_seconds: float = 15.0
    minutes: float = 10.0
    ask: AskPerson | None = None  # a person who watches: asked before each commit
    row_key: str = ""  # the record of a batch that this run is for, as people know it
    login: LoginKeeper | None = None  # keeps the run logged in, where its workflow names an account
    trial: OnTrial | None = None  # looks that have yet to prove themselves; asked at a break only
    wanted: Callable[[], Awaitable[None]] | None = None  # raises where the run is to end: asked before each step, and by the gate
    explore: Callable[[Quest, Hands], Awaitable[Explored]] | None = None  # looks for the way to what is not on the page
    salt: str = ""  # of the memory: by it words that were kept as shape and hashes are known again
    ready: Callable[[str], Awaitable[None]] | None = None  # waited for before a secret of this name is typed
    after: Callable[[Step, StepOutcome], None] | None = None  # told of each step that was done
