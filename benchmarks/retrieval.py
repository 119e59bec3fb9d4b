"""`retrieval`: whether the procedure that fits is found, whether it is said when none does, and how long it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.memory import Memory
from rpa_agent.memory.embeddings import SentenceTransformersEmbedder
from rpa_agent.memory.fit import WITH_MEANING, WORDS_ONLY, Traits, Weights, probabilities
from rpa_agent.memory.words import mask_entities

from .fitting import FALSE_ACCEPTS, FOLDS, Asked, fitted, folds
from .intents import DEFAULT, Intent, IntentsUnfit, paraphrased, read, with_siblings
from .rankers import bm25, cosines, z_sum
from .report import Figure, Report, Table
from .retrieval_scale import Scale, measure_scale
from .wordings import HeldOut, held_out, to_fit_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUICK = 40              # templates
SEED = 7
_GOALS = {"webarena_r1": ">= 0.975", "paraphrase_r1": ">= 0.85", "nomatch_recall_at_5fa": ">= 0.88"}
_VARIANTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("ours", frozenset()),
    ("without standing out", frozenset(("z order", "z words", "z meaning"))),
    ("without the opening", frozenset(("opening",))),
    ("without the verb", frozenset(("verb",))),
    ("without the order", frozenset(("order", "z order"))),
    ("words and meaning alone", frozenset(("order", "z order", "opening", "verb"))),
)


@dataclass(frozen=True)
class Quality:
    """Shares of queries: the right one first, among five, first where it is worded otherwise; what a floor does to them.

    ``recall`` is how many are found and accepted where the floor lets 5 % of the queries through that nothing fits;
    ``false``, ``kept`` and ``reworded`` are what the floor does that was set beforehand, on other templates.
    """

    r1: float
    r5: float
    paraphrase: float
    recall: float
    false: float | None = None
    kept: float | None = None
    reworded: float | None = None

    def row(self, name: str) -> tuple[object, ...]:
        """Return it as a row of the table."""
        return name, self.r1, self.r5, self.paraphrase, self.recall, self.false, self.kept, self.reworded


_TITLES = (
    "ranking", "R@1", "R@5", "paraphrase R@1", "recall at 5 % false accepts", "false accepts at the fitted floor",
    "recall there", "paraphrases accepted there",
)


def measure(*, quick: bool, intents: Path | None = None, fit: bool = False) -> Report:
    """Ask for every intent with itself, its paraphrases or its whole template left out of memory."""
    report = Report(
        "retrieval",
        baseline="BM25 and MiniLM, each over the task as it is and masked, and the best sum of both, in the same run",
        how="Every WebArena intent in turn asks the product's own search (`Memory.considered`) over all others: right is one of "
        "the same template. *Paraphrase*: what is worded the same is left out too. *No match*: all of the template is left "
        f"out, and whatever is accepted is false. Weights and floor are fitted on {FOLDS - 1} of {FOLDS} folds by template and "
        "measured on the fifth, so that nothing is tuned on what it is measured on; the floors shipped in `memory/fit.py` are "
        "those of all folds. Beside the intents they are fitted on an office's tasks asked for in other words "
        "(`benchmarks/wordings/worked_on.jsonl`); the tasks of the practice site and how a person might ask for them "
        "(`held_out.jsonl`) were written before and are held out of all fitting: the `office_…` figures are of those, with the "
        "weights that are shipped. The site of a task is not used. The last table is one search among 100,000 procedures.",
    )
    source = intents or DEFAULT
    try:
        found = read(source)
    except IntentsUnfit as e:
        report.not_run.append(f"{e}; name the file with --intents")
        found = []
    if quick and found:
        kept = set(sorted({i.template for i in found})[:QUICK])
        found = [i for i in found if i.template in kept]
    if found:
        asyncio.run(_quality(report, found, fit=fit))
    scale = asyncio.run(measure_scale(5_000 if quick else 100_000, report.not_run))
    _say_scale(report, scale, quick=quick)
    return report


async def _quality(report: Report, intents: Sequence[Intent], *, fit: bool) -> None:
    try:
        SentenceTransformersEmbedder().embed(["one"])
        meaning = True
    except ModelUnavailable as e:
        report.not_run.append(f"by meaning: {e.message}")
        meaning = False
    asked, office = await collect(intents, meaning=meaning), await to_fit_on(meaning=meaning)
    rows = [cross_fitted(asked, office, meaning=meaning, without=without).row(name) for name, without in _VARIANTS]
    by_words = cross_fitted(asked, office, meaning=False)
    shipped = measured(asked, lambda _: WITH_MEANING if meaning else WORDS_ONLY)
    ours = cross_fitted(asked, office, meaning=meaning)
    rows += [by_words.row("ours, words only"), shipped.row("as shipped (fitted on all of WebArena)")]
    rows += [_of_scores(scores, intents).row(name) for name, scores in _baselines(intents, meaning=meaning)]
    values = {
        "webarena_r1": ours.r1, "webarena_r5": ours.r5, "paraphrase_r1": ours.paraphrase,
        "nomatch_recall_at_5fa": ours.recall, "false_accepts_at_floor": ours.false, "recall_at_floor": ours.kept,
        "paraphrases_accepted_at_floor": ours.reworded,
    }
    means = {
        "webarena_r1": "the right one is first", "webarena_r5": "it is among five",
        "paraphrase_r1": "it is first where it is worded otherwise",
        "nomatch_recall_at_5fa": "first and accepted, at a floor that accepts 5 % of what nothing fits",
        "false_accepts_at_floor": "accepted though nothing fits, at the floor fitted on other templates",
        "recall_at_floor": "first and accepted at that floor", "paraphrases_accepted_at_floor": "of those worded otherwise",
    }
    report.figures += [
        Figure(name, None if value is None else round(value, 4), means[name], goal=_GOALS.get(name, ""))
        for name, value in values.items()
    ]
    report.tables.append(Table(f"{len(intents)} intents of {len({i.template for i in intents})} templates", _TITLES, rows))
    _say_held_out(report, await held_out(meaning=meaning))
    if fit:
        for kind in (True, False) if meaning else (False,):
            report.tables.append(Table("Weights for memory/fit.py", ("what",), [(repr(final(asked, office, meaning=kind)),)]))


def _say_held_out(report: Report, found: HeldOut) -> None:
    report.figures += [
        Figure("office_r1", round(found.first, 4), f"the right one of 12 is first, of {found.queries} asked for in other words"),
        Figure("office_accepted", round(found.accepted, 4), "first and accepted"),
        Figure("office_false_accepts", round(found.false, 4), f"accepted, of {found.nothing} that nothing fits"),
    ]
    titles = ("asked for", "right", "first", "fits", "")
    report.tables.append(Table("Tasks of an office in other words, held out", titles, list(found.rows)))


async def collect(intents: Sequence[Intent], *, meaning: bool = True) -> list[Asked]:
    """Ask the product's own search about every intent, with that intent, all that fit, or all worded alike left out."""
    known, several = with_siblings(list(intents)), paraphrased(list(intents))
    out = []
    with TemporaryDirectory() as folder:
        embedder = SentenceTransformersEmbedder() if meaning else None
        async with Memory.open(Path(folder) / "memory.db", embedder=embedder) as memory:
            for n, intent in enumerate(intents):
                steps = (Step(id="s1", kind="goto"),)
                document = Procedure(procedure=f"p_{n}", site=intent.site, task=intent.text, steps=steps)
                await memory.add(document, workflow=f"w{n}", author="benchmark")
            for n, intent in enumerate(intents):
                same = {f"p_{m}" for m, other in enumerate(intents) if other.template == intent.template}
                alike = {f"p_{m}" for m, other in enumerate(intents) if other.wording == intent.wording} & same
                pool = await memory.considered(intent.text, without={f"p_{n}"})
                gone = await memory.considered(intent.text, without=same)
                again = await memory.considered(intent.text, without=alike | {f"p_{n}"}) if several[n] else []
                out.append(Asked(
                    intent.template, [f.traits for f in pool], [f.id in same for f in pool], [f.traits for f in gone],
                    known[n], [f.traits for f in again], [f.id in same for f in again],
                ))
    return out


