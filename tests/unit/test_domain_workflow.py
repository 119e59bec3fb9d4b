"""The workflow file's values: what is refused, and with which words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.spans import seconds
from rpa_agent.domain.workflow import Check, Output, Param, Workflow

LEAST: dict[str, Any] = {"name": "pay", "task": "Pay", "base_url": "http://x", "success": "none"}


def told(**changes: Any) -> str:
    with pytest.raises(ValidationError) as error:
        Workflow.model_validate({**LEAST, **changes})
    return str(error.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Pay Now"}, "name"),
        ({"name": "-pay"}, "name"),
        ({"base_url": "ftp://x"}, "not an http(s) address"),
        ({"base_url": "x"}, "not an http(s) address"),
        ({"success": []}, "at least one check"),
        ({"task": ""}, "task"),
        ({"params": {"a b": {}}}, "not a name"),
        ({"params": {"a": {}}, "secrets": ["a"]}, "both a parameter and a secret"),
        ({"outputs": {"a": {}}, "secrets": ["a"]}, "both an output and a secret"),
        ({"secrets": ["command"]}, "RPA_SECRET_COMMAND is a setting"),
        ({"secrets": ["state_key"]}, "cannot be called 'state_key'"),
        ({"params": {"today": {}}}, "the day of the run"),
        ({"commits": [{"name": "file", "once": {"key": ["nope"]}}]}, "no parameter"),
        ({"commits": [{"name": "file", "once": {"key": ["all"]}}], "outputs": {"all": {"type": "table"}}}, "no value that is read"),
        ({"colour": 1}, "colour"),
        ({"schedule": [{"cron": "0 7 * *"}]}, "five fields"),
        ({"schedule": [{}]}, "exactly one of"),
        ({"schedule": [{"every": "soon"}]}, "span of time"),
        ({"schedule": [{"every": "1h", "timezone": "Mars"}]}, "time zone"),
    ],
)
def test_what_is_wrong_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    """The message says what is expected."""
    assert words in told(**changes)


@pytest.mark.parametrize("check", [{}, {"visible": "a", "hidden": "b"}])
def test_a_check_measures_exactly_one_thing(check: dict[str, str]) -> None:
    """Neither nothing nor two."""
    with pytest.raises(ValidationError, match="exactly one of"):
        Check.model_validate(check)


def test_defaults_are_the_careful_ones() -> None:
    """Nothing is repeated, adopted or opened unless somebody says so."""
    workflow = Workflow.model_validate({**LEAST, "base_url": "http://x/"})
    assert (workflow.base_url, workflow.gate, workflow.adopt, workflow.repair) == ("http://x", "learned", "ask", None)
    assert workflow.site_name() == "x"
    assert workflow.checks() == ()
    assert Schedule(every="1h").misfire == "run_once"


def test_spans_are_read_in_their_units() -> None:
    """And nothing else is."""
    assert [seconds(s) for s in ("250ms", "1.5s", "2m", " 3h ", "1d")] == [0.25, 1.5, 120, 10800, 86400]
    for bad in ("", "5", "-1s", "1w", "1s 2s"):
        with pytest.raises(ValueError, match="span of time"):
            seconds(bad)


def test_canonical_text_refuses_what_is_out_of_range() -> None:
    """With the value and the border."""
    with pytest.raises(ValueError, match="11 is above 10"):
        Param(type="integer", max=10).canonical("11")
    with pytest.raises(ValueError, match="whole number"):
        Param(type="integer").canonical("1.5")
    assert Param().canonical("  as typed ") == "  as typed "
    assert Output(text="Filed as {{ id }}").type == "string"
