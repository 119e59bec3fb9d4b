"""Where a link leads: is it the address that was shown, and does nothing else of the page lead there?"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from rpa_agent.domain.identity import words
from rpa_agent.domain.procedure import Page
from rpa_agent.domain.target import Fingerprint

from .sheet import Sheet, masked, recorded_text


def leads_same(recorded: Fingerprint, live: Fingerprint, sheet: Sheet, others: Collection[tuple[str, ...]] = ()) -> bool:
    """Tell whether both are links to one address of the application's own that no other link of the page leads to.

    What it is called is then a matter of taste: following it ends on the page that was shown. Of an address with a record in
    it, the record must be the one that this page is about, or the one whose row was meant. A link to the page that it stands on
    says nothing: what it sorts or turns by is in the part of the address that is not kept. ``others`` are the names of other
    links that were there when it was shown: they led there, too.
    """
    there = recorded_text(recorded, "href")
    if not there.strip("/#*") or "{{" in there or "javascript:" in there or not live.href:
        return False
    row = _row(recorded)
    here = live.row is not None and live.row.key == row if row else not there.endswith("*") and _of_this_page(there, live, sheet)
    if not here or not one_address(there, live.href) or one_address(there, urlsplit(sheet.view.url).path):
        return False
    names = {
        words(c.fingerprint.name) for c in sheet.candidates
        if c.visible and one_address(there, c.fingerprint.href) and (not row or _row(c.fingerprint) == row)
    }
    return names - set(others) - ({words(row)} if row else set()) == {words(live.name)}


def other_links(recorded: Fingerprint, page: Page | None) -> frozenset[tuple[str, ...]]:
    """Return the names of the other links that were on the page when it was shown."""
    rows = [row for row in page.elements if len(row) >= 2 and row[0] == "link" and row[1]] if page else []
    return frozenset(words(row[1]) for row in rows) - {words(recorded.name)}


def one_address(recorded: str, live: str) -> bool:
    """Tell whether two addresses are one but for the parts that name a record or a person."""
    return open_parts(recorded, live) is not None


def open_parts(recorded: str, live: str) -> list[str] | None:
    """Return the parts of a live address that a recorded one leaves open; None where the two lead apart."""
    a, b = (text.removeprefix("{base}").strip("/").split("/") for text in (recorded, live))
    if len(a) != len(b) or not all(x in ("*", y) for x, y in zip(a, b, strict=True)):
        return None
    return [y for x, y in zip(a, b, strict=True) if x == "*"]


def _row(fingerprint: Fingerprint) -> str:
    key = fingerprint.row.key if fingerprint.row else ""
    return "" if masked(key) else key


def _of_this_page(there: str, live: Fingerprint, sheet: Sheet) -> bool:
    apart = open_parts(there, live.href)
    return apart is not None and set(apart) <= set(urlsplit(sheet.view.url).path.split("/"))
