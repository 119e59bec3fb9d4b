"""The rung that asks a language model one closed question: which of these elements is it, which opens the way to it, or
how the step is to be changed.

It comes last, when evidence did not suffice. The model sees a few numbered elements and answers with numbers or with none.
What it may choose from was filtered before; what it chose is acted on under the closed gate and must show the recorded
signals, as any other proposal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, assert_never

from loguru import logger
from pydantic import ValidationError

from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.domain.ports import Model
from rpa_agent.domain.proposal import Break, Candidate, EditSteps, Insertion, Proposal, Reveal, Survey, UseTarget
from rpa_agent.domain.texts import each_text, object_in

from ..calibrate import risk
from ..question import CHOICES, SYSTEM, WAYS, Answer, Edit, question, short
from ..surroundings import open_to, reachable

if TYPE_CHECKING:
    from ..search import Found
    from ..sheet import Sheet, Sheets

SECONDS = 30.0          # for one answer; a person is asked when it does not come
_SEARCHES = 2           # of the ways, at most: fields for searching
_COMMIT_VOTES = 2       # rankers that must favour what the model chose for a step that sends


class ModelRung:
    """Asks ``model``. ``hide`` takes out of a text what must not leave: secrets, and this run's values."""

    name = "model"

    def __init__(self, sheets: Sheets, model: Model, hide: Callable[[str], str] = str) -> None:
        self._sheets, self._model, self._hide = sheets, model, hide

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return what the model chose, if it may be chosen; nothing where it chose nothing or did not answer.

        ``budget`` is of the rungs that compute; an answer may take its own time.
        """
        offered = self.offered(break_, view)
        if offered is None:
            return []
        choices, ways = offered
        answer = await self._ask(question(break_, view, [c for c, _ in choices], ways))
        if answer is None:
            return []
        why = f"the model {self._model.name} chose it: {short(self._hide(answer.why)) or 'it gave no reason'}"
        if answer.choice is not None and answer.choice < len(choices):
            candidate, sure = choices[answer.choice]
            return [UseTarget(by="model", confidence=sure, candidate=candidate, evidence=(why,), author=self._model.name)]
        if answer.choice is None and answer.first is not None and answer.first < len(ways):
            way = ways[answer.first]
            if not way.fingerprint.searches():
                return [Reveal(by="model", confidence=0.5, candidate=way, evidence=(why,), author=self._model.name)]
        if answer.edits and answer.choice is None and answer.first is None:
            edits = _edits(answer.edits, break_, choices, ways)
            return [edits.but(evidence=(why,), author=self._model.name)] if edits is not None else []
        return []

    def offered(self, break_: Break, view: Survey) -> tuple[list[tuple[Candidate, float]], list[Candidate]] | None:
        """Return the elements that may be chosen, with how probable each was without the model, and what may be used on the
        way; None where no model is asked."""
        if break_.step.target is None or break_.step.optional or break_.why not in ("missing", "ambiguous", "identity"):
            return None
        sheet = self._sheets.of(view)
        choices, ways = self._choices(break_, sheet), self._ways(break_, sheet)
        return (choices, ways) if choices or ways else None

    async def _ask(self, page: dict[str, Any]) -> Answer | None:
        prompt = json.dumps(each_text(page, self._hide), ensure_ascii=False, separators=(",", ":"))
        try:
            said = await self._model.answer(SYSTEM, prompt, seconds=SECONDS, form=Answer)
        except ModelUnavailable as e:
            logger.warning("the model could not be asked: {}", e.message)
            return None
        found = object_in(said)
        try:
            return Answer.model_validate_json(found) if found else None
        except ValidationError:
            logger.warning("the model {} answered something that is no choice; that counts as none", self._model.name)
            return None

    def _choices(self, break_: Break, sheet: Sheet) -> list[tuple[Candidate, float]]:
        """Return what may be chosen at all, likeliest first, with how probable it was without the model."""
        from ..calibrate import calibration
        from ..search import Found, weigh

        assert break_.step.target is not None
        found: dict[int, float] = {}
        for variant in break_.step.target.variants:
            for one in weigh(variant.fingerprint, break_, sheet, most=CHOICES):
                if isinstance(one, Found) and not _forbidden(one, break_, sheet):
                    found[one.at] = max(found.get(one.at, 0.0), calibration().probability(one.facts))
        best = sorted(found.items(), key=lambda item: -item[1])[:CHOICES]
        return [(sheet.candidates[at], round(sure, 4)) for at, sure in best]

    def _ways(self, break_: Break, sheet: Sheet) -> list[Candidate]:
        """Return what may be used on the way: what opens, harmless by its words and not tried before, and where one searches."""
        ways = []
        for candidate, called in zip(sheet.candidates, sheet.called(), strict=True):
            live = candidate.fingerprint
            opens = candidate.haspopup or candidate.expanded is False or live.role in ("tab", "menuitem") or live.tag == "summary"
            if opens and open_to(candidate, break_) and not any(sheet.language.against(text) for text in called):
                ways.append(candidate)
        searches = [c for c in sheet.candidates if c.fingerprint.searches() and reachable(c)][:_SEARCHES]
        return [*ways[: WAYS - len(searches)], *searches]


def _forbidden(found: Found, break_: Break, sheet: Sheet) -> bool:
    """Tell whether nothing a model says could make this the element: evidence speaks against it, or it does harm."""
    if found.twins or found.misplaced or found.hidden:
        return True
    if any(sheet.language.against(text) & {"delete", "reject", "logout"} for text in (found.live.name, found.live.text)):
        return not found.facts.name_equal
    if risk(break_.step) != "commit":
        return bool(found.conflicts) and not found.facts.name_equal
    return bool(found.conflicts) or len(found.votes) < _COMMIT_VOTES


def _edits(
    edits: Sequence[Edit], break_: Break, choices: Sequence[tuple[Candidate, float]], ways: Sequence[Candidate]
) -> EditSteps | None:
    """Return the edits as a proposal, or None where one of them is none: half of what was meant may be the opposite of it."""
    insert: list[Insertion] = []
    instead: tuple[Candidate, float] | None = None
    leave_out = False
    for edit in edits:
        match edit.edit:
            case "insert":
                one = _insertion(edit, break_, ways)
                if one is None:
                    return None
                insert.append(one)
            case "replace":
                if instead is not None or edit.at is None or edit.at >= len(choices):
                    return None
                instead = choices[edit.at]
            case "delete" | "optional":
                leave_out = True
            case _:
                assert_never(edit.edit)
    if leave_out and (insert or instead or not _only_leads(break_)):
        return None
    sure = instead[1] if instead is not None else 0.5
    target = instead[0] if instead is not None else None
    return EditSteps(by="model", confidence=sure, insert=tuple(insert), instead=target, leave_out=leave_out)


def _insertion(edit: Edit, break_: Break, ways: Sequence[Candidate]) -> Insertion | None:
    if edit.at is None or edit.at >= len(ways):
        return None
    way, name = ways[edit.at], (edit.value or "").strip("{} ")
    if way.fingerprint.searches():
        return Insertion(candidate=way, search=name) if name in break_.names else None
    return Insertion(candidate=way) if not name else None


def _only_leads(break_: Break) -> bool:
    """Tell whether the step may be left out at all: it enters nothing, keeps nothing and sends nothing."""
    step = break_.step
    return step.effect == "none" and step.kind in ("click", "hover", "scroll")
