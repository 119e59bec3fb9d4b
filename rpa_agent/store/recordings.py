"""Recordings that are kept until a person agrees to what they became, and what each demonstration showed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.recording import Recording

from .text_files import write_atomically

HIDDEN = "•••"
MOST_BYTES = 50_000_000


class Demonstration(Frozen):
    """One accepted demonstration: its values by parameter, and the ids of the steps it had."""

    examples: dict[str, str] = {}
    steps: tuple[str, ...] = ()


class Kept(Frozen):
    """A recording that waits for a person, and what was said about it on the command line."""

    task: str = ""
    site: str = ""
    recording: Recording


def keep_recording(path: Path, kept: Kept, secrets: Mapping[str, str], *, hide: Callable[[str], str]) -> None:
    """Write a recording for its owner only. Secrets are left out: what was typed is never written, and ``hide`` takes it out
    of whatever else the pages said, in every spelling."""
    recording = kept.recording
    data = recording.model_dump(mode="json", exclude_defaults=True)
    data.pop("secrets", None)
    values = {value for value in (*recording.secrets.values(), *secrets.values()) if value}
    for act in data["acts"]:
        if act.get("value") in values and not act.get("secret"):
            act["value"] = HIDDEN
    whole = {"task": kept.task, "site": kept.site, "recording": _hidden(data, hide)}
    write_atomically(path, json.dumps(whole, ensure_ascii=False), private=True)


def _hidden(value: Any, hide: Callable[[str], str]) -> Any:
    match value:
        case str():
            return hide(value)
        case dict():
            return {hide(k): _hidden(v, hide) for k, v in value.items()}
        case list():
            return [_hidden(v, hide) for v in value]
        case _:
            return value


def kept_recording(path: Path) -> Kept:
    """Return a recording that was kept; raises UsageInvalid when there is none or it cannot be read."""
    if not path.is_file():
        raise UsageInvalid(f"no recording was kept: there is no {path}", do="Show it again, without --kept.")
    if path.stat().st_size > MOST_BYTES:
        raise UsageInvalid(f"{path} is larger than {MOST_BYTES // 1_000_000} MB", do="Show it again, without --kept.")
    try:
        return Kept.model_validate_json(path.read_bytes())
    except (ValidationError, ValueError) as e:
        raise UsageInvalid(f"{path} cannot be read as a recording", do="Show it again, without --kept.") from e


def demonstrations(path: Path) -> tuple[Demonstration, ...]:
    """Return what was shown so far, oldest first; lines that cannot be read are left out."""
    if not path.is_file():
        return ()
    out = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            out.append(Demonstration.model_validate_json(line))
        except ValidationError:
            continue  # what one demonstration showed is a help for the next, and no more
    return tuple(out)


def add_demonstration(path: Path, shown: Demonstration, *, first: bool) -> None:
    """Note what a demonstration showed; a ``first`` one forgets those of before it."""
    before = () if first else demonstrations(path)
    lines = [d.model_dump_json() for d in (*before, shown)]
    write_atomically(path, "\n".join(lines) + "\n", private=True)
