"""Addresses as templates: symbolic origins, `*` for what numbers a record, holes for parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from .template import HOLE, abstract

_VOLATILE = re.compile(
    r"^(\d+|[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{1,6}-?\d+|[\w-]*\d{3,}[\w-]*)$", re.IGNORECASE
)


def origin(url: str) -> str:
    """Return scheme and host, as in ``https://host:port``."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def web_address(url: str) -> str:
    """Return the address of a WebSocket as one of the web: what decides about hosts and origins knows http and https."""
    return "http" + url[2:] if url.startswith(("ws:", "wss:")) else url


def symbolic(url: str, base: str) -> str:
    """Return the origin as a symbol: ``{base}`` for the workflow's own, else the host."""
    return "{base}" if origin(url) == origin(base) else urlsplit(url).netloc


def path_template(path: str, values: Mapping[str, str]) -> str:
    """Return a path with parameters as holes and record numbers as ``*``."""
    out = []
    for segment in path.split("/"):
        plain = unquote(segment)
        held = abstract(plain, values, accept=lambda v: len(v) > 2)
        out.append(held if held != plain else "*" if _VOLATILE.match(plain) else segment)
    return "/".join(out)


def url_template(url: str, base: str, values: Mapping[str, str]) -> str:
    """Return origin symbol and path template; queries are left out, since they carry what the path does not need."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return parts.scheme + ":"
    return symbolic(url, base) + path_template(parts.path, values)


def url_matches(template: str, url: str, base: str, values: Mapping[str, str]) -> bool:
    """Tell whether an address fits a template such as ``{base}/invoices/*`` or ``**/invoices/*``."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return template == parts.scheme + ":"
    if template.startswith("**/"):
        have, want = parts.path, "/" + template[3:]
        return _path_regex(want, values, anywhere=True).search(have) is not None
    symbol, _, path = template.partition("/")
    if symbol and symbol != symbolic(url, base) and not template.startswith(("http://", "https://")):
        return False
    if template.startswith(("http://", "https://")):
        wanted = urlsplit(template)
        return wanted.netloc == parts.netloc and bool(_path_regex(wanted.path, values).search(parts.path))
    return _path_regex("/" + path, values).search(parts.path) is not None


def _path_regex(path: str, values: Mapping[str, str], *, anywhere: bool = False) -> re.Pattern[str]:
    out, at = [], 0
    for m in re.finditer(rf"{HOLE.pattern}|\*\*|\*", path):
        out.append(re.escape(path[at : m.start()]))
        token, at = m.group(0), m.end()
        if token == "**":
            out.append(".*")
        elif token == "*":
            out.append("[^/]+")
        else:
            known = values.get(m.group(1))
            out.append(re.escape(known) if known is not None else "[^/]+")
    out.append(re.escape(path[at:].rstrip("/")))
    return re.compile(("" if anywhere else "^") + "".join(out) + "/?$")


def query_fields(url: str) -> dict[str, str]:
    """Return the query's fields; of repeated ones the last."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
