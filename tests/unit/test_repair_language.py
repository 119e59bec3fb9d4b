"""What texts mean: opposites, synonyms and compounds, in English and German."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from rpa_agent.repair.language import language, normal


@pytest.mark.parametrize(("was", "now"), [
    ("Save", "Delete"), ("Save", "Discard"), ("Save", "Cancel"), ("Save", "Void"), ("Save", "Reject"),
    ("Save", "Löschen"), ("Speichern", "Verwerfen"), ("Send", "Send back"), ("Post", "Do not post"),
    ("Approve", "Approve all"), ("Yes", "No"),
    ("Delete", "Save"), ("Cancel", "Confirm"), ("Open", "Close"), ("Next", "Back"), ("", "Delete"), ("", "Cancel"),
    ("Cancel", "Cancel and delete"), ("Keep", "Reset"), ("Home", "Log out"),
])
def test_opposites_are_known(was: str, now: str) -> None:
    """The live name does what the recorded one never did."""
    assert language().opposite(was, now)


@pytest.mark.parametrize(("was", "now"), [
    ("Save", "File invoice"), ("Cancel", "Back"), ("Discard draft", "Delete draft"), ("Reject", "Send back"),
    ("Hide notice", "Dismiss"), ("Log out", "Sign out"), ("Approve all", "Release all"), ("Next", "Continue"),
    ("Löschen", "Delete"), ("Show deleted", "Show deleted records"), ("Invoice number", "Invoice no."),
])
def test_the_same_in_other_words_is_no_opposite(was: str, now: str) -> None:
    """Words of one class may replace each other."""
    assert not language().opposite(was, now)


@pytest.mark.parametrize(("a", "b"), [
    ("Invoice number", "Rechnungsnummer"), ("Invoice no.", "Invoice number"), ("Total", "Betrag"),
    ("Save", "Speichern"), ("Supplier name", "Lieferantenname"), ("Due date", "Fälligkeitsdatum"),
    ("Cost centre", "Kostenstelle"), ("invoiceNumber", "invoice_no"),
])
def test_business_words_mean_the_same(a: str, b: str) -> None:
    """Synonyms, abbreviations and German compounds."""
    assert language().same_meaning(a, b) == 1.0


def test_different_things_share_nothing() -> None:
    """Unknown words mean themselves."""
    assert language().same_meaning("Supplier", "Amount") == 0.0
    assert language().same_meaning("Frobnicate", "Frobnicate") == 1.0
    assert language().same_meaning("", "") == 0.0


def test_without_synonyms_only_the_careful_lists_stay() -> None:
    """Words mean themselves, and opposites are opposites still."""
    plain = language(synonyms=False)
    assert plain.same_meaning("Save", "Speichern") == 0.0
    assert plain.opposite("Save", "Löschen")


def test_the_word_lists_hold_nothing_twice_under_two_meanings() -> None:
    """A word with two meanings would silently take the last."""
    groups = json.loads(files("rpa_agent.repair").joinpath("synonyms.json").read_text(encoding="utf-8"))["groups"]
    seen: dict[str, str] = {}
    double = [
        (word, seen[normal(word)], group)
        for group, words in groups.items() for word in words
        if seen.setdefault(normal(word), group) != group
    ]
    assert double == []


def test_hostile_texts_are_read_in_bounded_time() -> None:
    """Only the first words of a text can matter."""
    assert len(language().meanings("save " * 100_000)) == 1
    assert language().opposite("Save", "x" * 100_000) is False
