"""A look whose words were kept as shape and hashes: a hit that says these words gives them back, a control that says others
is no hit."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.ports import Hit
from ..domain.target import Target
from ..store.known_again import Vocabulary, any_masked, in_clear, says_otherwise, texts_of


def known_again(target: Target, hits: Sequence[Hit], salt: str) -> tuple[Target, Sequence[Hit]]:
    """Return the target with the words that one of the hits says, and the hits without those that say something else.

    Without the salt of the memory that masked them nothing can be compared, and both are returned as they are.
    """
    if not salt or not hits or not any(any_masked(v.fingerprint) for v in target.variants):
        return target, hits
    said = Vocabulary([t for h in hits for t in texts_of(h.candidate.fingerprint)], (), salt)
    told = tuple(v.model_copy(update={"fingerprint": in_clear(v.fingerprint, said)}) for v in target.variants)
    left = [h for h in hits if not says_otherwise(target.variants[h.variant].fingerprint, h.candidate.fingerprint, salt)]
    return target.model_copy(update={"variants": told}), left
