"""Where a command works: the project and state folders, and the settings read once from them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from ..ops.settings import Settings

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Answer with JSON on stdout.")]


def _from_environment() -> Iterable[str]:
    from ..ops.secrets import gather

    return gather().redactions()


@dataclass
class Place:
    """The folders of one invocation. ``redactions`` names what must never be written; a command may extend it."""

    project: Path = Path()
    state: Path | None = None
    redactions: Callable[[], Iterable[str]] = field(default=_from_environment)

    @cached_property
    def settings(self) -> Settings:
        """Return the settings, read once; raises SettingsInvalid."""
        from ..ops.settings import Settings

        return Settings.load(self.project, self.state)


def place_of(ctx: typer.Context) -> Place:
    """Return the place that the global options name."""
    place = ctx.find_object(Place)
    assert place is not None, "run_command gives every context its place"
    return place


def settings_of(ctx: typer.Context) -> Settings:
    """Return the settings of the place that the global options name; raises SettingsInvalid."""
    return place_of(ctx).settings


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's asynchronous part to its end; Ctrl-C cancels it and lets it clean up."""
    return asyncio.run(work)
