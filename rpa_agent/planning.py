"""What is decided of a run before its first act: the keys of its commits, and whether anything is left to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

from .domain.change import Recall
from .domain.errors import Declined, NeedsPerson, ParamsInvalid
from .domain.plan import Plan
from .domain.ports import Secrets
from .domain.supervision import AskPerson
from .domain.trajectory import CommitOutcome, StepOutcome, Trajectory
from .domain.workflow import Probe, RepairMode, TraceMode, Workflow
from .memory import Memory
from .ops.commit_key import Moment
from .ops.facts import Facts
from .ops.journal import CommitJournal
from .ops.office import Office
from .ops.settings import Settings
from .retrieve import document_to_run

if TYPE_CHECKING:
    from .domain.account import Account
    from .reflect import Measure

LateKey = Callable[[Mapping[str, str]], Awaitable[str]]
CLEAN_RUNS_TO_REMEMBER = 5  # a workflow that commits learns by itself only after so many clean runs


@dataclass(frozen=True)
class Order:
    """One run to be done: the workflow, this run's values, and what it belongs to."""

    workflow: Workflow
    params: Mapping[str, str]
    secrets: Secrets
    base_url: str
    repair: RepairMode | None = None
    again: str | None = None
    today: date | None = None  # the occurrence's original local date
    occurrence: str | None = None
    batch: str | None = None
    row: int | None = None  # its number as the batch's file shows it
    has_rows: bool = False
    row_key: str = ""
    trace: TraceMode = "off"
    ask: AskPerson | None = None  # the person who watches, where one does
    until: datetime | None = None  # nothing of it is done later than this


class Planner:
    """Plans with one project's settings, memory and office."""

    def __init__(self, settings: Settings, memory: Memory, office: Office) -> None:
        self._settings, self._memory, self._office = settings, memory, office

    async def plan(self, order: Order, recall: Recall, run: str, *, params: Mapping[str, str], today: date) -> Plan:
        """Return what the run needs to know; raises ParamsInvalid where a commit's key has no value."""
        workflow = order.workflow
        at = Moment(run=run, day=today, occurrence=order.occurrence, has_rows=order.has_rows, row_key=order.row_key)
        keys = await self._keys(order, recall, params, at)
        return Plan(
            run=run,
            values=params,
            params=workflow.params,
            today=today,
            keys=keys,
            late_keys=self._late_keys(order, recall, params, at),
            again=order.again,
            probes=await self._probes(order, keys),
            locale=workflow.locale,
            artifacts=str(self._settings.artifacts / run),
            repair=await self._repair_mode(order, recall),
            gate=workflow.gate,
            pictures=self._settings.commit_pictures,
            step_seconds=self._settings.step_timeout,
            minutes=workflow.budget.minutes,
            ask=order.ask,
            wanted=partial(self.require_wanted, order, run),
            row_key=order.row_key,
            salt=self._memory.salt,
        )

    async def require_wanted(self, order: Order, run: str) -> None:
        """Raise Declined where a person cancelled the run or its batch, NeedsPerson where it had to be over by now."""
        if (cancel := await self._office.cancels.of(run, order.batch)) is not None:
            raise Declined(cancel.words(), left_out=True)
        if order.until is not None and self._office.clock() >= order.until:
            by = order.until.astimezone().strftime("%H:%M")
            raise NeedsPerson(f"it had to be over by {by}, and nothing of it is done later", fault="timing")

    async def _keys(self, order: Order, recall: Recall, params: Mapping[str, str], at: Moment) -> dict[str, str]:
        """Return the key of each commit: the one under which it was journaled before, where it was."""
        return {
            name: await self._key(order, name, params, at)
            for name in _commits(recall)
            if not _read_for(order.workflow, name)
        }

    async def _probes(self, order: Order, keys: Mapping[str, str]) -> dict[str, Probe]:
        """Return how the site is asked about commits in doubt. What is done once more on purpose is there from the first time
        already: whether it arrived again, no answer tells, and a person has to look."""
        probes: dict[str, Probe] = {}
        for rule in order.workflow.commits:
            entry = await self._office.journal.entry(keys.get(rule.name, "")) if rule.probe else None
            if rule.probe and not order.again and (entry is None or entry.again is None):
                probes[rule.name] = rule.probe
        return probes

    def _late_keys(self, order: Order, recall: Recall, params: Mapping[str, str], at: Moment) -> dict[str, LateKey]:
        """Return how the keys are made that need what is read on the way; raises ParamsInvalid where it is read too late."""
        late: dict[str, LateKey] = {}
        for name in _commits(recall):
            if not (outputs := _read_for(order.workflow, name)):
                continue
            _require_read_before(recall, name, outputs)

            async def make(read: Mapping[str, str], name: str = name, outputs: tuple[str, ...] = outputs) -> str:
                own = {n: read[n] for n in outputs if n in read}
                return await self._key(order, name, {**params, **own}, at)

            late[name] = make
        return late

    async def _key(self, order: Order, name: str, values: Mapping[str, str], at: Moment) -> str:
        workflow = order.workflow
        once = next((c.once for c in workflow.commits if c.name == name), None)
        named_by = workflow.rows.key or "" if workflow.rows else ""
        facts = Facts(origin=order.base_url, workflow=workflow.name, name=name, params=dict(values), at=at)
        return await self._office.journal.key_for(facts, once, named_by=named_by)

    async def _repair_mode(self, order: Order, recall: Recall) -> RepairMode:
        """What the command says, else the workflow, else the default: commits earn their trust by clean runs first."""
        if given := order.repair or order.workflow.repair:
            return given
        if not recall.version.document.commits():
            return "remember"
        enough = CLEAN_RUNS_TO_REMEMBER
        if await self._memory.clean_runs(recall.version.procedure, most=enough) >= enough:
            return "remember"
        kept = any("kept by " in e.why for e in await self._memory.history(recall.version.procedure))
        return "remember" if kept else "this_run"


