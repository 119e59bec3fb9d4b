"""The benchmark `apps`: it tells what a run changed beyond what was shown, and who only believed to be well."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from benchmarks.apps import Ran, measure
from benchmarks.suite import Suite, SuiteUnfit, changed, more_than, rows_of


def database(path: Path, *statements: str) -> Path:
    with sqlite3.connect(path) as db:
        for statement in statements:
            db.execute(statement)
    return path


def test_an_altered_row_counts_once_and_a_new_one_once(tmp_path: Path) -> None:
    before = rows_of(database(tmp_path / "db", "CREATE TABLE bill (what TEXT)", "INSERT INTO bill VALUES ('a'), ('b')"))
    after = rows_of(
        database(tmp_path / "db", "UPDATE bill SET what = 'c' WHERE what = 'a'", "INSERT INTO bill VALUES ('d')")
    )
    assert changed(before, after) == {"bill": 2}


def test_a_run_may_change_what_was_shown_and_nothing_beyond_it() -> None:
    assert more_than({"bill": 1}, {"bill": 1}) == []
    assert more_than({"bill": 1}, {"bill": 2, "person": 1}) == ["bill: 2 rows, shown 1", "person: 1 rows, shown 0"]


def test_who_says_it_succeeded_without_reaching_the_goal_did_wrong() -> None:
    assert Ran(False, {"outcome": "succeeded"}, ()).wrong
    assert not Ran(False, {"outcome": "needs_person"}, ()).wrong
    assert not Ran(True, {"outcome": "succeeded"}, ()).wrong


def test_a_folder_that_is_no_suite_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(SuiteUnfit, match=r"realapps\.py"):
        Suite.at(tmp_path)
    assert measure(quick=True, suite=tmp_path).not_run == [f"{tmp_path} holds no realapps.py"]


def test_without_a_suite_nothing_is_measured_and_it_says_so() -> None:
    assert measure(quick=True).not_run
