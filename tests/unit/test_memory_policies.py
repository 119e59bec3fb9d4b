"""Memp's ways of retrieving, by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from memory_making import document

from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.memory import Memory
from rpa_agent.memory.policies import retrieve_by

TASKS = ("Enter an invoice", "Pay a bill", "Close the account")


class Letters:
    """An embedder by the letters of a text."""

    name = "letters"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[0.01 + text.casefold().count(chr(97 + n)) for n in range(26)] for text in texts]


async def fill(memory: Memory) -> None:
    for n, task in enumerate(TASKS):
        await memory.add(document(task, procedure=f"p_{n}"), workflow=f"w{n}", author="recording")


@pytest.mark.parametrize("policy", ["query", "avefact"])
async def test_vectors_of_task_or_keywords_find_the_nearest(tmp_path: Path, policy: str) -> None:
    """The nearest is first, and even what nothing fits has an answer: that is what they lack."""
    async with Memory.open(tmp_path / "memory.db", embedder=Letters()) as memory:
        await fill(memory)
        for n, task in enumerate(TASKS):
            found = await retrieve_by(policy, memory, task, k=2)  # type: ignore[arg-type]
            assert found[0].version.procedure == f"p_{n}"
            assert len(found) == 2
        assert await retrieve_by(policy, memory, "Water the plants")  # type: ignore[arg-type]
        assert await retrieve_by("hybrid", memory, "Water the plants") == []


async def test_at_random_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    """A sample without a key; a retired procedure is never in it."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await fill(memory)
        await memory.retire("p_1", why="gone")
        samples = [[r.version.procedure for r in await retrieve_by("random", memory, "", seed=s)] for s in (1, 1, 2, 3, 4)]
        assert samples[0] == samples[1]
        assert all(sorted(s) == ["p_0", "p_2"] for s in samples)


async def test_without_vectors_it_says_what_is_missing(tmp_path: Path) -> None:
    """Memp's policies are vectors only; an empty memory answers nothing."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await fill(memory)
        with pytest.raises(ModelUnavailable):
            await retrieve_by("query", memory, "Pay")
    async with Memory.open(tmp_path / "empty.db", embedder=Letters()) as memory:
        for policy in ("random", "query", "avefact", "hybrid"):
            assert await retrieve_by(policy, memory, "Pay") == []  # type: ignore[arg-type]