def _commits(recall: Recall) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s.commit for s in document_to_run(recall).document.commits() if s.commit))


def _read_for(workflow: Workflow, commit: str) -> tuple[str, ...]:
    """Return the outputs that a commit's key is made of; a parameter of that name comes first."""
    once = next((c.once for c in workflow.commits if c.name == commit), None)
    return tuple(k for k in once.key if k not in workflow.params) if once else ()


def _require_read_before(recall: Recall, commit: str, outputs: Sequence[str]) -> None:
    steps = document_to_run(recall).document.steps
    at = next(i for i, s in enumerate(steps) if s.commit == commit)
    before = {s.output for s in steps[:at] if s.kind == "read" and s.table is None}
    if late := [n for n in outputs if n not in before]:
        raise ParamsInvalid(
            f"commit {commit!r}: its key needs {', '.join(late)}, which no step reads before it; nothing was sent", where=commit
        )


async def all_done_before(order: Order, plan: Plan, recall: Recall, journal: CommitJournal) -> Trajectory | None:
    """A run whose every commit is confirmed has nothing left to do; no browser is started for it."""
    document = document_to_run(recall).document
    if not plan.keys or plan.late_keys or plan.again:
        return None
    for key in plan.keys.values():
        if await journal.state(key) != "confirmed":
            return None
    steps = tuple(
        StepOutcome(index=i, id=s.id, kind=s.kind, target=s.target.words() if s.target else "", status="skipped")
        for i, s in enumerate(document.steps)
    )
    commits = tuple(CommitOutcome(name=n, key=k, state="already") for n, k in plan.keys.items())
    return Trajectory(
        run=plan.run,
        workflow=order.workflow.name,
        site=document.site,
        procedure=document.procedure,
        version=recall.version.number,
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        params=dict(plan.values),
        steps=steps,
        commits=commits,
        outcome="succeeded",
    )


def measure_of(order: Order, recall: Recall, plan: Plan, *, salt: str) -> Measure:
    """Return what a run is held against when it is over."""
    from .reflect import Measure, row_digest
    from .run.context import shown_values

    return Measure(
        checks=order.workflow.checks(),
        exceptions=order.workflow.exceptions,
        outputs=order.workflow.outputs,
        base=order.base_url,
        shown=shown_values(plan, document_to_run(recall).document.steps),
        locale=order.workflow.locale,
        salt=salt,
        row=row_digest({"": order.row_key} if order.row_key else plan.values, salt),
        day=plan.today,
    )


def account_of(settings: Settings, workflow: Workflow) -> Account:
    """Return the account that a workflow names; raises AccountInvalid."""
    from .store.account_files import find_account

    return find_account(settings.accounts_dir, workflow.account or "")
