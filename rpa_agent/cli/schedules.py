"""Commands about schedules: `schedule list` shows the rules, `schedule next` the due times to come."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import WorkflowInvalid
from .out import answer_items, answer_table, say
from .place import Json, WorkflowFiles, local, settings_of

if TYPE_CHECKING:
    from ..domain.workflow import Schedule
    from ..ops.settings import Settings

_AHEAD = timedelta(days=366 * 9)        # 29 February is up to eight years away
_NONE = "No workflow has a schedule. Add `schedule:` to its file."

Name = Annotated[str | None, typer.Argument(help="Only this workflow.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(no_args_is_help=True, help="When workflows run.")
    group.command("list")(list_)
    group.command("next")(next_)
    app.add_typer(group, name="schedule")


def list_(ctx: typer.Context, name: Name = None, json_: Json = False) -> int:
    """List the rules of all workflows, with what happens to missed due times and when each is due next."""
    from ..ops.due.calendar import next_due

    now = datetime.now(UTC)
    items = []
    for workflow, rule in _rules(settings_of(ctx), name):
        due = next_due(rule, now)
        plain = rule.model_dump(mode="json", exclude_none=True)
        items.append({"workflow": workflow, **plain, "next": due.instant.isoformat() if due else None})
    if json_:
        answer_items(items)
        return 0
    answer_table([_row(i) for i in items], "WORKFLOW", "WHEN", "ZONE", "WITHOUT", "MISSED", "OVERLAP", "NEXT")
    if not items:
        say(_NONE)
    return 0


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    when = item.get("cron") or f"every {item.get('every')}"
    missed = f"{item['misfire']} within {item['grace']}" if item["misfire"] != "skip" else "skip"
    return (
        item["workflow"], when, item["timezone"], item.get("holidays", ""), missed.replace("_", " "), item["overlap"],
        local(item["next"]) or "never",
    )


def next_(
    ctx: typer.Context,
    name: Name = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many.")] = 10,
    json_: Json = False,
) -> int:
    """List the next due times of all workflows, soonest first."""
    from ..ops.due.calendar import dues

    now = datetime.now(UTC)

    def coming(workflow: str, rule: Schedule) -> Iterator[tuple[datetime, str, Any]]:
        return ((due.instant, workflow, (rule, due)) for due in dues(rule, now, now + _AHEAD))

    rules = _rules(settings_of(ctx), name)
    merged = heapq.merge(*(coming(w, r) for w, r in rules), key=lambda found: found[:2])
    items = [
        {"workflow": workflow, "due": instant.isoformat(), "day": due.day.isoformat(), "timezone": rule.timezone}
        for instant, workflow, (rule, due) in islice(merged, limit)
    ]
    if json_:
        answer_items(items)
        return 0
    rows = [(local(i["due"]), i["workflow"], i["day"], i["timezone"]) for i in items]
    answer_table(rows, "DUE HERE", "WORKFLOW", "DAY", "ZONE")
    if not items:
        say(_NONE)
    return 0


def _rules(settings: Settings, name: str | None) -> list[tuple[str, Schedule]]:
    """Return the rules that can be computed; the others are said, so that nobody waits for them."""
    from ..ops.due.calendar import check_schedule
    from ..store.workflow_files import find_workflow

    rules = {name: find_workflow(settings.workflows_dir, name).schedule} if name else WorkflowFiles(settings).rules()
    found = []
    for workflow, of_it in sorted(rules.items()):
        for rule in of_it:
            try:
                check_schedule(rule)
            except WorkflowInvalid as e:
                say(f"{workflow}: its schedule is left out: {e.message}")
            else:
                found.append((workflow, rule))
    return found
