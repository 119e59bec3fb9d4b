"""A tab that is called otherwise: the one that is left where all others of its list are there as they were, in their order."""

from __future__ import annotations

from rpa_agent.domain.identity import words
from rpa_agent.domain.procedure import Page
from rpa_agent.domain.proposal import Candidate

from .sheet import Sheet

_LEAST = 2      # a list of one tab has no others that could tell


def same_tab(recorded_name: str, candidate: Candidate, page: Page | None, sheet: Sheet) -> bool:
    """Tell whether a tab stands where the recorded one stood among as many, each other one being called as it was.

    Only of tabs: all that pressing one does is to show a part of the page, so a wrong one costs a look.
    """
    was = [words(row[1]) for row in page.elements if len(row) >= 2 and row[0] == "tab"] if page else []
    now = [c for c in sheet.candidates if c.visible and c.fingerprint.role == "tab"]
    name = words(recorded_name)
    if len(was) < _LEAST or len(was) != len(now) or was.count(name) != 1 or not name:
        return False
    at = was.index(name)
    others = ((a, b) for n, (a, b) in enumerate(zip(was, now, strict=True)) if n != at)
    return now[at].ref == candidate.ref and all(a and a == words(b.fingerprint.name) for a, b in others)
