"""What a button of a form sends when it is pressed, as the page itself says: is it the very request that was shown?"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rpa_agent.domain.procedure import READS, Request, Step
from rpa_agent.domain.proposal import Break, Candidate, Sends
from rpa_agent.domain.target import Fingerprint
from rpa_agent.domain.template import HOLE
from rpa_agent.domain.urls import origin

from .leading import open_parts
from .pool import in_row

if TYPE_CHECKING:
    from .sheet import Sheet


def sends_the_same(recorded: Fingerprint, candidate: Candidate, break_: Break, sheet: Sheet) -> bool:
    """Tell whether pressing this button makes the browser send the one request that the step was shown to send, and no
    button called otherwise does.

    What it is called is then a matter of taste: the server is asked for the same thing. The address must be the shown one, with
    this page's record in it; the form must have every field that was shown; and what the button itself adds was shown, too.
    """
    wanted = _wanted(recorded, break_.step)
    if wanted is None or not _is_sent(wanted, recorded, candidate, break_, sheet):
        return False
    likewise = [
        c for c in sheet.candidates
        if c.visible and c.sends is not None and in_row(recorded, c.fingerprint) and _goes_there(wanted, c.sends, break_, sheet)
    ]
    return len({c.fingerprint.name for c in likewise}) == 1


def said(sends: Sends) -> str:
    """Return a request as people read it: ``POST /invoices``."""
    return f"{sends.method} {urlsplit(sends.url).path}"


def _wanted(recorded: Fingerprint, step: Step) -> Request | None:
    """Return the one request that the step is: its change, or the page that a form which only asks was shown to lead to."""
    changes = [r for r in step.expect.requests if r.method not in READS]
    if changes:
        return changes[0] if len(changes) == 1 and not changes[0].operation else None
    if step.effect != "none" or recorded.type != "submit" or not step.expect.url.startswith("{base}/"):
        return None
    return Request(method="GET", path=step.expect.url.removeprefix("{base}"))


def _is_sent(wanted: Request, recorded: Fingerprint, candidate: Candidate, break_: Break, sheet: Sheet) -> bool:
    sends = candidate.sends
    if sends is None or not _goes_there(wanted, sends, break_, sheet):
        return False
    if wanted.method in READS:
        return not sends.own
    # A name that several buttons shared says only with its value which of them was meant, and the value was not kept.
    speaks = sends.own in wanted.fields and recorded.unique.get("name_attr", 1) == 1
    complete = set(wanted.fields) <= {*sends.fields, sends.own} and bool(wanted.fields or not sends.fields)
    return complete and (speaks or not sends.own)


def _goes_there(wanted: Request, sends: Sends, break_: Break, sheet: Sheet) -> bool:
    """Tell whether method and address are the shown ones, records in it being those of this page or of the row meant."""
    at_home = origin(sends.url) == origin(sheet.view.url)
    symbol = _symbol(break_) if at_home else urlsplit(sends.url).netloc
    if sends.method != wanted.method or symbol != wanted.origin:
        return False
    open_ = open_parts(HOLE.sub("*", wanted.path), urlsplit(sends.url).path)
    if open_ is None:
        return False
    row = break_.step.target.row_key() if break_.step.target else ""
    return bool(row) or set(open_) <= set(urlsplit(sheet.view.url).path.split("/"))


def _symbol(break_: Break) -> str:
    """Return how the origin of the page at hand was written when the step was shown on it."""
    return (break_.page.template.partition("/")[0] if break_.page else "") or "{base}"
