"""Which try is the best: the judge's word, then fewer steps, then what it cost; what has a doubt or a repair is out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from rpa_agent.bootstrap import Bootstrapped, Try, Wanted, cost, enough
from rpa_agent.build import Built
from rpa_agent.domain.errors import SiteUnreachable, WorkflowInvalid
from rpa_agent.domain.exploring import Explored, Move
from rpa_agent.domain.judged import Judged
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.domain.trajectory import Asked, Outcome, Repair, StepOutcome, Trajectory
from rpa_agent.domain.workflow import Sandbox
from rpa_agent.ops.sandbox import reset


def tried(number: int, *, steps: int = 3, tokens: int = 10, score: float | None = None, outcome: Outcome = "succeeded") -> Try:
    procedure = Procedure(procedure="p", site="s", task="t", steps=tuple(Step(id=f"s{n}", kind="back") for n in range(steps)))
    judged = Judged(sentence="x", opinion="holds", score=score) if score is not None else None
    run = Trajectory(run="r", workflow="w", site="s", procedure="p", version=1, started="", outcome=outcome, judged=judged)
    asked = Asked(model="m", calls=1, input_tokens=tokens)
    built = cast(Built, type("Built", (), {"procedure": procedure})())
    return Try(number, Explored(done=True, moves=(Move(kind="back"),), asked=asked), built, run)


def test_the_judge_comes_before_steps_and_steps_before_cost() -> None:
    tries = [tried(1, steps=9, score=0.9), tried(2, steps=3), tried(3, steps=4, tokens=1), tried(4, steps=3, tokens=5)]
    assert [t.number for t in sorted(tries, key=Try.rank)] == [1, 4, 2, 3]


def test_what_failed_or_needed_a_repair_does_not_fit() -> None:
    good = tried(1)
    repair = Repair(by="model", confidence=1, was="a", now="b")
    mended = StepOutcome(index=0, id="s0", kind="click", status="repaired", repair=repair)
    assert good.fits and not tried(2, outcome="needs_person").fits
    assert good.replayed is not None and not replace(good, replayed=good.replayed.but(steps=(mended,))).fits
    assert not Try(3, Explored(done=False, said="stuck"), why="stuck").fits


@pytest.mark.parametrize(("asked", "most", "ends"), [
    (Asked(calls=1, usd=0.5), 0.4, True), (Asked(calls=1, usd=0.3), 0.4, False), (Asked(calls=1), 0.0, False),
])  # fmt: skip
def test_it_ends_where_the_money_is_spent_if_anybody_knows_the_price(asked: Asked, most: float, ends: bool) -> None:
    assert bool(enough(Bootstrapped(asked=asked), Wanted(most_usd=most))) is ends
    assert "price unknown" in cost(Asked(calls=1)) and "0.5000 USD" in cost(Asked(calls=1, usd=0.5))


def test_a_model_that_never_answered_is_not_asked_for_every_try() -> None:
    silent = Bootstrapped(tries=[Try(1, Explored(done=False, said="scripted did not answer"), why="")])
    assert enough(silent, Wanted()) == "scripted did not answer"


@pytest.mark.parametrize(("command", "error"), [
    ("false", SiteUnreachable), ("/no/such/command", SiteUnreachable), ("http://127.0.0.1:9/reset", SiteUnreachable),
    ("http://other.example/reset", WorkflowInvalid),
])  # fmt: skip
async def test_a_sandbox_that_cannot_be_reset_ends_it(command: str, error: Any, tmp_path: Path) -> None:
    with pytest.raises(error):
        await reset(Sandbox(base_url="http://127.0.0.1:9", reset=command), tmp_path)
    await reset(Sandbox(base_url="http://127.0.0.1:9", reset="true"), tmp_path)
