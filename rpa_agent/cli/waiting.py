"""Commands for a person's decisions: `inbox` lists what waits for one, `resolve` carries one out, `cancel` ends what runs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.account import account_of_login
from ..domain.errors import UsageInvalid, WorkflowInvalid
from .out import answer, answer_items, answer_json, say
from .place import Json, local, office_to_read, settings_of, wait_for, workflows_of_account

if TYPE_CHECKING:
    from ..ops.inbox import How, Item
    from ..ops.office import Office
    from ..ops.settings import Settings

_SHOWN = 3  # values of a record whose commits have no key of their own
_WAYS = "--done-by-hand, --retry, --skip or --cancel"


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("inbox")(inbox)
    app.command("resolve")(resolve)
    app.command("cancel")(cancel)


def inbox(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only what waits in this workflow.")] = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="What was decided instead, latest first.")] = False,
    json_: Json = False,
) -> int:
    """List what waits for a person, oldest first, and how to decide it."""
    items, about, cut_off = wait_for(_items(settings_of(ctx), name, resolved=resolved))
    if json_:
        answer_items([as_item(item) | {"about": about[item.id]} for item in items])
        return 0
    for item in items:
        of = "".join(f", {what} {value}" for what, value in about[item.id].items())
        answer(f"{item.run}  {item.workflow}{of}, since {local(item.added)}")
        answer(f"  {item.reason}")
        if item.candidates:
            answer(f"  candidates: {', '.join(item.candidates)}")
        if item.artifacts:
            answer(f"  pictures: {item.artifacts}")
        if (account := account_of_login(item.workflow)) and not item.resolved and item.fault is not None:
            answer(f"  `rpa login {account}` logs in while you are here; `rpa login {account} --resume` only ends the pause")
        if item.resolved:
            how = (item.how or "").replace("_", " ")
            answer(f"  decided {local(item.resolved)} by {item.who}: {how}, {item.because}")
    if cut_off and not resolved:
        said = "1 run was" if len(cut_off) == 1 else f"{len(cut_off)} runs were"
        say(
            f"{said} cut off, and nobody has looked yet whether anything was sent: {', '.join(cut_off)}."
            " The next `rpa run` or `rpa serve` does, and puts here what is in doubt."
        )
    elif not items:
        say("Nothing was decided yet." if resolved else "Nothing waits for you.")
    if items and not resolved:
        say(f"decide with: rpa resolve RUN {_WAYS}, and --reason TEXT; show it the step: rpa teach RUN; details: rpa show RUN")
    return 0


async def _items(
    settings: Settings, name: str | None, *, resolved: bool
) -> tuple[list[Item], dict[str, dict[str, str]], list[str]]:
    """Return what waits, by the item's id what each is about, and the runs that were cut off and that nobody has closed."""
    about, cut_off = dict[str, dict[str, str]](), list[str]()
    async with office_to_read(settings) as office:
        found = await office.inbox.items(workflow=name, resolved=resolved) if office else []
        if office is not None:
            about = {item.id: await _about(settings, office, item) for item in found}
            left = (run for run in await office.runs.unfinished() if not run.alive)
            cut_off = [run.id for run in left if name in (None, run.workflow)]
        known = bool(office and name and await office.runs.recent(name, 1))
    if name is not None and not found and not known:
        from ..store.workflow_files import find_workflow

        find_workflow(settings.workflows_dir, name)
    return found, about, cut_off


async def _about(settings: Settings, office: Office, item: Item) -> dict[str, str]:
    """Return what tells an item's record from others: its row, else the values that its commits are known by."""
    from ..store.workflow_files import find_workflow

    try:
        run = await office.runs.get(item.run)
    except UsageInvalid:
        return {}  # a due time that never began
    if run.row_key:
        return {"row": run.row_key}
    values = run.trajectory.params if run.trajectory else await office.journal.values_of(item.run)
    with suppress(WorkflowInvalid, UsageInvalid):
        workflow = find_workflow(settings.workflows_dir, item.workflow)
        names = [name for commit in workflow.commits if commit.once for name in commit.once.key]
        if known := {name: values[name] for name in names if name in values}:
            return known
    return dict(list(values.items())[:_SHOWN])


def as_item(item: Item) -> dict[str, Any]:
    """Return an inbox item as an item of a JSON list."""
    return item.model_dump()


