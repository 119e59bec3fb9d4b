"""The run that waits at a step: what is known of it here, and what of it goes to another machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..domain.errors import ImportInvalid, NoProcedure, UsageInvalid
from ..domain.procedure import Procedure, Version
from ..domain.workflow import Workflow

if TYPE_CHECKING:
    from ..agent import Agent, Order
    from ..ops.office import Office
    from ..ops.runs import Run

WAITS = ("needs_person", "failed")


@dataclass(frozen=True)
class Parked:
    """A run that waits at a step. ``at`` is that step's id; ``sent`` what had left before; ``url`` where it stopped."""

    run: str
    workflow: Workflow
    version: Version
    at: str
    values: Mapping[str, str]
    sent: str
    stopped: str
    url: str
    own: bool = True  # begun by hand: it is done anew here and now, not by its batch or schedule
    day: date | None = None  # its original day, where a due time or a batch has one
    occurrence: str | None = None
    has_rows: bool = False
    row_key: str = ""

    @property
    def replays(self) -> bool:
        """Tell whether the steps before may be done again: never over something that was sent."""
        return self.sent == "nothing"


    def again(self, order: Order) -> Order:
        """Return an order for the same work: what is sent by hand is the commit that the batch or the due time would send."""
        return replace(
            order, today=self.day or order.today, occurrence=self.occurrence, has_rows=self.has_rows, row_key=self.row_key
        )


async def parked_run(agent: Agent, run: str, workflow_of: Callable[[str], Workflow]) -> Parked:
    """Return a run that waits at a step; raises UsageInvalid where it does not, or cannot be taught."""
    found = await agent.office.runs.get(run)
    t = found.trajectory
    if t is None:
        if found.ended is None and found.alive:
            raise UsageInvalid(f"run {run} is still going", do="Wait until it has ended.", where=run)
        raise UsageInvalid(
            f"run {run} was cut off and has left no record of its steps, so it cannot be taught",
            do=f"Look at `rpa show {run}`, decide with `rpa resolve {run}` where it waits, and run it again.", where=run,
        )
    item = await agent.office.inbox.of_run(run)
    if item is not None and item.resolved is not None:
        how = (item.how or "").replace("_", " ")
        raise UsageInvalid(f"{run} was decided already: {how} by {item.who}", do="Look at `rpa inbox`.", where=run)
    if t.outcome not in WAITS or not t.steps:
        raise UsageInvalid(
            f"{run} does not wait at a step: it {t.outcome.replace('_', ' ')}", do="Look at `rpa inbox`.", where=run
        )
    workflow = workflow_of(found.workflow)
    known = await agent.memory.known(site=workflow.site_name(), workflow=workflow.name)
    version = next((v for v in known if v.status in ("active", "suspect", "candidate")), None)
    if version is None:
        raise NoProcedure(f"no procedure is known for {workflow.name}", where=workflow.name)
    at = t.steps[-1].id
    if all(s.id != at for s in version.document.steps):
        raise UsageInvalid(
            f"step {at}, at which {run} stopped, is in no version that is in use", do=f"Run it again: `rpa run {workflow.name}`.",
            where=run,
        )
    url = next((s.signals.url for s in reversed(t.steps) if s.signals.url), "")
    own = found.batch is None and found.occurrence is None
    return Parked(
        run, workflow, version, at, dict(t.params), t.sent, t.stopped, url, own, day=await day_of(agent.office, found),
        occurrence=found.occurrence, has_rows=found.batch is not None, row_key=found.row_key,
    )  # fmt: skip


async def day_of(office: Office, run: Run) -> date | None:
    """Return the original day of a run that a batch or a due time began; None of one that was begun by hand."""
    if run.batch is not None and (batch := await office.batches.get(run.batch)) is not None:
        return date.fromisoformat(batch.day)
    due = await office.occurrences.get(run.occurrence) if run.occurrence is not None else None
    return due.day if due is not None else None


def as_carried(parked: Parked, *, base_url: str) -> dict[str, Any]:
    """Return what another machine needs to show the step: no secret, no cookie, nothing of other runs."""
    return {
        "run": parked.run, "workflow": parked.workflow.model_dump(mode="json", by_alias=True), "number": parked.version.number,
        "document": parked.version.document.model_dump(mode="json", by_alias=True), "at": parked.at,
        "values": dict(parked.values), "sent": parked.sent, "stopped": parked.stopped, "url": parked.url, "base_url": base_url,
    }  # fmt: skip


def from_carried(content: Mapping[str, Any]) -> tuple[Parked, str]:
    """Return a run that was carried here, and the address it took place at; raises ImportInvalid."""
    try:
        document = Procedure.model_validate(content["document"])
        version = Version(procedure=document.procedure, number=int(content["number"]), status="active", document=document)
        values = {str(name): str(value) for name, value in content["values"].items()}
        parked = Parked(
            str(content["run"]), Workflow.model_validate(content["workflow"]), version, str(content["at"]), values,
            str(content["sent"]), str(content["stopped"]), str(content["url"]),
        )  # fmt: skip
        document.step(parked.at)
        base = str(content["base_url"])
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as e:
        raise ImportInvalid("the parked run cannot be read; nothing was opened", do="Have it written again.") from e
    if not base.startswith(("http://", "https://")):
        raise ImportInvalid(f"the parked run took place at {base!r}, which is no http(s) address; nothing was opened")
    return parked, base
