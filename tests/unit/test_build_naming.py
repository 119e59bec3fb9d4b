"""What values are called where more than one thing, or next to nothing, names their field."""

from __future__ import annotations

import pytest
from shown import build, fill


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
