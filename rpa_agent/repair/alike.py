"""Compares one recorded element with one live one: names, codes, places, and what tells it from its namesakes."""

from __future__ import annotations

from collections.abc import Iterable

from rpa_agent.domain.identity import leads_elsewhere, likeness, turned, words
from rpa_agent.domain.target import Fingerprint

from .rank import CODED
from .sheet import HUMAN, Sheet, human_texts, recorded_text, trait_text

_SYNONYM = 0.85
_SPELLING = 0.6         # two words as like as this are one word in two spellings
_RELATED = 0.5          # own names as like as this may share another text
_EQUAL = 0.95            # the same words
_BESIDE_ITS_OWN = 0.5   # what a text is worth that both show beside names of their own
_CUT = 4                # a word cut short keeps so many letters
_BORROWED = 0.7         # what a name is worth that only stands beside the element
_CONTRADICTS = 0.5      # two field names less alike than this are not of one field
_KINDS = frozenset({"link", "lnk", "anchor", "button", "btn"})     # what a code says of the widget alone
_SPEAKING = 2           # a code of fewer words is too short to be known by the rest of it
_APART = ("form", "heading", "landmark", "dialog", "href", "row_key", "column", *CODED)
_PLACES = ("form", "dialog", "heading", "landmark")


def reads_same(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether a person reads one same name on both.

    A name that one of them only has beside its own, as a placeholder or a tooltip, counts where their own are alike too:
    two boxes "Filter" below two labels are two.
    """
    was, now = _own_names(recorded), _own_names(live)
    shared = _shared(recorded, live)
    if not shared:
        return False
    first = words(was[0]) in shared and words(now[0]) in shared
    return first or likeness(was[0], now[0]) >= _RELATED


def shares_beside(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether the two share a text and still are called differently."""
    return bool(_shared(recorded, live)) and not reads_same(recorded, live)


def _shared(recorded: Fingerprint, live: Fingerprint) -> set[tuple[str, ...]]:
    return {words(t) for t in _own_names(recorded)} & {words(t) for t in _own_names(live)} - {()}


def individual(recorded: Fingerprint) -> bool:
    """Tell whether anything kept of an element is its own: a name, a label, a code, an address, a row or its picture."""
    row = recorded_text(recorded, "row_key") if recorded.row else ""
    return bool(human_texts(recorded) or own_codes(recorded) or recorded_text(recorded, "href") or row or recorded.look)


def reading(recorded: Fingerprint, live: Fingerprint, sheet: Sheet) -> float:
    """Return how like the two are called, by letters or by meaning."""
    pairs = [(a, b) for a in human_texts(recorded) for b in human_texts(live) if not _only_topic(a, b, sheet)]
    borrowed = not (_own_names(recorded) and _own_names(live))
    best = max((max(likeness(a, b), _SYNONYM * _same_meaning(a, b, sheet)) for a, b in pairs), default=0.0)
    if best >= _EQUAL and not borrowed and not reads_same(recorded, live):
        best = _BESIDE_ITS_OWN
    return _BORROWED * best if borrowed else best


def _only_topic(a: str, b: str, sheet: Sheet) -> bool:
    """Tell whether two names share nothing but what the whole page is about, and the recorded one says more than that:
    "Assign ticket" and "Ticket #1088", but not "Invoices" and "Supplier invoices"."""
    mine, other = sheet.language.meanings(a), sheet.language.meanings(b)
    return bool(mine - sheet.topic) and mine != other and bool(mine & other) and mine & other <= sheet.topic


def _own_names(fingerprint: Fingerprint) -> list[str]:
    """Return its names without the text beside it, which may be the label of another field."""
    return [text for text in human_texts(fingerprint) if text != trait_text(fingerprint, "beside")]


def _same_meaning(a: str, b: str, sheet: Sheet) -> float:
    # On a page about invoices "File" and "File invoice" say the same.
    rest_a, rest_b = (sheet.language.meanings(text) - sheet.topic for text in (a, b))
    rest = 2 * len(rest_a & rest_b) / (len(rest_a) + len(rest_b)) if rest_a and rest_b else 0.0
    return max(sheet.language.same_meaning(a, b), 0.9 * rest)


def means_otherwise(recorded: Fingerprint, live: Fingerprint, sheet: Sheet) -> bool:
    """Tell whether each name says something that the other does not, as `Invoice date` and `Invoice no.` do."""
    pairs = [(a, b) for a in _own_names(recorded) for b in _own_names(live)]
    if any(sheet.language.one_saying(a, b) for a, b in pairs):
        return False
    pressed = recorded.capability == "click"    # a field's name may turn from "Invoice number" to "Document number"
    return bool(pairs) and all(
        (_only_in(a, b, sheet) and _only_in(b, a, sheet)) or (pressed and _of_another_thing(a, b, sheet)) for a, b in pairs
    )


def _of_another_thing(a: str, b: str, sheet: Sheet) -> bool:
    """Tell whether one is about what the whole page is about, and the other about something else on it: "Add invoice" may
    be called "Add" there, and "Add item" adds no invoice."""
    mine, other = sheet.language.things(a), sheet.language.things(b)
    apart, others = _not_in(mine, other), _not_in(other, mine)
    return bool(apart) and bool(others) and not (apart | others) <= sheet.topic


def says_the_same(recorded: Fingerprint, live: Fingerprint, sheet: Sheet) -> bool:
    """Tell whether a name of each means exactly what the other means, but for what the whole page is about.

    "Save" is "File invoice" on a page about invoices; "Save as template" is more than "Save", and "Send" more than "Send test".
    """
    pairs = [(a, b) for a in _own_names(recorded) for b in _own_names(live)]
    same = sheet.language.one_saying
    return any(same(a, b) or not (_only_in(a, b, sheet) or _only_in(b, a, sheet)) for a, b in pairs)


def _only_in(a: str, b: str, sheet: Sheet) -> bool:
    return bool(_not_in(sheet.language.meanings(a) - sheet.topic, sheet.language.meanings(b)))


def _not_in(some: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in some - others if not any(_one_word(word, other) for other in others))


def _one_word(a: str, b: str) -> bool:
    """Tell whether two words are one in two spellings, or one is the other cut short: "info" is "information"."""
    short, long = sorted((a, b), key=len)
    if turned(a, b):
        return False
    return likeness(a, b) >= _SPELLING or (len(short) >= _CUT and long.startswith(short))


def coded_alike(recorded: Fingerprint, live: Fingerprint) -> tuple[str, ...]:
    """Return the programmers' traits (test id, field name, speaking id) that are the same.

    A name that several fields share, as all radio buttons of a choice do, identifies none of them.
    """
    kept = (t for t in own_codes(recorded) if t not in live.generated)
    return tuple(t for t in kept if same(recorded, live, t) or _but_for_its_kind(recorded, live, t))


def _but_for_its_kind(recorded: Fingerprint, live: Fingerprint, trait: str) -> bool:
    """Tell whether a link became a button, or the other way round, and the code of both is one but for the word for that:
    `groups_add_link` and `groups_add`."""
    if recorded.tag == live.tag or recorded.capability != "click":
        return False
    was, now = ([w for w in words(recorded_text(f, trait)) if w not in _KINDS] for f in (recorded, live))
    return was == now and len(was) >= _SPEAKING


def code_speaks(recorded: Fingerprint, live: Fingerprint, sheet: Sheet) -> bool:
    """Tell whether a code that both have says in other letters what the recorded one was called: `invoice_save` says Save."""
    named = [sheet.language.meanings(text) for text in _own_names(recorded)]
    coded = [sheet.language.meanings(getattr(recorded, t)) for t in coded_alike(recorded, live)]
    return len(coded) > 1 or not any(named) or any(code & name for code in coded for name in named)


def own_codes(recorded: Fingerprint) -> list[str]:
    """Return the programmers' traits that the recorded element shared with no other."""
    shared = "radio" in (recorded.role, recorded.type) or recorded.unique.get("name_attr", 1) > 1
    return [t for t in usable(recorded, CODED) if not (shared and t == "name_attr")]


def coded_apart(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether both have a speaking field name or test id, and these are of different things."""
    pairs = [(recorded_text(recorded, t), recorded_text(live, t)) for t in ("test_id", "name_attr")]
    return any(a and b and likeness(a, b) < _CONTRADICTS for a, b in pairs) and not coded_alike(recorded, live)


def codes_like(recorded: Fingerprint, live: Fingerprint) -> float:
    """Return how like the best of its speaking codes is to the recorded one, 0 where neither side has any."""
    pairs = [(recorded_text(recorded, t), recorded_text(live, t)) for t in own_codes(recorded)]
    return max((likeness(a, b) for a, b in pairs if a and b), default=0.0)


def places(recorded: Fingerprint, live: Fingerprint) -> tuple[str, ...]:
    """Return the recorded surroundings that the live element has too."""
    return tuple(t for t in usable(recorded, _PLACES) if same(recorded, live, t))


def told_apart(recorded: Fingerprint, live: Fingerprint, twin: Fingerprint) -> bool:
    """Tell whether the recorded place or code is that of ``live`` and not of its twin."""
    speaks_for = [t for t in usable(recorded, _APART) if same(recorded, live, t) and not same(recorded, twin, t)]
    against = [t for t in usable(recorded, _APART) if same(recorded, twin, t) and not same(recorded, live, t)]
    return bool(speaks_for) and not against


def misplaced(recorded: Fingerprint, live: Fingerprint) -> bool:
    """Tell whether a name that several elements had when it was shown is met where the recorded one was not."""
    if recorded.unique.get("name", 1) < 2 or coded_alike(recorded, live):
        return False
    if leads_elsewhere(recorded, live):
        return True     # a link of the same name to another of several
    if recorded.row and recorded.row.column and not recorded_text(recorded, "row_key"):
        # One of many rows, and nothing kept says which: only the place in a form's own lines may count.
        by_line = recorded.capability != "click" and live.row is not None and live.row.index == recorded.row.index
        return not (by_line or (recorded.href and same(recorded, live, "href")))
    decisive = usable(recorded, ("form", "heading", "dialog", "href", "row_key", "column"))
    return bool(decisive) and not any(same(recorded, live, trait) for trait in decisive)


def usable(recorded: Fingerprint, traits: Iterable[str]) -> list[str]:
    """Return those of the traits that the recorded element has and that tell something."""
    return [t for t in traits if recorded_text(recorded, t)]


def same(recorded: Fingerprint, live: Fingerprint, trait: str) -> bool:
    """Tell whether a trait is the same on both."""
    if trait == "href" and "*" not in recorded.href:
        return recorded.href.removeprefix("{base}") == live.href    # to tell records apart the whole address counts
    a, b = recorded_text(recorded, trait), trait_text(live, trait)
    return a == b or (trait in HUMAN and words(a) == words(b))
