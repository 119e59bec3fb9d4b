"""Finding the procedure that fits: by words, by meaning, by experience, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from memory_making import document, learned, with_variant

from rpa_agent.domain.change import MemoryChange, Use
from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.memory import Memory
from rpa_agent.memory.words import mask_entities

TASKS = {
    "enter-invoice": "Enter a supplier invoice and file it for approval",
    "pay": "Release approved payments of the day",
    "statement": "Download the monthly bank statement as PDF",
    "customer": "Update the postal address of a customer",
}
TOPICS = (("invoice", "bill"), ("payments", "money"), ("statement", "account"), ("customer", "address", "move"))


class Topics:
    """An embedder that knows four topics by their words, and counts how often it was asked."""

    name = "topics"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.texts += texts
        return [[0.05 + sum(w in text.casefold().split() for w in topic) for topic in TOPICS] for text in texts]


class Missing:
    """An embedder whose model is not there."""

    name = "missing"
    asked = 0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += 1
        raise ModelUnavailable("the embedding package is not installed")


async def fill(memory: Memory) -> None:
    for number, (workflow, task) in enumerate(TASKS.items()):
        site = "bank" if workflow == "statement" else "backoffice"
        await memory.add(document(task, procedure=f"p_{workflow}", site=site), workflow=workflow, author="recording",
                         note=str(number))


@pytest.mark.parametrize(
    ("query", "expected"),
    [("Enter supplier invoices", "enter-invoice"), ("release payments for 2026-11-30", "pay"),
     ("download bank statement of March 2026", "statement"), ("update a customer's address", "customer")],
)
async def test_words_find_the_procedure(tmp_path: Path, query: str, expected: str) -> None:
    """Without any model the right procedure is first, and the answer says that words alone found it."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await fill(memory)
        first = (await memory.search(query))[0]
        assert first.version.procedure == f"p_{expected}"
        assert first.reason.startswith("fits ")
        assert "meaning" not in first.reason
        assert first.reason.endswith("lexical only: no embedding model was given")


@pytest.mark.parametrize("query", ["Book a flight to Lisbon", "water the plants", "", "  ", '"x" OR *', "NEAR("])
async def test_nothing_fits_is_an_answer(tmp_path: Path, query: str) -> None:
    """Below the floor the list is empty; signs of the search language are only text."""
    for embedder in (None, Topics()):
        async with Memory.open(tmp_path / "memory.db", embedder=embedder) as memory:
            await fill(memory)
            assert await memory.search(query) == []


async def test_an_empty_memory_answers_nothing(tmp_path: Path) -> None:
    """Searching before anything was recorded is no error, with or without a model."""
    for embedder in (None, Topics()):
        async with Memory.open(tmp_path / "memory.db", embedder=embedder) as memory:
            assert await memory.search("Enter a supplier invoice") == []


async def test_meaning_finds_what_words_miss(tmp_path: Path) -> None:
    """A task in other words is found by its vector, and the reason gives the cosine."""
    async with Memory.open(tmp_path / "memory.db", embedder=Topics()) as memory:
        await fill(memory)
        first = (await memory.search("enter a bill of the supplier"))[0]
        assert first.version.procedure == "p_enter-invoice"
        assert "meaning 1.00" in first.reason
        assert "lexical only" not in first.reason


async def test_known_texts_are_embedded_once(tmp_path: Path) -> None:
    """A text that recurs never asks the model again, not even after the file was closed."""
    path, topics, later = tmp_path / "memory.db", Topics(), Topics()
    async with Memory.open(path, embedder=topics) as memory:
        await fill(memory)
        for _ in range(2):
            await memory.search("pay the bill")
        assert len(topics.texts) == len(set(topics.texts)) == len(TASKS) + 1
    async with Memory.open(path, embedder=later) as memory:
        await memory.search("pay the bill")
        assert later.texts == []
        await memory.add(document("Close the account", procedure="p_5"), workflow="close", author="recording")
        await memory.search("pay the bill")
        assert later.texts == ["Close the account"]


async def test_a_missing_model_is_reported_and_asked_once(tmp_path: Path) -> None:
    """Search goes on with words, says why, and does not try to load the model for every query."""
    missing = Missing()
    async with Memory.open(tmp_path / "memory.db", embedder=missing) as memory:
        await fill(memory)
        for _ in range(2):
            first = (await memory.search("Enter supplier invoices"))[0]
            assert first.reason.endswith("lexical only: the embedding package is not installed")
        assert missing.asked == 1


