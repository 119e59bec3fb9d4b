"""Differences in plain words, and the whole memory as a text that can be compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from memory_making import SITE, WORKFLOW, document, learned, step, with_variant

from rpa_agent.domain.change import ElementSeen
from rpa_agent.domain.procedure import Expectation, Version
from rpa_agent.memory import Memory
from rpa_agent.memory.diff import diff, dump


def version(number: int, doc, status: str = "active") -> Version:
    return Version(procedure="p_1", number=number, status=status, document=doc)


def test_equal_versions_differ_in_nothing() -> None:
    """No line means nothing to look at."""
    assert diff(version(1, document()), version(2, document())) == []


def test_a_learned_look_is_named_with_its_origin() -> None:
    """A clerk reads what the button is called now and who found it."""
    lines = diff(version(1, document(), "retired"), version(2, with_variant(document(), "s2", "File invoice")))
    assert lines == ["status: retired -> active", "step 2 'Save': also known as button 'File invoice' (fingerprint)"]


def test_steps_added_removed_moved_and_changed_are_named() -> None:
    """Every kind of change to the steps has its line."""
    a = document(steps=(step("s1", "New"), step("s2", "Draft"), step("s3", "Save"), step("s4", "Close")))
    b = document(steps=(
        step("s1", "New", optional=True, expect=Expectation(url="{base}/new")), step("s3", "Save"),
        step("s9", "OK", optional=True), step("s4", "Close"),
    ))
    assert diff(version(1, a), version(2, b)) == [
        "step 2 'Draft': removed",
        "step 1 'New': optional: False -> True",
        "step 1 'New': expects something else (url)",
        "step 3 'OK': added, click, optional",
    ]
    swapped = document(steps=(step("s2", "Draft"), step("s1", "New")))
    assert "step 1 'Draft': moved, was step 2" in diff(version(1, a), version(2, swapped))


def test_parameters_facts_and_words_are_compared() -> None:
    """What changes for the person who gives the values is said."""
    a = document(params=("amount",), facts=("old",), script="1")
    b = document("Enter a bill", params=("amount", "due"), facts=("new",), script="2")
    assert diff(version(1, a), version(2, b)) == [
        "parameter added: due", "fact removed: old", "fact added: new",
        "task: 'Enter a supplier invoice' -> 'Enter a bill'", "script changed",
    ]


def same_day(name: str) -> Callable[[], str]:
    """Return a clock that stands at another hour of the same day for each name."""
    return lambda: f"2026-11-22T{10 + ord(name) % 10}:00:00Z"


async def teach(memory: Memory) -> None:
    await memory.add(document(facts=("needs a due date",)), workflow=WORKFLOW, author="recording")
    doc = with_variant(document(), "s2", "File")
    element = ElementSeen(site=SITE, key="k", variant=doc.steps[1].target.variants[1])
    await memory.apply(learned("r1", doc, status="active", elements=(element,), rejected=({"op": "skip"},)))
    await memory.rollback("p_1", why="undone")


async def test_memories_of_equal_content_have_equal_dumps(tmp_path: Path) -> None:
    """Neither salts, caches, clock times nor file layout show; any difference in content does."""
    texts = []
    for name in ("a", "b"):
        async with Memory.open(tmp_path / f"{name}.db", now=same_day(name)) as memory:
            await teach(memory)
            if name == "b":
                await memory.search("anything at all")
            texts.append(await dump(memory))
            if name == "b":
                await memory.set_status("p_1", 1, "suspect", "twice")
                texts.append(await dump(memory))
    assert texts[0] == texts[1] != texts[2]
    for part in ("procedure p_1", "version 2, after 1", "evidence r1", "File", "element", "needs a due date", "count"):
        assert part in texts[0]
