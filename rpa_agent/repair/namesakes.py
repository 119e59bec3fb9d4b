"""Elements that are called alike: which of them do the same, which the recorded place rules out, and which wait hidden."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rpa_agent.domain.identity import do_the_same
from rpa_agent.domain.proposal import same_request
from rpa_agent.domain.target import Fingerprint

from .alike import coded_alike, reads_same, told_apart
from .distance import Floats
from .pool import able, in_row, refuted
from .sheet import Mask, Sheet


def without_namesakes(pool: Mask, scores: Floats, recorded: Fingerprint, sheet: Sheet) -> Mask:
    """Return the pool with one of several elements that do the same, and without what the recorded place rules out."""
    kept = pool.copy()
    by_name: dict[str, list[int]] = {}
    for at in sorted((int(i) for i in np.flatnonzero(pool)), key=lambda i: -scores[i]):
        this, rivals = sheet.prints[at], by_name.setdefault(sheet.prints[at].name, [])
        ruled_out = [other for other in rivals if told_apart(recorded, this, sheet.prints[other])]
        kept[ruled_out] = False
        others = [other for other in rivals if other not in ruled_out]
        if any(_one_act(at, other, sheet) or told_apart(recorded, sheet.prints[other], this) for other in others):
            kept[at] = False
        by_name[this.name] = [other for other in rivals if kept[other]] + ([at] if kept[at] else [])
    return kept


def is_face(recorded: Fingerprint, at: int, sheet: Sheet) -> bool:
    """Tell whether a recorded box and this element are one: it is the switch that is drawn for the box, which is there with its
    code and hidden now; or what was recorded was such a switch, and this is drawn for the box behind that, or is it."""
    this = sheet.candidates[at]
    if recorded.capability != "check" or not this.visible:
        return False
    boxes = [c for c in sheet.candidates if c.fingerprint.capability == "check" and c.fingerprint.form == recorded.form]
    if recorded.behind:
        named = [c for c in boxes if c.fingerprint.name_attr == recorded.behind]
        return recorded.unique.get("behind") == 1 and [c.ref for c in named] == [this.ref]
    return any(not c.visible and c.ref == this.ref and coded_alike(recorded, c.fingerprint) for c in boxes)


def is_hidden(recorded: Fingerprint, at: int, sheet: Sheet) -> bool:
    """Tell whether another element that is called exactly so is on the page without being shown: it waits to be revealed."""
    return any(
        not c.visible and c.ref != sheet.candidates[at].ref and able(recorded, c.fingerprint) and in_row(recorded, c.fingerprint)
        and not _only_its_list(recorded, c.fingerprint)
        and (reads_same(recorded, c.fingerprint) or coded_alike(recorded, c.fingerprint))
        for c in sheet.candidates
    )


def _only_its_list(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether this is the list that a box opens: it bears the box's name and is not shown before that."""
    return recorded.role == "combobox" and live.role == "listbox" and live.tag != "select"


def namesake_refuted(recorded: Fingerprint, tried: Sequence[str], sheet: Sheet) -> bool:
    """Tell whether an element that is called exactly so was tried before: another name is not a second best then."""
    return bool(tried) and any(
        refuted(c, tried) and (reads_same(recorded, c.fingerprint) or coded_alike(recorded, c.fingerprint))
        for c in sheet.candidates
    )


def _one_act(a: int, b: int, sheet: Sheet) -> bool:
    return do_the_same(sheet.prints[a], sheet.prints[b]) or same_request(sheet.candidates[a], sheet.candidates[b])
