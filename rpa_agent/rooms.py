"""What a run needs of this house beyond its plan, loaded while its browser loads: what comes before that is short."""

from __future__ import annotations

from importlib import import_module

ROOMS = ("browser.page", "run", "repair.ladder", "reflect", "update")


def load_rooms() -> None:
    """Load them; what is loaded already costs nothing."""
    for name in ROOMS:
        import_module(f".{name}", __package__)
