"""Commands that look at what was learned: `memory list|show|history|search|diff|dump|verify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import PersonMustEdit, StoreUnfit
from ..domain.policy import RetrievePolicy
from . import memory_changes, memory_packs, memory_stats
from .memory_names import Name, Number, opened, procedure_of, version_json, version_of
from .out import answer, answer_items, answer_json, answer_table, say
from .place import Json, settings_of, wait_for

if TYPE_CHECKING:
    from ..domain.change import Recall
    from ..domain.procedure import Step, Version
    from ..memory import Memory
    from ..memory.rows import ProcedureLine

File = Annotated[Path | None, typer.Argument(help="A memory.db; default: the working one.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands under `memory`."""
    group = typer.Typer(no_args_is_help=True, help="What was learned: look, compare, go back, share.")
    for name, command in (
        ("list", list_), ("show", show), ("history", history), ("search", search), ("diff", diff), ("dump", dump),
        ("verify", verify),
    ):
        group.command(name)(command)
    memory_changes.add_to(group)
    memory_packs.add_to(group)
    memory_stats.add_to(group)
    app.add_typer(group, name="memory")


def list_(ctx: typer.Context, json_: Json = False) -> int:
    """List all procedures with their active version, or else how the best they have stands, their uses and successes."""

    async def work() -> Sequence[ProcedureLine]:
        async with opened(settings_of(ctx)) as memory:
            return await memory.procedures()

    found = wait_for(work())
    if json_:
        answer_items([p.model_dump(mode="json") for p in found])
        return 0
    answer_table(
        [
            (p.workflow, p.site, p.active or p.standing, p.versions, f"{p.successes}/{p.uses}", p.last_used or "never", p.instead)
            for p in found
        ],
        "WORKFLOW", "SITE", "ACTIVE", "VERSIONS", "SUCCEEDED", "LAST USED", "",
    )
    if not found:
        say("nothing was learned yet; show a workflow once with `rpa record NAME --url URL`")
    return 0


def show(ctx: typer.Context, name: Name, version: Number = None, json_: Json = False) -> int:
    """Show a procedure: its steps in words, its versions, where it came from."""

    async def work() -> tuple[ProcedureLine, Version, Sequence[Version]]:
        async with opened(settings_of(ctx)) as memory:
            procedure = await procedure_of(memory, name)
            return procedure, await version_of(memory, procedure, version), await memory.versions(procedure.id)

    procedure, shown, versions = wait_for(work())
    if json_:
        document = shown.document.model_dump(mode="json", by_alias=True)
        answer_json({"schema": 1, **version_json(shown), "document": document})
        return 0
    answer(f"{procedure.workflow} on {procedure.site}: {shown.document.task}")
    answer(f"version {shown.number} ({shown.status}), by {shown.author}, {shown.created}")
    for i, step in enumerate(shown.document.steps, start=1):
        answer(f"{i:>3}. {step_words(step)}")
    if shown.document.script:
        answer(f"\n{shown.document.script}")
    answer("")
    answer_table(
        [(v.number, v.status, v.parent or "-", v.author, v.created, v.note) for v in versions],
        "VERSION", "STATUS", "PARENT", "BY", "CREATED", "NOTE",
    )
    return 0


def step_words(step: Step) -> str:
    """Return one step as a line of text."""
    looks = f" (known in {len(step.target.variants)} looks)" if step.target and len(step.target.variants) > 1 else ""
    value = f" with {step.value}" if step.value is not None else ""
    sends = f" - sends {step.commit or 'a change'}" if step.effect == "commit" else ""
    optional = " - if it is there" if step.optional else " - unless its page is at hand" if step.spare else ""
    return f"{step.kind} {step.target.words() if step.target else ''}{value}{looks}{sends}{optional}".replace("  ", " ")


def history(ctx: typer.Context, name: Name, json_: Json = False) -> int:
    """Show what happened to a procedure and why, oldest first."""

    async def work() -> list[dict[str, Any]]:
        async with opened(settings_of(ctx)) as memory:
            procedure = await procedure_of(memory, name)
            return [e.model_dump(mode="json") for e in await memory.history(procedure.id)]

    events = wait_for(work())
    if json_:
        answer_items(events)
    else:
        answer_table(
            [(e["at"], e["version"] or "-", e["what"], e["why"], e["run"]) for e in events],
            "WHEN", "VERSION", "WHAT", "WHY", "RUN",
        )
    return 0


