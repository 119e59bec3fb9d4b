"""Conditions on steps: what can be said, what is refused, and which steps a run leaves out."""

from __future__ import annotations

from datetime import date

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import AMOUNT, NUMBER, SAVE
from pydantic import ValidationError

from rpa_agent.domain.condition import BadCondition, Shown, holds, parse, problems, words
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.domain.target import Target, Variant
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.workflow import Param
from rpa_agent.run import Plan, run_procedure

PARAMS = {
    "amount": Param(type="decimal"),
    "due": Param(type="date"),
    "currency": Param(type="choice"),
    "urgent": Param(type="boolean"),
    "note": Param(required=False),
}
TYPES = {name: p.type for name, p in PARAMS.items()}
VALUES = {"amount": "12000.50", "due": "2026-12-31", "currency": "EUR", "urgent": "true"}


# ---- what can be said ----


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{{ amount > 10000 }}", True),
        ("{{ amount > 9 }}", True),
        ("{{ 10000 < amount }}", True),
        ("{{ amount <= 12000.5 }}", True),
        ("{{ amount == 12000.500 }}", True),
        ("{{ amount != 12000.5 }}", False),
        ('{{ currency == "EUR" }}', True),
        ("{{ currency in ['CHF', 'EUR'] }}", True),
        ("{{ currency not in ['CHF', 'EUR'] }}", False),
        ("{{ due < 2027-01-01 }}", True),
        ("{{ due > '2026-12-31' }}", False),
        ("{{ urgent }}", True),
        ("{{ not urgent }}", False),
        ("{{ urgent == false }}", False),
        ("{{ note is empty }}", True),
        ("{{ note is given }}", False),
        ("{{ note is not given and amount > 1 }}", True),
        ("{{ amount < 1 or (urgent and not currency == 'USD') }}", True),
        ("{{ amount < 1 or amount > 1 and amount < 2 }}", False),
    ],
)
def test_values_are_compared_by_their_type(when: str, expected: bool) -> None:
    """12000.50 is more than 9 and equals 12000.5; `and` binds more than `or`."""
    condition = parse(when)
    assert problems(condition, TYPES) == []
    assert not isinstance(condition, Shown)
    assert holds(condition, VALUES, TYPES) is expected


@pytest.mark.parametrize("when", ["{{ note == 'x' }}", "{{ note != 'x' }}", "{{ note in ['x'] }}"])
def test_a_comparison_with_nothing_is_false(when: str) -> None:
    """A value that was not given equals nothing and differs from nothing."""
    condition = parse(when)
    assert not isinstance(condition, Shown)
    assert holds(condition, VALUES, TYPES) is False


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("amount > 10000", "is no condition"),
        ("{{ }}", "is empty"),
        ("{{ amount = 3 }}", "write =="),
        ("{{ amount > }}", "expected a parameter or a value"),
        ("{{ amount > 3 amount }}", "expected the end"),
        ("{{ __import__('os').system('x') }}", "cannot be read"),
        ("{{ amount.real > 1 }}", "cannot be read"),
        ("{{ (amount > 1 }}", "expected )"),
        ("{{ currency in [EUR] }}", "put quotes"),
        ("{{ 3 > 2 }}", "two values"),
        ("{{ amount > 1 }} and {{ amount < 2 }}", "cannot be read"),
        ("visible:", "need a text"),
        ("visible: {{ amount > 1 }}", "that is no"),
        ("{{ " + "not " * 30 + "urgent }}", "nested deeper"),
        ("{{ " + "urgent and " * 100 + "urgent }}", "longer than"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_can_be_written(when: str, told: str) -> None:
    """Nothing is evaluated: there is no language to escape from."""
    with pytest.raises(BadCondition) as refused:
        parse(when)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("{{ total > 1 }}", "'total' is no parameter"),
        ("{{ currency > 'EUR' }}", "only numbers and dates have an order"),
        ("{{ amount > 'much' }}", "a number such as 10000"),
        ("{{ due == 31 }}", "a date such as 2026-12-31"),
        ("{{ amount }}", "no yes-or-no"),
        ("visible: {{ total }}", "'total' is no parameter"),
    ],
)
def test_a_condition_must_fit_the_parameters(when: str, told: str) -> None:
    """Unknown names and values of another type are told before anything runs."""
    assert told in problems(parse(when), TYPES)[0]


