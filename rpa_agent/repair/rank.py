"""Independent rankers: how like each candidate is to a recorded element, 0..1, from traits the recorded one has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rpa_agent.domain.identity import WEIGHTS
from rpa_agent.domain.target import Fingerprint

from .distance import Floats
from .sheet import HUMAN, Mask, Sheet, human_texts, recorded_text, steps_of_path

Ranker = Callable[[Fingerprint, Sheet], Floats]

CODED = {"test_id": 2.0, "name_attr": 1.5, "id": 1.0}                 # what a programmer called it
_SIMILO = {"tag": 1.5, "classes": 0.5, "name_attr": 1.5, "id": 1.5, "href": 0.5, "alt": 0.5, "path": 0.5}
_SIMILO_EQUAL = {"tag", "name_attr", "id"}
# Domain weights, with the changes that genetic tuning on public page pairs pointed to: texts and names up, marks
# of one build (classes, ids, absolute path) down. Context belongs to the structural ranker.
_AS_THEY_ARE = ("role", "name", "label", "test_id", "name_attr", "placeholder", "title", "alt", "href")
_LEXICAL = {trait: WEIGHTS[trait] for trait in _AS_THEY_ARE} | {"text": 1.0, "id": 0.5, "classes": 0.2, "type": 1.5}
_LEXICAL_EQUAL = {"role", "type", "test_id"}
_STRUCTURE = {"form": 0.8, "heading": 1.0, "dialog": 0.5, "near": 1.2, "neighbour": 1.0, "column": 0.8}
_SYNONYM = 0.85         # what a text that only means the same is worth against one that reads the same
_TIE = 0.005


@dataclass(frozen=True)
class Ranking:
    """One ranker's view of a page: raw scores, the gap of each to the page's best, and its unique favourite."""

    name: str
    raw: Floats
    gap: Floats
    favourite: int      # -1 when two share the first place or nothing is like the recorded element at all


def score_all(recorded: Fingerprint, sheet: Sheet) -> dict[str, Floats]:
    """Return every ranker's scores of all candidates."""
    return {name: ranker(recorded, sheet) for name, ranker in RANKERS.items()}


def rank_all(scores: dict[str, Floats], pool: Mask) -> dict[str, Ranking]:
    """Return the rankings within ``pool``."""
    return {name: _ranking(name, raw, pool) for name, raw in scores.items()}


def blend(scores: dict[str, Floats]) -> Floats:
    """Return one score per candidate: the weighted mean of the rankers given."""
    total = sum(BLEND[name] for name in scores)
    return np.asarray(sum(BLEND[name] * raw for name, raw in scores.items()) / total)


def similo(recorded: Fingerprint, sheet: Sheet) -> Floats:
    """Score as published: weighted sum of property similarities, here divided by the weights that apply."""
    score = _Weighted(len(sheet))
    for trait, weight in _SIMILO.items():
        if text := recorded_text(recorded, trait):
            column = sheet.column(trait)
            score.add(weight, column.equal(text) if trait in _SIMILO_EQUAL else column.edit(text))
    score.add(0.5, sheet.column("capability").equal(recorded.capability))
    if has_box(recorded):
        score.add(0.5, np.maximum(0, 100 - _distance(recorded, sheet)) / 100)
        score.add(1.0, _size_likeness(recorded, sheet))
    if text := next((t for trait in ("text", "name", "placeholder") if (t := recorded_text(recorded, trait))), ""):
        score.add(1.5, np.maximum(sheet.column("text").edit(text), sheet.column("name").edit(text)))
    if text := recorded_text(recorded, "near"):
        score.add(1.5, sheet.column("near").overlap(text))
    return score.mean()


def lexical(recorded: Fingerprint, sheet: Sheet) -> Floats:
    """Score words and word parts of the element's own traits, rare ones more than common ones."""
    score = _Weighted(len(sheet))
    for trait, weight in _LEXICAL.items():
        if not (text := recorded_text(recorded, trait)):
            continue
        column = sheet.column(trait)
        if trait in _LEXICAL_EQUAL:
            likeness = column.equal(text)
        elif trait == "classes":
            likeness = column.overlap(text)
        elif trait in HUMAN:
            likeness = np.maximum(column.like(text), _SYNONYM * sheet.meant(trait, text))
            if trait in ("name", "label"):
                likeness = np.maximum(likeness, sheet.column("beside").like(text))
        else:
            likeness = column.like(text)
        score.add(weight * rarity(recorded, trait), likeness)
    return score.mean()


