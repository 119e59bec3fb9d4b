"""The judge's question and its answer: what it is told of a run, and what of its answer counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rpa_agent.asking import hiding
from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.domain.judged import Judged
from rpa_agent.domain.proposal import Survey
from rpa_agent.domain.trajectory import Asked, CheckOutcome, CommitOutcome, Evidence, StepOutcome, Trajectory
from rpa_agent.llm.judge import judge, question
from rpa_agent.ops.secret.secrets import SecretSources

SENTENCE = "One invoice was filed, and its amount is {{ amount }}"
GIVEN = {"amount": "1234.50", "number": "RE-77"}
SHOWN = {"amount": "1.234,50", "number": "RE-77"}
VIEW = Survey(
    url="http://site.test/invoices/7", title="Invoice RE-77", headings=("Invoice RE-77",),
    alerts=("Invoice RE-77 was filed, 1.234,50 are due",),
    shown=(("Amount", "1.234,50 €"), ("Total", "1234,5"), ("Tax", "234,56"), ("Supplier", "Muster GmbH")),
)
RUN = Trajectory(
    run="r1", workflow="w", site="s", procedure="p_1", version=1, started="", outcome="succeeded",
    steps=(StepOutcome(index=0, id="a", kind="fill", target="field 'Amount'", status="ok"),
           StepOutcome(index=1, id="b", kind="click", target="button 'Save'", status="repaired")),
    commits=(CommitOutcome(name="file", key="k", state="confirmed", evidence=Evidence(
        values={"Amount": "1.234,50", "Supplier": "Muster GmbH"}, requests=("POST {base}/invoices: answered 3xx",))),),
    outputs={"id": "INV-0042"}, checks=(CheckOutcome(check="visible Invoice {{ number }} was filed", met=True),),
)  # fmt: skip
HIDE = hiding(SecretSources([]), SHOWN, GIVEN)


class Says:
    """Implements ports.Model with one answer."""

    name = "scripted-1"

    def __init__(self, answer: str | None) -> None:
        self._answer = answer

    async def answer(self, system: str, prompt: str, *, seconds: float, form: object = None) -> str:
        if self._answer is None:
            raise ModelUnavailable("scripted-1 did not answer: timeout")
        return self._answer


async def judged(answer: str | None, run: Trajectory = RUN) -> Judged:
    return await judge(Says(answer), SENTENCE, run, VIEW, values={**SHOWN, **GIVEN}, hide=HIDE)


def test_it_is_told_which_values_are_this_runs_and_of_others_only_their_shape() -> None:
    """Another amount than the one meant can be told, and no amount is."""
    told: dict[str, Any] = question(SENTENCE, RUN, VIEW, values={**SHOWN, **GIVEN}, hide=HIDE)
    assert told["page"]["shows"] == [
        {"what": "Amount", "value": "{{ amount }} €"}, {"what": "Total", "value": "{{ amount }}"},
        {"what": "Tax", "value": "999,99"}, {"what": "Supplier", "value": "aaaaaa aaaa"},
    ]  # fmt: skip
    assert told["page"]["says"] == ["Invoice {{ number }} was filed, {{ amount }} are due"]
    assert told["sent"][0]["fields"] == {"Amount": "{{ amount }}", "Supplier": "aaaaaa aaaa"}
    assert told["read"] == {"id": "aaa-9999"} and told["done"][1] == "click button 'Save' (repaired)"
    text = json.dumps(told)
    assert not any(value in text for value in ("1234.50", "1.234,50", "RE-77", "Muster", "INV-0042"))


@pytest.mark.parametrize(("answer", "opinion", "reason"), [
    ('{"score": 0.9, "why": "the page says so"}', "holds", "the page says so"),
    ('I think {"score": 0.1, "why": "RE-77 has another amount"}', "doubted", "{{ number }} has another amount"),
    ('{"score": 0.5}', "holds", ""),
    ('{"score": null, "why": "no amount is shown"}', "unjudged", "no amount is shown"),
    ('{"score": 7}', "unjudged", "scripted-1 answered something else than a score"),
    ('{"score": "0.9"}', "unjudged", "scripted-1 answered something else than a score"),
    ("yes, all is well", "unjudged", "scripted-1 answered something else than a score"),
    ('{"score": 0.', "unjudged", "scripted-1 answered something else than a score"),
    (None, "unjudged", "scripted-1 did not answer: timeout"),
])  # fmt: skip
async def test_only_a_score_is_an_opinion(answer: str | None, opinion: str, reason: str) -> None:
    found = await judged(answer)
    assert (found.opinion, found.reason, found.model, found.checks_met) == (opinion, reason, "scripted-1", True)


async def test_it_is_kept_whether_the_checks_say_the_same() -> None:
    """Where there are no checks nobody agrees or disagrees."""
    unmet = RUN.but(checks=(CheckOutcome(check="visible x", met=False),))
    holds, alone = '{"score": 1}', RUN.but(checks=())
    assert [(await judged(holds, run)).agrees() for run in (RUN, unmet, alone)] == [True, False, None]
    assert (await judged(None)).agrees() is None


def test_what_was_asked_before_is_added_and_an_unknown_price_stays_unknown() -> None:
    first = Asked(model="a", calls=1, input_tokens=10, output_tokens=2, usd=0.1)
    assert Asked().and_(first) == first and first.and_(Asked()) == first
    both = first.and_(first.but(model="b", usd=0.2))
    assert (both.model, both.calls, both.input_tokens, both.usd) == ("a, b", 2, 20, 0.3)
    assert first.and_(first.but(usd=None)).usd is None
