"""Corrections by number: what a person says about the page of sentences changes what was built, or is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shown import build, click, fill, invoice, login, post

from rpa_agent.build import Built
from rpa_agent.build.telling.correct import corrected
from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.procedure import Step
from rpa_agent.domain.values import check_params
from rpa_agent.domain.workflow import Check

INVOICE = invoice()


def step(built: Built, number: int) -> Step:
    return built.procedure.steps[number - 1]


def whole(built: Built) -> str:
    """Everything that goes into memory and the workflow file."""
    return built.procedure.model_dump_json(by_alias=True) + built.workflow.model_dump_json(by_alias=True)


# ---- what a step does ----


def test_what_sends_is_the_persons_to_decide() -> None:
    """A draft has no commit rule, a commit has one, and a name that was given stays."""
    draft = corrected(invoice(), ["9 draft"])
    assert (step(draft, 9).effect, step(draft, 9).commit, draft.workflow.commits) == ("draft", None, ())
    assert "Sends nothing." in draft.sentences
    commit = corrected(draft, ["9 commit file-invoice"])
    assert (step(commit, 9).effect, [c.name for c in commit.workflow.commits]) == ("commit", ["file-invoice"])
    assert any(s.startswith("Sends something: step 9 (file-invoice)") for s in commit.sentences)


def test_a_commit_keeps_its_rule_when_it_is_called_otherwise() -> None:
    """What makes it the same commit is not forgotten."""
    built = invoice()
    rule = built.workflow.commits[0].but(once={"key": ("number",), "per": "ever"})
    ruled = Built(**{**vars(built), "workflow": built.workflow.but(commits=(rule,))})
    assert corrected(ruled, ["9 commit enter-it"]).workflow.commits == (rule.but(name="enter-it"),)


def test_a_step_may_be_optional_conditional_or_left_out() -> None:
    """Each in its words on the page; a field that is optional has a value that may be left out."""
    built = corrected(invoice(), ["8 optional", "step 7 when {{ amount > 10000 }}", "6 delete"])
    assert [s.kind for s in built.procedure.steps][4:] == ["fill", "fill", "select", "click"]
    assert built.workflow.params["currency"].required is False
    assert step(built, 6).when == "{{ amount > 10000 }}"
    assert built.sentences[5].startswith("6. Only when amount is more than 10000: Type ‹due_date›")
    assert built.sentences[6].startswith("7. If it is there: Choose ‹currency›")
    back = corrected(built, ["6 always", "7 required"])
    assert (step(back, 6).when, back.workflow.params["currency"].required) == (None, True)


def test_the_numbers_are_those_of_the_page_that_was_shown() -> None:
    """Leaving out step 5 does not make step 6 another one within the same script."""
    built = corrected(invoice(), ["5 delete", "6 name=sum"])
    assert "number" not in built.workflow.params
    assert "sum" in built.workflow.params


def test_a_value_that_nothing_enters_any_more_is_forgotten_everywhere() -> None:
    """In addresses and texts anything may stand in its place."""
    built = corrected(invoice(), ["5 delete"])
    assert "{{ number }}" not in whole(built)
    assert "number" not in built.examples
    assert built.workflow.checks()[0] == Check(visible="Invoice * was filed")


# ---- what a step enters ----


def test_a_parameter_is_renamed_wherever_it_is_spoken_of() -> None:
    """In values, requests, texts, checks, conditions, examples and remarks."""
    built = corrected(invoice(), ["8 when {{ number == 'number' }}", "5 name=invoice_number"])
    assert "{{ number }}" not in whole(built)
    assert step(built, 8).when == "{{ invoice_number == 'number' }}"
    assert built.examples["invoice_number"] == "RE-77"
    assert built.procedure.params[0] == "invoice_number"
    assert step(built, 9).expect.requests[0].fields == {"number": "invoice_number", "amount": "amount"}
    assert built.workflow.checks()[0] == Check(visible="Invoice {{ invoice_number }} was filed")
    assert built.identifying == "invoice_number"


def test_a_value_that_a_record_is_found_by_is_corrected_at_the_step_that_finds_it() -> None:
    """It was picked from a list, and typed nowhere."""
    row = {"cells": ("RE-9", "Bolt Ltd", "Approve"), "headers": ("Number", "Supplier", ""), "unique": (True, True, False)}
    traits = {"in_data": True, "unique": {"name": 5}, "row": {"key": "RE-9"}}
    built = build(click("Approve", post("/approve"), row={**row, "own": 2, "count": 5}, traits=traits))
    assert list(built.workflow.params) == ["number"]
    renamed = corrected(built, ["2 name=invoice"])
    assert list(renamed.workflow.params) == ["invoice"]
    assert any("invoice (text)" in s and "[step 2]" in s for s in renamed.sentences)
    assert "in the row of ‹invoice›" in renamed.sentences[1]


def test_a_constant_stays_in_the_workflow_file_and_out_of_memory() -> None:
    """It needs not be given and still can be; memory holds no value of the demonstration."""
    built = corrected(invoice(currency="Kronen"), ["8 constant", "6 constant 12.5"])
    assert built.workflow.params["currency"].default == "Kronen"
    assert built.workflow.params["amount"].default == "12.5"
    assert "Kronen" not in built.procedure.model_dump_json()
    given = check_params(built.workflow.params, {"number": "1", "due_date": "2026-01-01"}, today=date(2026, 1, 1))
    assert given["currency"] == "Kronen"
    assert any(s.startswith("  currency: “Kronen”") for s in built.sentences)
    assert corrected(built, ["8 varies"]).workflow.params["currency"].default is None


def test_a_date_may_follow_the_day_of_the_run() -> None:
    """Thirty days from the occurrence's own day."""
    built = corrected(invoice(), ["7 today + 30"])
    assert built.workflow.params["due_date"].default == "{{ today + 30 }}"
    assert any("due_date: 30 days after the run" in s for s in built.sentences)


