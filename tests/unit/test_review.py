"""The end of a recording at a terminal: nothing is kept before the person agrees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from shown import build, click, fill, invoice, login, post

from rpa_agent.build import Built
from rpa_agent.cli.review import review


def saying(*lines: str) -> Callable[[str], str]:
    """A person who says these lines and then leaves."""
    left = list(lines)

    def ask(question: str) -> str:
        if not left:
            raise EOFError
        return left.pop(0)

    return ask


def test_enter_keeps_it_as_it_is() -> None:
    """The proposal was right."""
    built = invoice()
    assert review(built, saying("")) == built


@pytest.mark.parametrize("lines", [("discard",), (), ("9 draft", "no")])
def test_who_does_not_agree_keeps_nothing(lines: tuple[str, ...]) -> None:
    """Saying so, or leaving."""
    assert review(invoice(), saying(*lines)) is None


def test_corrections_are_made_one_by_one_and_each_page_has_its_own_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """After step 5 is left out, what was step 6 is step 5."""
    built = review(invoice(), saying("5 delete", "5 name=total", ""))
    assert built is not None
    assert list(built.workflow.params) == ["total", "due_date", "currency"]
    assert "5. Type ‹total› into the field “Amount”." in capsys.readouterr().out


def test_a_wrong_line_is_told_and_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else changes."""
    built = invoice()
    assert review(built, saying("5 drafft", "help", "")) == built
    err = capsys.readouterr().err
    assert "'drafft' is unknown" in err
    assert "9 delete: leave the step out" in err


def test_a_correction_can_be_undone() -> None:
    """The last one first; more than there are does no harm."""
    built = invoice()
    assert review(built, saying("9 draft", "8 optional", "undo", "undo", "undo", "y")) == built


def test_what_is_open_is_asked_once_more_before_it_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """A person may leave it open; then running asks."""
    built: Built = build(*login(), fill("Due", "03/04/2026"), click("Save", post("/s", d="03/04/2026")), language="")
    assert review(built, saying("")) is None
    assert "still open" in capsys.readouterr().err
    assert review(built, saying("", "")) == built
