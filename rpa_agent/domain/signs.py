"""Signs that people call by what they look like while the page calls them by what they do."""

from __future__ import annotations

CROSSES = ("x", "×", "✕", "✖", "⨯", "╳")
_CLOSE = frozenset({"close", "schließen", "fermer", "cerrar", "chiudi", "sluiten", "zamknij", "luk", "stäng"})


def closes(name: str) -> bool:
    """Tell whether an element of this name is one that shows a cross."""
    return name.strip().casefold() in _CLOSE


def is_cross(name: str) -> bool:
    """Tell whether this is how people call such an element."""
    return name.strip().casefold() in CROSSES
