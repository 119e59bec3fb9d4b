"""All tasks that are done by rules, and why the other pages of the package are left out."""

from __future__ import annotations

from collections.abc import Iterable

from . import apps, clicks, drags, fields, reading
from .task import Task

# What is no ordinary clicking and typing: it depends on the moment, on seeing, or on a hand that draws.
LEFT_OUT = {
    "button-delay": "the reward depends on the seconds between two clicks",
    "stock-market": "the price to press at lasts a tenth of a second",
    "chase-circle": "the circle moves under the mouse",
    "moving-items": "the items move",
    "hover-shape": "the page gives no reward",
    "hot-cold": "the spot is found by feeling for it",
    "count-sides": "the figure is drawn on a canvas and has to be seen",
    "draw-circle": "a free drawing",
    "draw-line": "a free drawing",
    "drag-cube": "a cube is turned by feeling for it",
    "drag-shapes-2": "as drag-shapes, with two boxes",
    "daily-calendar": "the place in a scrolled drawing is dragged over",
}
# About one of each kind, done within a minute.
QUICK = (
    "click-button",
    "click-link",
    "enter-text",
    "login-user",
    "choose-list",
    "click-checkboxes",
    "use-autocomplete-nodelay",
    "email-inbox-forward-nl",
)


def all_tasks() -> tuple[Task, ...]:
    """Return every task, in the order of the table."""
    return (*clicks.TASKS, *fields.TASKS, *reading.TASKS, *drags.TASKS, *apps.TASKS)


def chosen(*, quick: bool) -> list[Task]:
    """Return the tasks to be measured."""
    return [t for t in all_tasks() if t.name in QUICK] if quick else list(all_tasks())


def unknown(names: Iterable[str]) -> list[str]:
    """Return the pages of the package that are neither done nor left out for a reason."""
    done = {t.name for t in all_tasks()}
    return sorted(n for n in names if n not in done and n not in LEFT_OUT)
