"""Commands about schedules: the rules, the due times of the coming week, pauses, and what is made up for."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer

from ..domain.errors import UsageInvalid, WorkflowInvalid
from .out import answer_items, answer_table, say
from .place import Json, WorkflowFiles, local, office_to_read, settings_of, wait_for

if TYPE_CHECKING:
    from ..domain.schedule import Schedule
    from ..ops.due.calendar import Due
    from ..ops.due.pauses import Pause
    from ..ops.office import Office
    from ..ops.settings import Settings

_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
_NONE = "No workflow that can be read has a schedule. Add `schedule:` to its file."

Name = Annotated[str | None, typer.Argument(help="Only this workflow.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(no_args_is_help=True, help="When workflows run.")
    group.command("list")(list_)
    group.command("next")(next_)
    group.command("pause")(pause)
    group.command("resume")(resume)
    group.command("backfill")(backfill)
    app.add_typer(group, name="schedule")


def list_(ctx: typer.Context, name: Name = None, json_: Json = False) -> int:
    """List the rules of all workflows, with what happens to missed due times and when each is due next."""
    from ..ops.due.calendar import next_due
    now, settings = datetime.now(UTC), settings_of(ctx)
    pauses = wait_for(_pauses(settings))
    items = []
    for workflow, rule in _rules(settings, name):
        due = next_due(rule, now)
        plain = rule.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        kept = {"timezone": rule.timezone, "misfire": rule.misfire, "grace": rule.grace, "overlap": rule.overlap}
        items.append({
            "workflow": workflow, "when": _when(rule, settings), **kept, **plain, "next": due.instant.isoformat() if due else None,
            "paused": pauses[workflow].words() if workflow in pauses else None,
        })
    if json_:
        answer_items(items)
        return 0
    answer_table([_row(i) for i in items], "WORKFLOW", "WHEN", "ZONE", "HOLIDAYS", "MISSED", "OVERLAP", "NEXT")
    if not items:
        say(_NONE)
    return 0


def _when(rule: Schedule, settings: Settings) -> str:
    from ..ops.due.occurrence import when_of

    if rule.folder is None:
        return when_of(rule)
    folder = Path(rule.folder)
    here = settings.project.absolute()
    return when_of(rule.but(folder=str(folder.relative_to(here) if folder.is_relative_to(here) else folder)))


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    missed = f"{item['misfire']} within {item['grace']}" if item["misfire"] != "skip" else "skip"
    holidays = f"{item.get('on_holiday', 'skip')} {item['holidays']}" if "holidays" in item else ""
    comes = "when a file comes" if "folder" in item else "never"
    return (
        item["workflow"], item["when"].removeprefix("cron "), item["timezone"], holidays, missed.replace("_", " "),
        item["overlap"].replace("_", " "), item["paused"] or local(item["next"]) or comes,
    )


def next_(
    ctx: typer.Context,
    name: Name = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many at most.")] = 100,
    days: Annotated[float, typer.Option(min=0.01, max=3660, help="How many days ahead.")] = 7,
    json_: Json = False,
) -> int:
    """List the due times of the coming week, soonest first, by the clock of this place."""
    from ..ops.due.calendar import dues

    now, settings = datetime.now(UTC), settings_of(ctx)
    until = now + timedelta(days=days)

    def coming(workflow: str, rule: Schedule) -> Iterator[tuple[datetime, str, Any]]:
        return ((due.instant, workflow, (rule, due)) for due in dues(rule, now, until))

    rules, pauses = _rules(settings, name), wait_for(_pauses(settings))
    merged = list(islice(heapq.merge(*(coming(w, r) for w, r in rules), key=lambda found: found[:2]), limit + 1))
    items = [_coming(workflow, rule, due, pauses, now) for _, workflow, (rule, due) in merged[:limit]]
    if json_:
        answer_items(items)
        return 0
    rows = [(_here(i["due"]), i["workflow"], i["note"]) for i in items]
    answer_table(rows, "DUE HERE", "WORKFLOW", "")
    if len(merged) > limit:
        say(f"There are more; see them with --limit {limit * 10}.")
    if not rules:
        say(_NONE)
    elif not items:
        say(f"Nothing is due in the next {days:g} days.")
    return 0


def _coming(workflow: str, rule: Schedule, due: Due, pauses: Mapping[str, Pause], now: datetime) -> dict[str, Any]:
    from ..ops.due.occurrence import planned

    o, notes = planned(workflow, rule, due, now=now), []
    if workflow in pauses:
        notes.append(f"will not run: {pauses[workflow].words()}")
    elif o.state == "skipped":
        notes.append(f"will not run: {o.reason}")
    elif o.reason:
        notes.append(f"starts {_here(o.start_at.isoformat())}: a blackout ends then")
    if due.day != due.instant.astimezone(ZoneInfo(rule.timezone)).date():
        notes.append(f"for {due.day.isoformat()}, a holiday")
    if o.finish_by is not None:
        notes.append(f"must be over by {_here(o.finish_by.isoformat())}")
    return {
        "workflow": workflow, "due": due.instant.isoformat(), "day": due.day.isoformat(), "timezone": rule.timezone,
        "starts": o.start_at.isoformat(), "runs": workflow not in pauses and o.state == "due", "note": "; ".join(notes),
    }


def _here(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%a %Y-%m-%d %H:%M")


def pause(
    ctx: typer.Context, name: str,
    reason: Annotated[str, typer.Option(help="Why, for those who look later.")] = "",
    json_: Json = False,
) -> int:
    """Let nothing of a workflow start by itself until it is resumed; what is running is finished."""
    from ..ops.settings import person

    done = wait_for(_change(settings_of(ctx), name, lambda office: office.occurrences.pause(name, who=person(), because=reason)))
    return _told(name, "paused" if done else "was paused already", json_)


def resume(ctx: typer.Context, name: str, json_: Json = False) -> int:
    """Let a paused workflow's schedule go on. What was due meanwhile stays left out: `backfill` makes up for it."""
    from ..ops.settings import person

    done = wait_for(_change(settings_of(ctx), name, lambda office: office.occurrences.resume(name, who=person())))
    return _told(name, "goes on" if done else "was not paused", json_)


