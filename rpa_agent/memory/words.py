"""What a procedure is about, in words to search by: its task, slots and facts with the names of things masked."""

from __future__ import annotations

import re
from functools import lru_cache

from ..domain.frozen import Frozen
from ..domain.procedure import Procedure
from ..domain.template import HOLE

MASK = "_"
_LONGEST = 4000         # a task is a sentence; what is longer is not read to its end
_QUOTED = re.compile(r"\"[^\"\n]+\"|“[^”\n]+”|„[^“”\n]+[“”]|«[^»\n]+»|(?<!\w)'[^'\n]+'(?!\w)|‘[^’\n]+’")
_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz?|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)"
)
_DATE = re.compile(
    rf"\b\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}\b|\b\d{{1,2}}(?:\.|st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b\.?(?:,?\s+\d{{4}})?"
    rf"|\b{_MONTH}\b\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?|\b{_MONTH}\b,?\s+\d{{4}}\b",
    re.IGNORECASE,
)
# addresses, paths, file names and names that only machines write: a/b, a_b, aB, report.csv
_CODE = re.compile(
    r"https?://\S+|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]+|(?<![\w/])/?\w[\w.-]*(?:/[\w.-]*)+"
    r"|\b[^\W_]+(?:_[^\W_]+)+\b|\b[\w-]{1,64}\.(?:com|org|net|io|de|eu|md|txt|html|csv|pdf|xlsx?|docx?|zip|xml|json)\b"
    r"|\b[a-z]+[A-Z]\w*"
)
_NUMBER = re.compile(r"(?<![\w-])[#№$€£]?[\w-]*\d[\w-]*(?:[.,'’/][\w-]*\d[\w-]*)*[%€$£]?")
_NAME = re.compile(
    r"(?<=[^\s.!?:…])(\s+)((?!I\b)[A-ZÄÖÜ][\w&'’.-]*(?<![.-])"
    r"(?:(?:\s+(?:of|the|and|de|van|von|&))?\s+(?!I\b)[A-ZÄÖÜ][\w&'’-]*)*)"
)
_LISTED = re.compile(rf"[\[({{]\s*{MASK}\s*[\])}}]")
_REPEATED = re.compile(rf"{MASK}(?:[\s,./-]+(?:(?:and|or|&|und|oder)\s+)?{MASK})+")
_WORDS = re.compile(rf"[^\W_]+|{MASK}")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_GERMAN = frozenset((
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "und", "oder", "für", "mit",
    "von", "vom", "zum", "zur", "im", "nach", "auf", "aus", "bitte",
))
_STOP = _GERMAN | frozenset((
    "a", "an", "the", "and", "or", "of", "for", "to", "in", "on", "at", "by", "with", "from", "into", "as", "is", "are",
    "be", "it", "its", "this", "that", "all", "any", "my", "me", "i", "you", "your", "please",
))


class Searchable(Frozen):
    """The masked words of a procedure; ``clear_task`` is for people. What is embedded is the task alone."""

    clear_task: str
    task: str
    slots: str
    facts: str

    def meant(self) -> str:
        """Return what is embedded: the task, and where it has no words of its own, slots and facts."""
        return self.task if terms(self.task) else ". ".join(part for part in (self.task, self.slots, self.facts) if part)


def mask_entities(text: str) -> str:
    """Replace what changes from case to case: holes, quoted text, addresses, dates, numbers, names in mid-sentence.

    A list of such counts as one.

    The words that remain name the kind of work. Where most words are capitalised, as in a title or in German, a
    capital letter says nothing about names, and they stay.
    """
    text = text[:_LONGEST]
    for entity in (HOLE, _QUOTED, _CODE, _DATE, _NUMBER):
        text = entity.sub(MASK, text)
    if not _capitals_mean_nothing(text):
        text = _NAME.sub(rf"\1{MASK}", text)
    text = _REPEATED.sub(MASK, " ".join(text.split()))
    return _REPEATED.sub(MASK, _LISTED.sub(MASK, text))


def _capitals_mean_nothing(text: str) -> bool:
    found = [w for w in text.split() if w[0].isalpha()][1:]
    capitals = sum(w[0].isupper() for w in found)
    return capitals * 3 > len(found) * 2 or any(w in _GERMAN for w in found)


def searchable(document: Procedure) -> Searchable:
    """Return the words to find a procedure by."""
    slots = " ".join(name.replace("_", " ") for name in document.params)
    facts = "; ".join(mask_entities(fact) for fact in document.facts)
    return Searchable(clear_task=document.task, task=mask_entities(document.task), slots=slots, facts=facts)


def terms(text: str) -> tuple[str, ...]:
    """Return the words that carry meaning, in order, without repeats."""
    return tuple(dict.fromkeys(w for w in sequence(text) if w not in _STOP and w != MASK))


def sequence(text: str) -> tuple[str, ...]:
    """Return every word of a masked text in order, small ones and masks too; a supplier's is supplier."""
    return tuple([w if w == MASK else w.casefold() for w in _WORDS.findall(_POSSESSIVE.sub("", text))])


def weight(word: str) -> float:
    """Return how much a word says of the work: small words a little, all others the same, in any memory."""
    return 0.25 if word in _STOP else 1.0


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a word without its ending, roughly."""
    for ending in ("ing", "es", "ed", "en", "s", "e", "n"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word
