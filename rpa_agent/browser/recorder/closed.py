"""Tells of work inside components that keep their fields to themselves: the page shows them, and nobody can reach in."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.recording import Act

_TYPED = frozenset({"fill", "press"})


def closed(acts: Sequence[Act]) -> list[str]:
    """Say of what was typed at an element that takes nothing itself, as the host of a closed shadow root does not."""
    found = [a.element for a in acts if a.kind in _TYPED and a.element is not None and "-" in a.element.tag]
    return [
        f"<{e.tag}> keeps its fields to itself (a closed component): what is typed there is shown to no one, so that no "
        "run can prove it. Do that part by hand, or ask the makers of the page for an open component"
        for e in found
        if e.capability not in {"fill", "select"}
    ]
