"""A surveyed page laid out in columns, so that one recorded trait is compared with all candidates at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from rpa_agent.domain.identity import words
from rpa_agent.domain.proposal import Candidate, Survey
from rpa_agent.domain.target import Fingerprint

from .distance import Floats, edit_likeness
from .language import Language

_RECORD_PART = re.compile(r"/[^/]*\d[^/]*(?=/|$)")
HUMAN = ("name", "label", "placeholder", "title", "alt", "text", "beside")      # what a person reads as its name
# "dd.mm.yyyy" or "0,00" says how to write a value, not which.
_FORMAT = re.compile(r"(?:([dmyhstj])\1+|[\W\d_])+", re.IGNORECASE)

Mask = npt.NDArray[np.bool_]
Tokens = Callable[[str], Iterable[str]]


class Postings:
    """Token sets of many texts, and the Dice overlap of one more set with each of them."""

    def __init__(self, sets: Sequence[frozenset[str]]) -> None:
        places: dict[str, list[int]] = {}
        for at, tokens in enumerate(sets):
            for token in tokens:
                places.setdefault(token, []).append(at)
        self._places = {token: np.array(found, dtype=np.intp) for token, found in places.items()}
        self._sizes = np.array([len(tokens) for tokens in sets], dtype=np.float64)

    def dice(self, tokens: frozenset[str]) -> Floats:
        """Return 2 * shared / (sizes together), 0 where either side is empty."""
        shared = np.zeros(len(self._sizes))
        for token in tokens:
            found = self._places.get(token)
            if found is not None:
                shared[found] += 1
        return 2 * shared / np.maximum(self._sizes + len(tokens), 1)


class Column:
    """The values of one trait; each distinct text is analysed once and each comparison is kept."""

    def __init__(self, values: Sequence[str]) -> None:
        order: dict[str, int] = {}
        self._at = np.array([order.setdefault(value, len(order)) for value in values], dtype=np.intp)
        self._order, self._texts = order, list(order)
        self._postings: dict[object, Postings] = {}
        self._seen: dict[tuple[object, str], Floats] = {}

    def equal(self, text: str) -> Floats:
        """Return 1 where the value is exactly this text."""
        return self._kept("equal", text, lambda: self._exactly(text))

    def like(self, text: str) -> Floats:
        """Return domain likeness: 1 equal, .95 same words, else the better of shared words and shared trigrams."""
        return self._kept("like", text, lambda: self._likeness(text))

    def edit(self, text: str) -> Floats:
        """Return Levenshtein likeness of letters and digits, as the published Similo compares."""
        return self._kept("edit", text, lambda: edit_likeness(_plain(text), [_plain(t) for t in self._texts]))

    def overlap(self, text: str, tokens: Tokens | None = None) -> Floats:
        """Return the Dice overlap of tokens, words unless said otherwise."""
        cut = tokens or word_set
        return self._kept(cut, text, lambda: self._index(cut).dice(frozenset(cut(text))))

    def count(self, text: str) -> int:
        """Return how many candidates have exactly this value."""
        at = self._order.get(text)
        return 0 if at is None else int((self._at == at).sum())

    def _kept(self, how: object, text: str, work: Callable[[], Floats]) -> Floats:
        if (how, text) not in self._seen:
            self._seen[how, text] = work()[self._at] if self._texts else np.zeros(0)
        return self._seen[how, text]

    def _exactly(self, text: str) -> Floats:
        out = np.zeros(len(self._texts))
        if (at := self._order.get(text)) is not None:
            out[at] = 1.0
        return out

    def _likeness(self, text: str) -> Floats:
        by_words = self._index(word_set).dice(word_set(text))
        out = np.maximum(by_words, 0.9 * self._index(grams).dice(grams(text)))
        out[by_words >= 1.0] = 0.95
        out[by_words == 0.0] = np.minimum(out[by_words == 0.0], 0.9)
        if (at := self._order.get(text)) is not None:
            out[at] = 1.0
        return out

    def _index(self, tokens: Tokens) -> Postings:
        if tokens not in self._postings:
            self._postings[tokens] = Postings([frozenset(tokens(text)) for text in self._texts])
        return self._postings[tokens]


class Sheet:
    """One survey in columns, with the dictionary by which its texts are read."""

    def __init__(self, view: Survey, language: Language) -> None:
        self.view, self.language = view, language
        self.candidates: tuple[Candidate, ...] = view.candidates
        self.prints: list[Fingerprint] = [c.fingerprint for c in view.candidates]
        self.boxes = np.array([p.box for p in self.prints], dtype=np.float64).reshape(len(self.prints), 4)
        self.topic = language.things(" ".join((view.title, *view.headings[:2]))) | _about(view.url, language)
        self._columns: dict[str, Column] = {}
        self._called: list[tuple[str, ...]] = []

    def __len__(self) -> int:
        return len(self.candidates)

    def called(self) -> list[tuple[str, ...]]:
        """Return for each candidate the texts by which a person knows it."""
        self._called = self._called or [human_texts(p) for p in self.prints]
        return self._called

    def column(self, trait: str) -> Column:
        """Return the column of a fingerprint trait; word lists are joined, rows give their key or column header."""
        if trait not in self._columns:
            self._columns[trait] = Column([trait_text(p, trait) for p in self.prints])
        return self._columns[trait]

    def meant(self, trait: str, text: str) -> Floats:
        """Return the overlap of meanings, synonyms resolved, of a recorded text with a trait of all candidates."""
        return self.column(trait).overlap(text, self.language.meanings)


class Sheets:
    """The latest page laid out, so that the rungs of one ladder lay each survey out once."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._last: Sheet | None = None

    def of(self, view: Survey) -> Sheet:
        """Return the sheet of a survey."""
        if self._last is None or self._last.view is not view:
            self._last = Sheet(view, self.language)
        return self._last


