"""What stands around the candidates of a page: open dialogs and bars, who belongs to them, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

from rpa_agent.domain.identity import likeness, words
from rpa_agent.domain.proposal import Break, Candidate, Survey
from rpa_agent.domain.target import Fingerprint

from .circumstances import steps_around, told
from .pool import able, refuted
from .sheet import human_texts

_RELATED = 0.75
_ENTERS = ("fill", "select", "upload", "check")


@dataclass(frozen=True)
class Group:
    """A dialog, bar or overlay: its words and the reachable elements in it."""

    words: str
    members: tuple[Candidate, ...]
    modal: bool = False

    def text(self) -> str:
        """Return all that the group is known to say."""
        near = (text for m in self.members for text in (m.fingerprint.heading, *m.fingerprint.near))
        return " \n ".join(dict.fromkeys((self.words, *near)))

    def buttons(self) -> list[Candidate]:
        return [m for m in self.members if m.fingerprint.capability == "click"]

    def fields(self) -> list[Candidate]:
        return [m for m in self.members if m.fingerprint.capability in _ENTERS]


def unexpected_dialogs(break_: Break, view: Survey, *, holding: bool = False) -> list[Group]:
    """Return the open dialogs that the demonstration did not have.

    One that holds an element called like a recorded one counts only with ``holding``: it may be the form, moved.
    """
    shown = [text for step in steps_around(break_) for text in step.expect.texts]
    recorded = [*recorded_dialogs(break_), *shown]
    groups = []
    for name in dialog_names(view):
        members = tuple(c for c in view.candidates if reachable(c) and same_dialog(c.fingerprint.dialog, name))
        if any(same_dialog(r, name) or told(r, name) for r in recorded):
            continue
        if holding or not holds_recorded(break_, members):
            groups.append(Group(name, members, modal=True))
    return groups


def covering(break_: Break, view: Survey) -> list[Group]:
    """Return what lies over elements that are called like the target, as far as its own elements can be told."""
    targets = [v.fingerprint for v in break_.step.target.variants] if break_.step.target else []
    hidden = [c for c in view.candidates if c.covered_by]
    over = [c.covered_by for c in hidden if any(called_alike(t, c.fingerprint) for t in targets)]
    groups = []
    for text in dict.fromkeys(over):
        members = tuple(c for c in view.candidates if reachable(c) and _part_of(c.fingerprint, text))
        if not holds_recorded(break_, members):
            groups.append(Group(text, members))
    return groups


def reachable(candidate: Candidate) -> bool:
    return candidate.visible and candidate.enabled and not candidate.covered_by


def open_to(candidate: Candidate, break_: Break) -> bool:
    """Tell whether the element can be clicked and was not tried before."""
    able_to = candidate.fingerprint.capability == "click" and reachable(candidate)
    return able_to and not refuted(candidate, break_.tried)


def dialog_names(view: Survey) -> list[str]:
    """Return the names of all open dialogs, each once."""
    found: list[str] = []
    for name in (*view.dialogs, *(c.fingerprint.dialog for c in view.candidates if c.visible)):
        if name and not any(same_dialog(name, other) for other in found):
            found.append(name)
    return found


def recorded_dialogs(break_: Break) -> list[str]:
    """Return the dialogs that recorded elements stood in."""
    targets = [step.target for step in steps_around(break_) if step.target]
    return [v.fingerprint.dialog for target in targets for v in target.variants if v.fingerprint.dialog]


def same_dialog(a: str, b: str) -> bool:
    """Tell whether two names are of one dialog, one perhaps cut short."""
    return bool(a) and bool(b) and (a.startswith(b) or b.startswith(a) or likeness(a, b) >= 0.8)


def holds_recorded(break_: Break, members: tuple[Candidate, ...]) -> bool:
    """Tell whether one of these elements may be one that the procedure works with."""
    targets = [v.fingerprint for s in steps_around(break_) if s.target for v in s.target.variants]
    return any(able(t, m.fingerprint) and called_alike(t, m.fingerprint) for t in targets for m in members)


def called_alike(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether two elements share their field name, or a person would read much the same on both."""
    if recorded.name_attr and recorded.name_attr == live.name_attr:
        return True
    return any(likeness(a, b) >= _RELATED for a in human_texts(recorded) for b in human_texts(live))


def _part_of(live: Fingerprint, text: str) -> bool:
    """Tell whether an element belongs to the overlay that says ``text`` (which may be cut short)."""
    said = f" {' '.join(words(text))} "
    around = [t for t in (live.name, *live.near, live.heading, live.dialog) if words(t)]
    return any(f" {' '.join(words(t))} " in said for t in around)
