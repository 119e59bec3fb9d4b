"""What a page asks for that nobody gave it: a field that is new and must be filled, or a value that it does not take."""

from __future__ import annotations

from rpa_agent.domain.identity import words
from rpa_agent.domain.proposal import Break, Candidate, Park, Survey

from .circumstances import quoted, refused_value, steps_around, told, unknown_error
from .in_its_place import warning
from .language import Language
from .sheet import human_texts
from .surroundings import called_alike, reachable

TEACH = (
    "Show the work once more with that field filled (`rpa record`), or finish this one by hand and say so:"
    " `rpa resolve RUN --done-by-hand`."
)


def complaint(break_: Break, view: Survey, language: Language) -> Park | None:
    """Return what the page complains about, which no repair may answer; None where it complains about nothing."""
    if park := asks_for_more(break_, view) or refuses_a_value(break_, view):
        return park
    error = unknown_error(break_, view, language)
    if not error and break_.why == "no_signals":
        # Where what was shown did not follow, whatever the page marks as an error says why, in whichever words.
        expected = [text for step in steps_around(break_) for text in step.expect.texts]
        error = next((t for t in view.errors if not any(told(template, t) for template in expected)), "")
        error = error or warning(break_, view, language)
    if error and language.has("demands", error):
        # It says that something must be filled and not what: a field that is new and empty is what it means.
        new = [c for c in view.candidates if _enterable(c) and c.blank and not _was_there(c, break_)]
        if len(new) == 1:
            return _asks_for(new, f" (it says {quoted(error)})")
    return refused_value(error) if error else None


def asks_for_more(break_: Break, view: Survey) -> Park | None:
    """Return the refusal that names a new required field, or None where the page complains about no such field."""
    new = [c for c in view.candidates if _complains(c) and c.blank and not _was_there(c, break_)]
    says = next((f" (it says {quoted(c.trouble)})" for c in new if c.trouble), "")
    return _asks_for(new, says) if new else None


def _enterable(candidate: Candidate) -> bool:
    return reachable(candidate) and candidate.fingerprint.capability in {"fill", "select", "upload"}


def _asks_for(new: list[Candidate], says: str) -> Park:
    names = " and ".join(dict.fromkeys(quoted(called(c)) for c in new))
    return Park(
        by="structure", confidence=1.0, fault="drift", do=TEACH,
        reason=f"the page now asks for {names}, which it did not when this was shown, and nobody said what belongs there{says}",
    )


def refuses_a_value(break_: Break, view: Survey) -> Park | None:
    """Return the business exception that stands at a field, or None where no field is complained about."""
    expected = [text for step in steps_around(break_) for text in step.expect.texts]
    for field in view.candidates:
        if field.invalid and field.trouble and _complains(field) and not any(told(t, field.trouble) for t in expected):
            return refused_value(field.trouble, field=called(field))
    return None


def called(field: Candidate) -> str:
    """Return what a person calls a field."""
    live = field.fingerprint
    return (live.label or live.name or live.placeholder or next(iter(human_texts(live)), "") or live.name_attr).strip(" *:")


def _complains(field: Candidate) -> bool:
    return reachable(field) and (field.invalid or bool(field.trouble))


def _was_there(field: Candidate, break_: Break) -> bool:
    """Tell whether the field was on the page when it was shown, or is one that the procedure fills."""
    targets = [v.fingerprint for s in steps_around(break_) if s.target for v in s.target.variants]
    if any(called_alike(t, field.fingerprint) for t in targets):
        return True
    live, rows = field.fingerprint, break_.page.elements if break_.page else ()
    names = {" ".join(words(t)) for t in human_texts(live)}
    return any(
        len(row) >= 6 and ((live.name_attr and row[5] == live.name_attr) or (row[1] and " ".join(words(row[1])) in names))
        for row in rows
    )
