"""A model's edits of a step that broke: which answers are edits at all, and what a run does with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage
from pages import MENU, NUMBER, SAVE, broken, button, field, in_row, link, live, step, survey

from rpa_agent.domain.ports import Action
from rpa_agent.domain.procedure import Expectation, Page, Procedure, Request, Step
from rpa_agent.domain.proposal import Candidate, EditSteps, Insertion, Proposal
from rpa_agent.domain.target import Fingerprint
from rpa_agent.domain.trajectory import Signals, Trajectory
from rpa_agent.domain.workflow import Param
from rpa_agent.repair.language import language
from rpa_agent.repair.rungs.model import ModelRung
from rpa_agent.repair.sheet import Sheets
from rpa_agent.run import Plan, run_procedure

FIND = field("Find", "q", type="search", role="searchbox", form="")
OPENS = button("Kringel")
FIGURES = button("Figures")
DETAILS = step(button("Show details"), effect="none")


class Says:
    """Implements ports.Model: one answer to whatever is asked."""

    name = "scripted-1"

    def __init__(self, answer: object) -> None:
        self._answer, self.asked = answer, list[dict[str, Any]]()

    async def answer(self, system: str, prompt: str, *, seconds: float, form: object = None) -> str:
        self.asked.append(json.loads(prompt))
        return json.dumps(self._answer)


async def proposed(answer: object, *, of: Step = DETAILS, names: tuple[str, ...] = ("number",)) -> list[Proposal]:
    """What the rung makes of an answer. Element 0 is Figures; way 0 opens, way 1 searches."""
    shown = survey(live(FIGURES), live(OPENS, haspopup=True), live(FIND), *map(live, MENU))
    rung = ModelRung(Sheets(language()), Says(answer))
    return await rung.propose(broken(of, names=names), shown, 5.0)


def edit(kind: str, at: int | None = None, value: str | None = None) -> dict[str, object]:
    return {"edit": kind, "at": at, "value": value}


async def edited(*edits: dict[str, object], **more: Any) -> list[Proposal]:
    return await proposed({"choice": None, "first": None, "edits": list(edits)}, **more)


# ---- which answers are edits -----------------------------------------------------------------------------------------


async def test_acts_come_first_and_another_element_after_them() -> None:
    (changes,) = await edited(edit("insert", 0), edit("insert", 1, "{{ number }}"), edit("replace", 0))
    assert isinstance(changes, EditSteps) and changes.author == "scripted-1"
    assert [(i.candidate.fingerprint.name, i.search) for i in changes.insert] == [("Kringel", ""), ("Find", "number")]
    assert changes.instead is not None and changes.instead.fingerprint.name in {FIGURES.name, *(m.name for m in MENU)}


@pytest.mark.parametrize("word", ["delete", "optional"])
async def test_a_step_that_only_leads_may_be_left_out(word: str) -> None:
    (changes,) = await edited(edit(word))
    assert isinstance(changes, EditSteps) and changes.leave_out and not changes.insert


@pytest.mark.parametrize("edits", [
    pytest.param([edit("insert", 9)], id="a way that there is not"),
    pytest.param([edit("insert")], id="no way named"),
    pytest.param([edit("insert", 1)], id="a search for nothing"),
    pytest.param([edit("insert", 1, "secrets.password")], id="a search for a secret"),
    pytest.param([edit("insert", 1, "RE-17")], id="a search for what the model made up"),
    pytest.param([edit("insert", 0, "number")], id="a value put into what opens"),
    pytest.param([edit("replace", 9)], id="an element that there is not"),
    pytest.param([edit("replace", 0), edit("replace", 0)], id="two in one place"),
    pytest.param([edit("delete"), edit("insert", 0)], id="left out and done"),
    pytest.param([edit("insert", 0)] * 4, id="more than three"),
    pytest.param([edit("insert", 0), edit("type", 0)], id="an edit that there is not"),
    pytest.param([{"edit": "insert", "at": "0"}], id="a number as text"),
    pytest.param([{"edit": "insert", "selector": "#lure", "url": "/payments"}], id="a selector and an address"),
])  # fmt: skip
async def test_edits_of_which_one_is_none_are_none(edits: list[dict[str, object]]) -> None:
    """Half of what was meant may be the opposite of it."""
    assert await edited(*edits) == []


@pytest.mark.parametrize("of", [
    pytest.param(step(NUMBER, "fill", "draft"), id="one that enters"),
    pytest.param(step(SAVE, "click", "commit", commit="file"), id="one that sends"),
    pytest.param(step(NUMBER, "read"), id="one that reads"),
])  # fmt: skip
async def test_nothing_else_is_ever_left_out(of: Step) -> None:
    assert await edited(edit("delete"), of=of) == []


async def test_a_choice_and_edits_together_are_the_choice() -> None:
    (chosen,) = await proposed({"choice": 0, "first": None, "edits": [edit("delete")]})
    assert chosen.kind == "use_target"


async def test_values_are_told_by_name_and_only_where_one_could_be_searched_for() -> None:
    model = Says({})
    rung = ModelRung(Sheets(language()), model)
    await rung.propose(broken(DETAILS, names=("number",)), survey(live(FIGURES), live(FIND)), 5.0)
    await rung.propose(broken(DETAILS, names=("number",)), survey(live(FIGURES)), 5.0)
    assert [asked.get("values") for asked in model.asked] == [["number"], None]


# ---- what a run does with them -----------------------------------------------------------------------------------------

LIST = Page(template="{base}/list")
OPEN = Step(id="s0", kind="goto", value="{base}/list")
ROW = in_row(button("Open"), "{{ number }}")
PICK = step(ROW).but(id="s1", expect=Expectation(texts=("Turnover",)))
TURNOVER = Signals(texts=("Turnover",))
PARAMS = {"number": Param()}


async def ran(
    steps: tuple[Step, ...], elements: dict[str, Fingerprint], *edits: EditSteps,
    on_act: Callable[[FakePage, Action, str | None], Signals | None] = lambda page, action, at: None,
) -> tuple[Trajectory, FakePage]:  # fmt: skip
    page = FakePage(elements=elements, on_act=on_act, url="http://site.test/list")
    procedure = Procedure(procedure="p", site="s", task="t", steps=steps, pages={"pg_new": LIST})
    plan = Plan(run="r1", values={"number": "RE-7"}, params=PARAMS, today=date(2026, 11, 22), step_seconds=0.3, keys={"file": "K"})
    ladder = FakeLadder([[e] for e in edits])
    return await run_procedure(procedure, page, plan, ladder=ladder, journal=FakeJournal()), page


def changes(*insert: Insertion, **more: Any) -> EditSteps:
    return EditSteps(by="model", confidence=0.5, author="scripted-1", insert=insert, evidence=("so",), **more)


def at(ref: str, shown: Fingerprint) -> Candidate:
    return Candidate(ref=ref, fingerprint=shown)


def found(page: FakePage, action: Action, ref: str | None) -> Signals | None:
    """The list shows what is searched for; its button shows the turnover."""
    if action.kind == "press" and page.fields.get("q") == "RE-7":
        page.elements["row"] = in_row(button("Open"), "RE-7")
    return TURNOVER if ref == "row" else None


async def test_what_was_searched_for_is_used_and_learned_with_the_search() -> None:
    done, page = await ran((OPEN, PICK), {"q": FIND}, changes(Insertion(candidate=at("q", FIND), search="number")), on_act=found)
    assert done.outcome == "succeeded", done.stopped
    assert page.acts[1:] == [("fill", "q", "RE-7"), ("press", "q", "Enter"), ("click", "row", None)]
    (repair,) = [s.repair for s in done.repaired() if s.repair]
    assert repair.by == "model" and repair.variant is not None and repair.variant.came_from == "scripted-1"
    assert [(way.fingerprint.name, way.search) for way in repair.variant.via] == [("Find", "number")]
    knows = PICK.but(target=PICK.target.but(variants=(*PICK.target.variants, repair.variant))) if PICK.target else PICK
    again, page = await ran((OPEN, knows), {"q": FIND}, on_act=found)
    assert again.outcome == "succeeded" and again.repaired() == (), again.stopped
    assert ("fill", "q", "RE-7") in page.acts


async def test_nothing_is_searched_for_where_something_is_entered() -> None:
    """What stands in the field could end up in what is sent."""
    enter = step(NUMBER, "fill", "draft", value="{{ number }}").but(id="s2")
    search = changes(Insertion(candidate=at("q", FIND), search="number"))
    done, page = await ran((OPEN, PICK, enter), {"q": FIND}, search, on_act=found)
    assert done.outcome == "needs_person" and [a for a in page.acts if a[0] == "fill"] == []


async def test_several_folds_are_opened_one_after_the_other() -> None:
    elements = {"a": OPENS, "b": button("Schleife")}

    def opens(page: FakePage, action: Action, ref: str | None) -> Signals | None:
        if ("click", "a", None) in page.acts and ref == "b":
            page.elements["d"] = button("Show details")
        return TURNOVER if ref == "d" else None

    pick = DETAILS.but(id="s1", expect=Expectation(texts=("Turnover",)))
    both = changes(Insertion(candidate=at("a", OPENS)), Insertion(candidate=at("b", elements["b"])))
    done, page = await ran((OPEN, pick), elements, both, on_act=opens)
    assert done.outcome == "succeeded", done.stopped
    assert [ref for kind, ref, _ in page.acts if kind == "click"] == ["a", "b", "d"]
    (repair,) = [s.repair for s in done.repaired() if s.repair]
    assert repair.variant is not None and [v.fingerprint.name for v in repair.variant.via] == ["Kringel", "Schleife"]


async def test_what_opens_may_send_nothing() -> None:
    """The model was told to open what deletes: the request is refused, and the element did not come to light."""
    gone = Signals(requests=(Request(method="POST", path="/delete"),))
    done, _ = await ran(
        (OPEN, DETAILS), {"a": OPENS}, changes(Insertion(candidate=at("a", OPENS))),
        on_act=lambda page, action, ref: gone if ref == "a" else None,
    )  # fmt: skip
    assert done.outcome == "needs_person" and done.refused_requests == ("POST {base}/delete",) and done.sent == "nothing"


async def test_another_element_has_to_show_the_recorded_signals() -> None:
    """One that leads elsewhere is taken back, whoever chose it."""
    pick = DETAILS.but(id="s1", expect=Expectation(texts=("Turnover",)))
    for shows, outcome in ((TURNOVER, "succeeded"), (Signals(texts=("Archived",)), "needs_person")):
        done, _ = await ran(
            (OPEN, pick), {"f": FIGURES}, changes(instead=at("f", FIGURES)),
            on_act=lambda page, action, ref, shows=shows: shows if ref == "f" else None,  # type: ignore[misc]
        )  # fmt: skip
        assert done.outcome == outcome, (done.stopped, shows)


LEADS = step(link("Invoices", "/invoices", landmark="navigation")).but(id="s1", expect=Expectation(url="{base}/invoices"))
NEW = step(link("New invoice", "/invoices/new")).but(id="s2")


async def test_a_step_is_left_out_where_the_next_one_is_possible() -> None:
    """The list stands on the first page now. It is not learned: another page's button may look like that one."""
    done, _ = await ran((OPEN, LEADS, NEW), {"n": link("New invoice", "/invoices/new")}, changes(leave_out=True))
    assert [s.status for s in done.steps] == ["ok", "skipped", "ok"], done.stopped
    assert done.steps[1].left_out_by == "scripted-1" and done.steps[1].needless == ""


