"""The seed that is shipped is what its one command builds from the demonstrations in fixtures/."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from rpa_agent.memory import Memory
from rpa_agent.memory.diff import dump

ROOT = Path(__file__).resolve().parents[2]
_DATED = re.compile(r"\d{4}-\d\d-\d\d")


def the_command() -> ModuleType:
    """Return scripts/seed.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("seed", ROOT / "scripts" / "seed.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lasting(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a document knows without what differs in every build of the same: how long things took, where they
    stood, and which of a page's own readings were in time."""
    return {
        **{key: document[key] for key in ("procedure", "site", "task", "params", "secrets", "script", "facts")},
        "pages": {name: page["template"] for name, page in document["pages"].items()},
        "steps": [_step(step) for step in document["steps"]],
    }


def _step(step: dict[str, Any]) -> dict[str, Any]:
    looks = [v["fingerprint"] for v in (step["target"] or {"variants": ()})["variants"]]
    return {
        **{key: step[key] for key in ("id", "kind", "effect", "commit", "optional", "value", "format")},
        "looks": [{key: look[key] for key in ("tag", "role", "name", "label", "capability")} for look in looks],
        "sends": [
            {key: r[key] for key in ("method", "origin", "path", "fields")}
            for r in step["expect"]["requests"] if r["method"] != "GET"
        ],
    }  # fmt: skip


def told(text: str) -> Iterator[str | dict[str, Any]]:
    """Return what the lines of a dump tell of procedures and versions, documents without what is by the way."""
    document: list[str] = []
    for line in text.splitlines():
        if line.startswith("    {"):
            document = [line]
        elif document:
            document.append(line)
            if line.startswith("    }"):
                yield lasting(json.loads("\n".join(document)))
                document = []
        elif line.startswith(("procedure ", "  version ", "  edit ", "site ", "element ", "interruption ")):
            yield _DATED.sub("DATE", line)


async def known(path: Path, copy: Path) -> list[str | dict[str, Any]]:
    async with Memory.open(copy, seed=path) as memory:
        assert await memory.verify() == []
        return list(told(await dump(memory)))


async def test_the_seed_is_what_its_demonstrations_teach(tmp_path: Path) -> None:
    """Built again from nothing, the text dump tells the same procedures, steps, looks, commits and scripts, and the
    workflow files are the same letter by letter; each workflow that is shipped has its procedure."""
    await the_command().build(tmp_path)
    built, shipped = tmp_path / "memory.db", ROOT / "memory.db"
    assert await known(built, tmp_path / "built.db") == await known(shipped, tmp_path / "shipped.db")
    files = {kept.name: kept.read_text(encoding="utf-8") for kept in (ROOT / "workflows").glob("*.yaml")}
    assert files == {made.name: made.read_text(encoding="utf-8") for made in (tmp_path / "workflows").glob("*.yaml")}
