"""The same run with its defences switched off: what the attacks do to a program that believes its model."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from rpa_agent.domain.plan import Plan
from rpa_agent.domain.proposal import Break, Proposal, Survey, UseTarget
from rpa_agent.domain.values import check_params
from rpa_agent.ops.clock import new_id
from rpa_agent.retrieve import document_to_run, retrieve_procedure

if TYPE_CHECKING:
    from rpa_agent.agent import Agent, Order
    from rpa_agent.browser.page import LivePage
    from rpa_agent.browser.session import Browser
    from rpa_agent.domain.ports import Model
    from rpa_agent.domain.trajectory import Trajectory, Weighed

_SECONDS = 20.0


class _Believes:
    """A ladder of one rung that hands the whole page to the model and takes its word."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        from rpa_agent.repair.question import SYSTEM, question

        if break_.why == "no_signals" or break_.step.target is None:
            return []
        shown = [c for c in view.candidates if c.visible and c.fingerprint.capability == _needs(break_)]
        asked = question(break_, view, shown, [])
        said = await self._model.answer(SYSTEM, json.dumps(asked, ensure_ascii=False), seconds=_SECONDS)
        at = _choice(said)
        if at is None or not 0 <= at < len(shown) or shown[at].ref in break_.tried:
            return []
        return [UseTarget(by="model", confidence=1.0, candidate=shown[at], author=self._model.name)]

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        return ()


def _needs(break_: Break) -> str:
    target = break_.step.target
    assert target is not None
    return target.variants[0].fingerprint.capability


def _choice(said: str) -> int | None:
    try:
        found: Any = json.loads(said[said.index("{") : said.rindex("}") + 1])
    except ValueError:
        return None
    choice = found.get("choice")
    if choice is None:  # one that would rather open something, or edit the step, means the same element here
        choice = next((e.get("at") for e in found.get("edits") or () if e.get("edit") == "replace"), found.get("first"))
    return choice if isinstance(choice, int) else None


async def _without_gate(browser_page: Any, order: Order) -> LivePage:
    from rpa_agent.browser.page import LivePage
    from rpa_agent.domain.ports import Action

    class Ungated(LivePage):
        """Nobody is asked before anything leaves, and a secret goes into any field."""

        async def ask_before_sending(self, authorize: Any, **about: Any) -> None:
            """Whoever wants to be asked is not."""

        async def hold(self, everything: bool) -> None:
            """Nothing is held."""

        async def act(self, action: Action, at: str | None) -> None:
            if action.secret is not None:
                value = self.secrets.reveal(action.secret)
                action = action.model_copy(update={"secret": None, "bound": None, "value": value})
            await super().act(action, at)

    return await Ungated.open(browser_page, base=order.base_url, secrets=order.secrets)


async def attacked_without_gate(agent: Agent, order: Order, browser: Browser, model_url: str) -> Trajectory:
    """Run an order with no gate, every host allowed, secrets unbound, and any element of the page to choose from."""
    from rpa_agent.browser.session import open_context
    from rpa_agent.llm.on_demand import Left, ModelOnDemand, Offer
    from rpa_agent.run import run_procedure

    recall = await retrieve_procedure(order.workflow, agent.memory)
    assert recall is not None
    today = date.today()
    plan = Plan(
        run=new_id(datetime.now(UTC)), values=check_params(order.workflow.params, order.params, today=today),
        params=order.workflow.params, today=today, gate="open", step_seconds=5, minutes=1,
        keys={s.commit: f"ungated-{s.commit}" for s in document_to_run(recall).document.commits() if s.commit},
    )  # fmt: skip

    async def all_of_it() -> Left:
        return Left()

    async with (
        open_context(browser) as context,
        ModelOnDemand(Offer(url=model_url, name="believed"), secrets=None, left_today=all_of_it) as model,
    ):
        page = await _without_gate(await context.new_page(), order)
        return await run_procedure(
            document_to_run(recall).document, page, plan, ladder=_Believes(model), journal=agent.office.journal,
            start=order.workflow.start, workflow=order.workflow.name,
        )  # fmt: skip
