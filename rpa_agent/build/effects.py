"""Decides what a step does to the server: none, draft or commit, and says why; unknown counts as commit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from ..domain.procedure import READS, Effect
from ..domain.recording import Act, Recording, SeenRequest
from ..domain.urls import path_template
from .secret_fields import login_form

_QUERY = re.compile(
    r"(^|[/_.-])(search|suggest|autocomplete|lookup|filter|query|find|typeahead|validate|check(?![_-](?:in|out))|preview|autosave|draft|ping|track|log|metrics|telemetry|beacon|heartbeat)s?([/_.-]|$)",
    re.I,
)
_SENDS = re.compile(
    r"(send|submit|publish|approve|release|confirm|delete|remove|create|accept|reject|cancel|execute|apply|pay)", re.I
)
_PRESSES = frozenset({"click", "dblclick", "press", "drag"})
_READ_OPERATION = re.compile(r"^(?!mutation\b)(get|list|find|search|query|fetch|load|read)", re.I)


def classify(act: Act, before: Sequence[Act], recording: Recording) -> tuple[Effect, str | None, str]:
    """Return (effect, commit name, reason)."""
    from .steps import commit_name

    ambient = recording.ambient
    changes = [r for r in act.requests if r.method not in READS and r.address() not in ambient]
    if not changes:
        said = said_on(act, recording)
        return ("commit", commit_name(act), f"sends a message on a WebSocket ({_path(said)})") if said else ("none", None, "")
    if _is_login(act, before):
        return "draft", None, f"logs in ({_words(changes[0])})"
    real = [r for r in changes if not harmless(urlsplit(r.url).path, r.operation)]
    if not real:
        return "draft", None, f"asks or saves a draft ({_words(changes[0])})"
    if act.kind in {"fill", "select"} and not any(r.kind == "document" for r in real):
        return "draft", None, f"the page saves while one types ({_words(real[0])})"
    return "commit", commit_name(act), f"sends {_words(real[0])}"


def said_on(act: Act, recording: Recording) -> str:
    """Return the address of the WebSocket on which the page says what an act does, where nothing else of it is seen to leave.

    What is said there nobody reads. A page that talks anyway, while one types or by itself, as those do that are drawn by
    their server, says nothing of importance at every turn: there it is what was said last, or what speaks of sending.
    """
    if act.kind not in _PRESSES or not act.sockets or any(r.method not in READS for r in act.requests):
        return ""
    talking = {*recording.talking, *(s for other in recording.acts if other.kind not in _PRESSES for s in other.sockets)}
    later = {s for other in recording.acts if other.at > act.at for s in other.sockets}
    words = " ".join(filter(None, (act.element.name, act.element.text, act.element.label))) if act.element else ""
    meant = [s for s in act.sockets if s not in talking or s not in later or _SENDS.search(words)]
    return meant[0] if meant else ""


def _is_login(act: Act, before: Sequence[Act]) -> bool:
    """The act that follows a login form's password on the same page."""
    typed = [*before, act]
    here = [i for i, b in enumerate(typed) if b.secret and urlsplit(b.url).path == urlsplit(act.url).path]
    return bool(here) and login_form(typed, here[-1])


def harmless(path: str, operation: str = "") -> bool:
    """Tell whether a change is called as those are that only ask something, or keep a draft."""
    if operation:
        return bool(_READ_OPERATION.match(operation))
    path = path.rstrip("/")
    # "/drafts/12/submit" sends, whatever it is filed under.
    return bool(_QUERY.search(path)) and not _SENDS.search(path.rpartition("/")[2])


def _path(url: str) -> str:
    return path_template(urlsplit(url).path or "/", {})


def _words(request: SeenRequest) -> str:
    return f"{request.method} {path_template(urlsplit(request.url).path, {})}{' ' + request.operation if request.operation else ''}"
