"""How like a live element is to a recorded one: one score for the guard, shared by every ranker.

Weights start from the published Similo and its tuned successor (docs/decisions/0004): a trait counts only
where the recorded element has it, and never when both lack it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .target import Fingerprint

WEIGHTS = {
    "role": 1.5, "name": 3.0, "label": 1.5, "text": 1.5, "test_id": 2.0, "id": 1.0, "name_attr": 1.5,
    "type": 1.0, "placeholder": 1.0, "title": 0.7, "alt": 1.0, "href": 1.0, "heading": 0.5, "form": 0.5,
    "landmark": 0.5, "dialog": 0.3, "near": 0.7, "neighbour": 0.7, "path": 0.4, "classes": 0.3,
    "look": 1.5, "beside": 3.0,
}
_HELD = tuple(trait for trait in WEIGHTS if trait != "beside")  # "beside" is the name of what has none
ELSEWHERE = 0.69  # below every floor: a break, which a repair may mend
OTHER_LABEL = 0.5  # the text before a nameless field is another's
NO_NAME = 0.2  # less alike than this are names that share no more than a few letters
SAME_PICTURE = 0.9  # in another colour
SAME_BESIDE = 0.8  # the text right beside it is the same: what stands further off may be a record's
_OWN = ("name", "label", "text", "placeholder", "title", "alt", "test_id", "href")
_ENDING, _BEGINNING = 4, 5  # letters that two words share at their ends, and that stand before them at most
_SAID = ("name", "label", "text", "title", "alt")
_EXACT = {"role", "type", "landmark", "test_id"}
_WORD = re.compile(r"[^\W_]+|\d+")


def words(text: str) -> tuple[str, ...]:
    """Return the lower-case words of a text, camelCase and snake_case split."""
    return tuple(w.casefold() for w in _WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)))


def likeness(a: str, b: str) -> float:
    """Return 0..1 for two short texts: the better of shared words and shared trigrams."""
    if a == b:
        return 1.0
    wa, wb = set(words(a)), set(words(b))
    if not wa or not wb:
        return 0.0
    if wa == wb:
        return 0.95
    return max(_dice(wa, wb), 0.9 * _dice(_grams(a), _grams(b)))


def turned(a: str, b: str) -> bool:
    """Tell whether two names have words that only begin otherwise: publish and unpublish, enable and disable, upload and
    download, anmelden and abmelden. Letters make them alike, and they mean the opposite, or another thing."""
    mine, other = set(words(a)), set(words(b))
    return any(_begins_otherwise(x, y) for x in mine - other for y in other - mine)


def _begins_otherwise(a: str, b: str) -> bool:
    if a.isdecimal() or b.isdecimal():
        return False
    same = next((n for n, (x, y) in enumerate(zip(reversed(a), reversed(b), strict=False)) if x != y), min(len(a), len(b)))
    before = sorted((len(a) - same, len(b) - same))
    return same >= _ENDING and before[1] <= _BEGINNING and (before[0] > 0 or before[1] > 1)


def _grams(text: str) -> set[str]:
    padded = f" {' '.join(words(text))} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def _dice(a: set[str], b: set[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def said_beside(fp: Fingerprint) -> str:
    """Return the text just before a field that has no name of its own and no code: what a person takes for its label."""
    own = (fp.name, fp.label, fp.placeholder, fp.title, fp.test_id)
    codes = [t for t in ("id", "name_attr") if getattr(fp, t) and t not in fp.generated]
    unnamed = fp.capability in ("fill", "select") and not any(own) and not codes
    return fp.near[0] if unnamed and fp.near and "#h:" not in fp.near[0] else ""


def trait_scores(recorded: Fingerprint, live: Fingerprint) -> dict[str, float]:
    """Return 0..1 for every trait that the recorded element has and that is not machine-made."""
    scores: dict[str, float] = {}
    if called := said_beside(recorded):
        scores["beside"] = likeness(called, live.name or live.label or (live.near[0] if live.near else ""))
    for trait in _HELD:
        a, b = getattr(recorded, trait), getattr(live, trait)
        if not a or trait in recorded.generated or (isinstance(a, str) and "#h:" in a):
            continue  # what a record said was kept as shape and hashes: it is like nothing
        if isinstance(a, tuple):
            sa, sb = {x for t in a for x in words(t)}, {x for t in b for x in words(t)}
            if sa:
                scores[trait] = max(_dice(sa, sb), SAME_BESIDE if trait == "near" and b and a[0] == b[0] else 0.0)
        elif trait == "href":
            scores[trait] = _same_address(a, b)
        elif trait == "look":
            if _drawn_by_state(recorded, live):
                continue
            scores[trait] = SAME_PICTURE if a != b and _pictures(a) and _pictures(a) == _pictures(b) else likeness(a, b)
        elif trait in _EXACT:
            scores[trait] = 1.0 if a == b else 0.0
        else:
            scores[trait] = likeness(a, b)
    return scores


def _same_address(recorded: str, live: str) -> float:
    """Compare segment by segment: ``*`` and holes stand for a record's own number."""
    a, b = recorded.strip("/").split("/"), live.strip("/").split("/")
    if len(a) == len(b) and all(x == y or x == "*" or "{{" in x for x, y in zip(a, b, strict=True)):
        return 1.0
    return 0.8 * likeness(recorded, live)


