"""What one run carries from step to step: the page, this run's values, and what has been typed or sent so far."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ..domain.errors import NeedsPerson, RpaAgentError
from ..domain.plan import Plan
from ..domain.ports import Journal, PageAtHand
from ..domain.procedure import Ambient, Page, Step
from ..domain.proposal import Break, Proposal, Ref, Survey
from ..domain.styled import STYLED
from ..domain.target import Target, rendered
from ..domain.template import names_in, render, whole_name
from ..domain.trajectory import CommitOutcome, Evidence, Fault, Proposed, Weighed
from ..domain.values import file_names, is_date_format, spell
from .by_itself import ByItself
from .warden import Armed, Warden


class Rungs(Protocol):
    """The repair ladder as a run sees it."""

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]: ...

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]: ...


@dataclass
class Typed:
    """A value this run put into a field, so that it can be read again before a commit."""

    step: Step
    ref: Ref
    shown: str
    secret: bool
    kept: str = ""  # what the field showed of it


@dataclass(frozen=True)
class Unmended:
    """What was weighed, or would have been done, for a step that was not repaired; ``step`` is its id."""

    step: str
    candidates: tuple[Weighed, ...] = ()
    proposed: Proposed | None = None


@dataclass(frozen=True)
class Hindered:
    """Why a step's element could not be acted on, though it was there; ``denied`` is what the site did not give meanwhile."""

    step: str
    error: RpaAgentError
    denied: int


