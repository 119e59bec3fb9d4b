"""All commands under one name; each concern adds its own, and its heavy imports stay inside the command used."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from .out import answer
from .place import place_of


class Concern:
    """A module that adds its commands, loaded when they are added."""

    def __init__(self, module: str) -> None:
        self._module = module

    def add_to(self, app: typer.Typer) -> None:
        import_module(f".{self._module}", __package__).add_to(app)


RUNS = Concern("runs")
CONCERNS = (
    Concern("demo"),
    RUNS,
    Concern("day"),
    Concern("history"),
    Concern("waiting"),
    Concern("teaching"),
    Concern("reviews"),
    Concern("serving"),
    Concern("schedules"),
    Concern("preflighting"),
    Concern("notices"),
    Concern("init"),
    Concern("files"),
    Concern("memory"),
    Concern("procedures"),
    Concern("secrets"),
    Concern("login"),
    Concern("exchange"),
    Concern("bootstrapping"),
    Concern("keeping"),
    Concern("ledger"),
    Concern("tidying"),
    Concern("doctor"),
)


def needed(asked: str | None) -> tuple[Concern, ...]:
    """Return what must be there for a command.

    Where ``run`` is asked for it is enough: runs start many times a day, and all else would take a tenth of each start.
    """
    return (RUNS,) if asked == "run" else CONCERNS


def build(concerns: tuple[Concern, ...] = CONCERNS) -> typer.Typer:
    """Return the application with the commands of these concerns: with every command, if nothing else is said."""
    app = typer.Typer(
        name="rpa", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
        help="Show a web task once; it runs on schedule without a model, repairs itself with evidence, and remembers.",
        epilog="Exit codes: 0 succeeded, 1 checks not met, 2 usage, 3 a file or setting is invalid, 4 waits for a "
        "person, 5 environment, 130 cancelled.",
    )
    app.callback()(_global_options)
    for concern in concerns:
        concern.add_to(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            answer(f"rpa-agent {version('rpa-agent')}")
        except PackageNotFoundError:
            answer("rpa-agent, not installed as a package")
        raise typer.Exit


def _global_options(
    ctx: typer.Context,
    project: Annotated[Path, typer.Option(help="Folder with workflows/, memory.db, rpa.toml and data/.")] = Path(),
    state: Annotated[
        Path | None, typer.Option(help="Folder of working memory, runs and artifacts; default: .rpa in the project.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version.")
    ] = False,
) -> None:
    place = place_of(ctx)
    place.project, place.state = project, state
