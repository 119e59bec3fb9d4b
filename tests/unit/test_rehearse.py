"""A rehearsal step by step against a page of plain values: what is done, what is not, and what is told."""

from __future__ import annotations

from datetime import date
from typing import Any

from fake_page import BASE, FakeJournal, FakeLadder, FakePage
from pages import AMOUNT, NUMBER, SAVE, changed

from rpa_agent.cli.review import rehearsal_lines
from rpa_agent.domain.gate import Change, Pass, Refuse
from rpa_agent.domain.ports import Action
from rpa_agent.domain.procedure import Expectation, Procedure, Request, Step
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.domain.trajectory import Signals
from rpa_agent.domain.workflow import Param
from rpa_agent.preflight import record_gone
from rpa_agent.run import Plan
from rpa_agent.run.rehearse import Rehearsed, RehearsedStep, rehearse_procedure

DRAFT = Request(method="POST", path="/drafts", status=2)
SENT = Request(method="POST", path="/invoices", fields={"number": "number"}, status=2)


def step(step_id: str, kind: str, shown: Fingerprint | None, **more: Any) -> Step:
    target = Target(variants=(Variant(fingerprint=shown),), page="pg") if shown else None
    return Step.model_validate({"id": step_id, "kind": kind, "target": target, **more})


OPEN = step("s0", "goto", None, value="{base}/form")
TYPE = step("s1", "fill", NUMBER, value="{{ number }}", effect="draft", expect=Expectation(requests=(DRAFT,)))
PAY = step("s2", "fill", AMOUNT, value="{{ amount }}")
SEND = step("s3", "click", SAVE, effect="commit", commit="file", expect=Expectation(requests=(SENT,)))
THEN = step("s4", "click", changed(SAVE, name="Close"))
PARAMS = {"number": Param(), "amount": Param(type="decimal")}


def saves_drafts(page: FakePage, action: Action, at: str | None) -> Signals | None:
    return Signals(requests=(DRAFT,)) if at == "n" else None


class Scene:
    """One page, and a rehearsal of these steps."""

    def __init__(self, **page: Any) -> None:
        elements = {"n": NUMBER, "a": AMOUNT, "s": SAVE}
        self.page = FakePage(**{"elements": elements, "on_act": saves_drafts, **page})
        self.journal = FakeJournal()

    async def rehearse(self, *steps: Step) -> Rehearsed:
        procedure = Procedure(procedure="p", site="s", task="t", steps=steps or (OPEN, TYPE, PAY, SEND, THEN))
        plan = Plan(
            run="r", values={"number": "RE-7", "amount": "12"}, params=PARAMS, today=date(2026, 11, 22), repair="off",
            step_seconds=0.3,
        )  # fmt: skip
        return await rehearse_procedure(procedure, self.page, plan, ladder=FakeLadder(), journal=self.journal)

    def acted(self) -> list[str | None]:
        return [at for _, at, _ in self.page.acts]


async def test_all_is_done_up_to_what_sends_and_no_further() -> None:
    """The button is looked for and not pressed, no journal is written, and nothing of what follows is done."""
    scene = Scene()
    done = await scene.rehearse()
    assert (done.outcome, [s.status for s in done.steps]) == ("as_shown", ["as_shown"] * 3 + ["not_done"])
    assert scene.acted() == [None, "n", "a"]
    assert scene.journal.told == []
    assert done.before is not None
    assert (done.before.id, done.steps[-1].note) == ("s3", "found, and not pressed")


async def test_only_what_was_shown_before_the_commit_may_leave() -> None:
    """The draft's request passes the gate, the commit's does not, and the gate stays closed to the end."""
    scene = Scene()
    await scene.rehearse()
    assert scene.page.authorize is not None
    draft = Change("POST", f"{BASE}/drafts", BASE, fields={})
    invoice = Change("POST", f"{BASE}/invoices", BASE, fields={"number": "RE-7"})
    assert isinstance(await scene.page.authorize(draft), Pass)
    assert isinstance(await scene.page.authorize(invoice), Refuse)


