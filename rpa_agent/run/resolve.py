"""Finds a step's element among its known variants and makes sure that it is the one that was meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..domain.identity import do_the_same, identity, leads_elsewhere, likeness, words
from ..domain.ports import Hit
from ..domain.procedure import Effect
from ..domain.target import Target

# A unique match below its floor is a break, not a hit: a Delete where Save was, another customer's row.
FLOOR: dict[Effect, float] = {"none": 0.70, "draft": 0.75, "commit": 0.85}
ALIKE = 0.55  # below this nothing on the page even resembles the target: it is missing
SAME_NAME = 0.8  # how alike the names of a commit's element must be
MARGIN = 0.05  # two elements that fit equally well are not told apart by luck
AGREE = 0.5  # at least this share of an element's independent encodings must name it


@dataclass(frozen=True)
class Found:
    """The element meant, which variant named it, and how sure that is."""

    hit: Hit
    score: float
    on_trial: bool = False  # the look that named it has not proved itself yet


@dataclass(frozen=True)
class NotFound:
    why: Literal["missing", "ambiguous", "identity", "covered"]
    best: float = 0.0
    hit: Hit | None = None
    twins: tuple[Hit, ...] = ()  # what fits as well as ``hit``, which is the element meant or one of these


def unproven(target: Target, found: Found) -> bool:
    """Tell whether this look is on trial, or a person made it known before anybody saw it work."""
    look = target.variants[found.hit.variant]
    return found.on_trial or (look.seen == 0 and look.came_from != "recording")


def resolve(target: Target, hits: Sequence[Hit], effect: Effect) -> Found | NotFound:
    """Return the one element that enough encodings agree on and whose identity fits; else why not."""
    ranked = _ranked(target, hits)
    if not ranked:
        return NotFound("missing")
    first = ranked[0]
    placed = [f for f in ranked if f.hit.place and f.score > first.score - MARGIN]
    if effect != "commit" and len(placed) == 1:
        # The third of five, and there are five as before: what sends is never chosen by its place.
        first = placed[0]
        ranked = [first, *(f for f in ranked if f.score > first.score + MARGIN)]
    if first.score < ALIKE:
        return NotFound("missing", first.score)
    if effect == "commit" and any(_claims(other, first) for other in ranked[1:]):
        return NotFound("ambiguous", first.score, first.hit)
    if effect == "commit" and not _called_alike(target, first):
        return NotFound("identity", first.score, first.hit)
    if not _called_so(target, first) and any(_called_so(target, other) for other in ranked[1:]):
        return NotFound("identity", first.score, first.hit)  # "Preview settings" has the id, "Preview" stands elsewhere
    if _one_of_several(target, first):
        return NotFound("identity", first.score, first.hit)
    if first.score < FLOOR[effect] or first.hit.votes / first.hit.voters < AGREE:
        return NotFound("identity", first.score, first.hit)
    twins = tuple(f.hit for f in ranked[1:] if f.score > first.score - MARGIN)
    if twins and (effect == "commit" or not _same_effect(first, ranked[1])):
        return NotFound("ambiguous", first.score, first.hit, twins)
    if not first.hit.candidate.enabled:
        return NotFound("covered", first.score, first.hit)
    return first


def _ranked(target: Target, hits: Sequence[Hit]) -> list[Found]:
    """Return each element once, by the look that it fits best, the likest first."""
    best: dict[str, Found] = {}
    for hit in hits:
        found = Found(hit, identity(target.variants[hit.variant].fingerprint, hit.candidate.fingerprint))
        have = best.get(hit.candidate.ref)
        if have is None or found.score > have.score:
            best[hit.candidate.ref] = found
    return sorted(best.values(), key=lambda f: -f.score)


def _claims(other: Found, first: Found) -> bool:
    """As many encodings name another element, one called differently: label and place disagree on what sends."""
    return (
        other.hit.variant == first.hit.variant
        and other.hit.votes >= first.hit.votes
        and other.hit.candidate.fingerprint.name != first.hit.candidate.fingerprint.name
    )


def _called_alike(target: Target, found: Found) -> bool:
    """What sends must also be called as before: "Save draft" at the place of "Save" is proved by a repair, or not at all."""
    look = target.variants[found.hit.variant]
    was = look.fingerprint.name
    if "#h:" in was:
        return look.came_from == "recording"  # one learned in a row, without its words, cannot tell Approve from Reject
    return not was or likeness(was, found.hit.candidate.fingerprint.name) >= SAME_NAME


def _one_of_several(target: Target, found: Found) -> bool:
    """Several elements share what names this one, and what tells them apart is another's: "Open PDF" for "Download PDF"
    beside it, the link to another report at the same place."""
    wanted, live = target.variants[found.hit.variant].fingerprint, found.hit.candidate.fingerprint
    if wanted.row and wanted.row.key:
        return False  # the row tells
    if found.hit.rivals and wanted.name and "#h:" not in wanted.name and likeness(wanted.name, live.name) < SAME_NAME:
        return True
    return wanted.unique.get("name", 1) > 1 and leads_elsewhere(wanted, live)


def _called_so(target: Target, found: Found) -> bool:
    """Tell whether an element has the very name that was shown."""
    was = target.variants[found.hit.variant].fingerprint.name
    return not was or "#h:" in was or words(was) == words(found.hit.candidate.fingerprint.name)


def _same_effect(a: Found, b: Found) -> bool:
    """Two links to one address, or two buttons of one form, do the same; of what sends, `doubled.py` asks the page."""
    return do_the_same(a.hit.candidate.fingerprint, b.hit.candidate.fingerprint)
