"""A field that shows something else than what was chosen in it: "Norway" becomes "NO"."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from .frozen import Frozen

WORDS = "text"  # a part of the option's own words; anything else is the name of an attribute


class ShownAs(Frozen):
    """What was seen of it when shown. Pairs of choice and code are kept as salted hashes: they may be business data."""

    by: str = ""                        # where the option itself says what the field then shows; "" where it does not
    salt: str = ""
    pairs: tuple[str, ...] = ()

    @classmethod
    def seen(cls, chosen: str, shown: str, *, by: str, salt: str) -> ShownAs:
        """Return what one demonstration showed."""
        return cls(by=by, salt=salt, pairs=(_pair(chosen, shown, salt),))

    def fits(self, chosen: str, shown: str, said: Mapping[str, Sequence[str]]) -> bool:
        """Tell whether a field that shows this holds what was chosen.

        ``said`` is what the option said of itself when it was chosen in this run: its words, and its attributes by name.
        Another code than the one that was shown counts only where the option says it in the same way.
        """
        if not shown.strip():
            return False
        told = said.get(self.by, ()) if self.by else ()
        return _pair(chosen, shown, self.salt) in self.pairs or _plain(shown) in map(_plain, told)

    def also(self, other: ShownAs | None) -> ShownAs:
        """Return what two demonstrations showed of one field."""
        if other is None or other.salt != self.salt:
            return self
        same = self.by if self.by == other.by else ""
        return self.but(by=same, pairs=tuple(dict.fromkeys((*self.pairs, *other.pairs))))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _pair(chosen: str, shown: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}\n{_plain(chosen)}\n{_plain(shown)}".encode()).hexdigest()[:16]
