"""How alike two masked tasks are: the words they share, the order they stand in, and how they begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .words import MASK, mask_entities, sequence, stem, weight

_OPENING = 4        # words: what is to be done is said first, "Download the monthly …"
_ARTICLES = frozenset(("a", "an", "the", "der", "die", "das", "den", "dem", "ein", "eine", "einen", "einer"))
_POLITE = frozenset(("please", "can", "could", "you", "bitte"))


@dataclass(frozen=True)
class Reading:
    """A masked task, read once and compared often."""

    order: tuple[str, ...]          # stems and masks in order
    opening: frozenset[str]
    said: Mapping[str, float]       # stems with their weight
    says: float                     # the weight of all that is said
    verb: str                       # the first word that is not a small one: mostly what is to be done
    places: Mapping[str, int]       # stem -> bits of its places in ``order``

    @classmethod
    def of(cls, masked: str) -> Reading:
        """Read a masked task."""
        words = tuple(w for w in sequence(masked) if w not in _POLITE) or sequence(masked)
        order = tuple(map(stem, words))
        places: dict[str, int] = {}
        said: dict[str, float] = {}
        for i, (word, its_stem) in enumerate(zip(words, order, strict=True)):
            places[its_stem] = places.get(its_stem, 0) | 1 << i
            if word != MASK and (says := weight(word)) > said.get(its_stem, 0.0):
                said[its_stem] = says
        verb = next((w for w in order if said.get(w) == 1.0), "")
        return cls(order, frozenset(order[:_OPENING]), said, sum(said.values()), verb, places)


def order_alike(a: Reading, b: Reading) -> float:
    """Return 0..1: how much of both stands in both in the same order (longest common subsequence)."""
    if not a.order or not b.order:
        return 0.0
    # bit by bit as Hyyrö does it: one addition for each word of b, however long a is
    full = (1 << len(a.order)) - 1
    rest = full
    for word in b.order:
        at = rest & a.places.get(word, 0)
        rest = ((rest + at) | (rest - at)) & full
    return 2 * (len(a.order) - rest.bit_count()) / (len(a.order) + len(b.order))


def opening_alike(a: Reading, b: Reading) -> float:
    """Return 0..1: whether both begin with the same words."""
    both = len(a.opening) + len(b.opening)
    return 2 * len(a.opening & b.opening) / both if both else 0.0


def covered(query: Reading, task: Reading, more: Mapping[str, float]) -> float:
    """Return 0..1: how much of the query the task says, or else its slots and facts, ``more``."""
    if not query.says:
        return 0.0
    return sum([w for word, w in query.said.items() if word in task.said or word in more]) / query.says


def words_alike(query: Reading, task: Reading, more: Mapping[str, float]) -> float:
    """Return 0..1: how much of the task the query says, and of the query the task, or else its slots and facts, ``more``."""
    if not query.says or not task.says:
        return 0.0
    shared = sum([w for word, w in query.said.items() if word in task.said])
    said, needed = covered(query, task, more), shared / task.says
    return max(2 * shared / (query.says + task.says), 2 * said * needed / (said + needed) if said + needed else 0.0)


def says_the_same(task: str, other: str) -> bool:
    """Tell whether two tasks, not masked, ask for the same work in the same words; names, endings and articles aside."""
    a, b = (
        [stem(w) for w in sequence(mask_entities(text)) if w not in _ARTICLES and w not in _POLITE] for text in (task, other)
    )
    return bool(a) and a == b


def says_what_to_do(task: str, other: str) -> bool:
    """Tell whether the other task, not masked, says the word that this one begins with: mostly what is to be done."""
    asked = Reading.of(mask_entities(task))
    return bool(asked.verb) and asked.verb in Reading.of(mask_entities(other)).said