async def test_it_tells_by_what_each_element_was_recognised_and_what_the_fields_kept() -> None:
    """The weightiest trait first."""
    done = await Scene().rehearse()
    assert done.steps[1].found_by[0] == "name"
    assert (done.steps[1].kept, done.steps[2].kept) == ("RE-7", "12")


async def test_another_look_is_a_difference_and_no_obstacle() -> None:
    """The field is the same one, with another placeholder."""
    scene = Scene(elements={"n": changed(NUMBER, placeholder="A-1"), "a": AMOUNT, "s": SAVE})
    shown = changed(NUMBER, placeholder="B-2")
    typed = step("s1", "fill", shown, value="{{ number }}", effect="draft", expect=Expectation(requests=(DRAFT,)))
    done = await scene.rehearse(typed, SEND)
    assert done.outcome == "different"
    assert done.steps[0].differences == ("its placeholder is 'A-1', not 'B-2'",)


async def test_a_value_that_is_not_kept_is_told() -> None:
    """And where it could not go on from, the steps after it are not done."""
    done = await Scene(keeps=lambda value: value[:1]).rehearse()
    assert done.outcome == "stopped"
    assert [s.status for s in done.steps] == ["as_shown", "stopped", "not_done", "not_done"]
    assert "keeps 'R' instead of 'RE-7'" in done.steps[1].differences[0]


async def test_what_is_not_there_stops_it_without_repair() -> None:
    """A rehearsal shows what the night would meet."""
    done = await Scene(elements={"n": NUMBER, "s": SAVE}).rehearse()
    assert (done.outcome, done.steps[2].status) == ("stopped", "stopped")
    assert done.stopped


async def test_a_commit_that_is_not_found_is_a_difference() -> None:
    """Better known now than at night."""
    done = await Scene(elements={"n": NUMBER, "a": AMOUNT}).rehearse()
    assert done.outcome == "different"
    assert "is not found (missing)" in done.steps[-1].differences[0]


async def test_a_record_that_was_done_since_is_told_from_a_button_that_is_gone() -> None:
    """Before the night the values of the demonstration may stand for those of tonight: their record is of no matter then."""
    approve = changed(SAVE, row=RowContext(key="RE-7"))
    send = step("s3", "click", approve, effect="commit", commit="file")
    done = await Scene(elements={"n": NUMBER, "a": AMOUNT}).rehearse(OPEN, TYPE, send)
    assert done.steps[-1].record == "RE-7" and "perhaps RE-7 was done already" in record_gone(done)
    assert record_gone(await Scene(elements={"n": NUMBER, "a": AMOUNT}).rehearse()) == "", "the button itself is not there"
    assert record_gone(await Scene(elements={"n": NUMBER, "s": SAVE}).rehearse()) == "", "a field before it is not there"


async def test_without_anything_that_sends_it_goes_to_the_end() -> None:
    """A workflow that only reads is rehearsed as a whole."""
    done = await Scene().rehearse(OPEN, PAY)
    assert (done.before, done.outcome, len(done.steps)) == (None, "as_shown", 2)


def test_what_went_as_shown_is_told_in_a_line_and_everything_else_for_itself() -> None:
    """A clerk reads what differs, not what does not."""
    well = [RehearsedStep(n, TYPE, "as_shown", found_by=("name",)) for n in (1, 2, 3)]
    other = RehearsedStep(4, TYPE, "as_shown", differences=("the field keeps '7' instead of '7.00'",))
    lines = rehearsal_lines(Rehearsed(steps=(*well, other, RehearsedStep(5, TYPE, "as_shown")), refused=(), before=None))
    assert lines[0] == "Steps 1 to 3: as shown."
    assert lines[1].startswith("4. ")
    assert lines[1].endswith("the field keeps '7' instead of '7.00'")
    assert lines[2].startswith("5. ")
    assert lines[3] == "It went to the end. Nothing was sent."
