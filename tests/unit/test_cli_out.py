"""What commands say: JSON and text, errors in two lines, nothing that drives the terminal."""

from __future__ import annotations

import json

import pytest

from rpa_agent.cli.out import answer, answer_error, answer_items, answer_table, harmless
from rpa_agent.domain.errors import BrowserMissing, WorkflowInvalid


def test_control_characters_of_a_page_never_reach_the_terminal() -> None:
    """A button named with escape codes or direction marks is shown, not obeyed."""
    assert harmless("Save\x1b[2J\u202e now\n") == "Save\ufffd[2J\ufffd now\n"


def test_a_table_is_aligned_and_holds_one_row_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Wide characters count two columns, line breaks become spaces."""
    answer_table([("東京", 1), ("a\nb", 22)], "CITY", "N")
    assert capsys.readouterr().out == "CITY  N\n東京  1\na b   22\n"


def test_an_empty_table_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Data on stdout is data only."""
    answer_table([], "CITY")
    assert capsys.readouterr().out == ""


def test_lists_share_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    """`schema` and `items`, whatever the command."""
    answer_items([{"a": "ü"}], more=1)
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "items": [{"a": "ü"}], "more": 1}


def test_an_error_is_two_lines_of_talk(capsys: pytest.CaptureFixture[str]) -> None:
    """What happened and what to do, on stderr."""
    answer_error(WorkflowInvalid("line 3: no", where="w.yaml:3"), as_json=False)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "rpa: w.yaml:3: line 3: no\n     Correct the file, then run `rpa validate`.\n")


def test_an_error_as_json_is_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asked for JSON gets JSON, on stdout."""
    answer_error(BrowserMissing(), as_json=True)
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "browser_missing"
    assert set(error) == {"code", "message", "do", "where"}


def test_text_goes_to_stdout_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    """Letters of any language stay."""
    answer("Größe 東京")
    assert capsys.readouterr().out == "Größe 東京\n"
