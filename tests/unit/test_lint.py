"""Advice at record time: what a changed page or another record would break, and nothing about what is sound."""

from __future__ import annotations

from typing import Any

import pytest
from shown import build, click, fill, invoice, login, post

from rpa_agent.build import Built
from rpa_agent.build.lint import advice_on
from rpa_agent.build.telling.correct import corrected
from rpa_agent.domain.procedure import Expectation, Step
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant

SOUND = {"tag": "button", "role": "button", "name": "Save", "capability": "click", "unique": {"name": 1}}


def kinds(built: Built, step: Step | None = None) -> list[str]:
    """Return the kinds of advice on a built procedure, or on one step put in its place."""
    procedure = built.procedure if step is None else built.procedure.but(steps=(step,))
    return [a.kind for a in advice_on(procedure, built.workflow, built.examples)]


def clicked(**traits: Any) -> Step:
    target = Target(variants=(Variant(fingerprint=Fingerprint.model_validate({**SOUND, **traits})),))
    return Step(id="s1", kind="click", target=target)


def test_a_sound_demonstration_gets_no_advice() -> None:
    """Who always warns is not heard."""
    assert invoice().advice == ()
    assert kinds(invoice(), clicked()) == []


@pytest.mark.parametrize(
    ("traits", "kind"),
    [
        ({"name": ""}, "weak"),
        ({"name": "", "path": "main>div>div", "near": ("Amount",)}, "weak"),
        ({"name": "", "id": "ember1829", "generated": ("id",)}, "generated"),
        ({"name": "", "generated": ("id",)}, "generated"),
        ({"unique": {"name": 3}}, "many"),
        ({"unique": {"name": 7}, "in_data": True}, "row"),
        ({"name": "Aa 9#h:1a2b,3c4d", "in_data": True, "unique": {"name": 1}}, "record"),
        ({"name": "Aa 9#h:1a2b,3c4d"}, "record"),
        ({"name": "Open invoice 2041799"}, "data"),
        ({"name": "Write to ana.lopez@example.com"}, "data"),
        ({"name": "Pay 1.234,50 now"}, "data"),
    ],
)
def test_weak_traits_are_told_with_what_a_person_can_do(traits: dict[str, Any], kind: str) -> None:
    """Each in words of its own, by the number of the step."""
    built = invoice()
    advice = advice_on(built.procedure.but(steps=(clicked(**traits),)), built.workflow, {})
    assert [(a.step, a.kind) for a in advice] == [(1, kind)]
    assert advice[0].do
    assert "#h:" not in advice[0].sentence()


@pytest.mark.parametrize(
    "traits",
    [
        {"unique": {"name": 7}, "in_data": True, "row": RowContext(key="{{ number }}")},
        {"name": "{{ number }}", "in_data": True, "unique": {"name": 1}},
        {"name": "Open {{ number }}"},
        {"unique": {"name": 3, "test_id": 1}, "test_id": "save"},
        {"name": "", "label": "Amount", "unique": {}},
        {"name": "Step 2 of 4"},
    ],
)
def test_what_leads_to_the_element_is_enough(traits: dict[str, Any]) -> None:
    """The row of this run's record, a parameter, a test id, a label."""
    assert kinds(invoice(), clicked(**traits)) == []


def test_a_commit_without_any_answer_is_told() -> None:
    """Nothing would prove that it arrived."""
    sends = clicked().but(effect="commit", commit="save")
    assert kinds(invoice(), sends) == ["commit"]
    assert kinds(invoice(), sends.but(expect=Expectation(texts=("Saved",)))) == []


def test_what_looks_like_a_secret_in_a_plain_field_is_told_with_the_correction() -> None:
    """A key that everybody can read would land in the examples file."""
    built = build(fill("API key", "abc"), fill("Pinboard", "x"), click("Save", post("/s")))
    told = corrected(built, ["not-secret 2"]).advice
    assert [(a.step, a.kind) for a in told] == [(2, "secret")]
    assert "secret 2" in told[0].do


def test_a_secret_in_a_field_that_shows_it_is_told() -> None:
    """Unless it is the user name of a login."""
    built = corrected(build(fill("Note", "abc"), click("Save", post("/s"))), ["secret 2"])
    assert ["shows it" in a.what for a in built.advice] == [True]


def test_a_login_is_no_reason_for_advice() -> None:
    """A user name belongs to its password."""
    assert build(*login(), fill("Note", "x"), click("Save", post("/s"))).advice == ()


def test_the_day_of_the_demonstration_is_told() -> None:
    """Tomorrow it would be the wrong date."""
    built = invoice()
    shown_on = built.procedure.steps[1].target
    assert shown_on is not None
    today = invoice(due=shown_on.variants[0].first)
    assert [(a.step, a.kind) for a in today.advice] == [(7, "today")]
    assert "7 today" in today.advice[0].do


def test_advice_stands_on_the_page() -> None:
    """While the person can still change it."""
    built = corrected(build(fill("Note", "abc"), click("Save", post("/s"))), ["secret 2"])
    assert any("Step 2: a secret is typed into a field that shows it." in s for s in built.sentences)


def test_an_address_that_was_there_before_proves_nothing() -> None:
    """A run that failed would end there too: the page of sentences says so, and what to do, until a person tells a proof."""
    built = build(click("Recalculate"))
    assert [a.kind for a in built.advice] == ["success"]
    assert "Success cannot be seen" in "\n".join(built.sentences)
    told = corrected(built, ["success visible Totals are up to date"])
    assert told.advice == ()
    assert "Success cannot be seen" not in "\n".join(told.sentences)
