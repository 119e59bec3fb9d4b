"""What the memory commands share: opening the right file, and finding procedures and versions by name."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import NoProcedure

if TYPE_CHECKING:
    from ..domain.procedure import Version
    from ..memory import Memory
    from ..memory.rows import ProcedureLine
    from ..ops.settings import Settings

Name = Annotated[str, typer.Argument(help="Workflow name or procedure id.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept in the history.")]
Number = Annotated[int | None, typer.Option("--version", min=1, help="Version number.")]


@asynccontextmanager
async def opened(settings: Settings, *, write: bool = False, embed: bool = False) -> AsyncIterator[Memory]:
    """Open the working memory; only a command that writes makes one, since the seed is copied just once."""
    from ..memory import Memory
    from ..memory.embeddings import SentenceTransformersEmbedder

    embedder = SentenceTransformersEmbedder(settings.embeddings) if embed else None
    with TemporaryDirectory() as scratch:
        path = settings.memory if write or settings.memory.exists() else Path(scratch) / "memory.db"
        async with Memory.open(path, seed=settings.seed, embedder=embedder) as memory:
            yield memory


async def procedure_of(memory: Memory, name: str) -> ProcedureLine:
    """Return the procedure of a workflow or id; raises NoProcedure naming those that are known."""
    known = await memory.procedures()
    found = [p for p in known if name in (p.workflow, p.id)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{p.id} ({p.site})" for p in found)
        raise NoProcedure(f"{name!r} has procedures on several sites: {listed}", do="Give the procedure id instead.")
    close = difflib.get_close_matches(name, [p.workflow for p in known], n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    listed = f"known: {', '.join(p.workflow for p in known)}" if known else "memory is empty"
    raise NoProcedure(f"no procedure is known for {name!r}; {hint}{listed}")


async def version_of(memory: Memory, procedure: ProcedureLine, number: int | None) -> Version:
    """Return one version; without a number the active one, else the newest."""
    if number is not None or procedure.active is not None:
        return await memory.version(procedure.id, number or procedure.active or 1)
    return (await memory.versions(procedure.id))[0]


def version_json(version: Version) -> dict[str, Any]:
    """Return a version without its document."""
    return version.model_dump(mode="json", exclude={"document"})
