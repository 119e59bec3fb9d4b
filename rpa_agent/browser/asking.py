"""What page.js is asked for a target, and its answers as values."""

from __future__ import annotations

import json
from typing import Any

from ..domain.identity import WEIGHTS
from ..domain.proposal import Candidate, Sends
from ..domain.target import Fingerprint, Target
from .scripts import script

_ENCODINGS = ("test_id", "id", "name_attr", "label", "placeholder", "href", "name")


def question_of(target: Target) -> tuple[list[dict[str, Any]], str | dict[str, str]]:
    """Return what page.js is asked for: the traits of every variant, and the key of the row it is in."""
    return [encodings_of(v.fingerprint) for v in target.variants], row_asked(target.row_key(), target.key_column())


def row_asked(key: str, column: str) -> str | dict[str, str]:
    """Return the key of a row as page.js takes it: alone, or with the header over it."""
    return {"key": key, "column": column} if key and column else key


def list_asked(target: Target) -> str:
    """Return the expression that looks at the list in which a target's record should stand."""
    fp, key = target.variants[0].fingerprint, row_asked(target.row_key(), target.key_column())
    said = fp.name if fp.name and not is_masked(fp.name) and target.row_key() not in fp.name else ""
    like = json.dumps({"role": fp.role, "capability": fp.capability, "name": said})
    return f"{script('lists.js')};\n__rpaLists.seen({json.dumps(key)}, {like})"


def encodings_of(fp: Fingerprint) -> dict[str, Any]:
    """Return the traits by which page.js looks for an element; machine-made and masked ones are left out."""
    out: dict[str, Any] = {"tag": fp.tag, "role": fp.role, "capability": fp.capability}
    for trait in _ENCODINGS:
        value = getattr(fp, trait)
        if value and trait not in fp.generated and not is_masked(value):
            out[trait] = value
    if not fp.name and fp.text and not is_masked(fp.text):
        out["text"] = fp.text
    if fp.alike > 1:
        out |= {"order": fp.order, "alike": fp.alike}
    if not any(trait in out for trait in (*_ENCODINGS, "text")):
        column = fp.row.column if fp.row else ""
        weak = {"path": fp.path, "classes": " ".join(fp.classes), "look": fp.look, "type": fp.type, "column": column}
        out |= {"weak": True, **{k: v for k, v in weak.items() if v and not is_masked(v)}}
    return out


def is_masked(text: str) -> bool:
    """Tell whether a text was kept only as shape and hashes, or as a template with record numbers."""
    return "#h:" in text or text.endswith("/*") or "/*/" in text


def candidate_of(raw: dict[str, Any]) -> Candidate:
    fp = raw["fingerprint"]
    if fp.get("row"):
        fp["row"].pop("cells", None)
    if sends := raw.get("sends"):
        raw = {**raw, "sends": Sends.model_construct(**{**sends, "fields": tuple(sends["fields"])})}
    return Candidate.model_construct(**{**raw, "fingerprint": fingerprint_of(fp)})


def fingerprint_of(raw: dict[str, Any]) -> Fingerprint:
    """Return page.js's answer as a value. It comes from our own script, so types need no second check."""
    from ..domain.target import RowContext

    row = raw.get("row")
    return Fingerprint.model_construct(
        **{
            **raw,
            "row": RowContext.model_construct(**row) if row else None,
            "classes": tuple(raw["classes"]),
            "generated": tuple(raw["generated"]),
            "near": tuple(raw["near"]),
            "frames": tuple(raw["frames"]),
            "shadow": tuple(raw["shadow"]),
            "box": tuple(raw["box"]),
            "viewport": tuple(raw["viewport"]),
        }
    )


assert set(_ENCODINGS) <= set(WEIGHTS), "every encoding that votes is also a trait that is scored"
