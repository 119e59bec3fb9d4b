"""Asks first whether it is a break at all: a login, a captcha, an error page or a refused value is no changed page."""

from __future__ import annotations

from collections.abc import Iterator

from rpa_agent.domain.identity import likeness
from rpa_agent.domain.procedure import Step
from rpa_agent.domain.proposal import Break, Park, Survey
from rpa_agent.domain.template import pattern
from rpa_agent.domain.trajectory import LOGIN_REFUSED

from .language import Language

_LONGEST_QUOTE = 160
_BUSY = frozenset({408, 425, 429})  # the site would answer another time


def no_break(break_: Break, view: Survey, language: Language) -> Park | None:
    """Return why nothing may be repaired here, or None when the page may simply have changed."""
    if view.status >= 500 or view.status in _BUSY:
        return _park("infrastructure", f"the site answered with an error (status {view.status})")
    if captcha := next((t for t in _page_texts(view) if language.has("captcha", t)), ""):
        return _park("interruption", f"the site asks whether a person is there: {quoted(captcha)}")
    if view.has_password and not _had_password(break_):
        return _park("login", "the site asks for a login that was not part of this page when it was shown")
    if view.has_password and break_.why == "no_signals":
        says = unknown_error(break_, view, language)
        return _park("login", LOGIN_REFUSED + (f": the site says {quoted(says)}" if says else ""))
    if view.status in {401, 403} and not view.has_password and not _logging_in(break_):
        return _park("login", f"the site does not show this page to this account (status {view.status}): {view.url}")
    if view.status in {404, 410}:
        return _park("drift", f"the page is not there any more (status {view.status}): {view.url}")
    return None


def _logging_in(break_: Break) -> bool:
    """Tell whether a secret is still to be typed: a site may show its login with the status that says "nobody is logged in"."""
    here = () if break_.why == "no_signals" else (break_.step, *break_.known)
    return any("secrets." in (step.value or "") for step in (*here, *break_.upcoming))


def unknown_error(break_: Break, view: Survey, language: Language) -> str:
    """Return an error text of the page that the demonstration did not show, or an empty text."""
    expected = [text for step in steps_around(break_) for text in step.expect.texts]
    for text in view.alerts:
        if language.has("error", text) and not any(told(template, text) for template in expected):
            return text
    return ""


def refused_value(text: str, *, field: str = "") -> Park:
    """Return the proposal to ask a person about an error that the site shows; such an error is never repaired."""
    at = f" at {quoted(field)}" if field else ""
    line = " ".join(text.split()).replace('"', "'")[:_LONGEST_QUOTE]
    return _park("data", f"the site says {quoted(text)}{at}, which it did not say when this was shown").model_copy(update={
        "do": "Correct the data, or settle it with `rpa resolve RUN`. If it is an ordinary answer of the site, name it under"
        f' `exceptions:` in the workflow: {{name: …, when: {{visible: "{line}"}}, then: skip_row}}.'
    })


def steps_around(break_: Break) -> tuple[Step, ...]:
    """Return the broken step, the steps of its page and the rest of the procedure."""
    return (break_.step, *break_.known, *break_.upcoming)


def told(template: str, text: str) -> bool:
    """Tell whether a recorded text template says what a live text says."""
    return likeness(template, text) >= 0.8 or pattern(template).fullmatch(text.strip()) is not None


def quoted(text: str) -> str:
    """Return page text as a quotation: one line, no control characters, of bounded length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"“{line[:_LONGEST_QUOTE]}{'…' if len(line) > _LONGEST_QUOTE else ''}”"


def _park(fault: str, reason: str) -> Park:
    return Park(by="ladder", confidence=1.0, fault=fault, reason=reason)


def _had_password(break_: Break) -> bool:
    if break_.page is not None and any("password" in row[3:4] for row in break_.page.elements):
        return True
    return any(
        variant.fingerprint.type == "password"
        for step in (break_.step, *break_.known) if step.target
        for variant in step.target.variants
    )


def _page_texts(view: Survey) -> Iterator[str]:
    yield from (view.title, *view.headings, *view.alerts, *view.dialogs)
    for candidate in view.candidates:
        if candidate.visible:
            yield from (candidate.fingerprint.name, *candidate.fingerprint.frames)
