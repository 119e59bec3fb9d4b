"""What a run proves: checks, business exceptions, outputs, the fault, and the lessons of its repairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from fake_page import FakePage
from memory_making import look

from rpa_agent.domain.asked import contains
from rpa_agent.domain.errors import SiteUnreachable
from rpa_agent.domain.procedure import Request
from rpa_agent.domain.trajectory import CommitOutcome, Fault, Outcome, Repair, Signals, StepOutcome, Trajectory
from rpa_agent.domain.verdict import AddVariant, LearnInterruption, Verdict
from rpa_agent.domain.workflow import Check, ExceptionRule, HttpCheck, Output
from rpa_agent.reflect import Measure, reflect_on, row_digest


def trajectory(*steps: StepOutcome, outcome: Outcome = "succeeded", fault: Fault | None = None) -> Trajectory:
    return Trajectory(
        run="r1",
        workflow="w",
        site="office",
        procedure="p_1",
        version=1,
        started="",
        steps=steps,
        outcome=outcome,
        fault=fault,
    )


def measure(*checks: Check, **more: Any) -> Measure:
    told = {
        "checks": checks,
        "base": "http://site.test",
        "shown": {"number": "RE-7 & 8"},
        "salt": "s",
        "day": date(2026, 11, 22),
    }
    return Measure(**{**told, **more})


def page(*texts: str, **more: Any) -> FakePage:
    return FakePage(elements={}, texts=texts, **{"url": "http://site.test/invoices/42", **more})


async def told(run: Trajectory, by: Measure, at: FakePage | None) -> Verdict:
    return (await reflect_on(run, by, page=at))[1]


VISIBLE = Check(visible="Invoice {{ number }} was filed")
SAYS = "Invoice RE-7 & 8 was filed"


@pytest.mark.parametrize(
    ("check", "met"),
    [
        (VISIBLE, True),
        (Check(visible="Invoice RE-8 was filed"), False),
        (Check(hidden="*already exists*"), True),
        (Check(hidden="Invoice *"), False),
        (Check(url="**/invoices/*"), True),
        (Check(url="/invoices/*"), True),
        (Check(url="{base}/"), False),
        (Check(output={"id": r"^\d+$"}), True),
        (Check(output={"id": "^INV"}), False),
        (Check(output={"none": "."}), False),
    ],
)
async def test_each_kind_of_check_measures_what_it_says(check: Check, met: bool) -> None:
    """With this run's values in it."""
    by = measure(check, outputs={"id": Output(url="/invoices/{{ id }}")})
    verdict = await told(trajectory(), by, page(SAYS))
    assert (verdict.met, verdict.outcome) == ((True, "succeeded") if met else (False, "failed"))


class Fading(FakePage):
    """A page whose texts go away while something else is waited for."""

    async def visible(self, text: str, *, values: Mapping[str, str], seconds: float) -> str | None:
        if seconds:
            self.texts = ()
        return await super().visible(text, values=values, seconds=seconds)


async def test_a_text_that_should_go_is_given_a_moment() -> None:
    """As one that should come is: what the last step caused may still be on its way."""
    at = Fading(elements={}, texts=("Status: Open",), url="http://site.test/")
    assert (await told(trajectory(), measure(Check(hidden="Status: Open")), at)).met


ASK = HttpCheck(get="/api?number={{ number }}", json_={"count": 1, "items": [{"number": "{{ number }}"}]})
ASKED = "/api?number=RE-7%20%26%208"


@pytest.mark.parametrize(
    ("answer", "met", "note"),
    [
        ((200, json.dumps({"count": 1, "items": [{"number": "RE-7 & 8", "net": 5}], "x": 0})), True, ""),
        ((200, json.dumps({"count": 2, "items": [{"number": "RE-7 & 8"}]})), False, "differs"),
        ((200, json.dumps({"count": 1, "items": []})), False, "differs"),
        ((404, ""), False, "answered 404"),
        ((200, "<html>"), False, "not JSON"),
        (SiteUnreachable("the site hung up"), False, "hung up"),
    ],
)
async def test_the_site_is_asked_with_values_that_stay_values(answer: Any, met: bool, note: str) -> None:
    """An ampersand in a number does not become another question; no answer is an unmet check, not a crash."""
    at = page(answers={ASKED: answer})
    whole, verdict = await reflect_on(trajectory(), measure(Check(http=ASK)), page=at)
    assert at.asked == [ASKED]
    assert verdict.met is met
    assert note in whole.checks[0].note


@pytest.mark.parametrize("path", ["http://evil.example/x", "//evil.example/x", "api"])
async def test_only_the_workflows_own_site_is_asked(path: str) -> None:
    """Whatever the file says."""
    at = page()
    assert not (await told(trajectory(), measure(Check(http=HttpCheck(get=path))), at)).met
    assert at.asked == []


async def test_intact_steps_without_the_result_are_a_defect_and_repaired_ones_unknown() -> None:
    """A defect of site or data is never repaired, and no fault of the procedure."""
    intact = await told(trajectory(), measure(VISIBLE), page("Saved"))
    assert (intact.outcome, intact.fault, intact.own_fault) == ("failed", "defect", False)
    repaired = await told(trajectory(mended()), measure(VISIBLE), page("Saved"))
    assert (repaired.fault, repaired.own_fault, repaired.edits) == ("unknown", False, ())


@pytest.mark.parametrize(
    ("fault", "own"),
    [("drift", True), ("infrastructure", False), ("login", False), ("timing", False), ("unknown", False)],
)
async def test_only_drift_is_the_procedures_own_fault(fault: Fault, own: bool) -> None:
    """And its checks are not measured on a page the run never reached."""
    run, verdict = await reflect_on(
        trajectory(outcome="needs_person", fault=fault), measure(VISIBLE), page=page(SAYS)
    )
    assert (verdict.outcome, verdict.own_fault, run.checks) == ("needs_person", own, ())


