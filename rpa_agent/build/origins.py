"""Finds where typed values came from: what a page showed, and was copied or typed again, is read there by a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from ..domain.procedure import READS
from ..domain.recording import Act, Recording, Shown
from ..domain.template import standing_at
from ..domain.values import date_formats, decimal_formats, same_value

_TOLD_S = 1.0  # a text is dated from when its page began to change, which may be a little before it came
_SELECTING_S = 8.0  # a click into a text that is copied this much later only chose the text
_CODE = re.compile(r"\w[\w./-]*\w")


def with_reads(acts: Sequence[Act], recording: Recording, *, fold: Callable[[Sequence[Act]], Sequence[Act]]) -> list[Act]:
    """Return the acts with a read where each value was seen that the person took from a page.

    Taken means copied, or typed as an earlier page showed it and as nobody had typed it before. A name in a list is
    what people search for and know by themselves: only what identifies a record, or stands alone, counts uncopied.
    ``fold`` joins what is one act to a person: a name that was begun to find its option was not taken from a page.
    """
    acts = _without_choosing_text(acts, recording)
    whole = fold(acts)
    reads: list[tuple[int, Act]] = []
    for i, act in enumerate(whole):
        if act.kind not in {"fill", "select"} or act.secret or not act.value or act.element is None:
            continue
        if any(_holds(act.value, read.read_back or "") for _, read in reads):
            continue  # it is read already
        found = _source(act, whole[:i], recording)
        if found is None:
            continue
        shown, piece = found
        read = Act(
            kind="read",
            at=shown.at,
            url=shown.url,
            url_after=shown.url,
            element=shown.element,
            row=shown.row,
            tab=shown.tab,
            value=shown.text,
            read_back=piece,  # what of the text was taken
        )
        consumer = next((k for k, a in enumerate(acts) if a.at >= act.at), len(acts) - 1)
        reads.append((_place(shown, acts, consumer), read))
    out: list[Act] = []
    for i, act in enumerate(acts):
        out += [read for at, read in reads if at == i]
        out.append(act)
    return out


def _source(act: Act, before: Sequence[Act], recording: Recording) -> tuple[Shown, str] | None:
    """Return the text that a value was taken from, and the part of it that was taken."""
    value = (act.value or "").strip()
    seen = [(s, piece) for s in recording.shown if s.at <= act.at and s.element and (piece := _taken(s.text, value))]
    seen = [(s, piece) for s, piece in seen if _findable(s) and not _brought(piece, s, before)]
    copied = [(s, piece) for s, piece in seen if s.copied]
    if copied:
        last, piece = copied[-1]
        return last, (last.text if last.text == act.value else piece)  # white space and all
    earlier = [(s, piece) for s, piece in seen if _alone(s, recording) and _earlier(s, act, before)]
    fitting = [(s, piece) for s, piece in earlier if _telling(s, piece, act, before)]
    # The text that is the value says more than a sentence around it, what came last more than what came first.
    return max(fitting, key=lambda f: (len(f[1]) == len(f[0].text.strip()), f[0].at), default=None)


def _taken(text: str, value: str) -> str:
    """Return the part of a shown text that a typed value is, or holds; empty when none."""
    whole = " ".join(text.split())
    if whole.casefold() == " ".join(value.split()).casefold():
        return whole
    figures = len(re.findall(r"\d", value))
    if figures >= 3 and (decimal_formats(value) or date_formats(value)) and same_value(value, whole):
        return whole
    if len(value) >= 4 and (figures or len(value) >= 6) and _holds(whole, value) and _ends(whole, value):
        return value
    # "Ref INV-42" in a field, and "Invoice INV-42 was filed" on the page: what both hold was taken.
    codes = {c for c in _CODE.findall(value) if len(c) >= 4 and re.search(r"\d", c) and _holds(whole, c)}
    return codes.pop() if len(codes) == 1 and not date_formats(value) else ""


def _holds(text: str, part: str) -> bool:
    return bool(part) and re.search(rf"(?<![\w]){re.escape(part)}(?![\w])", text) is not None


def _ends(text: str, part: str) -> bool:
    """Tell whether it is clear where a part of several words ends: a name goes on with the next capital letter."""
    after = text.partition(part)[2].lstrip()
    return " " not in part or not after[:1].isupper()


def _brought(piece: str, shown: Shown, before: Sequence[Act]) -> bool:
    """Tell whether the person had typed or chosen it before the page showed it."""
    return any(
        a.at < shown.at + _TOLD_S and (_holds(a.value, piece) or same_value(piece, a.value))
        for a in before
        if a.value and a.kind in {"fill", "select", "upload"} and not a.secret
    )


def _findable(shown: Shown) -> bool:
    """Tell whether a run could know its record again: by a text that no other row has."""
    row = shown.row
    return row is None or row.count < 2 or any(only and i != row.own for i, only in enumerate(row.unique))


def _alone(shown: Shown, recording: Recording) -> bool:
    """Tell whether the page showed this text once: of two records with it, nobody knows which was meant."""
    place = [s for s in recording.shown if (s.url, s.tab, s.text) == (shown.url, shown.tab, shown.text) and not s.copied]
    return len({s.element.path + str(s.row) for s in place if s.element}) < 2


def _earlier(shown: Shown, act: Act, before: Sequence[Act]) -> bool:
    """Tell whether it stood on an earlier page: another address or tab, or the page before something was sent.

    What a script's request brought on to the page at hand is as good as a page of its own.
    """
    if (shown.url, shown.tab) != (act.url, act.tab):
        return True
    asked = [a for a in before if a.at <= shown.at and (a.url, a.tab) == (shown.url, shown.tab)]
    if any(r.method not in READS and r.kind in {"xhr", "fetch"} for a in asked for r in a.requests):
        return True
    return any(a.at > shown.at and any(r.kind == "document" or r.method not in READS for r in a.requests) for a in before)


def _telling(shown: Shown, piece: str, act: Act, before: Sequence[Act]) -> bool:
    """Tell whether a text is so much of its own that typing the same is no chance."""
    figures = len(re.findall(r"\d", piece))
    a_date, number = bool(date_formats(piece)), bool(decimal_formats(piece))
    code = bool(figures) and len(piece) >= 4 and not a_date and (not number or re.fullmatch(r"\d{4,}", piece) is not None)
    in_list = shown.row is not None and shown.row.count > 1
    sent = any(any(r.method not in READS for r in a.requests) and a.at <= shown.at for a in before)
    if act.kind == "select":  # options are words of the application more often than not
        return code and sent and not in_list
    if in_list:
        return code or ((figures >= 4 or len(piece) >= 6) and _row_known(shown, before))
    labelled = bool(shown.element and shown.element.label)
    return code or (labelled and (figures >= 4 or len(piece) >= 6))


def _row_known(shown: Shown, before: Sequence[Act]) -> bool:
    """Tell whether something typed before names the row."""
    cells = [c for i, c in enumerate(shown.row.cells) if i != shown.row.own] if shown.row else []
    typed = [a.value for a in before if a.value and a.kind in {"fill", "select"} and not a.secret and len(a.value) > 2]
    return any(_holds(cell, value) for cell in cells for value in typed)


def _place(shown: Shown, acts: Sequence[Act], consumer: int) -> int:
    """Return before which act the text is read: while its page is at hand, and as soon as it was seen."""
    on_it = [i for i in range(consumer + 1) if (acts[i].url, acts[i].tab) == (shown.url, shown.tab) and acts[i].kind != "goto"]
    later = [i for i in on_it if acts[i].at >= shown.at]
    if later or on_it:
        return later[0] if later else on_it[-1]
    came = [i + 1 for i in range(consumer) if (acts[i].url_after, acts[i].tab) == (shown.url, shown.tab)]
    return came[-1] if came else consumer


def _without_choosing_text(acts: Sequence[Act], recording: Recording) -> list[Act]:
    """Leave out clicks that only put the mark around a text that was then copied."""
    copied = [s for s in recording.shown if s.copied]

    def chose(act: Act) -> bool:
        if act.kind not in {"click", "dblclick"} or act.requests or act.texts or act.popup or act.dialog:
            return False
        fp = act.element
        if fp is None or fp.capability not in {"none", "fill"} or act.url_after not in {"", act.url}:
            return False
        return any(0 <= s.at - act.at <= _SELECTING_S and _same_text(fp.text or fp.name, s) for s in copied)

    return [a for a in acts if not chose(a)]


def _same_text(text: str, shown: Shown) -> bool:
    return not text or text in shown.text or shown.text in text


def words_before(sentence: str, piece: str) -> Iterator[str]:
    """Yield the words that stand before a part of a sentence, nearest first: in "Order 4711 was created" it is Order."""
    before = sentence.partition(piece)[0]
    yield from (w for w in reversed(re.findall(r"[^\W\d_]{3,}", before)))


def around(sentence: str, piece: str, hole: str, *, most: int = 4) -> str:
    """Return a sentence as a template: the application's words next to the part stay, all else is open.

    Words with figures and names further off belong to the record: "Order 4711 for Ada Lovelace" is "Order {{ it }} for *".
    """
    text = " ".join(sentence.split())
    at = standing_at(piece, text)       # the x that is meant, not the one in "box"
    at = max(0, text.find(piece)) if at is None else at
    before, after = text[:at], text[at + len(piece) :]
    return f"{_before(before, most)}{hole}{_after(after, most)}"


def _before(text: str, most: int) -> str:
    glued = text.rpartition(" ")[2]
    words = text.split()[: -1 if glued else None]
    kept: list[str] = []
    for at in range(len(words) - 1, -1, -1):
        named = words[at][:1].isupper() and bool(kept) and at > 0
        if named or re.search(r"\d", words[at]) or len(kept) == most:
            break
        kept.insert(0, words[at])
    said = ["*"] * (len(kept) < len(words)) + kept + [re.sub(r"^.*\w", "*", glued) if re.search(r"\d", glued) else glued]
    return " ".join(said)


def _after(text: str, most: int) -> str:
    glued, *words = text.split(" ")
    kept: list[str] = []
    for word in words:
        if word[:1].isupper() or re.search(r"\d", word) or len(kept) == most:
            break
        kept.append(word)
    said = ["*" if re.search(r"\w", glued) else glued, *kept] + ["*"] * (len(kept) < len(words))
    return " ".join(said)
