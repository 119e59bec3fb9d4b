"""A process that is killed between any two statements of a lesson: memory has all of it or nothing, and takes it in once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import learning
import pytest

from rpa_agent.memory import Memory
from rpa_agent.memory.rows import rows
from rpa_agent.store.hashes import canonical

TABLES = (
    "procedures", "versions", "history", "facts", "uses", "counts", "edits", "elements", "interruptions", "applied", "words"
)
HERE = Path(__file__).parent


async def told(path: Path) -> str:
    """Return all that a memory knows, as text."""
    async with Memory.open(path) as memory:
        assert await memory.verify() == []
        return await memory.shelf.read(
            lambda db: canonical({table: rows(db, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES})
        )


async def learned(path: Path, which: str, *, times: int = 1) -> str:
    async with Memory.open(path, now=lambda: learning.NOON) as memory:
        for _ in range(times):
            await learning.learn(memory, learning.VERDICTS[which]())
    return await told(path)


@pytest.mark.parametrize("which", ["promoting", "teaching"])
async def test_a_lesson_is_taken_in_whole_and_once_wherever_the_process_dies(tmp_path: Path, which: str) -> None:
    """Killed with SIGKILL before each statement in turn; what was left is then applied, and applied again."""
    seed = tmp_path / "seed.db"
    await learning.prepare(seed)
    before = await told(seed)
    shutil.copy(seed, tmp_path / "whole.db")
    after = await learned(tmp_path / "whole.db", which)
    assert before != after
    died = killed(seed, tmp_path, which)
    assert died > 10, "one statement for each thing it writes"
    for statement in range(died):
        path = tmp_path / f"{statement}.db"
        assert await told(path) == before, f"killed before statement {statement}: nothing of it may be there"
        assert await learned(path, which, times=2) == after, "taken in afterwards, and the second time changes nothing"
    assert await told(tmp_path / f"{died}.db") == after


def killed(seed: Path, folder: Path, which: str) -> int:
    """Let a process die before each statement, each on a copy of its own; return how many there were."""
    paths = os.pathsep.join([str(HERE.parents[1]), str(HERE.parent)])
    done = subprocess.run(
        [sys.executable, str(HERE / "learning.py"), str(seed), str(folder), which],
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
