"""Commands that change what was learned: `memory rollback|retire|publish|merge|tidy|split`; nothing is ever erased."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..domain.errors import NoProcedure, PersonMustEdit, StoreUnfit
from .memory_names import Name, Number, Why, opened, procedure_of, version_json, version_of
from .out import answer, answer_items, answer_json, say
from .place import Json, settings_of, wait_for

if TYPE_CHECKING:
    from ..domain.procedure import Version
    from ..memory.merge import Merged
    from ..memory.tidying import Tidied


def add_to(group: typer.Typer) -> None:
    """Add these commands to the `memory` group."""
    for command in (rollback, retire, publish, merge, adopt, tidy, split, distil):
        group.command(command.__name__)(command)


def rollback(
    ctx: typer.Context, name: Name,
    to: Annotated[int | None, typer.Option(min=1, help="Version; default: the parent.")] = None,
    reason: Why = "a person", json_: Json = False,
) -> int:
    """Make an earlier version active again; nothing is erased."""

    async def work() -> Version:
        async with opened(settings_of(ctx), write=True) as memory:
            return await memory.rollback((await procedure_of(memory, name)).id, to, why=reason)

    version = wait_for(work())
    if json_:
        answer_json({"schema": 1, **version_json(version)})
    else:
        say(f"{name}: version {version.number} is active")
    return 0


def distil(ctx: typer.Context, name: Name, json_: Json = False) -> int:
    """Have a model write a workflow's script from its steps and runs; what runs stays as it is."""
    from ..store.workflow_files import find_workflow
    from .place import place_of
    from .running import secrets_for

    place = place_of(ctx)
    workflow = find_workflow(place.settings.workflows_dir, name)

    async def work() -> Version:
        from ..agent import Agent
        from ..distilling import distil_workflow

        async with Agent.open(place.settings) as agent:
            return await distil_workflow(agent, workflow, secrets=secrets_for(place, None))

    version = wait_for(work())
    if json_:
        answer_json({"schema": 1, **version_json(version), "script": version.document.script.splitlines()})
        return 0
    say(f"{name}: version {version.number} holds it")
    for line in version.document.script.splitlines():
        answer(line)
    return 0


def retire(
    ctx: typer.Context, name: Name, version: Number = None, reason: Why = "a person", json_: Json = False,
) -> int:
    """Never use a version again, or the whole procedure; `rollback` revives it."""

    async def work() -> list[Version]:
        async with opened(settings_of(ctx), write=True) as memory:
            procedure = await procedure_of(memory, name)
            await memory.retire(procedure.id, version, why=reason)
            return await memory.versions(procedure.id)

    versions = wait_for(work())
    if json_:
        answer_items([version_json(v) for v in versions])
    else:
        say(f"{name}: {f'version {version}' if version else 'all versions'} retired; `rpa memory rollback` revives")
    return 0


def publish(
    ctx: typer.Context,
    to: Annotated[Path | None, typer.Option(help="File; default: memory.db of the project.")] = None,
    json_: Json = False,
) -> int:
    """Write what was learned to the project's memory.db, as one file that can be committed."""
    from ..memory.publish import publish as write_seed

    settings = settings_of(ctx)
    if not settings.memory.exists():
        raise NoProcedure(f"nothing was learned yet: there is no {settings.memory}")
    target = to or settings.seed
    write_seed(settings.memory, target)
    if json_:
        answer_json({"schema": 1, "published": str(target)})
    else:
        say(f"{target} holds what was learned; commit it to share it")
    return 0


def merge(
    ctx: typer.Context,
    seed: Annotated[Path | None, typer.Argument(help="File; default: memory.db of the project.")] = None,
    json_: Json = False,
) -> int:
    """Bring in what another memory.db knows; what is known here is never overwritten."""
    settings = settings_of(ctx)
    source = seed or settings.seed
    if not source.exists():
        raise StoreUnfit(f"there is no {source}", do="Name the memory.db to bring in.", where=str(source))

    async def work() -> Merged:
        from ..memory.merge import merge as bring_in

        async with opened(settings, write=True) as memory:
            return await bring_in(memory, source)

    merged = wait_for(work())
    if json_:
        answer_json({"schema": 1, **merged.model_dump(mode="json")})
    else:
        say(merged.words())
    return 0


def tidy(ctx: typer.Context, json_: Json = False) -> int:
    """Merge procedures that do the same, and let those sleep that are too many on a site; nothing is erased."""
    settings = settings_of(ctx)

    async def work() -> Tidied:
        async with opened(settings, write=True) as memory:
            return await memory.tidy(most=settings.learning.active_per_site)

    done = wait_for(work())
    if json_:
        answer_json({"schema": 1, **done.model_dump(mode="json")})
        return 0
    for name, kept in done.merged:
        say(f"{name} does the same as {kept}, which goes on for both; `rpa memory split {name}` undoes it")
    for name in done.asleep:
        say(f"{name} sleeps: it runs for its own workflow, which wakes it, and is not offered to others")
    if not (done.merged or done.asleep):
        say("nothing to tidy: no two procedures do the same, and no site has too many")
    return 0


def split(ctx: typer.Context, name: Name, reason: Why = "a person", json_: Json = False) -> int:
    """Let a merged procedure go on by itself again, with what was learned meanwhile."""

    async def work() -> Version:
        async with opened(settings_of(ctx), write=True) as memory:
            return await memory.split((await procedure_of(memory, name)).id, why=reason)

    version = wait_for(work())
    if json_:
        answer_json({"schema": 1, **version_json(version)})
    else:
        say(f"{name}: goes on by itself, version {version.number} is active")
    return 0


def adopt(
    ctx: typer.Context, name: Annotated[str, typer.Argument(help="A workflow that has a file and no procedure.")],
    source: Annotated[str | None, typer.Option("--from", help="Take over this one: a workflow or procedure id.")] = None,
    json_: Json = False,
) -> int:
    """Let a workflow take over what another one of its site was shown; it starts as a candidate, the other keeps its own."""
    from ..adopt import adopt_named, adopt_procedure
    from ..store.workflow_files import find_workflow

    settings = settings_of(ctx)
    workflow = find_workflow(settings.workflows_dir, name)

    async def work() -> Version:
        async with opened(settings, write=True) as memory:
            if await memory.known(site=workflow.site_name(), workflow=name):
                raise PersonMustEdit(f"{name} has a procedure of its own", do=f"Look at `rpa memory show {name}`.")
            if source is not None:
                named = await version_of(memory, await procedure_of(memory, source), None)
                return (await adopt_named(workflow, named, memory)).version
            found = await adopt_procedure(workflow, memory, person=True)
            if found is None:
                raise NoProcedure(
                    f"nothing that is active on {workflow.site_name()} fits {name} with the same inputs, secrets and commits",
                    do=f"See `rpa memory search {workflow.task!r} --explain`, or show it: `rpa record {name} --url URL`.",
                )
            return found.version

    version = wait_for(work())
    if json_:
        answer_json({"schema": 1, **version_json(version)})
    else:
        say(f"{name}: {version.author}; it is a candidate until its own checks have proved it. Look: `rpa memory show {name}`")
    return 0