def cross_fitted(
    asked: Sequence[Asked], office: Sequence[Asked], *, meaning: bool, without: frozenset[str] = frozenset()
) -> Quality:
    """Measure each fold with what was fitted on the others."""
    of = folds(asked, seed=SEED)
    weights = [
        final([a for a, f in zip(asked, of, strict=True) if f != fold], office, meaning=meaning, without=without)
        for fold in range(FOLDS)
    ]
    place = {id(a): f for a, f in zip(asked, of, strict=True)}
    return measured(asked, lambda a: weights[place[id(a)]])


def final(
    asked: Sequence[Asked], office: Sequence[Asked], *, meaning: bool, without: frozenset[str] = frozenset()
) -> Weights:
    """Fit on intents and an office's tasks; the floor is that of the intents, which are many in one memory."""
    return fitted([*asked, *office], meaning=meaning, without=without, floor_among=asked)


def measured(asked: Sequence[Asked], weights: Callable[[Asked], Weights]) -> Quality:
    """Measure every query with its weights."""
    firsts, fives, again, refused = [], [], [], []
    false = 0
    for a in asked:
        w = weights(a)
        best = max(probabilities(a.gone, w), default=0.0)
        refused.append(best)
        false += best >= w.floor
        if a.known:
            order = _ordered(a.pool, a.right, w)
            fives.append(any(right for _, right in order[:5]))
            firsts.append((*order[0], w.floor) if order else (0.0, False, w.floor))
        if a.reworded:
            again.append((*_ordered(a.reworded, a.reworded_right, w)[0], w.floor))
    at_five = float(np.quantile(refused, 1 - FALSE_ACCEPTS))
    return Quality(
        r1=_share(right for _, right, _ in firsts), r5=_share(fives), paraphrase=_share(right for _, right, _ in again),
        recall=_share(right and p > at_five for p, right, _ in firsts), false=false / len(asked),
        kept=_share(right and p >= floor for p, right, floor in firsts),
        reworded=_share(right and p >= floor for p, right, floor in again),
    )


