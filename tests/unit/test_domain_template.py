"""Templates: holes, typography, and what is taken out of a text before it is kept."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.template import abstract, names_in, pattern, render, stands_alone, whole_name

TODAY = date(2026, 11, 22)


def test_holes_are_filled_and_days_are_counted_over_the_end_of_a_year() -> None:
    """`today` counts days; nothing else can be computed."""
    assert render("{{ a }}/{{today+40}}/{{ today - 22 }}", {"a": "x"}, TODAY) == "x/2027-01-01/2026-10-31"
    for bad in ("{{ b }}", "{{ a + 1 }}"):
        with pytest.raises(ParamsInvalid):
            render(bad, {"a": "1"}, TODAY)


def test_what_only_looks_like_a_hole_is_text() -> None:
    """No scripting: calls, filters and arithmetic stay as they are."""
    for text in ("{{ a.b() }}", "{{ a|upper }}", "{{ 1 }}", "{ a }", "{{}}"):
        assert render(text, {}, TODAY) == text
        assert names_in(text) == ()


def test_a_value_with_a_hole_in_it_is_not_filled_again() -> None:
    """What a site or a file says is data."""
    assert render("{{ a }}", {"a": "{{ secrets.password }}"}, TODAY) == "{{ secrets.password }}"


def test_one_plain_hole_is_known_by_its_name() -> None:
    """Anything around it, or counted days, make it a text."""
    assert whole_name(" {{ number }} ") == "number"
    assert whole_name("No. {{ number }}") is None
    assert whole_name("{{ today + 1 }}") is None


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("Invoice {{ n }} was filed", "Invoice RE-7 was filed"),
        ("Invoice {{ n }} was filed", "invoice re-7   WAS\u00a0filed"),
        ('Invoice "{{ n }}" – filed', "Invoice „RE-7“ - filed"),
        ("Please wait …", "Please wait …"),
        ("Please wait ...", "Please wait …"),
        ("Please wait …", "Please wait ..."),
        ("*already exists*", "The number already exists here"),
        ("Total (net): 5.00?", "Total (net): 5.00?"),
        ("two\n  lines", "two lines"),
    ],
)
def test_typography_does_not_matter(template: str, shown: str) -> None:
    """Quotes, dashes, dots, spaces and case differ between versions of a site."""
    assert pattern(template, {"n": "RE-7"}).search(shown)


def test_another_value_is_another_text() -> None:
    """A known value is meant literally, and special characters are characters."""
    assert not pattern("Invoice {{ n }} was filed", {"n": "RE-7"}).search("Invoice RE-8 was filed")
    assert not pattern("a.c", {}).search("abc")
    assert pattern("{{ n }}!", {"n": ".*"}).fullmatch(".*!")
    assert not pattern("{{ n }}!", {"n": ".*"}).fullmatch("anything!")


def test_known_values_become_holes_longest_first_and_on_word_borders() -> None:
    """A part of a longer word is no value; one character never is."""
    values = {"name": "Müller", "firm": "Müller Transporte", "qty": "1", "number": "RE-7"}
    assert abstract("Müller Transporte, Müllerin, Müller: 1 x RE-7, RE-77", values) == (
        "{{ firm }}, Müllerin, {{ name }}: 1 x {{ number }}, RE-77"
    )


def test_a_value_that_is_called_like_a_parameter_stays_out_of_the_holes() -> None:
    """Holes are never opened again."""
    values = {"supplier": "Fjord Timber AB", "kind": "supplier"}
    assert abstract("Fjord Timber AB is a supplier", values) == "{{ supplier }} is a {{ kind }}"
    assert abstract("{{ supplier }}", values) == "{{ supplier }}"


@given(
    st.text(max_size=40),
    st.dictionaries(st.sampled_from(["a", "bb", "name"]), st.text(min_size=2, max_size=8), max_size=3),
)
def test_what_was_taken_out_can_be_put_back(text: str, values: dict[str, str]) -> None:
    """Filling the holes gives the text again, whatever the values are."""
    if "{{" in text or any("{{" in v for v in values.values()):
        return
    held = abstract(text, values)
    assert render(held, values, TODAY) == text


@given(
    st.text(
        alphabet=st.characters(blacklist_characters="*{}", blacklist_categories=["Co", "Cs"]), min_size=1, max_size=60
    )
)
def test_a_text_always_matches_itself(text: str) -> None:
    """Whatever a page says, its own words are found again."""
    assert pattern(text).search(text)


@pytest.mark.parametrize("text", ["RE-7", "Invoice RE-7 of Adler", "(RE-7)", "#RE-7: open", "RE-7, RE-8", "It is RE-7."])
def test_a_records_name_stands_for_itself(text: str) -> None:
    """Alone, in a sentence, or between signs."""
    assert stands_alone("RE-7", text)


@pytest.mark.parametrize("text", ["", "RE-71", "RE-7-2", "RE-7/2", "XRE-7", "A-RE-7", "RE-7.5", "RE-7,5", "re-7"])
def test_a_part_of_another_name_is_another_record(text: str) -> None:
    """However much they have in common."""
    assert not stands_alone("RE-7", text)


def test_blanks_around_a_value_are_on_no_page() -> None:
    """Those within it count."""
    assert pattern("Invoice {{ n }} was filed", {"n": " RE-7 "}).search("Invoice RE-7 was filed")
    assert not pattern("Invoice {{ n }} was filed", {"n": " "}).search("Invoice RE-7 was filed")
    assert not pattern("{{ n }} was filed", {"n": "RE 7"}).search("RE-7 was filed")
