"""Reads a screen for the benchmark: its elements as the recorder would describe them, and the truth tag of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpa_agent.browser.asking import fingerprint_of
from rpa_agent.browser.page import LivePage
from rpa_agent.domain.recording import RowSeen
from rpa_agent.domain.target import Fingerprint

# What only the benchmark reads: functions that see truth tags, in the agent's isolated world.
_TRUTH = (Path(__file__).parent / "truth.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Asked:
    """What the server is asked for when a button of a form is pressed."""

    method: str
    url: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """One element as the recorder describes it, with its truth."""

    truth: str
    key: str
    ref: str
    fingerprint: Fingerprint
    row: RowSeen | None
    asks: Asked | None = None


async def shown(page: LivePage) -> list[Seen]:
    """Return what a person could use on the screen, each meaning once."""
    found: dict[tuple[str, str], Seen] = {}
    for raw in await page._world.evaluate(f"{_TRUTH}.shown()"):
        seen = Seen(raw["truth"], raw["key"] or "", raw["ref"], _print(raw["element"]), _row(raw["row"]), _asked(raw["asks"]))
        found.setdefault((seen.truth, seen.key), seen)
    return list(found.values())


async def present(page: LivePage) -> set[tuple[str, str]]:
    """Return the truth tags and keys in the document, hidden ones included."""
    return {(t, k) for t, _, k in (text.partition("|") for text in await page._world.evaluate(f"{_TRUTH}.present()"))}


async def truths_of(page: LivePage, refs: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return address -> (truth tag, key); empty where an element has none, or is gone."""
    expression = f"{_TRUTH}.truths({json.dumps(list(refs))})"
    found: list[tuple[str, str]] = await page._world.evaluate(expression)
    return {ref: (t, k) for ref, (t, k) in zip(refs, found, strict=True)}


def _print(raw: dict[str, Any]) -> Fingerprint:
    if raw.get("row"):
        raw["row"].pop("cells", None)
    return fingerprint_of(raw)


def _row(raw: dict[str, Any] | None) -> RowSeen | None:
    return RowSeen.model_validate(raw) if raw else None


def _asked(raw: dict[str, Any] | None) -> Asked | None:
    return Asked(raw["method"], raw["url"], tuple(raw["fields"])) if raw else None
