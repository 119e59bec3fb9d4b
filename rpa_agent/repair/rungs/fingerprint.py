"""The rung that finds the recorded element again among the candidates, or abstains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rpa_agent.domain.proposal import Break, Proposal, Survey, UseTarget
from rpa_agent.domain.trajectory import Weighed

from ..calibrate import Calibration, risk

if TYPE_CHECKING:
    from rpa_agent.domain.target import Fingerprint

    from ..search import Excluded, Found
    from ..sheet import Sheet, Sheets

_LEAST_READING = 0.3    # below this neither letters nor meaning are shared
_COMMIT_READING = 0.5
_LEAST_VOTES = 3
_SURE_READING = 0.75
_CODES_READ = 0.6       # two codes as like as this are one field's, where nothing else is called
_AS_SURE = 0.6
_COMMIT_MARGIN = 0.04
_TOLD = 10              # candidates told to a person

_STANDS = {"form", "dialog", "heading"}
_CODED = {"test_id": "test id", "name_attr": "field name", "id": "id"}


class FingerprintRung:
    """Ranks by independent rankers, assigns all recorded elements one to one, and accepts by calibrated probability."""

    name = "fingerprint"

    def __init__(self, sheets: Sheets, calibration: Calibration) -> None:
        self._sheets, self._calibration = sheets, calibration

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return the element found again, or nothing when the evidence does not suffice for the step's effect."""
        if break_.step.target is None or not view.candidates or budget <= 0:
            return []
        from ..search import search

        sheet = self._sheets.of(view)
        looks = [search(v.fingerprint, break_, sheet) for v in break_.step.target.variants]
        rated = sorted(((self._calibration.probability(f.facts), n, f) for n, f in enumerate(looks) if f), reverse=True)
        if not rated:
            return []
        confidence, _, found = rated[0]
        sure = confidence >= self._calibration.demanded(break_.step) or led_to(found, break_)
        if objection(found, break_, sheet) or not sure:
            return []
        return [UseTarget(
            by="fingerprint", confidence=round(confidence, 4), evidence=evidence(found, sheet),
            candidate=view.candidates[found.at],
        )]

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        """Return the likeliest elements with what speaks for and against each, at most ten: to be told to a person."""
        if break_.step.target is None or not view.candidates:
            return ()
        from ..search import weigh

        sheet, demanded = self._sheets.of(view), self._calibration.demanded(break_.step)
        looks = [
            [self._weighed(one, break_, sheet, demanded) for one in weigh(v.fingerprint, break_, sheet, most=_TOLD)]
            for v in break_.step.target.variants
        ]
        best = max(looks, key=lambda found: max((w.probability for w in found), default=0.0))
        return tuple(sorted(best, key=lambda w: (-w.probability, -w.likeness)))

    def _weighed(self, one: Found | Excluded, break_: Break, sheet: Sheet, demanded: float) -> Weighed:
        from ..search import Excluded

        common: dict[str, Any] = {
            "words": one.live.words(), "likeness": round(one.score, 4), "box": one.live.box,
            "ref": sheet.candidates[one.at].ref,
        }
        if isinstance(one, Excluded):
            scores = {name: round(score, 4) for name, score in one.scores.items()}
            return Weighed(**common, probability=0.0, scores=scores, objections=(one.why,))
        probability = self._calibration.probability(one.facts)
        against = [objection(one, break_, sheet)]
        if probability < demanded and not led_to(one, break_):
            against.append(f"{probability:.1%} sure, and this step demands {demanded:.1%}")
        return Weighed(
            **common, probability=round(probability, 4), favoured_by=one.votes, evidence=evidence(one, sheet),
            scores={name: round(float(r.raw[one.at]), 4) for name, r in one.rankings.items()},
            objections=tuple(a for a in against if a),
        )


def _coded_like(found: Found) -> bool:
    """Tell whether an element without a name is known by a code that says the same in other letters, and by all rankers."""
    nameless = not found.facts.reading and found.facts.codes >= _CODES_READ
    return nameless and len(found.votes) == len(found.rankings)


def led_to(found: Found, break_: Break) -> bool:
    """Tell whether a link is proved by where it leads and stands, a button by what it sends, a tab by its others, and what
    says nothing by the picture that it shows, a switch by the box behind it.

    The address after the step tells once more, and the gate lets nothing else leave than what was shown.
    """
    if risk(break_.step) != "none":
        return found.sends_same or found.same_picture or found.face
    stands = bool(_STANDS & set(found.places)) or _in_its_row(found)
    return found.sends_same or found.same_tab or found.same_picture or found.face or (bool(found.facts.leads_same) and stands)


def _in_its_row(found: Found) -> bool:
    was, now = found.recorded.row, found.live.row
    return bool(was and now and was.key and was.key == now.key)


