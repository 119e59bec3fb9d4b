"""The memory commands on a real memory.db."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from rpa_agent.cli.border import run_command
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.memory import Memory

NAME, NAME_ID = "enter-supplier-invoice", "p_1"


def a_step(name: str) -> Step:
    fingerprint = Fingerprint(tag="button", role="button", name=name, capability="click")
    target = Target(variants=(Variant(fingerprint=fingerprint),))
    return Step(id="s1", kind="click", effect="commit", commit="file-invoice", target=target)


def document(name: str) -> Procedure:
    return Procedure(procedure="p_1", site="backoffice", task="Enter a supplier invoice", steps=(a_step(name),))


def learned(path: Path, *names: str) -> None:
    """Make a memory that was shown the workflow once per name."""

    async def work() -> None:
        async with Memory.open(path) as memory:
            for name in names:
                await memory.add(document(name), workflow=NAME, author="recording")

    asyncio.run(work())


@pytest.fixture
def known(project: Path) -> Path:
    learned(project / ".rpa" / "memory.db", "Save", "File invoice")
    return project


class Shell:
    """Runs `rpa memory …` and keeps what it said."""

    def __init__(self, capture: pytest.CaptureFixture[str], project: Path) -> None:
        self._capture, self._project = capture, project

    def __call__(self, *args: str) -> tuple[int, str, str]:
        code = run_command(["memory", *args, "--project", str(self._project)])
        return code, *self._capture.readouterr()

    def json(self, *args: str) -> Any:
        return json.loads(self(*args, "--json")[1])


@pytest.fixture
def memory(capsys: pytest.CaptureFixture[str], project: Path) -> Shell:
    return Shell(capsys, project)


def test_an_empty_memory_is_listed_without_making_one(memory: Shell, project: Path) -> None:
    """Looking leaves no file behind: a seed that comes later must still be copied."""
    code, out, err = memory("list")
    assert (code, out) == (0, "")
    assert "nothing was learned yet" in err
    assert not (project / ".rpa").exists()


def test_the_seed_is_read_where_there_is_no_working_copy(memory: Shell, project: Path) -> None:
    """A fresh checkout shows what it brings."""
    learned(project / "memory.db", "Save")
    assert memory.json("list")["items"][0]["workflow"] == NAME
    assert not (project / ".rpa").exists()


def test_list_and_show_speak_in_words(memory: Shell, known: Path) -> None:
    """The list names the active version, the page its steps and which one sends."""
    assert f"{NAME}  backoffice  2       2" in memory("list")[1]
    out = memory("show", NAME)[1]
    assert "1. click button 'File invoice' - sends file-invoice" in out
    assert "button 'Save'" in memory("show", NAME, "--version", "1")[1]
    assert memory.json("show", NAME)["document"]["steps"][0]["id"] == "s1"


def test_the_list_tells_how_what_is_not_active_stands(memory: Shell, known: Path, tmp_path: Path) -> None:
    """What came in a pack is untrusted until it has proved itself; what was retired is told so too."""
    assert memory("export", str(tmp_path / "know.pack"))[0] == 0
    (known / ".rpa" / "memory.db").unlink()
    assert memory("import", str(tmp_path / "know.pack"))[0] == 0
    assert f"{NAME}  backoffice  untrusted" in memory("list")[1]
    assert (memory.json("list")["items"][0]["active"], memory.json("list")["items"][0]["standing"]) == (None, "untrusted")
    assert memory("retire", NAME, "--reason", "gone")[0] == 0
    assert f"{NAME}  backoffice  retired" in memory("list")[1]


def test_an_unknown_name_lists_the_known_ones(memory: Shell, known: Path) -> None:
    """Exit 3 with the closest match."""
    code, _, err = memory("show", "enter-suplier-invoice")
    assert (code, f"did you mean {NAME}?" in err) == (3, True)


def test_diff_says_what_changed(memory: Shell, known: Path) -> None:
    """Without numbers it compares the active version with its parent."""
    lines = [item["change"] for item in memory.json("diff", NAME)["items"]]
    assert any("also known as button 'File invoice'" in line for line in lines)


def test_diff_of_what_was_only_shown_is_with_what_came_of_it(memory: Shell, known: Path) -> None:
    """Where the version in use has no parent, the newest that was learned from it is what a person wants to see."""
    memory("rollback", NAME, "--reason", "wrong button")
    told = memory.json("diff", NAME)
    assert (told["old"], told["new"]) == (1, 2)
    assert any("File invoice" in item["change"] for item in told["items"])


def test_rollback_and_retire_are_kept_in_the_history(memory: Shell, known: Path) -> None:
    """The way back erases nothing and says why."""
    assert memory.json("rollback", NAME, "--reason", "wrong button")["number"] == 1
    assert memory("retire", NAME, "--version", "2", "--reason", "gone")[0] == 0
    whys = [event["why"] for event in memory.json("history", NAME)["items"]]
    assert "wrong button" in whys
    assert len(memory.json("show", NAME)["document"]["steps"]) == 1


def test_search_finds_by_words_and_admits_when_none_fits(memory: Shell, known: Path) -> None:
    """An answer of none is an answer."""
    found = memory.json("search", "--words", "enter an invoice of a supplier")["items"]
    assert [f["workflow"] for f in found] == [NAME]
    assert memory.json("search", "--words", "feed the zebra")["items"] == []
    for task, *more, why in (("feed the zebra", "--explain` shows"), ("", "no word"), ("the 4711", "--explain", "no word")):
        assert why in memory("search", "--words", task, *more)[2]


def test_what_was_published_is_sound_and_merges_back_to_nothing(memory: Shell, known: Path) -> None:
    """One file that can be committed; bringing it in again brings nothing new."""
    assert memory("publish")[0] == 0
    assert (known / "memory.db").exists()
    merged = memory.json("merge")
    assert (merged["versions"], merged["known"]) == (0, 2)
    assert memory("dump")[1] == memory("dump", str(known / "memory.db"))[1]
    assert memory("verify")[0] == 0


def test_publishing_nothing_is_refused(memory: Shell) -> None:
    """Without a working copy there is nothing to publish."""
    assert memory("publish")[0] == 3


def test_what_does_the_same_is_merged_and_parted_on_a_persons_word(known: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list tells who goes on for whom; what is merged cannot be decided on by itself."""
    async def shown_twice() -> None:
        async with Memory.open(known / ".rpa" / "memory.db") as memory:
            await memory.add(document("File invoice").but(procedure="p_2"), workflow="file-invoice", author="recording")

    asyncio.run(shown_twice())
    memory = Shell(capsys, known)
    assert memory.json("tidy") == {"schema": 1, "merged": [["p_2", NAME_ID]], "asleep": []}
    assert "nothing to tidy" in "".join(memory("tidy")[1:])
    assert f"same as {NAME_ID}" in memory("list")[1]
    code, _, said = memory("retire", "file-invoice")
    assert code == 3
    assert "rpa memory split" in said
    assert memory("split", "file-invoice")[0] == 0
    assert memory("split", "file-invoice")[0] == 3
    assert "same as" not in memory("list")[1]
