"""What the gate asks about a request, what it is told, and when a request resembles one that was shown."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .procedure import READS, Request
from .urls import origin, symbolic, url_matches, url_template
from .values import holds_words, same_code, same_value

_AGAINST_FORGERY = re.compile(r"csrf|xsrf|forgery|authenticity|nonce|viewstate|eventvalidation|token|utf8|_method", re.I)
_TRIVIAL = frozenset({"", "true", "false", "on", "off", "yes", "no", "null", "none"})

SOCKET = "SOCKET"  # the method of what a page sends on a WebSocket


@dataclass(frozen=True)
class Change:
    """A request that is about to leave, and that may change something. ``fields`` is None where nobody can read it.

    ``hop_of`` is the address it was redirected from, where that one had been let pass. ``digest`` stands for method,
    address and body.
    """

    method: str
    url: str
    base: str
    operation: str = ""
    fields: Mapping[str, str] | None = None
    hop_of: str = ""
    digest: str = ""
    carried: Mapping[str, str] | None = None  # all of a small body, nothing interpreted; None where it is large or unreadable

    def words(self, values: Mapping[str, str]) -> str:
        """Return method and address without anything a run brought along, as "POST {base}/invoices/*"."""
        operation = f" {self.operation}" if self.operation else ""
        return f"{self.method} {url_template(self.url, self.base, values)}{operation}"

    def address(self) -> str:
        """Return what makes two requests two of a kind: method, origin, path and operation."""
        return f"{self.method} {symbolic(self.url, self.base)}{urlsplit(self.url).path} {self.operation}"

    def stays_at_home(self) -> bool:
        """Tell whether a redirect leads on to the origin that it came from."""
        return origin(self.url) == origin(self.hop_of)


@dataclass(frozen=True)
class Pass:
    """Let it leave; ``alone`` over a connection of its own, so that the browser cannot repeat it by itself."""

    alone: bool = False


@dataclass(frozen=True)
class Refuse:
    """Do not let it leave."""

    why: str


Decision = Pass | Refuse
Authorize = Callable[[Change], Awaitable[Decision]]


async def only_reads(change: Change) -> Decision:
    """Let nothing leave that may change something."""
    return Refuse("here it is only looked")


def same_address(wanted: Request, change: Change, values: Mapping[str, str]) -> bool:
    """Tell whether a request goes where the shown one went: method, origin, path template and operation."""
    return (
        change.method == wanted.method
        and change.operation == wanted.operation
        and url_matches(wanted.origin + wanted.path, change.url, change.base, values)
    )


def differing(wanted: Request, change: Change, values: Mapping[str, str], *, strict: bool = True) -> str:
    """Return the first parameter that a request to the shown address does not carry with this run's value, else "".

    Fields may be renamed by a new version of the site, but every value must be there; a field that kept its name must
    hold its own, as two that were exchanged are not what was shown. Not ``strict``, a field that holds next to nothing
    (1, true) is forgiven: it may have carried the shown value by chance.
    """
    if change.fields is None:
        return "what cannot be read"
    for param in dict.fromkeys(p for p in wanted.fields.values() if p):
        value = values.get(param, "")
        own = [change.fields[n] for n, p in wanted.fields.items() if p == param and n in change.fields]
        held = own or list(change.fields.values())
        if any(same_value(v, value) or same_code(v, value) for v in held):
            continue
        by_chance = own and all(len(v.strip()) <= 2 or v.strip().casefold() in _TRIVIAL for v in own)
        if strict or not by_chance:
            return param
    # What an editor writes into its field a moment later must have come by the time it is sent.
    return next((p for p, f in wanted.within.items() if not _within(change.fields, f, values.get(p, ""))), "")


def _within(fields: Mapping[str, str], field: str, value: str) -> bool:
    held = [fields[field]] if field in fields else fields.values()
    return any(holds_words(text, value) for text in held) or not value


def unjustified(wanted: Request, change: Change, values: Mapping[str, str]) -> list[str]:
    """Return the fields that nobody showed, and that are neither empty nor against forgery, nor carry a shown value."""
    if not wanted.fields or wanted.method in READS:
        return []  # what it carried was not kept, as of a pager or a query
    fields = change.fields or {}
    carried = [values[p] for p in wanted.fields.values() if values.get(p)]
    return [
        name
        for name, held in fields.items()
        if name not in wanted.fields
        and held.strip().casefold() not in {"", "false", "0", "null"}
        and not _AGAINST_FORGERY.search(name)
        and not any(same_value(held, v) for v in carried)
    ]


def renamed(wanted: Request, change: Change) -> int:
    """Return how many constant fields of the shown request are missing: as many new ones may be the same, renamed."""
    return sum(not p and n not in (change.fields or {}) for n, p in wanted.fields.items())