def test_a_step_with_a_condition_that_cannot_be_read_is_no_step() -> None:
    """Neither an edit nor a stored document brings one in."""
    with pytest.raises(ValidationError, match="is no condition"):
        Step(id="s1", kind="click", when="amount > 3")


def test_conditions_are_told_in_words() -> None:
    """As a clerk would say it."""
    assert words(parse("{{ amount > 10000 and note is empty }}")) == "amount is more than 10000 and note is empty"
    assert words(parse("visible: 'Further details'")) == "the page shows “Further details”"
    assert words(parse("hidden: Further details")) == "the page does not show “Further details”"


# ---- in a run ----


def step(step_id: str, kind: str, shown: object, **more: object) -> Step:
    target = Target(variants=(Variant.model_validate({"fingerprint": shown}),), page="pg")
    return Step.model_validate({"id": step_id, "kind": kind, "target": target, **more})


class Scene:
    """One page with two fields and a button, and a run of steps on it."""

    def __init__(self, *texts: str) -> None:
        self.page = FakePage(elements={"n": NUMBER, "a": AMOUNT, "s": SAVE}, texts=texts)

    async def run(self, *steps: Step, **values: str) -> Trajectory:
        plan = Plan(
            run="r", values={**VALUES, **values}, params=PARAMS, today=date(2026, 11, 22), step_seconds=0.3, repair="off"
        )
        procedure = Procedure(procedure="p", site="s", task="t", steps=steps)
        return await run_procedure(procedure, self.page, plan, ladder=FakeLadder(), journal=FakeJournal())

    def acted(self) -> list[str | None]:
        return [at for _, at, _ in self.page.acts]


async def test_a_step_is_left_out_where_its_condition_does_not_hold() -> None:
    """With a note that says why, and the rest is done."""
    scene = Scene()
    done = await scene.run(
        step("s1", "click", SAVE, when="{{ amount > 10000 }}"), step("s2", "fill", AMOUNT, value="1"), amount="9"
    )
    assert [s.status for s in done.steps] == ["skipped", "ok"]
    assert done.steps[0].note == "left out: not so that amount is more than 10000"
    assert scene.acted() == ["a"]


async def test_a_step_is_done_where_its_condition_holds() -> None:
    """The same step with the other amount."""
    scene = Scene()
    await scene.run(step("s1", "click", SAVE, when="{{ amount > 10000 }}"))
    assert scene.acted() == ["s"]


@pytest.mark.parametrize(
    ("when", "texts", "acted"),
    [
        ("visible: Further details", ("Further details",), ["s"]),
        ("visible: Further details", (), []),
        ("hidden: Further details", ("Further details",), []),
        ("hidden: Further details", (), ["s"]),
        ("visible: Paid in {{ currency }}", ("Paid in EUR",), ["s"]),
        ("visible: Paid in {{ currency }}", ("Paid in USD",), []),
    ],
)
async def test_a_condition_may_ask_what_the_page_shows(when: str, texts: tuple[str, ...], acted: list[str]) -> None:
    """With this run's values in the text."""
    scene = Scene(*texts)
    await scene.run(step("s1", "click", SAVE, when=when))
    assert scene.acted() == acted


async def test_a_condition_that_cannot_be_answered_stops_the_run() -> None:
    """A parameter that the workflow no longer has is a person's to correct."""
    scene = Scene()
    done = await scene.run(step("s1", "click", SAVE, when="{{ total > 3 }}"))
    assert (done.outcome, done.fault, scene.acted()) == ("needs_person", "data", [])
    assert "'total' is no parameter" in done.stopped


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                ["{{", "}}", "amount", "due", "urgent", "note", "and", "or", "not", "in", "is", "empty", "given", "==", "<",
                 "10", "-3.5", "2026-02-30", "'x'", "(", ")", "[", "]", ",", "true", "visible:", "\n"]
            ), max_size=12,
        ).map(lambda words: "{{ " + " ".join(words) + " }}"),
    )
)  # fmt: skip
def test_whatever_is_written_is_understood_or_refused(when: str) -> None:
    """There is no third way: no other error, and what was understood has words and an answer."""
    try:
        condition = parse(when)
    except BadCondition as e:
        assert str(e)
        return
    assert words(condition)
    if not problems(condition, TYPES) and not isinstance(condition, Shown):
        assert holds(condition, VALUES, TYPES) in {True, False}
