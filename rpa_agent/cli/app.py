"""All commands under one name; each concern adds its own, and its heavy imports stay inside the command used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import day, demo, doctor, files, history, init, memory, runs, schedules, serving, waiting
from .out import answer
from .place import place_of

CONCERNS = (
    demo,
    runs,
    day,
    history,
    waiting,
    serving,
    schedules,
    init,
    files,
    memory,
    doctor,
)


def build() -> typer.Typer:
    """Return the application with every command."""
    app = typer.Typer(
        name="rpa", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
        help="Show a web task once; it runs on schedule without a model, repairs itself with evidence, and remembers.",
        epilog="Exit codes: 0 succeeded, 1 checks not met, 2 usage, 3 a file or setting is invalid, 4 waits for a "
        "person, 5 environment, 130 cancelled.",
    )
    app.callback()(_global_options)
    for concern in CONCERNS:
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
