"""Names values after what stands beside them on the page: short, stable, in small letters, from any language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence

from ..domain.recording import Act, RowSeen
from ..domain.target import Fingerprint

LONGEST = 40
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "ł": "l"})
_LETTERS = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "к": "k", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts",
    "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "і": "i", "є": "e",
    "ґ": "g", "α": "a", "β": "b", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k",
    "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y",
    "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
})  # fmt: skip
# What a form adds to a label, and no part of the name.
_ADDED = re.compile(
    r"\(?\b(required|mandatory|optional|pflichtfeld|erforderlich|obligatoire|facultatif|opcional|obligatorio|verplicht)\b\)?"
    r"|\((?:[A-Z]{3}|[€$£¥%])\)|[*:：?!…]+|\((?=[^)]{0,24}\d|[^)]*(?:yyyy|jjjj|aaaa))[^)]*\)",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"\d|yyyy|jjjj|aaaa|^(e\.?g\.?|z\.? ?b\.?|ex\.?|p\.? ?ej\.?|for example|zum beispiel|type|enter|select|choose|please|bitte"
    r"|search|suche|suchen|start typing)\b|…|\.\.\.|@",
    re.IGNORECASE,
)
_TELLING = {"date", "time", "month", "week", "datetime-local", "email", "tel", "url"}
_TAKEN = {"today", "secrets", "outputs", "true", "false", "and", "or", "not", "in", "empty", "given"}


def slug(text: str) -> str:
    """Return a name: small letters, digits and underscores; ``value`` where the text has no letter that can be one."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_GERMAN))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if len(name) > LONGEST:
        cut = name[: LONGEST + 1].rpartition("_")[0]
        name = cut or name[:LONGEST]
    if name[:1].isdigit():
        name = f"value_{name}"
    return f"{name}_value" if name in _TAKEN else name or "value"


def name_of(act: Act, used: Container[str] = ()) -> str:
    """Return what a value is called: the first thing that names its field in words.

    ``used`` are the names of other values: a text beside several fields names the first of them.
    """
    fp = act.element
    if fp is None:
        return slug(act.kind)
    for text in _texts_of(act, fp, used):
        if (name := slug(text)) != "value":
            return name
    return slug(act.input_type or "value")


def label_of(act: Act, used: Container[str] = ()) -> str:
    """Return how the page calls a field, for people."""
    fp = act.element
    return next((" ".join(t.split()) for t in _texts_of(act, fp, used) if t), "") if fp else ""


def _texts_of(act: Act, fp: Fingerprint, used: Container[str]) -> Sequence[str]:
    """Return every text that may name a field, without what a form adds to it."""
    texts = [_ADDED.sub(" ", t) for t in (*_beside_value(act, fp), *_callings(fp, act.row))]
    if (kind := act.input_type) not in {"", "text", "textarea"}:
        if kind in _TELLING:  # the heading of a form says less of its field than that it holds a date
            texts = [t for t in texts if t != fp.heading or fp.heading in {fp.label, fp.name}]
        texts.append(kind.replace("-", " ").capitalize())
    beside = {slug(_ADDED.sub(" ", n)) for n in fp.near} - {slug(_ADDED.sub(" ", fp.label))}
    others = [t for t in texts if slug(t) not in beside or slug(t) not in used]
    return others if any(slug(t) != "value" for t in others) else texts


def _beside_value(act: Act, fp: Fingerprint) -> Sequence[str]:
    """A button or box that shows its value is called by what stands beside it: its own words are the value."""
    entered = act.kind in {"fill", "select"} and not act.keys  # what only hears keys shows no value
    called = fp.label or fp.name
    if entered and fp.tag not in {"input", "select"} and fp.text and called != fp.text and called.endswith(fp.text):
        return (called.removesuffix(fp.text).strip(),)  # its label and what it shows, read as one name
    return fp.near[:1] if entered and fp.capability in {"click", "none"} and not fp.label else ()


def _callings(fp: Fingerprint, row: RowSeen | None) -> Sequence[str]:
    """Every text that may name a field, the most telling first."""
    hints = {fp.placeholder, fp.title}
    column = fp.row.column if fp.row else ""
    if not column and row is not None and 0 <= row.own < len(row.headers):
        column = row.headers[row.own]
    beside = [n for n in fp.near if len(n) <= LONGEST and n.count(" ") < 5 and not fp.in_data]
    plain = fp.placeholder and not _HINT.search(fp.placeholder)
    spoken = fp.name if fp.name not in hints and not (fp.in_data and fp.unique.get("name", 1) < 2) else ""
    return (
        fp.label,
        spoken,
        column,
        *(n for n in beside[:1] if n.rstrip().endswith((":", "："))),
        fp.placeholder if plain else "",
        fp.title,
        # A text that happens to stand beside a field may be a record's own: a label begins like one and has no figures.
        *(n for n in beside[:1] if n[:1].isupper() and not re.search(r"\d", n)),
        fp.placeholder if not re.search(r"\d|yyyy|jjjj|aaaa|@", fp.placeholder) else "",
        "" if "name_attr" in fp.generated else _in_words(fp.name_attr),
        "" if "id" in fp.generated else _in_words(fp.id),
    )


def _in_words(attribute: str) -> str:
    words = re.sub(r"[\W_]+", " ", attribute).strip()
    return words[:1].upper() + words[1:]
