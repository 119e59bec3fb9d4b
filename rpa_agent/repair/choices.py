"""A choice that is made in another kind of widget now: the options of a list as radio buttons or buttons that stay pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rpa_agent.domain.identity import likeness, words
from rpa_agent.domain.proposal import Break, Candidate, Survey, UseTarget
from rpa_agent.domain.target import Fingerprint

from .sheet import human_texts
from .surroundings import reachable

if TYPE_CHECKING:
    from .language import Language

_SAME_GROUP = 0.8


def choices(break_: Break, view: Survey, language: Language) -> list[UseTarget]:
    """Return the one option, in a group called like the recorded field, that is called as this run's value; or nothing.

    A box that became a question is answered with its yes or no. What sends is never chosen so.
    """
    step = break_.step
    if step.effect == "commit" or step.target is None or not step.target.variants:
        return []
    looks = [v.fingerprint for v in step.target.variants]
    options = [c for c in view.candidates if c.chosen is not None and reachable(c) and _of(looks, c.group)]
    if len({c.group for c in options}) != 1 or len(options) < 2:
        return []
    meant = [c for c in options if _is_meant(c, break_, looks, language)]
    if len(meant) != 1 or meant[0].ref in break_.tried:
        return []
    called = meant[0].fingerprint.words()
    return [UseTarget(by="structure", confidence=0.9, candidate=meant[0], evidence=(
        f"{looks[0].words()} is a group of {len(options)} options now, called “{meant[0].group}”",
        f"{called} is the only one called as this run's value" if step.kind in ("fill", "select") else f"{called} says the same",
    ))]


def _of(looks: list[Fingerprint], group: str) -> bool:
    return bool(group) and any(likeness(text, group) >= _SAME_GROUP for look in looks for text in human_texts(look))


def _is_meant(option: Candidate, break_: Break, looks: list[Fingerprint], language: Language) -> bool:
    texts = human_texts(option.fingerprint)
    match break_.step.kind:
        case "fill" | "select":
            return bool(break_.value) and any(words(text) == words(break_.value) for text in texts)
        case "check" | "uncheck" if all(look.role in ("checkbox", "switch") for look in looks):
            wanted = "positive" if break_.step.kind == "check" else "negative"
            return any(language.only(wanted, text) for text in texts)
        case _:
            return False
