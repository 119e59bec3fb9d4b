"""`review list|keep|undo|ask`: repairs in a clerk's words, and what a person decides about them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import UsageInvalid
from .out import answer, answer_items, answer_json, say
from .place import Json, local, office_to_read, settings_of, wait_for

if TYPE_CHECKING:
    from ..ops.settings import Settings
    from ..reviewing import Decided, Review

RunName = Annotated[str, typer.Argument(help="The run, as `rpa review list` names it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the decision.")]
Who = Annotated[str | None, typer.Option(help="Who decides; default: the user of this shell.")]

_FOLLOWS = {
    "keep": "kept. {workflow} uses it from now on{version}.",
    "undo": "undone. {workflow} works as before{version}, and this is not proposed again.",
    "ask": "{workflow} asks before each repair from now on (`repair: propose` in its file).",
}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(name="review", help="Repairs that wait for your word.", no_args_is_help=True)
    group.command("list")(list_)
    for command in (keep, undo, ask):
        group.command(command.__name__)(command)
    app.add_typer(group)


def list_(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only the repairs of this workflow.")] = None,
    json_: Json = False,
) -> int:
    """Tell the repairs that nobody has decided on, and those that wait to be tried."""
    items = wait_for(_items(settings_of(ctx), name))
    if json_:
        answer_items(items)
        return 0
    for item in items:
        times = f", {item['times']} runs alike" if item["times"] > 1 else ""
        answer(f"{item['run']}  {item['workflow']}, {local(item['started'])}{times}")
        answer(f"  {item['words']}")
        ways = [f"rpa review {way} {item['run']}" for way in ("keep", "undo", "ask")]
        answer(f"  Keep: {ways[0]} · Undo: {ways[1]} · Ask me each time: {ways[2]}")
    if not items:
        say("No repair waits for you.")
    return 0


async def _items(settings: Settings, name: str | None) -> list[dict[str, Any]]:
    from ..memory import Memory
    from ..reviewing import waiting

    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(office_to_read(settings))
        if office is None:
            found: list[Review] = []
        else:
            memory = (
                await stack.enter_async_context(Memory.open(settings.memory, read_only=True))
                if settings.memory.exists()
                else None
            )
            found = await waiting(office, memory, workflow=name)
        items = [_item(review, (await office.runs.get(review.run)).trajectory) for review in found if office]
    if name is not None and not items:
        from ..store.workflow_files import find_workflow

        find_workflow(settings.workflows_dir, name)
    return items


def _item(review: Review, trajectory: Any) -> dict[str, Any]:
    from ..ops.notify import repairs_for

    when = f"On {local(review.started)[:16]}"
    changes = []
    for step in trajectory.steps if trajectory else ():
        done = step.repair or step.proposed
        if done is not None:
            changes.append({
                "step": step.index, "was": step.target, "now": done.now, "by": done.by, "confidence": done.confidence,
                "evidence": list(done.evidence),
            })
    plain = review.model_dump(exclude={"edits"})
    return {**plain, "words": repairs_for(trajectory, when=when) if trajectory else "", "changes": changes}


def keep(ctx: typer.Context, run: RunName, reason: Reason = "looked at it", who: Who = None, json_: Json = False) -> int:
    """Use this repair from now on. A run that waits for it goes on with `rpa resolve RUN --retry`."""
    return _decide(ctx, run, "keep", reason=reason, who=who, as_json=json_)


def undo(ctx: typer.Context, run: RunName, reason: Reason = "looked at it", who: Who = None, json_: Json = False) -> int:
    """Take this repair back; it is not proposed again."""
    return _decide(ctx, run, "undo", reason=reason, who=who, as_json=json_)


def ask(ctx: typer.Context, run: RunName, reason: Reason = "looked at it", who: Who = None, json_: Json = False) -> int:
    """Take this repair back, and let the workflow ask before each repair from now on."""
    return _decide(ctx, run, "ask", reason=reason, who=who, as_json=json_)


def _decide(ctx: typer.Context, run: str, what: str, *, reason: str, who: str | None, as_json: bool) -> int:
    from ..ops.settings import person

    by = person() if who is None else who
    if not by.strip() or not reason.strip():
        raise UsageInvalid("a decision needs who made it and why", do="Write --reason TEXT.", where=run)
    decided = wait_for(_decided(settings_of(ctx), run.strip().upper(), what, who=by.strip(), reason=reason.strip()))
    if as_json:
        answer_json({"schema": 1, **decided.model_dump()})
        return 0
    version = f" (version {decided.version})" if decided.version else ""
    answer(_FOLLOWS[what].format(workflow=decided.workflow, version=version))
    return 0


async def _decided(settings: Settings, run: str, what: str, *, who: str, reason: str) -> Decided:
    from ..ops.office import Office
    from ..reviewing import keep as keep_it
    from ..reviewing import undo as undo_it
    from .memory_names import opened

    if not settings.runs.exists():
        raise UsageInvalid(f"there is no run {run}", do="Look at `rpa review list`.", where=run)
    folder = settings.workflows_dir
    async with Office.open(settings.runs) as office, opened(settings, write=True) as memory:
        if what == "keep":
            return await keep_it(office, memory, run, workflows=folder, who=who, reason=reason)
        return await undo_it(office, memory, run, who=who, reason=reason, ask=folder if what == "ask" else None)
