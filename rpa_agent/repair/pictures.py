"""A sign that lost its name: does it show the picture that was shown, and does nothing else there show it?"""

from __future__ import annotations

from rpa_agent.domain.identity import drawn, leads_elsewhere
from rpa_agent.domain.proposal import Candidate
from rpa_agent.domain.target import Fingerprint

from .alike import coded_alike, coded_apart, places
from .sheet import Sheet, human_texts, masked

_STANDS = {"form", "dialog", "heading"}
_ANY = frozenset({"drawing"})   # says that something is drawn, not what


def same_picture(recorded: Fingerprint, candidate: Candidate, sheet: Sheet) -> bool:
    """Tell whether an element without any word shows the picture that the recorded one alone showed, where that stood.

    People know a sign by its picture; what it was called was said to screen readers, or on hovering. The recorded element
    had shown no word either, and in its row, or on the page outside of rows, no other of its kind had its picture. An element
    that says anything is known by that, whatever it shows: a star may stand for marking and for taking the mark away.
    """
    live, shown = candidate.fingerprint, drawn(recorded) - _ANY
    if not shown or recorded.unique.get("picture") != 1 or live.capability != "click" or recorded.role != live.role:
        return False
    another = leads_elsewhere(recorded, live) or (coded_apart(recorded, live) and not coded_alike(recorded, live))
    if another or human_texts(live):
        return False
    row = _row(recorded)
    if row != _row(live) or not (row or _STANDS & set(places(recorded, live))):
        return False
    likewise = [c.ref for c in sheet.candidates if _shows(c.fingerprint, shown, live.role) and _row(c.fingerprint) == row]
    return likewise == [candidate.ref]


def _shows(fingerprint: Fingerprint, picture: set[str], role: str) -> bool:
    return fingerprint.role == role and drawn(fingerprint) - _ANY == picture


def _row(fingerprint: Fingerprint) -> str:
    key = fingerprint.row.key if fingerprint.row else ""
    return "" if masked(key) else key
