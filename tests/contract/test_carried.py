"""A file that goes from machine to machine is what was written, or it is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rpa_agent.domain.errors import ImportInvalid, UsageInvalid
from rpa_agent.store.carried import LESSON, MOST, RUN, carried, carry

CONTENT = {"run": "01J", "values": {"number": "RE-1", "name": "Müller"}, "steps": [1, 2, 3]}


def test_it_comes_back_as_it_went_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    carry(tmp_path / "a.json", RUN, CONTENT)
    assert carried(tmp_path / "a.json", RUN) == CONTENT
    assert (tmp_path / "a.json").stat().st_mode & 0o077 == 0
    with pytest.raises(UsageInvalid, match="exists already"):
        carry(tmp_path / "a.json", RUN, CONTENT)


@pytest.mark.parametrize(("change", "said"), [
    pytest.param(lambda text: text.replace("RE-1", "RE-2"), "not what was written", id="another value"),
    pytest.param(lambda text: text[:-20], "is no parked run", id="cut off"),
    pytest.param(lambda text: "", "is no parked run", id="empty"),
    pytest.param(lambda text: "[" * 100_000, "is no parked run", id="nested"),
    pytest.param(lambda text: "x" * (MOST + 1), "longer than", id="huge"),
    pytest.param(lambda text: json.dumps({**json.loads(text), "schema": 9}), "another version", id="of another version"),
    pytest.param(lambda text: json.dumps({**json.loads(text), "kind": LESSON}), "is no parked run", id="of another kind"),
])
def test_what_was_changed_on_the_way_is_refused(tmp_path: Path, change: Callable[[str], str], said: str) -> None:
    file = tmp_path / "a.json"
    carry(file, RUN, CONTENT)
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ImportInvalid, match=said):
        carried(file, RUN)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportInvalid, match="cannot be read"):
        carried(tmp_path / "none.json", RUN)