def _ordered(pool: Sequence[Traits], right: Sequence[bool], weights: Weights) -> list[tuple[float, bool]]:
    """Return what is likeliest first, rounded so that of those that are equal the one that was shown first comes first."""
    return sorted(zip([round(p, 9) for p in probabilities(pool, weights)], right, strict=True), key=lambda x: -x[0])


def _share(of: Iterable[bool]) -> float:
    found = list(of)
    return sum(found) / len(found) if found else 0.0


def _baselines(intents: Sequence[Intent], *, meaning: bool) -> list[tuple[str, NDArray[np.float64]]]:
    texts = [i.text for i in intents]
    masked = [mask_entities(t) for t in texts]
    out = [("BM25", bm25(texts)), ("BM25, masked", bm25(masked))]
    if meaning:
        embed = SentenceTransformersEmbedder().embed
        plain, covered = cosines(embed(texts)), cosines(embed(masked))
        out += [("MiniLM", plain), ("MiniLM, masked", covered), ("BM25 + MiniLM, masked, z-summed", z_sum(out[1][1], covered))]
    return out


def _of_scores(scores: NDArray[np.float64], intents: Sequence[Intent]) -> Quality:
    template = np.array([i.template for i in intents])
    wording = np.array([i.wording for i in intents])
    same = template[:, None] == template[None, :]
    alike = same & (wording[:, None] == wording[None, :])
    known, several = np.array(with_siblings(list(intents))), np.array(paraphrased(list(intents)))
    everyone = np.arange(len(intents))

    def without(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.where(mask, -np.inf, scores)

    others = without(np.eye(len(intents), dtype=bool))
    five = np.argsort(-others, 1)[:, :5]
    right = np.take_along_axis(same, five, 1)
    again = same[everyone, without(alike | np.eye(len(intents), dtype=bool)).argmax(1)]
    floor = np.quantile(without(same).max(1), 1 - FALSE_ACCEPTS)
    return Quality(
        r1=float(right[known, 0].mean()), r5=float(right[known].any(1).mean()),
        paraphrase=float(again[several].mean()) if several.any() else 0.0,
        recall=float(((others.max(1) > floor) & right[:, 0])[known].mean()),
    )


def _say_scale(report: Report, scale: Scale, *, quick: bool) -> None:
    name = "p95_ms_100k" if not quick else "p95_ms_5k"
    report.figures.append(Figure(
        name, scale.whole_p95, "ms of one search of 3, its task's vector made; 64 are kept at once", goal="" if quick else "<= 20"
    ))
    report.figures += [
        Figure("known_ms_p95", scale.known_p95, "ms of one search whose task was asked for before"),
        Figure("embed_ms_p95", scale.embed_p95, "ms to make the vector of a new task, once per task"),
        Figure("vectors_mb", scale.megabytes, "MB of memory that the vectors take"),
        Figure("words_mb", scale.words_megabytes, "MB of memory that the words take"),
        Figure("large_r1", scale.first, "the very procedure is first, asked for with its own task in that large memory"),
    ]
    report.tables.append(Table(
        f"One search among {scale.procedures:,} procedures, ms", ("part", "median", "p95"),
        [(part, *times) for part, times in scale.parts.items()],
    ))
