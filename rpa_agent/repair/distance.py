"""Edit distances of one short text to many at once: Myers' bit vectors, one lane per text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LONGEST = 60        # the pattern must fit one 64-bit word


def edit_likeness(text: str, others: Sequence[str]) -> Floats:
    """Return 1 - distance / length of the longer, for each of ``others``; both sides are cut to LONGEST."""
    a = text[:LONGEST]
    cut = [other[:LONGEST] for other in others]
    lengths = np.array([len(other) for other in cut], dtype=np.int64)
    longer = np.maximum(lengths, len(a))
    distances = _distances(a, cut, lengths) if a else lengths
    return np.where(longer > 0, 1 - distances / np.maximum(longer, 1), 1.0)


def _distances(a: str, others: Sequence[str], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    columns = _match_masks(a, others, int(lengths.max(initial=0)))
    one, last = np.uint64(1), np.uint64(1 << (len(a) - 1))
    up = np.full(len(others), np.uint64(0xFFFFFFFFFFFFFFFF))
    down = np.zeros(len(others), dtype=np.uint64)
    score = np.full(len(others), len(a), dtype=np.int64)
    for at, match in enumerate(columns):
        diagonal = match | down
        across = (((match & up) + up) ^ up) | match
        rise, fall = down | ~(across | up), up & across
        running = at < lengths
        score += running & ((rise & last) != 0)
        score -= running & ((fall & last) != 0)
        rise, fall = (rise << one) | one, fall << one
        up, down = fall | ~(diagonal | rise), rise & diagonal
    return score


def _match_masks(a: str, others: Sequence[str], width: int) -> npt.NDArray[np.uint64]:
    """Return, per column of the padded texts, the positions of ``a`` that hold the same character."""
    places: dict[str, int] = {}
    for at, char in enumerate(a):
        places[char] = places.get(char, 0) | (1 << at)
    rows = [[places.get(char, 0) for char in other] + [0] * (width - len(other)) for other in others]
    return np.array(rows, dtype=np.uint64).reshape(len(others), width).T
