"""What button and label texts mean: opposites that are never taken for each other, and weak synonyms."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from rpa_agent.domain.identity import turned, words

_HERE = Path(__file__).parent
_ORDINARY = frozenset({"committing", "affirm", "widening"})
_HARD = frozenset({"delete", "reject", "never"})
_ONE_SAYING = "refuse_cookies"          # the list of which every entry says one thing, in words that have nothing in common
_LINKS = ("", "s", "n", "en", "es")     # letters that join the parts of a German compound


class Language:
    """Texts as sets of meanings; ``synonyms=False`` leaves every word its own meaning, the careful lists stay."""

    def __init__(self, *, synonyms: bool = True) -> None:
        careful, same = _read("words.json"), _read("synonyms.json")
        self._lists = {name: _any_of(texts) for name, texts in careful.items() if isinstance(texts, list)}
        said = [*(t for texts in careful.values() if isinstance(texts, list) for t in texts), *same["idle"]]
        said += [t for texts in (*careful["against"].values(), *same["groups"].values()) for t in texts]
        self._texts = tuple(said)
        self._against = {name: _any_of(texts) for name, texts in careful["against"].items()}
        self._signs = frozenset(careful["close_signs"])
        groups = same["groups"].items() if synonyms else ()
        self._meaning = {normal(text): group for group, texts in groups for text in texts}
        self._acts = frozenset(same["acts"])
        self._idle = frozenset(normal(text) for text in same["idle"])
        self._known: dict[str, frozenset[str]] = {}
        self._marked: dict[str, frozenset[str]] = {}

    def vocabulary(self) -> frozenset[str]:
        """Return every single word of the two files, as they are written there."""
        return frozenset(word for text in self._texts for word in words(text))

    def has(self, which: str, text: str) -> bool:
        """Tell whether a list of words.json has a word or phrase of this text."""
        return bool(self._lists[which].search(normal(text)))

    def only(self, which: str, text: str) -> bool:
        """Tell whether the text is nothing but one entry of the list."""
        return bool(self._lists[which].fullmatch(normal(text)))

    def one_saying(self, a: str, b: str) -> bool:
        """Tell whether both texts are nothing but two ways to say one thing that shares no word: "Reject all" and "Only
        necessary" below a question about cookies."""
        return all(self.only(_ONE_SAYING, text) for text in (a, b))

    def opens(self, text: str) -> bool:
        """Tell whether the text begins with a word for showing more in place."""
        return bool(self._lists["opens"].match(normal(text)))

    def closes(self, text: str) -> bool:
        """Tell whether the text only closes something that passes: "Close", "End tour", "Hinweis schließen"."""
        if self.only("close", text):
            return True
        rest, closing = self._lists["closing"].subn(" ", normal(text))
        return closing > 0 and rest.strip() != "" and not self._lists["passing"].sub(" ", rest).strip()

    def goes_further(self, text: str) -> bool:
        """Tell whether the text begins with a word for more of the same: "More fields", "Weitere Angaben"."""
        return bool(self._lists["further"].match(normal(text)))

    def is_close_sign(self, text: str) -> bool:
        """Tell whether the text is a mere cross, as many close buttons have."""
        return text.strip().casefold() in self._signs

    def against(self, text: str) -> frozenset[str]:
        """Return the classes of destroying, refusing or leaving words in a text."""
        plain = normal(text)
        return frozenset(name for name, regex in self._against.items() if regex.search(plain))

    def opposite(self, recorded: str, live: str) -> bool:
        """Tell whether a live name means what the recorded one never did: Save is not Delete, nor Delete Save.

        A destroying or refusing word must have been there when it was shown. A leaving word must have been there
        too, unless the recorded name closed something in other words. A name that had either never becomes one that
        commits, one thing never becomes all things, and what publishes does not unpublish.
        """
        if self.one_saying(recorded, live):
            return False
        if turned(recorded, live) and self.meanings(recorded) != self.meanings(live):
            return True
        did, does = self._marks(recorded), self._marks(live)
        was, now = did - _ORDINARY, does - _ORDINARY
        if (now - was) & _HARD:
            return True
        if now and not now & was and not self._closes(recorded):
            return True
        if self.only("negative", live) and not self.only("negative", recorded):
            return True
        if was and not now:
            return bool(does & {"committing", "affirm"})
        return "widening" in does - did

    def _closes(self, text: str) -> bool:
        return any(self.has(which, text) for which in ("close", "acknowledge", "postpone"))

    def _marks(self, text: str) -> frozenset[str]:
        """Return the classes of careful words in a text; read once per text."""
        if text not in self._marked:
            plain = normal(text)
            ordinary = (name for name in _ORDINARY if self._lists[name].search(plain))
            self._marked[text] = self.against(text) | frozenset(ordinary)
        return self._marked[text]

    def meanings(self, text: str) -> frozenset[str]:
        """Return what a text is about, synonyms and compounds resolved; a word without entry means itself."""
        if text not in self._known:
            self._known[text] = self._meanings(text)
        return self._known[text]

    def things(self, text: str) -> frozenset[str]:
        """Return what a text is about without what is done to it: "New invoice" is about an invoice."""
        return self.meanings(text) - self._acts

    def same_meaning(self, a: str, b: str) -> float:
        """Return 0..1: the share of meanings that two texts have in common."""
        ma, mb = self.meanings(a), self.meanings(b)
        if self.one_saying(a, b):
            return 1.0
        return 2 * len(ma & mb) / (len(ma) + len(mb)) if ma and mb else 0.0

    def _meanings(self, text: str) -> frozenset[str]:
        tokens, found, at = words(text)[:40], set[str](), 0
        if len(tokens) > 1 and self.only(_ONE_SAYING, text):
            return frozenset({_ONE_SAYING})
        while at < len(tokens):
            for size in (3, 2, 1):
                phrase = " ".join(tokens[at : at + size])
                if phrase in self._meaning:
                    found.add(self._meaning[phrase])
                    break
            else:
                size = 1
                if tokens[at] not in self._idle:
                    found.update(self._parts(tokens[at]))
            at += size
        return frozenset(found)

    def _parts(self, word: str) -> tuple[str, ...]:
        if word.endswith("s") and (group := self._meaning.get(word[:-1])):
            return (group,)
        for cut in range(len(word) - 2, 2, -1):
            if tail := self._meaning.get(word[cut:]):
                for link in _LINKS:
                    head = self._meaning.get(word[:cut].removesuffix(link) if link else word[:cut])
                    if head and word[:cut].endswith(link):
                        return (head, tail)
        return (word,)


@cache
def language(*, synonyms: bool = True) -> Language:
    """Return the shared dictionary, read from its two files on first use."""
    return Language(synonyms=synonyms)


def normal(text: str) -> str:
    """Return the words of a text, lower case, joined by single blanks."""
    return " ".join(words(text))


def _any_of(texts: list[str]) -> re.Pattern[str]:
    longest_first = sorted({normal(t) for t in texts} - {""}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_HERE / name).read_text(encoding="utf-8"))
    return loaded
