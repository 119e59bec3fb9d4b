"""Text with words in bold, italics or underlined, as an editor holds it: ``This is <b>really</b> important``.

A value is written so only where a step's ``format`` is STYLED. What the page shows of it is its plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

STYLED = "styled"  # the format of a step whose value is written so
KEYS = {"b": "ControlOrMeta+b", "i": "ControlOrMeta+i", "u": "ControlOrMeta+u"}  # what every editor hears
_TAG = re.compile(r"<(/?)([biu])>")

Run = tuple[frozenset[str], str]


def plain(text: str) -> str:
    """Return what a page shows of it."""
    return _TAG.sub("", text)


def same_text(styled: str | None, text: str) -> bool:
    """Tell whether ``styled`` is this text with styles."""
    return bool(styled) and styled != text and plain(styled or "") == text


def runs(text: str) -> list[Run]:
    """Return its pieces in order, each with its styles out of ``b``, ``i``, ``u``. White space between pieces has the styles
    of the piece before it. Tags need not be closed; one that was not opened closes nothing."""
    out: list[Run] = []
    for styles, piece in _pieces(text):
        if not piece:
            continue
        if out and (not piece.strip() or out[-1][0] == styles):
            out[-1] = (out[-1][0], out[-1][1] + piece)
        else:
            out.append((styles, piece))
    return out


def same_styles(a: str, b: str) -> bool:
    """Tell whether the same words have the same styles; white space does not count."""
    return _bare(a) == _bare(b)


def _pieces(text: str) -> Iterator[Run]:
    now, at = frozenset[str](), 0
    for tag in _TAG.finditer(text):
        yield now, text[at : tag.start()]
        now, at = (now - {tag[2]} if tag[1] else now | {tag[2]}), tag.end()
    yield now, text[at:]


def _bare(text: str) -> list[Run]:
    """Return the pieces without white space, neighbours of one style joined."""
    out: list[Run] = []
    for styles, piece in ((s, "".join(p.split())) for s, p in runs(text)):
        if piece and out and out[-1][0] == styles:
            out[-1] = (styles, out[-1][1] + piece)
        elif piece:
            out.append((styles, piece))
    return out