def resolve(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="The run that waits, as `rpa inbox` lists it.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept with the decision.")] = "",
    who: Annotated[str | None, typer.Option(help="Who decides; default: the user of this shell.")] = None,
    done_by_hand: Annotated[bool, typer.Option("--done-by-hand", help="It is done: never send it again.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="It did not arrive: do it again.")] = False,
    skip: Annotated[bool, typer.Option("--skip", help="Leave this one out; what is in doubt stays so.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Give it up; what is in doubt stays so.")] = False,
    json_: Json = False,
) -> int:
    """Decide about a run that waits: done by hand, retry, skip or cancel."""
    from ..ops.settings import person

    ways: dict[How, bool] = {"done_by_hand": done_by_hand, "retry": retry, "skip": skip, "cancel": cancel}
    chosen = [how for how, wanted in ways.items() if wanted]
    if len(chosen) != 1:
        said = "no decision is given" if not chosen else "more than one decision is given"
        raise UsageInvalid(said, do=f"Give exactly one of {_WAYS}.", where=run)
    if not reason.strip():
        raise UsageInvalid("a decision needs its reason", do="Write --reason TEXT.", where=run)
    settings = settings_of(ctx)
    decided_by = person() if who is None else who
    item, woken = wait_for(_decide(settings, run.strip().upper(), how=chosen[0], who=decided_by, reason=reason))
    if json_:
        answer_json({"schema": 1, **as_item(item), **({"woken": woken} if account_of_login(item.workflow) else {})})
        return 0
    account = account_of_login(item.workflow)
    follows = _FOLLOWS[chosen[0]] if account is None else _ACCOUNT_FOLLOWS[chosen[0] if item.fault else "noted"]
    answer(f"{account or item.workflow}: {follows.format(workflow=item.workflow, account=account)}")
    if woken:
        say(f"due again: {', '.join(woken)}")
    return 0


_FOLLOWS: dict[How, str] = {
    "done_by_hand": "noted as done by hand. What was in doubt counts as sent and is not sent again.",
    "retry": "it is done again: what came by schedule by `rpa serve`, what was begun by hand by `rpa run {workflow}`.",
    "skip": "left out. What was in doubt stays so, and is not sent again by itself.",
    "cancel": "given up. What was in doubt stays so, and is not sent again by itself.",
}


_AGAIN = "it can be used again. What waited for it by schedule is due again where not too old; begin the rest with `rpa run`."
_PAUSED = "it stays paused, and no run of its workflows begins; `rpa login {account}` or `rpa login {account} --resume` ends that."
_ACCOUNT_FOLLOWS: dict[str, str] = {
    "done_by_hand": _AGAIN, "retry": _AGAIN, "skip": _PAUSED, "cancel": _PAUSED, "noted": "the notice is closed.",
}  # fmt: skip


async def _decide(settings: Settings, run: str, *, how: How, who: str, reason: str) -> tuple[Item, list[str]]:
    """Return the decided item, and the workflows that are due again since they waited for an account."""
    from ..ops.office import Office

    if not settings.runs.exists():
        raise UsageInvalid(f"nothing waits under {run}", do="Look at `rpa inbox`.", where=run)
    async with Office.open(settings.runs) as office:
        for closed in await office.close_cut_off():
            say(closed.words())
        item = await office.resolve(run, how=how, who=who, reason=reason)
        account = account_of_login(item.workflow)
        if account is None or not item.fault or how not in ("done_by_hand", "retry"):
            return item, []
        return item, await office.wake_account(workflows_of_account(settings, account))


def cancel(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="A run, a batch, or a due time that waits for its turn.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")] = "",
    json_: Json = False,
) -> int:
    """End a run before its next step, a batch before its next row, or keep a due time from starting. What was sent stays sent."""
    from ..ops.settings import person

    id_ = name.strip().upper()
    what = wait_for(_cancel(settings_of(ctx), id_, who=person(), because=reason))
    if json_:
        answer_json({"schema": 1, "cancelled": id_, "is": what.removeprefix("this ").replace(" ", "_")})
    else:
        answer(f"{what} {'does not start' if 'due' in what else 'ends before its next step; nothing further is sent'}")
    return 0


async def _cancel(settings: Settings, id_: str, *, who: str, because: str) -> str:
    from ..ops.office import Office

    if not settings.runs.exists():
        raise UsageInvalid(f"nothing that runs or waits to run is called {id_}", do="Look at `rpa runs`.", where=id_)
    async with Office.open(settings.runs) as office:
        return await office.cancels.ask(id_, who=who, because=because)
