"""What others rely on memory for: nothing acknowledged is lost when the process is killed, and the model is sound."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest

import rpa_agent
from rpa_agent.domain.change import MemoryChange, NewVersion, Use
from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.memory import Memory
from rpa_agent.memory.embeddings import SentenceTransformersEmbedder

KILLS = 10

WORKER = """
import asyncio, sys
from pathlib import Path
from rpa_agent.domain.change import MemoryChange, NewVersion, Use
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.memory import Memory

async def main(path, first):
    async with Memory.open(path) as memory:
        doc = Procedure(procedure="p", site="s", task="t", steps=(Step(id="s1", kind="back"),))
        if not await memory.procedures():
            await memory.add(doc, workflow="w", author="recording")
        for n in range(first, first + 100_000):
            parent = (await memory.known(site="s", workflow="w"))[0].number
            written = await memory.apply(MemoryChange(
                run=f"r{n}", procedure="p",
                use=Use(run=f"r{n}", procedure="p", version=parent, outcome="succeeded"),
                new_version=NewVersion(document=doc.but(task=f"t{n}"), parent=parent, status="active", author="test"),
            ))
            print(n, written.number, flush=True)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


async def killed_while_writing(path: Path, first: int, acknowledged: int) -> dict[int, int]:
    """Start a writer, kill it while it goes on after some acknowledgements; return run numbers and their versions."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(path), str(first), stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(rpa_agent.__file__).parents[1])},
    )
    assert process.stdout is not None
    acked: dict[int, int] = {}
    while len(acked) < acknowledged:
        line = await process.stdout.readline()
        assert line, "the writer ended by itself"
        run, number = line.split()
        acked[int(run)] = int(number)
    process.send_signal(signal.SIGKILL)
    for line in (await process.stdout.read()).splitlines(keepends=True):
        if line.endswith(b"\n"):
            run, number = line.split()
            acked[int(run)] = int(number)
    assert await process.wait() == -signal.SIGKILL
    return acked


async def test_no_acknowledged_version_is_lost_by_a_kill(tmp_path: Path) -> None:
    """Killed at any moment, memory opens again with everything it said it had written, each run applied once."""
    path, chance = tmp_path / "memory.db", random.Random(7)
    acked: dict[int, int] = {}
    for kill in range(KILLS):
        acked |= await killed_while_writing(path, 100_000 * kill, chance.randint(1, 25))
        async with Memory.open(path) as memory:
            assert await memory.verify() == []
            found = {v.number: v for v in await memory.versions("p")}
            assert {found[number].document.task for number in acked.values()} == {f"t{run}" for run in acked}
            assert [v.number for v in found.values() if v.status == "active"] == [max(found)]
            uses = await memory.uses("p")
            assert len(uses) == len({use.run for use in uses}) == len(found) - 1
    assert len(acked) >= KILLS


async def test_a_run_applied_before_the_kill_is_not_applied_again(tmp_path: Path) -> None:
    """After a crash the leftovers are applied once more; memory answers with the version of the first time."""
    path = tmp_path / "memory.db"
    acked = await killed_while_writing(path, 0, 3)
    doc = Procedure(procedure="p", site="s", task="again", steps=(Step(id="s1", kind="back"),))
    async with Memory.open(path) as memory:
        before = len(await memory.versions("p"))
        for run, number in acked.items():
            again = await memory.apply(MemoryChange(
                run=f"r{run}", procedure="p", use=Use(run=f"r{run}", procedure="p", version=1, outcome="failed"),
                new_version=NewVersion(document=doc, parent=1, status="active", author="test"),
            ))
            assert again is not None
            assert (again.number, again.document.task) == (number, f"t{run}")
        assert len(await memory.versions("p")) == before


async def test_processes_that_start_together_share_one_memory(tmp_path: Path) -> None:
    """Two writers on a memory that neither of them finds: every acknowledged change of both is there."""
    path = tmp_path / "memory.db"
    async with Memory.open(path) as memory:
        doc = Procedure(procedure="p", site="s", task="t", steps=(Step(id="s1", kind="back"),))
        await memory.add(doc, workflow="w", author="recording")
    both = await asyncio.gather(killed_while_writing(path, 0, 20), killed_while_writing(path, 100_000, 20))
    async with Memory.open(path) as memory:
        tasks = {v.number: v.document.task for v in await memory.versions("p")}
        for acked in both:
            assert {tasks[number] for number in acked.values()} == {f"t{run}" for run in acked}
        assert await memory.verify() == []


def test_the_local_model_tells_meanings_apart_or_says_what_is_missing() -> None:
    """With the embedding package a paraphrase is nearer than another task; without it the error says what to do."""
    texts = ["log in to the shop", "sign in to the shop", "delete the invoice"]
    try:
        a, b, c = SentenceTransformersEmbedder().embed(texts)
    except ModelUnavailable as e:
        assert "pip install" in e.remedy
        return
    near, far = (sum(x * y for x, y in zip(a, other, strict=True)) for other in (b, c))
    assert sum(x * x for x in a) == pytest.approx(1, abs=1e-4)
    assert near > 0.7 > 0.4 > far


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    """A configured path without a model is an error, and so is a name that is nowhere; nothing is fetched."""
    for model in (tmp_path, "no-such-owner/no-such-model"):
        with pytest.raises(ModelUnavailable):
            SentenceTransformersEmbedder(model).embed(["text"])
