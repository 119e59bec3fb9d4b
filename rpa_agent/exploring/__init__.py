"""EXPLORING: a model finds a way through a sandbox, and what it did is shown to the recorder once more, without the model."""

from .by_browser_use import explored_by_browser_use
from .entered import Entered
from .hands import PageHands, only_to
from .own import explored
from .walked import compiled

__all__ = ["Entered", "PageHands", "compiled", "explored", "explored_by_browser_use", "only_to"]
