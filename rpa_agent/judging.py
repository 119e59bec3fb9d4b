"""JUDGING: what a model thinks of a run that its checks have measured. It may hold a run back, it never lifts one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .asking import hiding, model_for
from .domain.errors import RpaAgentError
from .domain.judged import Judged
from .domain.trajectory import Trajectory
from .domain.verdict import Verdict

if TYPE_CHECKING:
    from .domain.ports import PageAtHand
    from .ops.office import Office
    from .ops.settings import Settings
    from .planning import Order

NO_MODEL = "no model is set (model_url in rpa.toml)"


class Judging:
    """Judges the runs of one project with the model of its settings."""

    def __init__(self, settings: Settings, office: Office) -> None:
        self._settings, self._office = settings, office

    async def of(
        self, order: Order, trajectory: Trajectory, verdict: Verdict, *, page: PageAtHand | None, shown: Mapping[str, str]
    ) -> tuple[Trajectory, Verdict]:
        """Return both with the judge's opinion, where the workflow wants one and the run came to its end.

        ``shown`` are this run's values as the site writes them. A doubt about a run whose checks are met puts it before a
        person, and what it taught waits for their word. An opinion changes nothing else: no run becomes better by it.
        """
        ended = trajectory.outcome == "succeeded" or any(not c.met for c in trajectory.checks)
        if order.workflow.judge is None or verdict.exception or not ended:
            return trajectory, verdict
        if page is None:
            told = Judged(sentence=order.workflow.judge, opinion="unjudged", reason="the page is gone")
            return trajectory.but(judged=told), verdict
        judged, trajectory = await self._ask(order, trajectory, page, shown)
        trajectory = trajectory.but(judged=judged)
        if judged.opinion != "doubted" or trajectory.outcome != "succeeded":
            return trajectory, verdict
        return _held_back(judged, trajectory, verdict)

    async def _ask(
        self, order: Order, trajectory: Trajectory, page: PageAtHand, shown: Mapping[str, str]
    ) -> tuple[Judged, Trajectory]:
        sentence = order.workflow.judge or ""
        unjudged = Judged(sentence=sentence, opinion="unjudged")
        opened = model_for(
            self._settings, self._office, secrets=order.secrets, budget=order.workflow.budget, role="judge",
            before=trajectory.asked, workflow=order.workflow.name,
        )  # fmt: skip
        async with opened as model:
            if model is None:
                return unjudged.but(reason=NO_MODEL), trajectory
            from .llm.judge import judge

            try:
                view = await page.survey()
            except RpaAgentError as e:
                return unjudged.but(reason=e.message), trajectory
            hide = hiding(order.secrets, shown, trajectory.params)
            judged = await judge(model, sentence, trajectory, view, values={**shown, **trajectory.params}, hide=hide)
            return judged, trajectory.but(asked=trajectory.asked.and_(model.asked()))


def _held_back(judged: Judged, trajectory: Trajectory, verdict: Verdict) -> tuple[Trajectory, Verdict]:
    checks = "no check measures it" if judged.checks_met is None else "all checks are met"
    why = (
        f"{checks}, but the judge {judged.model} doubts that “{judged.sentence}”: {judged.reason or 'it gave no reason'}."
        " Look at the site whether it is so"
    )
    held = verdict.but(
        outcome="needs_person", fault="unknown", met=False, edits=(), proposed=(*verdict.proposed, *verdict.edits),
        variants_seen=(), reason=why,
    )  # fmt: skip
    return trajectory.but(outcome="needs_person", fault="unknown", stopped=why), held
