"""The rung for pages that changed around the target: bars in the way, hidden parts, extra questions, needless steps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rpa_agent.domain.proposal import Break, Candidate, Confirm, Dismiss, Proposal, Reveal, Skip, Survey
from rpa_agent.domain.template import pattern

from ..circumstances import quoted, refused_value, unknown_error
from ..sheet import human_texts
from ..surroundings import Group, covering, open_to, reachable, unexpected_dialogs
from .alternate import sure

if TYPE_CHECKING:
    from ..language import Language
    from ..sheet import Sheets

_SKIPPABLE = {"click", "hover", "scroll"}
_MOST_REVEALS = 4


class StructureRung:
    """Proposes to close, open, confirm or skip, never to send anything."""

    name = "structure"

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return ways around the break that change nothing on the server, the most plausible first."""
        if budget <= 0:
            return []
        language = self._sheets.language
        if break_.why == "no_signals":
            return [*confirms(break_, view, language), *dismissals(break_, view, language)]
        proposals: list[Proposal] = [*dismissals(break_, view, language)]
        if proposals or break_.why != "missing":
            return proposals
        if error := unknown_error(break_, view, language):
            return [refused_value(error)]
        return [*self._skips(break_, view), *reveals(break_, view, language)]

    def _skips(self, break_: Break, view: Survey) -> list[Proposal]:
        step, following = break_.step, next(iter(break_.upcoming), None)
        if "skip" in break_.tried or following is None or following.target is None:
            return []
        harmless = step.effect == "none" and step.kind in _SKIPPABLE and following.effect != "commit"
        if not (step.optional or harmless) or not _already_there(break_, view):
            return []
        sheet = self._sheets.of(view)
        hits = [hit for v in following.target.variants if (hit := sure(v.fingerprint, sheet))]
        if not hits or len({candidate.ref for _, candidate in hits}) > 1:
            return []
        score, candidate = hits[0]
        why = "the step is optional" if step.optional else "the step only leads there"
        return [Skip(by="structure", confidence=round(score, 4), evidence=(
            f"the next target, {candidate.fingerprint.words()}, is already there (identity {score:.2f})", why))]


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
    if language.only("refuse_cookies", name) and language.has("cookies", group.text()):
        return 0
    if language.only("postpone", name):
        return 1
    if language.only("close", name) or language.is_close_sign(name):
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
    related = language.meanings(did) & language.meanings(group.words)
    return bool(related) or "?" in group.words or language.has("asks", group.text())


def _answers_with(candidate: Candidate, did: str, language: Language) -> bool:
    texts = human_texts(candidate.fingerprint)
    if any(language.opposite(did, t) for t in texts):
        return False
    return any(language.same_meaning(did, t) >= 0.5 for t in texts)


def _affirms(candidate: Candidate, did: str, language: Language) -> bool:
    texts = human_texts(candidate.fingerprint)
    return any(language.only("affirm", t) for t in texts) and not any(language.opposite(did, t) for t in texts)


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


_PLAUSIBLE = {"next": 0.6, "tab": 0.5, "pager": 0.5, "expander": 0.4, "menu": 0.3, "more": 0.3}
_SAID = {
    "next": "the next page of the form", "tab": "a tab that is not open", "pager": "the next page of the list",
    "expander": "a part that is folded", "menu": "a closed menu", "more": "a way to see more",
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
    if language.opens(name) and live.type != "submit" and not live.row and candidate.expanded is None:
        return "more"
    return "more" if language.only("reveal", name) and live.type != "submit" and candidate.expanded is None else ""


def _is_next(name: str, language: Language) -> bool:
    return language.only("next", name)


def _among_fields(candidate: Candidate, view: Survey) -> bool:
    """Tell whether the element shares its form or dialog with fields, as the button of a wizard does."""
    place = (candidate.fingerprint.form, candidate.fingerprint.dialog)
    return any(place) and any(
        c.fingerprint.capability in ("fill", "select", "check", "upload") and reachable(c)
        and (c.fingerprint.form, c.fingerprint.dialog) == place for c in view.candidates
    )


def _already_there(break_: Break, view: Survey) -> bool:
    """Tell whether the page is the one the step led to, as far as its recorded signals say."""
    step = break_.step
    fingerprint = step.target.variants[0].fingerprint if step.target and step.target.variants else None
    if fingerprint and fingerprint.row and fingerprint.row.key:
        return False        # it chose a record: the next page exists for every record
    if step.expect.popup or step.expect.download or step.expect.dialog:
        return False
    if not step.expect.url:
        return True
    path = urlsplit(step.expect.url.replace("{base}", "")).path or "/"
    return pattern(path).fullmatch(urlsplit(view.url).path) is not None
