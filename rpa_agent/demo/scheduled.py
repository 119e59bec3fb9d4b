"""The part on schedule: due times come by themselves while the site is upgraded underneath, and back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ..domain.errors import RpaAgentError
from ..domain.trajectory import Trajectory
from ..ops.due.occurrence import Occurrence
from ..service import Habits, serve
from .events import Changed, Said
from .stage import EVERY, Stage

PATIENCE_S = 150.0


@dataclass(frozen=True)
class Act:
    """What happens to the site before one due time, and what its run is to show."""

    claim: str
    words: str
    repairs: bool = False
    generation: int = 0                 # 0: the site stays as it is
    change: str = ""


ACTS = (
    Act("schedule-entered-its-invoice", "the due time came by itself and its invoice was entered"),
    Act(
        "repaired-generation-2", "generation 2: every broken step was repaired, and the invoice entered once",
        repairs=True, generation=2,
        change="The site is upgraded to generation 2: other words, other ids, another order.",
    ),
    Act("no-repair-next-run-generation-2", "generation 2: the next run needed no repair"),
    Act(
        "repaired-generation-3", "generation 3: every broken step was repaired, and the invoice entered once",
        repairs=True, generation=3,
        change="The site is upgraded to generation 3: a closed menu, a form in pages, a question at the end.",
    ),
    Act("no-repair-next-run-generation-3", "generation 3: the next run needed no repair"),
    Act("no-repair-again-generation-3", "generation 3: nor did the one after it"),
    Act(
        "no-repair-back-on-generation-1", "generation 1 again: what was known first still works, without repair",
        generation=1, change="The upgrade is taken back: generation 1 again.",
    ),
)


@dataclass
class _Desk:
    """Does the acts one by one, one per due time."""

    stage: Stage
    stop: asyncio.Event
    desk: list[dict[str, str]]
    acts: list[Act] = field(default_factory=lambda: list(ACTS))
    seen: list[str] = field(default_factory=list)
    went_wrong: str = ""
    ended: bool = False                 # by the last act, or by one that went wrong
    interrupted: bool = False           # by whoever asked the process to end, while a run was going on

    async def due(self, occurrence: Occurrence) -> str:
        act = self.acts.pop(0)
        through = False
        try:
            self.seen.append(occurrence.id)
            if act.generation:
                self.stage.site.configure(generation=act.generation)
                self.stage.tell(Changed(generation=act.generation, text=act.change))
            self.stage.lay_on_desk(self.desk.pop(0))
            runs = await self.stage.work_off(occurrence)
            if not self.stop.is_set():      # a browser that was interrupted with us proves nothing
                _judge(self.stage, act, runs)
            through = True
            return runs[-1].outcome if runs else "succeeded"
        except RpaAgentError as e:
            self.went_wrong = e.message
            return "failed"
        finally:
            self.interrupted = self.stop.is_set()
            if not (through and self.acts):
                self.ended = True
                self.stop.set()


async def on_schedule(stage: Stage, desk: list[dict[str, str]]) -> None:
    """Serve the workflow's schedule until all acts are done; raises KeyboardInterrupt when asked to end before."""
    stop = asyncio.Event()
    play = _Desk(stage, stop, desk)
    workflow, office = stage.workflow, stage.agent.office
    assert workflow is not None, "it is recorded first"
    stage.rules[workflow.name] = workflow.schedule
    try:
        async with asyncio.timeout(PATIENCE_S):
            await serve(office, play.due, stop=stop, habits=Habits(max_parallel=1))
    except TimeoutError:
        play.went_wrong = f"after {PATIENCE_S:.0f} s {len(play.acts)} due times were still to come"
    finally:
        stage.rules.clear()
    occurrences = await office.occurrences.all(workflow.name)
    done = [o for o in occurrences if o.state == "done"]
    if play.interrupted or (stop.is_set() and not play.ended):
        raise KeyboardInterrupt
    skipped = [o for o in occurrences if o.state == "skipped"]
    if skipped:
        stage.tell(Said(text=(
            f"{len(skipped)} due times came while a run was still going; they were skipped, as the workflow says."
        )))
    bad = [o for o in done if o.outcome != "succeeded"]
    stage.check(
        "schedule-went-on",
        f"the schedule (every {EVERY}) went on through all of it: {len(done)} due times, each run once, none failed",
        not play.went_wrong and not play.acts and not bad and len(set(play.seen)) == len(play.seen) == len(done),
        seen=play.went_wrong or f"{len(done)} done, {len(bad)} of them not well, {len(play.acts)} never came",
    )


def _judge(stage: Stage, act: Act, runs: list[Trajectory]) -> None:
    wrong = stage.wrong_on_site()
    repaired = [s for t in runs for s in t.repaired()]
    if len(runs) != 1 or runs[0].outcome != "succeeded":
        seen = "; ".join(f"{t.outcome}: {t.stopped}" for t in runs) or "no run had anything to do"
        stage.check(act.claim, act.words, False, seen=seen)
        return
    proven = all(s.repair and s.repair.evidence for s in repaired)
    held = not wrong and (bool(repaired) and proven if act.repairs else not repaired)
    seen = wrong or f"{len(repaired)} of {len(runs[0].steps)} steps repaired"
    stage.check(act.claim, act.words, held, seen=seen)
