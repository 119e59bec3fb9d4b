"""How sites write numbers and dates, and when two writings are one value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.values import (
    check_params,
    date_formats,
    decimal_formats,
    parse_decimal,
    same_value,
    spell,
    write_date,
    write_decimal,
)
from rpa_agent.domain.workflow import Param

TODAY = date(2026, 11, 22)
DATES = ("yyyy-mm-dd", "yyyy/mm/dd", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy", "dd-mm-yyyy")
NUMBERS = ("1.234,50", "1,234.50", "1 234,50", "1'234.50", "1234,50", "1234.50")


@given(st.dates(), st.sampled_from(DATES))
def test_every_date_that_is_written_can_be_read(day: date, fmt: str) -> None:
    """In each of the formats that the product knows."""
    assert date_formats(write_date(day, fmt))[fmt] == day


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from(NUMBERS))
def test_every_amount_that_is_written_can_be_read(value: Decimal, fmt: str) -> None:
    """Grouped or not, with comma or point."""
    assert value in decimal_formats(write_decimal(value, fmt)).values()
    assert same_value(write_decimal(value, fmt), str(value))


def test_amounts_keep_the_decimals_they_have() -> None:
    """Two where the site shows two, more where the value has more."""
    assert write_decimal(Decimal("1234.5"), "1.234,50") == "1.234,50"
    assert write_decimal(Decimal("0.125"), "1234.50") == "0.125"
    assert write_decimal(Decimal("12"), "1234") == "12"


def test_what_can_be_read_in_two_ways_says_so() -> None:
    """A point may group or divide; a day may be a month."""
    assert set(decimal_formats("1.234").values()) == {Decimal(1234), Decimal("1.234")}
    assert len(set(date_formats("03/04/2026").values())) == 2
    assert len(date_formats("13/04/2026")) == 1


@pytest.mark.parametrize(
    "text", ["", "abc", "1,2,3", "1.23.456", "12-", "--1", "1..2", "31.02.2026", "2026-13-01", "1,"]
)
def test_what_is_no_value_is_not_guessed(text: str) -> None:
    """Neither number nor date."""
    assert decimal_formats(text) == {}
    assert date_formats(text) == {}


@pytest.mark.parametrize(
    ("shown", "meant", "same"),
    [
        ("1.234,50", "1234.5", True),
        ("1.234,50 ", "1,234.50", True),
        ("31.12.2026", "2026-12-31", True),
        (" Müller  GmbH", "müller gmbh", True),
        ("1.234,51", "1234.50", False),
        ("31.12.2026", "2026-12-30", False),
        ("Müller GmbH", "Müller AG", False),
        ("", "0", False),
        ("100", "1000", False),
    ],
)
def test_values_are_compared_by_what_they_mean(shown: str, meant: str, same: bool) -> None:
    """Not by how they are written."""
    assert same_value(shown, meant) is same


@pytest.mark.parametrize("text", ["", "x", "NaN", "Infinity", "-inf", "1e999999999999", "1e-99999", "1,50", "1.2.3"])
def test_hostile_numbers_are_refused_with_how_to_write_them(text: str) -> None:
    """None of them reaches a page."""
    with pytest.raises(ValueError, match="number"):
        parse_decimal(text)
    with pytest.raises(ParamsInvalid, match="amount"):
        check_params({"amount": Param(type="decimal")}, {"amount": text}, today=TODAY)


def test_all_problems_of_the_parameters_are_told_at_once() -> None:
    """Missing, unknown and mistyped, each by name."""
    params = {"amount": Param(type="decimal", min=0.01), "due": Param(type="date"), "paid": Param(type="boolean")}
    with pytest.raises(ParamsInvalid) as told:
        check_params(params, {"amount": "0", "due": "31.12.2026", "colour": "red"}, today=TODAY)
    for word in ("amount: 0 is below 0.01", "due: '31.12.2026' is not a date", "paid: missing", "colour: unknown"):
        assert word in told.value.message


def test_parameters_become_canonical() -> None:
    """So that one value has one writing, in journal keys too."""
    params = {
        "amount": Param(type="decimal"),
        "n": Param(type="integer"),
        "paid": Param(type="boolean"),
        "due": Param(type="date", default="{{ today + 30 }}"),
        "note": Param(required=False),
        "kind": Param(type="choice", options=("a", "b")),
    }
    got = check_params(params, {"amount": " 120.00 ", "n": "+007", "paid": "Yes", "kind": "b"}, today=TODAY)
    assert got == {"amount": "120", "n": "7", "paid": "true", "due": "2026-12-22", "kind": "b"}
    with pytest.raises(ParamsInvalid, match="none of a, b"):
        check_params(params, {"amount": "1", "n": "1", "paid": "no", "kind": "c"}, today=TODAY)


def test_a_value_is_spelled_as_it_was_typed_when_shown() -> None:
    """A text stays as it is."""
    assert spell("1234.5", "decimal", "1.234,50") == "1.234,50"
    assert spell("2026-12-31", "date", "dd.mm.yyyy") == "31.12.2026"
    assert spell("RE-7", "string", None) == "RE-7"
