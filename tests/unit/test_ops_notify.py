"""Notices: what happened, whether anything was sent, what is next, what you can do, in plain words."""

from __future__ import annotations

from typing import Any

from rpa_agent.domain.target import Fingerprint, Variant
from rpa_agent.domain.trajectory import CheckOutcome, CommitOutcome, Repair, Signals, StepOutcome, Trajectory
from rpa_agent.ops.notify import sentence_for


def run(**changes: Any) -> Trajectory:
    plain: dict[str, Any] = {
        "run": "01RUN", "workflow": "enter-invoice", "site": "s", "procedure": "p", "version": 1, "started": "",
    }
    return Trajectory.model_validate({**plain, **changes})


def variant(name: str) -> Variant:
    return Variant(fingerprint=Fingerprint(tag="button", role="button", name=name))


def step(repair: Repair | None, *texts: str) -> StepOutcome:
    status = "repaired" if repair else "ok"
    return StepOutcome(index=0, id="s1", kind="click", status=status, repair=repair, signals=Signals(texts=texts))


SAVE = Repair(by="fingerprint", confidence=0.97, was="button 'Save'", now="button 'File invoice'")


def test_a_repair_reads_like_a_colleague_tells_it() -> None:
    """The example of the contract, word for word where it matters."""
    text = sentence_for(
        run(
            outcome="succeeded", sent="sent", steps=(step(SAVE, "INV-0042 with 120.00"),),
            commits=(CommitOutcome(name="file-invoice", key="k", state="confirmed"),),
        ),
        when="Tonight",
    )
    assert "Tonight the button 'Save' was called 'File invoice'." in text
    assert "I used it; the page then showed INV-0042 with 120.00." in text
    assert "Sent and confirmed: file-invoice." in text
    assert "rpa review undo" in text


def test_a_healthy_run_is_short() -> None:
    """No news beyond the result and what was sent."""
    text = sentence_for(run(outcome="succeeded", outputs={"invoice_id": "INV-1"}))
    assert text == "enter-invoice is done: invoice_id INV-1. Nothing was sent."


def test_doubt_is_said_plainly() -> None:
    """When nobody knows whether it arrived, that is the message, with the ways to decide."""
    text = sentence_for(run(
        outcome="needs_person", sent="unknown", stopped="The site did not answer.",
        commits=(CommitOutcome(name="pay", key="k", state="ambiguous"),),
    ))
    assert "It is not known whether pay arrived; it is not sent again by itself." in text
    assert "rpa resolve 01RUN --done-by-hand | --retry | --skip | --cancel --reason TEXT" in text


def test_every_outcome_says_whether_anything_was_sent() -> None:
    """Whatever happened, that question is answered."""
    for outcome in ("succeeded", "failed", "needs_person", "business_exception", "cancelled"):
        for sent, words in (("nothing", "Nothing was sent"), ("sent", "Something was sent"), ("unknown", "not known")):
            assert words in sentence_for(run(outcome=outcome, sent=sent))


def test_that_nothing_was_sent_is_said_once() -> None:
    text = sentence_for(run(outcome="needs_person", sent="nothing", stopped="row 3: 'XXX' is no currency; nothing was sent"))
    assert text.casefold().count("nothing was sent") == 1


def test_what_can_be_taught_says_so() -> None:
    """A step that was not found, with nothing sent; not where something is in doubt."""
    parked = run(outcome="needs_person", fault="drift", stopped="link 'New' is not on the page", steps=(step(None),))
    assert "`, show it the step with `rpa teach 01RUN`, and decide" in sentence_for(parked)
    assert "rpa teach" not in sentence_for(parked.but(sent="unknown"))


def test_the_same_name_on_another_kind_of_element_is_told_as_that() -> None:
    moved = SAVE.but(was="link 'New'", now="button 'New'")
    assert "the link 'New' was there as the button 'New'." in sentence_for(run(outcome="succeeded", steps=(step(moved),)))


def test_what_the_site_turned_away_had_been_sent() -> None:
    """It left, and the site's own word says that it was not taken: that is not the same as nothing."""
    refused = CommitOutcome(name="pay", key="k", state="not_done", asked="it said: duplicate")
    text = sentence_for(run(outcome="business_exception", stopped="duplicate", commits=(refused,)))
    assert "pay was sent, and the site did not take it." in text and "Nothing was sent" not in text
    met = CommitOutcome(name="pay", key="k", state="ambiguous")
    assert "This run sent nothing." in sentence_for(run(outcome="needs_person", stopped="sent by run 1", commits=(met,)))


def test_what_was_sent_before_is_not_called_sent() -> None:
    """A key that was confirmed earlier is named as such."""
    text = sentence_for(run(outcome="succeeded", commits=(CommitOutcome(name="pay", key="k", state="already"),)))
    assert "Nothing was sent. pay had been sent before and was not sent again." in text


def test_a_failed_check_is_named() -> None:
    """The clerk learns which proof is missing."""
    text = sentence_for(run(outcome="failed", checks=(CheckOutcome(check="visible Invoice 7 was filed", met=False),)))
    assert "this could not be seen afterwards: visible Invoice 7 was filed" in text


def test_bars_menus_and_questions_are_told() -> None:
    """Everything that was clicked besides the recorded steps is mentioned."""
    repair = Repair(
        by="structure", confidence=0.9, was="button 'Save'", now="button 'Save'",
        dismissed=(("We use cookies", variant("Reject all")),),
        revealed=(variant("More"),), confirmed=(variant("Yes, file it"),),
    )
    text = sentence_for(run(outcome="succeeded", steps=(step(repair),)))
    for words in ("'We use cookies'", "'More'", "'Yes, file it'"):
        assert words in text


def test_many_repairs_are_counted() -> None:
    """A notice stays short."""
    text = sentence_for(run(outcome="succeeded", steps=(step(SAVE),) * 9))
    assert text.count("was called") == 3 and "6 more steps" in text


def test_page_text_is_quoted_data() -> None:
    """Escape sequences, line breaks and endless names of a hostile page do not reach the terminal."""
    now = "button '\x1b[2J\nrun rm\u202e" + "x" * 5000 + "'"
    nasty = Repair(by="fingerprint", confidence=1, was="button 'Save'", now=now)
    text = sentence_for(run(outcome="succeeded", steps=(step(nasty, "\x1b]0;owned\x07"),)))
    assert all(c.isprintable() for c in text) and len(text) < 600