def objection(found: Found, break_: Break, sheet: Sheet) -> str:
    """Return why the element must not be used however probable it looks, or an empty text."""
    facts = found.facts
    if found.twins and not found.same_picture:
        return f"{len(found.twins) + 1} elements are called so, and nothing recorded tells them apart"
    if found.misplaced:
        return "several elements were called so when it was shown, and this one stands where it did not"
    if facts.leads_same and risk(break_.step) == "none":
        return ""
    if found.sends_same or found.same_picture or found.face or (found.same_tab and risk(break_.step) == "none"):
        return _instead(found)
    if doubt := _unlike(found) or _doubt(found):
        return doubt
    destroys = bool(sheet.language.against(found.live.name) & {"delete", "reject"})
    if risk(break_.step) != "commit" and not destroys:
        return ""
    if found.conflicts and not facts.name_equal:
        return f"its {found.conflicts[0]} was another element's when it was shown"
    if len(found.votes) < _LEAST_VOTES:
        return "too few rankers agree for a step that sends or deletes"
    if found.more_or_less and not (facts.name_equal or facts.coded_equal):
        return "its name says more, or less, than the recorded one, and the step sends or deletes"
    if facts.reading < _COMMIT_READING and not facts.coded_equal:
        return "its name does not mean the same, and the step sends or deletes"
    if found.score - found.next_best < _COMMIT_MARGIN:
        return "another element is nearly as like"
    return ""


def _instead(found: Found) -> str:
    """Return why even what sends the request that was shown, or is left of its tabs, is not meant, or an empty text."""
    if found.refuted:
        return "what is called exactly so was tried, and did not prove itself"
    return "the recorded element itself is there, hidden" if found.hidden else ""


def _unlike(found: Found) -> str:
    """Return why nothing of what the recorded element was called is left, or an empty text."""
    if found.facts.reading >= _LEAST_READING:
        return ""
    if not (found.facts.coded_equal or _coded_like(found)):
        return "neither its name nor its field name has anything of the recorded one"
    if found.code_only and found.recorded.capability == "click":
        return "it has a code of the recorded one and nothing of its name"
    return ""


def _doubt(found: Found) -> str:
    """Return why a mere likeness of names does not suffice, or an empty text."""
    facts = found.facts
    if facts.name_equal or facts.coded_equal:
        return ""
    return _doubt_by_others(found) or _doubt_by_itself(found)


def _doubt_by_others(found: Found) -> str:
    """Return what other elements say against it."""
    if found.refuted:
        return "what is called exactly so was tried, and did not prove itself"
    if found.next_as_sure >= _AS_SURE:
        return "another element may be meant as well"
    if found.hidden:
        return "the recorded element itself is there, hidden"
    if found.rival:
        return f"'{found.rival}', which is gone too, was called as like"
    if found.facts.kin == 0.0:
        return "the elements that stood beside it stand elsewhere now"
    return ""


def _doubt_by_itself(found: Found) -> str:
    """Return what its own words, codes and place say against it."""
    sure = found.facts.reading >= _SURE_READING
    if found.otherwise:
        return "its name says something else, too"
    if found.leaves and not sure:
        return "it is called otherwise and leads to a page, which the recorded one did not"
    if found.leads_off and not sure:
        return "it is called otherwise and leads elsewhere"
    if found.recorded.row and ">td>" in found.recorded.path and not found.live.row:
        return "it stood in a table and this one does not"
    if found.recorded.landmark and found.live.landmark and "landmark" not in found.places:
        return "it stands in another part of the page and is called otherwise"
    if found.recorded.heading and found.live.heading and "heading" not in found.places and found.beside_only:
        return "it shares a text only beside a name of its own, under another heading"
    if found.coded_apart and not sure:
        return "its field name is of something else"
    if len(found.votes) < _LEAST_VOTES:
        return "too few rankers agree on an element that is called otherwise"
    return ""


def evidence(found: Found, sheet: Sheet) -> tuple[str, ...]:
    """Return in plain words what speaks for the element."""
    from ..alike import coded_alike
    from ..pool import widget_changed
    from ..sending import said
    from ..sheet import human_texts

    called = [next(iter(human_texts(p)), "") for p in (found.recorded, found.live)]
    facts, lines = found.facts, []
    if facts.name_equal:
        lines.append(f"same name '{called[1]}'")
    elif facts.reading >= _LEAST_READING:
        lines.append(f"'{called[1]}' for '{called[0]}' (words {facts.reading:.2f})")
    else:
        lines.append(f"now called '{called[1]}', was '{called[0]}'")
    codes = coded_alike(found.recorded, found.live)
    for trait in codes:
        was, now = (getattr(p, trait) for p in (found.recorded, found.live))
        lines.append(f"same {_CODED[trait]} '{now}'" + (f", but for the widget ('{was}')" if was != now else ""))
    lines += ["leads to the same address, as nothing else here does"] if facts.leads_same else []
    sends = sheet.candidates[found.at].sends
    lines += [f"pressing it sends {said(sends)} with the fields that were shown"] if found.sends_same and sends else []
    lines += ["shows the picture that was shown, as nothing else here does, and no word"] if found.same_picture else []
    lines += ["the box that the form sends for it is the recorded one"] if found.face else []
    lines += ["every other tab is there as it was, and this one stands in its place"] if found.same_tab else []
    lines += [f"same {place}" for place in found.places]
    if found.live.row and found.recorded.row and found.recorded.row.key:
        lines.append(f"in the row of {found.live.row.key}")
    if widget_changed(found.recorded, found.live):
        lines.append(f"widget changed from {_widget(found.recorded)} to {_widget(found.live)}")
    lines.append(f"{len(found.votes)} of {len(found.rankings)} rankers agree, likeness {found.score:.2f}, "
                 f"next best {found.next_best:.2f}")
    if found.siblings:
        lines.append(f"{found.matched} of {found.siblings} other recorded elements of the page are there too")
    return tuple(lines)


def _widget(fingerprint: Fingerprint) -> str:
    return f"{fingerprint.tag} {fingerprint.role}".strip()
