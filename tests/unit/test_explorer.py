"""The explorer's loop: what a model is told, which answers are moves, and what ends it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from rpa_agent.asking import hiding
from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.domain.exploring import Explored, Move, MoveKind, Quest
from rpa_agent.domain.proposal import Candidate, Survey
from rpa_agent.domain.target import Fingerprint
from rpa_agent.llm.explorer import explore
from rpa_agent.llm.script import distil
from rpa_agent.ops.secret.secrets import SecretSources

AMOUNT = Candidate(ref="1", fingerprint=Fingerprint(tag="input", role="textbox", name="Amount", capability="fill"), blank=True)
SAVE = Candidate(ref="2", fingerprint=Fingerprint(tag="button", role="button", name="Save", capability="click"))
ROW = Candidate(ref="3", fingerprint=Fingerprint(tag="td", name="Muster GmbH", capability="click", in_data=True))
LINK = Candidate(ref="5", fingerprint=Fingerprint(tag="a", role="link", name="Nord AG", capability="click", in_data=True))
OPEN = Candidate(ref="6", fingerprint=Fingerprint(tag="a", role="link", name="Open", capability="click", in_data=True))
HIDDEN = Candidate(ref="4", fingerprint=Fingerprint(tag="button", name="Delete all", capability="click"), visible=False)
VIEW = Survey(
    url="http://s.test/", title="Invoice of RE-77", candidates=(AMOUNT, SAVE, ROW, HIDDEN, LINK, OPEN, OPEN),
    alerts=("12.50 are due",),
)  # fmt: skip
QUEST = Quest(task="File it", values={"amount": "decimal", "secrets.pin": "secret"}, most_moves=6)
HIDE = hiding(SecretSources([]), {"amount": "12.50", "number": "RE-77"})


class Answers:
    """Implements ports.Model; an answer that is None is one that does not come."""

    name = "scripted-1"

    def __init__(self, *answers: Any) -> None:
        self._left, self.asked = list(answers), list[dict[str, Any]]()

    async def answer(self, system: str, prompt: str, *, seconds: float, form: object = None) -> str:
        self.asked.append(json.loads(prompt))
        said = self._left.pop(0)
        if said is None:
            raise ModelUnavailable("the budget of 5 tokens is spent; the model was not asked")
        return said if isinstance(said, str) else json.dumps(said)


class Site:
    """Implements domain.exploring.Hands: whatever is done succeeds, except where it is told to fail."""

    def __init__(self, *, fails: Sequence[MoveKind] = (), reached_after: int = 99) -> None:
        self._fails, self._after, self.did = fails, reached_after, list[str]()

    async def see(self) -> Survey:
        return VIEW

    async def reached(self) -> str:
        return "it is there" if len(self.did) >= self._after else ""

    async def do(self, move: Move, at: Candidate | None) -> Move:
        self.did.append(f"{move.words()} @{at.ref if at else '-'}")
        return move.but(failed="it does not move") if move.kind in self._fails else move.but(led_to="another page")


async def went(*answers: Any, site: Site | None = None, quest: Quest = QUEST, **more: Any) -> tuple[Explored, Site, Answers]:
    site, model = site or Site(), Answers(*answers)
    return await explore(model, quest, site, hide=HIDE, **more), site, model


async def test_a_model_is_told_names_and_never_values_records_or_what_cannot_be_used() -> None:
    _, _, model = await went({"do": "fill", "at": 0, "value": "amount"}, {"do": "done", "why": "filed"})
    first, second = model.asked
    assert first["page"] == {"title": "Invoice of {{ number }}", "headings": [], "says": ["{{ amount }} are due"], "dialogs": []}
    assert first["elements"][:2] == [
        {"n": 0, "kind": "textbox", "name": "Amount", "filled": False}, {"n": 1, "kind": "button", "name": "Save"},
    ]  # fmt: skip
    assert first["elements"][3:] == [{"n": 3, "kind": "link"}, *({"n": n, "kind": "link", "name": "Open"} for n in (4, 5))]
    assert not any(said in json.dumps(first) for said in ("Muster", "Nord", "Delete"))
    assert second["moves"] == ["fill textbox 'Amount' = {{ amount }} -> another page"]


async def test_what_it_does_is_on_numbered_elements_with_values_by_name() -> None:
    found, site, _ = await went(
        {"do": "fill", "at": 0, "value": "{{ amount }}"}, {"do": "fill", "at": 0, "value": "secrets.pin"}, {"do": "enter"},
        {"do": "click", "at": 1}, {"do": "done", "why": "filed"},
    )  # fmt: skip
    assert found.done and found.said == "filed"
    assert site.did == [
        "fill textbox 'Amount' = {{ amount }} @1", "fill textbox 'Amount' = {{ secrets.pin }} @1", "enter @-",
        "click button 'Save' @2",
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [
    {"do": "click", "at": 6}, {"do": "click"}, {"do": "fill", "at": 0, "value": "password"}, {"do": "fill", "at": 0},
    {"do": "select", "at": 0, "value": "secrets.pin"}, {"do": "goto", "at": 0}, {"do": "click", "at": "1"}, "no", '{"do": "cli',
])  # fmt: skip
async def test_three_answers_that_are_no_move_end_it_and_nothing_is_done(answer: Any) -> None:
    """An element that is not there, a value that is not known, a secret that would be chosen, an address, garbage."""
    found, site, _ = await went(answer, answer, answer)
    assert (found.done, site.did) == (False, []) and "no move" in found.said


async def test_a_slip_is_told_and_may_be_made_good() -> None:
    found, site, model = await went({"do": "click", "at": 60}, {"do": "click", "at": 1}, {"do": "done"})
    assert found.done and len(site.did) == 1 and "there is no element 60" in model.asked[1]["moves"][0]
    assert [m.words() for m in found.kept()] == ["click button 'Save'"]


async def test_a_spent_budget_moves_that_are_used_up_and_a_goal_that_is_reached_end_it() -> None:
    found, _, _ = await went({"do": "click", "at": 1}, None)
    assert not found.done and "budget" in found.said and len(found.moves) == 1
    found, _, _ = await went(*[{"do": "click", "at": 1}] * 6)
    assert not found.done and "after 6 moves" in found.said
    found, _, model = await went({"do": "click", "at": 1}, site=Site(reached_after=1))
    assert found.done and found.said == "it is there" and len(model.asked) == 1


async def test_what_may_not_be_done_is_no_move() -> None:
    """Where only the way is looked for, nothing is typed."""
    found, site, model = await went(*[{"do": "fill", "at": 0, "value": "amount"}] * 3, may=("click", "back"))
    assert not found.done and site.did == [] and model.asked[0]["may"] == ["click", "back", "done", "stuck"]


def test_what_failed_and_what_was_gone_back_from_is_not_done_again() -> None:
    click, back = Move(kind="click", element=SAVE.fingerprint), Move(kind="back")
    fill = Move(kind="fill", element=AMOUNT.fingerprint, value="amount")
    found = Explored(done=True, moves=(click, back, fill, click.but(failed="covered"), click))
    assert found.kept() == (fill, click)


@pytest.mark.parametrize(("answer", "kept"), [
    ({"script": ["Open Invoices."], "facts": ["It needs {{ amount }}."]}, True),
    ({"script": ["Open http://evil.test/."]}, False), ({"script": []}, False), ({"script": ["x" * 500]}, False),
    ({"script": ["Pay 12.50 now."]}, False), ("nothing", False), (None, False),
])  # fmt: skip
async def test_only_a_short_script_without_addresses_and_values_is_kept(answer: Any, kept: bool) -> None:
    written = await distil(Answers(answer), "File it", ["Type RE-77."], ["it stopped at RE-77"], hide=HIDE)
    assert (written is not None) is kept
