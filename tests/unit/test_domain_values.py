"""How sites write numbers and dates, and when two writings are one value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.outputs import typed_output
from rpa_agent.domain.values import (
    as_written,
    canonical,
    check_params,
    comma_in,
    date_formats,
    decimal_formats,
    month_first_in,
    parse_decimal,
    same_code,
    same_value,
    spell,
    undecided,
    write_date,
    write_decimal,
)
from rpa_agent.domain.workflow import Output, Param

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


# ---- exact formats ----

EXACT = (
    "3.4.2026", "13.04.2026", "4/13/26", "13/04/26", "2026/04/13", "2026.04.13", "13 Apr 2026", "3. April 2026", "May 3, 2026",
    "3 mai 2026", "13 de abril de 2026", "13-Apr-2026", "2026年4月3日", "12", "1.234", "0,5", "0.125", "1,234.5", "€ 12.50",
    "1.234,50 €", "12,5 %", "1’234.50", "1\u202f234,50", "1.234,50-", "CHF 1'234.50", "-7.00", "$1,234.50",
)  # fmt: skip


@pytest.mark.parametrize("text", EXACT)
def test_what_was_read_is_written_as_it_was(text: str) -> None:
    """In the format that one of its readings names: the same figures, spaces and signs."""
    families = {**date_formats(text), **decimal_formats(text)}
    written = []
    for family, value in families.items():
        fmt = as_written(text, family)
        written.append(write_date(value, fmt) if isinstance(value, date) else write_decimal(value, fmt))
        assert canonical(written[-1], fmt) is not None
    assert text in written


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)), st.sampled_from(EXACT[:13]), st.sampled_from(("en", "de")))
def test_every_day_can_be_written_in_every_format(day: date, sample: str, language: str) -> None:
    """And read again as the same day."""
    for family in date_formats(sample):
        fmt = as_written(sample, family)
        assert canonical(write_date(day, fmt), fmt) == day.isoformat()


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3), st.sampled_from(EXACT[13:]))
def test_every_number_can_be_written_in_every_format(value: Decimal, sample: str) -> None:
    """And read again as the same number, signs and all."""
    for family in decimal_formats(sample):
        fmt = as_written(sample, family)
        assert Decimal(canonical(write_decimal(value, fmt), fmt) or "NaN") == value


@pytest.mark.parametrize(
    "text", ["1.2.24", "12-", "(5)", "0.125.000", "31.02.26", "32 Jan 2026", "12 Foo 2026", "1 2 3", "€", "%", "-"]
)
def test_what_is_none_in_any_format_is_not_guessed(text: str) -> None:
    """Versions, beginnings, days that do not exist."""
    assert (decimal_formats(text), date_formats(text)) == ({}, {})


@pytest.mark.parametrize(
    ("shown", "meant", "fmt", "same"),
    [
        ("1.234,00", "1.234", "1.234,", True),
        ("1.234,00", "1.234", "1234.500", False),
        ("1234", "1.234", "1.234,", True),
        ("03/04/2026", "04/03/2026", "mm/dd/yyyy", False),
        ("2026-04-03", "03/04/2026", "dd/mm/yyyy", True),
        ("1234.50", "1.234,50 €", "1.234,50 €", True),
        ("1.234,50 $", "1.234,50 €", "1.234,50 €", False),
    ],
)
def test_with_the_format_known_a_value_has_one_meaning(shown: str, meant: str, fmt: str, same: bool) -> None:
    """What a field keeps is compared with what was typed, and another currency is another value."""
    assert same_value(shown, meant, fmt) is same


def test_where_the_demonstration_left_it_open_only_a_locale_decides() -> None:
    """Both ways are told; a value that both write alike needs none."""
    days, numbers = undecided(("dd/mm/yyyy", "mm/dd/yyyy")), undecided(("1.234,", "1234.500"))
    with pytest.raises(ParamsInvalid, match="05/04/2026 or 04/05/2026"):
        spell("2026-04-05", "date", days)
    with pytest.raises(ParamsInvalid, match="1234 could be written"):
        spell("1234", "decimal", numbers)
    assert spell("2026-04-04", "date", days) == "04/04/2026"
    assert (spell("2026-04-05", "date", days, "en_US"), spell("2026-04-05", "date", days, "de_DE")) == ("04/05/2026", "05/04/2026")
    assert (spell("1234", "decimal", numbers, "de_DE"), spell("1234", "decimal", numbers, "en_GB")) == ("1.234", "1234.000")


@pytest.mark.parametrize(
    ("locale", "comma", "month_first"),
    [
        ("de_DE", True, False), ("de-CH", False, False), ("en", False, None), ("en_US", False, True), ("en-GB", False, False),
        ("ja", False, None), ("fr-FR", True, False), ("es_MX", False, False), ("", None, None), ("xx", None, None),
    ],
)  # fmt: skip
def test_what_a_locale_says_of_points_and_months(locale: str, comma: bool | None, month_first: bool | None) -> None:
    """Plain English says nothing about months; what is not known says nothing at all."""
    assert (comma_in(locale), month_first_in(locale)) == (comma, month_first)


def test_an_address_is_one_name_at_one_host() -> None:
    """Anything else is refused before it is typed."""
    mail = {"mail": Param(type="email")}
    assert check_params(mail, {"mail": " ada@example.org "}, today=TODAY) == {"mail": "ada@example.org"}
    for wrong in ("", "ada", "ada@", "@example.org", "a@b@c", "ada lovelace@example.org"):
        with pytest.raises(ParamsInvalid, match="e-mail"):
            check_params(mail, {"mail": wrong}, today=TODAY)


# ---- outputs ----


def test_the_columns_of_a_table_are_each_read_in_one_way() -> None:
    """One value that tells settles the column; a gap is none."""
    table = Output(type="table", columns={"no": "string", "net": "decimal", "day": "date", "n": "integer"})
    rows = [
        {"no": "007", "net": "1.234", "day": "03/04/2026", "n": "1.000"},
        {"no": "", "net": "12,50 €", "day": "13/04/2026", "n": ""},
    ]
    assert typed_output(rows, table, "de_DE") == [
        {"no": "007", "net": "1234", "day": "2026-04-03", "n": 1000},
        {"no": "", "net": "12.50", "day": "2026-04-13", "n": None},
    ]


@pytest.mark.parametrize(
    ("cells", "kind", "why"),
    [
        (["1.234", "5.678"], "decimal", "two ways"),
        (["03/04/2026"], "date", "two ways"),
        (["12", "none"], "decimal", "no number"),
        (["1,50", "1.50"], "decimal", "different ways"),
        (["1.50"], "integer", "whole number"),
        (["soon"], "date", "no date"),
    ],
)
def test_what_is_not_of_its_type_is_told(cells: list[str], kind: str, why: str) -> None:
    """With the column and the value."""
    with pytest.raises(ValueError, match=f"net.*{why}"):
        typed_output([{"net": c} for c in cells], Output(type="table", columns={"net": kind}))  # type: ignore[dict-item]


def test_a_mask_makes_no_other_code() -> None:
    """What a field puts between the signs is its own matter; a figure with another sign is another figure."""
    assert same_code("(493) 098-7654", "4930987654")
    assert same_code("AT61 1904 3002", "at6119043002")
    assert not same_code("KL-777/MN", "KL777MX")
    assert not same_code("-4930987654", "4930987654")
    assert not same_code("12", "1 2")
