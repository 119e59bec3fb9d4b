"""Words that were kept only as shape and hashes are known again where a page says them."""

from __future__ import annotations

from collections.abc import Iterable

from ..domain.target import Fingerprint
from .hashes import hashes_in, is_masked, mask, masked_likeness

TRAITS = ("name", "label", "text", "title", "alt", "test_id")   # which may be masked
NOTHING_SHARED = 0.2    # at most so like are two texts that have no word in common
_CONTROLS = {"button", "tab", "menuitem", "checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio"}
_NAMED_BY_RECORD = {"checkbox", "radio", "switch"}      # in the row of a record they are called as it is
_FEW = 3                # the words of a control; what says more is a card with a record on it


class Vocabulary:
    """What a page says, whole texts and single words, by the hashes that were kept of such texts."""

    def __init__(self, texts: Iterable[str], words: Iterable[str], salt: str) -> None:
        self._whole: dict[tuple[str, ...], str] = {}
        self._words: dict[str, str] = {}
        for text in dict.fromkeys(texts):
            if told := hashes_in(mask(text, salt)):
                self._whole[told] = _one(self._whole.get(told), text)
        for word in dict.fromkeys(words):
            told = hashes_in(mask(word, salt))
            if told is not None and len(told) == 1:
                self._words[told[0]] = _one(self._words.get(told[0]), word)

    def clear(self, masked: str) -> str:
        """Return the text that was masked: one that the page says, else one made of known words alone; "" where neither is."""
        told = hashes_in(masked)
        if told is None:
            return ""
        if not told:        # signs only: nothing of them was hidden
            return masked.removesuffix("#h:").strip()
        if whole := self._whole.get(told):
            return whole
        known = [self._words.get(one, "") for one in told]
        return " ".join(known) if all(known) else ""


def _one(known: str | None, text: str) -> str:
    """Return what a hash stands for; nothing where two words have it."""
    return text if known is None else known if known.casefold() == text.casefold() else ""


def texts_of(fingerprint: Fingerprint) -> list[str]:
    """Return the texts of a live element that may have been kept masked."""
    return [text for trait in TRAITS if (text := getattr(fingerprint, trait))]


def any_masked(fingerprint: Fingerprint) -> bool:
    """Tell whether a text of this element was kept as shape and hashes."""
    return any("#h:" in text for text in texts_of(fingerprint))


def in_clear(fingerprint: Fingerprint, vocabulary: Vocabulary) -> Fingerprint:
    """Return the element with those of its masked texts in clear that the vocabulary knows."""
    masked = {trait: text for trait in TRAITS if "#h:" in (text := getattr(fingerprint, trait))}
    known = {trait: clear for trait, text in masked.items() if (clear := vocabulary.clear(text))}
    return fingerprint.model_copy(update=known) if known else fingerprint


def says_otherwise(recorded: Fingerprint, live: Fingerprint, salt: str) -> bool:
    """Tell whether a control of few words, kept masked, has no word in common with what the live element is called.

    What belongs to a record (a link, a card, a box in a record's row) may be called otherwise for each record.
    """
    if recorded.role not in _CONTROLS or (recorded.row and recorded.row.key and recorded.role in _NAMED_BY_RECORD):
        return False
    masked = [t for t in texts_of(recorded) if is_masked(t) and 0 < len(hashes_in(t) or ()) <= _FEW]
    called = texts_of(live)
    return bool(masked and called) and all(
        masked_likeness(kept, text, salt) <= NOTHING_SHARED for kept in masked for text in called
    )
