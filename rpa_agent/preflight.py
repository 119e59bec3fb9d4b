"""PREFLIGHT: what would break tonight? Log in, walk up to what sends, look for every element; repairs are proposed, not made.

It is a rehearsal that repairs what breaks on its way, so that one look tells all that would break. The gate lets nothing
pass but reads and the drafts that were shown. What was found instead is put before a person as any proposal is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from .domain.errors import ParamsInvalid, RpaAgentError, UsageInvalid
from .domain.plan import Plan
from .domain.trajectory import Proposed, StepOutcome, Trajectory
from .domain.values import check_params
from .domain.verdict import Verdict
from .planning import measure_of
from .retrieve import retrieve_procedure
from .showing import rehearse

if TYPE_CHECKING:
    from .agent import Agent, Order
    from .run.rehearse import Rehearsed


@dataclass(frozen=True)
class Preflight:
    """What was found. ``breaks`` would stop a run or need a repair, ``proposed`` is what would be used, by step number;
    ``run`` is the one under which `rpa review` has the proposals. ``unseen`` says what could not be looked at, since the record
    of the values that stood for tonight's is not there."""

    workflow: str
    breaks: tuple[str, ...] = ()
    proposed: tuple[tuple[int, Proposed], ...] = ()
    rehearsed: Rehearsed | None = None
    run: str = ""
    unseen: str = ""

    @property
    def ready(self) -> bool:
        return not self.breaks


async def look_ahead(agent: Agent, order: Order, *, stand_in: bool = False) -> Preflight:
    """Walk a workflow up to what sends, and say what is not as it was shown. ``stand_in`` tells that the values are not those of
    tonight, which nobody knows yet: that their record was done since is no break. Raises ParamsInvalid where a value is missing;
    whatever else keeps it from being done is in the answer, since it would tonight as well."""
    from .repair.ladder import LadderOnDemand

    name = order.workflow.name
    recall = await retrieve_procedure(order.workflow, agent.memory, approved=True)
    known = partial(agent.known_looks, order.workflow.site_name())
    refused = partial(agent.memory.refused_looks, recall.version.procedure) if recall is not None else None
    try:
        rehearsed = await rehearse(agent, order, ladder=LadderOnDemand(known, refused, salt=agent.memory.salt))
    except (ParamsInvalid, UsageInvalid):
        raise
    except RpaAgentError as e:
        return Preflight(name, (order.secrets.hide(e.message),))
    if stand_in and (unseen := record_gone(rehearsed)):
        found = _breaks(rehearsed)[:-1]     # the last is that its record is not there
        return Preflight(name, tuple(map(order.secrets.hide, found)), rehearsed=rehearsed, unseen=order.secrets.hide(unseen))
    proposed = _proposals(rehearsed)
    breaks = tuple(order.secrets.hide(line) for line in _breaks(rehearsed))
    run = await _put_forward(agent, order, rehearsed, breaks) if proposed else ""
    return Preflight(name, breaks, proposed, rehearsed, run)


def record_gone(rehearsed: Rehearsed) -> str:
    """Return what could not be looked at, in words, where only the record that was walked with is not there."""
    door, done = rehearsed.steps[-1] if rehearsed.steps else None, rehearsed.done
    if rehearsed.refused:
        return ""
    if rehearsed.stopped:
        return rehearsed.stopped.rstrip(".") if done is not None and done.fault == "data" else ""
    return "; ".join(door.differences) if door is not None and door.record else ""


def _breaks(rehearsed: Rehearsed) -> list[str]:
    """Return, step by step, what a run would stop at or have to repair."""
    steps = rehearsed.done.steps if rehearsed.done is not None else ()
    found = [
        f"step {s.index + 1}: {s.repair.was} is not there as shown; {s.repair.now} would be used"
        for s in steps
        if s.repair is not None
    ]
    if rehearsed.stopped:
        at = next((f"step {s.index + 1}: " for s in steps if s.status in ("failed", "refused")), "")
        return [*found, f"{at}{rehearsed.stopped}"]
    door = rehearsed.steps[-1] if rehearsed.before is not None and rehearsed.steps else None
    if door is not None and not door.found_by and door.differences:
        instead = f"; {rehearsed.proposed.now} would be used" if rehearsed.proposed is not None else ""
        found.append(f"step {door.number}, which sends: {'; '.join(door.differences)}{instead}")
    return found + [f"{refused} would leave, and was not shown" for refused in rehearsed.refused]


def _proposals(rehearsed: Rehearsed) -> tuple[tuple[int, Proposed], ...]:
    steps = rehearsed.done.steps if rehearsed.done is not None else ()
    found = [(s.index + 1, _as_proposed(s)) for s in steps if s.repair is not None]
    if rehearsed.proposed is not None:
        found.append((rehearsed.steps[-1].number, rehearsed.proposed))
    return tuple((number, one) for number, one in found if one is not None)


def _as_proposed(step: StepOutcome) -> Proposed | None:
    r = step.repair
    if r is None:
        return step.proposed
    bar = r.dismissed[0] if r.dismissed else None
    return Proposed(by=r.by, confidence=r.confidence, now=r.now, evidence=r.evidence, variant=r.variant, dismissed=bar)


async def _put_forward(agent: Agent, order: Order, rehearsed: Rehearsed, breaks: tuple[str, ...]) -> str:
    """Keep what was found as a run that sent nothing and asks about its repairs; return its id."""
    from .reflect import edits_of, proposed_by

    done, today = rehearsed.done, order.today or datetime.now().astimezone().date()
    recall = await retrieve_procedure(order.workflow, agent.memory, approved=True)
    if done is None or recall is None:
        return ""
    run = await agent.office.runs.begin_run(order.workflow.name, occurrence=None)
    trajectory = _trajectory(done, rehearsed, run=run, workflow=order.workflow.name, version=recall.version.number)
    trajectory = trajectory.but(stopped=f"looked ahead, and nothing was sent: {'; '.join(breaks)}", fault="drift")
    params = check_params(order.workflow.params, order.params, today=today)
    plan = Plan(run=run, values=params, params=order.workflow.params, today=today)
    measure = measure_of(order, recall, plan, salt=agent.memory.salt)
    at_the_door = trajectory.but(steps=trajectory.steps[len(done.steps) :])
    edits = (*edits_of(done, measure), *proposed_by(at_the_door, measure))
    await agent.office.runs.end_run(trajectory)
    await agent.office.runs.save_verdict(Verdict(
        run=run, workflow=order.workflow.name, procedure=recall.version.procedure, version=recall.version.number,
        outcome="needs_person", fault="drift", proposed=edits,
    ))  # fmt: skip
    await agent.office.runs.mark_applied(run)  # it proves nothing of the procedure
    return run


def _trajectory(done: Trajectory, rehearsed: Rehearsed, *, run: str, workflow: str, version: int) -> Trajectory:
    steps = [s.but(repair=None, status="refused", proposed=_as_proposed(s)) if s.repair is not None else s for s in done.steps]
    if rehearsed.proposed is not None and (before := rehearsed.before) is not None:
        target = before.target.words() if before.target else ""
        steps.append(StepOutcome(
            index=len(steps), id=before.id, kind=before.kind, target=target, status="refused", proposed=rehearsed.proposed,
        ))  # fmt: skip
    return done.but(run=run, workflow=workflow, version=version, steps=tuple(steps), outcome="needs_person", sent="nothing")
