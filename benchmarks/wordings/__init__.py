"""An office's tasks in a person's other words: some to fit on, some held out from it and from all that was tried.

Each line of a file is one task and what it was asked for by; a task of null fits none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.memory import Memory
from rpa_agent.memory.embeddings import SentenceTransformersEmbedder

from ..fitting import Asked

OFFICE = "office: "
_SMALL, _TIMES = 12, 3          # tasks of a small memory, and how often all are dealt out to such


@dataclass(frozen=True)
class Task:
    """What was shown (None: nothing that fits), and how else it is asked for."""

    task: str | None
    asked: tuple[str, ...]


def read(name: str) -> list[Task]:
    """Read `worked_on` or `held_out`."""
    lines = (Path(__file__).parent / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Task(row["task"], tuple(row["asked"])) for row in map(json.loads, lines)]


async def to_fit_on(*, meaning: bool) -> list[Asked]:
    """Ask for the tasks worked on in one memory of all, and in small ones of a few each."""
    tasks = read("worked_on")
    out = await _asked(tasks, meaning=meaning, share=1.0)
    dealt, chance = list(tasks), Random(3)
    for _ in range(_TIMES):
        chance.shuffle(dealt)
        for start in range(0, len(dealt), _SMALL):
            out += await _asked(dealt[start : start + _SMALL], meaning=meaning, share=1 / _TIMES)
    return out


async def _asked(tasks: Sequence[Task], *, meaning: bool, share: float) -> list[Asked]:
    out = []
    with TemporaryDirectory() as folder:
        async with Memory.open(Path(folder) / "memory.db", embedder=SentenceTransformersEmbedder() if meaning else None) as memory:
            await remember(memory, tasks)
            for n, task in enumerate(tasks):
                for query in task.asked:
                    pool = await memory.considered(query)
                    gone = await memory.considered(query, without={f"p_{n}"})
                    out.append(Asked(
                        f"{OFFICE}{task.task}", [], [], [f.traits for f in gone], False, [f.traits for f in pool],
                        [f.id == f"p_{n}" for f in pool], share,
                    ))
    return out


async def remember(memory: Memory, tasks: Sequence[Task]) -> None:
    """Add a procedure for each task, p_0 and on."""
    for n, task in enumerate(tasks):
        if task.task is not None:
            document = Procedure(procedure=f"p_{n}", site="office", task=task.task, steps=(Step(id="s1", kind="goto"),))
            await memory.add(document, workflow=f"w{n}", author="benchmark")


@dataclass(frozen=True)
class HeldOut:
    """Shares of what is held out: the right one first; first and accepted; accepted though nothing fits."""

    queries: int
    first: float
    accepted: float
    nothing: int
    false: float
    rows: tuple[tuple[object, ...], ...]


async def held_out(*, meaning: bool) -> HeldOut:
    """Ask a memory of the held-out tasks, by the weights and floors that are shipped."""
    tasks = read("held_out")
    rows: list[tuple[object, ...]] = []
    first, accepted, false = [], [], []
    with TemporaryDirectory() as folder:
        async with Memory.open(Path(folder) / "memory.db", embedder=SentenceTransformersEmbedder() if meaning else None) as memory:
            await remember(memory, tasks)
            for n, task in enumerate(tasks):
                for query in task.asked:
                    best = max(await memory.considered(query), key=lambda f: f.fits, default=None)
                    fits = best is not None and best.fits >= best.floor
                    if task.task is None:
                        false.append(fits)
                    else:
                        first.append(best is not None and best.id == f"p_{n}")
                        accepted.append(first[-1] and fits)
                    rows.append((
                        query, task.task or "nothing", best.task if best else "nothing", round(best.fits, 3) if best else 0.0,
                        "fits" if fits else "refused",
                    ))
    return HeldOut(
        len(first), sum(first) / len(first), sum(accepted) / len(accepted), len(false), sum(false) / len(false), tuple(rows)
    )