def backfill(
    ctx: typer.Context, name: str,
    since: Annotated[datetime, typer.Option("--from", formats=_MOMENTS, help="First moment, by the clock here.")],
    until: Annotated[datetime | None, typer.Option("--to", formats=_MOMENTS, help="Last moment; now if left out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell which due times these are.")] = False,
    json_: Json = False,
) -> int:
    """Make due times of the past due again, wherever they did not run, each with its own date; `serve` runs them."""
    first, last = since.astimezone(), (until or datetime.now()).astimezone()
    if last < first:
        raise UsageInvalid("--to is before --from")
    found = wait_for(_change(
        settings_of(ctx), name, lambda office: office.occurrences.backfill(name, first, last, dry_run=dry_run)
    ))
    if json_:
        answer_items([{"workflow": o.workflow, "due": o.due.isoformat(), "day": o.day.isoformat()} for o in found])
        return 0
    found = sorted(found, key=lambda o: o.due)
    answer_table([(_here(o.due.isoformat()), o.workflow) for o in found], "DUE HERE", "WORKFLOW")
    say(f"{len(found)} due times {'would be' if dry_run else 'are'} due again." if found else "All of these ran, or none was due.")
    return 0


T = TypeVar("T")


async def _change(settings: Settings, name: str, work: Callable[[Office], Awaitable[T]]) -> T:
    from ..ops.office import Office
    from ..store.workflow_files import find_workflow

    find_workflow(settings.workflows_dir, name)     # one that does not exist is said so
    async with Office.open(settings.runs, WorkflowFiles(settings).rules) as office:
        return await work(office)


async def _pauses(settings: Settings) -> Mapping[str, Pause]:
    async with office_to_read(settings) as office:
        return {} if office is None else await office.occurrences.paused()


def _told(name: str, what: str, as_json: bool) -> int:
    if as_json:
        answer_items([{"workflow": name, "is": what}])
    else:
        say(f"{name} {what}.")
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
