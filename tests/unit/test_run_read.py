"""What a run does with outputs: never a step without them, and each in the format of the field it goes into."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fake_page import FakeJournal, FakeLadder, FakePage

from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.domain.workflow import Param
from rpa_agent.run import Plan, run_procedure
from rpa_agent.run.context import Context

FIELD = Fingerprint(tag="input", role="textbox", name="Order", label="Order", capability="fill", id="order")
TARGET = Target(variants=(Variant(fingerprint=FIELD),))


def plan(**more: Any) -> Plan:
    return Plan(**{"run": "r1", "values": {}, "params": {}, "today": date(2026, 11, 22), "step_seconds": 0.2, **more})


def context(*steps: Step, **more: Any) -> Context:
    return Context(FakePage({"1": FIELD}), plan(**more), steps, FakeLadder(), FakeJournal(), {})


async def test_a_step_that_needs_what_was_not_read_is_not_done() -> None:
    """The read before it was left out by hand, or skipped: nothing is typed, and the reason names the value."""
    page = FakePage({"1": FIELD})
    step = Step(id="s1", kind="fill", target=TARGET, value="Re {{ outputs.order }}")
    procedure = Procedure(procedure="p1", site="office", task="Look it up", steps=(step,))
    done = await run_procedure(procedure, page, plan(), ladder=FakeLadder(), journal=FakeJournal())
    assert (done.outcome, done.fault, page.acts) == ("needs_person", "data", [])
    assert "'order' was not read" in done.stopped


@pytest.mark.parametrize(
    ("fmt", "kept", "shown", "typed", "plain"),
    [
        (None, "PO-7", "PO-7", "PO-7", None),
        ("1.234,50", "1234.5", "1,234.50 EUR", "1.234,50", "1234.5"),
        ("dd.mm.yyyy", "2026-12-31", "31 Dec 2026", "31.12.2026", "2026-12-31"),
    ],
)
def test_an_output_is_written_as_the_field_wants_it(
    fmt: str | None, kept: str, shown: str, typed: str, plain: str | None
) -> None:
    """Read in one page's format, typed in another's; a text goes on as it is."""
    step = Step(id="s1", kind="fill", target=TARGET, value="{{ outputs.it }}", format=fmt)
    ctx = context(step)
    ctx.keep("it", kept, shown=shown)
    assert (ctx.value_of(step), ctx.canonical_of(step)) == ((typed, None), plain)
    assert ctx.fill("Re {{ outputs.it }}") == f"Re {shown}"


def test_what_names_an_output_is_looked_for_only_once_it_was_read() -> None:
    """A look ahead at the next step must not fail for what this one is about to read."""
    reads = Step(id="s1", kind="read", target=TARGET, output="it")
    named = FIELD.model_copy(update={"name": "Open {{ outputs.it }}"})
    opens = Step(id="s2", kind="click", target=Target(variants=(Variant(fingerprint=named),)))
    ctx = context(reads, opens)
    assert not ctx.known(opens)
    ctx.keep("it", "PO-7", shown="PO-7")
    assert ctx.known(opens)


def test_the_locale_of_the_workflow_writes_what_the_demonstration_left_open() -> None:
    """In fields and in texts alike."""
    step = Step(id="s1", kind="fill", target=TARGET, value="{{ due }}", format="dd/mm/yyyy | mm/dd/yyyy")
    ctx = context(step, values={"due": "2026-12-03"}, params={"due": Param(type="date")}, locale="en_US")
    assert ctx.value_of(step) == ("12/03/2026", None)
    assert ctx.fill("Due {{ due }}") == "Due 12/03/2026"