def identity(recorded: Fingerprint, live: Fingerprint) -> float:
    """Return 0..1: the weighted mean of the recorded traits, 0 when the row is another one or it cannot do the act."""
    if recorded.capability not in ("none", live.capability):
        return 0.0
    if recorded.row and recorded.row.key and recorded.row.key != (live.row.key if live.row else ""):
        return 0.0
    scores = trait_scores(recorded, live)
    total = sum(WEIGHTS[t] for t in scores)
    score = sum(WEIGHTS[t] * s for t, s in scores.items()) / total if total else 0.0
    another = _looks_otherwise(recorded, live) or _called_otherwise(recorded, live) or _another_link(recorded, live)
    if another or scores.get("beside", 1.0) < OTHER_LABEL:
        return min(score, ELSEWHERE)  # all else that a nameless element has, its neighbours have too
    # A twin outside the frame that it was shown in must prove itself: the frame may not have come yet.
    return score if not recorded.frames or same_frames(recorded.frames, live.frames) else min(score, ELSEWHERE)


def _looks_otherwise(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether an element of which no word is kept shows another picture, or without one is of other classes, or without
    any stands elsewhere: the bin beside the star has all the rest of it, and so has any button of the same form."""
    if recorded.capability in ("fill", "select") or any(_kept(recorded, trait) for trait in _OWN):
        return False
    if _drawn_by_state(recorded, live):
        return False
    was, now = _pictures(recorded.look), _pictures(live.look)
    if was and now:
        return not was & now
    kinds = {c for c in recorded.classes if "#h:" not in c}
    if kinds and live.classes:
        return not kinds & set(live.classes)
    known = any(_kept(recorded, code) for code in ("id", "name_attr")) or (recorded.row and recorded.row.key)
    return not known and bool(recorded.path) and recorded.path != live.path


def _called_otherwise(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether a control has no word of the recorded name any more, or its opposite, whatever codes it kept: Edit is not
    Delete, and Enable is not Disable."""
    if recorded.capability != "click":
        return False
    was = [getattr(recorded, t) for t in _SAID if _kept(recorded, t)]
    now = [text for t in _SAID if (text := getattr(live, t))]
    return bool(was and now) and all(likeness(a, b) < NO_NAME or turned(a, b) for a in was for b in now)


def _another_link(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether a link leads elsewhere from elsewhere: the Edit of the profile, in the menu, for that of the invoice."""
    if not (recorded.href and live.href) or _same_address(recorded.href.removeprefix("{base}"), live.href) == 1.0:
        return False
    return all(getattr(recorded, t) and getattr(recorded, t) != getattr(live, t) for t in ("landmark", "heading"))


def _kept(recorded: Fingerprint, trait: str) -> bool:
    """Tell whether a trait was kept in clear and is not machine-made."""
    return bool(getattr(recorded, trait)) and trait not in recorded.generated and "#h:" not in getattr(recorded, trait)


def _drawn_by_state(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether a style sheet draws both, by the same classes: hovering may change the picture."""
    drawn = recorded.look.startswith("css:") and live.look.startswith("css:")
    return drawn and bool(recorded.classes) and set(recorded.classes) == set(live.classes)


def drawn(fingerprint: Fingerprint) -> set[str]:
    """Return the parts of the picture that an element shows in the place of words; none where it shows words."""
    return _pictures(fingerprint.picture or fingerprint.look)


def _pictures(look: str) -> set[str]:
    # a colour changes with what is done to an element; it starts with c and is no file
    return {part for part in look.split() if not part.startswith("c") or "." in part or part.startswith("css:")}


def do_the_same(a: Fingerprint, b: Fingerprint) -> bool:
    """Tell whether two elements of one name lead to one page or send one form, as above and below a long form."""
    if not a.name or a.name != b.name:
        return False
    if a.href and a.href == b.href:
        return True
    if a.type != "submit" or b.type != "submit" or not a.form or _row(a) != _row(b):
        return False
    return all(getattr(a, t) == getattr(b, t) for t in ("form", "name_attr", "landmark", "dialog", "frames", "shadow"))


def _row(fingerprint: Fingerprint) -> tuple[str, int] | None:
    return (fingerprint.row.key, fingerprint.row.index) if fingerprint.row else None


def leads_elsewhere(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether two links have addresses that no record's number explains, and these differ."""
    there = recorded.href.removeprefix("{base}")
    fixed = bool(there.strip("/#")) and "*" not in there and "{{" not in there
    return fixed and bool(live.href) and live.href != there


def same_frames(recorded: Sequence[str], live: Sequence[str]) -> bool:
    """Tell whether two chains lead into the same frame: ``*`` stands for what names a record."""
    return len(recorded) == len(live) and all(
        re.fullmatch(re.escape(a).replace(r"\*", ".*"), b) is not None for a, b in zip(recorded, live, strict=True)
    )
