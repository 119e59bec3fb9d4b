"""Tells of work that no run could do again: inside components that keep their fields to themselves, and in the system's
own windows, which a page opened without a file field."""

from __future__ import annotations

import re
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


_PICKER = re.compile(r"\bshow(OpenFile|SaveFile|Directory)Picker\b")


def no_picker(error: str) -> str:
    """Say of a page's own error that it knows no other way to a file than the system's window; empty for any other."""
    if _PICKER.search(error) is None:
        return ""
    return (
        "the page asks the system itself for a file (showOpenFilePicker) and has no file field to fall back on: nobody but a "
        "person can give it one there, so that part cannot be shown. Do it by hand, or ask the makers of the page for a file field"
    )
