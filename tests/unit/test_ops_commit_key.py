"""Commit keys: what counts as the same business effect, and what does not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.workflow import Once
from rpa_agent.ops.commit_key import Moment, commit_key, keys_in_batches

PARAMS = {"number": "7", "amount": "120.00"}


def key(once: Once | None = None, **changes: Any) -> str:
    where = {"origin": "https://shop.example", "workflow": "pay", "name": "release"}
    where |= {k: changes.pop(k) for k in tuple(where) if k in changes}
    params = changes.pop("params", PARAMS)
    at = Moment(**{"run": "r1", "day": date(2026, 11, 22), "occurrence": "o1", **changes})
    return commit_key(where["origin"], where["workflow"], where["name"], once=once, params=params, at=at)


NEXT_DAY, NEXT_MONTH = {"day": date(2026, 11, 23)}, {"day": date(2026, 12, 22)}
OTHER_RUN, OTHER_OCCURRENCE, BY_HAND = {"run": "r2"}, {"occurrence": "o2"}, {"occurrence": None}


@pytest.mark.parametrize(("once", "base", "same", "different"), [
    (Once(key=("number",), per="ever"), {}, [NEXT_DAY, NEXT_MONTH, OTHER_RUN, OTHER_OCCURRENCE, BY_HAND], []),
    (Once(key=("number",), per="day"), {}, [OTHER_RUN, OTHER_OCCURRENCE, BY_HAND], [NEXT_DAY, NEXT_MONTH]),
    (Once(key=("number",), per="month"), {}, [NEXT_DAY, OTHER_RUN, BY_HAND], [NEXT_MONTH]),
    (Once(key=("number",), per="occurrence"), {}, [NEXT_DAY, OTHER_RUN], [OTHER_OCCURRENCE, BY_HAND]),
    (Once(key=("number",), per="occurrence"), BY_HAND, [NEXT_DAY], [OTHER_RUN]),
    (Once(key=("number",), per="run"), {}, [OTHER_RUN], [OTHER_OCCURRENCE]),
    (Once(key=("number",), per="run"), BY_HAND, [NEXT_DAY], [OTHER_RUN]),
    (None, {}, [OTHER_RUN, OTHER_OCCURRENCE], [NEXT_DAY, BY_HAND]),
    (None, BY_HAND, [NEXT_DAY], [OTHER_RUN]),
    (None, {"has_rows": True, "row_key": "A"}, [NEXT_DAY, OTHER_RUN, OTHER_OCCURRENCE, BY_HAND], [{"row_key": "B"}]),
    (None, {"has_rows": True}, [NEXT_DAY, OTHER_RUN], [{"params": {"number": "8"}}]),
])
def test_periods(once: Once | None, base: dict[str, Any], same: list[Any], different: list[Any]) -> None:
    """The table of the contract: which difference makes another commit."""
    known = key(once, **base)
    assert all(key(once, **{**base, **change}) == known for change in same)
    assert all(key(once, **{**base, **change}) != known for change in different)


def test_rows_of_one_occurrence_are_commits_of_their_own() -> None:
    """Per run counts each row, also after a takeover under another run id."""
    once = Once(key=(), per="run")
    first = key(once, has_rows=True, row_key="A")
    assert first != key(once, has_rows=True, row_key="B")
    assert first == key(once, has_rows=True, row_key="A", run="r2")


def test_site_workflow_commit_and_values_count() -> None:
    """A test system's commit is not the live one's, and two values do not run into each other."""
    once = Once(key=("a", "b"))
    assert key(origin="https://test.example") != key()
    assert key(workflow="other") != key() and key(name="other") != key()
    assert key(once, params={"a": "1", "b": "23"}) != key(once, params={"a": "12", "b": "3"})
    assert key(once, params={"a": "1", "b": "2", "c": "x"}) == key(once, params={"b": "2", "a": "1"})


def test_the_origin_is_compared_as_browsers_do() -> None:
    """Path, capitals and the default port do not make another site; another port does."""
    assert key(origin="HTTPS://Shop.Example:443/app/") == key()
    assert key(origin="https://shop.example:8443") != key()


def test_invisible_differences_do_not_count() -> None:
    """A name typed with a combining accent and a stray space is the same name."""
    once = Once(key=("s",))
    assert key(once, params={"s": "Cafe\u0301  AG "}) == key(once, params={"s": "Caf\u00e9 AG"})
    assert key(once, params={"s": "7"}) != key(once, params={"s": "07"})


def test_a_key_fits_a_free_field() -> None:
    """Letters and digits only: some sites turn a plus into a space."""
    assert len(key()) == 32 and key().isalnum() and key().isupper()


def test_a_missing_value_is_refused() -> None:
    """A key without its value would make all commits one."""
    with pytest.raises(ParamsInvalid, match="number"):
        key(Once(key=("number",)), params={})


def test_what_was_shown_is_met_again_by_a_batch() -> None:
    """By all its values, by the row's key, and by a key that is added later; another record is met by none."""
    shown = {"number": "A-1", "amount": "12"}
    at = Moment(run="r1", day=date(2026, 11, 22), has_rows=True)
    known = keys_in_batches("http://h", "pay", "send", params=shown, at=at, identifying="number")
    once = Once(key=("number",))
    for number, met in (("A-1", True), ("A-2", False)):
        params = {**shown, "number": number}
        row = Moment(run="r2", day=date(2026, 12, 1), has_rows=True, row_key=number)
        later = [
            commit_key("http://h", "pay", "send", once=None, params=params, at=at.but(run="r2")),
            commit_key("http://h", "pay", "send", once=None, params=params, at=row),
            commit_key("http://h", "pay", "send", once=once, params=params, at=row),
        ]
        assert [key in known for key in later] == [met] * 3
    assert len(keys_in_batches("http://h", "pay", "send", params=shown, at=at)) == 1
