"""How long one search takes in a large memory, each part apart."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.memory import Memory
from rpa_agent.memory.embeddings import SentenceTransformersEmbedder
from rpa_agent.memory.rows import proof, rows
from rpa_agent.memory.words import mask_entities, terms
from rpa_agent.store.hashes import digest
from rpa_agent.store.sqlite import Database

QUERIES = 200
WHOLE, KNOWN = "whole search of a task that is new", "whole search of a task whose vector is kept"
_REAL = 1500            # tasks whose vectors are real; those of the others lie near them
_VERBS = [
    "enter", "file", "approve", "release", "download", "export", "update", "delete", "close", "open", "assign",
    "send", "book", "match", "print", "cancel",
]
_THINGS = [
    "supplier invoice", "customer order", "purchase order", "bank statement", "payment run", "credit note",
    "delivery note", "travel expense", "time sheet", "price list", "master record", "tax report", "stock item",
    "support ticket", "service contract", "dunning letter", "shipping label", "user account", "cost centre",
    "exchange rate", "warranty claim", "sales quote", "asset record", "leave request",
]
_HOW = [
    "of the month", "for approval", "as spreadsheet", "in the archive", "with attachment", "by due date",
    "for every region", "before noon", "with a new address", "for the auditor", "in foreign currency",
    "without order", "after a check", "of one supplier", "with discount", "as draft", "for all branches",
    "by cost centre", "from the mailbox", "into the ledger", "of last quarter", "with signature",
]


@dataclass
class Scale:
    """Milliseconds by part, (median, p95)."""

    procedures: int
    parts: dict[str, tuple[float, float]] = field(default_factory=dict)
    megabytes: float | None = None
    words_megabytes: float | None = None
    whole_p95: float | None = None
    embed_p95: float | None = None
    known_p95: float | None = None
    first: float | None = None      # share of the tasks, with a word more, whose own procedure comes first


async def measure_scale(procedures: int, not_run: list[str]) -> Scale:
    """Fill a memory and search it again and again."""
    scale = Scale(procedures)
    embedder = SentenceTransformersEmbedder()
    try:
        embedder.embed(["one"])
    except ModelUnavailable as e:
        not_run.append(f"a search in a large memory: {e.message}")
        return scale
    tasks = _tasks(procedures)
    with TemporaryDirectory() as folder:
        async with Memory.open(Path(folder) / "memory.db", embedder=embedder) as memory:
            await _fill(memory, embedder, tasks)
            asked = Random(4).sample(range(len(tasks)), QUERIES)
            queries = [f"{tasks[i]} please" for i in asked]     # none of them has a vector yet
            await memory.search(tasks[0])     # the first reads all vectors
            new, alone, first = [], [], 0
            for i, query in zip(asked, queries, strict=True):
                started = time.perf_counter()
                found = await memory.search(query, explain=False)
                new.append(time.perf_counter() - started)
                first += bool(found) and found[0].version.procedure == f"p_{i}"
                started = time.perf_counter()
                embedder.embed([mask_entities(query)])
                alone.append(time.perf_counter() - started)
            await _parts(memory, queries, scale)
    scale.parts = {WHOLE: _figures(new), **scale.parts, "of it, making the vector (MiniLM)": _figures(alone)}
    scale.first = first / QUERIES
    scale.embed_p95, scale.whole_p95, scale.known_p95 = _figures(alone)[1], _figures(new)[1], scale.parts[KNOWN][1]
    return scale


async def _parts(memory: Memory, queries: Sequence[str], scale: Scale) -> None:
    whole, lexical, dense = [], [], []
    vectors, postings = memory.index.vectors, memory.index.postings
    assert vectors is not None
    await vectors.embedder.settle()
    for query in queries:
        started = time.perf_counter()
        await memory.search(query, explain=False)
        whole.append(time.perf_counter() - started)
        wanted = terms(mask_entities(query))
        started = time.perf_counter()
        await memory.shelf.read(lambda db, w=wanted: postings.best(db, w, among=None, without=(), count=50))  # type: ignore[misc]
        lexical.append(time.perf_counter() - started)
        vector = await vectors.embed(mask_entities(query))
        started = time.perf_counter()
        vectors.nearest(vector, also=(), among=None, without=(), count=50)
        dense.append(time.perf_counter() - started)
    scale.parts = {KNOWN: _figures(whole), "words (BM25)": _figures(lexical), "vectors (numpy)": _figures(dense)}
    scale.megabytes = round(vectors.bytes_in_use / 1e6, 1)
    scale.words_megabytes = round(postings.bytes_in_use / 1e6, 1)


def _figures(seconds: Sequence[float]) -> tuple[float, float]:
    ms = sorted(s * 1000 for s in seconds)
    return round(median(ms), 1), round(ms[min(int(0.95 * len(ms)), len(ms) - 1)], 1)


def _tasks(count: int) -> list[str]:
    """Return so many different tasks with words as unevenly frequent as in an office."""
    chance = Random(11)
    out: dict[str, None] = {}
    weights = [1 / (i + 1) for i in range(200)]
    ends = ("desk", "port", "flow", "base", "line", "hub", "gate", "book")
    systems = [f"{a}{b}" for a in ("north", "blue", "core", "open", "star") for b in ends]
    rare = [f"{a}{b}" for a in systems for b in ("ing", "er", "ation", "wise", "less")]
    while len(out) < count:
        verb = chance.choices(_VERBS, weights[: len(_VERBS)])[0]
        thing = chance.choices(_THINGS, weights[: len(_THINGS)])[0]
        how = " ".join(chance.sample(_HOW, chance.randint(1, 2)))
        more = " ".join(chance.choices(rare, weights[: len(rare)], k=chance.randint(1, 2)))
        out[f"{verb.capitalize()} the {thing} {how} {more}"] = None
    return list(out)


async def _fill(memory: Memory, embedder: SentenceTransformersEmbedder, tasks: Sequence[str]) -> None:
    """Write one procedure per task, in bulk; vectors beyond the first lie near a real one."""
    masked = [mask_entities(t) for t in tasks]
    real = np.asarray(embedder.embed(masked[:_REAL]), np.float32)
    noise = np.random.default_rng(5)
    document = Procedure(procedure="p_0", site="site_0", task=tasks[0], steps=(Step(id="s1", kind="goto"),))
    await memory.add(document, workflow="w0", author="benchmark")

    def job(db: Database) -> None:
        db.conn.executemany("INSERT OR IGNORE INTO sites VALUES (?, '')", [[f"site_{i}"] for i in range(500)])
        db.conn.executemany(
            "INSERT INTO procedures (id, site, workflow, task, created, search_text, text_hash) VALUES (?, ?, ?, ?, '', ?, ?)",
            [[f"p_{i}", f"site_{i % 500}", f"w{i}", t, m, digest(m, 32)]
             for i, (t, m) in enumerate(zip(tasks, masked, strict=True)) if i],
        )
        first = rows(db, "SELECT * FROM versions WHERE procedure = 'p_0'")[0]
        holes = ", ".join(f":{column}" for column in first)
        others = ({**first, "procedure": f"p_{i}"} for i in range(1, len(tasks)))
        db.conn.executemany(f"INSERT INTO versions VALUES ({holes})", ({**v, "row_hash": proof(v)} for v in others))
        db.conn.execute(
            "INSERT INTO words (rowid, task, slots, facts) SELECT n, search_text, '', '' FROM procedures WHERE id <> 'p_0'"
        )
        for start in range(0, len(tasks), 5000):
            part = range(start, min(start + 5000, len(tasks)))
            fresh = []
            for i in part:
                v = real[i % len(real)] if i < len(real) else real[i % len(real)] + noise.normal(0, 0.02, real.shape[1])
                fresh.append([embedder.name, digest(masked[i], 32), (v / np.linalg.norm(v)).astype(np.float32).tobytes()])
            db.conn.executemany("INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?)", fresh)

    await memory.shelf.write(job)
