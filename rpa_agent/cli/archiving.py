"""Files to hand on: all of one run, or what somebody needs who is to help and must not see what was entered."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..domain.errors import UsageInvalid
from ..store.files import door, replace, scratch

_MANIFEST = "manifest.json"


def require_new(file: Path) -> None:
    """Raise UsageInvalid where a file is there already, or its folder is not."""
    if file.exists():
        raise UsageInvalid(f"{file} exists already", do="Name a new file.", where=str(file))
    if not file.absolute().parent.is_dir():
        raise UsageInvalid(f"there is no folder {file.absolute().parent}", do="Make it first.", where=str(file))


def write_archive(
    file: Path, about: Mapping[str, Any], texts: Mapping[str, str], *, files: Iterable[Path] = (), hide: Callable[[str], str]
) -> None:
    """Write one archive for its owner alone: texts by name, freed of secrets once more, and files, which are clean already;
    the manifest names each with its digest. Whole or not at all; raises UsageInvalid where ``file`` is there."""
    require_new(file)
    manifest: dict[str, Any] = {"schema": 1, **about, "parts": {}}
    with door(file), scratch(file) as temp:
        temp.touch(mode=0o600)
        with zipfile.ZipFile(temp, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, text in texts.items():
                _add(packed, manifest, name, hide(text).encode("utf-8", "backslashreplace"))
            for one in files:
                _add(packed, manifest, f"files/{one.name}", one.read_bytes())
            packed.writestr(_MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
        replace(temp, file)


def _add(packed: zipfile.ZipFile, manifest: dict[str, Any], name: str, content: bytes) -> None:
    manifest["parts"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    packed.writestr(name, content)


def as_text(value: Any) -> str:
    """Return a value as JSON for people."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n"
