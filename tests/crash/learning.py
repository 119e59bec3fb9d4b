"""`python learning.py SEED FOLDER WHICH`: learns in a copy of SEED for each statement, in a process that is killed right before
it; prints how many died. The last copy, FOLDER/N.db, has taken all in."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from memory_making import document, look, step

from rpa_agent.domain.change import Recall
from rpa_agent.domain.verdict import AddVariant, LearnInterruption, Verdict
from rpa_agent.memory import Memory
from rpa_agent.update import update_memory

NOON = "2026-11-27T12:00:00Z"
SITE, WORKFLOW = "backoffice", "enter-supplier-invoice"
MOST = 100


async def prepare(path: Path) -> None:
    """Make a memory in which one more clean run of the candidate promotes it, and a wrong look was tried beside it."""
    async with Memory.open(path, now=lambda: NOON) as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        other = document("Pay", procedure="p_2", steps=(step("t1", "New"),))
        await memory.add(other, workflow="pay", author="recording")
        first = AddVariant(step="s2", variant=look("File", came_from="fingerprint", seen=1))
        wrong = AddVariant(step="s1", variant=look("Delete", came_from="fingerprint", seen=1))
        await learn(memory, verdict("r1", version=1, edits=(first, wrong)))
        await learn(memory, verdict("r2", version=2, beside=2, base=1, variants_seen=(("s2", 1),)))


def verdict(run: str, **more: object) -> Verdict:
    told: dict[str, object] = {
        "run": run, "workflow": WORKFLOW, "procedure": "p_1", "outcome": "succeeded", "met": True, "row": run,
        "day": "2026-11-27", "base": 1,
    }
    return Verdict.model_validate({**told, **more})


def promoting() -> Verdict:
    """Return what does nearly everything at once: it promotes, rejects, counts and credits."""
    wrong = AddVariant(step="s1", variant=look("Delete", came_from="fingerprint", seen=1))
    return verdict("r3", version=2, beside=2, variants_seen=(("s2", 1), ("s1", 0)), misled=(wrong,), tried=("s1", "s2"))


def teaching() -> Verdict:
    """Return what adds a version, looks and a bar."""
    more = AddVariant(step="s1", variant=look("Create", came_from="structure", seen=1))
    bar = LearnInterruption(site=SITE, words="We use cookies", variant=look("Close"))
    return verdict("r4", version=1, beside=2, variants_seen=(("s2", 0),), edits=(more, bar))


VERDICTS = {"promoting": promoting, "teaching": teaching}


async def learn(memory: Memory, told: Verdict) -> None:
    base = await memory.version("p_1", 1)
    await update_memory(memory, Recall(version=base), told, mode="remember")


async def learn_until(path: Path, which: str, statement: int) -> None:
    async with Memory.open(path, now=lambda: NOON) as memory:
        await memory.shelf.write(lambda db: db.conn.set_trace_callback(_Deadly(statement)))
        await learn(memory, VERDICTS[which]())


class _Deadly:
    """Counts the statements that SQLite is about to carry out, and kills this process at one of them."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, statement: str) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "--", "PRAGMA")):
            return
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def kill_at_each(seed: Path, folder: Path, which: str) -> int:
    """Return how many processes were killed, one before each statement; the next one came to its end."""
    for statement in range(MOST):
        path = folder / f"{statement}.db"
        shutil.copy(seed, path)
        child = os.fork()  # this process has no thread yet: what it opens, it opens in its children
        if not child:
            asyncio.run(learn_until(path, which, statement))
            os._exit(0)
        _, ended = os.waitpid(child, 0)
        if os.WIFEXITED(ended):
            if os.WEXITSTATUS(ended):
                raise SystemExit(f"it failed before statement {statement}")
            return statement
    raise SystemExit("it never came to its end")


if __name__ == "__main__":
    sys.stdout.write(f"{kill_at_each(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])}\n")
