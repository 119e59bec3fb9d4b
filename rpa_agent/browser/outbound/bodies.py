"""Reads what a request carries: form, multipart, JSON, GraphQL and JSON-RPC bodies as flat fields."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

# A document, and not a text somebody searches for under the name of `query`.
_GRAPHQL = re.compile(
    r"^(?:\s|#[^\n]*\n|fragment\b[^{]*\{[^}]*\})*(?:(query|mutation|subscription)\b\s*(\w+)?[^{]*)?\{"
)
_CHANGES = re.compile(r"\b(mutation|subscription)\b")  # a document may hold several operations
_PARTS_OF_A_QUERY = {"query", "variables", "operationName", "extensions"}
_PART = re.compile(rb'name="([^"]*)"(?:; *filename="([^"]*)")?')


_LARGEST = 20_000_000  # of what is unpacked
_SMALL = 4096  # of what is compared as a whole


def fields_of(body: bytes | None, content_type: str, encoding: str = "") -> tuple[str, dict[str, str]] | None:
    """Return (operation, fields by dotted name); None when there is a body that cannot be read.

    Several operations sent at once are named together, in order: "mutation Pay, query List".
    """
    if not body:
        return "", {}
    if encoding and (body := _unpacked(body, encoding)) is None:
        return None
    kind = content_type.split(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return "", dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if kind == "multipart/form-data" and "boundary=" in content_type:
        return "", _multipart(body, content_type.split("boundary=", 1)[1].split(";")[0].strip().strip('"').encode())
    if "json" in kind or body[:1] in (b"{", b"["):
        return _json(body)
    if kind == "text/plain":
        return "", {"": body.decode("utf-8", "replace")[:2000]}
    return None


def all_of(body: bytes, content_type: str, encoding: str = "") -> dict[str, str] | None:
    """Return everything that a small body carries by dotted name, nothing interpreted, left out or taken for another; None
    where it is large, packed, has files, or cannot be read."""
    kind = content_type.split(";")[0].strip().lower()
    if encoding or len(body) > _SMALL or kind == "multipart/form-data":
        return None
    try:
        text = body.decode()
        if kind == "application/x-www-form-urlencoded":
            pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
            return {f"{n}.{name}": value for n, (name, value) in enumerate(pairs)}
        return dict(_leaves(json.loads(text, object_pairs_hook=_each_once))) if text else {}
    except (ValueError, RecursionError):
        return {"": text} if kind == "text/plain" else None


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("one name twice: nobody knows which of them counts")
    return found


def _leaves(node: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield what is told by its place in a document, as it is written there: 1 is not "1"."""
    inner = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    if not inner:
        yield prefix, json.dumps(node, ensure_ascii=False)
    for key, value in inner:
        yield from _leaves(value, f"{prefix}{type(node).__name__[0]}.{key}")


def only_asks(body: bytes, encoding: str = "") -> bool:
    """Tell whether a body is nothing but GraphQL queries, which change nothing."""
    plain = _unpacked(body, encoding) if encoding else body
    try:
        doc = json.loads(plain or b"")
    except (ValueError, RecursionError):
        return False
    asked = doc if isinstance(doc, list) else [doc]
    return bool(asked) and all(isinstance(part, dict) and _asks(part) for part in asked)


def _asks(call: dict[str, Any]) -> bool:
    text = str(call.get("query"))
    found = _GRAPHQL.search(text)
    kind = found and (found.group(1) or "query")
    return kind == "query" and not _CHANGES.search(text) and not set(call) - _PARTS_OF_A_QUERY


def _unpacked(body: bytes, encoding: str) -> bytes | None:
    if encoding.strip().lower() not in {"gzip", "deflate"}:
        return None
    unpack = zlib.decompressobj(wbits=47)
    try:
        plain = unpack.decompress(body, _LARGEST)
    except zlib.error:
        return None
    return plain if unpack.eof else None


def _multipart(body: bytes, boundary: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if m := _PART.search(head):
            name, filename = m.group(1).decode("utf-8", "replace"), m.group(2)
            fields[name] = (
                filename.decode("utf-8", "replace")
                if filename is not None
                else content.removesuffix(b"\r\n").decode("utf-8", "replace")
            )
    return fields


def _json(body: bytes) -> tuple[str, dict[str, str]] | None:
    try:
        doc = json.loads(body)
    except (ValueError, RecursionError):
        return None
    try:
        if isinstance(doc, list) and 0 < len(doc) <= 100 and all(_is_call(part) for part in doc):
            return _together([_call(part) for part in doc])
        return _call(doc)
    except RecursionError:
        return None  # nested deeper than any form; what cannot be read is not let through


def _is_call(doc: object) -> bool:
    return isinstance(doc, dict) and ("jsonrpc" in doc or bool(_GRAPHQL.search(str(doc.get("query")))))


def _together(calls: list[tuple[str, dict[str, str]]]) -> tuple[str, dict[str, str]]:
    """Several calls in one body: all their names, and their fields by number."""
    fields = {f"{i}.{name}": value for i, (_, held) in enumerate(calls) for name, value in held.items()}
    return ", ".join(operation for operation, _ in calls), fields


def _call(doc: Any) -> tuple[str, dict[str, str]]:
    operation = ""
    if isinstance(doc, dict):
        if found := _GRAPHQL.search(str(doc.get("query"))):
            # The kind stays with the name: a query is a read whatever it is called, a mutation never is.
            operation = f"{found.group(1) or 'query'} {doc.get('operationName') or found.group(2) or ''}".strip()
            doc = doc.get("variables") or {}
        elif "jsonrpc" in doc:
            operation, doc = str(doc.get("method", "")), doc.get("params") or {}
    flat: dict[str, str] = {}
    _flatten(doc, "", flat)
    return operation, flat


def _flatten(node: object, prefix: str, out: dict[str, str]) -> None:
    if len(out) > 500:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            _flatten(value, f"{prefix}.{key}" if prefix else str(key), out)
    elif isinstance(node, list):
        for i, value in enumerate(node):
            _flatten(value, f"{prefix}.{i}" if prefix else str(i), out)
    elif node is not None:
        out[prefix] = str(node).lower() if isinstance(node, bool) else str(node)