async def test_a_step_is_not_left_out_where_the_next_one_is_not_possible() -> None:
    done, page = await ran((OPEN, LEADS, NEW), {"x": link("Reports", "/reports")}, changes(leave_out=True))
    assert done.outcome == "needs_person" and len(page.acts) == 1


async def test_a_tab_is_never_left_out() -> None:
    """The field of another tab may look just like the one that is meant."""
    bank = step(button("Bank", role="tab")).but(id="s1")
    done, _ = await ran((OPEN, bank, NEW), {"n": link("New invoice", "/invoices/new")}, changes(leave_out=True))
    assert done.outcome == "needs_person"


async def test_what_closed_a_dialog_that_does_not_come_is_learned_to_be_spare() -> None:
    close = step(button("No, thanks", dialog="How do you like us?")).but(id="s1")
    elements = {"n": link("New invoice", "/invoices/new")}
    done, _ = await ran((OPEN, close, NEW), elements, changes(leave_out=True))
    assert (done.steps[1].status, done.steps[1].needless, done.steps[1].left_out_by) == ("skipped", "found", "scripted-1")
    known, _ = await ran((OPEN, close.but(spare=True), NEW), elements)
    assert (known.outcome, known.steps[1].needless) == ("succeeded", "known"), known.stopped
    shown = button("No, thanks", dialog="How do you like us?")
    there, page = await ran((OPEN, close.but(spare=True), NEW), {**elements, "c": shown})
    assert (there.outcome, there.steps[1].status) == ("succeeded", "ok") and ("click", "c", None) in page.acts


async def test_with_propose_a_person_is_told_the_edits_before_anything_is_done() -> None:
    search = changes(Insertion(candidate=at("q", FIND), search="number"), instead=at("f", FIGURES))
    page = FakePage(elements={"q": FIND, "f": FIGURES}, url="http://site.test/list")
    procedure = Procedure(procedure="p", site="s", task="t", steps=(OPEN, DETAILS), pages={"pg_new": LIST})
    plan = Plan(run="r1", values={"number": "RE-7"}, params=PARAMS, today=date(2026, 11, 22), step_seconds=0.3, repair="propose")
    done = await run_procedure(procedure, page, plan, ladder=FakeLadder([[search]]), journal=FakeJournal())
    assert "search for number in searchbox 'Find', then use button 'Figures'" in done.stopped and len(page.acts) == 1
    proposed = done.steps[-1].proposed
    assert proposed is not None and proposed.variant is not None
    assert [way.search for way in proposed.variant.via] == ["number"] and proposed.variant.came_from == "scripted-1"