async def test_the_same_site_comes_first_and_others_are_marked(tmp_path: Path) -> None:
    """A procedure of another site is never passed off as one of this site."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        for site in ("alpha", "beta", "gamma"):
            await memory.add(document(procedure=f"p_{site}", site=site), workflow="enter", author="recording")
        found = await memory.search("Enter a supplier invoice", site="beta")
        assert [(r.version.document.site, r.arm) for r in found] == [
            ("beta", "same_site"), ("alpha", "other_site"), ("gamma", "other_site")]
        assert "same site" in found[0].reason
        assert "other site (alpha)" in found[1].reason


async def test_experience_decides_between_equals(tmp_path: Path) -> None:
    """Of two that fit equally the proven one is first; faults of site and login count against neither."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        for name in ("a", "b", "c"):
            await memory.add(document(procedure=f"p_{name}"), workflow=name, author="recording")
        for number, (name, outcome, own) in enumerate(
            [("a", "failed", True), ("b", "succeeded", False), ("c", "failed", False), ("c", "failed", False)]
        ):
            use = Use(run=f"r{number}", procedure=f"p_{name}", version=1, outcome=outcome, own_fault=own)
            await memory.apply(MemoryChange(run=use.run, procedure=use.procedure, use=use))
        found = await memory.search("Enter a supplier invoice")
        assert [(r.version.procedure, round(r.value, 2)) for r in found] == [("p_b", 0.67), ("p_c", 0.5), ("p_a", 0.33)]


async def test_experience_does_not_stand_in_for_what_was_asked_for(tmp_path: Path) -> None:
    """However often approving has worked, who asks to file an invoice is offered what files one."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        for name, task in (("enter", TASKS["enter-invoice"]), ("approve", "Approve a supplier invoice")):
            await memory.add(document(task, procedure=f"p_{name}"), workflow=name, author="recording")
        for number in range(20):
            use = Use(run=f"r{number}", procedure="p_approve", version=1, outcome="succeeded", own_fault=False)
            await memory.apply(MemoryChange(run=use.run, procedure=use.procedure, use=use))
        assert (await memory.search("File a supplier's invoice"))[0].version.procedure == "p_enter"


async def test_only_living_versions_are_offered(tmp_path: Path) -> None:
    """A retired procedure is not found; a candidate comes along with the active version it would replace."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow="enter", author="recording")
        await memory.apply(learned("r1", with_variant(document(), "s2", "File")))
        recall = (await memory.search("Enter a supplier invoice"))[0]
        assert recall.candidate is not None
        assert (recall.version.number, recall.candidate.number) == (1, 2)
        await memory.retire("p_1", why="gone")
        assert await memory.search("Enter a supplier invoice") == []


async def test_no_more_than_asked_for(tmp_path: Path) -> None:
    """k bounds the answer; without explanations the reasons are empty."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        for number in range(8):
            await memory.add(document(procedure=f"p_{number}"), workflow=f"w{number}", author="recording")
        assert len(await memory.search("Enter a supplier invoice")) == 3
        assert len(await memory.search("Enter a supplier invoice", k=5)) == 5
        assert await memory.search("Enter a supplier invoice", k=0) == []
        assert {r.reason for r in await memory.search("Enter a supplier invoice", explain=False)} == {""}


async def test_a_new_task_of_a_new_version_is_what_counts(tmp_path: Path) -> None:
    """A procedure is found by what its version in use is about, after a rollback too."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document("Release payments"), workflow="w", author="recording")
        await memory.add(document("Download bank statements"), workflow="w", author="recording")
        assert await memory.search("Release payments") == []
        await memory.rollback("p_1", 1, why="mistake")
        assert (await memory.search("Release payments"))[0].version.number == 1


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Enter invoice {{ number }} of {{ supplier }}", "Enter invoice _ of _"),
        ("Enter invoice INV-0042 over 1.234,50 € from Muster GmbH", "Enter invoice _ over _ € from _"),
        ('Search for "red shoes" and add them', "Search for _ and add them"),
        ("Pay everything due on 31.12.2026, or March 3, 2027", "Pay everything due on _"),
        ("Post to r/books of a11y/site.com for jo_smith, openBill what I spent", "Post to _ of _ for _ what I spent"),
        ("Invite ['Jo Ann', 'max'] to the University of Bonn", "Invite _ to the _"),
        ("Show me the market report", "Show me the market report"),
        ("Rechnung des Lieferanten Muster erfassen", "Rechnung des Lieferanten Muster erfassen"),
        ("Enter Supplier Invoice", "Enter Supplier Invoice"),
        ("Done. Close the window", "Done. Close the window"),
        ("", ""),
    ],
)
def test_what_changes_from_case_to_case_is_masked(text: str, masked: str) -> None:
    """Names, numbers, dates and quotes go; the words of the work stay."""
    assert mask_entities(text) == masked


def test_a_huge_or_hostile_task_is_masked_quickly() -> None:
    """Length and repetition do not matter."""
    for text in ("a" * 100_000, "1" * 100_000, '"' * 100_000, "A-" * 50_000, "{{ " * 30_000, "Ab " * 30_000):
        assert len(mask_entities(text)) <= 8_000
