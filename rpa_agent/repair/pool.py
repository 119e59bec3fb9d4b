"""Which candidates may stand for a recorded element at all: able, reachable, in its row, not its opposite."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from rpa_agent.domain.identity import words
from rpa_agent.domain.proposal import Candidate
from rpa_agent.domain.target import Fingerprint

from .leading import leads_same
from .sheet import Mask, Sheet, human_texts, masked

_WIDGETS = {"fill": {"fill", "select"}, "select": {"select", "fill"}}
_BOX_ROLES = {"checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio"}
_NATIVE = {"a", "button", "input", "select", "textarea", "summary"}


def eligible(
    recorded: Fingerprint, sheet: Sheet, tried: Collection[str] = (), others: Collection[tuple[str, ...]] = ()
) -> Mask:
    """Return which candidates may be proposed for the recorded element; ``others`` as `leads_same` takes them."""
    kept = np.zeros(len(sheet), dtype=bool)
    was, language = " · ".join(human_texts(recorded)), sheet.language
    careful = recorded.capability not in ("fill", "select", "upload")
    for at, (candidate, called) in enumerate(zip(sheet.candidates, sheet.called(), strict=True)):
        if _fits(recorded, candidate) and not refuted(candidate, tried):
            against = careful and any(language.opposite(was, text) for text in called)
            kept[at] = not against or _only_leads_there(recorded, candidate, sheet, others)
    for at in wrappers(sheet, kept):
        kept[at] = False
    return kept


def _only_leads_there(
    recorded: Fingerprint, candidate: Candidate, sheet: Sheet, others: Collection[tuple[str, ...]]
) -> bool:
    """Tell whether a link leads where the recorded one led: "Reset password" for "this form" is no step back."""
    called = human_texts(candidate.fingerprint)
    destroys = any(sheet.language.against(text) & {"delete", "reject", "logout"} for text in called)
    return not destroys and leads_same(recorded, candidate.fingerprint, sheet, others)


def refuted(candidate: Candidate, tried: Collection[str]) -> bool:
    """Tell whether this element was proposed before, by its address or by its words."""
    return bool(tried) and (candidate.ref in tried or candidate.fingerprint.words() in tried)


def able(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether the live element can do what the recorded one did, perhaps as another kind of widget."""
    if recorded.capability in ("none", live.capability):
        return True
    if live.capability in _WIDGETS.get(recorded.capability, ()):
        return True
    if recorded.capability == "check":
        return live.role in _BOX_ROLES
    return recorded.capability in _WIDGETS and live.role == "combobox"


def widget_changed(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether the same value is now entered in another kind of widget."""
    kinds = [(p.capability, p.tag, p.role) for p in (recorded, live)]
    return recorded.capability in _WIDGETS and kinds[0] != kinds[1]


def in_row(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether the live element is in the row that was meant; true where no row was."""
    key = recorded.row.key if recorded.row else ""
    return not key or masked(key) or (live.row is not None and live.row.key == key)


def wrappers(sheet: Sheet, kept: Mask) -> list[int]:
    """Return the candidates that only wrap, or are wrapped by, another of the same name and action."""
    by_name: dict[tuple[str, str], list[int]] = {}
    for at in np.flatnonzero(kept):
        live = sheet.prints[at]
        if live.name:
            by_name.setdefault((live.name, live.capability), []).append(int(at))
    gone: list[int] = []
    for group in by_name.values():
        for a in group:
            gone += [_lesser(sheet, a, b) for b in group if a != b and _holds(sheet, a, b)]
    return gone


def _fits(recorded: Fingerprint, candidate: Candidate) -> bool:
    live = candidate.fingerprint
    if not able(recorded, live) or not candidate.enabled or not in_row(recorded, live):
        return False
    if not candidate.visible and live.capability != "upload":     # file fields are usually hidden behind a button
        return False
    # What a column of a table offered for each row is no button of the whole page.
    return not (live.capability == "click" and recorded.row and recorded.row.column and not live.row)


def _holds(sheet: Sheet, outer: int, inner: int) -> bool:
    a, b = sheet.prints[outer], sheet.prints[inner]
    if len(a.path) >= len(b.path) or not b.path.startswith(f"{a.path}>"):
        return False
    (ax, ay, aw, ah), (bx, by, bw, bh) = a.box, b.box
    return ax <= bx + 1 and ay <= by + 1 and ax + aw >= bx + bw - 1 and ay + ah >= by + bh - 1


def _lesser(sheet: Sheet, outer: int, inner: int) -> int:
    native_inside = sheet.prints[inner].tag in _NATIVE and sheet.prints[outer].tag not in _NATIVE
    return outer if native_inside else inner


def same_name(a: Fingerprint, b: Fingerprint) -> bool:
    """Tell whether a person would read the same name on both."""
    called_a, called_b = (next(iter(human_texts(p)), "") for p in (a, b))
    return words(called_a) == words(called_b) and bool(called_a) == bool(called_b)