def test_an_open_reading_is_answered_by_number() -> None:
    """The value, its format and the page follow; nothing is left to ask."""
    built = build(*login(), fill("Due date", "03/04/2026"), click("Save", post("/save", d="03/04/2026")), language="")
    assert any(s.strip().startswith("Step 5: “03/04/2026” can be read as") for s in built.sentences)
    answered = corrected(built, ["5 reading mm/dd/yyyy"])
    assert answered.examples["due_date"] == "2026-03-04"
    assert answered.questions == ()
    assert step(answered, 5).format == "mm/dd/yyyy"


def test_a_value_said_to_be_secret_is_in_no_file() -> None:
    """Neither its example nor a word of where it appeared; it is handed over like any secret."""
    built = corrected(invoice(number="RE-77"), ["secret 5"])
    assert built.secrets["number"] == "RE-77"
    assert "number" not in built.examples
    assert step(built, 5).value == "{{ secrets.number }}"
    assert "{{ number }}" not in whole(built)
    assert "RE-77" not in whole(built) + " ".join(built.sentences)


def test_what_is_no_secret_becomes_a_value_except_where_the_field_hides_it() -> None:
    """The user name may be given per run; a password never."""
    built = corrected(invoice(), ["not-secret 2"])
    assert (step(built, 2).value, built.examples["user"]) == ("{{ user }}", "clerk")
    assert built.workflow.secrets == ("password",)
    with pytest.raises(UsageInvalid, match="hides what is typed"):
        corrected(invoice(), ["not-secret 3"])


# ---- what proves success ----


def test_what_proves_success_is_replaced_or_added_to() -> None:
    """The person's word stands in the place of the proposal."""
    built = corrected(invoice(), ['success visible "Filed {{ number }}"', "success also url **/invoices/*"])
    assert built.workflow.success == (Check(visible="Filed {{ number }}"), Check(url="**/invoices/*"))
    assert corrected(built, ["success none"]).workflow.success == "none"


# ---- what is refused ----


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "begin with a step's number"),
        ("draft 4", "begin with a step's number"),
        ("99 draft", "the steps are 1 to 9"),
        ("0 draft", "there is no step 0"),
        ("4 drafft", "'drafft' is unknown; known: draft"),
        ("4 draft please", "nothing is expected after it"),
        ("9 commit File Invoice", "is no name"),
        ("9 optional", "cannot be optional"),
        ("8 when amount > 3", "is no condition"),
        ("8 when {{ total > 3 }}", "'total' is no parameter"),
        ("1 constant", "enters no value"),
        ("2 constant", "enters a secret"),
        ("5 name=Nummer!", "is no name"),
        ("5 name=amount", "is another value already"),
        ("5 name=password", "is a secret"),
        ("5 type=colour", "is no type"),
        ("5 type=integer", "is not a whole number"),
        ("8 today", "is no date"),
        ("7 today + soon", "say “today”"),
        ("5 reading dd.mm.yyyy", "cannot be read"),
        ("5 reading {}", "cannot be read"),
        ("9 secret", "enters no value"),
        ("not-secret 5", "enters no secret"),
        ("success visible", "say what"),
        ("success visible {{ total }}", "is no parameter"),
        ("success visible {{ number", "no {{ name }}"),
        ("success none at all", "nothing is expected"),
        ("8 constant {{ today }}", "cannot hold {{"),
    ],
)
def test_a_line_that_cannot_be_done_is_told_with_what_can_be_said(line: str, told: str) -> None:
    """Exit 2, and nothing is changed."""
    with pytest.raises(UsageInvalid) as refused:
        corrected(invoice(), [line])
    assert told in refused.value.message
    assert "Nothing was changed" in refused.value.remedy


def test_every_wrong_line_is_named_at_once() -> None:
    """A script is corrected in one go."""
    with pytest.raises(UsageInvalid) as refused:
        corrected(invoice(), ["4 drafft", "8 optional", "5 delete", "5 optional"])
    assert [w in refused.value.message for w in ("'4 drafft'", "'8 optional'", "'5 optional': step 5 was deleted")] == [
        True, False, True,
    ]


def test_the_last_act_is_not_taken_away() -> None:
    """A procedure does something."""
    built: Any = build(click("Save", post("/save")))
    with pytest.raises(UsageInvalid, match="nothing would be left"):
        corrected(built, ["2 delete"])


WORDS = st.sampled_from(
    ["step", "1", "2", "3", "5", "6", "7", "8", "9", "draft", "none", "commit", "optional", "required", "when", "always",
     "constant", "varies", "today", "+", "30", "name=x", "name=", "type=date", "reading", "dd.mm.yyyy", "1.234,50", "secret",
     "not-secret", "delete", "success", "also", "visible", "url", "{{ amount > 3 }}", "{{", "}}", "\n", "ü", "hidden: x"]
)  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.lists(WORDS, max_size=5).map(" ".join), st.text(max_size=20)), min_size=1, max_size=3))
def test_whatever_is_said_is_done_or_refused(lines: list[str]) -> None:
    """There is no third way, and what comes out is a whole procedure."""
    try:
        built = corrected(INVOICE, lines)
    except UsageInvalid as e:
        assert e.message
        return
    again = type(built.procedure).model_validate_json(built.procedure.model_dump_json(by_alias=True))
    assert again == built.procedure
    assert built.sentences
