"""Tasks with a known answer: two intents of one template want the same procedure."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "webarena_intents.jsonl"
_LARGEST = 20_000_000


class IntentsUnfit(ValueError):
    """A file that holds no intents."""


@dataclass(frozen=True)
class Intent:
    """One task in words: what it wants (``template``), how that is worded, and where."""

    text: str
    template: str
    wording: str
    site: str


def read(path: Path) -> list[Intent]:
    """Read JSON lines with intent, intent_template_id, intent_template and sites; raises IntentsUnfit."""
    try:
        if path.stat().st_size > _LARGEST:
            raise IntentsUnfit(f"{path} is larger than {_LARGEST // 1_000_000} MB")
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as e:
        raise IntentsUnfit(f"{path} cannot be read: {e}") from e
    found = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            found.append(Intent(
                str(row["intent"]), str(row["intent_template_id"]), str(row["intent_template"]),
                str((row.get("sites") or ["site"])[0]),
            ))
        except (ValueError, KeyError, TypeError, IndexError) as e:
            raise IntentsUnfit(f"{path}, line {number}: no intent ({e!r})") from e
    if len(found) < 20:
        raise IntentsUnfit(f"{path} holds only {len(found)} intents")
    return found


def with_siblings(intents: list[Intent]) -> list[bool]:
    """Tell for each whether another one wants the same."""
    count = Counter(i.template for i in intents)
    return [count[i.template] > 1 for i in intents]


def paraphrased(intents: list[Intent]) -> list[bool]:
    """Tell for each whether its template is worded in several ways."""
    wordings: dict[str, set[str]] = {}
    for i in intents:
        wordings.setdefault(i.template, set()).add(i.wording)
    return [len(wordings[i.template]) > 1 for i in intents]