@pytest.mark.parametrize(
    ("then", "before", "outcome"),
    [
        ("skip_row", "succeeded", "business_exception"),
        ("skip_row", "failed", "business_exception"),
        ("needs_person", "failed", "needs_person"),
    ],
)
async def test_a_business_exception_explains_whatever_came_of_the_steps(
    then: Any, before: Outcome, outcome: str
) -> None:
    """The site announced it; that is data, not drift."""
    rule = ExceptionRule(name="duplicate", when=Check(visible="*already exists*"), then=then)
    verdict = await told(
        trajectory(outcome=before), measure(VISIBLE, exceptions=(rule,)), page("Number already exists", SAYS)
    )
    assert (verdict.outcome, verdict.fault, verdict.exception, verdict.own_fault) == (
        outcome,
        "data",
        "duplicate",
        False,
    )


async def test_outputs_are_read_from_text_and_address() -> None:
    """What is not there is not made up."""
    outputs = {
        "ref": Output(text="filed as {{ ref }}"),
        "id": Output(url="/invoices/{{ id }}"),
        "no": Output(text="Paid {{ no }}"),
    }
    whole, _ = await reflect_on(trajectory(), measure(outputs=outputs), page=page("It was filed as INV-0042 today"))
    assert whole.outputs == {"ref": "INV-0042", "id": "42"}


async def test_a_run_that_opened_no_page_proves_nothing() -> None:
    """It succeeded because there was nothing to do; that is no clean run."""
    verdict = await told(trajectory(), measure(VISIBLE), None)
    assert (verdict.outcome, verdict.met) == ("succeeded", False)


def mended(**more: Any) -> StepOutcome:
    told = {
        "by": "fingerprint",
        "confidence": 0.9,
        "was": "a",
        "now": "b",
        "variant": look("File RE-7 & 8"),
        "dismissed": (("We use cookies", look("Close")),),
    }
    return StepOutcome(index=0, id="s1", kind="click", status="repaired", repair=Repair(**{**told, **more}))


async def test_repairs_of_a_run_that_met_its_checks_are_lessons_without_its_values() -> None:
    """The look by its template, the bar by its words."""
    verdict = await told(trajectory(mended()), measure(VISIBLE), page(SAYS))
    kinds = [type(e) for e in verdict.edits]
    assert kinds == [AddVariant, LearnInterruption]
    assert isinstance(verdict.edits[0], AddVariant)
    assert verdict.edits[0].variant.fingerprint.name == "File {{ number }}"
    assert "RE-7" not in verdict.model_dump_json()


def test_a_subset_is_a_subset_at_every_depth() -> None:
    """Named keys equal, lists hold every wanted item."""
    assert contains({"a": [1, {"b": 2, "c": 3}]}, {"a": [{"b": 2}]})
    assert not contains({"a": 1}, {"a": "1"})
    assert not contains([], {"a": 1})
    assert not contains({"a": 1}, {"b": None})


def test_rows_are_told_apart_without_being_held() -> None:
    """By a digest that does not depend on their order."""
    first, same, other = ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}, {"a": "2", "b": "1"})
    assert row_digest(first, "s") == row_digest(same, "s") != row_digest(other, "s")
    assert "Canary" not in row_digest({"a": "Canary"}, "s")


def test_whoever_knows_the_row_does_not_know_its_digest_in_another_memory() -> None:
    """Numbers of invoices are few enough to be tried out."""
    assert row_digest({"a": "1"}, "s") != row_digest({"a": "1"}, "another")


# ---- whose fault it is, where a repair had a part in it ----

SENT = Request(method="POST", path="/invoices", fields={"no": "number", "sum": "amount"}, status=2)
CONFIRMED = CommitOutcome(name="file", key="K", state="confirmed")
UNMET = Check(visible="Invoice {{ number }} was filed")


def sending(index: int = 1, *, request: Request = SENT) -> StepOutcome:
    return StepOutcome(index=index, id=f"s{index}", kind="click", status="ok", signals=Signals(requests=(request,)))


def found_anew(index: int) -> StepOutcome:
    anew = Repair(by="fingerprint", confidence=0.9, was="button 'A'", now="button 'B'")
    return StepOutcome(index=index, id=f"s{index}", kind="fill", status="repaired", repair=anew)


async def fault_of(*steps: StepOutcome, commit: CommitOutcome = CONFIRMED, check: Check = UNMET) -> Fault | None:
    run = trajectory(*steps).but(commits=(commit,))
    return (await told(run, measure(check), page("Invoice RE-8 was filed"))).fault


async def test_what_left_as_meant_and_is_shown_otherwise_is_the_sites_defect() -> None:
    """Whatever was repaired before: it was confirmed, and carried the value that the page does not show."""
    assert await fault_of(found_anew(0), sending()) == "defect"


async def test_a_repair_that_what_was_sent_does_not_prove_leaves_it_open_whose_fault_it_is() -> None:
    other = SENT.model_copy(update={"fields": {"no": "", "sum": "amount"}})
    assert await fault_of(found_anew(0), sending(request=other)) == "unknown"
    assert await fault_of(found_anew(0), sending(), commit=CONFIRMED.but(state="ambiguous")) == "unknown"
    assert await fault_of(found_anew(0), sending(), commit=CONFIRMED.but(again="POST {base}/invoices")) != "unknown"
    assert await fault_of(sending(0), found_anew(1)) == "unknown", "what came after it may have led elsewhere"
    assert await fault_of(found_anew(0), sending(), check=Check(visible="All done")) == "unknown", "which says nothing of a value"
