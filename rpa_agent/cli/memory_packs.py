"""Commands that carry know-how from one machine to another: `memory export|import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..domain.errors import NoProcedure
from .memory_names import opened, procedure_of
from .out import answer_json, say
from .place import Json, settings_of, wait_for

if TYPE_CHECKING:
    from ..memory.pack import Exported
    from ..memory.unpack import Imported

File = Annotated[Path, typer.Argument(help="The pack, one file.")]


def add_to(group: typer.Typer) -> None:
    """Add these commands to the `memory` group."""
    group.command("export")(export)
    group.command("import")(import_)


def export(
    ctx: typer.Context, file: File,
    only: Annotated[list[str] | None, typer.Option("--only", help="A workflow or procedure id; may be given again.")] = None,
    json_: Json = False,
) -> int:
    """Write procedures to one file to take elsewhere: know-how only, no values, no runs, no secrets."""

    async def work() -> Exported:
        from ..memory.pack import write_pack

        async with opened(settings_of(ctx)) as memory:
            if not await memory.procedures():
                raise NoProcedure("nothing was learned yet, so there is nothing to export")
            ids = [(await procedure_of(memory, name)).id for name in only or ()]
            return await write_pack(memory, file, only=ids)

    done = wait_for(work())
    if json_:
        answer_json({"schema": 1, "file": str(file), **done.model_dump(mode="json")})
    else:
        say(f"{file} holds {done.procedures} procedures in {done.versions} versions; `rpa memory import` brings them in elsewhere")
    return 0


def import_(ctx: typer.Context, file: File, json_: Json = False) -> int:
    """Bring in a pack. What is new arrives untrusted: it runs under your eyes only, until it has proved itself."""

    async def work() -> Imported:
        from ..memory.unpack import import_pack, read_pack

        read_pack(file)     # before a memory is made for it
        async with opened(settings_of(ctx), write=True) as memory:
            return await import_pack(memory, file)

    done = wait_for(work())
    if json_:
        answer_json({"schema": 1, **done.model_dump(mode="json")})
        return 0
    say(f"brought {done.procedures} procedures, {done.versions} versions; {done.known} versions were known already")
    if done.versions:
        say("what is new is untrusted: do it once with `rpa run NAME --supervised`")
    return 0