def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="What should be achieved, in words.")],
    site: Annotated[str | None, typer.Option(help="Prefer procedures of this site.")] = None,
    words: Annotated[bool, typer.Option("--words", help="By words only, without the embedding model.")] = False,
    count: Annotated[int | None, typer.Option("--count", "-k", min=1, max=100, help="At most so many; default: `k`.")] = None,
    policy: Annotated[
        RetrievePolicy | None, typer.Option(help="Ours, or one of Memp's, which always find something; default: `retrieve`.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also show what came close and does not fit, and why.")] = False,
    json_: Json = False,
) -> int:
    """Find the procedures that fit a task; none is an answer too."""

    settings = settings_of(ctx)
    by, k = policy or settings.learning.retrieve, count or settings.learning.k

    async def found_by(memory: Memory) -> Sequence[Recall]:
        if by == "hybrid":
            return await memory.search(query, site=site, k=k, nearest=explain)
        from ..memory.policies import retrieve_by

        return await retrieve_by(by, memory, query, k=k)

    async def work() -> list[dict[str, Any]]:
        async with opened(settings, embed=not words) as memory:
            workflows = {p.id: p.workflow for p in await memory.procedures()}
            return [
                {
                    "procedure": r.version.procedure, "workflow": workflows.get(r.version.procedure, ""),
                    "version": r.version.number, "site": r.version.document.site, "task": r.version.document.task,
                    "similarity": r.similarity, "value": r.value, "reason": r.reason,
                }
                for r in await found_by(memory)
            ]

    found = wait_for(work())
    if json_:
        answer_items(found)
        return 0
    answer_table(
        [
            (f["workflow"], f["site"], f"{f['similarity']:.2f}", f"{f['value']:.2f}", f["task"], f["reason"])
            for f in found
        ],
        "WORKFLOW", "SITE", "SIMILAR", "VALUE", "TASK", "WHY",
    )
    if not found:
        say(_why_none(query, explain))
    return 0


def _why_none(query: str, explain: bool) -> str:
    from ..memory.words import mask_entities, terms

    if not terms(mask_entities(query)):
        return "the task holds no word to search by: names, numbers and small words tell one case from another, not the work"
    return "nothing in memory comes close" if explain else "none fits well enough; `--explain` shows what came closest"


def diff(
    ctx: typer.Context, name: Name,
    old: Annotated[int | None, typer.Argument(help="Version; default: the parent of the other.")] = None,
    new: Annotated[int | None, typer.Argument(help="Version; default: the active one, or what was learned since.")] = None,
    json_: Json = False,
) -> int:
    """Show what changed between two versions, one line each."""

    async def work() -> tuple[Version, Version, list[str]]:
        from ..memory.diff import diff as compare

        async with opened(settings_of(ctx)) as memory:
            procedure = await procedure_of(memory, name)
            later = await version_of(memory, procedure, new)
            if old is None and new is None and later.parent is None:  # what came of it is what a person wants to see
                later = next((v for v in await memory.versions(procedure.id) if v.parent is not None), later)
            earlier = old if old is not None else later.parent
            if earlier is None:
                raise PersonMustEdit(f"version {later.number} of {name} has no parent to compare with", do="Name two versions.")
            before = await memory.version(procedure.id, earlier)
            return before, later, compare(before, later)

    before, later, lines = wait_for(work())
    if json_:
        answer_items([{"change": line} for line in lines], old=before.number, new=later.number)
        return 0
    for line in lines:
        answer(line)
    say(f"{name}: version {before.number} -> {later.number}, {len(lines) or 'no'} differences")
    return 0


def dump(ctx: typer.Context, file: File = None) -> int:
    """Print memory as stable text, for comparing; `git config diff.rpa.textconv "rpa memory dump"` uses it."""

    async def work() -> str:
        from ..memory import Memory
        from ..memory.diff import dump as text_of

        if file is None:
            async with opened(settings_of(ctx)) as memory:
                return await text_of(memory)
        if not file.exists():
            raise StoreUnfit(f"there is no {file}", do="Name a memory.db.", where=str(file))
        with TemporaryDirectory() as scratch:
            # a copy: what git shows of earlier days has an older shape, and is only ever read
            async with Memory.open(Path(scratch) / "memory.db", seed=file) as memory:
                return await text_of(memory)

    answer(wait_for(work()).rstrip("\n"))
    return 0


def verify(ctx: typer.Context, json_: Json = False) -> int:
    """Prove that every version is exactly what was written."""

    async def work() -> list[str]:
        async with opened(settings_of(ctx)) as memory:
            return await memory.verify()

    problems = wait_for(work())
    if json_:
        answer_items([{"problem": p} for p in problems], sound=not problems)
    else:
        for problem in problems:
            answer(problem)
        say("memory is sound" if not problems else "memory was changed outside of rpa-agent; restore a backup")
    return 5 if problems else 0
