"""Several demonstrations of one workflow: what is common, what varies, what is done only sometimes, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from shown import build, choose, click, fill, invoice, post, tick

from rpa_agent.build import Built
from rpa_agent.build.several.together import Known, Merged, together
from rpa_agent.build.telling.correct import corrected
from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.procedure import Step
from rpa_agent.domain.recording import Act

ROWS = (("checkbox", "Urgent", "input", "checkbox", "", "", "", "", ""),)


def known(first: Built, *earlier: tuple[dict[str, str], tuple[str, ...]]) -> Known:
    shown = earlier or ((first.examples, tuple(s.id for s in first.procedure.steps)),)
    return Known(first.procedure, first.workflow, first.examples, shown)


def merge(*demonstrations: Built) -> Built:
    """Merge one after the other, as `record --again` does."""
    built, history = demonstrations[0], [(dict(demonstrations[0].examples), _ids(demonstrations[0]))]
    for again in demonstrations[1:]:
        merged = together(known(built, *history), again)
        built = merged.built
        history.append((dict(built.examples), merged.shown))
    return built


def _ids(built: Built) -> tuple[str, ...]:
    return tuple(s.id for s in built.procedure.steps)


def pay(*extra: Act, amount: str = "500.00", after: tuple[Act, ...] = (), **more: Any) -> Built:
    """Type a number and an amount, perhaps do something else, save."""
    send = click("Save", post("/pay", amount=amount), to="/paid", **{"texts": ("Saved",), **more})
    return build(fill("Number", "RE-1"), fill("Amount", amount), *extra, send, *after, language="en")


def named(built: Built, name: str) -> Step:
    return next(s for s in built.procedure.steps if s.target and s.target.variants[0].fingerprint.name == name)


# ---- common ----


def test_values_that_vary_are_parameters_and_those_that_never_do_need_not_be_given() -> None:
    """The currency was always the same; number and amount were not."""
    built = merge(invoice(), invoice(number="RE-78", amount="99,00", due="2027-01-31"))
    params = built.workflow.params
    assert {n: p.default for n, p in params.items()} == {
        "number": None, "amount": None, "due_date": None, "currency": "EUR",
    }
    assert built.examples["number"] == "RE-78"
    assert "EUR" not in built.procedure.model_dump_json()


def test_a_constant_that_changes_in_a_later_demonstration_varies_again() -> None:
    """Three times are better than two."""
    built = merge(invoice(), invoice(number="RE-78"), invoice(number="RE-79", currency="USD"))
    assert built.workflow.params["currency"].default is None


def test_the_same_record_shown_twice_is_still_no_constant() -> None:
    """What names the record varies by its nature."""
    assert merge(invoice(), invoice()).workflow.params["number"].default is None


def test_step_ids_and_commit_names_stay() -> None:
    """Whatever counts on them, as journal and history, goes on."""
    first = corrected(invoice(), ["9 commit file-it"])
    built = merge(first, invoice(number="RE-78"))
    assert _ids(built) == _ids(first)
    assert [c.name for c in built.workflow.commits] == ["file-it"]


def test_only_signals_that_were_seen_in_all_are_expected() -> None:
    """A notice that came once is not waited for; the address is what both have in common."""
    a = pay(texts=("Saved", "Maintenance on Sunday"))
    b = pay(amount="7.00", texts=("Saved", "Have a nice day"))
    assert named(merge(a, b), "Save").expect.texts == ("Saved",)
    one, other = (
        build(click("Open", to=f"/item/{word}/view"), click("Save", post("/save"), url=f"/item/{word}/view"))
        for word in ("red", "blue")
    )
    assert named(merge(one, other), "Open").expect.url == "{base}/item/*/view"


def test_another_look_of_an_element_is_added_and_the_known_one_kept() -> None:
    """As an A/B test shows it; both are recognised."""
    look = {"id": "save", "text": "Save", "form": "/pay", "heading": "Payment"}
    built = merge(pay(traits=look), pay(traits={**look, "id": "store", "heading": "Pay now"}))
    target = named(built, "Save").target
    assert target is not None
    assert [v.fingerprint.id for v in target.variants] == ["save", "store"]
    same = named(merge(pay(traits=look), pay(traits=look)), "Save").target
    assert same is not None
    assert [v.seen for v in same.variants] == [2]


def test_independent_fields_filled_in_another_order_are_the_same_steps() -> None:
    """The order that was known stays."""
    first = build(fill("Number", "1"), fill("Amount", "5.00"), click("Save", post("/pay")))
    other = build(fill("Amount", "6.00"), fill("Number", "2"), click("Save", post("/pay")))
    assert _ids(merge(first, other)) == _ids(first)


def test_values_are_called_as_they_are_called_already() -> None:
    """A person's name for a parameter is used for every later demonstration."""
    first = corrected(invoice(), ["5 name=invoice_number"])
    built = merge(first, invoice(number="RE-78"))
    assert built.examples["invoice_number"] == "RE-78"
    assert "number" not in built.workflow.params
    assert named(built, "Save").expect.requests[0].fields["number"] == "invoice_number"