def structural(recorded: Fingerprint, sheet: Sheet) -> Floats:
    """Score where the element stands: landmark, form, heading, texts beside it, path, order and geometry."""
    score = _Weighted(len(sheet))
    if recorded.landmark:
        score.add(0.6, sheet.column("landmark").equal(recorded.landmark))
    for trait, weight in _STRUCTURE.items():
        if text := recorded_text(recorded, trait):
            near = sheet.column(trait).overlap(text) if trait == "near" else sheet.column(trait).like(text)
            score.add(weight, np.maximum(near, _SYNONYM * sheet.meant(trait, text)))
    if recorded.path:
        score.add(0.8, sheet.column("path").overlap(recorded.path, steps_of_path))
    if recorded.index >= 0:
        order = np.array([p.index for p in sheet.prints], dtype=np.float64)
        score.add(0.3, np.exp(-np.abs(order - recorded.index) / 2))
    if recorded.type:
        score.add(0.5, sheet.column("type").equal(recorded.type))
    if has_box(recorded):
        score.add(0.5, np.exp(-0.005 * _distance(recorded, sheet)))
        score.add(0.4, _size_likeness(recorded, sheet))
    return score.mean()


def naming(recorded: Fingerprint, sheet: Sheet) -> Floats:
    """Score identity only: what people and programmers call it, wherever the page shows that today."""
    score = _Weighted(len(sheet))
    if called := human_texts(recorded):
        score.add(3.0 * rarity(recorded, "name"), _best_reading(called, sheet))
    for trait, weight in CODED.items():
        if text := recorded_text(recorded, trait):
            column = sheet.column(trait)
            score.add(weight, column.equal(text) if trait == "test_id" else column.like(text))
    return score.mean()


RANKERS: dict[str, Ranker] = {"similo": similo, "lexical": lexical, "structural": structural, "naming": naming}
BLEND = {"similo": 0.15, "lexical": 0.35, "structural": 0.2, "naming": 0.3}


def rarity(recorded: Fingerprint, trait: str) -> float:
    """Return 1 for a trait that was unique on its page, less the more elements shared it."""
    return 1 / (1 + math.log2(max(1, recorded.unique.get(trait, 1))))


def has_box(fingerprint: Fingerprint) -> bool:
    return fingerprint.box[2] > 0 and fingerprint.box[3] > 0


def _best_reading(called: tuple[str, ...], sheet: Sheet) -> Floats:
    # A label that became a placeholder or an aria-label is still the same text, so every pair of traits counts.
    best = np.zeros(len(sheet))
    for text in called:
        for trait in HUMAN:
            np.maximum(best, sheet.column(trait).like(text), out=best)
            np.maximum(best, _SYNONYM * sheet.meant(trait, text), out=best)
    return best


def _ranking(name: str, raw: Floats, pool: Mask) -> Ranking:
    kept = np.where(pool, raw, -1.0)
    best = float(kept.max(initial=-1.0))
    first = np.flatnonzero(kept >= best - _TIE)
    favourite = int(first[0]) if best > 0 and len(first) == 1 else -1
    return Ranking(name, raw, kept - best, favourite)


def _distance(recorded: Fingerprint, sheet: Sheet) -> Floats:
    return np.asarray(np.hypot(sheet.boxes[:, 0] - recorded.box[0], sheet.boxes[:, 1] - recorded.box[1]))


def _size_likeness(recorded: Fingerprint, sheet: Sheet) -> Floats:
    width, height = recorded.box[2], recorded.box[3]
    area, live = width * height, sheet.boxes[:, 2] * sheet.boxes[:, 3]
    by_area = np.minimum(area, live) / np.maximum(np.maximum(area, live), 1)
    shape, live_shape = width / height, sheet.boxes[:, 2] / np.maximum(sheet.boxes[:, 3], 1)
    by_shape = np.minimum(shape, live_shape) / np.maximum(np.maximum(shape, live_shape), 0.01)
    return np.asarray((by_area + by_shape) / 2)


class _Weighted:
    """A weighted mean that only counts what was added."""

    def __init__(self, size: int) -> None:
        self._sum, self._weights = np.zeros(size), 0.0

    def add(self, weight: float, likeness: Floats) -> None:
        self._sum += weight * likeness
        self._weights += weight

    def mean(self) -> Floats:
        return self._sum / self._weights if self._weights else self._sum
