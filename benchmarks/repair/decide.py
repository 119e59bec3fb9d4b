"""Lets a run come to one step on a changed page and stops it at the moment it would act: on which element?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, cast

from rpa_agent.browser.page import LivePage
from rpa_agent.domain.errors import ModelUnavailable, RpaAgentError
from rpa_agent.domain.plan import Plan
from rpa_agent.domain.ports import Action, PageAtHand
from rpa_agent.domain.proposal import Break, Confirm, Dismiss, Proposal, Ref, Reveal, Survey
from rpa_agent.domain.trajectory import Weighed
from rpa_agent.domain.workflow import Param
from rpa_agent.repair.ladder import LadderOnDemand
from rpa_agent.repair.language import language
from rpa_agent.repair.question import SYSTEM, question
from rpa_agent.repair.rungs.fingerprint import objection
from rpa_agent.repair.rungs.model import ModelRung
from rpa_agent.repair.search import search
from rpa_agent.repair.sheet import Sheets
from rpa_agent.run import do_step
from rpa_agent.run.context import Context

from .observe import truths_of
from .shown import RECORD, SALT, Meant, Shown

STEP_S = 4.0
DAY = date(2026, 1, 5)


class Decided(RpaAgentError):
    """The run is about to act."""

    def __init__(self, ref: Ref) -> None:
        super().__init__("decided")
        self.ref = ref


@dataclass(frozen=True)
class Decision:
    """On what a run would have acted, whether a repair chose it, and why nothing was chosen."""

    ref: Ref = ""
    repaired: bool = False
    skipped: bool = False
    why: str = ""
    pressed: tuple[str, ...] = ()  # truth of what was pressed in looking for it: opened, closed, turned
    best: Best | None = None  # what the fingerprint rung rated highest at its last look, whether it took it or not
    question: Question | None = None  # what a model would have been asked where nothing else was proposed any more

    @property
    def moved(self) -> bool:
        """Tell whether the page was changed by looking."""
        return bool(self.pressed)


@dataclass(frozen=True)
class Best:
    """A candidate with the facts that the calibration turns into a probability."""

    ref: Ref
    facts: dict[str, float]
    objection: str


@dataclass(frozen=True)
class Question:
    """What a model would be asked: how long that is, in tokens of four bytes, and which elements it could choose."""

    tokens: int
    offered: tuple[Ref, ...]


class _NoModel:
    """Implements ports.Model for a rung that is only looked at."""

    name = "none"

    async def answer(self, system: str, prompt: str, *, seconds: float, form: object = None) -> str:
        raise ModelUnavailable("no model is asked here")


class _Watched:
    """The ladder, and what it proposed to open or close."""

    name = "watched"

    def __init__(self) -> None:
        self._ladder = LadderOnDemand(salt=SALT)
        self.opens: set[Ref] = set()
        self.asked = False
        self.best: Best | None = None
        self.question: Question | None = None
        self._sheets = Sheets(language())
        self._model = ModelRung(self._sheets, _NoModel())

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        self.asked = True
        found = await self._ladder.propose(break_, view, budget)
        self.best = self._rated(break_, view)
        self.question = self._question(break_, view) if not found else None
        self.opens |= {p.candidate.ref for p in found if isinstance(p, Reveal | Dismiss | Confirm)}
        return found

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        return ()  # nobody reads it here

    def _question(self, break_: Break, view: Survey) -> Question | None:
        offered = self._model.offered(break_, view)
        if offered is None:
            return None
        choices = [c for c, _ in offered[0]]
        asked = SYSTEM + json.dumps(question(break_, view, choices, offered[1]), ensure_ascii=False, separators=(",", ":"))
        return Question(len(asked.encode()) // 4, tuple(c.ref for c in choices))

    def _rated(self, break_: Break, view: Survey) -> Best | None:
        assert break_.step.target is not None
        sheet = self._sheets.of(view)
        found = search(break_.step.target.variants[0].fingerprint, break_, sheet) if view.candidates else None
        return (
            Best(view.candidates[found.at].ref, asdict(found.facts), objection(found, break_, sheet)) if found else None
        )


@dataclass
class _Stopping:
    """The page at hand, which opens and closes what the ladder asks for and stops before anything else."""

    page: LivePage
    ladder: _Watched
    may_turn: bool  # pages of a list, where a record is looked for
    pressed: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.page, name)

    async def act(self, action: Action, at: Ref | None) -> None:
        if at is None:
            raise Decided("")
        truth = (await truths_of(self.page, [at]))[at][0]
        turns = self.may_turn and truth.startswith("page.")  # the record is looked for on the next page of its list
        if not (at in self.ladder.opens or turns):
            raise Decided(at)
        self.pressed.append(truth)
        await self.page.act(action, at)


class Free:
    """A journal in which nothing was ever sent."""

    async def state(self, key: str) -> str | None:
        return None

    async def arm(self, key: str, *, name: str, run: str, again: str | None = None) -> None:
        return None

    async def sent(self, key: str) -> None:
        return None

    async def settle(self, key: str, state: str, *, receipt: Mapping[str, str] | None = None) -> None:
        return None


async def decide(page: LivePage, shown: Shown, meant: Meant) -> Decision:
    """Return the decision of a run that has come to this step, nothing before it having been in doubt."""
    ladder = _Watched()
    stopping = _Stopping(page, ladder, may_turn=not meant.truth.startswith("page."))
    values = {RECORD: meant.key} if meant.key else {}
    plan = Plan(
        run="benchmark", values=values, params={n: Param() for n in values}, today=DAY, step_seconds=STEP_S,
        repair="remember", salt=SALT,
    )  # fmt: skip
    steps = tuple(m.step for m in shown.steps)
    ctx = Context(cast(PageAtHand, stopping), plan, steps, ladder, Free(), shown.pages)
    try:
        outcome = await do_step(ctx, steps.index(meant.step), meant.step, ())
    except Decided as e:
        return Decision(e.ref, repaired=ladder.asked, pressed=tuple(stopping.pressed), best=ladder.best)
    except RpaAgentError as e:
        return Decision(why=e.message, pressed=tuple(stopping.pressed), best=ladder.best, question=ladder.question)
    skipped = outcome.status == "skipped"
    return Decision(skipped=skipped, why=outcome.note, pressed=tuple(stopping.pressed), best=ladder.best)
