"""What sites look like, shared by every procedure: known looks of elements, and bars that get in the way."""

from __future__ import annotations

from ..domain.change import ElementSeen, Interruption
from ..domain.target import Variant
from ..store.sqlite import Database
from .rows import look, rows, to_variant

_AGAIN = "DO UPDATE SET seen = seen + excluded.seen, failed = failed + excluded.failed, last = max(last, excluded.last)"


def remember_element(db: Database, element: ElementSeen) -> None:
    """Add a look of an element, or count it again."""
    db.conn.execute(
        f"INSERT INTO elements VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT {_AGAIN}",
        [element.site, element.key, *_look(element.variant)],
    )


def remember_interruption(db: Database, interruption: Interruption) -> None:
    """Add a bar and the element that closes it, or count it again."""
    db.conn.execute(
        f"INSERT INTO interruptions VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT {_AGAIN}",
        [interruption.site, interruption.words, *_look(interruption.variant)],
    )


def _look(variant: Variant) -> list[str | int]:
    # a look that arrives without counts was seen once: that is why it is here
    seen = variant.seen if variant.seen or variant.failed else 1
    kept = variant.but(seen=0, failed=0, last="").model_dump_json()
    return [look(variant), kept, seen, variant.failed, variant.last or variant.first]


def known_looks(db: Database, site: str, key: str) -> list[Variant]:
    """Return the known looks of an element, the most reliable first."""
    found = rows(
        db, "SELECT * FROM elements WHERE site = ? AND key = ? ORDER BY seen - 2 * failed DESC, last DESC, look",
        [site, key],
    )
    return [to_variant(row) for row in found]


def known_interruptions(db: Database, site: str) -> list[Interruption]:
    """Return the bars of a site with what closes them, the most often seen first."""
    found = rows(
        db, "SELECT * FROM interruptions WHERE site = ? AND failed <= seen ORDER BY seen - 2 * failed DESC, words, look", [site]
    )
    return [Interruption(site=row["site"], words=row["words"], variant=to_variant(row)) for row in found]
