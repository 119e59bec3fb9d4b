"""What makes a commit the same commit: one key from site, workflow, commit, business values and period."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.workflow import Once

_DEFAULT_PORTS = {("http", 80), ("https", 443)}


class Moment(Frozen):
    """When and as what a commit happens: its run, the due time it belongs to, that one's original date, its row."""

    run: str
    day: date
    occurrence: str | None = None       # None when started by hand
    has_rows: bool = False
    row_key: str = ""


def commit_key(
    origin: str, workflow: str, name: str, *, once: Once | None, params: Mapping[str, str], at: Moment
) -> str:
    """Return the key, 32 characters A-Z and 2-7, so that it also fits a free field of a form.

    ``params`` are canonical text (``Param.canonical``). Without ``once``: a row counts ever by its row key; a run
    without rows counts by its parameters for the occurrence's original date, or for itself when started by hand.
    Raises ParamsInvalid when a parameter of the key has no value.
    """
    if once is not None:
        missing = [k for k in once.key if k not in params]
        if missing:
            raise ParamsInvalid(f"commit {name!r}: its key needs {', '.join(missing)}; nothing was sent", where=name)
        what: object = {k: plain(params[k]) for k in once.key}
        when = _period(once.per, at)
    elif at.has_rows and at.row_key:
        what, when = ["row", plain(at.row_key)], ["ever"]
    else:
        what = {k: plain(v) for k, v in params.items()}
        when = ["ever"] if at.has_rows else _period("day" if at.occurrence else "run", at)
    parts = json.dumps([origin_of(origin), workflow, name, what, when], sort_keys=True, separators=(",", ":"))
    return base64.b32encode(hashlib.sha256(parts.encode()).digest()[:20]).decode()


def keys_in_batches(
    origin: str, workflow: str, name: str, *, params: Mapping[str, str], at: Moment, identifying: str = ""
) -> list[str]:
    """Return the keys under which rows of a batch may meet a record that was entered before.

    By all its values, and where one parameter names the record by that one: as a row's key, or as the key that a
    person adds to the workflow later.
    """
    keys = [commit_key(origin, workflow, name, once=None, params=params, at=at)]
    if identifying in params:
        by_name = Once(key=(identifying,), per="ever")
        keys.append(commit_key(origin, workflow, name, once=by_name, params=params, at=at))
        row = at.but(row_key=params[identifying])
        keys.append(commit_key(origin, workflow, name, once=None, params=params, at=row))
    return keys


def _period(per: str, at: Moment) -> list[str]:
    match per:
        case "ever":
            return ["ever"]
        case "day":
            return ["day", at.day.isoformat()]
        case "month":
            return ["month", at.day.isoformat()[:7]]
        case "occurrence" if at.occurrence:
            return ["occurrence", at.occurrence]
        case _:
            # a due time taken over after a crash is the same run under another id
            return ["run", at.occurrence, at.row_key] if at.occurrence else ["run", at.run]


def plain(text: str) -> str:
    """Return a value without differences that nobody sees: composed letters, spaces around and between."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def origin_of(address: str) -> str:
    """Return the origin of an address as browsers compare it."""
    parts = urlsplit(address)
    host = (parts.hostname or "").casefold()
    port = parts.port
    return f"{parts.scheme}://{host}{'' if port is None or (parts.scheme, port) in _DEFAULT_PORTS else f':{port}'}"
