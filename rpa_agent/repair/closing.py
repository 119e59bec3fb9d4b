"""How to close what stands in the way without accepting anything, and how to answer a new question about the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rpa_agent.domain.identity import words
from rpa_agent.domain.proposal import Break, Candidate, Confirm, Dismiss, Survey

from .circumstances import quoted
from .sheet import human_texts
from .surroundings import Group, covering, open_to, unexpected_dialogs

if TYPE_CHECKING:
    from .language import Language


def dismissals(break_: Break, view: Survey, language: Language) -> list[Dismiss]:
    """Return how to close what stands in the way without accepting anything; nothing where only accepting is left."""
    found = []
    for group in (*unexpected_dialogs(break_, view), *covering(break_, view)):
        rated = [(_way_out(c, group, language), c) for c in group.buttons() if open_to(c, break_)]
        ways = [(order, c) for order, c in rated if order >= 0]
        if ways and len(group.fields()) < 2:
            _, button = min(ways, key=lambda way: way[0])
            found.append(Dismiss(
                by="structure", confidence=0.9 if group.modal else 0.85, candidate=button, words=group.words[:120],
                evidence=(f"{quoted(group.words)} was not there when this was shown and stands in the way",
                          f"{button.fingerprint.words()} closes it and agrees to nothing"),
            ))
    unique = {d.candidate.ref: d for d in found}
    return list(unique.values())


def _way_out(candidate: Candidate, group: Group, language: Language) -> int:
    """Return the rank of a closing button, 0 = best, -1 = it does not merely close."""
    live, name = candidate.fingerprint, next(iter(human_texts(candidate.fingerprint)), "")
    if live.href:
        return -1       # a link leads away; only what closes in place is known to be harmless
    if language.only("stay", name) and language.has("session", group.text()):
        return 0        # what is about to end is the session that this run works in
    if language.only("refuse_cookies", name) and language.has("cookies", group.text()):
        return 0
    if language.only("postpone", name):
        return 1
    if language.closes(name) or language.is_close_sign(name):
        return 2
    if language.only("acknowledge", name) and len(group.buttons()) == 1 and not group.fields():
        return -1 if language.has("cookies", group.text()) else 3
    return -1


def confirms(break_: Break, view: Survey, language: Language) -> list[Confirm]:
    """Return how to answer a new question of the page about the very thing the step did."""
    step = break_.step
    if step.kind not in ("click", "dblclick", "press") or step.target is None or not step.target.variants:
        return []
    did = " · ".join(human_texts(step.target.variants[0].fingerprint))
    found = []
    for group in unexpected_dialogs(break_, view, holding=True):
        if group.fields() or not _asks_about(group, did, language):
            continue
        same = [c for c in group.buttons() if open_to(c, break_) and _answers_with(c, did, language)]
        plain = [c for c in group.buttons() if open_to(c, break_) and _affirms(c, did, language)]
        if len(answer := same or plain) == 1:
            found.append(Confirm(
                by="structure", confidence=0.9 if same else 0.8, candidate=answer[0],
                evidence=(f"after the step the page asks {quoted(group.words)}",
                          f"{answer[0].fingerprint.words()} says yes to what the step did"),
            ))
    return found


def _asks_about(group: Group, did: str, language: Language) -> bool:
    if language.against(group.text()) - language.against(did) - {"leave"}:
        return False        # a question about deleting or discarding is not about saving
    if language.has("widening", group.text()) and not language.has("widening", did):
        return False        # nor is one about all of them
    related = language.meanings(did) & language.meanings(group.words)
    return bool(related) or "?" in group.words or language.has("asks", group.text())


def _answers_with(candidate: Candidate, did: str, language: Language) -> bool:
    texts = human_texts(candidate.fingerprint)
    if any(language.opposite(did, t) for t in texts):
        return False
    return any(language.same_meaning(did, t) >= 0.5 for t in texts)


def _affirms(candidate: Candidate, did: str, language: Language) -> bool:
    """Tell whether a button says nothing but yes, in one word or several: "OK", "Yes, continue"."""
    texts = human_texts(candidate.fingerprint)
    yes = any(all(language.only("affirm", word) for word in words(t)) for t in texts if words(t))
    return yes and not any(language.opposite(did, t) for t in texts)
