"""Retrieval as Memp defines it, by name, to compare with: at random, by the task's vector, by keywords (AveFact).

None of them knows when nothing fits, or of which site a procedure is; ``hybrid`` is ours and does.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, assert_never

import numpy as np

from ..domain.change import Recall
from ..domain.errors import ModelUnavailable
from ..domain.policy import RetrievePolicy
from .procedures import Memory
from .rows import fetch_versions, rows
from .words import mask_entities, terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

async def retrieve_by(policy: RetrievePolicy, memory: Memory, query: str, *, k: int = 3, seed: int = 0) -> list[Recall]:
    """Return at most ``k`` procedures by one of Memp's policies, best first.

    * random: a sample, no key at all. * query: argmax of cos(φ(task), φ(task of the procedure)). * avefact: the mean, over the
    query's keywords, of the cosine to the keyword of the procedure that is nearest; procedures without any are left out.
    Raises ModelUnavailable where a policy needs vectors and there are none.
    """
    match policy:
        case "hybrid":
            return await memory.search(query, k=k)
        case "random":
            living = sorted(await _living(memory))
            chosen = Random(seed).sample(living, min(k, len(living)))
            return await _recalls(memory, dict.fromkeys(chosen, 0.0), policy)
        case "query":
            tasks = await _living(memory)
            scores = await _by_task(memory, query, tasks)
        case "avefact":
            tasks = await _living(memory)
            scores = await _by_keywords(memory, query, tasks)
        case _:
            assert_never(policy)
    best = sorted(scores, key=lambda p: (-scores[p], p))[:k]
    return await _recalls(memory, {p: scores[p] for p in best}, policy)


async def _living(memory: Memory) -> dict[str, tuple[str, str]]:
    """Return task and facts of every procedure that has a version in use."""
    sql = (
        "SELECT p.id, p.task, w.slots, w.facts FROM procedures p JOIN words w ON w.rowid = p.n "
        "WHERE EXISTS (SELECT 1 FROM versions v WHERE v.procedure = p.id AND v.status IN ('active', 'suspect', 'candidate'))"
    )
    found = await memory.shelf.read(lambda db: rows(db, sql))
    return {row["id"]: (row["task"], f"{row['slots']} {row['facts']}") for row in found}


async def _vectors(memory: Memory, texts: list[str]) -> dict[str, NDArray[np.float32]]:
    vectors = memory.index.vectors
    if vectors is None:
        raise ModelUnavailable("this way of retrieving needs an embedding model", do="Run `pip install 'rpa-agent[embed]'`.")
    unique = list(dict.fromkeys(texts))
    return dict(zip(unique, await vectors.embedder.vectors(unique), strict=True)) if unique else {}


async def _by_task(memory: Memory, query: str, tasks: dict[str, tuple[str, str]]) -> dict[str, float]:
    vector = await _vectors(memory, [query, *(task for task, _ in tasks.values())])
    return {p: float(vector[task] @ vector[query]) for p, (task, _) in tasks.items()}


async def _by_keywords(memory: Memory, query: str, tasks: dict[str, tuple[str, str]]) -> dict[str, float]:
    asked = terms(mask_entities(query))
    known = {p: terms(f"{mask_entities(task)} {facts}") for p, (task, facts) in tasks.items()}
    vector = await _vectors(memory, [*asked, *(w for words in known.values() for w in words)])
    return {
        p: float(np.mean([max(float(vector[a] @ vector[w]) for w in words) for a in asked]))
        for p, words in known.items() if words and asked
    }


async def _recalls(memory: Memory, chosen: dict[str, float], policy: str) -> list[Recall]:
    out = []
    where = "procedure = ? AND status IN ('active', 'suspect', 'candidate')"
    for procedure, score in chosen.items():
        found = await memory.shelf.read(lambda db, p=procedure: fetch_versions(db, where, [p]))  # type: ignore[misc]
        version = next((v for v in found if v.status == "active"), found[0])
        out.append(Recall(
            version=version, similarity=round(min(max(score, 0.0), 1.0), 4), reason=f"{policy} {score:.2f}", arm="other_site",
        ))
    return out
