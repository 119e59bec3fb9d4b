"""Finds what a page itself named: a button, a link or a choice whose name stands marked in a sentence of the same page.

Every run reads the name there and uses what is called so. Only where nothing is sent from there on: what a page says
must not decide what is sent (docs/decisions, "What a page names").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..domain.recording import Act, Recording, Shown
from ..domain.signs import CROSSES, closes
from ..domain.template import stands_alone
from .effects import classify
from .found import NAMED

_LONGEST = 80
_NOUNS = {"button": "button", "link": "link", "tab": "tab", "menuitem": "entry"}
_CLICKS = frozenset({"click", "dblclick", "rightclick"})
_QUOTED = re.compile(r"[\"“”„«»‘’`‹›「『]\s*([^\"“”„«»‘’`‹›」』]{1,80}?)\s*[\"“”„«»‘’`‹›」』]|(?<!\w)'([^']{1,80})'(?!\w)")


def with_named(acts: Sequence[Act], recording: Recording) -> tuple[Act, ...]:
    """Return the acts with a read before each one whose element, or choice, the page at hand had named."""
    sends = [i for i, act in enumerate(acts) if classify(act, acts[:i], recording)[0] != "none"]
    free = sends[-1] + 1 if sends else 0
    out: list[Act] = []
    for i, act in enumerate(acts):
        name = _name_of(act) if i >= free else ""
        pieces = [name, *(CROSSES if closes(name) else ())] if name else []
        told = ((_sentence(i, acts, piece, recording), piece) for piece in pieces)
        found = next(((sentence, piece) for sentence, piece in told if sentence is not None), None)
        if found is not None:
            out.append(_read(act, *found))
        out.append(act)
    return tuple(out)


def _read(act: Act, sentence: Shown, piece: str) -> Act:
    assert act.element is not None
    return Act(
        kind="read",
        at=act.at,
        url=act.url,
        url_after=act.url,
        title=act.title,
        element=sentence.element,
        tab=act.tab,
        value=_open_elsewhere(sentence, piece),
        read_back=piece,
        output=f"{NAMED}{_NOUNS.get(act.element.role, 'text') if act.kind in _CLICKS else 'choice'}",
        names_next=True,
    )


def _name_of(act: Act) -> str:
    """Return what a page could have named: an element of the application, or a choice among others. No record of a list."""
    fp = act.element
    if fp is None or act.secret or (fp.row is not None and fp.row.count > 1):
        return ""
    if act.kind in _CLICKS:
        usable = fp.capability in {"click", "none"} and not fp.in_data and not act.option_of
        said = fp.name if usable and fp.unique.get("name", 1) < 2 else ""
    else:
        chosen = act.kind in {"check", "select"} and len(act.options) > 1 and act.value in act.options
        said = act.value or "" if chosen else ""
    return said if len(said) <= _LONGEST else ""


def _sentence(i: int, acts: Sequence[Act], piece: str, recording: Recording) -> Shown | None:
    """Return the one text of the page at hand that names what was used; None where there is none, or where several do."""
    act = acts[i]
    standing: dict[tuple[object, ...], Shown] = {}
    for shown in recording.shown:
        fp = shown.element
        if fp is not None and shown.at <= act.at and (shown.url, shown.tab) == (act.url, act.tab) and not shown.copied:
            place = (fp.path, fp.index, fp.id, fp.classes, fp.label, fp.heading, fp.frames)
            standing[place] = shown  # what stood there before is gone
    of_application = [s for s in standing.values() if s.row is None and s.element and not s.element.in_data]
    naming = [s for s in of_application if _names(s, i, acts, piece) and not _answers(s, i, acts, piece)]
    return naming[0] if len(naming) == 1 else None


def _names(shown: Shown, i: int, acts: Sequence[Act], piece: str) -> bool:
    act, fp = acts[i], shown.element
    assert act.element is not None and fp is not None
    around = shown.text.replace(piece, " ", 1)
    if fp.capability != "none" or not re.search(r"[^\W\d_]{2}", around) or fp.path == act.element.path:
        return False
    marked = set(_marked(shown))
    if piece in shown.parts and act.element.path.rpartition(">")[0] == fp.path:
        return False  # it stands in the sentence itself
    if piece in marked:
        return marked <= {piece, *_used(acts)}  # what marks other things too describes the page
    # A choice that is named without a mark: only in a sentence that also names the button that is then pressed.
    if act.kind not in {"check", "select"} or not stands_alone(piece, shown.text):
        return False
    others = any(stands_alone(o, shown.text) for o in act.options if o != piece and o not in piece)
    pressed = (a.element.name for a in acts[i + 1 :] if a.kind in _CLICKS and a.element and a.url == act.url)
    return not others and any(stands_alone(p, shown.text) for p in pressed if p)


def _marked(shown: Shown) -> Iterator[str]:
    yield from (m[1] or m[2] for m in _QUOTED.finditer(shown.text))
    yield from (p for p in shown.parts if p != shown.text)


def _used(acts: Sequence[Act]) -> Iterator[str]:
    for act in acts:
        yield from (t for t in (act.value, act.element.name if act.element else "", *(act.row.cells if act.row else ())) if t)


def _answers(shown: Shown, i: int, acts: Sequence[Act], piece: str) -> bool:
    """Tell whether the text came after the same thing had been used before: then it tells what was done."""
    return any(a.at < shown.at and piece in (a.value, a.element.name if a.element else "") for a in acts[:i])


def _open_elsewhere(shown: Shown, piece: str) -> str:
    """Return the sentence with ``*`` for the other things that it marks: they may be others in the next run."""
    text = shown.text
    for other in {m for m in _marked(shown) if m != piece and m not in piece and piece not in m}:
        text = text.replace(other, "*")
    return text
