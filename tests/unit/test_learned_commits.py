"""A look that was learned without its words never decides what is sent."""

from __future__ import annotations

from datetime import date

import pytest
from fake_page import BASE, FakeJournal, FakeLadder, FakePage

from rpa_agent.domain.ports import Action, Hit
from rpa_agent.domain.procedure import Expectation, Procedure, Request, Step
from rpa_agent.domain.proposal import Candidate, UseTarget
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.domain.trajectory import Signals
from rpa_agent.run import Plan, run_procedure
from rpa_agent.run.resolve import Found, resolve


def button(name: str) -> Fingerprint:
    row = RowContext(key="RE-1")
    return Fingerprint(tag="button", role="button", name=name, text=name, capability="click", in_data=True, row=row)


@pytest.mark.parametrize(("came_from", "pressed"), [("recording", True), ("fingerprint", False), ("memory", False)])
def test_a_learned_button_of_a_row_without_its_name_is_not_pressed(came_from: str, pressed: bool) -> None:
    """In a list only shape and hash of a learned name are kept: where Approve is gone, Reject has all that is left of it."""
    learned = Variant(fingerprint=button("Aa#h:f8a1").model_copy(update={"text": ""}), seen=3, came_from=came_from)
    target = Target(variants=(Variant(fingerprint=button("Approve"), seen=1), learned))
    there = Candidate(ref="1", fingerprint=button("Reject"))
    sight = resolve(target, [Hit(candidate=there, variant=1, votes=2, voters=2)], "commit")
    assert isinstance(sight, Found) == pressed


class OneLook:
    """It is on trial that the button that sends looks like this."""

    def __init__(self, look: Fingerprint) -> None:
        self.look = Variant(fingerprint=look, seen=1, came_from="fingerprint")

    async def looks(self, step: str) -> list[Variant]:
        return [self.look] if step == "s" else []

    async def looks_of_parent(self, step: str) -> int | None:
        return None

    async def spare(self, step: str) -> bool:
        return False


async def test_a_look_on_trial_that_only_led_elsewhere_is_left_again_and_the_commit_is_repaired() -> None:
    """Nothing was sent behind the closed gate. The look is told to have misled, so that it is not tried again."""
    names = ("Save", "File", "Invoices")
    save, file_, elsewhere = (Fingerprint(tag="button", role="button", name=n, capability="click") for n in names)
    post = Request(method="POST", path="/orders", status=3)

    def leads(page: FakePage, action: Action, at: str | None) -> Signals | None:
        if action.kind == "click" and at == "away":
            page.url = f"{BASE}/invoices"
        return Signals(url="{base}/orders/1", requests=(post,)) if action.kind == "click" and at == "file" else None

    page = FakePage(elements={"away": elsewhere, "file": file_}, on_act=leads)
    target = Target(variants=(Variant(fingerprint=save, seen=1),))
    step = Step(
        id="s", kind="click", effect="commit", commit="file", target=target,
        expect=Expectation(url="{base}/orders/*", requests=(post,)),
    )
    use = UseTarget(by="fingerprint", confidence=0.9, candidate=Candidate(ref="file", fingerprint=file_))
    journal = FakeJournal()
    plan = Plan(
        run="r", values={}, params={}, today=date(2026, 11, 27), keys={"file": "K"}, step_seconds=0.3, trial=OneLook(elsewhere)
    )
    done = await run_procedure(
        Procedure(procedure="p", site="s", task="t", steps=(step,)), page, plan, ladder=FakeLadder([[use]]), journal=journal
    )
    assert (done.outcome, [c.state for c in done.commits]) == ("succeeded", ["confirmed"]), done.stopped
    assert journal.told == ["armed", "not_done", "armed", "sent", "confirmed"]
    assert [(kind, at) for kind, at, _ in page.acts] == [("click", "away"), ("goto", None), ("click", "file")]
    assert (done.steps[0].status, done.steps[0].misled) == ("repaired", (1,))
