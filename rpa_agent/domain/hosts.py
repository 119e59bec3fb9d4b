"""Which hosts a workflow may speak to: its own and those that `allow` names, with their ports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

USUAL_PORTS = (80, 443)  # those of a host that is named without one
_ENTRY = re.compile(r"^(\*\.)?(?:\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(?::(\d{1,5}))?$")


def check_entry(text: str) -> str:
    """Return an entry of `allow` in lower case; raises ValueError saying how to write it."""
    entry = text.strip().lower().rstrip(".")
    found = _ENTRY.match(entry)
    port = int(found.group(2)) if found and found.group(2) else 80
    if not found or not 0 < port < 65536:
        raise ValueError(f"{text!r} is not a host; write it as cdn.example.net, *.example.net or localhost:8080")
    return entry


def allowed_hosts(base_url: str, allow: Sequence[str]) -> tuple[str, ...]:
    """Return all entries that hold for a run: the host of ``base_url`` and those of `allow`."""
    return (entry_of(base_url), *allow)


def entry_of(url: str) -> str:
    """Return the entry that names an address's host; a port that is usual for its scheme is left out."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    named = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "ws": 80, "https": 443, "wss": 443}.get(parts.scheme)
    return named if parts.port in (None, usual) else f"{named}:{parts.port}"


def port_of(url: str) -> int:
    """Return the port of an address."""
    parts = urlsplit(url)
    return parts.port or {"http": 80, "ws": 80}.get(parts.scheme, 443)


def told(host: str, port: int) -> str:
    """Return a host as people write it."""
    named = f"[{host}]" if ":" in host else host
    return named if port in USUAL_PORTS else f"{named}:{port}"


def allows(entries: Sequence[str], host: str, port: int) -> bool:
    """Tell whether a connection to this host and port is allowed by one of the entries."""
    return any(_names(entry, host.lower().rstrip("."), port) for entry in entries)


def _names(entry: str, host: str, port: int) -> bool:
    split = urlsplit("//" + entry.replace("*.", "any-below.", 1))
    named = split.hostname or ""
    if port not in ((split.port,) if split.port else USUAL_PORTS):
        return False
    if entry.startswith("*."):
        return host.endswith(named.removeprefix("any-below"))
    return host == named
