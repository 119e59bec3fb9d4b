"""What of an element may be kept: parameters become holes, texts of records only shape and salted hashes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from ..domain.target import Fingerprint, Variant
from ..domain.template import HOLE, abstract, stands_alone
from ..domain.urls import path_template
from .hashes import mask

_HOLE_ONLY = re.compile(r"\{\{ [\w.]+ \}\}")
_FIGURES = re.compile(r"\d{2,}(?![^{]*\}\})")
_SHORTEST = 3  # a shorter secret is in every text
_FIELDS = {"fill", "select", "upload", "check"}


def without(text: str, hidden: Iterable[str]) -> str:
    """Return a text of the page without the secrets in it: many sites greet by the user name."""
    for secret in hidden:
        if len(secret) >= _SHORTEST and secret in text:
            text = " ".join(re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", " ", text).split())
    return text


def unspoken(fp: Fingerprint, hidden: Sequence[str]) -> Fingerprint:
    """Return the fingerprint without secrets in any of its texts; a part of an address that holds one may be anything.

    Who signs in as `admin` still finds what stands under `/admin/`.
    """
    texts: dict[str, object] = {}
    for name in type(fp).model_fields:
        held = getattr(fp, name)
        if name == "href":
            texts[name] = "/".join(part if without(part, hidden) == part else "*" for part in held.split("/"))
        elif isinstance(held, str):
            texts[name] = without(held, hidden)
        elif isinstance(held, tuple) and all(isinstance(t, str) for t in held):
            texts[name] = tuple(without(t, hidden) for t in held)
    return fp.model_copy(update=texts)


def clean(
    fp: Fingerprint, values: Mapping[str, str], salt: str, *, cells: Sequence[str] = (), naming: Sequence[str] = ()
) -> Fingerprint:
    """Return the fingerprint without business data; secrets are taken out before, by ``unspoken``.

    ``values`` are this run's parameters as the site shows them; ``cells`` the texts of the element's row, of which
    one that is a parameter becomes the row's key, first of those ``naming`` it, which no other row has. A row without such a
    key is forgotten: a position means nothing.
    """
    # A box in a table is called like its record; any other field is called by the application.
    field = fp.capability in _FIELDS and not (fp.capability == "check" and ">td" in fp.path)
    # A button that stands in every row is the application's; a text that stands once in a row is the record's.
    of_record = fp.in_data and not field and fp.unique.get("name", 1) < 2

    def keep(text: str) -> str:
        if not text:
            return text
        held = abstract(text, values)
        # A title may name the record although the button is called the same in every row.
        tells = any(len(c) > 2 and c != fp.name and c in held for c in cells)
        return mask(held, salt) if (of_record or tells) and not _HOLE_ONLY.fullmatch(held) else held

    parts = [line for v in values.values() if "\n" in v for line in v.split("\n") if len(line) > 1]

    def beside(text: str) -> str:
        """Several things that were chosen stand one by one in what the page says of them."""
        held = abstract(text, values)
        return "" if any(stands_alone(p, held.replace(",", " ")) for p in parts) else held

    row = fp.row
    if row is not None:
        key = _key(values, naming, (*cells, row.key))
        row = row.model_copy(update={"key": key, "index": -1, "count": 0}) if key else None
    return fp.model_copy(
        update={
            "name": keep(fp.name),
            "text": "" if field else keep(fp.text),
            "title": keep(fp.title),
            "alt": keep(fp.alt),
            "label": keep(fp.label),
            "placeholder": abstract(fp.placeholder, values),
            "neighbour": beside(fp.neighbour),
            # What a machine made tells nothing, and may hold a record's number.
            "id": "" if "id" in fp.generated else abstract(fp.id, values),
            "name_attr": "" if "name_attr" in fp.generated else abstract(fp.name_attr, values),
            "behind": abstract(fp.behind, values),
            "test_id": keep(fp.test_id),
            "href": path_template(fp.href, values) if fp.href else "",
            "row": row,
            "heading": beside(fp.heading),
            "dialog": abstract(fp.dialog, values),
            "form": abstract(fp.form, values),
            "frames": tuple(HOLE.sub("*", path_template(f, values)) for f in fp.frames),
            # Which of several alike: never which record.
            **({"order": -1, "alike": 0} if (fp.row and fp.row.key) or (of_record and (fp.name or fp.text)) else {}),
            # Figures beside an element are a record's, not the application's.
            "near": () if fp.in_data else tuple(t for t in _nearest(map(beside, fp.near)) if t and not _FIGURES.search(t)),
        }
    )


def _nearest(texts: Iterable[str]) -> Iterator[str]:
    """Yield what stands beside an element up to a text about this run's record: the words around a value are the record's
    too, and what stands further off comes and goes with their length."""
    return takewhile(lambda t: HOLE.search(t) is None or _HOLE_ONLY.fullmatch(t) is not None, texts)


def _key(values: Mapping[str, str], naming: Sequence[str], others: Sequence[str]) -> str:
    """Return the hole that names a row: a naming text that is a parameter or speaks of just one, else any that is one."""
    if key := _whole(values, naming):
        return key
    for text in naming:
        told = [n for n, v in values.items() if len(v) > 1 and stands_alone(v, text)]
        if len(told) == 1:
            return f"{{{{ {told[0]} }}}}"
    for text in naming:  # a number of one figure is no word to look for in a text, but it may be all that a cell says
        told = [n for n, v in values.items() if v == text]
        if len(text) == 1 and len(told) == 1:
            return f"{{{{ {told[0]} }}}}"
    return _whole(values, others)


def _whole(values: Mapping[str, str], texts: Sequence[str]) -> str:
    return next((held for t in texts if _HOLE_ONLY.fullmatch(held := abstract(t, values))), "")


def clean_variant(variant: Variant, values: Mapping[str, str], salt: str) -> Variant:
    """Return the variant, and what must be clicked before and after it, without business data."""
    return variant.model_copy(
        update={
            "fingerprint": clean(variant.fingerprint, values, salt),
            "locators": tuple(abstract(locator, values) for locator in variant.locators),
            "via": tuple(clean_variant(v, values, salt) for v in variant.via),
            "then": tuple(clean_variant(v, values, salt) for v in variant.then),
        }
    )
