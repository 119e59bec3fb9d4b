"""The published ways to compare with: BM25 over words, and cosines of MiniLM."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")


def bm25(texts: Sequence[str], *, k1: float = 1.2, b: float = 0.75) -> NDArray[np.float64]:
    """Return the score of every text (column) for every text as query (row)."""
    words = [_WORD.findall(t.casefold()) for t in texts]
    often = Counter(w for t in words for w in set(t))
    place = {w: i for i, w in enumerate(often)}
    mean = sum(map(len, words)) / len(words)
    documents, queries = np.zeros((len(texts), len(place))), np.zeros((len(texts), len(place)))
    for i, t in enumerate(words):
        for w, n in Counter(t).items():
            rare = math.log(1 + (len(texts) - often[w] + 0.5) / (often[w] + 0.5))
            documents[i, place[w]] = rare * n * (k1 + 1) / (n + k1 * (1 - b + b * len(t) / mean))
            queries[i, place[w]] = 1
    return np.asarray(queries @ documents.T)


def cosines(vectors: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the cosine of every pair of unit vectors."""
    v = np.asarray(vectors)
    return np.asarray(v @ v.T)


def z_sum(*scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of scores, each in spreads above its row."""
    out = [(s - s.mean(1, keepdims=True)) / np.maximum(s.std(1, keepdims=True), 1e-9) for s in scores]
    return np.asarray(np.sum(out, axis=0))
