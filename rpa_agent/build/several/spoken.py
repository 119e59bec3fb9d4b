"""What pages said of several records, told as if all of it had been said of the first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...domain.recording import Act
from ..found import Found
from .alike import Alike


class Spoken:
    """The values of every pass as the site showed them, so that what a page said of one reads as said of the first."""

    def __init__(self, found: Found, alone: Sequence[Found], cells: Sequence[Mapping[str, str]]) -> None:
        self._found, self._alone, self._cells = found, alone, cells

    def as_first(self, text: str, of: int) -> str:
        """Return what was said of one pass's record as if it were the first pass's; other records' words go."""
        own = self._alone[of].shown
        swaps = {**self._cells[of], **{v: self._found.shown.get(n, v) for n, v in own.items() if len(v) > 1}}
        for one in self._alone[1:]:
            for v in one.shown.values():
                if len(v) > 2 and v not in swaps and v not in self._found.shown.values():
                    swaps[v] = "*"
        return _swapped(text, swaps)

    def bare(self, text: str, of: int) -> str:
        """Return a text of one pass without its values."""
        return _swapped(text, {v: "*" for v in self._alone[of].shown.values() if len(v) > 1})


def row_texts(acts: Sequence[Act], places: Sequence[int], done_by: Sequence[Mapping[int, int]]) -> list[dict[str, str]]:
    """Return for each pass the texts of its record's row, each with the one that stands there in the first pass's row."""
    out = []
    for done in done_by:
        pairs: dict[str, str] = {}
        for i in places:
            mine, theirs = acts[i].row, acts[done[i]].row if i in done else None
            if mine and theirs and len(mine.cells) == len(theirs.cells):
                pairs |= {t: m for t, m in zip(theirs.cells, mine.cells, strict=True) if len(t) > 2}
        out.append(pairs)
    return out


def _swapped(text: str, swaps: Mapping[str, str]) -> str:
    words = [w for w in sorted(swaps, key=len, reverse=True) if w in text]
    if not words:
        return text
    any_word = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")
    return any_word.sub(lambda m: swaps[m[0]], text)


def of_all_passes(spoken: Spoken, alike: Alike, n: int, act: Act, twins: Sequence[Act | None]) -> Act:
    """Return the first pass's act with the signals that came in every pass, and the page rows and pager any of them had."""
    others = [(k, t) for k, t in enumerate(twins) if t is not None and t is not act]
    texts = []
    for text in act.texts:
        mine = alike.plain(spoken.bare(text, 0))
        if all(not t.texts or mine in {alike.plain(spoken.bare(x, k)) for x in t.texts} for k, t in others):
            texts.append(spoken.as_first(text, 0))
    pager = next((t.pager for t in (act, *(t for _, t in others)) if t.pager is not None), None)
    postback = next((t.postback for t in (act, *(t for _, t in others)) if t.postback), "")
    ends = [t.url_after for _, t in others if t.url_after]
    return act.but(
        texts=tuple(texts), pager=pager, postback=postback, url_after=_numbered(act.url_after, ends),
        settle_ms=max([act.settle_ms, *(t.settle_ms for _, t in others)]),
    )


def as_first(spoken: Spoken, act: Act, *, last: bool) -> Act:
    return act.but(texts=tuple(spoken.as_first(t, -1) for t in act.texts)) if last else act


def _numbered(url: str, others: Sequence[str]) -> str:
    """Return an address with ``0`` for what differs from pass to pass: whatever it is, it numbers the record."""
    head, mark, query = url.partition("?")
    parts = head.split("/")
    for other in others:
        theirs = other.partition("?")[0].split("/")
        if len(theirs) == len(parts):
            parts = [p if p == t or n < 3 else "0" for n, (p, t) in enumerate(zip(parts, theirs, strict=True))]
    return "/".join(parts) + mark + query
