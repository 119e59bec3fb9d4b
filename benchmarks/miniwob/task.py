"""What a task is: a page of the package, rules that do it once, and what differs when it is drawn anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

Demonstrate = Callable[[Any], Awaitable[None]]

# What differs between two seeds, and so what a recording must bind to be of use in both:
#   nothing   the same acts on the same elements
#   typed     a value that was typed, or chosen in a field
#   named     the element that was used, whose text stands in the sentence that says what to do
#   other     what no parameter can say; ``why_not`` tells it
Differs = Literal["nothing", "typed", "named", "other"]


@dataclass(frozen=True)
class Task:
    """One page and how to do it. ``demonstrate`` reads the page and works with ordinary clicks and keys."""

    name: str
    demonstrate: Demonstrate
    differs: Differs = "other"
    why_not: str = ""
    seeds: tuple[int, int] = (1, 2)  # shown in the first; others are taken where these say nothing, and why is told

    @property
    def bindable(self) -> bool:
        return self.differs != "other"


def family(demonstrate: Demonstrate, *names: str, differs: Differs = "other", why_not: str = "") -> tuple[Task, ...]:
    """Return several tasks that are done by the same rules."""
    return tuple(Task(name, demonstrate, differs, why_not) for name in names)