def test_a_record_picked_from_a_list_is_the_same_value_in_each_demonstration() -> None:
    """It is called as before, whatever row it stood in."""
    def approve(number: str) -> Built:
        row = {"cells": (number, "Approve"), "headers": ("Number", ""), "unique": (True, False), "own": 1, "count": 5}
        traits = {"in_data": True, "unique": {"name": 5}, "row": {"key": number}}
        return build(click("Approve", post("/approve"), row=row, traits=traits))

    built = merge(corrected(approve("RE-9"), ["2 name=invoice"]), approve("RE-12"))
    assert {n: p.default for n, p in built.workflow.params.items()} == {"invoice": None}
    target = named(built, "Approve").target
    assert target is not None
    assert {v.fingerprint.row.key for v in target.variants if v.fingerprint.row} == {"{{ invoice }}"}
    assert merge(approve("RE-9"), approve("RE-9")).workflow.params["number"].default is None


def test_what_a_person_said_to_be_secret_stays_so() -> None:
    """Its value of the new demonstration is in no file either."""
    first = corrected(invoice(), ["secret 5"])
    built = merge(first, invoice(number="RE-78"))
    assert "RE-78" not in built.procedure.model_dump_json() + built.workflow.model_dump_json() + str(built.examples)


# ---- sometimes ----


def test_a_field_that_was_filled_in_some_has_a_value_that_may_be_left_out() -> None:
    """Its step is skipped where no value is given."""
    built = merge(pay(), pay(fill("Note", "please hurry")))
    assert built.workflow.params["note"].required is False
    assert [s.kind for s in built.procedure.steps] == ["goto", "fill", "fill", "fill", "click"]
    note = named(built, "Note")
    assert (note.value, note.optional, note.when) == ("{{ note }}", False, None)


def test_what_was_opened_for_a_field_is_opened_where_the_field_has_a_value() -> None:
    """The value explains the click exactly."""
    built = merge(pay(), pay(click("More"), fill("Note", "please hurry")))
    assert named(built, "More").when == "{{ note is given }}"


def test_something_that_only_sometimes_comes_is_optional() -> None:
    """It was not on the page where it was not used."""
    built = merge(pay(), pay(click("Close notice")))
    assert named(built, "Close notice").optional is True


def test_a_box_that_always_stands_there_is_ticked_only_when_it_is_said() -> None:
    """Ticking it because it is there would do what nobody asked for."""
    built = merge(pay(rows=ROWS), pay(tick("Urgent", rows=ROWS)))
    assert named(built, "Urgent").when == "{{ urgent }}"
    assert (built.workflow.params["urgent"].type, built.workflow.params["urgent"].default) == ("boolean", False)
    assert built.examples["urgent"] == "true"


def test_an_amount_that_explains_a_step_exactly_becomes_its_condition() -> None:
    """Three demonstrations, and only the amount tells them apart; between what was shown the page decides."""
    def second(amount: str) -> Built:
        return pay(click("Second signature"), amount=amount)

    built = merge(pay(amount="500.00"), pay(amount="900.00"), second("20000.00"))
    step = named(built, "Second signature")
    assert (step.when, step.optional) == ("{{ amount > 900 }}", True)
    assert any("Only when amount is more than 900" in s for s in built.sentences)


def test_two_demonstrations_prove_no_limit() -> None:
    """Every two amounts differ; that explains nothing."""
    assert named(merge(pay(), pay(click("Extra"), amount="900.00")), "Extra").when is None


def test_a_chosen_value_may_explain_a_step() -> None:
    """Done for one kind of payment, never for the others."""
    def of(kind: str, *extra: Act) -> Built:
        return build(fill("Number", "1"), choose("Kind", kind), *extra, click("Save", post("/pay")))

    built = merge(*(corrected(d, ["3 type=choice"]) for d in (of("Wire"), of("Card"), of("Cheque", tick("Collected")))))
    assert named(built, "Collected").when == '{{ kind == "Cheque" }}'


# ---- refused ----


def test_a_demonstration_of_something_else_is_refused() -> None:
    """With what is in common, and what to do instead."""
    other = build(fill("Customer", "x"), fill("Street", "y"), click("Create", post("/customers")))
    with pytest.raises(UsageInvalid, match="only 0 of its 3 steps are among the 3") as refused:
        together(known(pay()), other)
    assert "name of its own" in refused.value.remedy


def test_a_demonstration_that_sends_something_else_is_refused() -> None:
    """Entering and deleting are two workflows."""
    entered = pay()
    deleted = build(fill("Number", "1"), fill("Amount", "5.00"), click("Delete", post("/delete")))
    with pytest.raises(UsageInvalid, match="sends something else: delete and not save"):
        together(known(entered), deleted)


def test_something_sent_only_once_and_not_explained_is_refused() -> None:
    """It is never optional."""
    twice = pay(after=(click("Release", post("/release"), url="/paid"),))
    with pytest.raises(UsageInvalid, match="sends something in some demonstrations only"):
        together(known(pay()), twice)


def test_merging_tells_which_steps_the_new_demonstration_had() -> None:
    """So that the next one can be compared with each."""
    merged: Merged = together(known(pay(fill("Note", "x"))), pay())
    assert len(merged.shown) == len(merged.built.procedure.steps) - 1
