"""Scrubs a Playwright trace: no secret, cookie or token stays in any member, and the trace viewer still opens it."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ...domain.errors import TraceUnclean
from .hiding import HIDDEN, longest_first, redacted, redacted_value, stands_apart, variants

LARGEST = 1_000_000_000  # unpacked; a longer run than anybody looks at
_LINES = (".trace", ".network", ".stacks")  # members of one JSON object per line; .stacks is one object
_SENSITIVE = {
    "cookie", "set-cookie", "authorization", "proxy-authorization", "x-api-key", "x-auth-token", "x-csrf-token",
    "x-xsrf-token", "www-authenticate", "authentication-info",
}  # fmt: skip
_TOKEN = 8  # from this length on what a cookie or an authorization says is looked for everywhere
# Names and times by which the viewer puts a trace together.
_OURS = frozenset({
    "type", "callId", "pageId", "frameId", "contextId", "sha1", "_sha1", "snapshotName", "beforeSnapshot", "afterSnapshot",
    "inputSnapshot", "startTime", "endTime", "wallTime", "monotonicTime", "_monotonicTime", "timestamp", "startedDateTime",
    "version", "class", "method", "time", "timings", "viewport", "_frameref", "pageref", "mimeType", "status", "frameSwapWallTime",
})  # fmt: skip


def scrub(source: Path, target: Path, hidden: Sequence[str], *, largest: int = LARGEST) -> None:
    """Write ``target`` for its owner only: ``source`` without any of ``hidden`` and without what sessions are made of.

    Raises TraceUnclean, with no target left, where that cannot be proved of every member.
    """
    try:
        with zipfile.ZipFile(source) as trace:
            if sum(member.file_size for member in trace.infolist()) > largest:
                raise TraceUnclean(f"it is larger than {largest // 1_000_000} MB unpacked")
            found = longest_first([*hidden, *(v for token in _tokens(trace) for v in variants(token))])
            _rewrite(trace, target, found)
        _prove(target, found)
    except (OSError, zipfile.BadZipFile, ValueError, RecursionError) as e:
        target.unlink(missing_ok=True)
        raise TraceUnclean(f"it cannot be read or written ({type(e).__name__})") from e
    except TraceUnclean:
        target.unlink(missing_ok=True)
        raise


def _rewrite(trace: zipfile.ZipFile, target: Path, hidden: Sequence[str]) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as clean:
        for member in trace.infolist():
            content = trace.read(member)
            if member.filename.endswith(_LINES):
                lines = content.decode("utf-8").splitlines()
                content = "".join(f"{_line(line, hidden)}\n" for line in lines if line.strip()).encode()
            else:
                content = _bytes(content, hidden)
            clean.writestr(redacted(member.filename, hidden), content)


def _line(line: str, hidden: Sequence[str]) -> str:
    """Return one line without secrets; one that holds none stays as it is, to the letter."""
    told = json.loads(line)
    if redacted(line, hidden) == line and not any(True for _ in _session_values(told)):
        return line
    plain = redacted_value(_without_session(told), partial(redacted, hidden=hidden), keep=_OURS)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _bytes(content: bytes, hidden: Sequence[str]) -> bytes:
    """Do the same with a body of any kind, read as bytes: in UTF-8, and in UTF-16 as some programs write texts."""
    wide = [h for h in hidden if not stands_apart(h)]
    spelled = [h.encode("utf-8", "replace").decode("latin-1") for h in hidden]
    spelled += [h.encode("utf-16-le", "replace").decode("latin-1") for h in wide]
    text = content.decode("latin-1")
    clean = redacted(text, spelled)
    return content if clean == text else clean.replace(HIDDEN, HIDDEN.encode().decode("latin-1")).encode("latin-1")


def _prove(target: Path, hidden: Sequence[str]) -> None:
    """Look into every member once more: what was to go is gone, and what is left can be read."""
    with zipfile.ZipFile(target) as clean:
        for name in clean.namelist():
            content = clean.read(name)
            if _bytes(content, hidden) != content and not name.endswith(_LINES):
                raise TraceUnclean(f"a secret stayed in {name}")
            if name.endswith(_LINES):
                for line in content.decode("utf-8").splitlines():
                    told = json.loads(line)
                    if any(not stands_apart(h) and h in line for h in hidden if h in line) and _still(told, hidden):
                        raise TraceUnclean(f"a secret stayed in {name}")


def _still(told: Any, hidden: Sequence[str]) -> bool:
    return bool(redacted_value(told, partial(redacted, hidden=hidden), keep=_OURS) != told)


# ---- what a session is made of -------------------------------------------------------------------------------------


def _tokens(trace: zipfile.ZipFile) -> Iterator[str]:
    """Yield every value of a cookie or an authorization that went over the network, and those in a saved login."""
    for name in trace.namelist():
        if name.endswith((".trace", ".network")):
            for line in trace.read(name).decode("utf-8").splitlines():
                if line.strip():
                    yield from (v for v in _session_values(json.loads(line)) if len(v) >= _TOKEN and v != HIDDEN)


def _session_values(told: Any) -> Iterable[str]:
    match told:
        case dict():
            for key, value in told.items():
                if key == "cookies" and isinstance(value, list):
                    yield from (str(c["value"]) for c in value if isinstance(c, dict) and c.get("value") not in {None, HIDDEN})
                elif key == "storageState" and value not in (None, HIDDEN):
                    yield from _saved(value)
                elif key == "headers" and isinstance(value, list):
                    yield from (part for h in value if _sensitive(h) for part in _parts(str(h["value"])))
                elif isinstance(value, dict | list):
                    yield from _session_values(value)
        case list():
            for value in told:
                if isinstance(value, dict | list):
                    yield from _session_values(value)


def _saved(value: Any) -> Iterable[str]:
    """Yield what a saved login holds; where it is only named by its file, that is no value."""
    match value:
        case dict():
            for key, held in value.items():
                if key == "value":
                    yield str(held)
                else:
                    yield from _saved(held)
        case list():
            for held in value:
                yield from _saved(held)


def _parts(header: str) -> Iterable[str]:
    """Yield the values in a header: of ``a=1; b=2`` the 1 and 2, of ``Bearer abc`` the abc."""
    if header != HIDDEN:
        for part in header.split(";"):
            name, equals, value = part.strip().partition("=")
            yield value if equals and " " not in name else part.strip().rpartition(" ")[2]


def _sensitive(header: Any) -> bool:
    return isinstance(header, dict) and str(header.get("name", "")).casefold() in _SENSITIVE and "value" in header


def _without_session(told: Any) -> Any:
    match told:
        case dict():
            return {k: _blank(k, v) for k, v in told.items()}
        case list():
            return [_without_session(v) for v in told]
        case _:
            return told


def _blank(key: str, value: Any) -> Any:
    if key == "cookies" and isinstance(value, list):
        return [{**c, "value": HIDDEN} if isinstance(c, dict) and "value" in c else c for c in value]
    if key == "storageState" and value is not None:
        return HIDDEN
    if key == "headers" and isinstance(value, list):
        return [{**h, "value": HIDDEN} if _sensitive(h) else h for h in value]
    return _without_session(value)