@dataclass
class Context:
    """The state of one run; only run/ changes it."""

    page: PageAtHand
    plan: Plan
    steps: tuple[Step, ...]
    ladder: Rungs
    journal: Journal
    pages: Mapping[str, Page]
    ambient: tuple[Ambient, ...] = ()  # what pages were shown to send by themselves
    shown: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)  # what was read so far, as plain values
    typed: list[Typed] = field(default_factory=list)
    commits: list[CommitOutcome] = field(default_factory=list)
    read_again: dict[str, str] = field(default_factory=dict)  # what the typed fields showed when they were read last
    evidence: dict[str, Evidence] = field(default_factory=dict)  # of commits, by their keys
    late_keys: dict[str, str] = field(default_factory=dict)  # journal keys that became known on the way, by commit name
    armed: set[str] = field(default_factory=set)
    refused_hosts: list[str] = field(default_factory=list)
    warden: Warden = field(init=False)
    repaired_since_commit: bool = False
    sent: Literal["nothing", "sent", "unknown"] = "nothing"
    not_taken: bool = False  # the site was asked, and has not got what was sent
    safe_url: str = ""  # where the run can go back to when its session ends; see session.py
    safe_index: int = 0  # the step that is done there
    safe_tab: int = 0  # and in which tab
    begins_at: str = ""  # the page that the step at hand began on
    begins_in: int = 0  # its tab
    begins_with: int = 0  # the step at hand
    drafted: set[int] = field(default_factory=set)  # the tabs in which something was entered since
    sent_with_tabs: bool = False  # a commit was sent while further tabs were open: no way leads back to before them
    renewed: int = 0
    renewed_to_ask: bool = False  # the page at hand is a new one, logged in to ask about a commit in doubt
    tab: int = 0  # the tab at hand
    misled: dict[str, list[int]] = field(default_factory=dict)  # by step: looks on trial that did not prove themselves
    went_back: set[str] = field(default_factory=set)  # commits for which the parent's look was taken
    tabs_opened: bool = False  # a further tab is, or was, open: where the run can go back to lies before that
    unmended: Unmended | None = None  # kept for people; see explain.py
    hindered: Hindered | None = None
    said_no: Fault | None = None  # why a commit was not taken, as far as the page itself says so
    announced: tuple[str, ...] = ()  # what the page said right before the commit at hand
    strange: tuple[str, ...] = ()  # native dialogs of the last act that nobody showed
    deadline: float = 0.0

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.plan.minutes * 60
        self.shown.update(shown_values(self.plan, self.steps))
        by_itself = ByItself(self.ambient, self.plan.salt, {**self.plan.values, **self.shown})
        self.warden = Warden(self.page, self.steps, self.plan.gate, self.shown, self.plan.withheld, by_itself.knows)

    def fill(self, template: str) -> str:
        """Fill a template with values as the site shows them."""
        for name in names_in(template) if "outputs." in template else ():
            if name.startswith("outputs.") and name not in self.shown:
                why = f"the value {name.removeprefix('outputs.')!r} was not read before it was needed; nothing was done"
                raise NeedsPerson(why, fault="data")
        return render(template, {**dict.fromkeys(self.plan.params, ""), **self.shown}, self.plan.today)

    def keep(self, name: str, value: Any, *, shown: str = "") -> None:
        """Keep what was read as an output; a text is at hand for later steps as ``outputs.name``."""
        self.outputs[name] = value
        if shown:
            self.shown[f"outputs.{name}"] = shown

    def known(self, step: Step) -> bool:
        """Tell whether every output that a step's target names has been read."""
        if not any(s.output for s in self.steps):
            return True
        texts = step.target.model_dump_json() if step.target else ""
        return all(n in self.shown for n in names_in(texts) if n.startswith("outputs."))

    def not_given(self, step: Step) -> bool:
        """Tell whether a step enters an optional parameter that this run has no value for."""
        name = whole_name(step.value) if step.value else None
        return name is not None and name in self.plan.params and name not in self.plan.values

    def target_of(self, step: Step) -> Target:
        """Return the step's target with this run's values in its texts."""
        if step.target is None:
            raise NeedsPerson(f"step {step.id} has no target")
        return rendered(step.target, self.fill)

    def value_of(self, step: Step) -> tuple[str | None, str | None]:
        """Return (value as the site writes it, None) or (None, name of the secret to type)."""
        if step.value is None:
            return None, None
        names = names_in(step.value)
        secret = next((n.removeprefix("secrets.") for n in names if n.startswith("secrets.")), None)
        if secret is not None:
            return None, secret
        name = whole_name(step.value)
        if name and name in self.plan.values:
            kind = self.plan.params[name].type if name in self.plan.params else "string"
            return spell(self.plan.values[name], kind, step.format, self.plan.locale), None
        if name and step.format and (read := self._read(name)) is not None:
            kind = "date" if is_date_format(step.format) else "decimal"
            return spell(read, kind, step.format, self.plan.locale), None
        return self.fill(step.value), None

    def canonical_of(self, step: Step) -> str | None:
        """Return the step's value as ISO date or plain decimal, where it is a parameter of such a type; with its styles, where
        it has any."""
        name = whole_name(step.value) if step.value else None
        kind = self.plan.params[name].type if name and name in self.plan.params else ""
        if name and step.format and (read := self._read(name)) is not None:
            return read
        typed = kind in {"date", "decimal", "integer"} or step.format == STYLED
        return self.plan.values.get(name) if name and typed else None

    def _read(self, name: str) -> str | None:
        """Return the plain value of an output by its name in templates."""
        value = self.outputs.get(name.removeprefix("outputs.")) if name.startswith("outputs.") else None
        return value if isinstance(value, str) else None

    def in_doubt(self) -> bool:
        """Tell whether the commit at hand has left, and is neither confirmed nor known not to have arrived."""
        return self.warden.armed is not None and self.warden.armed.sent

    def in_doubt_of(self, armed: Armed) -> None:
        """Once its request has left, nobody knows what became of a commit until its signals say so."""
        if armed.sent:
            self.sent = "unknown"

    def note_hindered(self, step: Step, error: RpaAgentError) -> None:
        """Keep why an act was not possible: where nothing mends the step, that is why."""
        self.hindered = Hindered(step.id, error, self.page.denied)

    def told_no(self) -> str:
        """Say in words what the page asked that nobody had shown, where it did."""
        return f"the page asked “{self.strange[-1]}”, which was not shown, and was told no" if self.strange else ""

    def deadline_left(self) -> float:
        """Seconds left of the run's whole budget, less than nothing when it is spent."""
        return self.deadline - time.monotonic()

    def left(self) -> float:
        """Seconds left of the run's whole budget; raises NeedsPerson when it is spent."""
        left = self.deadline_left()
        if left <= 0:
            raise NeedsPerson(f"the run took longer than {self.plan.minutes:g} minutes", fault="timing")
        return left


def shown_values(plan: Plan, steps: Sequence[Step]) -> dict[str, str]:
    """Return this run's values as the site writes them: each in the format it was typed in when shown."""
    formats = {n: s.format for s in steps if s.value and (n := whole_name(s.value)) and s.format}
    files = {name for name, param in plan.params.items() if param.type == "file"}
    return {
        name: file_names(value)
        if name in files
        else spell(value, plan.params[name].type if name in plan.params else "string", formats.get(name), plan.locale)
        for name, value in plan.values.items()
    }
