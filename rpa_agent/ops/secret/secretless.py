"""What a run leaves behind, without the secrets it used: a page may show a password, or an error repeat it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from ...domain.binding import bindings
from ...domain.frozen import Frozen
from ...domain.ports import Secrets
from ...domain.procedure import Procedure
from ...domain.trajectory import Trajectory
from ...domain.verdict import Verdict
from .hiding import redacted_value

F = TypeVar("F", bound=Frozen)

# Names and words that are ours: no secret, and whoever looks a run up needs them as they are. So are parameters, which a
# person gave as what they are.
OURS = frozenset({
    "schema", "run", "workflow", "site", "procedure", "version", "started", "params", "id", "kind", "status", "state", "op",
    "by", "came_from", "capability", "tag", "role", "type", "path", "outcome", "fault", "sent", "key", "step", "row", "day",
    "method", "artifacts", "code", "error_code", "by_outcome", "outputs",
})  # fmt: skip


def secretless(
    trajectory: Trajectory, verdict: Verdict, secrets: Secrets, document: Procedure
) -> tuple[Trajectory, Verdict]:
    """Return both without any secret. In outputs a user name may stand: the page shows it, and it may be what is wanted."""
    places = bindings(document.steps, document.pages)
    shown = {name for name, bound in places.items() if all(b.shows == "always" for b in bound)}
    outputs = redacted_value(trajectory.outputs, partial(secrets.hide, but=shown), texts_only=True)
    if outputs != _plain(trajectory.outputs):
        trajectory = trajectory.but(outputs=outputs)
    return without(trajectory, secrets.hide), without(verdict, secrets.hide)


def without(value: F, hide: Callable[[str], str]) -> F:
    """Return a value without what is to be hidden; the very same where there is nothing of it, as nearly always."""
    text = value.model_dump_json()
    if hide(text) == text and not any(hide(part) != part for part in _LONG.findall(text)):
        return value
    return type(value).model_validate(redacted_value(value.model_dump(), hide, keep=OURS, texts_only=True))


_LONG = re.compile(r'"((?:[^"\\]|\\.){40,})"')  # texts of a JSON that may have been cut within a secret


def _plain(outputs: dict[str, Any]) -> Any:
    return redacted_value(outputs, str, texts_only=True)
