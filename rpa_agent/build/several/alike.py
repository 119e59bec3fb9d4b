"""Tells whether two acts of one demonstration do the same thing, to another record perhaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlsplit

from ...domain.procedure import READS
from ...domain.recording import Act, SeenRequest
from ...domain.target import Fingerprint
from ...domain.urls import origin, path_template

VALUES = frozenset({"fill", "select", "upload"})  # acts that enter a value
_SAID_BY_VALUE = frozenset({"goto", "press", "click", "dblclick", "rightclick"})
_SHORTEST = 3  # what is shorter stands in too many texts by chance


class Alike:
    """Compares acts with the records' own words left out; ``acts`` are the whole demonstration."""

    def __init__(self, acts: Sequence[Act], ambient: Iterable[str] = ()) -> None:
        self._ambient = frozenset(ambient)
        words = {w for a in acts for w in words_of(a)}
        ordered = sorted(words, key=len, reverse=True)
        self._record = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)") if ordered else None
        self._slugs = {_slug(w) for w in words}

    def plain(self, text: str) -> str:
        """Return a text with ``*`` for every word of a record."""
        return self._record.sub("*", text) if self._record else text

    def same(self, a: Act, b: Act) -> bool:
        """Tell whether two acts differ in their record and value only."""
        if a.kind != b.kind or a.tab != b.tab or a.secret != b.secret or not self.same_page(a.url, b.url):
            return False
        # An address of its own is no value that a row could give; keys pressed are what is done.
        if a.kind in _SAID_BY_VALUE and a.value != b.value:
            return False
        if (a.element is None) != (b.element is None) or (a.to is None) != (b.to is None):
            return False
        if a.to is not None and b.to is not None and not self.same_element(a.to, b.to):
            return False
        choices = len(a.options) > 1 and a.options == b.options and a.option_of == b.option_of  # of one group
        if a.element is not None and b.element is not None and not choices and not self.same_element(a.element, b.element):
            return False
        return (a.output, bool(a.table), a.option_of) == (b.output, bool(b.table), b.option_of)

    def same_element(self, a: Fingerprint, b: Fingerprint) -> bool:
        """Tell whether two elements are one control of the application, in the rows of two records perhaps."""
        for trait in ("tag", "role", "capability", "type", "landmark", "frames", "shadow", "in_data"):
            if getattr(a, trait) != getattr(b, trait):
                return False
        if (a.row.column if a.row else "") != (b.row.column if b.row else ""):
            return False
        if any(self.plain(getattr(a, t)) != self.plain(getattr(b, t)) for t in ("form", "dialog", "placeholder")):
            return False
        if _own_name(a, "name_attr") != _own_name(b, "name_attr"):
            return False
        if a.in_data and _alone(a) and _alone(b):
            return a.path == b.path  # both are called like their record
        return all(self.plain(getattr(a, t)) == self.plain(getattr(b, t)) for t in ("name", "label", "title"))

    def same_page(self, a: str, b: str) -> bool:
        """Tell whether two addresses are one page, of two records perhaps."""
        if a == b:
            return True
        one, other = (path_template(urlsplit(u).path, {}).strip("/").split("/") for u in (a, b))
        if origin(a) != origin(b) or len(one) != len(other):
            return False
        return all(x == y or {_slug(x), _slug(y)} <= self._slugs for x, y in zip(one, other, strict=True))

    def asks(self, act: Act) -> bool:
        """Tell whether an act asked a server for anything that is not sent all the time."""
        return any(r.address() not in self._ambient for r in act.requests)

    def same_change(self, a: Act, b: Act) -> bool:
        """Tell whether two acts sent the same kind of request: a button may do different things on two records."""
        return self._changes(a) == self._changes(b)

    def _changes(self, act: Act) -> set[tuple[str, str, str]]:
        return {
            (r.method, self._address(r), r.operation)
            for r in act.requests
            if r.method not in READS and r.address() not in self._ambient
        }

    def _address(self, request: SeenRequest) -> str:
        segments = path_template(urlsplit(request.url).path, {}).split("/")
        return origin(request.url) + "/".join("*" if _slug(s) in self._slugs else s for s in segments)


def words_of(act: Act) -> set[str]:
    """Return what an act tells of its record: the value entered, and the texts of the row but for its controls."""
    out = set()
    if act.kind in VALUES and act.value and not act.secret:
        out |= {line.strip() for line in act.value.split("\n")}
    if act.row is not None and act.element is not None and act.element.in_data:
        alone = _alone(act.element)
        out |= {c.strip() for i, c in enumerate(act.row.cells) if alone or i != act.row.own}
    return {w for w in out if len(w) >= _SHORTEST}


def _alone(fp: Fingerprint) -> bool:
    """Tell whether no other element of its page is called like it."""
    return fp.unique.get("name", 1) < 2


def _own_name(fp: Fingerprint, trait: str) -> str:
    return "" if trait in fp.generated else re.sub(r"\d+", "*", str(getattr(fp, trait)))


def _slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", unquote(text).casefold()).strip("-")
