"""What values are called where more than one thing, or next to nothing, names their field."""

from __future__ import annotations

from typing import Any

import pytest
from shown import build, click, fill, tick


def test_a_text_beside_several_fields_names_the_first_of_them() -> None:
    """A login box headed "Login": its password is called by its own name."""
    beside = {"near": ("Login",), "heading": "Login"}
    who = fill("", "clerk", url="/in", traits={**beside, "name_attr": "__login_name"})
    own = {**beside, "type": "password", "name_attr": "__login_password"}
    built = build(who, fill("", "k", url="/in", secret=True, input_type="password", traits=own))
    assert list(built.secrets) == ["login", "login_password"]


def test_a_field_that_only_its_own_name_calls_is_called_by_that_in_words() -> None:
    """For people."""
    built = build(fill("", "lamp", traits={"name_attr": "@search_text"}))
    assert built.workflow.params["search_text"].label == "Search text"


@pytest.mark.parametrize(("kind", "name"), [("date", "date"), ("text", "add")])
def test_a_heading_says_less_of_a_field_than_that_it_holds_a_date(kind: str, name: str) -> None:
    """But more than nothing."""
    traits = {"near": ("Add",), "heading": "Add", "type": kind}
    assert list(build(fill("", "2026-03-04", input_type=kind, traits=traits)).workflow.params) == [name]


def box(*cells: str) -> Any:
    fp = {"label": "", "in_data": True, "name_attr": "chosen", "row": {"key": cells[0], "index": 0, "count": 3}}
    seen = {"cells": cells, "headers": ("Title", "By"), "unique": (True, False), "own": -1, "count": 3}
    return tick("", url="/list", traits=fp, row=seen)


def test_what_two_chosen_records_were_searched_for_names_neither() -> None:
    """Spam offer and Spam pills; each is a value of its own."""
    searched = fill("Keyword", "Spam", url="/list")
    built = build(searched, box("Spam offer", "Ann"), box("Spam pills", "Bo"), click("Reject", url="/list"))
    assert built.examples == {"keyword": "Spam", "title": "Spam offer", "title_2": "Spam pills"}
    keys = [s.target.variants[0].fingerprint.row for s in built.procedure.steps if s.kind == "check" and s.target]
    assert [row.key for row in keys if row] == ["{{ title }}", "{{ title_2 }}"]


def test_what_one_chosen_record_was_searched_for_names_it() -> None:
    """Its title says it, wherever that is said again."""
    searched = fill("Number", "RE-77", url="/list")
    built = build(searched, box("RE-77", "Ann"), click("Reject", url="/list"))
    assert "title" not in built.examples