def trait_text(fingerprint: Fingerprint, trait: str) -> str:
    """Return a trait as one text; of an address only what is the same for every record."""
    if trait in ("row_key", "column"):
        row = fingerprint.row
        return "" if row is None else row.key if trait == "row_key" else row.column
    if trait == "beside":
        return _beside(fingerprint)
    value = getattr(fingerprint, trait)
    if trait == "href":
        return _RECORD_PART.sub("/*", str(value).removeprefix("{base}"))
    return " \n ".join(value) if isinstance(value, tuple) else str(value)


def recorded_text(fingerprint: Fingerprint, trait: str) -> str:
    """Return a recorded trait as far as it tells anything: nothing machine-made, nothing masked."""
    if trait in fingerprint.generated:
        return ""
    value = getattr(fingerprint, trait, "")
    if isinstance(value, tuple):
        return " \n ".join(text for text in value if not masked(text))
    text = trait_text(fingerprint, trait)
    return "" if masked(text) or (trait == "placeholder" and _FORMAT.fullmatch(text)) else text


def _about(url: str, language: Language) -> frozenset[str]:
    """Return what an address says its page is about: `/issues/12/edit` is about an issue, and about issues."""
    parts = [word for word in words(urlsplit(url).path) if word.isalpha()]
    return language.things(" ".join(parts)) | language.things(" ".join(word.removesuffix("s") for word in parts))


def _beside(fingerprint: Fingerprint) -> str:
    """Return the text over or just before a field without a name: what a person takes for its label."""
    f = fingerprint
    if f.capability not in ("fill", "select") or f.name or f.label or f.placeholder:
        return ""
    column = f.row.column if f.row else ""
    return column or (f.near[0] if f.near else "")


def human_texts(fingerprint: Fingerprint) -> tuple[str, ...]:
    """Return the different texts by which a person would know the element."""
    there = (trait for trait in HUMAN if trait == "beside" or getattr(fingerprint, trait))
    texts = (recorded_text(fingerprint, trait) for trait in there)
    return tuple(dict.fromkeys(text for text in texts if text))


def masked(text: str) -> bool:
    """Tell whether a text was kept only as shape and hashes, or still has a hole where a value belongs."""
    return "#h:" in text or "{{" in text


@lru_cache(maxsize=8192)
def word_set(text: str) -> frozenset[str]:
    """Return the different words of a text; name, label and text of an element are often one text."""
    return frozenset(words(text))


@lru_cache(maxsize=8192)
def grams(text: str) -> frozenset[str]:
    """Return the letter triples of a text's words, padded at both ends."""
    padded = f" {' '.join(words(text))} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def steps_of_path(path: str) -> set[str]:
    """Return the tags of a path marked with their distance from the element, and the tags alone."""
    tags = path.split(">")[::-1]
    return {f"{at}:{tag}" for at, tag in enumerate(tags[:8])} | set(tags)


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())[:50]
