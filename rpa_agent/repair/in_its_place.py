"""Names what stands in the place of the page that was shown: an outage, a login, a question, a page that is only half there.

Asked when nothing could be proposed, so it never keeps a repair from being tried. Words alone name nothing, as a page of news
may hold any of them: what the page was shown to be has to be gone first, or the network has to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rpa_agent.domain.identity import words
from rpa_agent.domain.procedure import READS
from rpa_agent.domain.proposal import Break, Park, Survey
from rpa_agent.domain.template import pattern

from .circumstances import quoted, steps_around, told
from .language import Language

_AROUND = frozenset({"navigation", "banner", "contentinfo", "complementary", "search"})  # what every page of a site has
_FEW = 2        # elements that a page may hold which says no more than that there is nothing
_SHUT = 0.8     # of its fields, from which on a form is closed as a whole and not one field
_LATER = "Run it again later."
_IN_ANEW = "Log in by hand and look; where it comes again, name an `account:`, which logs in anew."
_REFUSED = frozenset({402, 409, 412, 422, 423})     # the site understood, and does not take it from anybody as it is
_TOO_OLD = frozenset({419, 440, 498})               # what servers answer to a form of a session that is over
_SENTENCE = re.compile(r"\S[^.!?]*(?:[.!?](?!\s)[^.!?]*)*[.!?]?")
_WORDS = (
    ("second_factor", "login", "the site wants a second proof of who this is", _IN_ANEW),
    ("signed_out", "login", "the site shows that nobody is logged in any more", _IN_ANEW),
    ("forbidden", "login", "the site does not let this account in here", "Ask whoever gives out rights on that site."),
    ("too_old", "login", "the page was open for too long for the site", _IN_ANEW),
    ("overloaded", "infrastructure", "the site is asked too often", _LATER),
    ("down", "infrastructure", "the site is out of order", _LATER),
    ("offline", "infrastructure", "the page has no connection to its site", _LATER),
    ("crashed", "infrastructure", "the site shows an error of its own", _LATER),
)


def in_its_place(break_: Break, view: Survey, language: Language) -> Park | None:
    """Return what the page at hand is instead of the one that was shown; None where nothing proves that it is another."""
    came = view.came
    if came.cut_off:
        return _park("infrastructure", "only a part of the page arrived", _LATER)
    if park := _answered_with(view, language):
        return park
    if _is_shut(view):
        return _shut(view, language)
    if view.dialogs or not _is_hollow(break_, view):
        return None
    if frames := [part for part in came.not_given if part.startswith("frame")]:
        return _park("infrastructure", f"the site did not give a part of the page ({frames[-1]})", _LATER)
    says = "\n".join((*_own_headings(view), came.text))
    for which, fault, why, do in _WORDS:
        if language.has(which, says):
            return _park(fault, f"{why}: it says {_line_with(which, (*_own_headings(view), came.text), language)}", do)
    if came.busy or (language.has("loading", came.text) and len(words(came.text)) <= 4):
        return _park("timing", "the page did not come to an end of loading", _LATER)
    if not came.text and not any(c.visible for c in view.candidates):
        missing = f" ({came.not_given[-1]})" if came.not_given else ""
        return _park("infrastructure", f"the page stayed empty{missing}", _LATER)
    return None


def not_taken(break_: Break, view: Survey) -> Park | None:
    """Return how the site answered what was sent, where that alone says that it did not take it."""
    status = _status_of_commit(break_, view)
    if status in _TOO_OLD:
        why = f"the site answered that the form was open for too long (status {status})"
        return _park("login", why, _IN_ANEW)
    if status >= 500 or status in {408, 425, 429}:
        return _park("infrastructure", f"the site answered with an error (status {status})", _LATER)
    if status in _REFUSED:
        text = next(iter((*break_.said, *view.came.warned, *view.alerts)), "")
        says = f": it says {quoted(text)}" if text else ""
        return _park("data", f"the site answered that it does not take it so (status {status}){says}", "")
    return None


def warning(break_: Break, view: Survey, language: Language) -> str:
    """Return what the page says since a commit was sent: an error, or that somebody else holds the record; where it did not
    lead where it led, also an alert that is no word of success, in whichever words. Empty where it says nothing of the kind."""
    expected = [text for step in steps_around(break_) for text in step.expect.texts]
    for text in break_.said:
        if text in view.headings or any(told(template, text) for template in expected):
            continue
        if language.has("error", text) or language.has("held", text):
            return text
        alert = break_.doubtful and any(text in w or w in text for w in view.came.warned)
        if alert and not language.has("well", text):
            return text
    return ""


def _status_of_commit(break_: Break, view: Survey) -> int:
    shown = [r for r in break_.step.expect.requests if r.method not in READS]
    statuses = [
        status for method, path, status in view.came.sent
        if any(r.method == method and pattern(r.path).fullmatch(path) for r in shown)
    ]
    return statuses[-1] if statuses else 0


def _answered_with(view: Survey, language: Language) -> Park | None:
    """A script asked for data and was given a page: a login, or an error that calls itself well."""
    came = view.came
    if came.login_given:
        return _park("login", "the page asked the site for something, and was given a login", _IN_ANEW)
    for text in came.answers:
        if which := next((w for w in ("crashed", "down", "overloaded") if language.has(w, text)), ""):
            why = f"the page asked the site for something, and was given a page that says {_line_with(which, (text,), language)}"
            return _park("infrastructure", why, _LATER)
    return None


def _is_shut(view: Survey) -> bool:
    fields = [c for c in view.candidates if c.visible and c.fingerprint.capability in {"fill", "select", "check", "upload"}]
    return len(fields) > _FEW and sum(not c.enabled for c in fields) >= _SHUT * len(fields)


def _shut(view: Survey, language: Language) -> Park | None:
    """No field of the form can be used: its own words say why."""
    text = view.came.text
    for which, fault, why in (
        ("forbidden", "login", "this account may not change anything here"),
        ("held", "data", "somebody else holds the record"),
        ("read_only", "infrastructure", "nothing can be changed here now"),
        ("down", "infrastructure", "nothing can be changed here now"),
    ):
        if language.has(which, text):
            return _park(fault, f"{why}: the page says {_line_with(which, (text,), language)}", _LATER)
    return None


def _is_hollow(break_: Break, view: Survey) -> bool:
    """Tell whether nothing is left of what the page was shown to be, and next to nothing stands there instead.

    What every page of a site has around it does not count, where the page is marked up so that it can be told.
    """
    shown = [row for row in (break_.page.elements if break_.page else ()) if len(row) >= 9 and row[6] not in _AROUND]
    if any(row[6] for row in shown):
        shown = [row for row in shown if row[6]]
    live = [c for c in view.candidates if c.visible and c.fingerprint.landmark not in _AROUND]
    if any(c.fingerprint.landmark for c in live) or _has_frame(view):
        live = [c for c in live if c.fingerprint.landmark]
    names = {" ".join(words(row[1])) for row in shown} - {""}
    marks = {mark for row in shown for mark in row[4:6] if mark}
    if not (names or marks):
        return False
    left = any(
        " ".join(words(c.fingerprint.name)) in names or marks & {c.fingerprint.id, c.fingerprint.name_attr} for c in live
    )
    return not left and len(live) <= max(_FEW, len(shown) // 4)


def _has_frame(view: Survey) -> bool:
    return any(c.fingerprint.landmark in _AROUND for c in view.candidates)


def _own_headings(view: Survey) -> Iterator[str]:
    """Yield what the page calls itself: what stands around it on every page is in no headline of its main part."""
    yield from (h for h in view.headings if not view.came.text or h in view.came.text)
    yield view.title


def _line_with(which: str, texts: tuple[str, ...], language: Language) -> str:
    """Return the sentence that says it, quoted."""
    sentences = (s for text in texts for s in _SENTENCE.findall(text))
    return quoted(next((s for s in sentences if language.has(which, s)), next(iter(texts), "")))


def _park(fault: str, reason: str, do: str) -> Park:
    return Park(by="ladder", confidence=1.0, fault=fault, reason=reason, do=do)

