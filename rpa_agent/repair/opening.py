"""What may hide an element and opens without changing anything: tabs, menus, folded parts, a next page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rpa_agent.domain.proposal import Break, Candidate, Reveal, Survey
from rpa_agent.domain.target import Fingerprint

from .sheet import human_texts
from .surroundings import open_to, reachable

if TYPE_CHECKING:
    from .language import Language

_MOST_REVEALS = 4


def reveals(break_: Break, view: Survey, language: Language) -> list[Reveal]:
    """Return what may hide the target and opens without changing anything: tabs, menus, folded parts, a next page."""
    if break_.step.target is None or not break_.step.target.variants:
        return []
    recorded = break_.step.target.variants[0].fingerprint
    context = " ".join((recorded.heading, recorded.form, recorded.dialog, recorded.landmark, *human_texts(recorded)))
    rated = []
    for at, candidate in enumerate(view.candidates):
        if open_to(candidate, break_) and (kind := _opener(candidate, break_, view, language)):
            name = next(iter(human_texts(candidate.fingerprint)), "")
            related = language.same_meaning(context, name)
            rated.append((related + _PLAUSIBLE[kind], -at, kind, candidate))
    rated.sort(key=lambda r: r[:2], reverse=True)
    return [
        Reveal(by="structure", confidence=round(min(0.85, 0.45 + score / 3), 4), candidate=candidate, evidence=(
            f"{recorded.words()} is not shown; {candidate.fingerprint.words()} is {_SAID[kind]} and only shows more",))
        for score, _, kind, candidate in rated[:_MOST_REVEALS]
    ]


_PLAUSIBLE = {"next": 0.6, "tab": 0.5, "pager": 0.5, "expander": 0.4, "menu": 0.3, "more": 0.3, "jump": 0.2, "section": 0.0}
_SAID = {
    "next": "the next page of the form", "tab": "a tab that is not open", "pager": "the next page of the list",
    "expander": "a part that is folded", "menu": "a closed menu", "more": "a way to see more",
    "jump": "a way to another part of this page", "section": "called like the part it stood in",
}


def _opener(candidate: Candidate, break_: Break, view: Survey, language: Language) -> str:
    """Return what kind of opener an element is, or an empty text when it might do more than open."""
    live, name = candidate.fingerprint, next(iter(human_texts(candidate.fingerprint)), "")
    if language.against(name) & {"delete", "reject", "logout", "undo"} or (live.href and not _is_next(name, language)):
        return ""
    wants_row = bool(break_.step.target and break_.step.target.variants[0].fingerprint.row
                     and break_.step.target.variants[0].fingerprint.row.key)
    if live.role == "tab":
        return "" if candidate.selected else "tab"
    if _is_next(name, language):
        beside_fields = _among_fields(candidate, view)
        if beside_fields and not live.href:
            # Sending a form may be the very commit that is missing, under another name.
            return "" if live.type == "submit" and break_.step.effect == "commit" else "next"
        return "pager" if wants_row and not beside_fields else ""
    if language.has("committing", name):
        return ""
    if candidate.expanded is False:
        return "menu" if candidate.haspopup else "expander"
    if candidate.haspopup and candidate.expanded is None:
        return "menu"
    if live.type == "submit" or candidate.expanded is not None or live.row:
        return ""
    return _by_its_words(break_, live, name, language)


def _by_its_words(break_: Break, live: Fingerprint, name: str, language: Language) -> str:
    """Return what a plain button or link within the page opens, as far as its words say so."""
    if language.opens(name) or language.only("reveal", name) or language.goes_further(name):
        return "more"
    if language.has("affirm", name) or language.closes(name) or not name:
        return ""
    if live.tag == "a":
        return "jump"       # its address is a place on this page, or none
    return "section" if _called_like_its_part(break_, name, language) else ""


def _called_like_its_part(break_: Break, name: str, language: Language) -> bool:
    """Tell whether a plain button is called like the target itself or the part of the page it stood in."""
    variants = break_.step.target.variants if break_.step.target else ()
    parts: list[str] = []
    for look in (v.fingerprint for v in variants):
        parts += [look.heading, look.dialog, *(human_texts(look) if look.capability != "click" else ())]
    return any(part and language.same_meaning(part, name) >= 0.5 for part in parts)


def _is_next(name: str, language: Language) -> bool:
    return language.only("next", name)


def _among_fields(candidate: Candidate, view: Survey) -> bool:
    """Tell whether the element shares its form or dialog with fields, as the button of a wizard does."""
    place = (candidate.fingerprint.form, candidate.fingerprint.dialog)
    return any(place) and any(
        c.fingerprint.capability in ("fill", "select", "check", "upload") and reachable(c)
        and (c.fingerprint.form, c.fingerprint.dialog) == place for c in view.candidates
    )
