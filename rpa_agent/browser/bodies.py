"""Reads what a request carries: form, multipart, JSON, GraphQL and JSON-RPC bodies as flat fields."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl

# A document, and not a text somebody searches for under the name of `query`.
_GRAPHQL = re.compile(
    r"^(?:\s|#[^\n]*\n|fragment\b[^{]*\{[^}]*\})*(?:(query|mutation|subscription)\b\s*(\w+)?[^{]*)?\{"
)
_PART = re.compile(rb'name="([^"]*)"(?:; *filename="([^"]*)")?')


def fields_of(body: bytes | None, content_type: str) -> tuple[str, dict[str, str]] | None:
    """Return (operation, fields by dotted name); None when there is a body that cannot be read."""
    if not body:
        return "", {}
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
    operation = ""
    if isinstance(doc, dict):
        if found := _GRAPHQL.search(str(doc.get("query"))):
            # The kind stays with the name: a query is a read whatever it is called, a mutation never is.
            operation = f"{found.group(1) or 'query'} {doc.get('operationName') or found.group(2) or ''}".strip()
            doc = doc.get("variables") or {}
        elif "jsonrpc" in doc:
            operation, doc = str(doc.get("method", "")), doc.get("params") or {}
    flat: dict[str, str] = {}
    try:
        _flatten(doc, "", flat)
    except RecursionError:
        return None  # nested deeper than any form; what cannot be read is not let through
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
